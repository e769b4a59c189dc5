"""Every case of the catalogue is evaluated by the real library and by the catalogue, and the two agree."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from kerascope.libraries.base import LibraryFunction
from kerascope.libraries.catalogue import library_functions
from libraries.agreement import disagreement, evaluate, is_known

CASES = [
    pytest.param(function, case.code, id=case.code)
    for function in library_functions().values()
    for case in function.cases
]
# Calls whose result has a size that depends on the elements, a type that depends on the release, or neither.
OPEN = ("unique", "np.where(np.eye(3))", "nonzero", "to_categorical", "atleast", "keras.utils.normalize")


@pytest.fixture(scope="module", params=["keras", "tf_keras"])
def keras(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param)


@pytest.mark.parametrize(
    ("function", "code"), [case for case in CASES if "keras." not in str(case.values[1])]
)
def test_numpy_agrees(function: LibraryFunction, code: str) -> None:
    check(function, code, None)


@pytest.mark.parametrize(("function", "code"), [case for case in CASES if "keras." in str(case.values[1])])
def test_keras_agrees(function: LibraryFunction, code: str, keras: Any) -> None:
    check(function, code, keras)


def check(function: LibraryFunction, code: str, keras: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        real = eval(code, {"np": np, "keras": keras})
    stated = evaluate(code)
    assert disagreement(stated, real) is None
    if not any(part in code for part in OPEN):
        assert is_known(stated), stated


def test_most_entries_have_cases() -> None:
    without = {name for name, function in library_functions().items() if not function.cases}
    assert without <= {
        *(name for name in without if name.startswith("keras.datasets.")),
        "keras.utils.np_utils.to_categorical",
        "ndarray.tolist",
        "ndarray.item",
    }
