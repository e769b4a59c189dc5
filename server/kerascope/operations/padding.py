"""More elements around a tensor: ``pad`` and the padding of ``keras.backend``."""

from __future__ import annotations

from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, dim_add
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import bad_argument
from kerascope.operations.base import (
    Bound,
    Nest,
    Operation,
    Transfer,
    backend_operation,
    keras_operation,
    rows_alike,
    tensor,
    tf_operation,
)


def pad(aligned: bool) -> Transfer:
    """More elements before and after along each axis; ``aligned`` says that a pair must be given for each."""

    def transfer(args: Bound) -> Nest:
        spec, widths = tensor(args["x"]), args["widths"]
        if spec.shape is UNRANKED:
            return spec
        pairs = widths if aligned else _pairs(widths, len(spec.shape))
        if not isinstance(pairs, tuple):
            # Of an open axis TensorFlow tells nothing, however many elements come to it.
            open_ = None if aligned else UNKNOWN
            return TensorSpec(tuple(open_ if dim is None else UNKNOWN for dim in spec.shape), spec.dtype)
        if len(pairs) != len(spec.shape):
            raise bad_argument("paddings", pairs, f"must have one pair for each of {len(spec.shape)} axes")
        dims = (
            None if dim is None and aligned else padded(dim, pair)
            for dim, pair in zip(spec.shape, pairs, strict=True)
        )
        return TensorSpec(tuple(dims), spec.dtype)

    return transfer


def _pairs(widths: Any, rank: int) -> Any:
    """What Keras 3 makes of ``pad_width``: a number or a single pair stands for every axis."""
    if isinstance(widths, int):
        return ((widths, widths),) * rank
    if not isinstance(widths, tuple):
        return UNKNOWN
    if len(widths) == 2 and all(isinstance(item, int) for item in widths):
        return (widths,) * rank
    return widths * rank if len(widths) == 1 else widths


def padded(dim: Dim, pair: Any) -> Dim:
    """``dim`` with a number of elements before and after."""
    if not (isinstance(pair, tuple) and len(pair) == 2 and all(type(item) is int for item in pair)):
        return UNKNOWN
    return dim_add(dim, pair[0] + pair[1])


def _pad_axes(first: int, channels: bool) -> Transfer:
    """``temporal_padding`` and its kind: axes from ``first`` on, which channels may come before."""

    def transfer(args: Bound) -> Nest:
        spec, padding = tensor(args["x"]), args["padding"]
        if spec.shape is UNRANKED or not isinstance(padding, tuple):
            return TensorSpec(UNRANKED, spec.dtype)
        pairs = padding if channels else (padding,)
        data_format = args.get("data_format")
        if len(spec.shape) != len(pairs) + 2 or data_format not in (None, "channels_last", "channels_first"):
            return TensorSpec(UNRANKED, spec.dtype)
        start = 2 if data_format == "channels_first" else first
        dims = list(spec.shape)
        for offset, pair in enumerate(pairs):
            dims[start + offset] = padded(dims[start + offset], pair)
        return TensorSpec(tuple(dims), spec.dtype)

    return transfer


_PAD: Final = "((0, 0), (1, 2), (0, 3))"

OPERATIONS: tuple[Operation, ...] = (
    keras_operation(
        "pad",
        "x, pad_width: widths, mode='constant', constant_values=None",
        pad(aligned=False),
        f"ops.pad(t(None, 3, 4), {_PAD})",
        "ops.pad(t(2, 3), 1)",
        "ops.pad(t(2, 3), (1, 2))",
        "ops.pad(t(2, 3), ((1, 2), (0, 0), (0, 0)))",
    ),
    tf_operation(
        "pad",
        "tensor: x, paddings: widths, mode='CONSTANT', constant_values=0",
        pad(aligned=True),
        f"tf.pad(t(None, 3, 4), {_PAD})",
        "tf.pad(t(None, 3), [[0, 0], [1, 1]], 'REFLECT')",
        "tf.pad(t(2, 3), [[1, 2]])",
        "tf.pad(t(None, 3), [[0, tf.shape(t(7, 2))[0]], [1, 0]])",
        rows=rows_alike("compat.v1.pad"),
    ),
    backend_operation(
        "temporal_padding",
        "x, padding=(1, 1)",
        _pad_axes(1, False),
        "K.temporal_padding(t(None, 3, 4))",
        rows=rows_alike("compat.v1.pad"),
    ),
    backend_operation(
        "spatial_2d_padding",
        "x, padding=((1, 1), (1, 1)), data_format=None",
        _pad_axes(1, True),
        "K.spatial_2d_padding(t(None, 3, 4, 5), ((1, 2), (0, 3)))",
        rows=rows_alike("compat.v1.pad"),
    ),
)
