"""Layers that prepare images and numbers; those that change images at random are in ``augmentation``.

Facts: keras/src/layers/preprocessing, tf_keras/src/layers/preprocessing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, Shape
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
    compute_dtype,
    data_format_of,
    plain,
    refuse,
    shape_kept,
    single_input,
)
from kerascope.layers.masking import PASSES


def _same_shape(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    return Outcome(shape_kept(single_input(inputs), arguments))


def _side(arguments: Arguments, name: str) -> Dim:
    value = arguments[name]
    return value if isinstance(value, int) else UNKNOWN


def _resized(arguments: Arguments, inputs: Inputs, context: Context, *, strict: bool = True) -> Outcome:
    """An image or a batch of images with new sides; the layer takes both."""
    spec = single_input(inputs)
    dtype = compute_dtype(arguments)
    if spec.shape is UNRANKED:
        return Outcome(TensorSpec(UNRANKED, dtype))
    ndim = len(spec.shape)
    if ndim not in (3, 4) and (context.major == 2 or strict):
        raise refuse(
            FaultKind.RANK,
            f"expected an image or a batch of images, found ndim={ndim}",
            expected=4,
            received=ndim,
            shape=spec.shape,
        )
    data_format = data_format_of(arguments, context) if "data_format" in arguments.values else "channels_last"
    if data_format is None:
        return Outcome(TensorSpec((UNKNOWN,) * ndim, dtype))
    first = ndim - 3 if data_format == "channels_last" else ndim - 2
    return Outcome(TensorSpec(_with_sides(arguments, spec.shape, first), dtype))


def _with_sides(arguments: Arguments, shape: Ranked, first: int) -> Ranked:
    if not 0 <= first <= len(shape) - 2:
        raise refuse(
            FaultKind.RANK,
            f"expected an image or a batch of images, found ndim={len(shape)}",
            expected=4,
            received=len(shape),
            shape=shape,
        )
    return (*shape[:first], _side(arguments, "height"), _side(arguments, "width"), *shape[first + 2 :])


def _resizing(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Keras 3's Resizing takes whatever has not four axes for one image, of which it sets the first sides."""
    spec = single_input(inputs)
    data_format = data_format_of(arguments, context) if "data_format" in arguments.values else "channels_last"
    if context.major == 2 or spec.shape is UNRANKED or len(spec.shape) in (3, 4) or data_format is None:
        return _resized(arguments, inputs, context, strict=False)
    first = 0 if data_format == "channels_last" else 1
    return Outcome(TensorSpec(_with_sides(arguments, spec.shape, first), compute_dtype(arguments)))


def _random_crop(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Keras 3's RandomCrop counts the sides from the end and does not look at the number of axes."""
    return _resized(arguments, inputs, context, strict=False)


def _check_layout(arguments: Arguments, context: Context) -> None:
    if "data_format" in arguments.values:
        data_format_of(arguments, context)


def _axes(arguments: Arguments) -> tuple[Any, ...] | None:
    axis = arguments["axis"]
    if axis is None:
        return ()
    if isinstance(axis, tuple):
        return axis
    if isinstance(axis, int):
        return (axis,)
    if isinstance(axis, float):
        raise bad_argument("axis", axis, "must be an integer, a tuple of integers or None")
    return None


def _check_normalization(arguments: Arguments, context: Context) -> None:
    _axes(arguments)
    mean, variance = arguments["mean"], arguments["variance"]
    if (mean is None and plain(variance) and variance is not None) or (
        variance is None and plain(mean) and mean is not None
    ):
        raise bad_argument("mean", mean, "must be given together with `variance`")


def _normalization(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """What ``adapt`` has seen before gives the weights their shape; without it the first call does."""
    spec = single_input(inputs)
    output = shape_kept(spec, arguments)
    axes, given = _axes(arguments), arguments["mean"]
    known = axes is not None and all(isinstance(axis, int) for axis in axes)
    sides: Shape = UNRANKED
    if spec.shape is not UNRANKED:
        places = _places(axes if known else None, spec.shape)
        seen = arguments.get("adapted_to")
        shape: Ranked = spec.shape
        if known and given is None and isinstance(seen, tuple) and len(seen) == len(shape):
            # The statistics have the length that an open axis had in the data.
            shape = tuple(
                seen[at] if side is None and at in places else side for at, side in enumerate(shape)
            )
            output = shape_kept(TensorSpec(shape, spec.dtype), arguments)
        sides = tuple(shape[place] for place in places)
        if None in sides and known and plain(given) and given is not None:
            raise _no_length(places[sides.index(None)], spec.shape)
        # A layer that is not adapted refuses an axis without a length. One that is takes any in Keras 3; in Keras 2
        # the statistics tell its length.
        if context.major == 2 and given is None:
            output = TensorSpec(_opened(shape, places), output.dtype)
        sides = tuple(UNKNOWN if side is None else side for side in sides) if known else UNRANKED
    if given is None:
        # The statistics that ``adapt`` finds, and how many samples it saw.
        side = Weight(sides, trainable=False)
        return Outcome(output, (side, side, Weight((), trainable=False)))
    return Outcome(output, () if plain(given) else None)


def _places(axes: Sequence[int] | None, shape: Ranked) -> list[int]:
    """The normalized axes counted from the front; all of them where that is not known."""
    for axis in axes or ():
        if not -len(shape) <= axis < len(shape):
            raise bad_argument("axis", axis, f"is out of range for an input of shape {shape}")
    return list(range(len(shape))) if axes is None else sorted(axis % len(shape) for axis in axes)


def _opened(shape: Ranked, places: Sequence[int]) -> Ranked:
    return tuple(UNKNOWN if side is None and at in places else side for at, side in enumerate(shape))


def _no_length(axis: int, shape: Shape) -> Refusal:
    return refuse(
        FaultKind.DIM,
        f"the normalized axis {axis} must have a fixed length, the input has shape {shape}",
        axis=axis,
        expected="a number",
        received=None,
        shape=shape,
    )


LAYERS = (
    LayerSpec(
        name="Rescaling",
        masking=PASSES,
        parameters={3: "scale, offset=0.0, **kwargs"},
        call=_same_shape,
        cases=(Case({"scale": 1 / 255}, (None, 32, 32, 3), output=(None, 32, 32, 3), params=0),),
    ),
    LayerSpec(
        name="Resizing",
        parameters={
            3: "height, width, interpolation='bilinear', crop_to_aspect_ratio=False, "
            "pad_to_aspect_ratio=False, fill_mode='constant', fill_value=0.0, antialias=False, "
            "data_format=None, **kwargs",
            2: "height, width, interpolation='bilinear', crop_to_aspect_ratio=False, **kwargs",
        },
        check=_check_layout,
        call=_resizing,
        cases=(Case({"height": 24, "width": 32}, (None, None, None, 3), output=(None, 24, 32, 3), params=0),),
    ),
    LayerSpec(
        name="CenterCrop",
        parameters={3: "height, width, data_format=None, **kwargs", 2: "height, width, **kwargs"},
        check=_check_layout,
        call=_resized,
        cases=(Case({"height": 24, "width": 16}, (None, 32, 32, 3), output=(None, 24, 16, 3), params=0),),
    ),
    LayerSpec(
        name="RandomCrop",
        parameters={
            3: "height, width, seed=None, data_format=None, name=None, **kwargs",
            2: "height, width, seed=None, **kwargs",
        },
        check=_check_layout,
        call=_random_crop,
        cases=(Case({"height": 24, "width": 16}, (None, 32, 32, 3), output=(None, 24, 16, 3), params=0),),
    ),
    LayerSpec(
        name="Normalization",
        masking=PASSES,
        parameters={3: "axis=-1, mean=None, variance=None, invert=False, **kwargs"},
        check=_check_normalization,
        call=_normalization,
        cases=(
            Case({}, (None, 8), output=(None, 8), params=17),
            Case({"axis": None}, (None, 8), output=(None, 8), params=3),
            Case({"mean": 0.5, "variance": 2.0}, (None, 8), output=(None, 8), params=0),
            Case({"mean": 0.5}, (None, 8), raises=FaultKind.ARGUMENT),
            Case({"axis": 3}, (None, 8), raises=FaultKind.ARGUMENT),
        ),
    ),
)
