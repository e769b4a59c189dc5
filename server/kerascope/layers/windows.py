"""Arithmetic of sliding windows: what convolution and pooling do to the length of an axis.

Facts: keras/src/ops/operation_utils.py (``compute_conv_output_shape``, ``compute_pooling_output_shape``),
keras/src/backend/common/backend_utils.py (``compute_conv_transpose_output_shape``),
tf_keras/src/utils/conv_utils.py and the shape functions of TensorFlow's own operations, which Keras 2 meets
when it traces a call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from kerascope.domain.shapes import UNKNOWN, Dim, Ranked, Unknown
from kerascope.layers.base import Arguments, Context, FaultKind, bad_argument, plain, refuse, size_argument

Sizes: TypeAlias = tuple[int | Unknown, ...]


@dataclass(frozen=True, slots=True)
class Windows:
    """A window per spatial axis."""

    size: Sizes
    strides: Sizes
    dilation: Sizes
    padding: str | None
    """``valid``, ``same``, ``causal``, or ``None`` where not known."""


def size_tuple(arguments: Arguments, name: str, n: int, *, zero: bool = False) -> Sizes:
    """An ``int`` or ``n`` of them, as Keras 3's ``standardize_tuple`` and 2's ``normalize_tuple`` read it."""
    return read_sizes(arguments[name], name, n, zero=zero)


def read_sizes(value: Any, name: str, n: int, *, zero: bool = False) -> Sizes:
    """The same for a bare value."""
    if type(value) is int and value > 0:
        return (value,) * n
    if isinstance(value, int):
        value = (value,) * n
    if not isinstance(value, tuple):
        if plain(value):
            raise bad_argument(name, value, f"must be an integer or a tuple of {n} integers")
        return (UNKNOWN,) * n
    if len(value) != n:
        raise bad_argument(name, value, f"must be an integer or a tuple of {n} integers")
    for item in value:
        if item is None or isinstance(item, str | tuple):
            raise bad_argument(name, value, f"must be an integer or a tuple of {n} integers")
        if isinstance(item, int | float) and (item < 0 if zero else item <= 0):
            raise bad_argument(name, value, "must not be negative" if zero else "must be positive")
    return tuple(item if isinstance(item, int) else UNKNOWN for item in value)


def padding_of(arguments: Arguments, *, causal: bool = False, lower_case: bool = True) -> str | None:
    """The padding in lower case, held against what the layer knows; ``None`` where not known.

    ``lower_case`` says that the layer lowers the case of its argument, which Keras 3's pooling does not.
    """
    value = arguments["padding"]
    if isinstance(value, str):
        allowed = ("valid", "same", "causal") if causal else ("valid", "same")
        if (value.lower() if lower_case else value) not in allowed:
            raise bad_argument("padding", value, f"must be one of {', '.join(allowed)}")
        return value.lower()
    if value is None or isinstance(value, bool | int | float):
        raise bad_argument("padding", value, "must be a string")
    return None


def check_strides_against_dilation(strides: Sizes, dilation: Sizes) -> None:
    """No convolution has both strides and a dilation (keras/src/layers/convolutional/base_conv.py)."""
    if any(is_above_one(item) for item in strides) and any(is_above_one(item) for item in dilation):
        raise bad_argument("dilation_rate", dilation, f"does not go together with strides={strides}")


def is_above_one(value: int | Unknown) -> bool:
    """Whether ``value`` is certainly greater than 1."""
    return isinstance(value, int) and value > 1


def window_lengths(
    lengths: Sequence[Dim], windows: Windows, shape: Ranked, first_axis: int, *, lax: bool = False
) -> Ranked:
    """Number of windows per axis; an axis that no window fits into is refused.

    ``lax`` stands for Keras 2 without TensorFlow's help: it lets an axis pass that is one stride too short.
    """
    result: list[Dim] = []
    for index, length in enumerate(lengths):
        result.append(
            window_length(
                length,
                windows.size[index],
                windows.strides[index],
                windows.dilation[index],
                windows.padding,
                shape=shape,
                axis=first_axis + index,
                lax=lax,
            )
        )
    return tuple(result)


def window_length(
    length: Dim,
    size: int | Unknown,
    stride: int | Unknown,
    dilation: int | Unknown,
    padding: str | None,
    *,
    shape: Ranked,
    axis: int,
    lax: bool,
) -> Dim:
    """Number of windows along one axis.

    Keras 3 refuses an output below 1 in ``compute_conv_output_shape``, Keras 2 when TensorFlow subtracts the
    window from the axis; both come to the same: the window must fit.
    """
    if length is None:
        return None
    if length is UNKNOWN or padding is None:
        return UNKNOWN
    if padding in ("same", "causal"):
        return UNKNOWN if stride is UNKNOWN else -(-length // stride)
    if size is UNKNOWN or (dilation is UNKNOWN and size != 1):
        return UNKNOWN
    extent = size if dilation is UNKNOWN else (size - 1) * dilation + 1
    if lax and extent > length:
        if stride is UNKNOWN:
            return UNKNOWN
        if (length - extent) // stride + 1 == 0:
            return 0
    if extent > length:
        raise refuse(
            FaultKind.EMPTY_OUTPUT,
            f"a window of {extent} does not fit into axis {axis} of length {length}",
            axis=axis,
            shape=shape,
            window=extent,
        )
    return UNKNOWN if stride is UNKNOWN else (length - extent) // stride + 1


def transposed_length(
    length: Dim,
    size: int | Unknown,
    stride: int | Unknown,
    dilation: int | Unknown,
    padding: str | None,
    output_padding: int | Unknown | None,
) -> Dim:
    """Length of an axis after a transposed convolution."""
    if length is None:
        return None
    if length is UNKNOWN or stride is UNKNOWN or padding is None or output_padding is UNKNOWN:
        return UNKNOWN
    if padding == "same" and output_padding is None:
        return length * stride
    if size is UNKNOWN or (dilation is UNKNOWN and size != 1):
        return UNKNOWN
    extent = size if dilation is UNKNOWN else (size - 1) * dilation + 1
    if padding == "valid" and output_padding is None:
        return length * stride + max(extent - stride, 0)
    kept = extent if padding == "valid" else extent % 2
    return (length - 1) * stride + kept + (output_padding or 0)


def spatial_axes(shape: Ranked, rank: int, data_format: str) -> tuple[int, Ranked]:
    """First spatial axis and the lengths of all ``rank`` of them, counted from the end of ``shape``."""
    first = len(shape) - rank - (1 if data_format == "channels_last" else 0)
    return first, shape[first : first + rank]


def with_channels(shape: Ranked, spatial: Ranked, channels: Dim, data_format: str) -> Ranked:
    """``shape`` with new spatial lengths and a new number of channels."""
    leading = shape[: len(shape) - len(spatial) - 1]
    return (
        (*leading, *spatial, channels) if data_format == "channels_last" else (*leading, channels, *spatial)
    )


def channels_of(shape: Ranked, rank: int, data_format: str) -> Dim:
    """Number of channels of a batch of ``rank``-dimensional signals."""
    return shape[-1] if data_format == "channels_last" else shape[-1 - rank]


def defined_channels(shape: Ranked, rank: int, data_format: str) -> Dim:
    """The same, refusing ``None``: no kernel can be made for it (``Conv.build`` of both major versions)."""
    channels = channels_of(shape, rank, data_format)
    if channels is None:
        axis = -1 if data_format == "channels_last" else -1 - rank
        raise refuse(
            FaultKind.DIM,
            f"the channel axis {axis} of the input must have a fixed length, the input has shape {shape}",
            axis=axis,
            expected="a number",
            received=None,
            shape=shape,
        )
    return channels


def shape_is_lost(windows: Windows, lengths: Ranked) -> bool:
    """Whether TensorFlow cannot tell the lengths that a dilated convolution gives.

    Where an axis of the input has no fixed length it pads at run time, so that nothing is learnt from it.
    """
    return not all(isinstance(length, int) for length in lengths) and any(d != 1 for d in windows.dilation)


def filters_of(arguments: Arguments, context: Context, *, strict: bool = True) -> int | Unknown:
    """Number of output channels.

    Keras 2 cuts a ``float`` to an ``int``; Keras 3 fails when it makes the kernel, as both do for ``None``:
    ``strict`` asks about that moment, otherwise about the constructor.
    """
    value = arguments["filters"]
    if context.major == 2 and isinstance(value, float) and int(value) > 0:
        return int(value)
    if value is None and not strict:
        return UNKNOWN
    return size_argument(arguments, "filters", strict=strict)
