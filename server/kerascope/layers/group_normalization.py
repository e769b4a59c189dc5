"""Normalization by groups of channels, by root mean square, and to unit length.

Facts: keras/src/layers/normalization/{group,rms,unit}_normalization.py,
tf_keras/src/layers/normalization/{group,unit}_normalization.py.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, Shape
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
    plain,
    refuse,
    shape_kept,
    single_input,
    sole_input,
    truth,
)
from kerascope.layers.masking import PASSES


def _check_range(axis: float, shape: Ranked) -> None:
    if not -len(shape) <= axis < len(shape):
        raise bad_argument("axis", axis, f"is out of range for an input of shape {shape}")


def _no_length(axis: int, shape: Ranked) -> Refusal:
    return refuse(
        FaultKind.DIM,
        f"the normalized axis {axis} must have a fixed length, the input has shape {shape}",
        axis=axis,
        expected="a number",
        received=None,
        shape=shape,
    )


def _check_groups(arguments: Arguments, context: Context) -> None:
    groups = arguments["groups"]
    divides = isinstance(groups, int) and (groups > 0 or groups == -1)
    if context.major == 3 and plain(groups) and not divides:
        raise bad_argument("groups", groups, "must be a positive integer or -1")
    check_identifiers(arguments, context)


def _group(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = sole_input(inputs)
    side = _group_side(arguments, spec.shape, context)
    scale, center = truth(arguments["scale"]), truth(arguments["center"])
    weights = None if scale is None or center is None else (Weight((side,)),) * (scale + center)
    return Outcome(shape_kept(spec, arguments), weights)


def _group_side(arguments: Arguments, shape: Shape, context: Context) -> Dim:
    axis, groups = arguments["axis"], arguments["groups"]
    if plain(axis) and not isinstance(axis, int):
        raise bad_argument("axis", axis, "must be an integer")
    if shape is UNRANKED or not isinstance(axis, int):
        return UNKNOWN
    _check_range(axis, shape)
    if context.major == 2 and len(shape) == 1 and axis == -1:
        raise refuse(
            FaultKind.RANK,
            f"expected min_ndim=2, found ndim=1: {shape}",
            min_ndim=2,
            received=1,
            shape=shape,
        )
    side = shape[axis]
    if side is None:
        raise _no_length(axis, shape)
    if not isinstance(groups, int) or groups == -1 or not isinstance(side, int):
        return side
    if groups == 0 or side < groups or side % groups:
        raise refuse(
            FaultKind.DIM,
            f"the {side} channels of axis {axis} cannot be divided into {groups} groups",
            axis=axis,
            expected=f"a multiple of {groups}",
            received=side,
            shape=shape,
            groups=groups,
        )
    return side


def _axes(axis: Any) -> tuple[Any, ...] | None:
    if isinstance(axis, int):
        return (axis,)
    return axis if isinstance(axis, tuple) else None


def _check_unit(arguments: Arguments, context: Context) -> None:
    axis = arguments["axis"]
    if plain(axis) and not isinstance(axis, int | tuple):
        raise bad_argument("axis", axis, "must be an integer or a tuple of integers")


def _unit(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = single_input(inputs) if context.major == 3 else sole_input(inputs)
    axes = _axes(arguments["axis"])
    if spec.shape is not UNRANKED:
        for axis in axes or ():
            # Keras 3 compares a float with the number of axes and leaves it at that.
            if (
                axis is None
                or isinstance(axis, str | tuple)
                or (context.major == 2 and isinstance(axis, float))
            ):
                raise bad_argument("axis", axis, "must be an integer")
            if isinstance(axis, int | float):
                _check_range(axis, spec.shape)
    return Outcome(shape_kept(spec, arguments))


def _rms(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = sole_input(inputs)
    output = shape_kept(spec, arguments)
    axis = arguments["axis"]
    axes = _axes(axis)
    if axes is None and plain(axis):
        raise bad_argument("axis", axis, "must be an integer or a tuple of integers")
    if axes is None or not all(isinstance(item, int) for item in axes):
        if axes is not None and plain(axes):
            raise bad_argument("axis", axis, "must be an integer or a tuple of integers")
        return Outcome(output, (Weight(UNRANKED),))
    if spec.shape is UNRANKED:
        return Outcome(output, (Weight((UNKNOWN,) * len(axes)),))
    for item in axes:
        _check_range(item, spec.shape)
    sides = tuple(spec.shape[item] for item in sorted(axes))
    if None in sides:
        raise _no_length(sorted(axes)[sides.index(None)], spec.shape)
    return Outcome(output, (Weight(sides),))


_GROUP = (
    "groups=32, axis=-1, epsilon=0.001, center=True, scale=True, beta_initializer='zeros', "
    "gamma_initializer='ones', beta_regularizer=None, gamma_regularizer=None, beta_constraint=None, "
    "gamma_constraint=None, **kwargs"
)

LAYERS = (
    LayerSpec(
        name="GroupNormalization",
        masking=PASSES,
        parameters={3: _GROUP},
        check=_check_groups,
        call=_group,
        cases=(
            Case({}, (None, 8, 8, 64), output=(None, 8, 8, 64), params=128),
            Case({"groups": -1, "scale": False}, (None, 8, 6), output=(None, 8, 6), params=6),
            Case({"groups": 3, "axis": 1}, (None, 6, None), output=(None, 6, None), params=12),
            Case({}, (None, 8, 8, 16), raises=FaultKind.DIM),
            Case({"groups": 4}, (None, 8, 6), raises=FaultKind.DIM),
            Case({}, (None, 8, None), raises=FaultKind.DIM),
            Case({"axis": 3}, (None, 8, 64), raises=FaultKind.ARGUMENT),
            Case({"groups": 0}, (None, 8, 64), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
    LayerSpec(
        name="UnitNormalization",
        masking=PASSES,
        parameters={3: "axis=-1, **kwargs"},
        check=_check_unit,
        call=_unit,
        cases=(
            Case({}, (None, 8, None), output=(None, 8, None), params=0),
            Case({"axis": (1, 2)}, (None, 8, 3), output=(None, 8, 3), params=0),
            Case({"axis": 3}, (None, 8, 4), raises=FaultKind.ARGUMENT),
            Case({"axis": None}, (None, 8, 4), raises=FaultKind.ARGUMENT),
            Case({"axis": (1.0,)}, (None,), raises=FaultKind.ARGUMENT),
        ),
    ),
    LayerSpec(
        name="RMSNormalization",
        parameters={3: "axis=-1, epsilon=1e-06, **kwargs", 2: None},
        call=_rms,
        cases=(
            Case({}, (None, 10, 64), output=(None, 10, 64), params=64, majors=(3,)),
            Case({"axis": (1, 2)}, (None, 3, 4), output=(None, 3, 4), params=12, majors=(3,)),
            Case({}, (None, 10, None), raises=FaultKind.DIM, majors=(3,)),
            Case({"axis": 3}, (None, 10, 4), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
)
