"""Convolutions that treat the channels apart: depthwise and separable ones.

Facts: keras/src/layers/convolutional/base_{depthwise,separable}_conv.py and the modules of the same name in
tf_keras/src/layers/convolutional.
"""

from __future__ import annotations

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, Shape, Unknown, dim_mul
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
    check_identifiers,
    compute_dtype,
    data_format_of,
    input_rank,
    size_argument,
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
    window_lengths,
    with_channels,
)


def _multiplier(
    arguments: Arguments, context: Context, *, strict: bool = True, zero: bool = False
) -> int | Unknown:
    """Channels made of each channel. Keras 2 does not look at it before it makes the kernel."""
    value = arguments["depth_multiplier"]
    if not strict and (context.major == 2 or value is None):
        return UNKNOWN
    return size_argument(arguments, "depth_multiplier", zero=zero, strict=strict)


def _windows(arguments: Arguments, context: Context, rank: int, *, causal: bool) -> Windows:
    windows = Windows(
        size=size_tuple(arguments, "kernel_size", rank),
        strides=size_tuple(arguments, "strides", rank),
        dilation=size_tuple(arguments, "dilation_rate", rank),
        padding=padding_of(arguments, causal=causal),
    )
    if context.major == 2:
        check_strides_against_dilation(windows.strides, windows.dilation)
    return windows


def _check(arguments: Arguments, context: Context, rank: int, *, separable: bool) -> None:
    _windows(arguments, context, rank, causal=_causal(context, rank, separable))
    data_format_of(arguments, context)
    check_identifiers(arguments, context)
    _multiplier(arguments, context, strict=False)
    if separable:
        filters_of(arguments, context, strict=False)


def _causal(context: Context, rank: int, separable: bool) -> bool:
    return rank == 1 and separable and context.major == 2


def _call(arguments: Arguments, inputs: Inputs, context: Context, rank: int, *, separable: bool) -> Outcome:
    spec = sole_input(inputs)
    dtype = compute_dtype(arguments)
    use_bias = truth(arguments["use_bias"])
    multiplier = _multiplier(arguments, context, zero=context.major == 2 and not separable)
    filters = filters_of(arguments, context) if separable else None
    input_rank(spec, exact=rank + 2)
    data_format = data_format_of(arguments, context)
    windows = _windows(arguments, context, rank, causal=_causal(context, rank, separable))
    channels: Dim = UNKNOWN
    output: Shape = UNRANKED
    if spec.shape is not UNRANKED:
        output = (spec.shape[0], *(UNKNOWN,) * (rank + 1))
        if data_format is not None:
            channels = defined_channels(spec.shape, rank, data_format)
    many = dim_mul(channels, multiplier)
    last: Dim = filters if separable else many
    if spec.shape is not UNRANKED and data_format is not None:
        first, lengths = spatial_axes(spec.shape, rank, data_format)
        spatial: Ranked
        if context.traced and shape_is_lost(windows, lengths):
            spatial = (None if None in lengths else UNKNOWN,) * rank
        else:
            spatial = window_lengths(lengths, windows, spec.shape, first)
        output = with_channels(spec.shape, spatial, last, data_format)
    weights = [Weight((*windows.size, channels, multiplier))]
    if separable:
        weights.append(Weight((*(1,) * rank, many, last)))
    if use_bias:
        weights.append(Weight((last,)))
    return Outcome(TensorSpec(output, dtype), None if use_bias is None else tuple(weights))


_TAIL = (
    "activation=None, use_bias=True, depthwise_initializer='glorot_uniform', {pointwise_initializer}"
    "bias_initializer='zeros', depthwise_regularizer=None, {pointwise_regularizer}bias_regularizer=None, "
    "activity_regularizer=None, depthwise_constraint=None, {pointwise_constraint}bias_constraint=None, "
    "**kwargs"
)
_SEPARABLE = _TAIL.format(
    pointwise_initializer="pointwise_initializer='glorot_uniform', ",
    pointwise_regularizer="pointwise_regularizer=None, ",
    pointwise_constraint="pointwise_constraint=None, ",
)
_DEPTHWISE = _TAIL.format(pointwise_initializer="", pointwise_regularizer="", pointwise_constraint="")


def _layer(rank: int, parameters: str, cases: tuple[Case, ...], *, separable: bool) -> LayerSpec:
    return LayerSpec(
        name=f"{'Separable' if separable else 'Depthwise'}Conv{rank}D",
        parameters={3: parameters},
        check=lambda arguments, context: _check(arguments, context, rank, separable=separable),
        call=lambda arguments, inputs, context: _call(arguments, inputs, context, rank, separable=separable),
        cases=cases,
    )


def _separable(rank: int, one: str, cases: tuple[Case, ...]) -> LayerSpec:
    head = f"filters, kernel_size, strides={one}, padding='valid', data_format=None, dilation_rate={one}, "
    return _layer(rank, f"{head}depth_multiplier=1, {_SEPARABLE}", cases, separable=True)


def _depthwise(rank: int, one: str, cases: tuple[Case, ...]) -> LayerSpec:
    head = f"kernel_size, strides={one}, padding='valid', depth_multiplier=1, data_format=None, "
    return _layer(rank, f"{head}dilation_rate={one}, {_DEPTHWISE}", cases, separable=False)


LAYERS = (
    _separable(
        1,
        "1",
        (Case({"filters": 8, "kernel_size": 3}, (None, 9, 4), output=(None, 7, 8), params=52),),
    ),
    _separable(
        2,
        "(1, 1)",
        (
            Case(
                {"filters": 32, "kernel_size": 3}, (None, 28, 28, 16), output=(None, 26, 26, 32), params=688
            ),
            Case(
                {"filters": 8, "kernel_size": 3, "depth_multiplier": 2, "padding": "same", "strides": 2},
                (None, 9, None, 3),
                output=(None, 5, None, 8),
                params=110,
            ),
            Case({"filters": 8, "kernel_size": 3}, (None, 9, 9), raises=FaultKind.RANK),
            Case({"filters": 8, "kernel_size": 3}, (None, 2, 9, 3), raises=FaultKind.EMPTY_OUTPUT),
            Case({"filters": 0, "kernel_size": 3}, (None, 9, 9, 3), raises=FaultKind.ARGUMENT),
        ),
    ),
    _depthwise(
        1,
        "1",
        (Case({"kernel_size": 3}, (None, 9, 4), output=(None, 7, 4), params=16),),
    ),
    _depthwise(
        2,
        "(1, 1)",
        (
            Case({"kernel_size": 3}, (None, 28, 28, 16), output=(None, 26, 26, 16), params=160),
            Case(
                {"kernel_size": 3, "depth_multiplier": 2}, (None, 9, 9, 3), output=(None, 7, 7, 6), params=60
            ),
            Case({"kernel_size": 3}, (None, 9, 3), raises=FaultKind.RANK),
            Case(
                {"kernel_size": 3, "depth_multiplier": 0},
                (None, 9, 9, 3),
                raises=FaultKind.ARGUMENT,
                majors=(3,),
            ),
        ),
    ),
)
