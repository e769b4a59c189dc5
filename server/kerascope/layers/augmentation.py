"""Layers that change images at random, or make them lighter, sharper, and so on.

Facts: keras/src/layers/preprocessing/image_preprocessing, tf_keras/src/layers/preprocessing/image_preprocessing.py.
Nearly all leave the shape alone; what can be wrong is a factor out of its range.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
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
    cast_dtype,
    compute_dtype,
    data_format_of,
    input_rank,
    plain,
    refuse,
    shape_kept,
    single_input,
)
from kerascope.layers.factors import (
    Check,
    above_minus_one,
    choice,
    contrast,
    false_or_overlapping,
    odd_size,
    overlapping,
    plain_number,
    read_whole,
    symmetric,
    two_numbers,
    whole,
    within,
)

# --- Calls --------------------------------------------------------------------------------------------------


def _same_shape(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Keras 2 looks at the number of axes when it traces the call, Keras 3 when images come."""
    spec = single_input(inputs)
    if context.major == 2:
        _check_image(spec.shape)
    return Outcome(shape_kept(spec, arguments))


def _check_image(shape: Shape) -> None:
    if shape is not UNRANKED and len(shape) not in (3, 4):
        raise refuse(
            FaultKind.RANK,
            f"expected an image or a batch of images, found ndim={len(shape)}",
            expected=4,
            received=len(shape),
            shape=shape,
        )


def _contrast(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Keras 2 draws from an interval that must not be empty."""
    factor = arguments["factor"]
    if context.major == 2 and plain(factor) and factor in (0, (0, 0)):
        raise bad_argument("factor", factor, "must be greater than 0")
    spec = single_input(inputs)
    if context.major == 2:
        input_rank(spec, least=3)
    return Outcome(shape_kept(spec, arguments))


def _same_tensor(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Whole numbers stay whole numbers."""
    spec = single_input(inputs)
    return Outcome(TensorSpec(spec.shape, cast_dtype(spec, arguments)))


def _color_degeneration(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Needs colours, which most others ask for only when images come, and then not where nothing changes."""
    spec = single_input(inputs)
    shape, data_format = spec.shape, data_format_of(arguments, context)
    if shape is UNRANKED or data_format is None:
        return Outcome(shape_kept(spec, arguments))
    _check_image(shape)
    axis = -1 if data_format == "channels_last" else -3
    if shape[axis] not in (3, UNKNOWN) and not context.on_data:
        raise refuse(
            FaultKind.DIM,
            f"the images must have 3 channels, received shape {shape}",
            axis=axis,
            expected=3,
            received=shape[axis],
            shape=shape,
        )
    return Outcome(shape_kept(spec, arguments))


def _random_side(axis: int) -> Callable[[Arguments, Inputs, Context], Outcome]:
    def call(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
        """Keras 2's ``RandomHeight`` and ``RandomWidth``: a side of any length."""
        spec = single_input(inputs)
        dtype = compute_dtype(arguments)
        if spec.shape is UNRANKED:
            return Outcome(TensorSpec(UNRANKED, dtype))
        _check_image(spec.shape)
        sides = list(spec.shape)
        sides[axis] = None
        return Outcome(TensorSpec(tuple(sides), dtype))

    return call


def _bounding_boxes(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Images stay, and there are as many boxes as were asked for."""
    if not isinstance(inputs, dict):
        return _same_shape(arguments, inputs, context)
    boxes = inputs.get("bounding_boxes")
    outputs: dict[str, Any] = {
        key: _of_type(value, arguments) for key, value in inputs.items() if key != "bounding_boxes"
    }
    if boxes is not None:
        if not isinstance(boxes, dict) or set(boxes) != {"boxes", "labels"}:
            return Outcome(TensorSpec(UNRANKED, ""))
        most = read_whole(arguments["max_number"], "max_number")
        outputs["bounding_boxes"] = {key: _most(value, most, arguments) for key, value in boxes.items()}
    return Outcome(outputs)


def _of_type(value: Any, arguments: Arguments) -> TensorSpec:
    if not isinstance(value, TensorSpec):
        return TensorSpec(UNRANKED, "")
    return TensorSpec(value.shape, compute_dtype(arguments))


def _most(value: Any, number: Dim, arguments: Arguments) -> TensorSpec:
    shape: Shape = UNRANKED if not isinstance(value, TensorSpec) else value.shape
    if shape is UNRANKED or len(shape) < 2:
        return TensorSpec(UNRANKED, "")
    return TensorSpec((shape[0], number, *shape[2:]), compute_dtype(arguments))


# --- Entries ------------------------------------------------------------------------------------------------

_FILL = choice("fill_mode", "reflect", "wrap", "constant", "nearest")
_MIRRORING_FILL = choice("fill_mode", "reflect", "wrap", "constant", "nearest", "mirror")
_INTERPOLATION = choice("interpolation", "nearest", "bilinear")
_VALUES = two_numbers("value_range")
_WARP = "fill_mode='reflect', interpolation='bilinear', seed=None, fill_value=0.0, "
_RANGE = "value_range=(0, 255)"
_TAIL = "data_format=None, **kwargs"
_SEEDED = "seed=None, data_format=None, **kwargs"
_BOTH, _NEW, _OLD = (2, 3), (3,), (2,)
_IMAGES = (None, 32, 32, 3)


def _right(majors: tuple[int, ...] = _NEW, **arguments: Any) -> Case:
    return Case(arguments, _IMAGES, output=_IMAGES, params=0, majors=majors)


def _wrong(majors: tuple[int, ...] = _NEW, **arguments: Any) -> Case:
    return Case(arguments, _IMAGES, raises=FaultKind.ARGUMENT, majors=majors)


def _layer(
    name: str,
    parameters: str | None,
    checks: tuple[Check, ...],
    cases: tuple[Case, ...],
    *,
    call: Callable[[Arguments, Inputs, Context], Outcome] = _same_shape,
    keras_2: str | None = None,
    checks_2: tuple[Check, ...] = (),
) -> LayerSpec:
    def check(arguments: Arguments, context: Context) -> None:
        if "data_format" in arguments.values:
            data_format_of(arguments, context)
        for one in checks if context.major == 3 else checks_2:
            one(arguments)

    return LayerSpec(name=name, parameters={3: parameters, 2: keras_2}, check=check, call=call, cases=cases)


LAYERS = (
    _layer(
        "RandomFlip",
        f"mode='horizontal_and_vertical', {_SEEDED}",
        (),
        (_right(_BOTH), _right(_BOTH, mode="horizontal"), _wrong(_OLD, mode="diagonal")),
        keras_2="mode='horizontal_and_vertical', seed=None, **kwargs",
        checks_2=(choice("mode", "horizontal", "vertical", "horizontal_and_vertical"),),
    ),
    _layer(
        "RandomRotation",
        f"factor, {_WARP}{_TAIL}",
        (false_or_overlapping, _FILL, _INTERPOLATION),
        (
            _right(_BOTH, factor=0.25),
            _wrong(factor=30),
            _wrong(_OLD, factor=-0.1),
            _wrong(_BOTH, factor=0.2, fill_mode="mirror"),
        ),
        keras_2=f"factor, {_WARP}**kwargs",
        checks_2=(symmetric("factor", None), _FILL, _INTERPOLATION),
    ),
    _layer(
        "RandomZoom",
        f"height_factor, width_factor=None, {_WARP}{_TAIL}",
        (
            within("height_factor", -1, 1, open_low=True),
            within("width_factor", -1, 1, open_low=True, optional=True),
            _FILL,
            _INTERPOLATION,
        ),
        (_right(_BOTH, height_factor=0.2), _wrong(_BOTH, height_factor=1.5)),
        keras_2=f"height_factor, width_factor=None, {_WARP}**kwargs",
        checks_2=(
            symmetric("height_factor", 1, sorted_pair=False),
            above_minus_one("width_factor", sorted_pair=False),
            _FILL,
            _INTERPOLATION,
        ),
    ),
    _layer(
        "RandomTranslation",
        f"height_factor, width_factor, {_WARP}{_TAIL}",
        (within("height_factor", -1, 1), within("width_factor", -1, 1), _FILL, _INTERPOLATION),
        (
            _right(_BOTH, height_factor=0.2, width_factor=0.1),
            _wrong(_BOTH, height_factor=0.2, width_factor=10),
        ),
        keras_2=f"height_factor, width_factor, {_WARP}**kwargs",
        checks_2=(symmetric("height_factor", 1), symmetric("width_factor", 1), _FILL, _INTERPOLATION),
    ),
    _layer(
        "RandomContrast",
        f"factor, {_RANGE}, seed=None, **kwargs",
        (overlapping("factor", 0, 1),),
        (_right(_BOTH, factor=0.25), _wrong(_BOTH, factor=-0.1), _wrong(_OLD, factor=0)),
        call=_contrast,
        keras_2="factor, seed=None, **kwargs",
        checks_2=(contrast,),
    ),
    _layer(
        "RandomBrightness",
        f"factor, {_RANGE}, seed=None, **kwargs",
        (false_or_overlapping, _VALUES),
        (_right(_BOTH, factor=0.25), _wrong(_BOTH, factor=2), _wrong(_BOTH, factor=0.2, value_range=255)),
        keras_2=f"factor, {_RANGE}, seed=None, **kwargs",
        checks_2=(within("factor", -1, 1), _VALUES),
    ),
    *(
        _layer(
            f"Random{side}",
            None,
            (),
            (
                Case({"factor": 0.2}, _IMAGES, output=output, params=0, majors=_OLD),
                _wrong(_OLD, factor=(0.3, 0.1)),
                Case({"factor": 0.2}, (None, 8), raises=FaultKind.RANK, majors=_OLD),
            ),
            call=_random_side(axis),
            keras_2="factor, interpolation='bilinear', seed=None, **kwargs",
            checks_2=(above_minus_one("factor", sorted_pair=True),),
        )
        for side, axis, output in (("Height", -3, (None, None, 32, 3)), ("Width", -2, (None, 32, None, 3)))
    ),
    _layer(
        "RandomShear",
        "x_factor=0.0, y_factor=0.0, interpolation='bilinear', fill_mode='reflect', fill_value=0.0, "
        "data_format=None, seed=None, **kwargs",
        (within("x_factor", 0, 1), within("y_factor", 0, 1), _FILL, _INTERPOLATION),
        (_right(x_factor=0.2), _wrong(x_factor=-0.2)),
    ),
    _layer(
        "RandomPerspective",
        f"factor=1.0, scale=1.0, interpolation='bilinear', fill_value=0.0, {_SEEDED}",
        (overlapping("factor", 0, 1), plain_number("scale", 0, 1), _INTERPOLATION),
        (_right(), _wrong(scale=2)),
    ),
    _layer(
        "RandomElasticTransform",
        "factor=1.0, scale=1.0, interpolation='bilinear', fill_mode='reflect', fill_value=0.0, "
        f"{_RANGE}, {_SEEDED}",
        (overlapping("factor", 0, 1), overlapping("scale", 0, 1), _MIRRORING_FILL, _INTERPOLATION),
        (_right(), _right(fill_mode="mirror"), _wrong(factor=1.5), _wrong(fill_mode="edge")),
    ),
    _layer(
        "RandomErasing",
        f"factor=1.0, scale=(0.02, 0.33), fill_value=None, {_RANGE}, {_SEEDED}",
        (overlapping("factor", 0, 1), overlapping("scale", 0, 1)),
        (_right(), _wrong(scale=3)),
    ),
    _layer(
        "RandomGaussianBlur",
        f"factor=1.0, kernel_size=3, sigma=1.0, {_RANGE}, data_format=None, seed=None, **kwargs",
        (overlapping("factor", 0, 1), odd_size, overlapping("sigma", 0, 1)),
        (_right(), _wrong(kernel_size=4)),
    ),
    _layer(
        "RandomGrayscale",
        "factor=0.5, data_format=None, seed=None, **kwargs",
        (plain_number("factor", 0, 1),),
        (_right(), _wrong(factor=1.5)),
        call=_same_tensor,
    ),
    _layer(
        "RandomHue",
        f"factor, {_RANGE}, data_format=None, seed=None, **kwargs",
        (overlapping("factor", 0, 1),),
        (_right(factor=0.2), _wrong(factor=-0.2)),
    ),
    _layer(
        "RandomInvert",
        f"factor=1.0, {_RANGE}, {_SEEDED}",
        (overlapping("factor", 0, 1),),
        (_right(), _wrong(factor=1.5)),
    ),
    _layer(
        "RandomPosterization",
        f"factor, {_RANGE}, data_format=None, seed=None, **kwargs",
        (overlapping("factor", 1, 8), _VALUES),
        (_right(factor=3), _wrong(factor=0.5)),
    ),
    _layer(
        "RandomSaturation",
        f"factor, {_RANGE}, data_format=None, seed=None, **kwargs",
        (overlapping("factor", -1, 1), _VALUES),
        (_right(factor=0.2), _wrong(factor=0.2, value_range=1)),
    ),
    _layer(
        "RandomSharpness",
        f"factor, {_RANGE}, data_format=None, seed=None, **kwargs",
        (overlapping("factor", 0, 1), _VALUES),
        (_right(factor=0.2), _wrong(factor=1.5)),
    ),
    _layer(
        "RandomColorDegeneration",
        f"factor, {_RANGE}, data_format=None, seed=None, **kwargs",
        (overlapping("factor", -1, 1), _VALUES),
        (
            _right(factor=0.2),
            _wrong(factor=1.5),
            Case({"factor": 0.2}, (None, 8, 8, 1), raises=FaultKind.DIM, majors=_NEW),
            Case({"factor": 0.2}, (None, 8), raises=FaultKind.RANK, majors=_NEW),
        ),
        call=_color_degeneration,
    ),
    _layer(
        "RandomColorJitter",
        f"{_RANGE}, brightness_factor=None, contrast_factor=None, saturation_factor=None, "
        f"hue_factor=None, {_SEEDED}",
        (
            overlapping("brightness_factor", -1, 1, optional=True),
            overlapping("contrast_factor", 0, 1, optional=True),
            overlapping("saturation_factor", -1, 1, optional=True),
            overlapping("hue_factor", 0, 1, optional=True),
        ),
        (_right(brightness_factor=0.2), _wrong(hue_factor=-0.5)),
    ),
    _layer(
        "Solarization",
        f"addition_factor=0.0, threshold_factor=0.0, {_RANGE}, seed=None, **kwargs",
        (within("addition_factor", 0, 1), within("threshold_factor", 0, 1), _VALUES),
        (_right(), _wrong(addition_factor=10)),
    ),
    _layer("AutoContrast", f"{_RANGE}, **kwargs", (_VALUES,), (_right(), _wrong(value_range=255))),
    _layer(
        "Equalization",
        f"{_RANGE}, bins=256, {_TAIL}",
        (_VALUES,),
        (_right(), _wrong(value_range=(0, 1, 2))),
        call=_same_tensor,
    ),
    _layer(
        "ContrastLimitedAdaptiveHistogramEqualization",
        f"{_RANGE}, clip_limit=4.0, tile_grid_size=(8, 8), {_TAIL}",
        (),
        (_right(), _wrong(data_format="last")),
    ),
    _layer(
        "AugMix",
        f"{_RANGE}, num_chains=3, chain_depth=3, factor=0.3, alpha=1.0, all_ops=True, "
        f"interpolation='bilinear', {_SEEDED}",
        (overlapping("factor", 0, 1), _VALUES, _INTERPOLATION),
        (_right(), _wrong(factor=-0.5)),
    ),
    _layer(
        "RandAugment",
        f"{_RANGE}, num_ops=2, factor=0.5, interpolation='bilinear', {_SEEDED}",
        (overlapping("factor", 0, 1), _VALUES, _INTERPOLATION),
        (_right(), _wrong(factor=1.5)),
    ),
    _layer(
        "CutMix", f"factor=1.0, {_SEEDED}", (overlapping("factor", 0, 1),), (_right(), _wrong(factor="0.5"))
    ),
    _layer(
        "MixUp", "alpha=0.2, data_format=None, seed=None, **kwargs", (), (_right(), _wrong(data_format="x"))
    ),
    _layer(
        "MaxNumBoundingBoxes",
        "max_number, fill_value=-1, **kwargs",
        (whole("max_number"), whole("fill_value")),
        (_right(max_number=5), _wrong(max_number="many")),
        call=_bounding_boxes,
    ),
)
