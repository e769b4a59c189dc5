"""NumPy's reductions and the like, as functions and as methods of an array.

Sources: numpy.org/doc/stable/reference/routines.math, routines.statistics and routines.sort. A whole number
that is known comes as a Python ``int``, as which Keras takes it: ``numpy.prod(x.shape[1:])``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Tri, product
from kerascope.domain.specs import ArraySpec, ValueFacts
from kerascope.libraries.base import (
    COMPLEXES,
    FLOATS,
    INTEGER_LIMITS,
    CallArguments,
    LibraryFunction,
    array_argument,
    as_array_like,
    axis_index,
    bounds,
    dtype_name,
    entry,
    make_facts,
    reduced,
    some_of,
)

Returns = Callable[[CallArguments], Any]
_EXACT: Final = {"float16": 2**11, "float32": 2**24, "float64": 2**53}


def _plain_numbers(value: Any) -> tuple[int, ...] | None:
    """The whole numbers of a flat sequence of them."""
    if not isinstance(value, tuple) or not value:
        return None
    return value if all(isinstance(item, int) and not isinstance(item, bool) for item in value) else None


def _reduction(
    dtype_of: Callable[[str], str],
    facts_of: Callable[[ArraySpec, str, Dim], ValueFacts],
    exact: Callable[[tuple[int, ...]], int] | None = None,
    dtype_position: int | None = None,
    keepdims_position: int | None = None,
) -> Returns:
    """A reduction along axes: element type from that of the array, facts from those of its elements."""

    def returns(args: CallArguments) -> Any:
        given = args.get(0, "a", UNKNOWN)
        axis = args.get(1, "axis")
        array = as_array_like(given)
        keepdims = args.get(keepdims_position, "keepdims", False)
        numbers = _plain_numbers(given)
        asked = args.get(dtype_position, "dtype") if dtype_position is not None else None
        if numbers is not None and exact is not None and asked is None and axis is None and keepdims is False:
            result = exact(numbers)
            if args.complete and -(2**63) <= result < 2**63:
                return result
        shape = reduced(array.shape, axis, keepdims)
        dtype = dtype_of(array.dtype) if asked is None else dtype_name(asked)
        if asked is not None and dtype != dtype_of(array.dtype):
            return ArraySpec(shape, dtype, make_facts(dtype), array.source)
        return ArraySpec(shape, dtype, facts_of(array, dtype, _reduced_count(array, axis)), array.source)

    return returns


def _reduced_count(array: ArraySpec, axis: Any) -> Dim:
    """How many elements go into one of the result."""
    if array.shape is UNRANKED or axis is UNKNOWN:
        return UNKNOWN
    axes = range(len(array.shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    places = [axis_index(item, len(array.shape)) for item in axes]
    return product(UNKNOWN if place is None else array.shape[place] for place in places)


def _same_dtype(dtype: str) -> str:
    return dtype


def _total_dtype(dtype: str) -> str:
    """Sums and products of whole numbers are made in the widest type of their kind."""
    if dtype in INTEGER_LIMITS:
        return "uint64" if dtype.startswith("u") else "int64"
    return dtype if dtype in FLOATS or dtype in COMPLEXES or dtype == "object" else ""


def _mean_dtype(dtype: str) -> str:
    if dtype in INTEGER_LIMITS:
        return "float64"
    return dtype if dtype in FLOATS else ""


def _index_dtype(dtype: str) -> str:
    return "int64"


def _truth_dtype(dtype: str) -> str:
    return "" if dtype in ("object", "") else "bool"


def _no_facts(array: ArraySpec, dtype: str, count: Dim) -> ValueFacts:
    return make_facts(dtype)


def _largest_facts(array: ArraySpec, dtype: str, count: Dim) -> ValueFacts:
    return _end_facts(array, array.facts.hi, count)


def _smallest_facts(array: ArraySpec, dtype: str, count: Dim) -> ValueFacts:
    return _end_facts(array, array.facts.lo, count)


def _end_facts(array: ArraySpec, end: float | None, count: Dim) -> ValueFacts:
    """Facts of the largest or smallest of each ``count`` elements: of all of them, it is the bound that occurs."""
    facts = some_of(array.facts)
    size = UNKNOWN if array.shape is UNRANKED else product(array.shape)
    if array.facts.attained is Tri.YES and isinstance(count, int) and count == size:
        return replace(facts, lo=end, hi=end, attained=Tri.YES)
    return facts


def _sum_facts(array: ArraySpec, dtype: str, count: Dim) -> ValueFacts:
    lo, hi = bounds(array)
    if not dtype or (lo is None and hi is None):
        return make_facts(dtype)
    whole = array.dtype in INTEGER_LIMITS or array.facts.integral is Tri.YES
    if isinstance(count, int) and lo is not None and hi is not None and whole:
        low, high = lo * count, hi * count
        if dtype in INTEGER_LIMITS or max(abs(low), abs(high)) <= _EXACT.get(dtype, 0):
            return make_facts(dtype, low, high, Tri.YES)
    if dtype in INTEGER_LIMITS:
        return make_facts(dtype)
    # Rounding may carry a sum of fractions past what the exact one can be, but not across zero.
    return make_facts(
        dtype, 0 if lo is not None and lo >= 0 else None, 0 if hi is not None and hi <= 0 else None
    )


def _mean_facts(array: ArraySpec, dtype: str, count: Dim) -> ValueFacts:
    lo, hi = bounds(array)
    if count == 0 or not isinstance(count, int) or dtype not in FLOATS:
        return make_facts(dtype)
    if (
        lo is not None
        and hi is not None
        and _exact_total(lo, count, dtype)
        and _exact_total(hi, count, dtype)
    ):
        # The sum of as many ends is exact, and rounding keeps the order.
        return make_facts(dtype, lo, hi)
    return make_facts(
        dtype, 0 if lo is not None and lo >= 0 else None, 0 if hi is not None and hi <= 0 else None
    )


def _exact_total(end: float, count: int, dtype: str) -> bool:
    return math.isfinite(end) and float(end).is_integer() and abs(end) * count <= _EXACT[dtype]


def _spread_facts(array: ArraySpec, dtype: str, count: Dim) -> ValueFacts:
    # A deviation is never negative, but it is NaN where an element is NaN, where one
    # or its square is infinite, and where there is none.
    lo, hi = bounds(array)
    if lo is None or hi is None or dtype != "float64" or not isinstance(count, int) or not count:
        return make_facts(dtype)
    return make_facts(dtype, 0 if max(abs(lo), abs(hi)) < 1e100 else None)


def _position_facts(array: ArraySpec, dtype: str, count: Dim) -> ValueFacts:
    return make_facts("int64", 0, count - 1 if isinstance(count, int) and count > 0 else None)


def _count_facts(array: ArraySpec, dtype: str, count: Dim) -> ValueFacts:
    return make_facts("int64", 0, count if isinstance(count, int) else None)


# --- along an axis, with the shape kept ---------------------------------------------------------------------


def _cumulated(args: CallArguments) -> Any:
    array = array_argument(args)
    axis = args.get(1, "axis")
    dtype = dtype_name(args.get(2, "dtype"), _total_dtype(array.dtype))
    if axis is None:
        size = UNKNOWN if array.shape is UNRANKED else product(array.shape)
        return ArraySpec((size,), dtype, make_facts(dtype), array.source)
    # A single number becomes a vector.
    shape = UNRANKED if axis is UNKNOWN else array.shape or (1,)
    return ArraySpec(shape, dtype, make_facts(dtype), array.source)


def _sorted(args: CallArguments) -> Any:
    array = array_argument(args)
    axis = args.get(1, "axis", -1)
    if axis is None or axis is UNKNOWN:
        return replace(array, shape=UNRANKED)
    return array


def _argsort(args: CallArguments) -> Any:
    array = array_argument(args)
    axis = args.get(1, "axis", -1)
    if axis is None or axis is UNKNOWN or array.shape is UNRANKED or not array.shape:
        return ArraySpec(UNRANKED, "int64", make_facts("int64", 0))
    position = axis_index(axis, len(array.shape))
    length = UNKNOWN if position is None else array.shape[position]
    last = max(0, length - 1) if isinstance(length, int) else None
    return ArraySpec(array.shape, "int64", make_facts("int64", 0, last), array.source)


MOST_VALUES = 4096
"""No array's values are counted beyond this."""


def occurring(array: ArraySpec) -> range | None:
    """The whole numbers that occur among the elements, where it is certain that all of them do."""
    facts = array.facts
    if facts.attained is not Tri.YES or facts.integral is not Tri.YES or facts.lo is None or facts.hi is None:
        return None
    span = int(facts.hi) - int(facts.lo)
    # Floats hold every whole number up to 256 exactly, whatever their width.
    exact = array.dtype in INTEGER_LIMITS or max(abs(facts.lo), abs(facts.hi)) <= 256
    if span > MOST_VALUES or not exact or (span > 1 and facts.gapless is not Tri.YES):
        return None
    return range(int(facts.lo), int(facts.hi) + 1)


def _unique(args: CallArguments) -> Any:
    array = array_argument(args, "ar")
    options = ("return_index", "return_inverse", "return_counts")
    asked = [args.get(position + 1, name, False) for position, name in enumerate(options)]
    if any(item is not False for item in asked):
        return _unique_parts(array, asked)
    if args.get(4, "axis") is not None:
        return replace(array, shape=UNRANKED, facts=some_of(array.facts))
    return _unique_values(array)


def _unique_values(array: ArraySpec) -> ArraySpec:
    values = occurring(array)
    if values is None:
        return replace(array, shape=(UNKNOWN,), facts=some_of(array.facts))
    return replace(array, shape=(len(values),), facts=replace(array.facts, one_hot=Tri.UNKNOWN))


def _unique_parts(array: ArraySpec, asked: list[Any]) -> Any:
    if any(item is UNKNOWN for item in asked):
        return UNKNOWN
    values = _unique_values(array)
    counts = ArraySpec(values.shape, "int64", make_facts("int64", 0))
    # The shape of the inverse has changed between releases of NumPy 2.
    inverse = replace(counts, shape=UNRANKED)
    parts = (counts, inverse, counts)
    return (values, *(part for part, wanted in zip(parts, asked, strict=True) if wanted))


def _entries() -> Iterator[LibraryFunction]:
    total = _reduction(_total_dtype, _sum_facts, sum, 2)
    products = _reduction(_total_dtype, _no_facts, math.prod, 2)
    largest = _reduction(_same_dtype, _largest_facts, max)
    smallest = _reduction(_same_dtype, _smallest_facts, min)
    common: tuple[tuple[str, Returns, tuple[str, ...]], ...] = (
        ("sum", total, ("{}()", "{}(axis=0)", "{}(axis=(0, -1))", "{}(1, keepdims=True)")),
        ("prod", products, ("{}()", "{}(axis=1)")),
        ("mean", _reduction(_mean_dtype, _mean_facts, None, 2), ("{}()", "{}(axis=0)", "{}(axis=-1)")),
        ("std", _reduction(_mean_dtype, _spread_facts, None, 2), ("{}()", "{}(axis=0)")),
        ("var", _reduction(_mean_dtype, _spread_facts, None, 2), ("{}()", "{}(axis=0, keepdims=True)")),
        ("max", largest, ("{}()", "{}(axis=0)", "{}(-1)")),
        ("min", smallest, ("{}()", "{}(axis=0)")),
        ("argmax", _reduction(_index_dtype, _position_facts), ("{}()", "{}(axis=1)", "{}(-1)")),
        ("argmin", _reduction(_index_dtype, _position_facts), ("{}()", "{}(axis=1)")),
        ("any", _reduction(_truth_dtype, _no_facts), ("{}()", "{}(axis=0)")),
        ("all", _reduction(_truth_dtype, _no_facts), ("{}()", "{}(axis=0)")),
        ("cumsum", _cumulated, ("{}()", "{}(axis=0)")),
        ("argsort", _argsort, ("{}()", "{}(axis=0)")),
    )
    arrays = ("np.arange(6, dtype='uint8').reshape(2, 3)", "np.full((2, 3), 0.5, 'float32')")
    for name, returns, calls in common:
        methods = tuple(call.format(f"{array}.{name}") for array in arrays for call in calls)
        yield entry(f"ndarray.{name}", returns, *methods)
        functions = tuple(f"np.{name}({arrays[0]}, {call[3:]}".replace(", )", ")") for call in calls)
        yield entry(f"numpy.{name}", returns, *functions, f"np.{name}([3, 1, 2])")
    yield entry("numpy.amax", largest, "np.amax([[1, 2], [3, 4]], axis=0)")
    yield entry("numpy.amin", smallest, "np.amin([[1, 2], [3, 4]], axis=0)")
    yield entry("numpy.nanmax", largest, "np.nanmax([0.5, 1.5])")
    yield entry("numpy.nanmin", smallest, "np.nanmin([0.5, 1.5])")
    yield entry("numpy.median", _reduction(_mean_dtype, _no_facts), "np.median([1, 2, 4])")
    yield entry(
        "numpy.count_nonzero",
        _reduction(_index_dtype, _count_facts),
        "np.count_nonzero(np.arange(4))",
        "np.count_nonzero(np.eye(3), axis=0)",
    )
    yield entry("numpy.ptp", _reduction(_same_dtype, _no_facts), "np.ptp(np.arange(4))")
    yield entry("numpy.sort", _sorted, "np.sort([3, 1, 2])", "np.sort(np.zeros((2, 3)), axis=0)")
    yield entry(
        "numpy.unique",
        _unique,
        "np.unique([3, 1, 1])",
        "np.unique(np.zeros((2, 3)))",
        "np.unique([3, 1, 1], return_counts=True)",
    )


FUNCTIONS: tuple[LibraryFunction, ...] = tuple(_entries())
