"""Layers that change images at random, or make them lighter, sharper, and so on.

Facts: keras/src/layers/preprocessing/image_preprocessing, tf_keras/src/layers/preprocessing/image_preprocessing.py.
Nearly all leave the shape alone; what can be wrong is a factor out of its range.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

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

Check: TypeAlias = Callable[[Arguments], None]

# --- Checks of one argument ---------------------------------------------------------------------------------


def _pair_of(value: Any, name: str) -> tuple[Any, Any] | None:
    """Two bounds; refuses what is neither a number nor two of them."""
    if isinstance(value, tuple):
        if len(value) != 2:
            raise bad_argument(name, value, "must be a number or a tuple of two")
        return value[0], value[1]
    if value is None or isinstance(value, str):
        raise bad_argument(name, value, "must be a number or a tuple of two")
    return None


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) else None


def _overlap(name: str, low: float, high: float, *, optional: bool = False) -> Check:
    """A number from ``low`` to ``high``, or two that span some of that."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        if optional and value is None:
            return
        pair = _pair_of(value, name)
        bounds = (value, value) if pair is None else pair
        first, second = _number(bounds[0]), _number(bounds[1])
        if (first is not None and first > high) or (second is not None and second < low):
            raise bad_argument(name, value, f"must lie between {low} and {high}")

    return check


def _within(name: str, low: float, high: float, *, optional: bool = False, open_low: bool = False) -> Check:
    """A number from ``low`` to ``high``, or two of them."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        if optional and value is None:
            return
        for bound in _pair_of(value, name) or (value,):
            number = _number(bound)
            if number is not None and (number > high or number < low or (open_low and number == low)):
                raise bad_argument(name, value, f"must lie between {low} and {high}")

    return check


def _plain_number(name: str, low: float, high: float) -> Check:
    """A single number from ``low`` to ``high``."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        number = _number(value)
        if (plain(value) and number is None) or (number is not None and not low <= number <= high):
            raise bad_argument(name, value, f"must be a number between {low} and {high}")

    return check


def _symmetric(name: str, most: float | None, *, sorted_pair: bool = True, optional: bool = False) -> Check:
    """Keras 2: a number, or two of which the first is no greater; none beyond ``most`` either way."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        if optional and value is None:
            return
        if value is None or isinstance(value, str) or (isinstance(value, tuple) and len(value) < 2):
            raise bad_argument(name, value, "must be a number or a tuple of two")
        bounds = value[:2] if isinstance(value, tuple) else (value, value)
        low, high = _number(bounds[0]), _number(bounds[1])
        if not isinstance(value, tuple) and low is not None:
            low = -low
        if sorted_pair and low is not None and high is not None and high < low:
            raise bad_argument(name, value, "must not be negative, and of two the first is the lesser")
        if most is not None and any(number is not None and abs(number) > most for number in (low, high)):
            raise bad_argument(name, value, f"must lie between {-most} and {most}")

    return check


def _above_minus_one(name: str, *, sorted_pair: bool) -> Check:
    """Keras 2: a number up to 1 or two numbers, none below -1."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        if name == "width_factor" and value is None:
            return
        _symmetric(name, None, sorted_pair=sorted_pair)(arguments)
        bounds = value[:2] if isinstance(value, tuple) else (value, value)
        numbers = [_number(bound) for bound in bounds]
        if not isinstance(value, tuple) and numbers[0] is not None:
            numbers[0] = -numbers[0]
        if any(number is not None and number < -1 for number in numbers):
            raise bad_argument(name, value, "must not be below -1")

    return check


def _false_or_overlap(arguments: Arguments) -> None:
    """Keras 3's brightness and rotation take whatever is false for 0."""
    if not plain(arguments["factor"]) or arguments["factor"]:
        _overlap("factor", -1, 1)(arguments)


def _contrast_2(arguments: Arguments) -> None:
    """Keras 2's contrast: nothing negative, and the first no greater than 1."""
    value = arguments["factor"]
    if value is None or isinstance(value, str) or (isinstance(value, tuple) and len(value) < 2):
        raise bad_argument("factor", value, "must be a number or a tuple of two")
    bounds = value[:2] if isinstance(value, tuple) else (value, value)
    low, high = _number(bounds[0]), _number(bounds[1])
    if (low is not None and not 0 <= low <= 1) or (high is not None and high < 0):
        raise bad_argument("factor", value, "must lie between 0 and 1")


def _two(name: str) -> Check:
    """A tuple of two numbers."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        if (plain(value) and not isinstance(value, tuple)) or (isinstance(value, tuple) and len(value) != 2):
            raise bad_argument(name, value, "must be a tuple of two numbers")

    return check


def _choice(name: str, *allowed: str) -> Check:
    def check(arguments: Arguments) -> None:
        if plain(arguments[name]) and arguments[name] not in allowed:
            raise bad_argument(name, arguments[name], f"must be one of {', '.join(allowed)}")

    return check


def _odd_size(arguments: Arguments) -> None:
    value = arguments["kernel_size"]
    for size in _pair_of(value, "kernel_size") or (value,):
        number = _number(size)
        if number is not None and number % 2 == 0:
            raise bad_argument("kernel_size", value, "must be odd")


def _read_whole(value: Any, name: str) -> Dim:
    """What Python's ``int`` makes of a value."""
    if not plain(value):
        return UNKNOWN
    try:
        if isinstance(value, tuple) or value is None:
            raise ValueError
        return int(value)
    except (ValueError, OverflowError):
        raise bad_argument(name, value, "must be an integer") from None


def _whole(name: str) -> Check:
    def check(arguments: Arguments) -> None:
        _read_whole(arguments[name], name)

    return check


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
    """Needs colours, which most others ask for only when images come."""
    spec = single_input(inputs)
    shape, data_format = spec.shape, data_format_of(arguments, context)
    if shape is UNRANKED or data_format is None:
        return Outcome(shape_kept(spec, arguments))
    _check_image(shape)
    axis = -1 if data_format == "channels_last" else -3
    if shape[axis] not in (3, UNKNOWN):
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
        most = _read_whole(arguments["max_number"], "max_number")
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

_FILL = _choice("fill_mode", "reflect", "wrap", "constant", "nearest")
_INTERPOLATION = _choice("interpolation", "nearest", "bilinear")
_VALUES = _two("value_range")
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
        checks_2=(_choice("mode", "horizontal", "vertical", "horizontal_and_vertical"),),
    ),
    _layer(
        "RandomRotation",
        f"factor, {_WARP}{_TAIL}",
        (_false_or_overlap, _FILL, _INTERPOLATION),
        (
            _right(_BOTH, factor=0.25),
            _wrong(factor=30),
            _wrong(_OLD, factor=-0.1),
            _wrong(_BOTH, factor=0.2, fill_mode="mirror"),
        ),
        keras_2=f"factor, {_WARP}**kwargs",
        checks_2=(_symmetric("factor", None), _FILL, _INTERPOLATION),
    ),
    _layer(
        "RandomZoom",
        f"height_factor, width_factor=None, {_WARP}{_TAIL}",
        (
            _within("height_factor", -1, 1, open_low=True),
            _within("width_factor", -1, 1, open_low=True, optional=True),
            _FILL,
            _INTERPOLATION,
        ),
        (_right(_BOTH, height_factor=0.2), _wrong(_BOTH, height_factor=1.5)),
        keras_2=f"height_factor, width_factor=None, {_WARP}**kwargs",
        checks_2=(
            _symmetric("height_factor", 1, sorted_pair=False),
            _above_minus_one("width_factor", sorted_pair=False),
            _FILL,
            _INTERPOLATION,
        ),
    ),
    _layer(
        "RandomTranslation",
        f"height_factor, width_factor, {_WARP}{_TAIL}",
        (_within("height_factor", -1, 1), _within("width_factor", -1, 1), _FILL, _INTERPOLATION),
        (
            _right(_BOTH, height_factor=0.2, width_factor=0.1),
            _wrong(_BOTH, height_factor=0.2, width_factor=10),
        ),
        keras_2=f"height_factor, width_factor, {_WARP}**kwargs",
        checks_2=(_symmetric("height_factor", 1), _symmetric("width_factor", 1), _FILL, _INTERPOLATION),
    ),
    _layer(
        "RandomContrast",
        f"factor, {_RANGE}, seed=None, **kwargs",
        (_overlap("factor", 0, 1),),
        (_right(_BOTH, factor=0.25), _wrong(_BOTH, factor=-0.1), _wrong(_OLD, factor=0)),
        call=_contrast,
        keras_2="factor, seed=None, **kwargs",
        checks_2=(_contrast_2,),
    ),
    _layer(
        "RandomBrightness",
        f"factor, {_RANGE}, seed=None, **kwargs",
        (_false_or_overlap, _VALUES),
        (_right(_BOTH, factor=0.25), _wrong(_BOTH, factor=2), _wrong(_BOTH, factor=0.2, value_range=255)),
        keras_2=f"factor, {_RANGE}, seed=None, **kwargs",
        checks_2=(_within("factor", -1, 1), _VALUES),
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
            checks_2=(_above_minus_one("factor", sorted_pair=True),),
        )
        for side, axis, output in (("Height", -3, (None, None, 32, 3)), ("Width", -2, (None, 32, None, 3)))
    ),
    _layer(
        "RandomShear",
        "x_factor=0.0, y_factor=0.0, interpolation='bilinear', fill_mode='reflect', fill_value=0.0, "
        "data_format=None, seed=None, **kwargs",
        (_within("x_factor", 0, 1), _within("y_factor", 0, 1), _FILL, _INTERPOLATION),
        (_right(x_factor=0.2), _wrong(x_factor=-0.2)),
    ),
    _layer(
        "RandomPerspective",
        f"factor=1.0, scale=1.0, interpolation='bilinear', fill_value=0.0, {_SEEDED}",
        (_overlap("factor", 0, 1), _plain_number("scale", 0, 1), _INTERPOLATION),
        (_right(), _wrong(scale=2)),
    ),
    _layer(
        "RandomElasticTransform",
        "factor=1.0, scale=1.0, interpolation='bilinear', fill_mode='reflect', fill_value=0.0, "
        f"{_RANGE}, {_SEEDED}",
        (_overlap("factor", 0, 1), _overlap("scale", 0, 1), _FILL, _INTERPOLATION),
        (_right(), _wrong(factor=1.5)),
    ),
    _layer(
        "RandomErasing",
        f"factor=1.0, scale=(0.02, 0.33), fill_value=None, {_RANGE}, {_SEEDED}",
        (_overlap("factor", 0, 1), _overlap("scale", 0, 1)),
        (_right(), _wrong(scale=3)),
    ),
    _layer(
        "RandomGaussianBlur",
        f"factor=1.0, kernel_size=3, sigma=1.0, {_RANGE}, data_format=None, seed=None, **kwargs",
        (_overlap("factor", 0, 1), _odd_size, _overlap("sigma", 0, 1)),
        (_right(), _wrong(kernel_size=4)),
    ),
    _layer(
        "RandomGrayscale",
        "factor=0.5, data_format=None, seed=None, **kwargs",
        (_plain_number("factor", 0, 1),),
        (_right(), _wrong(factor=1.5)),
        call=_same_tensor,
    ),
    _layer(
        "RandomHue",
        f"factor, {_RANGE}, data_format=None, seed=None, **kwargs",
        (_overlap("factor", 0, 1),),
        (_right(factor=0.2), _wrong(factor=-0.2)),
    ),
    _layer(
        "RandomInvert",
        f"factor=1.0, {_RANGE}, {_SEEDED}",
        (_overlap("factor", 0, 1),),
        (_right(), _wrong(factor=1.5)),
    ),
    _layer(
        "RandomPosterization",
        f"factor, {_RANGE}, data_format=None, seed=None, **kwargs",
        (_overlap("factor", 1, 8), _VALUES),
        (_right(factor=3), _wrong(factor=0.5)),
    ),
    _layer(
        "RandomSaturation",
        f"factor, {_RANGE}, data_format=None, seed=None, **kwargs",
        (_overlap("factor", -1, 1), _VALUES),
        (_right(factor=0.2), _wrong(factor=0.2, value_range=1)),
    ),
    _layer(
        "RandomSharpness",
        f"factor, {_RANGE}, data_format=None, seed=None, **kwargs",
        (_overlap("factor", 0, 1), _VALUES),
        (_right(factor=0.2), _wrong(factor=1.5)),
    ),
    _layer(
        "RandomColorDegeneration",
        f"factor, {_RANGE}, data_format=None, seed=None, **kwargs",
        (_overlap("factor", -1, 1), _VALUES),
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
            _overlap("brightness_factor", -1, 1, optional=True),
            _overlap("contrast_factor", 0, 1, optional=True),
            _overlap("saturation_factor", -1, 1, optional=True),
            _overlap("hue_factor", 0, 1, optional=True),
        ),
        (_right(brightness_factor=0.2), _wrong(hue_factor=-0.5)),
    ),
    _layer(
        "Solarization",
        f"addition_factor=0.0, threshold_factor=0.0, {_RANGE}, seed=None, **kwargs",
        (_within("addition_factor", 0, 1), _within("threshold_factor", 0, 1), _VALUES),
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
        (_overlap("factor", 0, 1), _VALUES, _INTERPOLATION),
        (_right(), _wrong(factor=-0.5)),
    ),
    _layer(
        "RandAugment",
        f"{_RANGE}, num_ops=2, factor=0.5, interpolation='bilinear', {_SEEDED}",
        (_overlap("factor", 0, 1), _VALUES, _INTERPOLATION),
        (_right(), _wrong(factor=1.5)),
    ),
    _layer("CutMix", f"factor=1.0, {_SEEDED}", (_overlap("factor", 0, 1),), (_right(), _wrong(factor="0.5"))),
    _layer(
        "MixUp", "alpha=0.2, data_format=None, seed=None, **kwargs", (), (_right(), _wrong(data_format="x"))
    ),
    _layer(
        "MaxNumBoundingBoxes",
        "max_number, fill_value=-1, **kwargs",
        (_whole("max_number"), _whole("fill_value")),
        (_right(max_number=5), _wrong(max_number="many")),
        call=_bounding_boxes,
    ),
)
