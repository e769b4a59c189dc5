"""Normalization.

Facts: keras/src/layers/normalization, tf_keras/src/layers/normalization.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
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
    refuse,
    shape_kept,
    sole_input,
    truth,
)
from kerascope.layers.masking import PASSES, TAKES_AND_PASSES


def _check_batch_normalization(arguments: Arguments, context: Context) -> None:
    _batch_axis(arguments["axis"], context)
    check_identifiers(arguments, context)


def _batch_axis(axis: Any, context: Context) -> Any:
    """Keras 3 passes ``axis`` through ``int``, Keras 2 takes an integer or a list of them."""
    if context.major == 3 and isinstance(axis, float | str):
        try:
            return int(axis)
        except ValueError:
            raise bad_argument("axis", axis, "must be an integer") from None
    if axis is None or isinstance(axis, str | float) or (isinstance(axis, tuple) and context.major == 3):
        raise bad_argument("axis", axis, "must be an integer")
    return axis


def _axis_refusal(axis: int, shape: tuple[Dim, ...]) -> Refusal:
    return refuse(
        FaultKind.ARGUMENT,
        f"`axis` {axis} is out of range for an input of shape {shape}",
        argument="axis",
        received=axis,
        reason="out of range",
    )


def _no_length(axis: int, shape: tuple[Dim, ...]) -> Refusal:
    return refuse(
        FaultKind.DIM,
        f"the normalized axis {axis} must have a fixed length, the input has shape {shape}",
        axis=axis,
        expected="a number",
        received=None,
        shape=shape,
    )


def _batch_normalization(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = sole_input(inputs)
    side = _normalized_shape(_batch_axis(arguments["axis"], context), spec.shape)
    output = shape_kept(spec, arguments)
    scale, center, renorm = (truth(arguments.get(name, False)) for name in ("scale", "center", "renorm"))
    if scale is None or center is None or renorm is None:
        return Outcome(output, None)
    trainable = (Weight(side),) * (scale + center)
    fixed = (Weight(side, trainable=False),) * (5 if renorm else 2)
    return Outcome(output, trainable + fixed)


def _normalized_shape(axis: Any, shape: Shape) -> Shape:
    """Shape of the statistics: the length of one axis, or of several among ones (Keras 2 only)."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    if not all(isinstance(item, int) for item in axes):
        return UNRANKED
    if shape is UNRANKED:
        return (UNKNOWN,) if len(axes) == 1 else UNRANKED
    for item in axes:
        if not -len(shape) <= item < len(shape):
            raise _axis_refusal(item, shape)
        if shape[item] is None:
            raise _no_length(item, shape)
    if len(axes) == 1:
        return (shape[axes[0]],)
    chosen = {item % len(shape) for item in axes}
    return tuple(dim if index in chosen else 1 for index, dim in enumerate(shape))


def _check_layer_normalization(arguments: Arguments, context: Context) -> None:
    axis = arguments["axis"]
    if axis is None or isinstance(axis, str | float):
        raise bad_argument("axis", axis, "must be an integer or a tuple of integers")
    check_identifiers(arguments, context)


def _layer_normalization(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = sole_input(inputs)
    output = shape_kept(spec, arguments)
    axis, rms_scaling = arguments["axis"], truth(arguments.get("rms_scaling", False))
    scale, center = truth(arguments["scale"]), truth(arguments["center"])
    side = _normalized_axes(axis, spec.shape, context.major)
    if scale is None or center is None or rms_scaling is None:
        return Outcome(output, None)
    weights = (Weight(side),) * ((scale or rms_scaling) + (center and not rms_scaling))
    shape = spec.shape
    if weights and side is not UNRANKED and None in side and shape is not UNRANKED:
        axes = axis if isinstance(axis, tuple) else (axis,)
        raise _no_length(next(item for item in axes if shape[item] is None), shape)
    return Outcome(output, weights)


def _normalized_axes(axis: Any, shape: Shape, major: int) -> Shape:
    """Lengths of the normalized axes; Keras 3 sorts the axes as they are written."""
    axes = axis if isinstance(axis, tuple) else (axis,)
    if not all(isinstance(item, int) for item in axes):
        return UNRANKED
    if shape is UNRANKED:
        return (UNKNOWN,) * len(axes)
    for item in axes:
        if not -len(shape) <= item < len(shape):
            raise _axis_refusal(item, shape)
    if major == 2 and len({item % len(shape) for item in axes}) < len(axes):
        raise bad_argument("axis", axis, "must not name an axis twice")
    return tuple(shape[item] for item in (sorted(axes) if major == 3 else axes))


_BATCH = (
    "axis=-1, momentum=0.99, epsilon=0.001, center=True, scale=True, beta_initializer='zeros', "
    "gamma_initializer='ones', moving_mean_initializer='zeros', moving_variance_initializer='ones', "
    "beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None, "
)

_LAYER = (
    "axis=-1, epsilon=0.001, center=True, scale=True, beta_initializer='zeros', gamma_initializer='ones', "
    "beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, gamma_constraint=None, "
)

LAYERS = (
    LayerSpec(
        name="BatchNormalization",
        masking=TAKES_AND_PASSES,
        parameters={
            3: _BATCH
            + "renorm=False, renorm_clipping=None, renorm_momentum=0.99, synchronized=False, **kwargs",
            2: _BATCH + "synchronized=False, **kwargs",
        },
        check=_check_batch_normalization,
        call=_batch_normalization,
        cases=(
            Case({}, (None, 8, 8, 32), output=(None, 8, 8, 32), params=128),
            Case({}, [(None, 8), (None, 8)], raises=FaultKind.ARITY),
            Case({"scale": False}, (None, 10), output=(None, 10), params=30),
            Case({"axis": 1}, (None, 3, None), output=(None, 3, None), params=12),
            Case({}, (None, 8, None), raises=FaultKind.DIM),
            Case({"axis": 4}, (None, 8, 3), raises=FaultKind.ARGUMENT),
        ),
    ),
    LayerSpec(
        name="LayerNormalization",
        masking=PASSES,
        parameters={3: _LAYER + "*, rms_scaling=False, **kwargs", 2: _LAYER + "**kwargs"},
        check=_check_layer_normalization,
        call=_layer_normalization,
        cases=(
            Case({}, (None, 10, 64), output=(None, 10, 64), params=128),
            Case({"axis": (1, 2)}, (None, 3, 4), output=(None, 3, 4), params=24),
            Case({"scale": False}, (None, None, 8), output=(None, None, 8), params=8),
            Case({}, (None, 8, None), raises=FaultKind.DIM),
            Case({"axis": 3}, (None, 8, 4), raises=FaultKind.ARGUMENT),
        ),
    ),
)
