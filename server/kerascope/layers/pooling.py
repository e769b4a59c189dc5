"""Pooling.

Facts: keras/src/layers/pooling, tf_keras/src/layers/pooling.
"""

from __future__ import annotations

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    bad_argument,
    compute_dtype,
    data_format_of,
    input_rank,
    sole_input,
    truth,
)
from kerascope.layers.masking import TAKES, UNMASKED
from kerascope.layers.windows import (
    Sizes,
    Windows,
    channels_of,
    padding_of,
    read_sizes,
    size_tuple,
    spatial_axes,
    window_lengths,
    with_channels,
)


def _sizes(arguments: Arguments, rank: int) -> tuple[Sizes, Sizes]:
    """Window and strides; the strides are the window's size where none are given."""
    size = size_tuple(arguments, "pool_size", rank)
    if arguments["strides"] is None:
        return size, size
    return size, read_sizes(arguments["strides"], "strides", rank, zero=True)


def _check_pooling(arguments: Arguments, context: Context, rank: int) -> None:
    _sizes(arguments, rank)
    if context.major == 2:
        # The constructor knows three paddings, the operation that is called later two.
        padding_of(arguments, causal=True)
    data_format_of(arguments, context)


def _pooling(arguments: Arguments, inputs: Inputs, context: Context, rank: int) -> Outcome:
    spec = sole_input(inputs)
    input_rank(spec, exact=rank + 2)
    size, strides = _sizes(arguments, rank)
    windows = Windows(size, strides, (1,) * rank, padding_of(arguments, lower_case=context.major == 2))
    if 0 in strides:
        raise bad_argument("strides", arguments["strides"], "must be positive")
    data_format = data_format_of(arguments, context)
    if spec.shape is UNRANKED:
        return Outcome(TensorSpec((UNKNOWN,) * (rank + 2), compute_dtype(arguments)))
    if data_format is None:
        return Outcome(TensorSpec((spec.shape[0], *(UNKNOWN,) * (rank + 1)), compute_dtype(arguments)))
    first, lengths = spatial_axes(spec.shape, rank, data_format)
    spatial = window_lengths(lengths, windows, spec.shape, first)
    output = with_channels(spec.shape, spatial, channels_of(spec.shape, rank, data_format), data_format)
    return Outcome(TensorSpec(output, compute_dtype(arguments)))


def _check_global(arguments: Arguments, context: Context) -> None:
    data_format_of(arguments, context)


def _global(arguments: Arguments, inputs: Inputs, context: Context, rank: int) -> Outcome:
    spec = sole_input(inputs)
    input_rank(spec, exact=rank + 2)
    data_format = data_format_of(arguments, context)
    keepdims = truth(arguments.get("keepdims", False))
    dtype = compute_dtype(arguments)
    if keepdims is None:
        return Outcome(TensorSpec(UNRANKED, dtype))
    output: Shape
    if spec.shape is UNRANKED or data_format is None:
        batch = UNKNOWN if spec.shape is UNRANKED else spec.shape[0]
        output = (batch, *(UNKNOWN,) * (rank + 1 if keepdims else 1))
        return Outcome(TensorSpec(output, dtype))
    channels = channels_of(spec.shape, rank, data_format)
    if keepdims:
        output = with_channels(spec.shape, (1,) * rank, channels, data_format)
    else:
        output = (spec.shape[0], channels)
    return Outcome(TensorSpec(output, dtype))


def _pooling_layer(kind: str, rank: int, cases: tuple[Case, ...]) -> LayerSpec:
    two = "2" if rank == 1 else str((2,) * rank)
    size = "pool_size" if kind == "Average" else f"pool_size={two}"
    data_format = "'channels_last'" if rank == 1 else "None"
    return LayerSpec(
        name=f"{kind}Pooling{rank}D",
        parameters={
            3: f"{size}, strides=None, padding='valid', data_format=None, name=None, **kwargs",
            2: f"pool_size={two}, strides=None, padding='valid', data_format={data_format}, **kwargs",
        },
        check=lambda arguments, context: _check_pooling(arguments, context, rank),
        call=lambda arguments, inputs, context: _pooling(arguments, inputs, context, rank),
        cases=cases,
    )


def _global_layer(kind: str, rank: int, cases: tuple[Case, ...]) -> LayerSpec:
    usual = "data_format=None, keepdims=False, **kwargs"
    keras_2 = usual.replace("None", "'channels_last'") if rank == 1 else usual
    if kind == "Average" and rank == 1:
        keras_2 = "data_format='channels_last', *, keepdims=False, **kwargs"
    return LayerSpec(
        name=f"Global{kind}Pooling{rank}D",
        masking=TAKES if (kind, rank) == ("Average", 1) else UNMASKED,
        parameters={3: usual, 2: keras_2},
        check=_check_global,
        call=lambda arguments, inputs, context: _global(arguments, inputs, context, rank),
        cases=cases,
    )


_CASES = {
    1: (
        Case({"pool_size": 2}, (None, 9, 3), output=(None, 4, 3), params=0),
        Case({"pool_size": 2, "strides": 1, "padding": "same"}, (None, 9, 3), output=(None, 9, 3), params=0),
        Case({"pool_size": 2}, (None, 1, 3), raises=FaultKind.EMPTY_OUTPUT),
        Case({"pool_size": 2}, (None, 9), raises=FaultKind.RANK),
        Case({"pool_size": 2, "data_format": "channels_first"}, (None, 3, 9), output=(None, 3, 4), params=0),
    ),
    2: (
        Case({"pool_size": (2, 2)}, (None, 26, 26, 32), output=(None, 13, 13, 32), params=0),
        Case({"pool_size": 3, "strides": 2}, (None, 26, None, 32), output=(None, 12, None, 32), params=0),
        Case({"pool_size": 2, "padding": "same"}, (None, 1, 5, 3), output=(None, 1, 3, 3), params=0),
        Case({"pool_size": 2}, (None, 1, 5, 3), raises=FaultKind.EMPTY_OUTPUT),
        Case({"pool_size": 2}, (None, 28, 28), raises=FaultKind.RANK),
        Case({"pool_size": 0}, (None, 28, 28, 1), raises=FaultKind.ARGUMENT),
        Case({"pool_size": (2, 2, 2)}, (None, 28, 28, 1), raises=FaultKind.ARGUMENT),
        Case({"pool_size": 2, "padding": "full"}, (None, 28, 28, 1), raises=FaultKind.ARGUMENT),
    ),
    3: (
        Case({"pool_size": 2}, (None, 4, 5, 6, 3), output=(None, 2, 2, 3, 3), params=0),
        Case({"pool_size": 2}, (None, 4, 5, 6), raises=FaultKind.RANK),
    ),
}

_GLOBAL_CASES = {
    1: (
        Case({}, (None, 9, 3), output=(None, 3), params=0),
        Case({}, (None, 3), raises=FaultKind.RANK),
        Case({"data_format": "channels_first"}, (None, 3, 9), output=(None, 3), params=0),
    ),
    2: (
        Case({}, (None, 7, 7, 512), output=(None, 512), params=0),
        Case({"keepdims": True}, (None, 7, None, 512), output=(None, 1, 1, 512), params=0),
        Case({"data_format": "channels_first"}, (None, 3, 7, 8), output=(None, 3), params=0),
        Case({}, (None, 7, 512), raises=FaultKind.RANK),
        Case({"data_format": "last"}, (None, 7, 7, 512), raises=FaultKind.ARGUMENT),
    ),
    3: (
        Case({}, (None, 4, 5, 6, 3), output=(None, 3), params=0),
        Case({}, (None, 4, 5, 6), raises=FaultKind.RANK),
    ),
}

LAYERS = tuple(
    [_pooling_layer(kind, rank, _CASES[rank]) for kind in ("Max", "Average") for rank in (1, 2, 3)]
    + [_global_layer(kind, rank, _GLOBAL_CASES[rank]) for kind in ("Max", "Average") for rank in (1, 2, 3)]
)
