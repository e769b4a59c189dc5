"""Every case of the catalogue is evaluated by the real library and by the catalogue, and the two agree."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import sklearn.model_selection
import sklearn.preprocessing

from kerascope.domain.shapes import Tri
from kerascope.libraries.catalogue import library_functions
from libraries.agreement import disagreement, evaluate, is_known

# Operators and keys have no entry of their own.
EXPRESSIONS = (
    "np.zeros((2, 3), 'uint8') / 255.0",
    "np.full((2, 3), 255, 'uint8') / 255",
    "np.full((2, 3), 0.1, 'float32') * 0.1",
    "np.full(3, 200, 'uint8') * 2",
    "np.arange(9) // 4 % 2",
    "1.0 - np.full(3, 0.1)",
    "-np.full(3, 200, 'uint8')",
    "~np.array([True, False])",
    "(np.arange(6).reshape(2, 3) - 127.5) / 127.5",
    "np.array([0.2, 0.7]) > 0.5",
    "(np.array([0.2, 0.7]) > 0.5).astype('int32')",
    "np.ones((2, 3)) @ np.ones((3, 4))",
    "np.ones(3) == [1, 2, 3]",
    "np.eye(10)[np.random.randint(0, 10, 32)]",
    "np.eye(10)[np.random.randint(0, 10, (4, 6))]",
    "np.eye(3)[1]",
    "np.eye(3)[:2]",
    "np.eye(3)[:, :2]",
    "np.eye(3)[[0, 2, 2]]",
    "np.eye(4, dtype='uint8').reshape(2, 2, 4)",
    "np.zeros((60, 28, 28))[..., np.newaxis]",
    "np.zeros((60, 28, 28))[:, :, :, None].shape",
    "np.zeros((60, 28, 28))[:10]",
    "np.zeros((60, 28, 28))[-20:, ::2]",
    "np.zeros((60, 28, 28))[0]",
    "np.zeros((60, 28, 28))[5, 1:-1, 3]",
    "np.zeros((60, 28))[np.zeros((5,), int), :3]",
    "np.zeros((60, 28, 3))[[1, 2], :, [0, 0]]",
    "np.arange(10)[np.arange(10) > 4]",
    "np.arange(12).reshape(3, 4)[:, 1].astype('float32')",
    "np.random.rand(100, 10).astype('float32')",
    "np.random.randint(0, 2, size=(100, 1)).astype('float32')",
    "np.prod(np.zeros((60, 28, 28)).shape[1:])",
    "np.random.rand(8, 4)[np.random.permutation(8)]",
    "np.array([[1, 2], [3, 4]]).T.reshape(-1, 1)[:, 0].max()",
)
CASES = [case.code for function in library_functions().values() for case in function.cases]
# Calls whose result has a size that depends on the elements, a type that depends on the release, or neither.
OPEN = (
    "unique",
    "np.arange(10) > 4",
    "np.where(np.eye(3))",
    "nonzero",
    "to_categorical",
    "atleast",
    "keras.utils.normalize",
)


@pytest.fixture(scope="module", params=["keras", "tf_keras"])
def keras(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param)


@pytest.mark.parametrize("code", [code for code in CASES if not code.startswith("keras.")])
def test_numpy_and_scikit_learn_agree(code: str) -> None:
    check(code, None)


@pytest.mark.parametrize("code", [code for code in CASES if code.startswith("keras.")])
def test_keras_agrees(code: str, keras: Any) -> None:
    check(code, keras)


@pytest.mark.parametrize("code", EXPRESSIONS)
def test_operators_agree(code: str) -> None:
    check(code, None)


def test_labels_are_one_hot() -> None:
    for code in ("np.eye(3)[[0, 2]]", "keras.utils.to_categorical([0, 2], 3)", "np.eye(3)[np.arange(3)][1:]"):
        assert evaluate(code).facts.one_hot is Tri.YES
    for code in ("np.eye(3)[:, 1:]", "np.eye(3) * 2", "np.eye(3, k=1)", "np.eye(3).T", "np.zeros((2, 3))"):
        assert evaluate(code).facts.one_hot is Tri.UNKNOWN


def check(code: str, keras: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        real = eval(code, {"np": np, "keras": keras, "sklearn": sklearn})
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
