"""Recurrent convolutions: ``ConvLSTM1D``, ``ConvLSTM2D``, ``ConvLSTM3D``.

Facts: keras/src/layers/rnn/conv_lstm.py, tf_keras/src/layers/rnn/{base_conv_rnn,base_conv_lstm}.py. The input has
an axis of time steps between the batch and the image.
"""

from __future__ import annotations

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
    Refusal,
    Weight,
    bad_argument,
    check_identifiers,
    compute_dtype,
    data_format_of,
    input_rank,
    plain,
    refuse,
    single_input,
    sole_input,
    truth,
)
from kerascope.layers.masking import RECURRENT
from kerascope.layers.windows import (
    Windows,
    check_strides_against_dilation,
    defined_channels,
    padding_of,
    read_sizes,
    shape_is_lost,
    size_tuple,
    window_lengths,
)


def _filters(arguments: Arguments, *, strict: bool = True) -> int | Unknown:
    value = arguments["filters"]
    if isinstance(value, bool) or not isinstance(value, int):
        if plain(value) and strict:
            raise bad_argument("filters", value, "must be an integer")
        return UNKNOWN
    return value


def _windows(arguments: Arguments, context: Context, rank: int) -> Windows:
    return Windows(
        size=size_tuple(arguments, "kernel_size", rank),
        strides=read_sizes(arguments["strides"], "strides", rank, zero=True),
        dilation=size_tuple(arguments, "dilation_rate", rank),
        # Keras 2 lets "causal" pass the constructor and fails when it convolves.
        padding=padding_of(arguments, causal=context.major == 2),
    )


def _check(arguments: Arguments, context: Context, rank: int) -> None:
    _windows(arguments, context, rank)
    data_format_of(arguments, context)
    check_identifiers(arguments, context)


def _no_length(what: str, axis: int, shape: Ranked) -> Refusal:
    return refuse(
        FaultKind.DIM,
        f"{what} {axis} of the input must have a fixed length, the input has shape {shape}",
        axis=axis,
        expected="a number",
        received=None,
        shape=shape,
    )


def _call(arguments: Arguments, inputs: Inputs, context: Context, rank: int) -> Outcome:
    # Keras 2 takes a list of the input and the initial states.
    spec = sole_input(inputs) if context.major == 3 else single_input(inputs)
    input_rank(spec, exact=rank + 3)
    filters, windows = _filters(arguments), _windows(arguments, context, rank)
    data_format = data_format_of(arguments, context)
    if spec.shape is UNRANKED or data_format is None:
        return _unknown_layout(arguments, spec, rank)
    batch, length = spec.shape[:2]
    step: Ranked = (batch, *spec.shape[2:])
    channels = defined_channels(step, rank, data_format)
    first = 1 if data_format == "channels_last" else 2
    lengths = step[first : first + rank]
    stateful = truth(arguments["stateful"])
    if None in lengths and (context.major == 3 or stateful):
        raise _no_length("axis", first + 1 + lengths.index(None), spec.shape)
    if batch is None and stateful:
        raise _no_length("stateful=True: axis", 0, spec.shape)
    if windows.padding == "causal":
        raise bad_argument("padding", "causal", "must be 'valid' or 'same'")
    if 0 in windows.strides:
        raise bad_argument("strides", arguments["strides"], "must be positive")
    check_strides_against_dilation(windows.strides, windows.dilation)
    spatial: Ranked
    if context.traced and shape_is_lost(windows, lengths):
        spatial = (None if None in lengths and UNKNOWN not in windows.dilation else UNKNOWN,) * rank
    else:
        spatial = window_lengths(lengths, windows, spec.shape, first + 1)
    image = (*spatial, filters) if data_format == "channels_last" else (filters, *spatial)
    return _returned(arguments, batch, length, image, _weights(arguments, windows, channels, filters))


def _unknown_layout(arguments: Arguments, spec: TensorSpec, rank: int) -> Outcome:
    batch, length = (UNKNOWN, UNKNOWN) if spec.shape is UNRANKED else spec.shape[:2]
    kernel = Weight((UNKNOWN,) * (rank + 2))
    use_bias = truth(arguments["use_bias"])
    weights = None if use_bias is None else (kernel, kernel, *(Weight((UNKNOWN,)),) * use_bias)
    return _returned(arguments, batch, length, (UNKNOWN,) * (rank + 1), weights)


def _weights(
    arguments: Arguments, windows: Windows, channels: Dim, filters: int | Unknown
) -> tuple[Weight, ...] | None:
    gates: Dim = UNKNOWN if filters is UNKNOWN else 4 * filters
    use_bias = truth(arguments["use_bias"])
    if use_bias is None:
        return None
    kernels = (Weight((*windows.size, channels, gates)), Weight((*windows.size, filters, gates)))
    return (*kernels, Weight((gates,))) if use_bias else kernels


def _returned(
    arguments: Arguments, batch: Dim, length: Dim, image: Ranked, weights: tuple[Weight, ...] | None
) -> Outcome:
    """The output, one image or one per step, and the two states where they are asked for."""
    dtype = compute_dtype(arguments)
    sequences, states = truth(arguments["return_sequences"]), truth(arguments["return_state"])
    if states is None:
        return Outcome(TensorSpec(UNRANKED, ""), weights)
    shape: Shape = UNRANKED
    if sequences is not None:
        shape = (batch, length, *image) if sequences else (batch, *image)
    output = TensorSpec(shape, dtype)
    if not states:
        return Outcome(output, weights)
    state = TensorSpec((batch, *image), dtype)
    return Outcome((output, state, state), weights)


def _parameters(rank: int) -> dict[int, str]:
    one = "1" if rank == 1 else str((1,) * rank)
    returns = "return_sequences=False, return_state=False, go_backwards=False, stateful=False"
    dropout = "dropout=0.0, recurrent_dropout=0.0"

    def text(one: str, inner: str, tail: str) -> str:
        return (
            f"filters, kernel_size, strides={one}, padding='valid', data_format=None, dilation_rate={one}, "
            f"activation='tanh', recurrent_activation='{inner}', use_bias=True, "
            "kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', "
            "bias_initializer='zeros', unit_forget_bias=True, kernel_regularizer=None, "
            "recurrent_regularizer=None, bias_regularizer=None, activity_regularizer=None, "
            f"kernel_constraint=None, recurrent_constraint=None, bias_constraint=None, {tail}, **kwargs"
        )

    return {
        3: text("1", "sigmoid", f"{dropout}, seed=None, {returns}"),
        2: text(one, "hard_sigmoid", f"{returns}, {dropout}"),
    }


def _layer(rank: int, cases: tuple[Case, ...]) -> LayerSpec:
    return LayerSpec(
        name=f"ConvLSTM{rank}D",
        masking=RECURRENT,
        parameters=_parameters(rank),
        check=lambda arguments, context: _check(arguments, context, rank),
        call=lambda arguments, inputs, context: _call(arguments, inputs, context, rank),
        cases=cases,
    )


LAYERS = (
    _layer(
        1,
        (
            Case({"filters": 4, "kernel_size": 3}, (None, 5, 8, 3), output=(None, 6, 4), params=352),
            Case({"filters": 4, "kernel_size": 3}, (None, 8, 3), raises=FaultKind.RANK),
            Case({"filters": 4, "kernel_size": 9}, (None, 5, 8, 3), raises=FaultKind.EMPTY_OUTPUT),
            Case(
                {"filters": 4, "kernel_size": 3, "padding": "causal"},
                (None, 5, 8, 3),
                raises=FaultKind.ARGUMENT,
            ),
        ),
    ),
    _layer(
        2,
        (
            Case({"filters": 4, "kernel_size": 3}, (None, 5, 8, 9, 3), output=(None, 6, 7, 4), params=1024),
            Case(
                {"filters": 40, "kernel_size": (3, 3), "padding": "same", "return_sequences": True},
                (None, None, 40, 40, 1),
                output=(None, None, 40, 40, 40),
                params=59200,
            ),
            Case(
                {"filters": 4, "kernel_size": 3, "return_state": True, "use_bias": False},
                (2, 5, 8, 9, 3),
                output=[(2, 6, 7, 4)] * 3,
                params=1008,
            ),
            Case(
                {"filters": 4, "kernel_size": 3, "data_format": "channels_first"},
                (None, 5, 3, 8, 9),
                output=(None, 4, 6, 7),
                params=1024,
            ),
            Case({"filters": 4, "kernel_size": 3}, (None, 5, 8, None, 3), raises=FaultKind.DIM, majors=(3,)),
            Case(
                {"filters": 4, "kernel_size": 3},
                (None, 5, 8, None, 3),
                output=(None, 6, None, 4),
                majors=(2,),
            ),
            Case({"filters": 4, "kernel_size": 3}, (None, 5, 8, 9, None), raises=FaultKind.DIM),
            Case(
                {"filters": 4, "kernel_size": 3, "stateful": True}, (None, 5, 8, 9, 3), raises=FaultKind.DIM
            ),
            Case({"filters": 4, "kernel_size": 3}, (None, 8, 9, 3), raises=FaultKind.RANK),
            Case({"filters": 4, "kernel_size": (3, 3, 3)}, (None, 5, 8, 9, 3), raises=FaultKind.ARGUMENT),
        ),
    ),
    _layer(
        3,
        (
            Case(
                {"filters": 2, "kernel_size": 2}, (None, 3, 4, 5, 6, 1), output=(None, 3, 4, 5, 2), params=200
            ),
            Case({"filters": 2, "kernel_size": 2}, (None, 4, 5, 6, 1), raises=FaultKind.RANK),
        ),
    ),
)
