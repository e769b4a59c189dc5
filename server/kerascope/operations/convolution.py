"""Windows over the inner axes: ``conv``, ``depthwise_conv``, ``max_pool``, ``average_pool``, ``extract_patches``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, dim_mul, product
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import FaultKind, refuse
from kerascope.operations.base import (
    Bound,
    Nest,
    Operation,
    Row,
    RowMaker,
    Transfer,
    backend_operation,
    keras_operation,
    rows_alike,
    tensor,
    tf_operation,
)
from kerascope.operations.elementwise import floats_certain
from kerascope.operations.shapes import sizes

_CHANNELS_LAST: Final = (None, "channels_last", "NHWC", "NWC", "NDHWC")


def window_length(dim: Dim, kernel: Dim, stride: Dim, padding: Any, dilation: Dim = 1) -> Dim:
    """How many places a window has along an axis."""
    if padding not in ("valid", "same") or not isinstance(stride, int) or stride < 1:
        return UNKNOWN
    if not isinstance(dim, int):
        return dim if padding == "same" or isinstance(kernel, int) else UNKNOWN if dim is UNKNOWN else None
    if padding == "same":
        return -(-dim // stride)
    if not isinstance(kernel, int) or not isinstance(dilation, int):
        return UNKNOWN
    span = dilation * (kernel - 1) + 1
    if dim < span:
        raise refuse(
            FaultKind.EMPTY_OUTPUT, f"a window of {span} does not fit into {dim}", axis=0, shape=(dim,)
        )
    return (dim - span) // stride + 1


def per_axis(value: Any, count: int, default: Any = 1) -> tuple[Dim, ...]:
    """A number for each of ``count`` inner axes; TensorFlow may state one for batch and channels too."""
    if value is None:
        value = default
    found = sizes(value)
    if found is UNRANKED:
        return (UNKNOWN,) * count
    if len(found) == count + 2:
        found = found[1:-1]
    if len(found) == 1:
        found = found * count
    return found if len(found) == count else (UNKNOWN,) * count


def _padding(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def windowed(
    inner: Ranked, kernel: Sequence[Dim], strides: Sequence[Dim], padding: Any, dilations: Sequence[Dim]
) -> Ranked:
    """The inner axes after a window went over them."""
    return tuple(
        window_length(dim, size, stride, padding, dilation)
        for dim, size, stride, dilation in zip(inner, kernel, strides, dilations, strict=True)
    )


def convolved(rank: int | None, depthwise: bool = False) -> Transfer:
    """A convolution: the kernel has the inner axes, the channels that it takes and those that it makes."""

    def transfer(args: Bound) -> Nest:
        spec, kernel = tensor(args["x"]), tensor(args["kernel"])
        dtype = floats_certain(spec.dtype)
        if spec.shape is UNRANKED or kernel.shape is UNRANKED or args["data_format"] not in _CHANNELS_LAST:
            return TensorSpec(UNRANKED, dtype)
        count = len(spec.shape) - 2
        if count < 1 or len(kernel.shape) != count + 2 or rank not in (None, count):
            return TensorSpec(UNRANKED, dtype)
        inner = windowed(
            spec.shape[1:-1],
            kernel.shape[:-2],
            per_axis(args["strides"], count),
            _padding(args["padding"]),
            per_axis(args["dilations"], count),
        )
        if not args.keras_infers and args["dilations"] not in (1, None):
            # TensorFlow turns some dilated convolutions into others, and loses sizes beside an open one.
            inner = inner if all(isinstance(dim, int) for dim in inner) else (UNKNOWN,) * count
        made = dim_mul(kernel.shape[-2], kernel.shape[-1]) if depthwise else kernel.shape[-1]
        return TensorSpec((spec.shape[0], *inner, made), dtype)

    return transfer


def separable(args: Bound) -> Nest:
    """A depthwise convolution and one of size one after it."""
    inner = convolved(None, depthwise=True)(args)
    made = tensor(args["pointwise"])
    if inner.shape is UNRANKED or made.shape is UNRANKED or not made.shape:
        return TensorSpec(UNRANKED, inner.dtype)
    return TensorSpec((*inner.shape[:-1], made.shape[-1]), inner.dtype)


def transposed(args: Bound) -> Nest:
    """A transposed convolution of TensorFlow, of which the output's shape is stated."""
    spec = tensor(args["x"])
    return TensorSpec(sizes(args["output_shape"]), floats_certain(spec.dtype))


def pooled(args: Bound) -> Nest:
    """A pool over the inner axes."""
    spec = tensor(args["x"])
    dtype = floats_certain(spec.dtype)
    if spec.shape is UNRANKED or args["data_format"] not in _CHANNELS_LAST or len(spec.shape) < 3:
        return TensorSpec(UNRANKED, dtype)
    count = len(spec.shape) - 2
    kernel = per_axis(args["window"], count)
    strides = kernel if args["strides"] is None else per_axis(args["strides"], count)
    dilations = (1,) * count
    inner = windowed(spec.shape[1:-1], kernel, strides, _padding(args["padding"]), dilations)
    return TensorSpec((spec.shape[0], *inner, spec.shape[-1]), dtype)


def patches(args: Bound) -> Nest:
    """``extract_patches``: a place for each window, and its elements in a row."""
    spec = tensor(args["x"])
    if spec.shape is UNRANKED or len(spec.shape) != 4 or args.get("data_format") not in _CHANNELS_LAST:
        return TensorSpec(UNRANKED, spec.dtype)
    kernel = per_axis(args["window"], 2)
    strides = kernel if args["strides"] is None else per_axis(args["strides"], 2)
    inner = windowed(
        spec.shape[1:-1], kernel, strides, _padding(args["padding"]), per_axis(args["dilations"], 2)
    )
    return TensorSpec((spec.shape[0], *inner, product((*kernel, spec.shape[-1]))), spec.dtype)


_KERAS: Final = "inputs: x, kernel, strides=1, padding='valid', data_format=None, dilation_rate: dilations=1"
_POOL: Final = "inputs: x, pool_size: window, strides=None, padding='valid', data_format=None"


def _backend(rank: int) -> str:
    return f"x, kernel, strides={(1,) * rank if rank > 1 else 1}, padding='valid', data_format=None, " + (
        f"dilation_rate: dilations={(1,) * rank if rank > 1 else 1}"
    )


def _pool_rows(kind: str) -> RowMaker:
    """Of images ``tf.nn.max_pool`` shows the function that it calls."""

    def rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
        if outputs.shape is UNRANKED or len(outputs.shape) != 4:
            return None
        return (Row("TFOpLambda", "tf.nn.max_pool2d" if kind == "max" else "tf.nn.avg_pool", outputs),)

    return rows


def _backend_pool_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    if args["pool_mode"] not in ("max", "avg") or args["data_format"] not in (None, "channels_last"):
        return None
    return (Row("TFOpLambda", f"tf.compat.v1.nn.{args['pool_mode']}_pool", outputs),)


def _backend_conv_rows(stem: str) -> RowMaker:
    """Channels that come first are moved, and causal padding is added, which makes more rows."""

    def rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
        plain = args["data_format"] in (None, "channels_last") and args["padding"] in ("valid", "same")
        return (Row("TFOpLambda", f"tf.{stem}", outputs),) if plain else None

    return rows


def _tf_pools(kind: str) -> tuple[Operation, ...]:
    return (
        tf_operation(
            f"nn.{kind}_pool1d",
            "input: x, ksize: window, strides, padding, data_format='NWC'",
            pooled,
            f"tf.nn.{kind}_pool1d(t(None, 8, 3), 2, 2, 'VALID')",
            rows=rows_alike(f"nn.{kind}_pool1d"),
        ),
        tf_operation(
            f"nn.{kind}_pool2d",
            "input: x, ksize: window, strides, padding, data_format='NHWC'",
            pooled,
            f"tf.nn.{kind}_pool2d(t(None, 8, 9, 3), 2, 2, 'VALID')",
            f"tf.nn.{kind}_pool2d(t(None, 8, 9, 3), [2, 2], [1, 2], 'SAME')",
            f"tf.nn.{kind}_pool2d(t(None, 8, 1, 3), 2, 2, 'VALID')",
            rows=rows_alike(f"nn.{kind}_pool2d"),
        ),
        tf_operation(
            f"nn.{kind}_pool",
            "input: x, ksize: window, strides, padding, data_format=None",
            pooled,
            f"tf.nn.{kind}_pool(t(None, 8, 9, 3), [1, 2, 2, 1], [1, 2, 2, 1], 'VALID')",
            rows=_pool_rows(kind),
        ),
    )


OPERATIONS: tuple[Operation, ...] = (
    keras_operation(
        "conv",
        _KERAS,
        convolved(None),
        "ops.conv(t(None, 8, 9, 3), t(3, 3, 3, 5))",
        "ops.conv(t(None, 8, 9, 3), t(3, 3, 3, 5), strides=2, padding='same')",
        "ops.conv(t(None, 8, 3), t(3, 3, 5), dilation_rate=2)",
        "ops.conv(t(None, 2, 9, 3), t(3, 3, 3, 5))",
    ),
    keras_operation(
        "depthwise_conv",
        _KERAS,
        convolved(None, depthwise=True),
        "ops.depthwise_conv(t(None, 8, 9, 3), t(3, 3, 3, 2))",
    ),
    keras_operation(
        "separable_conv",
        "inputs: x, depthwise_kernel: kernel, pointwise_kernel: pointwise, strides=1, padding='valid', "
        "data_format=None, dilation_rate: dilations=1",
        separable,
        "ops.separable_conv(t(None, 8, 9, 3), t(3, 3, 3, 2), t(1, 1, 6, 7))",
    ),
    *(
        keras_operation(
            name,
            _POOL,
            pooled,
            f"ops.{name}(t(None, 8, 9, 3), 2)",
            f"ops.{name}(t(None, 8, 9, 3), (2, 3), strides=1, padding='same')",
            f"ops.{name}(t(None, 8, 3), 2, 2)",
            f"ops.{name}(t(None, 1, 9, 3), 2)",
        )
        for name in ("max_pool", "average_pool")
    ),
    tf_operation(
        "nn.conv1d",
        "input: x, filters: kernel, stride: strides, padding, data_format='NWC', dilations=None",
        convolved(1),
        "tf.nn.conv1d(t(None, 8, 3), t(3, 3, 5), 1, 'SAME')",
        "tf.nn.conv1d(t(None, 8, 3), t(3, 3, 5), stride=2, padding='VALID')",
        rows=rows_alike("compat.v1.nn.conv1d"),
    ),
    tf_operation(
        "nn.conv2d",
        "input: x, filters: kernel, strides, padding, data_format='NHWC', dilations=None",
        convolved(2),
        "tf.nn.conv2d(t(None, 8, 9, 3), t(3, 3, 3, 5), 1, 'SAME')",
        "tf.nn.conv2d(t(None, 8, 9, 3), t(3, 3, 3, 5), strides=[1, 2, 2, 1], padding='VALID')",
        "tf.nn.conv2d(t(None, 2, 9, 3), t(3, 3, 3, 5), 1, 'VALID')",
        rows=rows_alike("compat.v1.nn.conv2d"),
    ),
    tf_operation(
        "nn.conv3d",
        "input: x, filters: kernel, strides, padding, data_format='NDHWC', dilations=None",
        convolved(3),
        "tf.nn.conv3d(t(None, 8, 9, 7, 3), t(3, 3, 3, 3, 5), [1, 1, 1, 1, 1], 'VALID')",
        rows=rows_alike("nn.conv3d"),
    ),
    tf_operation(
        "nn.depthwise_conv2d",
        "input: x, filter: kernel, strides, padding, data_format=None, dilations=None",
        convolved(2, depthwise=True),
        "tf.nn.depthwise_conv2d(t(None, 8, 9, 3), t(3, 3, 3, 2), [1, 1, 1, 1], 'SAME')",
        rows=rows_alike("compat.v1.nn.depthwise_conv2d"),
    ),
    tf_operation(
        "nn.conv2d_transpose",
        "input: x, filters: kernel, output_shape, strides, padding='SAME', data_format='NHWC', dilations=None",
        transposed,
        "tf.nn.conv2d_transpose(t(2, 4, 4, 3), t(3, 3, 5, 3), [2, 8, 8, 5], 2)",
        rows=rows_alike("nn.conv2d_transpose"),
    ),
    tf_operation(
        "nn.convolution",
        "input: x, filters: kernel, strides=None, padding='VALID', data_format=None, dilations=None",
        convolved(None),
        "tf.nn.convolution(t(None, 8, 9, 3), t(3, 3, 3, 5), padding='SAME')",
        rows=rows_alike("nn.convolution"),
    ),
    tf_operation(
        "nn.separable_conv2d",
        "input: x, depthwise_filter: kernel, pointwise_filter: pointwise, strides, padding, data_format=None, "
        "dilations=None",
        separable,
        "tf.nn.separable_conv2d(t(None, 8, 9, 3), t(3, 3, 3, 2), t(1, 1, 6, 7), [1, 1, 1, 1], 'SAME')",
        rows=rows_alike("compat.v1.nn.separable_conv2d"),
    ),
    backend_operation(
        "conv2d_transpose",
        "x, kernel, output_shape, strides=(1, 1), padding='valid', data_format=None, dilation_rate=(1, 1)",
        transposed,
        "K.conv2d_transpose(t(2, 4, 4, 3), t(3, 3, 5, 3), (2, 8, 8, 5), strides=(2, 2), padding='same')",
    ),
    *_tf_pools("max"),
    *_tf_pools("avg"),
    *(
        backend_operation(
            f"conv{rank}d", _backend(rank), convolved(rank), case, rows=_backend_conv_rows(stem)
        )
        for rank, stem, case in (
            (1, "compat.v1.nn.conv1d", "K.conv1d(t(None, 8, 3), t(3, 3, 5))"),
            (2, "compat.v1.nn.convolution", "K.conv2d(t(None, 8, 9, 3), t(3, 3, 3, 5), padding='same')"),
            (3, "compat.v1.nn.convolution", "K.conv3d(t(None, 8, 9, 7, 3), t(3, 3, 3, 3, 5))"),
        )
    ),
    backend_operation(
        "depthwise_conv2d",
        _backend(2).replace("kernel,", "depthwise_kernel: kernel,"),
        convolved(2, depthwise=True),
        "K.depthwise_conv2d(t(None, 8, 9, 3), t(3, 3, 3, 2))",
        rows=_backend_conv_rows("compat.v1.nn.depthwise_conv2d"),
    ),
    backend_operation(
        "pool2d",
        "x, pool_size: window, strides=(1, 1), padding='valid', data_format=None, pool_mode='max'",
        pooled,
        "K.pool2d(t(None, 8, 9, 3), (2, 2))",
        "K.pool2d(t(None, 8, 9, 3), (2, 2), strides=(2, 2), padding='same', pool_mode='avg')",
        rows=_backend_pool_rows,
    ),
    Operation(
        "keras.ops.image.extract_patches",
        "images: x, size: window, strides=None, dilation_rate: dilations=1, padding='valid', data_format=None",
        patches,
        keras_operation("ExtractPatches", "x", patches).row_makers,
        (
            "ops.image.extract_patches(t(None, 32, 32, 3), 4)",
            "ops.image.extract_patches(t(None, 32, 30, 3), (4, 5), strides=2, padding='same')",
        ),
    ),
    tf_operation(
        "image.extract_patches",
        "images: x, sizes: window, strides, rates: dilations, padding",
        patches,
        "tf.image.extract_patches(t(None, 32, 32, 3), [1, 4, 4, 1], [1, 4, 4, 1], [1, 1, 1, 1], 'VALID')",
        "tf.image.extract_patches(images=t(None, 32, 30, 3), sizes=[1, 4, 5, 1], strides=[1, 2, 2, 1], "
        "rates=[1, 1, 1, 1], padding='SAME')",
        rows=rows_alike("image.extract_patches"),
    ),
)
