"""NumPy's manipulation of shapes, as functions and as methods and attributes of an array.

Source: numpy.org/doc/stable/reference/routines.array-manipulation and …/reference/arrays.ndarray.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, product
from kerascope.domain.specs import UNKNOWN_ARRAY, ArraySpec
from kerascope.libraries.base import (
    FLOATS,
    INTEGER_LIMITS,
    WEAK_INT,
    CallArguments,
    LibraryFunction,
    array_argument,
    as_array_like,
    axis_index,
    cast,
    dim_argument,
    dtype_name,
    entry,
    rearranged,
    shape_argument,
    some_of,
)

Returns = Callable[[CallArguments], Any]


# --- reshape ------------------------------------------------------------------------------------------------


def _reshape(args: CallArguments) -> Any:
    given = args.get(1, "shape", UNKNOWN)
    return _reshaped(array_argument(args), given, args.get(2, "order", "C"))


def _reshape_method(args: CallArguments) -> Any:
    sizes = args.positional[1:]
    named = args.keywords.get("shape") if args.keywords else None
    if not args.complete:
        given: Any = UNKNOWN
    elif not sizes:
        given = UNKNOWN if named is None else named
    else:
        given = sizes[0] if len(sizes) == 1 else sizes
    return _reshaped(array_argument(args), given, args.get(None, "order", "C"))


def _reshaped(array: ArraySpec, given: Any, order: Any) -> ArraySpec:
    """``array`` in the shape ``given``, where -1 stands for whatever size is left."""
    refused = replace(UNKNOWN_ARRAY, dtype=array.dtype)
    unknown = rearranged(array, UNRANKED)
    if given is UNKNOWN:
        return unknown
    if isinstance(given, ArraySpec) and given.shape != ():
        shape = shape_argument(given)
        return refused if shape is None else rearranged(array, shape)
    wanted = tuple(dim_argument(item) for item in (given if isinstance(given, tuple) else (given,)))
    if any(dim is None or (isinstance(dim, int) and dim < -1) for dim in wanted) or wanted.count(-1) > 1:
        return refused
    total = product(array.shape) if array.shape is not UNRANKED else UNKNOWN
    shape = _solved(wanted, total)
    if shape is None:
        return refused
    return rearranged(array, shape, order == "C" and _same_rows(array.shape, shape))


def _same_rows(before: Shape, after: Shape) -> bool:
    """Whether the last axes are known to be equal, so that elements in C order keep their rows."""
    if before is UNRANKED or after is UNRANKED or not before or not after:
        return False
    return isinstance(before[-1], int) and before[-1] == after[-1]


def _solved(wanted: tuple[Dim, ...], total: Dim) -> Shape | None:
    """``wanted`` with its open size solved for ``total`` elements; ``None`` where they do not fit."""
    stated = product(dim for dim in wanted if isinstance(dim, int) and dim >= 0)
    open_sizes = [position for position, dim in enumerate(wanted) if dim == -1 or dim is UNKNOWN]
    sized = tuple(UNKNOWN if dim == -1 else dim for dim in wanted)
    if not isinstance(total, int) or not isinstance(stated, int):
        return sized
    if not open_sizes:
        return sized if stated == total else None
    if len(open_sizes) > 1:
        return sized
    if stated == 0 or total % stated:
        # A size of which nothing is known may be any number where there are no elements at all.
        return sized if stated == total == 0 and wanted[open_sizes[0]] is UNKNOWN else None
    solved = total // stated
    return tuple(solved if position == open_sizes[0] else dim for position, dim in enumerate(sized))


def _ravel(args: CallArguments) -> Any:
    array = array_argument(args)
    return rearranged(array, (UNKNOWN if array.shape is UNRANKED else product(array.shape),))


# --- axes ---------------------------------------------------------------------------------------------------


def _expand_dims(args: CallArguments) -> Any:
    array = array_argument(args)
    axis = args.get(1, "axis", UNKNOWN)
    axes = axis if isinstance(axis, tuple) else (axis,)
    if array.shape is UNRANKED:
        return rearranged(array, UNRANKED)
    rank = len(array.shape) + len(axes)
    positions = {axis_index(item, rank) for item in axes}
    if None in positions or len(positions) < len(axes):
        # One new axis whose place is not known leaves the number of axes known.
        open_axis = axis is UNKNOWN or UNKNOWN in axes
        shape: Shape = UNRANKED if not open_axis or axis is UNKNOWN else (UNKNOWN,) * rank
        return rearranged(array, shape)
    remaining = iter(array.shape)
    shape = tuple(1 if position in positions else next(remaining) for position in range(rank))
    return rearranged(array, shape, rank - 1 not in positions)


def _squeeze(args: CallArguments) -> Any:
    array = array_argument(args)
    axis = args.get(1, "axis")
    shape = array.shape
    if shape is UNRANKED or axis is UNKNOWN or (axis is None and UNKNOWN in shape):
        return rearranged(array, UNRANKED)
    if axis is None or (axis in (0, -1) and not shape):
        gone = {position for position, dim in enumerate(shape) if dim == 1}
    else:
        found = [axis_index(item, len(shape)) for item in (axis if isinstance(axis, tuple) else (axis,))]
        gone = {position for position in found if position is not None}
        if None in found:
            return rearranged(array, UNRANKED)
        if any(shape[position] not in (1, UNKNOWN) for position in gone):
            return replace(UNKNOWN_ARRAY, dtype=array.dtype)
    kept = tuple(dim for position, dim in enumerate(shape) if position not in gone)
    return rearranged(array, kept, len(shape) - 1 not in gone)


def _transpose(args: CallArguments) -> Any:
    return _permuted(array_argument(args), args.get(1, "axes"))


def _transpose_method(args: CallArguments) -> Any:
    axes = args.positional[1:]
    if not args.complete:
        return _permuted(array_argument(args), UNKNOWN)
    return _permuted(array_argument(args), (axes[0] if len(axes) == 1 else axes) if axes else None)


def _permuted(array: ArraySpec, axes: Any) -> ArraySpec:
    shape = array.shape
    if shape is UNRANKED:
        return rearranged(array, UNRANKED)
    if axes is None:
        return rearranged(array, shape[::-1])
    if isinstance(axes, int):
        axes = (axes,)
    if not isinstance(axes, tuple):
        return rearranged(array, (UNKNOWN,) * len(shape))
    order = [axis_index(axis, len(shape)) for axis in axes]
    if len(order) != len(shape):
        return replace(UNKNOWN_ARRAY, dtype=array.dtype)
    known = {position for position in order if position is not None}
    if len(known) < len(shape):
        return rearranged(array, (UNKNOWN,) * len(shape))
    moved = tuple(shape[position] for position in order if position is not None)
    return rearranged(array, moved, order[-1:] == [len(shape) - 1])


def _swapaxes(args: CallArguments) -> Any:
    array = array_argument(args)
    return _exchanged(array, args.get(1, "axis1", UNKNOWN), args.get(2, "axis2", UNKNOWN), swap=True)


def _moveaxis(args: CallArguments) -> Any:
    array = array_argument(args)
    source, target = args.get(1, "source", UNKNOWN), args.get(2, "destination", UNKNOWN)
    return _exchanged(array, source, target, swap=False)


def _exchanged(array: ArraySpec, one: Any, other: Any, swap: bool) -> ArraySpec:
    if array.shape is UNRANKED:
        return rearranged(array, UNRANKED)
    rank = len(array.shape)
    first, second = axis_index(one, rank), axis_index(other, rank)
    if first is None or second is None:
        return rearranged(array, (UNKNOWN,) * rank)
    order = list(range(rank))
    if swap:
        order[first], order[second] = order[second], order[first]
    else:
        order.insert(second, order.pop(first))
    return _permuted(array, tuple(order))


def _same(args: CallArguments) -> Any:
    return array_argument(args)


def _flipped(args: CallArguments) -> Any:
    # The rows of a one-hot array stay one-hot in any order of the rows and of their entries.
    return array_argument(args, "m")


def _atleast(rank: int) -> Returns:
    def returns(args: CallArguments) -> Any:
        array = as_array_like(args.get(0, "", UNKNOWN))
        if array.shape is UNRANKED or not args.complete or len(args.positional) != 1:
            return UNKNOWN
        lacking = max(0, rank - len(array.shape))
        return rearranged(array, (1,) * lacking + array.shape, lacking < rank)

    return returns


def _astype(args: CallArguments) -> Any:
    return cast(array_argument(args), dtype_name(args.get(1, "dtype", UNKNOWN)))


def _size(array: ArraySpec) -> Dim:
    return UNKNOWN if array.shape is UNRANKED else product(array.shape)


# --- attributes ---------------------------------------------------------------------------------------------


def _shape(args: CallArguments) -> Any:
    shape = array_argument(args).shape
    return UNKNOWN if shape is UNRANKED else shape


def _ndim(args: CallArguments) -> Any:
    shape = array_argument(args).shape
    return UNKNOWN if shape is UNRANKED else len(shape)


def _array_size(args: CallArguments) -> Any:
    array = array_argument(args)
    axis = args.get(1, "axis")
    if axis is None or array.shape is UNRANKED:
        return _size(array) if axis is None else UNKNOWN
    position = axis_index(axis, len(array.shape))
    return UNKNOWN if position is None else array.shape[position]


def _dtype(args: CallArguments) -> Any:
    return array_argument(args).dtype or UNKNOWN


_MOST_LISTED = 256
"""Longer arrays are not written out as lists."""


def _listed(args: CallArguments) -> Any:
    """``array.tolist()``: lists as long as the axes, of Python's numbers, whose values are not known."""
    array = array_argument(args)
    shape = array.shape
    number: Any = UNKNOWN
    if array.dtype in INTEGER_LIMITS or array.dtype == WEAK_INT:
        number = ArraySpec((), WEAK_INT, some_of(array.facts))
    elif array.dtype in FLOATS:
        # A float of Python's leaves the type of an array alone that it meets, so no type is said of it.
        number = ArraySpec((), "")

    def nest(shape: tuple[Any, ...]) -> Any:
        return [nest(shape[1:]) for _ in range(shape[0])] if shape else number

    sides = [] if shape is UNRANKED else [side for side in shape if isinstance(side, int)]
    if shape is UNRANKED or len(sides) < len(shape) or math.prod(sides) > _MOST_LISTED:
        return UNKNOWN
    return nest(shape)


def _unknown(args: CallArguments) -> Any:
    return UNKNOWN


def _methods() -> Iterator[LibraryFunction]:
    z = "np.zeros((2, 3, 4))"
    yield entry(
        "ndarray.reshape",
        _reshape_method,
        f"{z}.reshape(-1)",
        f"{z}.reshape(6, 4)",
        f"{z}.reshape((4, -1))",
        f"{z}.reshape([2, 12])",
        f"{z}.reshape(2, -1, 1)",
        "np.zeros((60, 28, 28), 'uint8').reshape(-1, 28, 28, 1)",
        "np.arange(6).reshape(2, 3)",
        "np.zeros(1).reshape(())",
    )
    yield entry("ndarray.astype", _astype, "np.arange(3).astype('float32')", "np.ones(2).astype(np.uint8)")
    yield entry("ndarray.flatten", _ravel, f"{z}.flatten()")
    yield entry("ndarray.ravel", _ravel, f"{z}.ravel()")
    yield entry("ndarray.transpose", _transpose_method, f"{z}.transpose()", f"{z}.transpose(0, 2, 1)")
    yield entry("ndarray.T", _transpose, f"{z}.T", "np.zeros(3).T", is_attribute=True)
    yield entry("ndarray.squeeze", _squeeze, "np.zeros((1, 3, 1)).squeeze()", "np.zeros((1, 3)).squeeze(0)")
    yield entry("ndarray.swapaxes", _swapaxes, f"{z}.swapaxes(0, -1)")
    yield entry("ndarray.copy", _same, "np.arange(3).copy()")
    yield entry("ndarray.shape", _shape, f"{z}.shape", "np.array(3).shape", is_attribute=True)
    yield entry("ndarray.ndim", _ndim, f"{z}.ndim", is_attribute=True)
    yield entry("ndarray.size", _array_size, f"{z}.size", is_attribute=True)
    yield entry("ndarray.dtype", _dtype, f"{z}.dtype", is_attribute=True)
    yield entry("ndarray.tolist", _listed)
    yield entry("ndarray.item", _unknown)


FUNCTIONS: tuple[LibraryFunction, ...] = (
    *_methods(),
    entry(
        "numpy.reshape",
        _reshape,
        "np.reshape(np.arange(12), (3, 4))",
        "np.reshape(np.arange(12), (2, -1))",
        "np.reshape([1, 2, 3, 4], (2, 2))",
        "np.reshape(np.arange(12), -1)",
    ),
    entry("numpy.ravel", _ravel, "np.ravel(np.ones((2, 3)))"),
    entry(
        "numpy.expand_dims",
        _expand_dims,
        "np.expand_dims(np.zeros((2, 3)), -1)",
        "np.expand_dims(np.zeros((2, 3)), axis=0)",
        "np.expand_dims(np.zeros((2, 3)), axis=1)",
        "np.expand_dims(np.zeros(3), (0, -1))",
    ),
    entry(
        "numpy.squeeze",
        _squeeze,
        "np.squeeze(np.zeros((1, 2, 1)))",
        "np.squeeze(np.zeros((1, 2, 1)), axis=-1)",
        "np.squeeze(np.zeros((2, 3)))",
    ),
    entry(
        "numpy.transpose",
        _transpose,
        "np.transpose(np.zeros((2, 3, 4)))",
        "np.transpose(np.zeros((2, 3, 4)), (0, 2, 1))",
        "np.transpose(np.zeros((2, 3, 4)), [2, 0, -2])",
    ),
    entry("numpy.swapaxes", _swapaxes, "np.swapaxes(np.zeros((2, 3, 4)), 0, 1)"),
    entry("numpy.moveaxis", _moveaxis, "np.moveaxis(np.zeros((2, 3, 4)), 0, -1)"),
    entry("numpy.copy", _same, "np.copy([1.5, 2.0])"),
    entry("numpy.flip", _flipped, "np.flip(np.arange(4))", "np.flip(np.ones((2, 3)), axis=1)"),
    entry("numpy.fliplr", _flipped, "np.fliplr(np.ones((2, 3)))"),
    entry("numpy.flipud", _flipped, "np.flipud(np.ones((2, 3)))"),
    entry("numpy.atleast_1d", _atleast(1), "np.atleast_1d(3.5)"),
    entry("numpy.atleast_2d", _atleast(2), "np.atleast_2d([1, 2, 3])", "np.atleast_2d(np.zeros((2, 3, 4)))"),
    entry("numpy.shape", _shape, "np.shape([[1, 2, 3]])", "np.shape(np.zeros((2, 0)))"),
    entry("numpy.ndim", _ndim, "np.ndim([[1, 2, 3]])"),
    entry("numpy.size", _array_size, "np.size(np.zeros((2, 3)))", "np.size(np.zeros((2, 3)), 1)"),
)
