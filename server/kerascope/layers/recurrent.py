"""Recurrent layers: ``LSTM``, ``GRU``, ``SimpleRNN``.

Facts: keras/src/layers/rnn/{rnn,lstm,gru,simple_rnn}.py,
tf_keras/src/layers/rnn/{base_rnn,lstm,gru,simple_rnn}.py.
"""

from __future__ import annotations

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Unknown
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
    input_rank,
    refuse,
    single_input,
    size_argument,
    sole_input,
    truth,
)
from kerascope.layers.masking import RECURRENT

_GATES = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}
_STATES = {"LSTM": 2, "GRU": 1, "SimpleRNN": 1}


def check_units(name: str, arguments: Arguments, context: Context) -> None:
    """What the constructor of a recurrent layer or of its cell refuses."""
    # Keras 3 overlooks a float in the list of sizes that an LSTM has.
    size_argument(arguments, "units", strict=context.major == 2 or name != "LSTM")
    check_identifiers(arguments, context)


def _times(units: int | Unknown, gates: int) -> int | Unknown:
    return UNKNOWN if units is UNKNOWN else units * gates


def recurrent_weights(name: str, arguments: Arguments, features: Dim) -> tuple[Weight, ...] | None:
    """The weights of an ``LSTM``, ``GRU`` or ``SimpleRNN`` on ``features``, which are those of its cell."""
    units = size_argument(arguments, "units")
    wide = _times(units, _GATES[name])
    kernels = (Weight((features, wide)), Weight((units, wide)))
    use_bias = truth(arguments["use_bias"])
    if use_bias is None:
        return None
    if not use_bias:
        return kernels
    if name != "GRU":
        return (*kernels, Weight((wide,)))
    reset_after = truth(arguments["reset_after"])
    if reset_after is None:
        return (*kernels, Weight(UNRANKED))
    return (*kernels, Weight((2, wide) if reset_after else (wide,)))


def _recurrent(name: str, arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    # Keras 2 takes a list of the input and the initial states.
    spec = sole_input(inputs) if context.major == 3 else single_input(inputs)
    input_rank(spec, exact=3)
    units = size_argument(arguments, "units")
    batch, length, features = (UNKNOWN,) * 3 if spec.shape is UNRANKED else spec.shape
    time_major = truth(arguments.get("time_major", False))
    if features is None:
        raise refuse(
            FaultKind.DIM,
            f"the last axis of the input of {name} must have a fixed length, its shape is {spec.shape}",
            axis=2,
            expected="a number",
            received=None,
            shape=spec.shape,
        )
    if time_major is None:
        batch = length = UNKNOWN
    elif time_major:
        batch, length = length, batch
    if truth(arguments["stateful"]) and batch is None:
        raise refuse(
            FaultKind.DIM,
            f"{name} with stateful=True needs a fixed batch size, the input has shape {spec.shape}",
            axis=0,
            expected="a number",
            received=None,
            shape=spec.shape,
        )
    if context.major == 2 and truth(arguments["unroll"]) and length is None:
        raise refuse(
            FaultKind.DIM,
            f"{name} with unroll=True needs a fixed number of time steps, the input has shape {spec.shape}",
            axis=1,
            expected="a number",
            received=None,
            shape=spec.shape,
        )
    dtype = compute_dtype(arguments)
    weights = recurrent_weights(name, arguments, features)
    return_sequences = truth(arguments["return_sequences"])
    sequence: Shape = UNRANKED
    if return_sequences is not None:
        axes = (length, batch) if time_major else (batch, length)
        sequence = (*axes, units) if return_sequences else (batch, units)
    output = TensorSpec(sequence, dtype)
    return_state = truth(arguments["return_state"])
    if return_state is None:
        return Outcome(TensorSpec(UNRANKED, ""), weights)
    if not return_state:
        return Outcome(output, weights)
    state = TensorSpec((batch, units), dtype)
    return Outcome((output, *(state,) * _STATES[name]), weights)


_HEAD = "units, activation='tanh', "
_RECURRENT = "recurrent_activation='sigmoid', "
_BODY = (
    "use_bias=True, kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', "
    "bias_initializer='zeros', {forget}kernel_regularizer=None, recurrent_regularizer=None, "
    "bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, recurrent_constraint=None, "
    "bias_constraint=None, dropout=0.0, recurrent_dropout=0.0, "
)
_FORGET = "unit_forget_bias=True, "
_RETURNS = "return_sequences=False, return_state=False, go_backwards=False, stateful=False, "
_PARAMETERS = {
    "LSTM": {
        3: _HEAD + _RECURRENT + _BODY.format(forget=_FORGET) + f"seed=None, {_RETURNS}unroll=False, "
        "use_cudnn='auto', *, implementation=2, zero_output_for_mask=False, **kwargs",
        2: _HEAD + _RECURRENT + _BODY.format(forget=_FORGET) + f"{_RETURNS}time_major=False, unroll=False, "
        "*, zero_output_for_mask=False, **kwargs",
    },
    "GRU": {
        3: _HEAD + _RECURRENT + _BODY.format(forget="") + f"seed=None, {_RETURNS}unroll=False, "
        "reset_after=True, use_cudnn='auto', *, implementation=2, zero_output_for_mask=False, **kwargs",
        2: _HEAD + _RECURRENT + _BODY.format(forget="") + f"{_RETURNS}unroll=False, time_major=False, "
        "reset_after=True, *, zero_output_for_mask=False, **kwargs",
    },
    "SimpleRNN": {
        3: _HEAD + _BODY.format(forget="") + f"{_RETURNS}unroll=False, seed=None, "
        "*, zero_output_for_mask=False, **kwargs",
        2: _HEAD + _BODY.format(forget="") + f"{_RETURNS}unroll=False, "
        "*, time_major=False, zero_output_for_mask=False, **kwargs",
    },
}


def _layer(name: str, cases: tuple[Case, ...]) -> LayerSpec:
    return LayerSpec(
        name=name,
        masking=RECURRENT,
        parameters=_PARAMETERS[name],
        check=lambda arguments, context: check_units(name, arguments, context),
        call=lambda arguments, inputs, context: _recurrent(name, arguments, inputs, context),
        cases=(
            *cases,
            Case({"units": 8}, (None, 10), raises=FaultKind.RANK),
            Case({"units": 8}, [(None, 10, 4), (None, 8)], raises=FaultKind.ARITY, majors=(3,)),
            Case({"units": 8}, (None, 10, 4, 3), raises=FaultKind.RANK),
            Case({"units": 8}, (None, 10, None), raises=FaultKind.DIM),
            Case({"units": 0}, (None, 10, 4), raises=FaultKind.ARGUMENT),
            Case({"units": 8, "stateful": True}, (None, 10, 4), raises=FaultKind.DIM),
            Case({"units": 8, "unroll": True}, (None, None, 4), raises=FaultKind.DIM, majors=(2,)),
        ),
    )


LAYERS = (
    _layer(
        "LSTM",
        (
            Case({"units": 64}, (None, 10, 8), output=(None, 64), params=18688),
            Case(
                {"units": 64, "return_sequences": True},
                (None, None, 8),
                output=(None, None, 64),
                params=18688,
            ),
            Case({"units": 8, "return_state": True}, (4, 5, 3), output=[(4, 8), (4, 8), (4, 8)], params=384),
        ),
    ),
    _layer(
        "GRU",
        (
            Case({"units": 64}, (None, 10, 8), output=(None, 64), params=14208),
            Case({"units": 64, "reset_after": False}, (None, 10, 8), output=(None, 64), params=14016),
            Case({"units": 8, "return_state": True}, (4, 5, 3), output=[(4, 8), (4, 8)], params=312),
        ),
    ),
    _layer(
        "SimpleRNN",
        (
            Case({"units": 64}, (None, 10, 8), output=(None, 64), params=4672),
            Case({"units": 64, "use_bias": False}, (None, 10, 8), output=(None, 64), params=4608),
        ),
    ),
)
