"""Operators on arrays: arithmetic, comparison, indexing, and the functions of NumPy that do the same.

Element types follow NumPy 2, where Python numbers are weak (NEP 50). Bounds follow interval arithmetic; every
end is rounded as NumPy rounds an element, which keeps the order, so that no element can pass it.
Source of the indexing rules: numpy.org/doc/stable/user/basics.indexing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri
from kerascope.domain.specs import NO_FACTS, UNKNOWN_ARRAY, ArraySpec, ValueFacts
from kerascope.libraries.base import (
    FLOATS,
    INTEGER_LIMITS,
    NUMBERS,
    WEAK_FLOAT,
    WEAK_INT,
    CallArguments,
    LibraryFunction,
    as_array_like,
    bounds,
    broadcast,
    cast,
    dim_argument,
    entry,
    make_facts,
    promoted,
    promoted_with,
    rounded,
    some_of,
)

Interval = tuple[float | None, float | None]
COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_UNBOUNDED: Final[Interval] = (None, None)


def binary(operator: str, left: Any, right: Any) -> Any:
    """``left operator right`` where at least one side is an array; ``UNKNOWN`` where that is not certain.

    ``operator`` is as it is written: ``+``, ``//``, ``==``, ``@``, ``&``. Lists come as tuples.
    """
    if not (isinstance(left, ArraySpec) or isinstance(right, ArraySpec)):
        return UNKNOWN
    if not (_is_operand(left) and _is_operand(right)):
        return UNKNOWN
    one, other = as_array_like(left), as_array_like(right)
    source = one.source or other.source
    if operator == "@":
        return replace(_matrix_product(one, other), source=source)
    shape = broadcast((one.shape, other.shape))
    dtype = _result_dtype(operator, left, right)
    if shape is None or dtype is None:
        return UNKNOWN_ARRAY
    if operator in COMPARISONS:
        return ArraySpec(shape, dtype, make_facts(dtype), source)
    return ArraySpec(shape, dtype, _combined_facts(operator, one, other, dtype), source)


def negative(value: Any) -> Any:
    """``-value`` for an array."""
    if not isinstance(value, ArraySpec):
        return UNKNOWN
    if value.dtype == "bool":
        return UNKNOWN_ARRAY
    if value.dtype not in NUMBERS:
        return replace(value, facts=NO_FACTS)
    lo, hi = bounds(value)
    ends = None if hi is None else -hi, None if lo is None else -lo
    attained = value.facts.attained is Tri.YES
    return replace(value, facts=make_facts(value.dtype, *ends, value.facts.integral, attained=attained))


def inverted(value: Any) -> Any:
    """``~value`` for an array."""
    if not isinstance(value, ArraySpec):
        return UNKNOWN
    return replace(value, facts=make_facts(value.dtype)) if value.dtype in INTEGER_LIMITS else UNKNOWN_ARRAY


def assigned(array: ArraySpec, value: Any) -> ArraySpec:
    """``array`` after ``array[key] = value`` for a key of which nothing need be known."""
    facts = array.facts.join(cast(as_array_like(value), array.dtype).facts) if array.dtype else NO_FACTS
    return replace(array, facts=replace(facts, one_hot=Tri.UNKNOWN, attained=Tri.UNKNOWN))


def _is_operand(value: Any) -> bool:
    """Whether NumPy alone decides what an operation with ``value`` does."""
    if isinstance(value, tuple):
        return all(_is_operand(item) for item in value)
    return isinstance(value, ArraySpec | int | float | complex | str)


def _result_dtype(operator: str, left: Any, right: Any) -> str | None:
    """The element type of the result; ``""`` if not known and ``None`` for operands that NumPy refuses."""
    if operator in COMPARISONS:
        return "bool"
    if _is_weak(left) and _is_weak(right):
        if operator == "/" or not (_is_weak_int(left) and _is_weak_int(right)):
            return WEAK_FLOAT if operator in ("+", "-", "*", "/", "//", "%") else ""
        return WEAK_INT if operator in ("+", "-", "*", "//", "%") else ""
    dtype = _common_dtype(left, right)
    if dtype not in NUMBERS:
        return "object" if dtype == "object" else ""
    whole = dtype in INTEGER_LIMITS
    if whole and operator != "/" and not (_fits(left, dtype) and _fits(right, dtype)):
        return None
    match operator:
        case "/":
            return "float64" if whole else dtype
        case "-" if dtype == "bool":
            return None
        case "**" if isinstance(left, ArraySpec) and left.dtype == "bool" and isinstance(right, int):
            # NumPy squares truths in int8 and raises them to other whole numbers in int64.
            return ""
        case "//" | "%" | "**" if dtype == "bool":
            return "int8"
        case "**" if whole and isinstance(right, int) and right < 0:
            return None
        case "//" | "%" if dtype.startswith("complex"):
            return None
        case "&" | "|" | "^":
            return dtype if whole else None
        case "<<" | ">>":
            return ("int8" if dtype == "bool" else dtype) if whole else None
        case "+" | "-" | "*" | "//" | "%" | "**":
            return dtype
    return ""


def _common_dtype(left: Any, right: Any) -> str:
    """The type in which both operands meet."""
    for one, other in ((left, right), (right, left)):
        if isinstance(one, ArraySpec) and _is_weak(one) and isinstance(other, ArraySpec):
            return promoted_with(other.dtype, 0 if one.dtype == WEAK_INT else 0.0)
    if isinstance(left, ArraySpec) and isinstance(right, int | float | complex):
        return promoted_with(left.dtype, right)
    if isinstance(right, ArraySpec) and isinstance(left, int | float | complex):
        return promoted_with(right.dtype, left)
    return promoted(as_array_like(left).dtype, as_array_like(right).dtype)


def _is_weak(value: Any) -> bool:
    """Whether a value is a number of Python's own."""
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return known or (isinstance(value, ArraySpec) and value.dtype in (WEAK_INT, WEAK_FLOAT))


def _is_weak_int(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, ArraySpec) and value.dtype == WEAK_INT)


def _fits(operand: Any, dtype: str) -> bool:
    """Whether NumPy calculates with a Python number in ``dtype``, rather than raise an OverflowError."""
    lo, hi = INTEGER_LIMITS[dtype]
    return not isinstance(operand, int) or lo <= operand <= hi


def _matrix_product(left: ArraySpec, right: ArraySpec) -> ArraySpec:
    dtype = promoted(left.dtype, right.dtype)
    if left.shape is UNRANKED or right.shape is UNRANKED:
        return ArraySpec(UNRANKED, dtype)
    if not left.shape or not right.shape:
        return UNKNOWN_ARRAY
    inner = left.shape[-1], right.shape[-2] if len(right.shape) > 1 else right.shape[0]
    if isinstance(inner[0], int) and isinstance(inner[1], int) and inner[0] != inner[1]:
        return UNKNOWN_ARRAY
    stack = broadcast((left.shape[:-2], right.shape[:-2]))
    if stack is None or stack is UNRANKED:
        return UNKNOWN_ARRAY
    rows: tuple[Dim, ...] = left.shape[-2:-1]
    columns: tuple[Dim, ...] = right.shape[-1:] if len(right.shape) > 1 else ()
    return ArraySpec((*stack, *rows, *columns), dtype)


# --- indexing -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Window:
    """A key ``start : start + size`` whose start is known within bounds only.

    Where it is ``whole`` all of it lies within the axis, of whatever length that is.
    """

    start: ArraySpec
    size: int
    whole: bool = False

    def length(self, along: Dim) -> Dim:
        """How many elements it takes out of ``along``; not known where it may reach beyond the end."""
        if self.whole:
            return self.size
        lo, hi = self.start.facts.lo, self.start.facts.hi
        if lo is None or hi is None or not isinstance(along, int) or lo < 0 or hi + self.size > along:
            return UNKNOWN
        return self.size


def index(array: ArraySpec, key: Any) -> ArraySpec:
    """``array[key]``. A list as a key is given as a ``list``, since a tuple means one key per axis.

    A number of which only the type is known is an array without axes, ``ArraySpec((), "int64")``.
    """
    facts = some_of(array.facts)
    keys = key if isinstance(key, tuple) else (key,)
    if array.shape is UNRANKED:
        return replace(array, facts=facts)
    expanded = _expanded(keys, len(array.shape))
    if expanded is None:
        return replace(array, shape=UNRANKED, facts=facts)
    shape = _indexed_shape(array.shape, expanded)
    if shape is None:
        return replace(UNKNOWN_ARRAY, dtype=array.dtype)
    last = next((item for item in reversed(expanded) if item is not ...), None)
    whole_rows = isinstance(last, slice) and last == slice(None) and shape is not UNRANKED and bool(shape)
    if whole_rows:
        facts = replace(facts, one_hot=array.facts.one_hot)
    if all(item is None or item is ... or item == slice(None) for item in expanded):
        facts = replace(facts, attained=array.facts.attained)
    return replace(array, shape=shape, facts=facts)


def _expanded(keys: tuple[Any, ...], rank: int) -> list[Any] | None:
    """One key for each axis, ``None`` for each new one, dots for none; nothing if that cannot be told."""
    converted = [as_array_like(tuple(item)) if isinstance(item, list) else item for item in keys]
    converted = [as_array_like(item) if isinstance(item, tuple) else item for item in converted]
    taken = 0
    for item in converted:
        if isinstance(item, ArraySpec):
            if item.dtype not in (*INTEGER_LIMITS, WEAK_INT) or item.shape is UNRANKED:
                return None
            if item.dtype == "bool" and not item.shape:
                return None
            taken += len(item.shape) if item.dtype == "bool" else 1
        elif isinstance(item, bool) or not (
            item is None or item is ... or isinstance(item, int | slice | Window)
        ):
            return None
        elif isinstance(item, int | slice | Window):
            taken += 1
    if taken > rank or converted.count(...) > 1:
        return None
    fill: list[Any] = [slice(None)] * (rank - taken)
    if ... not in converted:
        return converted + fill
    place = converted.index(...)
    # Dots that stand for no axis still part the index arrays on their sides.
    return converted[:place] + (fill or [...]) + converted[place + 1 :]


def _indexed_shape(shape: tuple[Dim, ...], keys: list[Any]) -> Shape | None:
    """The shape under one key per axis; ``None`` for a key that NumPy refuses."""
    advanced = any(isinstance(item, ArraySpec) and item.shape != () for item in keys)
    dims: list[Dim] = []
    indices: list[Shape] = []
    places: list[int] = []
    axis = 0
    for order, item in enumerate(keys):
        if item is None or item is ...:
            dims += [1] if item is None else []
            continue
        if isinstance(item, slice | Window):
            dims.append(_sliced(shape[axis], item) if isinstance(item, slice) else item.length(shape[axis]))
            axis += 1
            continue
        if isinstance(item, int):
            length = shape[axis]
            if isinstance(length, int) and not -length <= item < length:
                return None
        if isinstance(item, ArraySpec) and item.dtype == "bool" and item.shape is not UNRANKED:
            if any(_differ(*pair) for pair in zip(item.shape, shape[axis:], strict=False)):
                return None
            axis += len(item.shape)
            indices.append((UNKNOWN,))
        else:
            axis += 1
            indices.append(item.shape if isinstance(item, ArraySpec) else ())
        places.append(order)
        if len(places) == 1:
            front = len(dims)
    if not advanced:
        return tuple(dims)
    common = broadcast(indices)
    if common is None or common is UNRANKED:
        return None
    # Index arrays with something else between them put their axes first.
    place = front if places == list(range(places[0], places[-1] + 1)) else 0
    return (*dims[:place], *common, *dims[place:])


def _differ(left: Dim, right: Dim) -> bool:
    return isinstance(left, int) and isinstance(right, int) and left != right


def _sliced(length: Dim, key: slice) -> Dim:
    """Number of elements that a slice takes out of ``length``."""
    if key == slice(None):
        return length
    parts = [None if part is None else dim_argument(part) for part in (key.start, key.stop, key.step)]
    if any(part is UNKNOWN for part in parts):
        return UNKNOWN
    start, stop, step = (part if isinstance(part, int) else None for part in parts)
    if step == 0:
        return UNKNOWN
    if isinstance(length, int):
        return len(range(*slice(start, stop, step).indices(length)))
    return length if start in (None, 0) and stop is None and step in (None, 1, -1) else UNKNOWN


# --- bounds -------------------------------------------------------------------------------------------------


def _combined_facts(operator: str, left: ArraySpec, right: ArraySpec, dtype: str) -> ValueFacts:
    if dtype not in INTEGER_LIMITS and dtype not in FLOATS and dtype != WEAK_INT:
        return NO_FACTS
    one, other = _operand_interval(left, dtype), _operand_interval(right, dtype)
    combine = _INTERVALS.get(operator)
    if combine is None or _UNBOUNDED in (one, other):
        return make_facts(dtype)
    lo, hi = combine(one, other, dtype in INTEGER_LIMITS)
    lo = None if lo is None else rounded(lo, dtype)
    hi = None if hi is None else rounded(hi, dtype)
    finite = lo is not None and hi is not None and math.isfinite(lo) and math.isfinite(hi)
    whole = _is_whole(left) and _is_whole(right) and operator in ("+", "-", "*", "//", "%")
    return make_facts(
        dtype,
        lo,
        hi,
        Tri.YES if whole and finite else Tri.UNKNOWN,
        attained=_keeps_ends(operator, left, right),
    )


def _keeps_ends(operator: str, left: ArraySpec, right: ArraySpec) -> bool:
    """Whether the result is the image of one side under a monotone function, so that ends become ends."""
    if left.facts.attained is not Tri.YES or right.facts.attained is not Tri.YES:
        return False
    numbers = [side.shape == () and side.facts.lo == side.facts.hi for side in (left, right)]
    return (operator in ("+", "-", "*") and any(numbers)) or (operator == "/" and numbers[1])


def _is_whole(array: ArraySpec) -> bool:
    return array.dtype in INTEGER_LIMITS or array.facts.integral is Tri.YES


def _operand_interval(array: ArraySpec, dtype: str) -> Interval:
    """Bounds of an operand after NumPy has made it a ``dtype``."""
    lo, hi = bounds(array)
    return None if lo is None else rounded(lo, dtype), None if hi is None else rounded(hi, dtype)


def _open(interval: Interval) -> tuple[float, float]:
    lo, hi = interval
    return (-math.inf if lo is None else lo), (math.inf if hi is None else hi)


def _sum(one: Interval, other: Interval, whole: bool) -> Interval:
    (a, b), (c, d) = _open(one), _open(other)
    if math.inf in (b, d) and -math.inf in (a, c) and not whole:
        # One infinite element may meet another of the opposite sign, which gives NaN.
        return _UNBOUNDED
    return a + c, b + d


def _difference(one: Interval, other: Interval, whole: bool) -> Interval:
    c, d = _open(other)
    return _sum(one, (-d, -c), whole)


def _product(one: Interval, other: Interval, whole: bool) -> Interval:
    (a, b), (c, d) = _open(one), _open(other)
    if any(math.isinf(end) for end in (a, b, c, d)):
        # Zero times an infinite element is NaN.
        return _UNBOUNDED
    corners = (a * c, a * d, b * c, b * d)
    return min(corners), max(corners)


def _quotient(one: Interval, other: Interval, whole: bool) -> Interval:
    (a, b), (c, d) = _open(one), _open(other)
    if c <= 0 <= d or any(math.isinf(end) for end in (a, b, c, d)):
        return _UNBOUNDED
    corners = (a / c, a / d, b / c, b / d)
    return min(corners), max(corners)


def _floor_quotient(one: Interval, other: Interval, whole: bool) -> Interval:
    (a, b), (c, d) = _open(one), _open(other)
    if c <= 0 <= d or any(math.isinf(end) for end in (a, b, c, d)):
        return _UNBOUNDED
    if not whole:
        # NumPy divides floats with an intermediate rounding that may carry the quotient over a whole number.
        return (0, None) if a >= 0 and c > 0 else _UNBOUNDED
    corners = (a // c, a // d, b // c, b // d)
    return min(corners), max(corners)


def _remainder(one: Interval, other: Interval, whole: bool) -> Interval:
    (a, b), (c, d) = _open(one), _open(other)
    if c <= 0 or any(math.isinf(end) for end in (a, b, c, d)):
        return _UNBOUNDED
    last = d - 1 if whole else d
    return 0, min(last, b) if a >= 0 else last


def _power(one: Interval, other: Interval, whole: bool) -> Interval:
    (a, b), (c, d) = _open(one), _open(other)
    if c == d == 2:
        square = _product(one, one, whole)
        return (0, square[1]) if a <= 0 <= b else (min(a * a, b * b), square[1])
    if whole and c >= 0 and a >= 0 and not math.isinf(b) and d <= 64 and b < 2**64:
        return (1 if a > 0 else 0), max(1, b**d)
    return (0, 1 if b <= 1 and c >= 0 else None) if a >= 0 and not whole else _UNBOUNDED


_INTERVALS: Final[Mapping[str, Callable[[Interval, Interval, bool], Interval]]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "//": _floor_quotient,
    "%": _remainder,
    "**": _power,
}


# --- functions ----------------------------------------------------------------------------------------------


def _function(operator: str) -> Callable[[CallArguments], Any]:
    def returns(args: CallArguments) -> Any:
        left, right = args.get(0, "x1", UNKNOWN), args.get(1, "x2", UNKNOWN)
        if not _is_operand(left) or not _is_operand(right):
            return UNKNOWN
        # Two Python numbers are weak against one another as well, and meet in the type of one of them.
        return binary(operator, left if isinstance(right, ArraySpec) else as_array_like(left), right)

    return returns


def _dot(args: CallArguments) -> Any:
    left, right = args.get(0, "a", UNKNOWN), args.get(1, "b", UNKNOWN)
    if not _is_operand(left) or not _is_operand(right):
        return UNKNOWN
    one, other = as_array_like(left), as_array_like(right)
    if one.shape == () or other.shape == ():
        return binary("*", one, other)
    if one.shape is UNRANKED or other.shape is UNRANKED or len(one.shape) > 2 or len(other.shape) > 2:
        return ArraySpec(UNRANKED, promoted(one.dtype, other.dtype))
    return binary("@", one, other)


def _negative(args: CallArguments) -> Any:
    value = args.get(0, "x", UNKNOWN)
    return negative(as_array_like(value)) if _is_operand(value) else UNKNOWN


_PAIRS: Final = (
    ("add", "+", ("{}([1, 2], 0.5)", "{}(np.ones((2, 3), 'uint8'), 3)")),
    ("subtract", "-", ("{}(np.ones(3, 'float32'), np.arange(3))", "{}([1, 2], [3, 4])")),
    ("multiply", "*", ("{}(np.full((2, 3), 0.5, 'float32'), 0.1)", "{}(np.ones((2, 1)), np.zeros(4))")),
    ("divide", "/", ("{}(np.arange(3), 2)", "{}(np.full(3, 255, 'uint8'), 255.0)")),
    ("true_divide", "/", ("{}([1, 2], 4)",)),
    ("floor_divide", "//", ("{}(np.arange(9), 2)",)),
    ("mod", "%", ("{}(np.arange(9), 4)",)),
    ("remainder", "%", ("{}(np.arange(9) - 4, 4)",)),
    ("power", "**", ("{}(np.arange(4), 2)", "{}([0.5, 2.0], 3)")),
    ("equal", "==", ("{}(np.arange(3), 1)",)),
    ("not_equal", "!=", ("{}([1, 2], [1, 3])",)),
    ("less", "<", ("{}(np.ones((2, 3)), 0.5)",)),
    ("less_equal", "<=", ("{}(np.arange(3), [[1], [2]])",)),
    ("greater", ">", ("{}(np.ones(2), 0.5)",)),
    ("greater_equal", ">=", ("{}(np.ones(2), 0.5)",)),
    ("matmul", "@", ("{}(np.ones((2, 3)), np.ones((3, 4)))", "{}(np.ones((5, 2, 3)), np.ones(3))")),
)

FUNCTIONS: tuple[LibraryFunction, ...] = (
    *(
        entry(f"numpy.{name}", _function(operator), *(case.format(f"np.{name}") for case in cases))
        for name, operator, cases in _PAIRS
    ),
    entry("numpy.dot", _dot, "np.dot(np.ones((2, 3)), np.ones(3))", "np.dot(np.ones(3), 2.0)"),
    entry("ndarray.dot", _dot, "np.ones((2, 3)).dot(np.ones((3, 1), 'float32'))"),
    entry("numpy.negative", _negative, "np.negative(np.arange(3))"),
)
