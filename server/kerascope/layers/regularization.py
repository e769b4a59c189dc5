"""Dropout and noise.

Facts: keras/src/layers/regularization, tf_keras/src/layers/regularization. The state of a seed generator is
no weight in either version.
"""

from __future__ import annotations

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
    plain,
    single_input,
)


def _check_rate(arguments: Arguments, context: Context) -> None:
    """Keras 2 looks only at numbers (tf_keras/src/layers/regularization/dropout.py)."""
    rate = arguments["rate"]
    if isinstance(rate, int | float):
        if not 0 <= rate <= 1:
            raise bad_argument("rate", rate, "must lie between 0 and 1")
    elif context.major == 3 and (rate is None or isinstance(rate, str | tuple)):
        raise bad_argument("rate", rate, "must be a number")


def _check_noise_shape(arguments: Arguments, context: Context) -> None:
    """Keras 3 wants positive integers or ``None`` (keras/src/layers/regularization/dropout.py)."""
    _check_rate(arguments, context)
    value = arguments["noise_shape"]
    if context.major == 2 or value is None:
        return
    if plain(value) and not isinstance(value, tuple):
        raise bad_argument("noise_shape", value, "must be a tuple of positive integers and None")
    for item in value if isinstance(value, tuple) else ():
        if isinstance(item, str | float | tuple) or (isinstance(item, int) and item <= 0):
            raise bad_argument("noise_shape", value, "must be a tuple of positive integers and None")


def _same_shape(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = single_input(inputs)
    return Outcome(TensorSpec(spec.shape, compute_dtype(arguments)))


_RATE_CASES = (
    Case({"rate": 0.5}, (None, 8), output=(None, 8), params=0),
    Case({"rate": 0}, (None, 8, 8, 3), output=(None, 8, 8, 3), params=0),
    Case({"rate": 1.5}, (None, 8), raises=FaultKind.ARGUMENT),
    Case({"rate": -0.1}, (None, 8), raises=FaultKind.ARGUMENT),
)

LAYERS = (
    LayerSpec(
        name="Dropout",
        parameters={3: "rate, noise_shape=None, seed=None, **kwargs"},
        check=_check_noise_shape,
        call=_same_shape,
        cases=(*_RATE_CASES, Case({"rate": "0.5"}, (None, 8), raises=FaultKind.ARGUMENT, majors=(3,))),
    ),
)
