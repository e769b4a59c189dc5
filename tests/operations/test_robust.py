"""Whatever a program hands to an operation, the catalogue answers; of what it does not know it knows nothing."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, TensorSpec
from kerascope.operations.base import Operation, OperationCall, parameters
from kerascope.operations.catalogue import operations

VALUES: tuple[Any, ...] = (
    TensorSpec((None, 3), "float32"),
    TensorSpec(UNRANKED, ""),
    TensorSpec((UNKNOWN, 2, None), ""),
    ArraySpec((4, 3), "float64"),
    UNKNOWN,
    None,
    (1, UNKNOWN),
    (TensorSpec((2, 3)), UNKNOWN),
    "x",
    2.5,
    -3,
    True,
)


@pytest.mark.parametrize("entry", operations().values(), ids=lambda entry: entry.name)
def test_no_argument_is_too_strange(entry: Operation) -> None:
    most = min(3, sum(1 for parameter in parameters(entry.parameters) if not parameter.kind))
    for count in range(most + 1):
        for values in itertools.product(VALUES, repeat=count):
            for major, traced in ((2, False), (3, False), (3, True)):
                call = OperationCall(values, {}, True, major, traced)
                entry.returns(call)
                entry.rows(call)
