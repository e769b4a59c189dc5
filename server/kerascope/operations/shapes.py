"""What operations do to shapes. Every function refuses, by raising ``Refusal``, what no value could mend.

``None`` is a size that Keras prints as ``None`` and ``UNKNOWN`` one that the analysis cannot tell; both may be
any number, so neither is ever refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, Shape, dim_add, dim_mul, product
from kerascope.domain.specs import ArraySpec, TensorSpec
from kerascope.layers.base import FaultKind, bad_argument, refuse


def broadcast(*shapes: Shape) -> Shape:
    """The shape that ``shapes`` broadcast to."""
    result: Ranked = ()
    for shape in shapes:
        if shape is UNRANKED:
            return UNRANKED
        size = max(len(result), len(shape))
        pairs = zip((1,) * (size - len(result)) + result, (1,) * (size - len(shape)) + shape, strict=True)
        dims: list[Dim] = []
        for axis, (left, right) in enumerate(pairs):
            if isinstance(left, int) and isinstance(right, int) and left != right and 1 not in (left, right):
                raise refuse(
                    FaultKind.DIM,
                    f"shapes {result} and {shape} cannot be broadcast together",
                    axis=axis,
                    expected=left,
                    received=right,
                    shapes=shapes,
                )
            dims.append(_broadcast_dim(left, right))
        result = tuple(dims)
    return result


def _broadcast_dim(left: Dim, right: Dim) -> Dim:
    """Of two sizes that go together: a number above one wins, and what may be one leaves the other open."""
    if left == 1:
        return right
    if right == 1:
        return left
    if isinstance(left, int) or isinstance(right, int):
        return left if isinstance(left, int) else right
    return UNKNOWN if left is UNKNOWN or right is UNKNOWN else None


# --- axes ---------------------------------------------------------------------------------------------------


def axis_of(axis: Any, rank: int, name: str = "axis") -> int | None:
    """``axis`` counted from the front; ``None`` if it is not known. One that is out of range is refused."""
    if not isinstance(axis, int):
        return None
    if not -rank <= axis < rank:
        raise bad_argument(name, axis, f"must be within [{-rank}, {rank})")
    return axis % rank


def axes_of(axes: Any, rank: int, name: str = "axis") -> tuple[int, ...] | None:
    """A number or tuple of numbers as axes counted from the front; ``None`` if one is not known."""
    found: list[int] = []
    for item in axes if isinstance(axes, tuple) else (axes,):
        axis = axis_of(item, rank, name)
        if axis is None:
            return None
        found.append(axis)
    return tuple(found)


def reduced(shape: Shape, axis: Any, keepdims: Any) -> Shape:
    """The shape after a reduction along ``axis``, which is a number, a tuple of them or ``None`` for all."""
    if axis is None and keepdims is False:
        return ()
    if shape is UNRANKED or axis is UNKNOWN:
        return UNRANKED
    axes = tuple(range(len(shape))) if axis is None else axes_of(axis, len(shape))
    if axes is None:
        return (UNKNOWN,) * len(shape) if keepdims is True else UNRANKED
    if keepdims is True:
        return tuple(1 if position in axes else dim for position, dim in enumerate(shape))
    if keepdims is False:
        return tuple(dim for position, dim in enumerate(shape) if position not in axes)
    return UNRANKED


def range_length(start: int, stop: int, step: int) -> int:
    """``len(range(start, stop, step))``, which Python does not give of the largest ones."""
    if step > 0:
        return max(0, -((start - stop) // step))
    return max(0, -((stop - start) // -step))


def replaced(shape: Ranked, axis: int, dim: Dim) -> Ranked:
    """``shape`` with another size along ``axis``."""
    return (*shape[:axis], dim, *shape[axis + 1 :])


# --- arrangement --------------------------------------------------------------------------------------------


def sizes(value: Any) -> Shape:
    """The sizes that an argument ``shape`` states: numbers, ``None``, -1, or ``UNKNOWN``."""
    if isinstance(value, int) and not isinstance(value, bool):
        return (value,)
    if isinstance(value, tuple):
        return tuple(size(item) for item in value)
    if isinstance(value, ArraySpec | TensorSpec) and value.shape is not UNRANKED and len(value.shape) == 1:
        count = value.shape[0]
        return (UNKNOWN,) * count if isinstance(count, int) else UNRANKED
    return UNRANKED


def size(value: Any) -> Dim:
    """One size that an argument states; ``UNKNOWN`` where it is no number that is known.

    What a symbolic tensor holds is known only when it is computed, so that the size stays open.
    """
    if isinstance(value, TensorSpec):
        return None if value.shape == () and value.dtype in ("int32", "int64") else UNKNOWN
    if isinstance(value, bool) or not (isinstance(value, int) or value is None):
        return UNKNOWN
    return value


def reshaped(shape: Shape, target: Shape, keras_infers: bool) -> Shape:
    """The elements of ``shape`` in ``target``, where -1 stands for whatever is left.

    Several -1 are refused by Keras 3 at once and by TensorFlow only when it computes.
    """
    if target is UNRANKED:
        return UNRANKED
    total = UNKNOWN if shape is UNRANKED else product(shape)
    stated = product(dim for dim in target if dim != -1)
    if target.count(-1) > 1 and not keras_infers:
        return tuple(UNKNOWN if dim == -1 else dim for dim in target)
    if any(isinstance(dim, int) and dim < -1 for dim in target) or target.count(-1) > 1:
        raise bad_argument("shape", target, "must hold sizes that are not negative, and -1 at most once")
    fits = True
    if isinstance(total, int) and isinstance(stated, int):
        left_over = -1 in target
        fits = (total % stated == 0 if stated else False) if left_over else total == stated
    if not fits:
        raise refuse(
            FaultKind.TOTAL_SIZE,
            f"{total} elements of shape {shape} do not fit {target}",
            input_shape=shape,
            target_shape=target,
        )
    if isinstance(total, int) and isinstance(stated, int) and stated:
        rest: Dim = total // stated
    else:
        rest = None if total is None or (stated is None and total is not UNKNOWN) else UNKNOWN
    return tuple(rest if dim == -1 else dim for dim in target)


def expanded(shape: Shape, axis: Any) -> Shape:
    """``shape`` with a size of one put in at ``axis``, or at each of several."""
    if shape is UNRANKED:
        return UNRANKED
    if axis is UNKNOWN or not isinstance(axis, int | tuple):
        return UNRANKED
    count = len(axis) if isinstance(axis, tuple) else 1
    rank = len(shape) + count
    axes = axes_of(axis, rank)
    if axes is None:
        return (UNKNOWN,) * rank
    if len(set(axes)) < count:
        return UNRANKED
    remaining = iter(shape)
    return tuple(1 if position in axes else next(remaining) for position in range(rank))


def squeezed(shape: Shape, axis: Any, open_stays: bool, open_is_refused: bool) -> Shape:
    """``shape`` without sizes of one.

    ``open_stays`` says that of all axes those of size ``None`` stay, ``open_is_refused`` that none of them may
    be named.
    """
    if shape is UNRANKED or axis is UNKNOWN:
        return UNRANKED
    if axis is None or axis == ():
        if UNKNOWN in shape or (None in shape and not open_stays):
            return UNRANKED
        return tuple(dim for dim in shape if dim != 1)
    axes = axes_of(axis, len(shape))
    if axes is None:
        return UNRANKED
    for position in axes:
        dim = shape[position]
        if (isinstance(dim, int) and dim != 1) or (dim is None and open_is_refused):
            raise refuse(
                FaultKind.DIM,
                f"cannot squeeze axis {position} of shape {shape}: its size is {dim}",
                axis=position,
                expected=1,
                received=dim,
                shape=shape,
            )
    return tuple(dim for position, dim in enumerate(shape) if position not in axes)


def permuted(shape: Shape, axes: Any, twice_is_refused: bool) -> Shape:
    """``shape`` in another order of axes; ``None`` turns the order round."""
    if shape is UNRANKED or axes is UNKNOWN:
        return UNRANKED if shape is UNRANKED else (UNKNOWN,) * len(shape)
    if axes is None:
        return shape[::-1]
    if not isinstance(axes, tuple):
        return (UNKNOWN,) * len(shape)
    if len(axes) != len(shape):
        raise bad_argument("axes", axes, f"must name each of {len(shape)} axes once")
    order = axes_of(axes, len(shape), "axes")
    if order is None:
        return (UNKNOWN,) * len(shape)
    if twice_is_refused and len(set(order)) < len(order):
        raise bad_argument("axes", axes, f"must name each of {len(shape)} axes once")
    return tuple(shape[position] for position in order)


def concatenated(shapes: Sequence[Shape], axis: Any, first_wins: bool) -> Shape:
    """``shapes`` joined along ``axis``; ``first_wins`` as in ``agreed``."""
    rank = _common_rank(shapes)
    if rank is None or axis is UNKNOWN:
        return UNRANKED
    along = axis_of(axis, rank)
    if along is None:
        return (UNKNOWN,) * rank
    dims: list[Dim] = []
    for position in range(rank):
        column = [UNKNOWN if shape is UNRANKED else shape[position] for shape in shapes]
        if position == along:
            total: Dim = 0
            for dim in column:
                total = dim_add(total, dim)
            dims.append(total)
        else:
            dims.append(agreed(column, tuple(shapes), position, first_wins))
    return tuple(dims)


def _common_rank(shapes: Sequence[Shape]) -> int | None:
    """The number of axes that all have; ``None`` where none is known."""
    ranks = [len(shape) for shape in shapes if shape is not UNRANKED]
    if any(rank != ranks[0] for rank in ranks):
        raise refuse(FaultKind.RANK, f"shapes {shapes} have different numbers of axes", shapes=tuple(shapes))
    return ranks[0] if ranks else None


def agreed(dims: Sequence[Dim], shapes: tuple[Shape, ...], axis: int, first_wins: bool = False) -> Dim:
    """The one size that all of ``dims`` must be.

    ``first_wins``: Keras 3 compares every size with the first alone, and keeps that.
    """
    numbers = [dim for dim in dims if isinstance(dim, int)]
    if first_wins and not isinstance(dims[0], int):
        return dims[0]
    if any(dim != numbers[0] for dim in numbers):
        raise refuse(
            FaultKind.DIM,
            f"shapes {shapes} differ along axis {axis}",
            axis=axis,
            expected=numbers[0],
            received=next(dim for dim in numbers if dim != numbers[0]),
            shapes=shapes,
        )
    if numbers:
        return numbers[0]
    return UNKNOWN if UNKNOWN in dims else None


def stacked(shapes: Sequence[Shape], axis: Any, first_wins: bool) -> Shape:
    """``shapes``, which must be equal, along a new ``axis``."""
    rank = _common_rank(shapes)
    if rank is None or axis is UNKNOWN:
        return UNRANKED
    dims = tuple(
        agreed(
            [UNKNOWN if shape is UNRANKED else shape[at] for shape in shapes], tuple(shapes), at, first_wins
        )
        for at in range(rank)
    )
    along = axis_of(axis, rank + 1)
    return (UNKNOWN,) * (rank + 1) if along is None else (*dims[:along], len(shapes), *dims[along:])


def tiled(shape: Shape, repeats: Shape, aligned: bool) -> Shape:
    """``shape`` repeated ``repeats`` times per axis; ``aligned`` says that both must have as many axes."""
    if shape is UNRANKED or repeats is UNRANKED:
        return UNRANKED
    if len(repeats) != len(shape):
        if aligned:
            raise bad_argument("multiples", repeats, f"must have one entry for each of {len(shape)} axes")
        count = max(len(repeats), len(shape))
        shape = (1,) * (count - len(shape)) + shape
        repeats = (1,) * (count - len(repeats)) + repeats
    return tuple(scaled(dim, times) for dim, times in zip(shape, repeats, strict=True))


def scaled(dim: Dim, times: Dim) -> Dim:
    """``dim`` repeated ``times``; what is repeated a number of times that only running tells stays open."""
    if times is None:
        return UNKNOWN if dim is UNKNOWN or dim == 0 else None
    if not isinstance(times, int):
        return None if dim is None else UNKNOWN
    return dim_mul(dim, times)


# --- products -----------------------------------------------------------------------------------------------


def matmul(left: Shape, right: Shape, vectors: bool, compared: bool = True) -> Shape:
    """The shape of a product of matrices.

    ``vectors`` says that operands of one axis are taken too, ``compared`` that the inner sizes must be equal.
    """
    if left is UNRANKED or right is UNRANKED:
        return UNRANKED
    if not left or not right or (not vectors and (len(left) < 2 or len(right) < 2)):
        raise refuse(FaultKind.RANK, f"shapes {left} and {right} are no matrices", shapes=(left, right))
    one = (1, *left) if len(left) == 1 else left
    other = (*right, 1) if len(right) == 1 else right
    if compared:
        agreed((one[-1], other[-2]), (left, right), -1)
    leading = broadcast(one[:-2], other[:-2])
    assert leading is not UNRANKED
    rows = () if len(left) == 1 else (one[-2],)
    columns = () if len(right) == 1 else (other[-1],)
    return (*leading, *rows, *columns)
