"""``ImageDataGenerator``: what the batches of its ``flow`` methods look like.

Source: keras/src/legacy/preprocessing/image.py of Keras 3, tf_keras/src/preprocessing/image.py of Keras 2; and
``TimeseriesGenerator`` of keras/src/legacy/preprocessing/sequence.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Tri
from kerascope.domain.specs import ArraySpec, Dataset, Instance, ValueFacts
from kerascope.libraries.arithmetic import binary
from kerascope.libraries.base import (
    CallArguments,
    LibraryFunction,
    as_array_like,
    cast,
    dim_argument,
    dtype_name,
    entry,
    make_facts,
)
from kerascope.libraries.keras_directories import image_shape

KIND = "ImageDataGenerator"

# Options that move elements out of the range of the images.
_MOVES = ("featurewise_center", "samplewise_center", "featurewise_std_normalization", "samplewise_std_normalization",
          "zca_whitening", "brightness_range", "preprocessing_function", "**")  # fmt: skip
_POSITIONS = ("featurewise_center", "samplewise_center", "featurewise_std_normalization",
              "samplewise_std_normalization", "zca_whitening")  # fmt: skip


def _option(generator: Instance, name: str, default: Any) -> Any:
    if name in generator.arguments:
        return generator.arguments[name]
    return UNKNOWN if "**" in generator.arguments else default


def _images(generator: Instance, images: ArraySpec) -> ArraySpec:
    """Images as the generator hands them out: floats, rescaled, moved about."""
    dtype = dtype_name(_option(generator, "dtype", None), "float32")
    positional = any(index < len(_POSITIONS) for index in _positions(generator))
    moved = positional or any(_option(generator, name, None) not in (None, False) for name in _MOVES)
    result = cast(images, dtype)
    scale = _option(generator, "rescale", None)
    if moved:
        return replace(result, facts=make_facts(dtype))
    if scale is not None and scale != 0:
        product = binary("*", result, as_array_like(scale) if scale is not UNKNOWN else UNKNOWN)
        facts = product.facts if isinstance(product, ArraySpec) else make_facts(dtype)
        result = replace(result, facts=replace(facts, integral=Tri.UNKNOWN))
    # Turned and shifted, an image may lose its darkest and its brightest pixel.
    facts = result.facts
    low = _option(generator, "cval", 0.0)
    if facts.lo is None or facts.hi is None or not isinstance(low, (int, float)):
        return replace(result, facts=make_facts(dtype))
    edge = low * scale if isinstance(scale, (int, float)) and scale else low
    return replace(result, facts=make_facts(dtype, min(facts.lo, edge), max(facts.hi, edge)))


def _positions(generator: Instance) -> Iterator[int]:
    for name, value in generator.arguments.items():
        if name.isdigit() and value is not False:
            yield int(name)


def _batched(array: ArraySpec) -> ArraySpec:
    return array if array.shape is UNRANKED else array.with_shape((None, *array.shape))


def _labels(mode: Any, classes: Any, source: str) -> Any:
    count: Dim = len(classes) if isinstance(classes, tuple) and classes else UNKNOWN
    most = count - 1 if isinstance(count, int) else None
    if mode == "categorical":
        return ArraySpec((None, count), "float32", make_facts("float32", 0, 1, Tri.YES, Tri.YES), source)
    if mode in ("binary", "sparse"):
        # A folder more than two does not stop the binary mode: its images get the class 2.
        return ArraySpec((None,), "float32", make_facts("float32", 0, most, Tri.YES), source)
    return UNKNOWN


def _from_directory(args: CallArguments) -> Any:
    generator = args.get(0, "self", UNKNOWN)
    if not isinstance(generator, Instance) or not args.complete:
        return UNKNOWN
    source = "flow_from_directory"
    mode = args.get(5, "class_mode", "categorical")
    element = _element(generator, args, 2, 3, mode, args.get(4, "classes"), source)
    return Dataset(element, KIND, Tri.YES, None, source)


def _element(
    generator: Instance, args: CallArguments, size: int, color: int, mode: Any, classes: Any, source: str
) -> Any:
    shape = image_shape(
        args.get(size, "target_size", (256, 256)),
        args.get(color, "color_mode", "rgb"),
        _option(generator, "data_format", None),
    )
    smooth = args.get(None, "interpolation", "nearest") in ("nearest", "bilinear", "box", "hamming")
    facts = make_facts("float32", 0, 255) if smooth else ValueFacts()
    images = _images(generator, _batched(ArraySpec(shape, "float32", facts, source)))
    if mode is None:
        return images
    if mode == "input":
        return images, images
    labels = _labels(mode, classes, source)
    return (images, labels)


def _from_dataframe(args: CallArguments) -> Any:
    generator = args.get(0, "self", UNKNOWN)
    if not isinstance(generator, Instance) or not args.complete or args.get(5, "weight_col") is not None:
        return UNKNOWN
    source = "flow_from_dataframe"
    mode = args.get(9, "class_mode", "categorical")
    element = _element(generator, args, 6, 7, mode, args.get(8, "classes"), source)
    return Dataset(element, KIND, Tri.YES, None, source)


def _flow(args: CallArguments) -> Any:
    generator = args.get(0, "self", UNKNOWN)
    images, labels = args.get(1, "x", UNKNOWN), args.get(2, "y")
    weights = args.get(5, "sample_weight")
    if not isinstance(generator, Instance) or not isinstance(images, ArraySpec) or not args.complete:
        return Dataset(UNKNOWN, KIND, Tri.YES, None)
    source = images.source or "ImageDataGenerator.flow"
    first = replace(_images(generator, images), source=source)
    element: Any = _opened(first)
    if labels is not None or weights is not None:
        parts = [first, labels, weights] if weights is not None else [first, labels]
        element = tuple(_opened(part) if isinstance(part, ArraySpec) else UNKNOWN for part in parts)
    return Dataset(element, KIND, Tri.YES, None, source)


def _opened(array: ArraySpec) -> ArraySpec:
    """An array, its first axis that of a batch."""
    return array if array.shape is UNRANKED or not array.shape else array.with_shape((None, *array.shape[1:]))


def _timeseries(args: CallArguments) -> Any:
    data, targets = args.get(0, "data", UNKNOWN), args.get(1, "targets", UNKNOWN)
    length, rate = dim_argument(args.get(2, "length", UNKNOWN)), args.get(3, "sampling_rate", 1)
    array, rows = as_array_like(data), as_array_like(targets)
    if array.shape is UNRANKED or not array.shape or not args.complete:
        return UNKNOWN
    steps: Dim = (
        -(-length // rate) if isinstance(length, int) and isinstance(rate, int) and rate > 0 else UNKNOWN
    )
    source = array.source or "TimeseriesGenerator"
    windows = ArraySpec((None, steps, *array.shape[1:]), array.dtype, array.facts, source)
    labels = _opened(rows) if rows.shape is not UNRANKED and rows.shape else UNKNOWN
    return Dataset((windows, labels), "TimeseriesGenerator", Tri.YES, UNKNOWN, source)


_MODULES = ("keras.preprocessing.image", "keras.legacy.preprocessing.image")


def _entries() -> Iterator[LibraryFunction]:
    for module in _MODULES:
        yield entry(f"{module}.ImageDataGenerator.flow_from_directory", _from_directory)
        yield entry(f"{module}.ImageDataGenerator.flow_from_dataframe", _from_dataframe)
        yield entry(f"{module}.ImageDataGenerator.flow", _flow)
    yield entry("keras.preprocessing.sequence.TimeseriesGenerator", _timeseries)


FUNCTIONS: tuple[LibraryFunction, ...] = tuple(_entries())
