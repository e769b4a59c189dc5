"""NumPy functions that work element by element: numpy.org/doc/stable/reference/ufuncs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Tri
from kerascope.domain.specs import NO_FACTS, UNKNOWN_ARRAY, ArraySpec, ValueFacts
from kerascope.libraries.base import (
    FLOATS,
    INTEGER_LIMITS,
    NUMBERS,
    CallArguments,
    LibraryFunction,
    as_array_like,
    bounds,
    broadcast,
    cast,
    entry,
    make_facts,
    promoted,
    promoted_with,
    rounded,
    some_of,
)

Returns = Callable[[CallArguments], Any]


def _operand(args: CallArguments, name: str = "x", position: int = 0) -> ArraySpec | None:
    """The array that NumPy works on; nothing for what may be a tensor or a table: those answer themselves."""
    value = args.get(position, name, UNKNOWN)
    if isinstance(value, ArraySpec | int | float | tuple) and not (
        isinstance(value, tuple) and UNKNOWN in value
    ):
        return as_array_like(value)
    return None


def _float_dtype(dtype: str) -> str:
    """The smallest float that a function of whole numbers is calculated in."""
    if dtype in INTEGER_LIMITS:
        return {"bool": "float16", "int8": "float16", "uint8": "float16"}.get(
            dtype, "float32" if dtype.endswith("16") else "float64"
        )
    return dtype if dtype in NUMBERS else ""


def _transcendental(number: Callable[[float], float], lo: float | None, hi: float | None) -> Returns:
    """A function whose values lie between ``lo`` and ``hi`` for every number that has a value."""

    def returns(args: CallArguments) -> Any:
        array = _operand(args)
        if array is None:
            return UNKNOWN
        dtype = _float_dtype(array.dtype)
        facts = NO_FACTS
        start, end = bounds(array)
        if dtype in FLOATS and start is not None and end is not None:
            facts = make_facts(dtype, lo, hi)
            if start == end and array.shape == () and dtype == "float64":
                facts = _exact(number, start, facts)
        return replace(array, dtype=dtype, facts=facts)

    return returns


def _exact(number: Callable[[float], float], argument: float, otherwise: ValueFacts) -> ValueFacts:
    """The value at one number, where that is whole: other values may differ in their last digit."""
    try:
        value = number(argument)
    except (ValueError, OverflowError):
        return otherwise
    return make_facts("float64", value, value, Tri.YES) if value.is_integer() else otherwise


def _sqrt(args: CallArguments) -> Any:
    array = _operand(args)
    if array is None:
        return UNKNOWN
    dtype = _float_dtype(array.dtype)
    lo, hi = bounds(array)
    facts = NO_FACTS
    if lo is not None and lo >= 0 and dtype in FLOATS:
        # A square root is rounded correctly, so that the ends stay the ends.
        ends = [None if end is None else _root(rounded(end, dtype), dtype) for end in (lo, hi)]
        facts = make_facts(dtype, ends[0], ends[1])
        if ends[0] is not None and ends[0] == ends[1] and float(ends[0]).is_integer():
            facts = replace(facts, integral=Tri.YES)
    return replace(array, dtype=dtype, facts=facts)


def _root(value: float, dtype: str) -> float:
    return math.inf if math.isinf(value) else rounded(math.sqrt(value), dtype)


def _log(args: CallArguments) -> Any:
    array = _operand(args)
    if array is None:
        return UNKNOWN
    dtype = _float_dtype(array.dtype)
    lo, hi = bounds(array)
    facts = NO_FACTS
    if lo is not None and lo >= 0 and dtype in FLOATS:
        facts = make_facts(dtype, 0 if lo >= 1 else None, 0 if hi is not None and hi <= 1 else None)
    return replace(array, dtype=dtype, facts=facts)


def _stepped(step: Callable[[float], float]) -> Returns:
    """Rounding to whole numbers; since NumPy 2.1 whole numbers keep their type, before they became floats."""

    def returns(args: CallArguments) -> Any:
        array = _operand(args)
        if array is None:
            return UNKNOWN
        lo, hi = bounds(array)
        dtype = array.dtype if array.dtype in FLOATS else ""
        if array.dtype in INTEGER_LIMITS and max(abs(lo or 0), abs(hi or 0)) > 2**53:
            # A float would not hold these.
            lo = hi = None
        bounded = lo is not None and hi is not None
        integral = Tri.YES if bounded and array.dtype in NUMBERS else Tri.UNKNOWN
        ends = [None if end is None else float(step(end)) for end in (lo, hi)]
        return replace(array, dtype=dtype, facts=make_facts(dtype, ends[0], ends[1], integral))

    return returns


def _round(args: CallArguments) -> Any:
    array = _operand(args, "a")
    if array is None:
        return UNKNOWN
    decimals = args.get(1, "decimals", 0)
    if array.dtype in INTEGER_LIMITS and array.dtype != "bool":
        return (
            array
            if decimals == 0 and decimals is not UNKNOWN
            else replace(array, facts=make_facts(array.dtype))
        )
    if array.dtype not in FLOATS:
        return replace(array, dtype="", facts=NO_FACTS)
    lo, hi = bounds(array)
    if decimals is UNKNOWN or decimals != 0 or lo is None or hi is None:
        return replace(array, facts=NO_FACTS)
    return replace(array, facts=make_facts(array.dtype, float(round(lo)), float(round(hi)), Tri.YES))


def _absolute(args: CallArguments) -> Any:
    array = _operand(args)
    if array is None:
        return UNKNOWN
    lo, hi = bounds(array)
    if array.dtype.startswith("complex"):
        return replace(array, dtype="float64" if array.dtype == "complex128" else "float32", facts=NO_FACTS)
    if array.dtype not in NUMBERS or (lo is None and hi is None):
        # The least whole number of a type has no opposite in it.
        return replace(array, facts=NO_FACTS)
    least = 0 if lo is None or hi is None or lo <= 0 <= hi else min(abs(lo), abs(hi))
    most = None if lo is None or hi is None else max(abs(lo), abs(hi))
    return replace(array, facts=make_facts(array.dtype, least, most, array.facts.integral))


def _square(args: CallArguments) -> Any:
    array = _operand(args)
    if array is None:
        return UNKNOWN
    dtype = "int8" if array.dtype == "bool" else array.dtype if array.dtype in NUMBERS else ""
    lo, hi = bounds(array)
    if lo is None or hi is None or not dtype or dtype.startswith("complex"):
        return replace(array, dtype=dtype, facts=make_facts(dtype))
    least = 0 if lo <= 0 <= hi else min(lo * lo, hi * hi)
    most = rounded(max(lo * lo, hi * hi), dtype)
    return replace(array, dtype=dtype, facts=make_facts(dtype, rounded(least, dtype), most))


def _tested(args: CallArguments) -> Any:
    array = _operand(args)
    return UNKNOWN if array is None else replace(array, dtype="bool", facts=make_facts("bool"))


def _clip(args: CallArguments) -> Any:
    array = _operand(args, "a")
    low = args.get(1, "a_min", args.get(None, "min"))
    high = args.get(2, "a_max", args.get(None, "max"))
    if array is None or low is UNKNOWN or high is UNKNOWN:
        return UNKNOWN
    ends = [end for end in (low, high) if end is not None]
    shape = broadcast([array.shape, *(as_array_like(end).shape for end in ends)])
    if shape is None:
        return UNKNOWN_ARRAY
    dtype = array.dtype
    for end in ends:
        if isinstance(end, int | float):
            dtype = promoted_with(dtype, end)
        else:
            dtype = promoted(dtype, as_array_like(end).dtype)
    lo, hi = bounds(cast(array, dtype)) if dtype in NUMBERS else (None, None)
    plain = all(isinstance(end, int | float) for end in ends) and dtype in NUMBERS
    if not plain or (lo is None and hi is None):
        # An element that is NaN stays NaN.
        return replace(array, shape=shape, dtype=dtype, facts=make_facts(dtype))
    start, stop = (-math.inf if lo is None else lo), (math.inf if hi is None else hi)
    if low is not None:
        start, stop = (max(end, rounded(low, dtype)) for end in (start, stop))
    if high is not None:
        start, stop = (min(end, rounded(high, dtype)) for end in (start, stop))
    integral = (
        Tri.YES
        if array.facts.integral is Tri.YES and all(float(end).is_integer() for end in ends)
        else Tri.UNKNOWN
    )
    return replace(array, shape=shape, dtype=dtype, facts=make_facts(dtype, start, stop, integral))


def _extreme(pick: Callable[[float, float], float]) -> Returns:
    """The larger or the smaller of two elements."""

    def returns(args: CallArguments) -> Any:
        given = args.get(0, "x1", UNKNOWN), args.get(1, "x2", UNKNOWN)
        left, right = _operand(args, "x1", 0), _operand(args, "x2", 1)
        if left is None or right is None:
            return UNKNOWN
        shape = broadcast((left.shape, right.shape))
        dtype = _joint_dtype(given[0], given[1])
        if shape is None:
            return UNKNOWN_ARRAY
        ends = [bounds(cast(side, dtype)) if dtype in NUMBERS else (None, None) for side in (left, right)]
        known = [end for pair in ends for end in pair]
        if None in known:
            return ArraySpec(shape, dtype, make_facts(dtype), left.source or right.source)
        lo, hi = pick(known[0] or 0, known[2] or 0), pick(known[1] or 0, known[3] or 0)
        return ArraySpec(shape, dtype, make_facts(dtype, lo, hi), left.source or right.source)

    return returns


def _joint_dtype(left: Any, right: Any) -> str:
    """The type in which two operands meet: a Python number is weak beside an array."""
    if isinstance(left, ArraySpec) and isinstance(right, int | float):
        return promoted_with(left.dtype, right)
    if isinstance(right, ArraySpec) and isinstance(left, int | float):
        return promoted_with(right.dtype, left)
    return promoted(as_array_like(left).dtype, as_array_like(right).dtype)


def _where(args: CallArguments) -> Any:
    condition = _operand(args, "condition")
    given = args.get(1, "x"), args.get(2, "y")
    if condition is None or UNKNOWN in given:
        return UNKNOWN
    if given == (None, None):
        return _nonzero(condition)
    sides = [as_array_like(item) for item in given]
    shape = broadcast([condition.shape, *(side.shape for side in sides)])
    dtype = _joint_dtype(given[0], given[1])
    if shape is None:
        return UNKNOWN_ARRAY
    one, other = (cast(side, dtype).facts for side in sides)
    facts = replace(some_of(one.join(other)), one_hot=Tri.UNKNOWN)
    return ArraySpec(shape, dtype, facts if dtype else NO_FACTS, sides[0].source or sides[1].source)


def _nonzero_call(args: CallArguments) -> Any:
    array = _operand(args, "a")
    return UNKNOWN if array is None else _nonzero(array)


def _nonzero(array: ArraySpec) -> Any:
    """One array of positions for each axis."""
    if array.shape is UNRANKED or not array.shape:
        return UNKNOWN
    return tuple(
        ArraySpec(
            (UNKNOWN,), "int64", make_facts("int64", 0, size - 1 if isinstance(size, int) and size else None)
        )
        for size in array.shape
    )


_FUNCTIONS: tuple[tuple[str, Returns, tuple[str, ...]], ...] = (
    (
        "sqrt",
        _sqrt,
        ("{}([1.0, 4.0])", "{}(784)", "{}(np.full(3, 200, 'uint8'))", "{}(np.full(2, 0.1, 'float32'))"),
    ),
    ("log", _log, ("{}([1.0, 2.0])", "{}(np.full(3, 0.5, 'float32'))")),
    ("log2", _log, ("{}(8.0)",)),
    ("log10", _log, ("{}(np.arange(1, 4))",)),
    ("log1p", _transcendental(math.log1p, None, None), ("{}(np.arange(4))",)),
    (
        "exp",
        _transcendental(math.exp, 0, None),
        ("{}(np.zeros(3))", "{}(0.0)", "{}(np.arange(3, dtype='int16'))"),
    ),
    ("expm1", _transcendental(math.expm1, None, None), ("{}([0.5])",)),
    ("sin", _transcendental(math.sin, -1, 1), ("{}(np.arange(3))", "{}(0.0)")),
    ("cos", _transcendental(math.cos, -1, 1), ("{}(np.linspace(0, 1, 5))",)),
    ("tan", _transcendental(math.tan, None, None), ("{}([0.5])",)),
    ("tanh", _transcendental(math.tanh, -1, 1), ("{}(np.arange(3, dtype='float32'))",)),
    ("floor", _stepped(math.floor), ("{}([0.5, 1.5])", "{}(7.5)")),
    ("ceil", _stepped(math.ceil), ("{}([0.5, 1.5])", "{}(10 / 3)", "{}(np.full(2, 1.5, 'float32'))")),
    ("trunc", _stepped(math.trunc), ("{}([-0.5, 1.5])",)),
    ("rint", _stepped(round), ("{}([0.5, 1.5])",)),
    ("abs", _absolute, ("{}([-1, 2])", "{}(np.full(3, -0.5, 'float32'))")),
    ("absolute", _absolute, ("{}([-1.5, 2])",)),
    ("square", _square, ("{}([-1, 2])", "{}(np.full(3, 0.1, 'float32'))", "{}(np.full(2, 20, 'uint8'))")),
    ("isnan", _tested, ("{}([0.5])",)),
    ("isfinite", _tested, ("{}(np.ones((2, 3)))",)),
    ("isinf", _tested, ("{}(np.ones((2, 3)))",)),
    ("logical_not", _tested, ("{}([0, 1])",)),
    ("round", _round, ("{}([0.5, 1.7])", "{}([0.55], 1)", "{}(np.arange(3))")),
    ("around", _round, ("{}([0.5, 1.7])",)),
    ("nonzero", _nonzero_call, ("{}(np.eye(2))",)),
    ("maximum", _extreme(max), ("{}(np.arange(4), 2)", "{}([0.5, 1.5], [1.0, 0.0])")),
    ("minimum", _extreme(min), ("{}(np.arange(4), 2.5)", "{}(np.ones((2, 1)), np.zeros(3))")),
)


def _entries() -> Iterator[LibraryFunction]:
    for name, returns, cases in _FUNCTIONS:
        yield entry(f"numpy.{name}", returns, *(case.format(f"np.{name}") for case in cases))
    yield entry(
        "numpy.clip",
        _clip,
        "np.clip(np.arange(9), 2, 5)",
        "np.clip(np.full(3, 0.5, 'float32'), 0.1, 0.3)",
        "np.clip(np.arange(3), 0.5, None)",
    )
    yield entry("ndarray.clip", _clip, "np.arange(9).clip(2, 5)", "np.arange(9).clip(max=4)")
    yield entry("ndarray.round", _round, "np.full(3, 0.7).round()")
    yield entry(
        "numpy.where",
        _where,
        "np.where(np.arange(4) > 1, 1, 0)",
        "np.where(np.ones((2, 1), bool), np.zeros(3, 'float32'), 1.0)",
        "np.where(np.eye(3))",
        "np.where([True, False], [1, 2], [0.5, 1.5])",
    )


FUNCTIONS: tuple[LibraryFunction, ...] = tuple(_entries())
