"""``x[key]`` on a symbolic tensor.

Keras 3 reads the key itself (``GetItem`` of ``keras/src/ops/numpy.py``) and takes a number or a tuple alone;
TensorFlow reads it in ``_slice_helper`` of ``tensorflow/python/ops/array_ops.py``.
"""

from __future__ import annotations

from types import EllipsisType
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, Shape
from kerascope.domain.specs import ArraySpec, TensorSpec
from kerascope.layers.base import FaultKind, bad_argument, refuse
from kerascope.operations.base import Bound, Nest, Operation, Row, row, tensor
from kerascope.operations.dtypes import INTEGERS
from kerascope.operations.shapes import range_length


def get_item(args: Bound) -> Nest:
    """``x[key]``."""
    spec, key = tensor(args["x"]), args["key"]
    if isinstance(key, TensorSpec | ArraySpec) and key.dtype not in INTEGERS:
        return TensorSpec(_masked(spec.shape, key, args.keras_infers), spec.dtype)
    if args.keras_infers and (key is None or isinstance(key, slice | EllipsisType)):
        raise bad_argument("key", key, "must be a number or a tuple on a KerasTensor")
    keys = key if isinstance(key, tuple) else (key,)
    return TensorSpec(_picked(spec.shape, keys, args.keras_infers), spec.dtype)


def _masked(shape: Shape, mask: TensorSpec | ArraySpec, keras_infers: bool) -> Shape:
    """What a tensor of truths picks: any number of elements, or of blocks."""
    if shape is UNRANKED or mask.shape is UNRANKED or mask.dtype != "bool" or keras_infers or not mask.shape:
        return UNRANKED
    return (None, *shape[len(mask.shape) :]) if len(mask.shape) <= len(shape) else UNRANKED


def _picked(shape: Shape, keys: tuple[Any, ...], keras_infers: bool) -> Shape:
    if shape is UNRANKED or not all(_is_plain(key, keras_infers) for key in keys):
        return UNRANKED
    ellipses = sum(key is Ellipsis for key in keys)
    if ellipses > 1:
        raise bad_argument("key", "...", "must hold one ellipsis at most")
    taken = sum(key is not None and key is not Ellipsis for key in keys)
    if taken > len(shape):
        raise refuse(
            FaultKind.RANK,
            f"{taken} indices for shape {shape}",
            min_ndim=taken,
            received=len(shape),
            shape=shape,
        )
    if not ellipses:
        keys = (*keys, Ellipsis)
    result: list[Dim] = []
    remaining = list(enumerate(shape))
    for key in keys:
        if key is None:
            result.append(1)
        elif key is Ellipsis:
            rest = len(shape) - taken
            result += [dim for _, dim in remaining[:rest]]
            remaining = remaining[rest:]
        else:
            axis, dim = remaining.pop(0)
            if isinstance(key, slice):
                result.append(_slice_length(dim, key, keras_infers))
            elif isinstance(key, int):
                _check_index(shape, axis, key)
    return tuple(result)


def _is_plain(key: Any, keras_infers: bool) -> bool:
    """Whether ``key`` is certain to be a number, a slice, ``None`` or an ellipsis."""
    if isinstance(key, TensorSpec):
        return not keras_infers and key.shape == () and key.dtype in ("int32", "int64")
    if isinstance(key, bool):
        return False
    return key is None or isinstance(key, int | slice | EllipsisType)


def _check_index(shape: Ranked, axis: int, index: int) -> None:
    dim = shape[axis]
    if isinstance(dim, int) and not -dim <= index < dim:
        raise refuse(
            FaultKind.DIM,
            f"index {index} is out of range for axis {axis} of shape {shape}",
            axis=axis,
            expected=dim,
            received=index,
            shape=shape,
        )


def _slice_length(dim: Dim, key: slice, keras_infers: bool) -> Dim:
    """How many elements a slice takes; TensorFlow tells of no part of an open axis how long it is, whatever the key.

    Source: ``ValidateStridedSliceOp`` in ``tensorflow/core/util/strided_slice_op.cc``.
    """
    bounds = (key.start, key.stop, key.step)
    if key == slice(None):
        return dim
    if dim is None and not keras_infers:
        return None
    if not isinstance(dim, int):
        return None if dim is None and all(_is_bound(bound) for bound in bounds) else UNKNOWN
    if not all(_is_bound(bound) for bound in bounds) or key.step == 0:
        return UNKNOWN
    return range_length(*key.indices(dim))


def _is_bound(bound: Any) -> bool:
    return bound is None or (isinstance(bound, int) and not isinstance(bound, bool))


def _slicing_rows(args: Bound, outputs: Nest) -> tuple[Row, ...]:
    return (Row("SlicingOpLambda", "tf.__operators__.getitem", outputs),)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "tensor.__getitem__",
        "x, key",
        get_item,
        {3: row("GetItem", "get_item"), 2: _slicing_rows},
        (
            "t(None, 3, 4)[:, 0]",
            "t(None, 3, 4)[:, -1, :]",
            "t(None, 3, 4)[:, 1:3]",
            "t(None, 3, 4)[:, ::2, ::-1]",
            "t(None, 3, 4)[..., 0]",
            "t(None, 3, 4)[..., None]",
            "t(None, 3, 4)[:, None, ..., 1:]",
            "t(None, None, 4)[:, :-1]",
            "t(None, 3, 4)[0]",
            "t(None, 3, 4)[:, 3]",
            "t(None, 3)[:, 0, 0]",
            "t(5, 3)[1:]",
            "t(5, 3)[..., ..., 0]",
            "t(None, 3, 4)[t(None, 3, 4) > 0]",
            "t(None, 3, 4)[t(None, dtype='bool')]",
            "t(None, 3, 4)[:, t(dtype='int32')]",
            "t(6, dtype='int32')[2]",
            "t(None, None, 4)[:, 2:5]",
            "t(None, None, 4)[:, tf.shape(t(7, 2))[0] :]",
        ),
    ),
    Operation(
        "keras.ops.get_item",
        "x, key",
        get_item,
        {3: row("GetItem", "get_item")},
        ("keras.ops.get_item(t(None, 3, 4), (slice(None), 0))", "keras.ops.get_item(t(2, 3), 1)"),
    ),
)
