"""TensorFlow's reading and decoding of files, on one file at a time as ``Dataset.map`` does it.

Source: the shape functions of tensorflow/core/ops/image_ops.cc, io_ops.cc, parsing_ops.cc and audio_ops.cc.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
from kerascope.domain.specs import ArraySpec, NamedParts, Symbol
from kerascope.libraries.base import (
    CallArguments,
    LibraryFunction,
    as_array_like,
    dtype_name,
    entry,
    make_facts,
)

Returns = Callable[[CallArguments], Any]


def _text(args: CallArguments) -> Any:
    return ArraySpec((), "string", source="a file")


def _same_shape(dtype: str) -> Returns:
    def returns(args: CallArguments) -> Any:
        return ArraySpec(as_array_like(args.get(0, "input", UNKNOWN)).shape, dtype)

    return returns


def _image_dtype(args: CallArguments, position: int) -> str:
    given = args.get(position, "dtype")
    if given is UNKNOWN:
        return ""
    return "uint8" if given is None else dtype_name(given)


def _image(channels: Any, dtype: str, leading: tuple[Dim, ...] = ()) -> ArraySpec:
    depth: Dim = None if channels in (None, 0) else channels if isinstance(channels, int) else UNKNOWN
    top = {"uint8": 255, "uint16": 65_535}.get(dtype, 1 if dtype.startswith("float") else None)
    facts = make_facts(dtype, 0, top) if top is not None else make_facts(dtype)
    return ArraySpec((*leading, None, None, depth), dtype, facts, "a file")


def _decoded(position: int) -> Returns:
    """An image of one format; ``position`` is that of ``dtype``, beyond every argument where there is none."""

    def returns(args: CallArguments) -> Any:
        return _image(args.get(1, "channels", 0), _image_dtype(args, position))

    return returns


def _any_image(args: CallArguments) -> Any:
    dtype = _image_dtype(args, 2)
    if args.get(4, "expand_animations", True) is False:
        return _image(args.get(1, "channels"), dtype)
    # A GIF would have an axis more, so that TensorFlow does not know how many there are.
    return ArraySpec(
        UNRANKED, dtype, make_facts(dtype, 0, 255) if dtype == "uint8" else make_facts(dtype), "a file"
    )


def _wave(args: CallArguments) -> Any:
    channels, samples = args.get(1, "desired_channels", -1), args.get(2, "desired_samples", -1)
    shape: Shape = tuple(
        None if size == -1 else size if isinstance(size, int) else UNKNOWN for size in (samples, channels)
    )
    wave = ArraySpec(shape, "float32", make_facts("float32", -1, 1), "a file")
    return NamedParts((wave, ArraySpec((), "int32")), ("audio", "sample_rate"))


def _raw(args: CallArguments) -> Any:
    inner = as_array_like(args.get(0, "input_bytes", UNKNOWN)).shape
    given = args.get(1, "out_type", UNKNOWN)
    dtype = dtype_name(given) if isinstance(given, (Symbol, str)) else ""
    return ArraySpec(UNRANKED if inner is UNRANKED else (*inner, None), dtype, make_facts(dtype))


def _numbers(args: CallArguments) -> Any:
    given = args.get(1, "out_type")
    dtype = "float32" if given is None else dtype_name(given)
    shape = as_array_like(args.get(0, "input", UNKNOWN)).shape
    return ArraySpec(shape, dtype, make_facts(dtype))


def _parts(args: CallArguments) -> Any:
    return ArraySpec(UNRANKED, "string")


def _characters(args: CallArguments) -> Any:
    """A row for one text; for more a ragged tensor."""
    text = as_array_like(args.get(0, "input", UNKNOWN))
    return ArraySpec((None,) if text.shape == () else UNRANKED, "string")


def _hidden(args: CallArguments) -> Any:
    """What a function gives that TensorFlow does not look into: as many tensors as ``Tout`` has types."""
    types = args.get(2, "Tout", UNKNOWN)
    given = types if isinstance(types, tuple) else (types,)
    names = [_tensor_type(each) for each in given]
    if not args.complete or "" in names:
        return UNKNOWN
    made = tuple(ArraySpec(UNRANKED, name, make_facts(name)) for name in names)
    return made if isinstance(types, tuple) else made[0]


def _tensor_type(value: Any) -> str:
    """The name of ``tf.float32``, ``tf.string``, ``"int64"``; ``""`` for what is none."""
    last = value.name.rpartition(".")[2] if isinstance(value, Symbol) else value
    return "string" if last == "string" else dtype_name(value)


def _rotated(args: CallArguments) -> Any:
    image = as_array_like(args.get(0, "image", UNKNOWN))
    shape = image.shape
    if shape is UNRANKED or len(shape) not in (3, 4):
        return ArraySpec(UNRANKED, image.dtype, image.facts, image.source)
    sides = (UNKNOWN, UNKNOWN) if shape[-3] != shape[-2] else shape[-3:-1]
    return ArraySpec((*shape[:-3], *sides, shape[-1]), image.dtype, image.facts, image.source)


def _cropped(args: CallArguments) -> Any:
    image = as_array_like(args.get(0, "image", UNKNOWN))
    if image.shape is UNRANKED or len(image.shape) not in (3, 4):
        return ArraySpec(UNRANKED, image.dtype)
    return ArraySpec(
        (*image.shape[:-3], UNKNOWN, UNKNOWN, image.shape[-1]), image.dtype, image.facts, image.source
    )


def _itself(args: CallArguments) -> Any:
    return args.get(0, "self", UNKNOWN)


def _entries() -> Iterator[LibraryFunction]:
    yield entry("tf.io.read_file", _text)
    # TensorFlow's own tensors hold data as arrays do, and are such data here.
    yield entry("ndarray.numpy", _itself)
    for module in ("tf.io", "tf.image"):
        yield entry(f"{module}.decode_jpeg", _decoded(99))
        yield entry(f"{module}.decode_png", _decoded(2))
        yield entry(f"{module}.decode_bmp", _decoded(99))
        yield entry(f"{module}.decode_image", _any_image)
    yield entry("tf.audio.decode_wav", _wave)
    yield entry("tf.io.decode_raw", _raw)
    yield entry("tf.strings.to_number", _numbers)
    for name in ("lower", "upper", "strip", "regex_replace", "join"):
        yield entry(f"tf.strings.{name}", _same_shape("string") if name != "join" else _parts)
    for name in ("py_function", "numpy_function"):
        yield entry(f"tf.{name}", _hidden)
    yield entry("tf.strings.unicode_split", _characters)
    yield entry("tf.strings.length", _same_shape("int32"))
    yield entry("tf.image.rot90", _rotated)
    yield entry("tf.image.central_crop", _cropped)


FUNCTIONS: tuple[LibraryFunction, ...] = tuple(_entries())
