"""Layers of ``tensorflow_addons``, which is written for Keras 2 alone.

Source: ``tensorflow_addons/layers`` 0.23.
"""

from __future__ import annotations

from typing import Any, Final

from kerascope.domain.shapes import UNRANKED, Ranked
from kerascope.domain.specs import NestedLayer, TensorSpec
from kerascope.layers.base import (
    UNKNOWN_OUTCOME,
    Arguments,
    Case,
    Context,
    Inputs,
    LayerSpec,
    Outcome,
    Weight,
    compute_dtype,
    int_of,
    truth,
)
from kerascope.layers.packages.composition import Transfer, package_layer

ADDONS: Final = "tensorflow_addons.layers"

_WITH_KERNEL: Final = frozenset(
    {"Dense", *(f"Conv{n}D{kind}" for n in (1, 2, 3) for kind in ("", "Transpose"))}
)
"""Layers whose first weight is called ``kernel``."""


def _on_keras_2(call: Transfer) -> Transfer:
    """``call`` where the package can be imported."""

    def quiet(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
        return call(arguments, inputs, context) if context.major == 2 else UNKNOWN_OUTCOME

    return quiet


def _ranked(inputs: Inputs) -> Ranked | None:
    known = isinstance(inputs, TensorSpec) and inputs.shape is not UNRANKED
    return inputs.shape if known else None


def _weight_normalization(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """The layer inside, a length ``g`` for each of the kernel's last axis, and whether that was set, which is a weight.

    With ``data_init`` it keeps a frozen copy of the layer as well. For a convolution that is transposed ``g`` has the
    channels that come in, with which it cannot scale what goes out.
    """
    layer, copied = arguments["layer"], truth(arguments["data_init"])
    if not isinstance(layer, NestedLayer) or layer.name not in _WITH_KERNEL or context.apply_layer is None:
        return UNKNOWN_OUTCOME
    inside = context.apply_layer(layer.name, layer.arguments, inputs)
    if inside.faults or copied is None or (copied and layer.name.endswith("Transpose")):
        return UNKNOWN_OUTCOME
    if not inside.weights or inside.weights[0].shape is UNRANKED:
        return Outcome(inside.outputs, None)
    own = (Weight((inside.weights[0].shape[-1],)), Weight((), trainable=False))
    copy = tuple(Weight(weight.shape, trainable=False) for weight in inside.weights) if copied else ()
    return Outcome(inside.outputs, (*inside.weights, *own, *copy))


def _instance_normalization(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """A scale and an offset for each channel."""
    shape, axis = _ranked(inputs), int_of(arguments["axis"])
    if shape is None or axis is None or axis == 0 or not -len(shape) <= axis < len(shape):
        return UNKNOWN_OUTCOME
    channels = shape[axis]
    scaled, centered = truth(arguments["scale"]), truth(arguments["center"])
    if not isinstance(channels, int) or scaled is None or centered is None:
        return UNKNOWN_OUTCOME
    weights = (Weight((channels,)),) * (scaled + centered)
    return Outcome(TensorSpec(shape, compute_dtype(arguments)), weights)


def _same(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    shape = _ranked(inputs)
    return UNKNOWN_OUTCOME if shape is None else Outcome(TensorSpec(shape, compute_dtype(arguments)))


def _addon(name: str, parameters: str, call: Transfer, *cases: Case) -> LayerSpec:
    return package_layer(name, ADDONS, parameters, _on_keras_2(call), cases, on_keras_3=False)


def _wrapped(name: str, **arguments: Any) -> NestedLayer:
    return NestedLayer(name, arguments, frozenset(arguments))


_LEARNED = (
    "beta_initializer='zeros', gamma_initializer='ones', beta_regularizer=None, gamma_regularizer=None, "
    "beta_constraint=None, gamma_constraint=None"
)
_AFFINE = f"axis=-1, epsilon=0.001, center=True, scale=True, {_LEARNED}"

LAYERS = (
    _addon(
        "WeightNormalization",
        "layer, data_init=True",
        _weight_normalization,
        Case({"layer": _wrapped("Dense", units=5)}, (None, 8), output=(None, 5), params=96),
        Case(
            {"layer": _wrapped("Conv1D", filters=1, kernel_size=7, padding="same"), "data_init": False},
            (None, None, 32),
            output=(None, None, 1),
            params=227,
        ),
        Case(
            {
                "layer": _wrapped("Conv1DTranspose", filters=4, kernel_size=16, strides=8, padding="same"),
                "data_init": False,
            },
            (None, 10, 32),
            output=(None, 80, 4),
            params=2085,
        ),
    ),
    _addon(
        "InstanceNormalization",
        _AFFINE,
        _instance_normalization,
        Case({}, (None, 8, 8, 4), output=(None, 8, 8, 4), params=8),
        Case({"scale": False}, (None, None, 8, 4), output=(None, None, 8, 4), params=4),
    ),
    _addon("GELU", "approximate=True", _same, Case({}, (None, 8), output=(None, 8), params=0)),
)
