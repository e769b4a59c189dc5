"""Layers that lengthen or shorten the spatial axes: zero padding, cropping, upsampling.

Facts: keras/src/layers/reshaping, tf_keras/src/layers/reshaping.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, dim_add, dim_mul
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
    data_format_of,
    input_rank,
    plain,
    refuse,
    single_input,
    sole_input,
)
from kerascope.layers.windows import Sizes, channels_of, read_sizes, size_tuple, spatial_axes, with_channels


def _amounts(arguments: Arguments, name: str, rank: int) -> tuple[Sizes, ...]:
    """Per spatial axis how much to add or take away at its start and its end."""
    value = arguments[name]
    if rank == 1:
        return (size_tuple(arguments, name, 2, zero=True),)
    if isinstance(value, int):
        return ((value, value),) * rank
    if not isinstance(value, tuple):
        if plain(value):
            raise bad_argument(name, value, f"must be an integer or a tuple of {rank} entries")
        return ((UNKNOWN, UNKNOWN),) * rank
    if len(value) != rank:
        raise bad_argument(name, value, f"must have {rank} entries")
    return tuple(read_sizes(item, name, 2, zero=True) for item in value)


def _layout(
    arguments: Arguments, inputs: Inputs, context: Context, rank: int
) -> tuple[TensorSpec, str | None]:
    """The input, held against its number of axes, and the data format where the layer has one."""
    spec = sole_input(inputs)
    input_rank(spec, exact=rank + 2)
    if "data_format" not in arguments.values:
        return spec, "channels_last"
    return spec, data_format_of(arguments, context)


def _unknown(spec: TensorSpec, arguments: Arguments, rank: int) -> Outcome:
    batch: Dim = UNKNOWN if spec.shape is UNRANKED else spec.shape[0]
    return Outcome(TensorSpec((batch, *(UNKNOWN,) * (rank + 1)), compute_dtype(arguments)))


def _respaced(spec: TensorSpec, spatial: Ranked, data_format: str, arguments: Arguments) -> Outcome:
    assert spec.shape is not UNRANKED
    channels = channels_of(spec.shape, len(spatial), data_format)
    return Outcome(
        TensorSpec(with_channels(spec.shape, spatial, channels, data_format), compute_dtype(arguments))
    )


def _check_amounts(arguments: Arguments, context: Context, name: str, rank: int) -> None:
    _amounts(arguments, name, rank)
    if "data_format" in arguments.values:
        data_format_of(arguments, context)
    value = arguments[name]
    if name == "cropping" and context.major == 3 and rank > 1 and isinstance(value, int) and value < 0:
        raise bad_argument(name, value, "must not be negative")


def _zero_padding(arguments: Arguments, inputs: Inputs, context: Context, rank: int) -> Outcome:
    spec, data_format = _layout(arguments, inputs, context, rank)
    amounts = _amounts(arguments, "padding", rank)
    if context.major == 2 and any(isinstance(item, int) and item < 0 for pair in amounts for item in pair):
        raise bad_argument("padding", arguments["padding"], "must not be negative")
    if spec.shape is UNRANKED or data_format is None:
        return _unknown(spec, arguments, rank)
    first, lengths = spatial_axes(spec.shape, rank, data_format)
    spatial = []
    for axis, (length, (start, end)) in enumerate(zip(lengths, amounts, strict=True)):
        longer = dim_add(length, dim_add(start, end))
        if isinstance(longer, int) and longer < 0:
            raise _too_short(first + axis, spec.shape, "padding")
        spatial.append(longer)
    return _respaced(spec, tuple(spatial), data_format, arguments)


def _too_short(axis: int, shape: Ranked, what: str) -> Exception:
    return refuse(
        FaultKind.EMPTY_OUTPUT,
        f"{what} leaves nothing of axis {axis} of an input of shape {shape}",
        axis=axis,
        shape=shape,
    )


def _cropping(arguments: Arguments, inputs: Inputs, context: Context, rank: int) -> Outcome:
    spec, data_format = _layout(arguments, inputs, context, rank)
    amounts = _amounts(arguments, "cropping", rank)
    if spec.shape is UNRANKED or data_format is None:
        return _unknown(spec, arguments, rank)
    first, lengths = spatial_axes(spec.shape, rank, data_format)
    spatial: list[Dim] = []
    for axis, (length, (start, end)) in enumerate(zip(lengths, amounts, strict=True)):
        if start is UNKNOWN or end is UNKNOWN or length is UNKNOWN or start < 0:
            spatial.append(None if length is None else UNKNOWN)
        elif length is None:
            spatial.append(None)
        elif start + end >= length and context.major == 2 and rank == 3:
            # Keras 2's Cropping3D does not look whether anything is left.
            spatial.append(0)
        elif start + end >= length:
            raise _too_short(first + axis, spec.shape, "cropping")
        else:
            spatial.append(length - start - end)
    return _respaced(spec, tuple(spatial), data_format, arguments)


def _upsampling_size(arguments: Arguments, context: Context, rank: int) -> Sizes:
    value: Any = arguments["size"]
    if rank > 1:
        return size_tuple(arguments, "size", rank)
    if context.major == 2 and isinstance(value, float | str):
        try:
            return (int(value),)
        except ValueError:
            raise bad_argument("size", value, "must be an integer") from None
    if plain(value) and (not isinstance(value, int) or (context.major == 3 and isinstance(value, bool))):
        raise bad_argument("size", value, "must be an integer")
    if isinstance(value, int) and value <= 0 and context.major == 3:
        raise bad_argument("size", value, "must be positive")
    return (value if isinstance(value, int) else UNKNOWN,)


def _check_upsampling(arguments: Arguments, context: Context, rank: int) -> None:
    _upsampling_size(arguments, context, rank)
    if "data_format" in arguments.values:
        data_format_of(arguments, context)
    interpolation = arguments.get("interpolation", "nearest")
    if plain(interpolation) and not isinstance(interpolation, str):
        raise bad_argument("interpolation", interpolation, "must be a string")
    if context.major == 2 and isinstance(interpolation, str) and interpolation.lower() not in _INTERPOLATIONS:
        raise bad_argument("interpolation", interpolation, f"must be one of {', '.join(_INTERPOLATIONS)}")


_INTERPOLATIONS = (
    "area",
    "bicubic",
    "bilinear",
    "gaussian",
    "lanczos3",
    "lanczos5",
    "mitchellcubic",
    "nearest",
)


def _keras_2_volume(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Keras 2 does not look at the number of axes of a volume, which it lengthens one by one."""
    spec = single_input(inputs)
    data_format = data_format_of(arguments, context)
    sizes = _upsampling_size(arguments, context, 3)
    if spec.shape is UNRANKED or data_format is None:
        return Outcome(TensorSpec(UNRANKED, compute_dtype(arguments)))
    first = 1 if data_format == "channels_last" else 2
    input_rank(spec, least=first + 3)
    output = list(spec.shape)
    for axis, size in enumerate(sizes, start=first):
        output[axis] = dim_mul(output[axis], size)
    return Outcome(TensorSpec(tuple(output), compute_dtype(arguments)))


def _upsampling(arguments: Arguments, inputs: Inputs, context: Context, rank: int) -> Outcome:
    if context.major == 2 and rank == 3:
        return _keras_2_volume(arguments, inputs, context)
    spec, data_format = _layout(arguments, inputs, context, rank)
    sizes = _upsampling_size(arguments, context, rank)
    if spec.shape is UNRANKED or data_format is None:
        return _unknown(spec, arguments, rank)
    _, lengths = spatial_axes(spec.shape, rank, data_format)
    spatial: Ranked
    if context.major == 2 and rank == 2 and not all(isinstance(length, int) for length in lengths):
        # TensorFlow's resize knows both lengths of an image or neither.
        spatial = (None, None) if None in lengths else (UNKNOWN, UNKNOWN)
        return _respaced(spec, spatial, data_format, arguments)
    spatial = tuple(dim_mul(length, size) for length, size in zip(lengths, sizes, strict=True))
    return _respaced(spec, spatial, data_format, arguments)


def _zero_padding_layer(rank: int, parameters: dict[int, str | None], cases: tuple[Case, ...]) -> LayerSpec:
    return LayerSpec(
        name=f"ZeroPadding{rank}D",
        parameters=parameters,
        check=lambda arguments, context: _check_amounts(arguments, context, "padding", rank),
        call=lambda arguments, inputs, context: _zero_padding(arguments, inputs, context, rank),
        cases=cases,
    )


def _cropping_layer(rank: int, parameters: str, cases: tuple[Case, ...]) -> LayerSpec:
    return LayerSpec(
        name=f"Cropping{rank}D",
        parameters={3: parameters},
        check=lambda arguments, context: _check_amounts(arguments, context, "cropping", rank),
        call=lambda arguments, inputs, context: _cropping(arguments, inputs, context, rank),
        cases=cases,
    )


def _upsampling_layer(rank: int, parameters: str, cases: tuple[Case, ...]) -> LayerSpec:
    return LayerSpec(
        name=f"UpSampling{rank}D",
        parameters={3: parameters},
        check=lambda arguments, context: _check_upsampling(arguments, context, rank),
        call=lambda arguments, inputs, context: _upsampling(arguments, inputs, context, rank),
        cases=cases,
    )


LAYERS = (
    _zero_padding_layer(
        1,
        {3: "padding=1, data_format=None, **kwargs", 2: "padding=1, **kwargs"},
        (
            Case({"padding": (1, 2)}, (None, 5, 3), output=(None, 8, 3), params=0),
            Case({"padding": -1}, (None, 5, 3), raises=FaultKind.ARGUMENT),
            Case({}, (None, 5), raises=FaultKind.RANK),
        ),
    ),
    _zero_padding_layer(
        2,
        {3: "padding=(1, 1), data_format=None, **kwargs"},
        (
            Case({"padding": ((1, 0), (2, 2))}, (None, 5, None, 3), output=(None, 6, None, 3), params=0),
            Case({"padding": (3, 3)}, (None, 224, 224, 3), output=(None, 230, 230, 3), params=0),
            Case({"padding": (1, 1, 1)}, (None, 5, 5, 3), raises=FaultKind.ARGUMENT),
        ),
    ),
    _zero_padding_layer(
        3,
        {
            3: "padding=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs",
            2: "padding=(1, 1, 1), data_format=None, **kwargs",
        },
        (Case({}, (None, 4, 4, 4, 2), output=(None, 6, 6, 6, 2), params=0),),
    ),
    _cropping_layer(
        1,
        "cropping=(1, 1), **kwargs",
        (
            Case({"cropping": 2}, (None, 9, 3), output=(None, 5, 3), params=0),
            Case({"cropping": 2}, (None, 4, 3), raises=FaultKind.EMPTY_OUTPUT),
        ),
    ),
    _cropping_layer(
        2,
        "cropping=((0, 0), (0, 0)), data_format=None, **kwargs",
        (
            Case({"cropping": ((1, 2), (0, 1))}, (None, 9, None, 3), output=(None, 6, None, 3), params=0),
            Case({"cropping": 3}, (None, 6, 9, 3), raises=FaultKind.EMPTY_OUTPUT),
        ),
    ),
    _cropping_layer(
        3,
        "cropping=((1, 1), (1, 1), (1, 1)), data_format=None, **kwargs",
        (Case({}, (None, 4, 5, 6, 2), output=(None, 2, 3, 4, 2), params=0),),
    ),
    _upsampling_layer(
        1,
        "size=2, **kwargs",
        (
            Case({}, (None, 5, 3), output=(None, 10, 3), params=0),
            Case({"size": 0}, (None, 5, 3), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
    _upsampling_layer(
        2,
        "size=(2, 2), data_format=None, interpolation='nearest', **kwargs",
        (
            Case({}, (None, 7, None, 3), output=(None, 14, None, 3), params=0, majors=(3,)),
            Case({}, (None, 7, None, 3), output=(None, None, None, 3), params=0, majors=(2,)),
            Case({"size": 3}, (None, 7, 8, 3), output=(None, 21, 24, 3), params=0),
            Case({"size": (2, 2, 2)}, (None, 7, 7, 3), raises=FaultKind.ARGUMENT),
        ),
    ),
    _upsampling_layer(
        3,
        "size=(2, 2, 2), data_format=None, **kwargs",
        (Case({}, (None, 2, 3, 4, 3), output=(None, 4, 6, 8, 3), params=0),),
    ),
)
