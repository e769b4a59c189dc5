"""Knowing less never makes an operation refuse more, say something else, or raise."""

from __future__ import annotations

import ast
import random
from collections.abc import Iterator
from typing import Any

import pytest

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, Symbol, TensorSpec
from kerascope.operations.base import OperationCall, Row
from kerascope.operations.catalogue import families, operation
from operations import stated as evaluation
from operations.draws import DRAWS, draws
from operations.real import MODES
from operations.stated import Stated, stated

ODD: tuple[Any, ...] = (
    UNKNOWN, None, True, -7, 0, 10**9, 2.5, 1j, "text", (), (UNKNOWN,), (None, -1), ((1, 2), UNKNOWN), {"a": 1},
    TensorSpec(UNRANKED, ""), TensorSpec((), "int32"), TensorSpec((None, UNKNOWN), "string"), TensorSpec((0, 3)),
    ArraySpec(UNRANKED), ArraySpec((3,), "int64"), Symbol("tf.float32"), Symbol("tf.nothing"), slice(None, UNKNOWN),
    Ellipsis, TensorSpec((2, 3, 4, 5), "bool"), (TensorSpec((None, 3)), 2), (TensorSpec(UNRANKED, ""),) * 2,
)  # fmt: skip


def calls(code: str) -> Iterator[tuple[str, OperationCall]]:
    """The calls of operations that evaluating ``code`` makes."""
    made: list[tuple[str, OperationCall]] = []

    class Recorder(evaluation.Evaluator):
        def call(self, name: str, *positional: Any, **keywords: Any) -> Any:
            if operation(name) is not None:
                made.append((name, OperationCall(positional, keywords, True, self.major, self.traced)))
            return super().call(name, *positional, **keywords)

    for major, traced in MODES:
        evaluator = Recorder(major, traced)
        try:
            evaluator.value(ast.parse(code, mode="eval").body)
        except evaluation.Stop:
            continue
    return iter(made)


@pytest.mark.parametrize("family", families())
def test_no_argument_makes_it_raise(family: str) -> None:
    """Any argument may be anything; what comes back has the form that is promised."""
    rng = random.Random(f"robust/{family}")
    for entry in families()[family].values():
        for code in entry.cases:
            for name, call in calls(code):
                found = operation(name)
                assert found is not None
                for changed in odd_calls(call, rng):
                    check_form(found.returns(changed))
                    rows = found.rows(changed)
                    assert rows is None or all(isinstance(row, Row) for row in rows), changed


def odd_calls(call: OperationCall, rng: random.Random) -> Iterator[OperationCall]:
    """``call`` with one argument made odd, with one too many, and with arguments that cannot be seen."""
    for index in range(len(call.positional)):
        for odd in rng.sample(ODD, 6):
            positional = (*call.positional[:index], odd, *call.positional[index + 1 :])
            yield OperationCall(positional, call.keywords, True, call.major, call.traced)
    for name in call.keywords:
        for odd in rng.sample(ODD, 6):
            keywords = {**call.keywords, name: odd}
            yield OperationCall(call.positional, keywords, True, call.major, call.traced)
    yield OperationCall(call.positional[:1], {}, False, call.major, call.traced)
    yield OperationCall((), {}, False, call.major, call.traced)
    yield OperationCall((), {}, True, call.major, call.traced)
    yield OperationCall((*call.positional, 1, 2, 3), {"surprise": 1}, True, call.major, call.traced)


def check_form(value: Any) -> None:
    """A nest of tensors and plain values."""
    if isinstance(value, tuple):
        for item in value:
            check_form(item)
    elif isinstance(value, TensorSpec):
        assert value.shape is UNRANKED or all(
            dim is None or dim is UNKNOWN or dim >= 0 for dim in value.shape
        ), value
        assert isinstance(value.dtype, str)
        assert value.dtype not in ("int", "float", "complex")
    else:
        assert value is None or value is UNKNOWN or isinstance(value, int | str), value


def vaguer(spec: TensorSpec, rng: random.Random) -> TensorSpec:
    """A specification that says less."""
    shape = spec.shape
    if shape is UNRANKED or rng.random() < 0.25:
        return TensorSpec(UNRANKED, rng.choice(["", spec.dtype]))
    dims = tuple(UNKNOWN if rng.random() < 0.5 else dim for dim in shape)
    return TensorSpec(dims, "" if rng.random() < 0.3 else spec.dtype)


def allows(less: Any, more: Any) -> bool:
    """Whether ``less`` holds wherever ``more`` does."""
    if less is UNKNOWN or less == TensorSpec(UNRANKED, ""):
        return True
    if isinstance(less, TensorSpec):
        if not isinstance(more, TensorSpec) or less.dtype not in ("", more.dtype):
            return False
        if less.shape is UNRANKED:
            return True
        return (
            more.shape is not UNRANKED
            and len(less.shape) == len(more.shape)
            and all(map(allows, less.shape, more.shape))
        )
    if isinstance(less, tuple):
        return isinstance(more, tuple) and len(less) == len(more) and all(map(allows, less, more))
    return bool(less == more and type(less) is type(more))


@pytest.mark.parametrize("name", DRAWS)
def test_knowing_less_says_less(name: str) -> None:
    """A call that is not refused is not refused where less is known, and what is said then allows for the rest."""
    rng = random.Random(f"vaguer/{name}")
    for code in draws(name, 20):
        for major, traced in MODES:
            known = stated(code, major, traced)
            if known.refused:
                continue
            for _ in range(2):
                less: Stated = stated(code, major, traced, lambda spec: vaguer(spec, rng))
                assert not less.refused, f"{code}: {less.fault}"
                assert allows(less.value, known.value), f"{code}: {less.value} for {known.value}"
