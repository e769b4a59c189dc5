"""Dropout and noise.

Facts: keras/src/layers/regularization, tf_keras/src/layers/regularization. The state of a seed generator is
no weight in either version.
"""

from __future__ import annotations

from kerascope.layers.base import (
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    bad_argument,
    data_format_of,
    input_rank,
    plain,
    shape_kept,
    single_input,
    sole_input,
)
from kerascope.layers.masking import PASSES


def _check_rate(arguments: Arguments, context: Context) -> None:
    """Keras 2 looks only at numbers (tf_keras/src/layers/regularization/dropout.py)."""
    rate = arguments["rate"]
    if isinstance(rate, int | float):
        if not 0 <= rate <= 1:
            raise bad_argument("rate", rate, "must lie between 0 and 1")
    elif context.major == 3 and (rate is None or isinstance(rate, str | tuple)):
        raise bad_argument("rate", rate, "must be a number")


def _check_keras_3_rate(arguments: Arguments, context: Context) -> None:
    """Keras 2's other kinds of dropout do not look at their rate."""
    if context.major == 3:
        _check_rate(arguments, context)


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
    return Outcome(shape_kept(spec, arguments))


def _check_spatial(arguments: Arguments, context: Context) -> None:
    _check_rate(arguments, context)
    if "data_format" in arguments.values:
        data_format_of(arguments, context)


def _spatial(arguments: Arguments, inputs: Inputs, context: Context, rank: int) -> Outcome:
    input_rank(sole_input(inputs), exact=rank + 2)
    return _same_shape(arguments, inputs, context)


def _check_stddev(arguments: Arguments, context: Context) -> None:
    """Keras 2 does not look at it (tf_keras/src/layers/regularization/gaussian_noise.py)."""
    value = arguments["stddev"]
    if context.major == 2:
        return
    if value is None or isinstance(value, str | tuple):
        raise bad_argument("stddev", value, "must be a number")
    if isinstance(value, int | float) and not 0 <= value <= 1:
        raise bad_argument("stddev", value, "must lie between 0 and 1")


def _check_factors(arguments: Arguments, context: Context) -> None:
    """Keras 2 takes negative factors, Keras 3 does not (``L1L2`` of their ``regularizers``)."""
    for name in ("l1", "l2"):
        value = arguments[name]
        if isinstance(value, str | tuple):
            raise bad_argument(name, value, "must be a number")
        if context.major == 3 and isinstance(value, int | float) and value < 0:
            raise bad_argument(name, value, "must not be negative")


_FORMAT = "data_format=None"

_RATE_CASES = (
    Case({"rate": 0.5}, (None, 8), output=(None, 8), params=0),
    Case({"rate": 0}, (None, 8, 8, 3), output=(None, 8, 8, 3), params=0),
    Case({"rate": 1.5}, (None, 8), raises=FaultKind.ARGUMENT),
    Case({"rate": -0.1}, (None, 8), raises=FaultKind.ARGUMENT),
)


def _spatial_layer(rank: int, parameters: str, keras_2: str) -> LayerSpec:
    shape = (None, *(6,) * rank, 3)
    return LayerSpec(
        name=f"SpatialDropout{rank}D",
        masking=PASSES,
        parameters={3: parameters, 2: keras_2},
        check=_check_spatial,
        call=lambda arguments, inputs, context: _spatial(arguments, inputs, context, rank),
        cases=(
            Case({"rate": 0.5}, shape, output=shape, params=0),
            Case({"rate": 0.5}, shape[1:], raises=FaultKind.RANK),
            Case({"rate": 1.5}, shape, raises=FaultKind.ARGUMENT),
        ),
    )


LAYERS = (
    LayerSpec(
        name="Dropout",
        masking=PASSES,
        parameters={3: "rate, noise_shape=None, seed=None, **kwargs"},
        check=_check_noise_shape,
        call=_same_shape,
        cases=(*_RATE_CASES, Case({"rate": "0.5"}, (None, 8), raises=FaultKind.ARGUMENT, majors=(3,))),
    ),
    *(
        LayerSpec(
            name=name,
            masking=PASSES,
            parameters={3: parameters},
            check=_check_keras_3_rate,
            call=_same_shape,
            cases=(
                Case({"rate": 0.5}, (None, 8), output=(None, 8), params=0),
                Case({"rate": 1.5}, (None, 8), raises=FaultKind.ARGUMENT, majors=(3,)),
            ),
        )
        for name, parameters in (
            ("GaussianDropout", "rate, seed=None, **kwargs"),
            ("AlphaDropout", "rate, noise_shape=None, seed=None, **kwargs"),
        )
    ),
    LayerSpec(
        name="GaussianNoise",
        masking=PASSES,
        parameters={3: "stddev, seed=None, **kwargs"},
        check=_check_stddev,
        call=_same_shape,
        cases=(
            Case({"stddev": 0.1}, (None, 8), output=(None, 8), params=0),
            Case({"stddev": 2}, (None, 8), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
    LayerSpec(
        name="ActivityRegularization",
        masking=PASSES,
        parameters={3: "l1=0.0, l2=0.0, **kwargs"},
        check=_check_factors,
        call=_same_shape,
        cases=(
            Case({"l2": 0.01}, (None, 8), output=(None, 8), params=0),
            Case({"l1": "0.1"}, (None, 8), raises=FaultKind.ARGUMENT),
            Case({"l1": -0.1}, (None, 8), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
    _spatial_layer(1, "rate, seed=None, name=None, dtype=None", "rate, **kwargs"),
    *(
        _spatial_layer(
            rank,
            f"rate, {_FORMAT}, seed=None, name=None, dtype=None",
            f"rate, {_FORMAT}, **kwargs",
        )
        for rank in (2, 3)
    ),
)
