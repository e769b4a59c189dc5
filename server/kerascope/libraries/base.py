"""What a library's file is made of: what a call returns, with cases that the real library confirms.

A library file describes functions and methods that data comes from or goes through. An entry maps argument
values to what the call returns: shape, dtype and what is known of the elements. What is not certain is
``UNKNOWN``; an entry never raises for the user's data.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri, product
from kerascope.domain.specs import NO_FACTS, UNKNOWN_ARRAY, ArraySpec, Repeated, Symbol, ValueFacts


@dataclass(frozen=True, slots=True)
class CallArguments:
    """The arguments of one call as plain values: numbers, strings, tuples (lists come as tuples too),
    dicts, ``Symbol``, ``ArraySpec``, ``UNKNOWN``. For a method, ``positional[0]`` is the object.

    ``complete`` is false where a ``*args`` or ``**kwargs`` of unknown content was passed as well.
    """

    positional: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] | None = None
    complete: bool = True

    def get(self, position: int | None, name: str, default: Any = None) -> Any:
        """The argument at ``position`` or named ``name``; ``UNKNOWN`` where it may hide in a star."""
        if self.keywords and name in self.keywords:
            return self.keywords[name]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return default if self.complete else UNKNOWN


@dataclass(frozen=True, slots=True)
class Example:
    """A call written as Python over ``np`` and ``keras``, held against the real library by the tests."""

    code: str


@dataclass(frozen=True, slots=True)
class LibraryFunction:
    """One entry: ``name`` is canonical (``numpy.zeros``, ``keras.utils.to_categorical``), and
    ``ndarray.NAME`` for a method or an attribute of an array.
    """

    name: str
    returns: Callable[[CallArguments], Any]
    cases: Sequence[Example] = ()
    is_attribute: bool = False


def entry(
    name: str, returns: Callable[[CallArguments], Any], *codes: str, is_attribute: bool = False
) -> LibraryFunction:
    """An entry whose cases are the expressions ``codes``."""
    return LibraryFunction(name, returns, tuple(Example(code) for code in codes), is_attribute)


# --- element types ------------------------------------------------------------------------------------------

#: Smallest and largest element of the whole-number types, ``bool`` among them.
INTEGER_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "bool": (0, 1),
    **{f"int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, 2**bits - 1) for bits in (8, 16, 32, 64)},
}
WEAK_INT: Final = "int"
"""The type of a whole number of Python's own of which only bounds are known; it is weak: NEP 50."""
WEAK_FLOAT: Final = "float"
"""The same of a ``float`` of Python's own."""
TEXT: Final = "str"
"""NumPy's type for texts."""
SOME_TEXT: Final = ArraySpec((), TEXT)
"""A text of which nothing else is known."""
FLOATS: Final = frozenset({"float16", "float32", "float64"})
COMPLEXES: Final = frozenset({"complex64", "complex128"})
NUMBERS: Final = frozenset(INTEGER_LIMITS) | FLOATS | COMPLEXES

# NumPy's other names for its types, and the one-letter codes: numpy.org/doc/stable/reference/arrays.scalars.
_DTYPE_NAMES: Final[Mapping[str, str]] = {
    **{name: name for name in NUMBERS},
    **dict.fromkeys(("bool_", "?", "b1"), "bool"),
    **dict.fromkeys(("int", "int_", "long", "intp", "longlong", "l", "q", "p", "i8"), "int64"),
    **dict.fromkeys(("uint", "ulong", "uintp", "ulonglong", "L", "Q", "P", "u8"), "uint64"),
    **dict.fromkeys(("intc", "i", "i4"), "int32"),
    **dict.fromkeys(("uintc", "I", "u4"), "uint32"),
    **dict.fromkeys(("short", "h", "i2"), "int16"),
    **dict.fromkeys(("ushort", "H", "u2"), "uint16"),
    **dict.fromkeys(("byte", "b", "i1"), "int8"),
    **dict.fromkeys(("ubyte", "B", "u1"), "uint8"),
    **dict.fromkeys(("half", "e", "f2"), "float16"),
    **dict.fromkeys(("single", "f", "f4"), "float32"),
    **dict.fromkeys(("float", "float_", "double", "d", "f8"), "float64"),
    **dict.fromkeys(("csingle", "F", "c8"), "complex64"),
    **dict.fromkeys(("complex", "complex_", "cdouble", "D", "c16"), "complex128"),
    **dict.fromkeys(("object", "object_", "O"), "object"),
    **dict.fromkeys(("str", "str_", "unicode_", "U"), "str"),
}
_FLOAT_FORMATS: Final[Mapping[str, str]] = {"float16": "<e", "float32": "<f"}


def is_scalar(array: ArraySpec) -> bool:
    """Whether this is a number or a text of Python's own, an array to NumPy and its kin alone."""
    return array.dtype in (WEAK_INT, WEAK_FLOAT) or (array.dtype == TEXT and array.shape == ())


def strong(array: ArraySpec) -> ArraySpec:
    """The array that NumPy makes of a number of Python's own; any other as it is."""
    if array.dtype == WEAK_INT:
        return replace(array, dtype="int64", facts=make_facts("int64", array.facts.lo, array.facts.hi))
    return replace(array, dtype="float64") if array.dtype == WEAK_FLOAT else array


def dtype_name(value: Any, default: str = "") -> str:
    """The type that ``value`` names as an argument ``dtype``; ``default`` for ``None``, ``""`` if unknown."""
    if value is None:
        return default
    if isinstance(value, Symbol):
        return _DTYPE_NAMES.get(value.name.rpartition(".")[2], "")
    if isinstance(value, str):
        return _DTYPE_NAMES.get(value.lstrip("<=|>"), "")
    return ""


def rounded(value: float, dtype: str) -> float:
    """The element of ``dtype`` nearest to ``value``; infinite where that overflows."""
    if dtype in INTEGER_LIMITS:
        return value
    try:
        wide = float(value)
        code = _FLOAT_FORMATS.get(dtype)
        return wide if code is None else float(struct.unpack(code, struct.pack(code, wide))[0])
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def promoted(left: str, right: str) -> str:
    """The type that holds the elements of both (``numpy.promote_types``); ``""`` if unknown."""
    if left == right:
        return left
    if "object" in (left, right) and left and right:
        return "object"
    if left not in NUMBERS or right not in NUMBERS:
        return ""
    if left == "bool" or right == "bool":
        return right if left == "bool" else left
    if left in COMPLEXES or right in COMPLEXES:
        parts = promoted(_part(left), _part(right))
        return "complex128" if parts == "float64" else "complex64"
    if left in FLOATS or right in FLOATS:
        return f"float{max(_float_bits(left), _float_bits(right))}"
    if left[0] == right[0]:
        return left if _bits(left) > _bits(right) else right
    signed, unsigned = (left, right) if left[0] == "i" else (right, left)
    if _bits(signed) > _bits(unsigned):
        return signed
    return "float64" if unsigned == "uint64" else f"int{2 * _bits(unsigned)}"


def common_dtype(dtypes: Sequence[str]) -> str:
    """The type that holds the elements of all (``numpy.result_type``), where whole numbers join floats.

    One after another they might end wider: int8 and uint8 make int16, and that makes float32 of float16.
    """
    ordered = sorted(dtypes, key=lambda dtype: dtype in INTEGER_LIMITS)
    result = ordered[0]
    for dtype in ordered[1:]:
        result = promoted(result, dtype)
    return result


def promoted_with(dtype: str, number: complex) -> str:
    """The type of an array of ``dtype`` joined by a Python number, which is weak: NEP 50."""
    if dtype not in NUMBERS:
        return "object" if dtype == "object" else ""
    if isinstance(number, bool):
        return dtype
    if isinstance(number, int):
        return "int64" if dtype == "bool" else dtype
    if isinstance(number, float):
        return "float64" if dtype in INTEGER_LIMITS else dtype
    return ""


def _bits(dtype: str) -> int:
    return int(dtype.lstrip("uintfloacmpex"))


def _part(dtype: str) -> str:
    return f"float{_bits(dtype) // 2}" if dtype in COMPLEXES else dtype


def _float_bits(dtype: str) -> int:
    """Size of the smallest float that holds every element of ``dtype`` as NumPy sees it."""
    bits = _bits(dtype)
    return bits if dtype in FLOATS else min(64, max(16, 2 * bits))


# --- what is known of the elements --------------------------------------------------------------------------
# A bound says that every element is a number: where ``lo`` or ``hi`` is given, no element is NaN.


def make_facts(
    dtype: str,
    lo: float | None = None,
    hi: float | None = None,
    integral: Tri = Tri.UNKNOWN,
    one_hot: Tri = Tri.UNKNOWN,
    attained: bool = False,
    gapless: bool = False,
) -> ValueFacts:
    """Facts of elements of ``dtype``: whole numbers outside the limits of their type have wrapped around.

    ``attained`` says that both bounds occur among the elements, ``gapless`` that every whole number between them does
    as well; if they wrap around, neither says anything.
    """
    facts = _bounded(dtype, lo, hi, integral, one_hot)
    kept = attained and lo is not None and hi is not None and (facts.lo, facts.hi) == (lo, hi)
    return replace(facts, attained=Tri.YES, gapless=Tri.YES if gapless else Tri.UNKNOWN) if kept else facts


def _bounded(dtype: str, lo: float | None, hi: float | None, integral: Tri, one_hot: Tri) -> ValueFacts:
    limits = INTEGER_LIMITS.get(dtype)
    if limits is not None:
        lo = limits[0] if lo is None else lo
        hi = limits[1] if hi is None else hi
        if lo < limits[0] or hi > limits[1]:
            lo, hi = limits
        integral = Tri.YES
        # The bounds of a wide type tell nothing that its name does not.
        wide = 2**31 - 1
        return ValueFacts(
            None if lo == limits[0] and abs(lo) >= wide else lo,
            None if hi == limits[1] and abs(hi) >= wide else hi,
            integral,
            one_hot,
        )
    if (lo is not None and math.isnan(lo)) or (hi is not None and math.isnan(hi)):
        lo = hi = None
    return ValueFacts(
        None if lo is None or math.isinf(lo) else lo,
        None if hi is None or math.isinf(hi) else hi,
        integral,
        one_hot,
    )


def bounds(array: ArraySpec) -> tuple[float | None, float | None]:
    """Bounds of the elements, those of a whole-number type included."""
    lo, hi = array.facts.lo, array.facts.hi
    limits = INTEGER_LIMITS.get(array.dtype)
    if limits is not None:
        return (limits[0] if lo is None else lo), (limits[1] if hi is None else hi)
    return lo, hi


def cast(array: ArraySpec, dtype: str) -> ArraySpec:
    """``array.astype(dtype)``; ``""`` for a type that is not known."""
    if dtype == array.dtype:
        return array
    return replace(array, dtype=dtype, facts=_cast_facts(array, dtype))


def _cast_facts(array: ArraySpec, dtype: str) -> ValueFacts:
    facts = array.facts
    lo, hi = bounds(array)
    if dtype == "object":
        return facts
    if dtype not in INTEGER_LIMITS and dtype not in FLOATS:
        return NO_FACTS
    one_hot = Tri.YES if facts.one_hot is Tri.YES else Tri.UNKNOWN
    # Every conversion keeps the order, so that the ends of the one array become the ends of the other.
    attained, gapless = facts.attained is Tri.YES, facts.gapless is Tri.YES
    if dtype == "bool":
        without_zero = (lo is not None and lo > 0) or (hi is not None and hi < 0)
        both = attained and (without_zero or 0 in (lo, hi))
        return make_facts(dtype, int(without_zero), 0 if lo == hi == 0 else 1, Tri.YES, one_hot, both)
    if dtype in INTEGER_LIMITS:
        if lo is None or hi is None:
            return make_facts(dtype, one_hot=one_hot)
        return make_facts(dtype, math.trunc(lo), math.trunc(hi), Tri.YES, one_hot, attained, gapless)
    lo = None if lo is None else rounded(lo, dtype)
    hi = None if hi is None else rounded(hi, dtype)
    finite = lo is not None and hi is not None and math.isfinite(lo) and math.isfinite(hi)
    whole = array.dtype in INTEGER_LIMITS or facts.integral is Tri.YES
    integral = Tri.YES if whole and (finite or dtype == "float64") else Tri.UNKNOWN
    return make_facts(dtype, lo, hi, integral, one_hot, attained, gapless)


def exact_number(value: Any) -> int | float | None:
    """The number that ``value`` is known to be, for an array of no axes too; ``None`` if it is not known."""
    if isinstance(value, int | float):
        return value
    if isinstance(value, ArraySpec) and value.shape == () and value.facts.lo == value.facts.hi:
        number = value.facts.lo
        if number is not None and value.dtype in INTEGER_LIMITS:
            return bool(number) if value.dtype == "bool" else int(number)
        return number
    return None


# --- shapes -------------------------------------------------------------------------------------------------


def shape_argument(value: Any) -> Shape | None:
    """The shape that an argument ``shape`` or ``size`` means; ``None`` for one that NumPy refuses."""
    if value is UNKNOWN:
        return UNRANKED
    if isinstance(value, ArraySpec) and value.shape != ():
        if value.shape is not UNRANKED and len(value.shape) == 1 and isinstance(value.shape[0], int):
            return (UNKNOWN,) * value.shape[0]
        return UNRANKED
    items = value if isinstance(value, tuple) else (value,)
    dims = tuple(dim_argument(item) for item in items)
    return None if any(dim is None or (isinstance(dim, int) and dim < 0) for dim in dims) else dims


def dim_argument(value: Any) -> Dim:
    """A whole number as an argument; ``UNKNOWN`` if not known, and ``None`` if it is none."""
    number = exact_number(value)
    if isinstance(number, int) and not isinstance(number, bool):
        return number
    if value is UNKNOWN or (isinstance(value, ArraySpec) and value.shape in ((), UNRANKED)):
        return UNKNOWN
    return None


def axis_index(axis: Any, rank: int) -> int | None:
    """``axis`` counted from the front; ``None`` if it is not known or out of range."""
    number = dim_argument(axis)
    if not isinstance(number, int) or not -rank <= number < rank:
        return None
    return number % rank


def broadcast(shapes: Iterable[Shape]) -> Shape | None:
    """The shape that ``shapes`` broadcast to; ``None`` if they do not."""
    result: tuple[Dim, ...] = ()
    for shape in shapes:
        if shape is UNRANKED:
            return UNRANKED
        size = max(len(result), len(shape))
        pairs = zip((1,) * (size - len(result)) + result, (1,) * (size - len(shape)) + shape, strict=True)
        dims = tuple(_broadcast_dims(left, right) for left, right in pairs)
        if None in dims:
            return None
        result = dims
    return result


def _broadcast_dims(left: Dim, right: Dim) -> Dim:
    """``None`` if the two do not go together."""
    if left == 1:
        return UNKNOWN if right is None else right
    if right == 1:
        return UNKNOWN if left is None else left
    if isinstance(left, int) and isinstance(right, int):
        return left if left == right else None
    if isinstance(left, int):
        return left
    return right if isinstance(right, int) else UNKNOWN


def unified(shapes: Iterable[Shape]) -> Shape | None:
    """The one shape that all of ``shapes`` must have; ``None`` if they cannot be equal."""
    result: Shape = UNRANKED
    for shape in shapes:
        if result is UNRANKED or shape is UNRANKED:
            result = shape if result is UNRANKED else result
            continue
        if len(result) != len(shape):
            return None
        dims: list[Dim] = []
        for left, right in zip(result, shape, strict=True):
            if isinstance(left, int) and isinstance(right, int) and left != right:
                return None
            dims.append(left if isinstance(left, int) else right)
        result = tuple(dims)
    return result


def reduced(shape: Shape, axis: Any, keepdims: Any) -> Shape:
    """The shape after a reduction along ``axis`` (``None``: all)."""
    if axis is None and keepdims is False:
        return ()
    if shape is UNRANKED or axis is UNKNOWN:
        return UNRANKED
    if not shape and axis in (0, -1):
        # NumPy lets a single number have one axis here.
        return ()
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    gone = {axis_index(item, len(shape)) for item in axes}
    if None in gone or not isinstance(keepdims, bool):
        return UNRANKED
    if keepdims:
        return tuple(1 if position in gone else dim for position, dim in enumerate(shape))
    return tuple(dim for position, dim in enumerate(shape) if position not in gone)


# --- parts and arrangements of an array ---------------------------------------------------------------------


def array_argument(args: CallArguments, name: str = "a", position: int = 0) -> ArraySpec:
    """An argument that NumPy reads as an array."""
    return as_array_like(args.get(position, name, UNKNOWN))


def holds_elements(shape: Shape, least: int = 1) -> bool:
    """Whether an array of this shape is known to have at least so many elements."""
    size = UNKNOWN if shape is UNRANKED else product(shape)
    return isinstance(size, int) and size >= least


def rearranged(array: ArraySpec, shape: Shape, rows_kept: bool = False) -> ArraySpec:
    """The same elements in ``shape``; one-hot as before only if ``rows_kept`` along the last axis."""
    if rows_kept or array.facts.one_hot is not Tri.YES:
        return array.with_shape(shape)
    return replace(array, shape=shape, facts=replace(array.facts, one_hot=Tri.UNKNOWN))


def some_of(facts: ValueFacts) -> ValueFacts:
    """Facts that hold also where some elements were left out."""
    integral = Tri.UNKNOWN if facts.integral is Tri.NO else facts.integral
    return replace(facts, integral=integral, one_hot=Tri.UNKNOWN, attained=Tri.UNKNOWN)


# --- arrays from plain values -------------------------------------------------------------------------------


def as_array_like(value: Any) -> ArraySpec:
    """What ``numpy.asarray(value)`` gives for a plain value; an unknown array where that cannot be told."""
    if isinstance(value, ArraySpec):
        return value
    if isinstance(value, bool):
        return ArraySpec((), "bool", make_facts("bool", int(value), int(value), attained=True))
    if isinstance(value, int):
        fits = -(2**63) <= value < 2**63
        facts = make_facts("int64", value, value, attained=True)
        return ArraySpec((), "int64", facts) if fits else ArraySpec(())
    if isinstance(value, float):
        whole = Tri.YES if value.is_integer() else Tri.NO
        return ArraySpec((), "float64", make_facts("float64", value, value, whole, attained=True))
    if isinstance(value, complex):
        return ArraySpec((), "complex128")
    if isinstance(value, str):
        return SOME_TEXT
    if isinstance(value, tuple):
        return _stacked(value)
    if isinstance(value, Repeated):
        element = value.element
        shape = UNRANKED if element.shape is UNRANKED else (UNKNOWN, *element.shape)
        # Elements of several sizes would not stack, and of several types they meet in one that is not told.
        stored = strong(element)
        return ArraySpec(shape, stored.dtype, some_of(stored.facts), stored.source)
    return UNKNOWN_ARRAY


def array_sequence(value: Any) -> list[ArraySpec] | None:
    """The arrays of a sequence of them: the items of a tuple, or an array's blocks along its first axis."""
    if isinstance(value, tuple) and value:
        return [as_array_like(item) for item in value]
    if isinstance(value, ArraySpec) and value.shape is not UNRANKED and value.shape:
        count = value.shape[0]
        # A long array is never what is stacked, and its blocks would be as many.
        if isinstance(count, int) and 0 < count <= 1000:
            return [value.with_shape(value.shape[1:])] * count
    return None


def concatenated_facts(arrays: Sequence[ArraySpec]) -> tuple[str, ValueFacts]:
    """Element type and facts of the elements of all ``arrays`` together."""
    dtype = common_dtype([array.dtype for array in arrays])
    parts = [cast(array, dtype).facts for array in arrays]
    facts = parts[0]
    for part in parts[1:]:
        facts = facts.join(part)
    ends = [part for part in parts if part.attained is Tri.YES]
    lowest, highest = {part.lo for part in ends}, {part.hi for part in ends}
    known = facts.lo is not None and facts.hi is not None
    attained = known and facts.lo in lowest and facts.hi in highest
    return dtype, replace(facts, attained=Tri.YES if attained else Tri.UNKNOWN)


def _stacked(items: tuple[Any, ...]) -> ArraySpec:
    """The array of a sequence: since NumPy 1.24 its items must be of one shape."""
    if not items:
        return ArraySpec((0,), "float64")
    arrays = [strong(as_array_like(item)) for item in items]
    shape = unified(array.shape for array in arrays)
    if shape is None:
        return UNKNOWN_ARRAY
    dtype, facts = concatenated_facts(arrays)
    paired = arrays[0].dtype
    for array in arrays[1:]:
        paired = promoted(paired, array.dtype)
    if paired != dtype:
        # Whether NumPy goes pair by pair here depends on its release.
        dtype, facts = "", NO_FACTS
    if shape == () and any(array.facts.integral is Tri.NO for array in arrays):
        # One number that is not whole is enough.
        facts = replace(facts, integral=Tri.NO)
    facts = replace(facts, one_hot=facts.one_hot if shape else Tri.UNKNOWN)
    source = next((array.source for array in arrays if array.source), "")
    return ArraySpec(UNRANKED if shape is UNRANKED else (len(items), *shape), dtype, facts, source)
