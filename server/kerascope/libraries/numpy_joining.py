"""NumPy's joining, splitting and repeating of arrays.

Source: numpy.org/doc/stable/reference/routines.array-manipulation.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri, dim_add, dim_mul, product
from kerascope.domain.specs import UNKNOWN_ARRAY, ArraySpec, Repeated
from kerascope.libraries.base import (
    CallArguments,
    LibraryFunction,
    array_argument,
    array_sequence,
    as_array_like,
    axis_index,
    broadcast,
    cast,
    concatenated_facts,
    dim_argument,
    dtype_name,
    entry,
    holds_elements,
    rearranged,
    shape_argument,
    some_of,
    unified,
)


def _join(arrays: list[ArraySpec], shape: Shape | None, rows_kept: bool) -> ArraySpec:
    dtype, facts = concatenated_facts(arrays)
    source = next((array.source for array in arrays if array.source), "")
    if shape is None:
        return replace(UNKNOWN_ARRAY, dtype=dtype)
    return ArraySpec(shape, dtype, facts if rows_kept else replace(facts, one_hot=Tri.UNKNOWN), source)


def _stack(args: CallArguments) -> Any:
    given = args.get(0, "arrays", UNKNOWN)
    if isinstance(given, Repeated):
        return _cast_if_asked(_stacked_many(given, args.get(1, "axis", 0)), args)
    arrays = array_sequence(given)
    if arrays is None:
        return UNKNOWN_ARRAY
    shape = unified(array.shape for array in arrays)
    if shape is None or shape is UNRANKED:
        return _cast_if_asked(_join(arrays, shape, False), args)
    axis = args.get(1, "axis", 0)
    position = axis_index(axis, len(shape) + 1)
    if position is None:
        return _cast_if_asked(_join(arrays, (UNKNOWN,) * (len(shape) + 1), False), args)
    stacked = (*shape[:position], len(arrays), *shape[position:])
    return _cast_if_asked(_join(arrays, stacked, position < len(shape)), args)


def _stacked_many(given: Repeated, axis: Any) -> ArraySpec:
    """Arrays of one shape along a new axis, nobody knows how many."""
    many = as_array_like(given)
    if many.shape is UNRANKED:
        return many
    sides = many.shape[1:]
    position = axis_index(axis, len(many.shape))
    if position is None:
        return many.with_shape((UNKNOWN,) * len(many.shape))
    if position == len(sides):
        many = many.with_facts(replace(many.facts, one_hot=Tri.UNKNOWN))
    return many.with_shape((*sides[:position], UNKNOWN, *sides[position:]))


def _joined_many(element: ArraySpec, axis: Any) -> ArraySpec:
    """Arrays like ``element`` one behind the other along an axis, nobody knows how many."""
    rank = 0 if element.shape is UNRANKED else len(element.shape)
    position = axis_index(axis, rank) if rank else None
    if element.shape is UNRANKED or position is None:
        return replace(UNKNOWN_ARRAY, dtype=element.dtype)
    facts = some_of(element.facts)
    if position == rank - 1:
        facts = replace(facts, one_hot=Tri.UNKNOWN)
    shape = (*element.shape[:position], UNKNOWN, *element.shape[position + 1 :])
    return replace(element, shape=shape, facts=facts)


def _concatenate(args: CallArguments) -> Any:
    given, axis = args.get(0, "arrays", UNKNOWN), args.get(1, "axis", 0)
    if isinstance(given, Repeated):
        made = _joined_many(given.element, axis) if axis is not None else ArraySpec((UNKNOWN,))
        return _cast_if_asked(made, args)
    arrays = array_sequence(given)
    if arrays is None:
        return UNKNOWN_ARRAY
    if axis is None:
        arrays = [array.with_shape((_size(array),)) for array in arrays]
        axis = 0
    return _cast_if_asked(_concatenated(arrays, axis), args)


def _cast_if_asked(array: ArraySpec, args: CallArguments) -> ArraySpec:
    dtype = args.get(None, "dtype")
    return array if dtype is None else cast(array, dtype_name(dtype))


def _size(array: ArraySpec) -> Dim:
    return UNKNOWN if array.shape is UNRANKED else product(array.shape)


def _concatenated(arrays: list[ArraySpec], axis: Any) -> ArraySpec:
    shapes = [array.shape for array in arrays if array.shape is not UNRANKED]
    if not shapes:
        return _join(arrays, UNRANKED, False)
    rank = len(shapes[0])
    if any(len(shape) != rank for shape in shapes) or rank == 0:
        return _join(arrays, None, False)
    position = axis_index(axis, rank)
    if position is None:
        return _join(arrays, (UNKNOWN,) * rank if axis is UNKNOWN else None, False)
    others = unified((*shape[:position], 0, *shape[position + 1 :]) for shape in shapes)
    if others is None or others is UNRANKED:
        return _join(arrays, None, False)
    length: Dim = 0
    for array in arrays:
        length = dim_add(length, UNKNOWN if array.shape is UNRANKED else array.shape[position])
    return _join(arrays, (*others[:position], length, *others[position + 1 :]), position < rank - 1)


def _vstack(args: CallArguments) -> Any:
    given = args.get(0, "tup", UNKNOWN)
    if isinstance(given, Repeated):
        return _cast_if_asked(_joined_many(_at_least(given.element, 2), 0), args)
    arrays = array_sequence(given)
    if arrays is None or any(array.shape is UNRANKED for array in arrays):
        return UNKNOWN_ARRAY
    return _cast_if_asked(_concatenated([_at_least(array, 2) for array in arrays], 0), args)


def _hstack(args: CallArguments) -> Any:
    arrays = array_sequence(args.get(0, "tup", UNKNOWN))
    if arrays is None or any(array.shape is UNRANKED for array in arrays):
        return UNKNOWN_ARRAY
    arrays = [_at_least(array, 1) for array in arrays]
    flat = arrays[0].shape is not UNRANKED and len(arrays[0].shape) == 1
    return _cast_if_asked(_concatenated(arrays, 0 if flat else 1), args)


def _dstack(args: CallArguments) -> Any:
    arrays = array_sequence(args.get(0, "tup", UNKNOWN))
    if arrays is None or any(array.shape is UNRANKED for array in arrays):
        return UNKNOWN_ARRAY
    deep = []
    for array in arrays:
        array = _at_least(array, 2)
        flat = array.shape is not UNRANKED and len(array.shape) == 2
        deep.append(rearranged(array, (*array.shape, 1)) if flat and array.shape is not UNRANKED else array)
    return _concatenated(deep, 2)


def _column_stack(args: CallArguments) -> Any:
    arrays = array_sequence(args.get(0, "tup", UNKNOWN))
    if arrays is None:
        return UNKNOWN_ARRAY
    columns = []
    for array in arrays:
        shape = array.shape
        if shape is UNRANKED:
            return UNKNOWN_ARRAY
        columns.append(rearranged(array, (*(shape or (1,)), 1)) if len(shape) < 2 else array)
    return _concatenated(columns, 1)


def _at_least(array: ArraySpec, rank: int) -> ArraySpec:
    if array.shape is UNRANKED:
        return array
    return array.with_shape((1,) * (rank - len(array.shape)) + array.shape)


def _append(args: CallArguments) -> Any:
    arrays = [array_argument(args, "arr"), as_array_like(args.get(1, "values", UNKNOWN))]
    axis = args.get(2, "axis")
    if axis is None:
        return _concatenated([array.with_shape((_size(array),)) for array in arrays], 0)
    return _concatenated(arrays, axis)


def _repeat(args: CallArguments) -> Any:
    array = array_argument(args)
    axis = args.get(2, "axis")
    facts = some_of(array.facts)
    if axis is None:
        repeats = args.get(1, "repeats", UNKNOWN)
        length = _repeated(_size(array), repeats)
        if isinstance(dim_argument(repeats), int) and holds_elements((length,)):
            facts = replace(facts, attained=array.facts.attained)
        return replace(array, shape=(length,), facts=facts)
    if array.shape is UNRANKED:
        return replace(array, facts=facts)
    # A single number has an axis to repeat it along.
    shape = array.shape or (1,)
    position = axis_index(axis, len(shape))
    if position is None:
        return replace(array, shape=(UNKNOWN,) * len(shape), facts=facts)
    length = _repeated(shape[position], args.get(1, "repeats", UNKNOWN))
    if position < len(shape) - 1:
        facts = replace(facts, one_hot=array.facts.one_hot)
    return replace(array, shape=(*shape[:position], length, *shape[position + 1 :]), facts=facts)


def _repeated(length: Dim, repeats: Any) -> Dim:
    """Length of an axis whose elements are repeated, all as often or each as often as it says."""
    if isinstance(repeats, tuple):
        counts = [dim_argument(item) for item in repeats]
        if len(counts) == 1:
            return _repeated(length, counts[0])
        total: Dim = 0
        for count in counts:
            total = dim_add(total, UNKNOWN if count is None else count)
        return total
    times = dim_argument(repeats)
    return UNKNOWN if times is None else dim_mul(length, times)


def _tile(args: CallArguments) -> Any:
    array = array_argument(args, "A")
    reps = args.get(1, "reps", UNKNOWN)
    facts = some_of(array.facts)
    times = shape_argument(reps)
    if times is None or times is UNRANKED or array.shape is UNRANKED:
        return replace(array, shape=UNRANKED, facts=facts)
    rank = max(len(times), len(array.shape))
    sides = (1,) * (rank - len(array.shape)) + array.shape
    times = (1,) * (rank - len(times)) + times
    shape = tuple(dim_mul(side, count) for side, count in zip(sides, times, strict=True))
    if holds_elements(shape):
        facts = replace(facts, attained=array.facts.attained)
    return replace(array, shape=shape, facts=facts)


def _broadcast_to(args: CallArguments) -> Any:
    array = array_argument(args, "array")
    shape = shape_argument(args.get(1, "shape", UNKNOWN))
    if shape is None or broadcast((array.shape, shape)) is None:
        return replace(UNKNOWN_ARRAY, dtype=array.dtype)
    return replace(array, shape=shape, facts=some_of(array.facts))


def _split(args: CallArguments) -> Any:
    array = array_argument(args, "ary")
    parts, axis = dim_argument(args.get(1, "indices_or_sections", UNKNOWN)), args.get(2, "axis", 0)
    if array.shape is UNRANKED or not isinstance(parts, int) or parts < 1:
        return UNKNOWN
    position = axis_index(axis, len(array.shape))
    if position is None:
        return UNKNOWN
    length = array.shape[position]
    if isinstance(length, int) and length % parts:
        return UNKNOWN
    size: Dim = length // parts if isinstance(length, int) else UNKNOWN
    shape = (*array.shape[:position], size, *array.shape[position + 1 :])
    return (replace(array, shape=shape, facts=some_of(array.facts)),) * parts


FUNCTIONS: tuple[LibraryFunction, ...] = (
    entry("ndarray.repeat", _repeat, "np.arange(3).repeat(2)", "np.zeros((2, 3, 4)).repeat(3, axis=1)"),
    entry(
        "numpy.stack",
        _stack,
        "np.stack([np.zeros(3), np.ones(3)])",
        "np.stack((np.zeros((2, 3)), np.ones((2, 3), 'int32')), axis=-1)",
        "np.stack([[1, 2], [3, 4], [5, 6]], axis=1)",
    ),
    entry(
        "numpy.concatenate",
        _concatenate,
        "np.concatenate([np.zeros((2, 3)), np.ones((4, 3))])",
        "np.concatenate((np.zeros((2, 3), 'float32'), np.ones((2, 1), 'float32')), axis=1)",
        "np.concatenate([np.zeros((2, 3)), np.ones(4)], axis=None)",
        "np.concatenate([np.zeros(3, 'uint8'), np.ones(2, 'int8')], axis=-1)",
        "np.concatenate([[1, 2], [3]])",
    ),
    entry("numpy.concat", _concatenate, "np.concat([np.zeros((2, 3)), np.ones((4, 3))])"),
    entry(
        "numpy.vstack",
        _vstack,
        "np.vstack([np.zeros(3), np.ones(3)])",
        "np.vstack((np.zeros((2, 3)), np.ones(3)))",
    ),
    entry(
        "numpy.hstack",
        _hstack,
        "np.hstack([np.zeros(3), np.ones(2)])",
        "np.hstack((np.zeros((2, 3)), np.ones((2, 1))))",
    ),
    entry("numpy.dstack", _dstack, "np.dstack([np.zeros((2, 3)), np.ones((2, 3))])", "np.dstack(([1], [2]))"),
    entry(
        "numpy.column_stack",
        _column_stack,
        "np.column_stack((np.zeros(3), np.ones(3)))",
        "np.column_stack([np.zeros((3, 2)), np.arange(3)])",
    ),
    entry(
        "numpy.append",
        _append,
        "np.append([1, 2], 3)",
        "np.append(np.zeros((2, 3)), np.ones((1, 3)), axis=0)",
    ),
    entry(
        "numpy.repeat",
        _repeat,
        "np.repeat([1, 2], 3)",
        "np.repeat(np.zeros((2, 3)), 2, axis=-1)",
        "np.repeat(np.zeros((2, 3)), [1, 2], axis=0)",
    ),
    entry("numpy.tile", _tile, "np.tile([1, 2], 3)", "np.tile(np.zeros((2, 3)), (4, 1, 1))"),
    entry("numpy.broadcast_to", _broadcast_to, "np.broadcast_to(np.arange(3), (2, 3))"),
    entry("numpy.split", _split, "np.split(np.arange(6), 3)", "np.split(np.zeros((2, 4)), 2, axis=1)"),
)
