"""Convolutions.

Facts: keras/src/layers/convolutional, tf_keras/src/layers/convolutional. Keras 2 takes further leading axes
of the input of ``Conv`` as batch axes, Keras 3 refuses them.
"""

from __future__ import annotations

from dataclasses import replace

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, Shape, Unknown
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    Weight,
    bad_argument,
    check_identifiers,
    compute_dtype,
    data_format_of,
    input_rank,
    plain,
    refuse,
    sole_input,
    truth,
)
from kerascope.layers.windows import (
    Windows,
    check_strides_against_dilation,
    defined_channels,
    filters_of,
    padding_of,
    shape_is_lost,
    size_tuple,
    spatial_axes,
    transposed_length,
    window_lengths,
    with_channels,
)


def _groups(arguments: Arguments, context: Context, *, strict: bool = True) -> int | Unknown:
    value = arguments.get("groups", 1)
    if context.major == 2 and plain(value) and not value:
        return 1
    if isinstance(value, int):
        if value <= 0 and context.major == 3:
            raise bad_argument("groups", value, "must be a positive integer")
        return value
    if plain(value) and (strict or not isinstance(value, float)):
        raise bad_argument("groups", value, "must be an integer")
    return UNKNOWN


def _windows(arguments: Arguments, rank: int) -> Windows:
    windows = Windows(
        size=size_tuple(arguments, "kernel_size", rank),
        strides=size_tuple(arguments, "strides", rank),
        dilation=size_tuple(arguments, "dilation_rate", rank),
        padding=padding_of(arguments, causal=rank == 1),
    )
    check_strides_against_dilation(windows.strides, windows.dilation)
    return windows


def _check_conv(arguments: Arguments, context: Context, rank: int) -> None:
    _windows(arguments, rank)
    data_format_of(arguments, context)
    check_identifiers(arguments, context)
    filters, groups = filters_of(arguments, context, strict=False), _groups(arguments, context, strict=False)
    if isinstance(filters, int) and isinstance(groups, int) and filters % groups:
        raise bad_argument("groups", groups, f"must divide the number of filters, {filters}")


def _unknown_layout(shape: Shape, dtype: str, use_bias: bool | None, kernel_rank: int) -> Outcome:
    """The outcome of a convolution where the rank or the data format is not known."""
    kernel = Weight((UNKNOWN,) * kernel_rank)
    bias = Weight((UNKNOWN,))
    output: Shape = UNRANKED if shape is UNRANKED else (shape[0], *(UNKNOWN for _ in shape[1:]))
    weights = None if use_bias is None else (kernel, bias) if use_bias else (kernel,)
    return Outcome(TensorSpec(output, dtype), weights)


def _conv(arguments: Arguments, inputs: Inputs, context: Context, rank: int) -> Outcome:
    spec = sole_input(inputs)
    dtype = compute_dtype(arguments)
    use_bias = truth(arguments["use_bias"])
    filters, groups = filters_of(arguments, context), _groups(arguments, context)
    ndim = input_rank(spec, least=rank + 2)
    data_format = data_format_of(arguments, context)
    if ndim is not None and ndim > rank + 2 and context.major == 3:
        raise refuse(
            FaultKind.RANK,
            f"expected ndim={rank + 2}, found ndim={ndim}",
            expected=rank + 2,
            received=ndim,
            shape=spec.shape,
        )
    if spec.shape is UNRANKED or data_format is None:
        return _unknown_layout(spec.shape, dtype, use_bias, rank + 2)
    channels = defined_channels(spec.shape, rank, data_format)
    if isinstance(groups, int) and groups < 0:
        raise bad_argument("groups", groups, "must be a positive integer")
    if isinstance(channels, int) and isinstance(groups, int) and channels % groups:
        raise refuse(
            FaultKind.DIM,
            f"the number of input channels, {channels}, cannot be divided into {groups} groups",
            axis=-1 if data_format == "channels_last" else -1 - rank,
            expected=f"a multiple of {groups}",
            received=channels,
            shape=spec.shape,
        )
    windows = _windows(arguments, rank)
    first, lengths = spatial_axes(spec.shape, rank, data_format)
    spatial: Ranked
    if context.on_data and context.major == 3 and shape_is_lost(windows, lengths):
        spatial = (None if None in lengths and UNKNOWN not in windows.dilation else UNKNOWN,) * rank
    elif first > 2 and data_format == "channels_first" and any(stride != 1 for stride in windows.strides):
        # With further batch axes TensorFlow and Keras 2 count the strides differently and often disagree.
        spatial = (UNKNOWN,) * rank
    else:
        lax = context.major == 2 and shape_is_lost(windows, lengths)
        spatial = window_lengths(lengths, windows, spec.shape, first, lax=lax)
    per_group: Dim = UNKNOWN
    if isinstance(channels, int) and isinstance(groups, int):
        per_group = channels // groups
    kernel = Weight((*windows.size, per_group, filters))
    weights = None if use_bias is None else (kernel, Weight((filters,))) if use_bias else (kernel,)
    return Outcome(TensorSpec(with_channels(spec.shape, spatial, filters, data_format), dtype), weights)


def _output_padding(arguments: Arguments, windows: Windows, rank: int) -> tuple[int | Unknown | None, ...]:
    if arguments["output_padding"] is None:
        return (None,) * rank
    sizes = size_tuple(arguments, "output_padding", rank, zero=True)
    for size, stride in zip(sizes, windows.strides, strict=True):
        if isinstance(size, int) and isinstance(stride, int) and size >= stride:
            raise bad_argument(
                "output_padding", arguments["output_padding"], f"must be less than strides={windows.strides}"
            )
    return sizes


def _transpose_windows(arguments: Arguments, rank: int) -> Windows:
    windows = Windows(
        size=size_tuple(arguments, "kernel_size", rank),
        strides=size_tuple(arguments, "strides", rank),
        dilation=size_tuple(arguments, "dilation_rate", rank),
        padding=padding_of(arguments),
    )
    check_strides_against_dilation(windows.strides, windows.dilation)
    return windows


def _keras_2_dilation(windows: Windows) -> Windows:
    """Keras 2 wants one dilation for both axes of an image and overlooks that of a volume."""
    if len(windows.dilation) == 3:
        return replace(windows, dilation=(1, 1, 1))
    known = {item for item in windows.dilation if isinstance(item, int)}
    if len(known) > 1:
        raise bad_argument("dilation_rate", windows.dilation, "must be the same for both axes")
    return windows


def _check_conv_transpose(arguments: Arguments, context: Context, rank: int) -> None:
    windows = _transpose_windows(arguments, rank)
    _output_padding(arguments, windows, rank)
    data_format_of(arguments, context)
    check_identifiers(arguments, context)
    filters_of(arguments, context, strict=False)


def _conv_transpose(arguments: Arguments, inputs: Inputs, context: Context, rank: int) -> Outcome:
    spec = sole_input(inputs)
    dtype = compute_dtype(arguments)
    use_bias = truth(arguments["use_bias"])
    filters = filters_of(arguments, context)
    input_rank(spec, exact=rank + 2)
    data_format = data_format_of(arguments, context)
    windows = _transpose_windows(arguments, rank)
    if context.major == 2:
        windows = _keras_2_dilation(windows)
    if spec.shape is UNRANKED or data_format is None:
        return _unknown_layout(spec.shape, dtype, use_bias, rank + 2)
    channels = defined_channels(spec.shape, rank, data_format)
    output_padding = _output_padding(arguments, windows, rank)
    _, lengths = spatial_axes(spec.shape, rank, data_format)
    spatial = tuple(
        transposed_length(
            length,
            windows.size[i],
            windows.strides[i],
            windows.dilation[i],
            windows.padding,
            output_padding[i],
        )
        for i, length in enumerate(lengths)
    )
    kernel = Weight((*windows.size, filters, channels))
    weights = None if use_bias is None else (kernel, Weight((filters,))) if use_bias else (kernel,)
    return Outcome(TensorSpec(with_channels(spec.shape, spatial, filters, data_format), dtype), weights)


_COMMON = (
    "activation=None, use_bias=True, kernel_initializer='glorot_uniform', bias_initializer='zeros', "
    "kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, "
    "bias_constraint=None, **kwargs"
)


def _conv_parameters(rank: int) -> dict[int, str]:
    one = "1" if rank == 1 else str((1,) * rank)

    def text(data_format: str) -> str:
        return (
            f"filters, kernel_size, strides={one}, padding='valid', data_format={data_format}, "
            f"dilation_rate={one}, groups=1, {_COMMON}"
        )

    return {3: text("None"), 2: text("'channels_last'" if rank == 1 else "None")}


def _transpose_parameters(rank: int) -> dict[int, str]:
    one = "1" if rank == 1 else str((1,) * rank)

    def text(middle: str) -> str:
        return (
            f"filters, kernel_size, strides={one}, padding='valid', {middle}, dilation_rate={one}, {_COMMON}"
        )

    usual = "output_padding=None, data_format=None"
    return {3: text("data_format=None, output_padding=None" if rank == 3 else usual), 2: text(usual)}


def _conv_layer(rank: int, cases: tuple[Case, ...]) -> LayerSpec:
    return LayerSpec(
        name=f"Conv{rank}D",
        parameters=_conv_parameters(rank),
        check=lambda arguments, context: _check_conv(arguments, context, rank),
        call=lambda arguments, inputs, context: _conv(arguments, inputs, context, rank),
        cases=cases,
    )


def _transpose_layer(rank: int, cases: tuple[Case, ...]) -> LayerSpec:
    return LayerSpec(
        name=f"Conv{rank}DTranspose",
        parameters=_transpose_parameters(rank),
        check=lambda arguments, context: _check_conv_transpose(arguments, context, rank),
        call=lambda arguments, inputs, context: _conv_transpose(arguments, inputs, context, rank),
        cases=cases,
    )


LAYERS = (
    _conv_layer(
        1,
        (
            Case({"filters": 32, "kernel_size": 3}, (None, 100, 8), output=(None, 98, 32), params=800),
            Case(
                {"filters": 32, "kernel_size": 3, "padding": "causal", "dilation_rate": 4},
                (None, 100, 8),
                output=(None, 100, 32),
                params=800,
            ),
            Case({"filters": 32, "kernel_size": 3}, (None, 8), raises=FaultKind.RANK),
            Case({"filters": 32, "kernel_size": 5}, (None, 4, 8), raises=FaultKind.EMPTY_OUTPUT),
        ),
    ),
    _conv_layer(
        2,
        (
            Case(
                {"filters": 32, "kernel_size": (3, 3)},
                (None, 28, 28, 1),
                output=(None, 26, 26, 32),
                params=320,
            ),
            Case(
                {"filters": 8, "kernel_size": 3, "strides": 2, "padding": "SAME", "use_bias": False},
                (None, 29, None, 3),
                output=(None, 15, None, 8),
                params=216,
            ),
            Case(
                {"filters": 8, "kernel_size": 3, "groups": 2},
                (None, 9, 9, 4),
                output=(None, 7, 7, 8),
                params=152,
            ),
            Case({"filters": 32, "kernel_size": 3}, (None, 28, 28), raises=FaultKind.RANK),
            Case(
                {"filters": 8, "kernel_size": 3}, [(None, 9, 9, 1), (None, 9, 9, 1)], raises=FaultKind.ARITY
            ),
            Case({"filters": 32, "kernel_size": 3}, (None, 2, 9, 9, 3), raises=FaultKind.RANK, majors=(3,)),
            Case(
                {"filters": 8, "kernel_size": 3}, (None, 2, 9, 9, 3), output=(None, 2, 7, 7, 8), majors=(2,)
            ),
            Case({"filters": 32, "kernel_size": 3}, (None, 28, 28, None), raises=FaultKind.DIM),
            Case({"filters": 8, "kernel_size": 3, "groups": 2}, (None, 9, 9, 3), raises=FaultKind.DIM),
            Case({"filters": 32, "kernel_size": 3}, (None, 2, 28, 1), raises=FaultKind.EMPTY_OUTPUT),
            Case({"filters": 0, "kernel_size": 3}, (None, 28, 28, 1), raises=FaultKind.ARGUMENT),
            Case({"filters": 8, "kernel_size": (3, 3, 3)}, (None, 28, 28, 1), raises=FaultKind.ARGUMENT),
            Case(
                {"filters": 8, "kernel_size": 3, "padding": "full"},
                (None, 9, 9, 1),
                raises=FaultKind.ARGUMENT,
            ),
            Case(
                {"filters": 8, "kernel_size": 3, "strides": 2, "dilation_rate": 2},
                (None, 28, 28, 1),
                raises=FaultKind.ARGUMENT,
            ),
        ),
    ),
    _conv_layer(
        3,
        (
            Case({"filters": 4, "kernel_size": 3}, (None, 9, 9, 9, 2), output=(None, 7, 7, 7, 4), params=220),
            Case({"filters": 4, "kernel_size": 3}, (None, 9, 9, 2), raises=FaultKind.RANK),
        ),
    ),
    _transpose_layer(
        1,
        (
            Case(
                {"filters": 4, "kernel_size": 3, "strides": 2}, (None, 9, 2), output=(None, 19, 4), params=28
            ),
        ),
    ),
    _transpose_layer(
        2,
        (
            Case(
                {"filters": 64, "kernel_size": 4, "strides": 2, "padding": "same"},
                (None, 7, 7, 128),
                output=(None, 14, 14, 64),
                params=131136,
            ),
            Case(
                {"filters": 3, "kernel_size": 3, "strides": 2, "output_padding": 1},
                (None, 7, None, 4),
                output=(None, 16, None, 3),
                params=111,
            ),
            Case({"filters": 3, "kernel_size": 3}, (None, 7, 4), raises=FaultKind.RANK),
            Case({"filters": 3, "kernel_size": 3}, (None, 7, 7, 7, 4), raises=FaultKind.RANK),
            Case(
                {"filters": 3, "kernel_size": 3, "strides": 2, "output_padding": 2},
                (None, 7, 7, 4),
                raises=FaultKind.ARGUMENT,
            ),
        ),
    ),
    _transpose_layer(
        3,
        (
            Case(
                {"filters": 3, "kernel_size": 2, "strides": 2},
                (None, 3, 4, 5, 2),
                output=(None, 6, 8, 10, 3),
                params=51,
            ),
        ),
    ),
)
