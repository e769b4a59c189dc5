"""Convolutions without shared weights, which Keras 2 has: ``LocallyConnected1D`` and ``LocallyConnected2D``.

Facts: tf_keras/src/layers/locally_connected.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, product
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    Refusal,
    Weight,
    bad_argument,
    check_identifiers,
    compute_dtype,
    data_format_of,
    input_rank,
    int_of,
    plain,
    refuse,
    sole_input,
    truth,
)
from kerascope.layers.windows import Windows, padding_of, read_sizes, size_tuple, window_lengths


def _windows(arguments: Arguments, rank: int) -> Windows:
    padding = padding_of(arguments)
    if padding == "same" and arguments["implementation"] == 1:
        raise bad_argument("padding", arguments["padding"], 'must be "valid" where `implementation` is 1')
    strides = read_sizes(arguments["strides"], "strides", rank, zero=True)
    return Windows(size_tuple(arguments, "kernel_size", rank), strides, (1,) * rank, padding)


def _check(arguments: Arguments, context: Context, rank: int) -> None:
    # The constructor knows "causal" as well, but it takes only "valid" with the usual implementation.
    if arguments["padding"] != "causal" or arguments["implementation"] == 1:
        _windows(arguments, rank)
    data_format_of(arguments, context)
    check_identifiers(arguments, context)


def _no_length(axis: int, shape: Ranked) -> Refusal:
    return refuse(
        FaultKind.DIM,
        f"axis {axis} of the input must have a fixed length, the input has shape {shape}",
        axis=axis,
        expected="a number",
        received=None,
        shape=shape,
    )


def _call(arguments: Arguments, inputs: Inputs, context: Context, rank: int) -> Outcome:
    spec = sole_input(inputs)
    dtype = compute_dtype(arguments)
    input_rank(spec, exact=rank + 2)
    data_format, use_bias = data_format_of(arguments, context), truth(arguments["use_bias"])
    if spec.shape is UNRANKED or data_format is None or use_bias is None:
        batch = UNKNOWN if spec.shape is UNRANKED else spec.shape[0]
        return Outcome(TensorSpec((batch, *(UNKNOWN,) * (rank + 1)), dtype), None)
    first, channel_axis = (1, rank + 1) if data_format == "channels_last" else (2, 1)
    for axis in (*range(first, first + rank), channel_axis):
        if spec.shape[axis] is None:
            raise _no_length(axis, spec.shape)
    windows, filters = _windows(arguments, rank), _filters(arguments)
    if 0 in windows.strides:
        raise bad_argument("strides", arguments["strides"], "must be positive")
    lengths, channels = spec.shape[first : first + rank], spec.shape[channel_axis]
    spatial = window_lengths(lengths, windows, spec.shape, first)
    kernel = _kernel(arguments, lengths, spatial, windows, channels, filters, data_format)
    weights: tuple[Weight, ...] | None = None if kernel is None else (kernel,)
    if kernel is not None and use_bias:
        weights = (kernel, Weight((*spatial, filters)))
    image = (*spatial, filters) if data_format == "channels_last" else (filters, *spatial)
    # Without a filter nothing is left that the number of samples could be told from.
    batch = UNKNOWN if filters is UNKNOWN else spec.shape[0]
    return Outcome(TensorSpec((batch, *image), dtype), weights)


def _filters(arguments: Arguments) -> Dim:
    value = arguments["filters"]
    if plain(value) and (not isinstance(value, int) or value < 0):
        raise bad_argument("filters", value, "must be a positive integer")
    # Whether none at all are refused hangs on the data format.
    return value if isinstance(value, int) and value else UNKNOWN


def _kernel(
    arguments: Arguments,
    lengths: Ranked,
    spatial: Ranked,
    windows: Windows,
    channels: Dim,
    filters: Dim,
    data_format: str,
) -> Weight | None:
    """The three implementations keep the kernel by windows, by pairs of places, or as what is not zero of these."""
    mode: Any = arguments["implementation"]
    if plain(mode) and mode not in (1, 2, 3):
        raise bad_argument("implementation", mode, "must be 1, 2 or 3")
    if int_of(mode) == 1:
        return Weight((product(spatial), product((*windows.size, channels)), filters))
    if int_of(mode) == 2:
        if data_format == "channels_first":
            return Weight((channels, *lengths, filters, *spatial))
        return Weight((*lengths, channels, *spatial, filters))
    if int_of(mode) == 3:
        return Weight((product((_pairs(lengths, spatial, windows), channels, filters)),))
    return None


_MOST_PLACES = 100_000
"""An axis longer than any picture's or recording's; nobody could make that kernel."""


def _pairs(lengths: Sequence[Dim], spatial: Sequence[Dim], windows: Windows) -> Dim:
    """How many pairs there are of a place in the output and one in the input that lies in its window."""
    if windows.padding is None:
        return UNKNOWN
    total = 1
    for length, outputs, size, stride in zip(lengths, spatial, windows.size, windows.strides, strict=True):
        if not (isinstance(length, int) and isinstance(outputs, int)):
            return UNKNOWN
        if not (isinstance(size, int) and isinstance(stride, int)):
            return UNKNOWN
        shift = size // 2 if windows.padding == "same" else 0
        inside = 0
        for output in range(min(outputs, _MOST_PLACES)):
            start = output * stride - shift
            inside += max(0, min(start + size, length) - max(start, 0))
        total *= inside
    return total


def _parameters(rank: int) -> dict[int, str | None]:
    one = "1" if rank == 1 else str((1,) * rank)
    return {
        3: None,
        2: f"filters, kernel_size, strides={one}, padding='valid', data_format=None, activation=None, "
        "use_bias=True, kernel_initializer='glorot_uniform', bias_initializer='zeros', "
        "kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, "
        "bias_constraint=None, implementation=1, **kwargs",
    }


def _layer(rank: int, cases: tuple[Case, ...]) -> LayerSpec:
    return LayerSpec(
        name=f"LocallyConnected{rank}D",
        parameters=_parameters(rank),
        check=lambda arguments, context: _check(arguments, context, rank),
        call=lambda arguments, inputs, context: _call(arguments, inputs, context, rank),
        cases=cases,
    )


LAYERS = (
    _layer(
        1,
        (
            Case(
                {"filters": 4, "kernel_size": 3}, (None, 8, 6), output=(None, 6, 4), params=456, majors=(2,)
            ),
            Case({"filters": 4, "kernel_size": 3}, (None, None, 6), raises=FaultKind.DIM, majors=(2,)),
            Case({"filters": 4, "kernel_size": 9}, (None, 8, 6), raises=FaultKind.EMPTY_OUTPUT, majors=(2,)),
        ),
    ),
    _layer(
        2,
        (
            Case(
                {"filters": 4, "kernel_size": 3, "strides": 2},
                (None, 8, 7, 6),
                output=(None, 3, 3, 4),
                params=1980,
                majors=(2,),
            ),
            Case(
                {"filters": 4, "kernel_size": 3, "padding": "same", "implementation": 3},
                (None, 8, 7, 6),
                output=(None, 8, 7, 4),
                params=10256,
                majors=(2,),
            ),
            Case({"filters": 4, "kernel_size": 3}, (None, 8, 7), raises=FaultKind.RANK, majors=(2,)),
            Case(
                {"filters": 4, "kernel_size": 3, "padding": "same"},
                (None, 8, 7, 6),
                raises=FaultKind.ARGUMENT,
                majors=(2,),
            ),
        ),
    ),
)
