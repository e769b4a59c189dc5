"""Activations as layers.

Facts: keras/src/layers/activations, tf_keras/src/layers/activation, tf_keras/src/layers/core/activation.py.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNRANKED, rank
from kerascope.domain.specs import Symbol, TensorSpec
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
    plain,
    refuse,
    shape_kept,
    single_input,
)
from kerascope.layers.masking import PASSES, TAKES_AND_PASSES


def _same_shape(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = single_input(inputs)
    return Outcome(shape_kept(spec, arguments))


def _activation(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    if isinstance(arguments["activation"], str) and arguments["activation"].lower() == "softmax":
        _check_softmax_rank(single_input(inputs), context)
    if context.on_data and _may_halve(arguments["activation"]):
        return Outcome(TensorSpec(UNRANKED, compute_dtype(arguments)))
    return _same_shape(arguments, inputs, context)


def _may_halve(activation: Any) -> bool:
    """Whether the activation is ``glu`` or a function that is not Keras's own, of which Keras asks data alone."""
    name = activation.name.rpartition(".")[2] if isinstance(activation, Symbol) else activation
    return not (name is None or isinstance(name, str)) or str(name).lower() == "glu"


def _check_softmax_rank(spec: TensorSpec, context: Context) -> None:
    """Keras 2 takes no softmax over the batch (tf_keras/src/activations.py), Keras 3 does."""
    if context.major == 2 and rank(spec.shape) == 1:
        raise refuse(
            FaultKind.RANK,
            f"softmax needs an input with an axis beside the batch, received shape {spec.shape}",
            min_ndim=2,
            received=1,
            shape=spec.shape,
        )


def _not_below_zero(arguments: Arguments, name: str) -> None:
    value = arguments.get(name)
    if value is None or isinstance(value, str | tuple):
        raise bad_argument(name, value, "must be a number")
    if isinstance(value, int | float) and value < 0:
        raise bad_argument(name, value, "must not be negative")


def _check_leaky_relu(arguments: Arguments, context: Context) -> None:
    if context.major == 2:
        if arguments["alpha"] is None:
            raise bad_argument("alpha", None, "must be a number")
        return
    _not_below_zero(arguments, "alpha" if "alpha" in arguments.given else "negative_slope")


def _check_elu(arguments: Arguments, context: Context) -> None:
    if context.major == 2 and arguments["alpha"] is None:
        raise bad_argument("alpha", None, "must be a number")


def _check_relu(arguments: Arguments, context: Context) -> None:
    if arguments["max_value"] is not None:
        _not_below_zero(arguments, "max_value")
    _not_below_zero(arguments, "negative_slope")
    _not_below_zero(arguments, "threshold")


def _softmax(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = single_input(inputs)
    ndim, axis = rank(spec.shape), arguments["axis"]
    _check_softmax_rank(spec, context)
    if context.major == 2 and ndim is not None:
        axes = axis if isinstance(axis, tuple) else (axis,)
        if any(isinstance(item, int) and not -ndim <= item < ndim for item in axes):
            raise refuse(
                FaultKind.ARGUMENT,
                f"`axis` {axis} is out of range for an input of shape {spec.shape}",
                argument="axis",
                received=axis,
                reason="out of range",
            )
    return Outcome(shape_kept(spec, arguments))


def _prelu(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = single_input(inputs)
    output = shape_kept(spec, arguments)
    shared = arguments["shared_axes"]
    if isinstance(shared, int):
        shared = (shared,)
    if spec.shape is UNRANKED or not (shared is None or (isinstance(shared, tuple) and plain(shared))):
        return Outcome(output, (Weight(UNRANKED),))
    sides = list(spec.shape[1:])
    for axis in shared or ():
        if not isinstance(axis, int):
            return Outcome(output, (Weight(UNRANKED),))
        if not -len(sides) <= axis - 1 < len(sides):
            raise refuse(
                FaultKind.ARGUMENT,
                f"`shared_axes` {axis} is out of range for an input of shape {spec.shape}",
                argument="shared_axes",
                received=shared,
                reason="out of range",
            )
        sides[axis - 1] = 1
    if None in sides:
        axis = sides.index(None) + 1
        raise refuse(
            FaultKind.DIM,
            f"PReLU learns a slope per position: axis {axis} of the input must have a fixed length or be "
            f"shared, the input has shape {spec.shape}",
            axis=axis,
            expected="a number",
            received=None,
            shape=spec.shape,
        )
    return Outcome(output, (Weight(tuple(sides)),))


def _check_threshold(arguments: Arguments, context: Context) -> None:
    _not_below_zero(arguments, "theta")


LAYERS = (
    LayerSpec(
        name="Activation",
        masking=PASSES,
        parameters={3: "activation, **kwargs"},
        check=check_identifiers,
        call=_activation,
        cases=(
            Case({"activation": "relu"}, (None, 10), output=(None, 10), params=0),
            Case({"activation": "softmax"}, (None, None, 3), output=(None, None, 3), params=0),
            Case({"activation": "rleu"}, (None, 10), raises=FaultKind.ARGUMENT),
        ),
    ),
    LayerSpec(
        name="ReLU",
        masking=PASSES,
        parameters={3: "max_value=None, negative_slope=0.0, threshold=0.0, **kwargs"},
        check=_check_relu,
        call=_same_shape,
        cases=(
            Case({}, (None, 8, 8, 3), output=(None, 8, 8, 3), params=0),
            Case({"max_value": 6.0}, (None, 3), output=(None, 3), params=0),
            Case({"max_value": -1}, (None, 3), raises=FaultKind.ARGUMENT),
            Case({"threshold": None}, (None, 3), raises=FaultKind.ARGUMENT),
        ),
    ),
    LayerSpec(
        name="LeakyReLU",
        masking=PASSES,
        parameters={3: "negative_slope=0.3, *, alpha=None, **kwargs", 2: "alpha=0.3, **kwargs"},
        check=_check_leaky_relu,
        call=_same_shape,
        cases=(
            Case({"alpha": 0.2}, (None, 3), output=(None, 3), params=0),
            Case({"negative_slope": 0.2}, (None, 3), output=(None, 3), params=0, majors=(3,)),
            Case({"negative_slope": -0.2}, (None, 3), raises=FaultKind.ARGUMENT, majors=(3,)),
            Case({"alpha": None}, (None, 3), raises=FaultKind.ARGUMENT),
        ),
    ),
    LayerSpec(
        name="ELU",
        masking=PASSES,
        parameters={3: "alpha=1.0, **kwargs"},
        check=_check_elu,
        call=_same_shape,
        cases=(Case({}, (None, 3), output=(None, 3), params=0),),
    ),
    LayerSpec(
        name="ThresholdedReLU",
        parameters={3: None, 2: "theta=1.0, **kwargs"},
        check=_check_threshold,
        call=_same_shape,
        cases=(
            Case({}, (None, 3), output=(None, 3), params=0, majors=(2,)),
            Case({"theta": -1.0}, (None, 3), raises=FaultKind.ARGUMENT, majors=(2,)),
            Case({"theta": None}, (None, 3), raises=FaultKind.ARGUMENT, majors=(2,)),
        ),
    ),
    LayerSpec(
        name="Softmax",
        masking=TAKES_AND_PASSES,
        parameters={3: "axis=-1, **kwargs", 2: "axis=-1, robust_masking=False, **kwargs"},
        call=_softmax,
        cases=(
            Case({}, (None, 3), output=(None, 3), params=0),
            Case({"axis": 1}, (None, 3, None), output=(None, 3, None), params=0),
            Case({"axis": 5}, (None, 3), raises=FaultKind.ARGUMENT, majors=(2,)),
        ),
    ),
    LayerSpec(
        name="PReLU",
        masking=PASSES,
        parameters={
            3: (
                "alpha_initializer='Zeros', alpha_regularizer=None, alpha_constraint=None, shared_axes=None, "
                "**kwargs"
            ),
            2: (
                "alpha_initializer='zeros', alpha_regularizer=None, alpha_constraint=None, shared_axes=None, "
                "**kwargs"
            ),
        },
        check=check_identifiers,
        call=_prelu,
        cases=(
            Case({}, (None, 8, 3), output=(None, 8, 3), params=24),
            Case({"shared_axes": (1, 2)}, (None, None, 8, 3), output=(None, None, 8, 3), params=3),
            Case({}, (None, None, 3), raises=FaultKind.DIM),
        ),
    ),
)
