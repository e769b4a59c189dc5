"""NumPy functions that make arrays: numpy.org/doc/stable/reference/routines.array-creation."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri
from kerascope.domain.specs import UNKNOWN_ARRAY, ArraySpec, ValueFacts
from kerascope.libraries.base import (
    INTEGER_LIMITS,
    NUMBERS,
    WEAK_INT,
    CallArguments,
    LibraryFunction,
    as_array_like,
    cast,
    dim_argument,
    dtype_name,
    entry,
    exact_number,
    holds_elements,
    make_facts,
    promoted,
    shape_argument,
    some_of,
)


def _filled(value: int, source: str) -> Callable[[CallArguments], Any]:
    def returns(args: CallArguments) -> Any:
        shape = shape_argument(args.get(0, "shape", UNKNOWN))
        dtype = dtype_name(args.get(1, "dtype"), "float64")
        return _constant(shape, dtype, value, source)

    return returns


def _filled_like(value: int | None, source: str) -> Callable[[CallArguments], Any]:
    def returns(args: CallArguments) -> Any:
        like = as_array_like(args.get(0, "a", UNKNOWN))
        dtype = dtype_name(args.get(1, "dtype"), like.dtype)
        given = args.get(None, "shape")
        shape = like.shape if given is None else shape_argument(given)
        if value is None:
            return UNKNOWN_ARRAY if shape is None else ArraySpec(shape, dtype, make_facts(dtype), source)
        return _constant(shape, dtype, value, source)

    return returns


def _constant(shape: Shape | None, dtype: str, value: int, source: str) -> ArraySpec:
    if shape is None:
        return UNKNOWN_ARRAY
    if dtype not in ("object", "str"):
        attained = dtype in NUMBERS and holds_elements(shape)
        return ArraySpec(shape, dtype, make_facts(dtype, value, value, Tri.YES, attained=attained), source)
    return ArraySpec(shape, dtype, source=source)


def _empty(args: CallArguments) -> Any:
    shape = shape_argument(args.get(0, "shape", UNKNOWN))
    dtype = dtype_name(args.get(1, "dtype"), "float64")
    return UNKNOWN_ARRAY if shape is None else ArraySpec(shape, dtype, make_facts(dtype), "np.empty")


def _full(args: CallArguments) -> Any:
    shape = shape_argument(args.get(0, "shape", UNKNOWN))
    value = as_array_like(args.get(1, "fill_value", UNKNOWN))
    if shape is None:
        return UNKNOWN_ARRAY
    filled = cast(value, dtype_name(args.get(2, "dtype"), value.dtype))
    return ArraySpec(shape, filled.dtype, _repeated(filled, shape), "np.full")


def _repeated(filled: ArraySpec, shape: Shape) -> ValueFacts:
    """Facts of an array that holds nothing but the elements of ``filled``, and all of them if it holds any."""
    facts = some_of(filled.facts)
    return replace(facts, attained=filled.facts.attained) if holds_elements(shape) else facts


def _full_like(args: CallArguments) -> Any:
    like = as_array_like(args.get(0, "a", UNKNOWN))
    value = as_array_like(args.get(1, "fill_value", UNKNOWN))
    filled = cast(value, dtype_name(args.get(2, "dtype"), like.dtype))
    given = args.get(None, "shape")
    shape = like.shape if given is None else shape_argument(given)
    if shape is None:
        return UNKNOWN_ARRAY
    return ArraySpec(shape, filled.dtype, _repeated(filled, shape), "np.full_like")


def _array(args: CallArguments) -> Any:
    value = args.get(0, "object", UNKNOWN)
    return _converted(value, args.get(1, "dtype"), args.get(None, "ndmin", 0), "np.array")


def _asarray(args: CallArguments) -> Any:
    return _converted(args.get(0, "a", UNKNOWN), args.get(1, "dtype"), 0, "np.asarray")


def _converted(value: Any, dtype: Any, ndmin: Any, source: str) -> ArraySpec:
    array = as_array_like(value)
    array = cast(array, dtype_name(dtype, array.dtype))
    if array.dtype == "object" and not isinstance(value, ArraySpec):
        # An array of objects may be ragged, and then it has fewer axes than the sequences are deep.
        array = ArraySpec(UNRANKED, "object")
    if ndmin != 0:
        lacking = ndmin - len(array.shape) if isinstance(ndmin, int) and array.shape is not UNRANKED else None
        shape = UNRANKED if lacking is None or array.shape is UNRANKED else (1,) * lacking + array.shape
        array = array.with_shape(shape)
    return array if array.source else replace(array, source=source)


def _arange(args: CallArguments) -> Any:
    given = [args.get(position, name) for position, name in enumerate(("start", "stop", "step"))]
    start, stop, step = (0, given[0], 1) if given[1] is None else (given[0], given[1], given[2])
    start = 0 if start is None else start
    step = 1 if step is None else step
    numbers = [exact_number(value) for value in (start, stop, step)]
    arrays = [as_array_like(value) for value in (start, stop, step)]
    kinds = ["int64" if array.dtype == WEAK_INT else array.dtype for array in arrays]
    inferred = promoted(promoted(kinds[0], kinds[1]), kinds[2])
    dtype = dtype_name(args.get(3, "dtype"), "int64" if inferred == "bool" else inferred)
    size: Dim = UNKNOWN
    lo = hi = None
    whole = all(isinstance(number, int) for number in numbers)
    first, end, stride = numbers
    if first is not None and end is not None and stride:
        exact = (end - first) / stride
        # Python's quotient of two large whole numbers is rounded, as is NumPy's.
        if whole and all(abs(number) < 2**53 for number in numbers if number is not None):
            size = max(0, math.ceil(exact))
            if size:
                last = first + (size - 1) * stride
                lo, hi = min(first, last), max(first, last)
            else:
                lo = hi = first
        elif math.isfinite(exact):
            size = max(0, math.ceil(exact))
    elif whole is False and end is None and first == 0 and stride == 1 and inferred == "int64":
        lo = 0
    # Other floats than the widest are counted up in their own arithmetic, which rounds.
    attained = isinstance(size, int) and size > 0 and (dtype in INTEGER_LIMITS or dtype == "float64")
    integral = Tri.YES if inferred == "int64" else Tri.UNKNOWN
    facts = make_facts(inferred, lo, hi, integral, attained=attained)
    return replace(cast(ArraySpec((size,), inferred, facts), dtype), source="np.arange")


def _linspace(args: CallArguments) -> Any:
    start, stop = as_array_like(args.get(0, "start", UNKNOWN)), as_array_like(args.get(1, "stop", UNKNOWN))
    number = dim_argument(args.get(2, "num", 50))
    if args.get(4, "retstep", False) is not False or number is None:
        return UNKNOWN
    if start.shape != () or stop.shape != ():
        return ArraySpec(UNRANKED, source="np.linspace")
    return ArraySpec((number,), dtype_name(args.get(5, "dtype"), "float64"), source="np.linspace")


def _eye(args: CallArguments) -> Any:
    rows = args.get(0, "N", UNKNOWN)
    columns = args.get(1, "M")
    return _diagonal(
        dim_argument(rows),
        dim_argument(rows if columns is None else columns),
        args.get(2, "k", 0),
        dtype_name(args.get(3, "dtype"), "float64"),
        square=columns is None,
    )


def _identity(args: CallArguments) -> Any:
    size = dim_argument(args.get(0, "n", UNKNOWN))
    return _diagonal(size, size, 0, dtype_name(args.get(1, "dtype"), "float64"), square=True)


def _diagonal(rows: Dim, columns: Dim, offset: Any, dtype: str, square: bool) -> ArraySpec:
    if rows is None or columns is None or dtype in ("object", "str"):
        return UNKNOWN_ARRAY
    wide = isinstance(rows, int) and isinstance(columns, int) and columns >= rows
    one_hot = Tri.YES if (square or wide) and offset == 0 and offset is not UNKNOWN else Tri.UNKNOWN
    return ArraySpec((rows, columns), dtype, make_facts(dtype, 0, 1, Tri.YES, one_hot), "np.eye")


FUNCTIONS: tuple[LibraryFunction, ...] = (
    entry(
        "numpy.zeros",
        _filled(0, "np.zeros"),
        "np.zeros((2, 3))",
        "np.zeros(4, dtype='int32')",
        "np.zeros((2, 0, 1), dtype=bool)",
        "np.zeros([3, 1], np.float32)",
        "np.zeros(shape=(), dtype='uint8')",
    ),
    entry(
        "numpy.ones",
        _filled(1, "np.ones"),
        "np.ones(5)",
        "np.ones((2, 2), dtype=np.uint8)",
        "np.ones((1, 3), 'f')",
    ),
    entry("numpy.empty", _empty, "np.empty((2, 3), dtype='int64')", "np.empty((4,), 'bool')"),
    entry("numpy.zeros_like", _filled_like(0, "np.zeros_like"), "np.zeros_like(np.ones((2, 3), 'int32'))"),
    entry(
        "numpy.ones_like",
        _filled_like(1, "np.ones_like"),
        "np.ones_like(np.zeros(3), dtype='uint8')",
        "np.ones_like([1, 2, 3])",
    ),
    entry("numpy.empty_like", _filled_like(None, "np.empty_like"), "np.empty_like(np.ones((2, 3), bool))"),
    entry(
        "numpy.full",
        _full,
        "np.full((2, 3), 7)",
        "np.full(4, 0.5, dtype='float32')",
        "np.full((2,), fill_value=1, dtype=bool)",
        "np.full((2, 3), True)",
    ),
    entry("numpy.full_like", _full_like, "np.full_like(np.ones((2, 3), 'int8'), 3.7)"),
    entry(
        "numpy.array",
        _array,
        "np.array([1, 2, 3])",
        "np.array([[0.5, 1.0], [2.0, 3.0]])",
        "np.array([[0], [1], [1], [0]], dtype='float32')",
        "np.array([True, False])",
        "np.array([1, 2.5])",
        "np.array('cat')",
        "np.array(['cat', 'dog'])",
        "np.array([])",
        "np.array(3)",
        "np.array([np.zeros((2, 2)), np.ones((2, 2))])",
        "np.array([np.zeros(2, 'float32'), [1, 2]])",
        "np.array([1, 2], ndmin=2)",
        "np.array([300, -1], dtype=np.int64)",
        "np.array([[1, 2], [3, 4]]).shape",
    ),
    entry(
        "numpy.asarray",
        _asarray,
        "np.asarray([[1, 2], [3, 4]], dtype='float32')",
        "np.asarray(np.zeros((2, 3)))",
        "np.asarray(np.ones(2), np.uint8)",
    ),
    entry("numpy.asanyarray", _asarray, "np.asanyarray([1, 2])"),
    entry("numpy.ascontiguousarray", _asarray, "np.ascontiguousarray([[1, 2]], dtype='float32')"),
    entry(
        "numpy.arange",
        _arange,
        "np.arange(10)",
        "np.arange(2, 11, 3)",
        "np.arange(0, 1, 0.25)",
        "np.arange(5, dtype='float32')",
        "np.arange(10, 0, -3)",
        "np.arange(5, 2)",
        "np.arange(3.0)",
    ),
    entry(
        "numpy.linspace",
        _linspace,
        "np.linspace(0, 1)",
        "np.linspace(-1, 1, 200)",
        "np.linspace(0, 10, num=5, dtype='float32')",
    ),
    entry("numpy.eye", _eye, "np.eye(3)", "np.eye(2, 4, dtype='int32')", "np.eye(4, 2)", "np.eye(3, k=1)"),
    entry("numpy.identity", _identity, "np.identity(3)", "np.identity(2, dtype=bool)"),
)
