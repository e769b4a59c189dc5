"""The catalogue finds its files, and looking at it starts nothing heavy."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import UNKNOWN_ARRAY, ArraySpec, Instance, Symbol
from kerascope.libraries.base import CallArguments
from kerascope.libraries.catalogue import library_function, library_functions


def test_names_are_found() -> None:
    for name in (
        "numpy.zeros",
        "ndarray.reshape",
        "keras.datasets.mnist.load_data",
        "numpy.random.RandomState.randint",
    ):
        function = library_function(name)
        assert function is not None and function.name == name
    assert library_function("numpy.no_such_function") is None


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from kerascope.libraries.catalogue import library_function as find; find('numpy.zeros');"
        "print(sorted({'numpy', 'keras', 'tensorflow', 'asyncio', 'importlib.metadata'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


ODD: tuple[Any, ...] = (
    UNKNOWN,
    None,
    -7,
    2.5,
    float("nan"),
    "?",
    (),
    (UNKNOWN, 1),
    ((1, 2), (3,)),
    {"a": 1},
    Symbol("numpy.float32"),
    Instance("keras.layers.Dense"),
    UNKNOWN_ARRAY,
    ArraySpec((UNKNOWN, 3)),
    ArraySpec((), "int64"),
    ArraySpec((2, 3), "object"),
)


@pytest.mark.parametrize("name", sorted(library_functions()))
def test_odd_arguments_never_raise(name: str) -> None:
    function = library_function(name)
    assert function is not None
    for complete in (True, False):
        function.returns(CallArguments((), None, complete))
        for first in ODD:
            function.returns(CallArguments((first,), None, complete))
            function.returns(
                CallArguments((), {"a": first, "x": first, "axis": first, "shape": first}, complete)
            )
            for second in ODD:
                function.returns(CallArguments((first, second), None, complete))
                for third in ODD[:8]:
                    function.returns(CallArguments((first, second, third), {"axis": second}, complete))
                    function.returns(
                        CallArguments((first, second), {"size": third, "dtype": first}, complete)
                    )


def test_an_unknown_array_stays_unknown() -> None:
    for name in ("ndarray.reshape", "ndarray.astype", "numpy.squeeze", "numpy.sum"):
        function = library_function(name)
        assert function is not None
        assert function.returns(CallArguments((UNKNOWN_ARRAY, UNKNOWN))).shape is UNRANKED
