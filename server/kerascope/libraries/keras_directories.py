"""Data that Keras reads from folders and from series: ``image_dataset_from_directory`` and its kin.

Sources: image_dataset_utils.py, text_dataset_utils.py, audio_dataset_utils.py and timeseries_dataset_utils.py in
keras/src/utils for Keras 3, their namesakes in tf_keras/src/utils for Keras 2. How many samples and classes
there are stands on a disk; what a step looks like stands in the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri
from kerascope.domain.specs import ArraySpec, Dataset, Instance, map_arrays
from kerascope.libraries.base import (
    WEAK_INT,
    CallArguments,
    LibraryFunction,
    as_array_like,
    cast,
    dim_argument,
    dtype_name,
    entry,
    make_facts,
)

CHANNELS = {"rgb": 3, "rgba": 4, "grayscale": 1}


def channels(color_mode: Any) -> Dim:
    """How many channels images of this ``color_mode`` have."""
    return CHANNELS.get(color_mode, UNKNOWN) if isinstance(color_mode, str) else UNKNOWN


def image_shape(size: Any, color_mode: Any, data_format: Any = None) -> Shape:
    """The shape of one image that was read and resized to ``size``."""
    if not isinstance(size, tuple) or len(size) != 2:
        return (UNKNOWN, UNKNOWN, channels(color_mode))
    sides: tuple[Dim, ...] = tuple(
        d if isinstance(d := dim_argument(side), int) else UNKNOWN for side in size
    )
    if data_format not in (None, "channels_last"):
        return (
            (channels(color_mode), *sides)
            if data_format == "channels_first"
            else (UNKNOWN, *sides[1:], UNKNOWN)
        )
    return (*sides, channels(color_mode))


def _labels(mode: Any, names: Any, labels: Any, source: str) -> Any:
    """What one sample's label is: ``None`` without labels, ``UNKNOWN`` where the mode is not known."""
    if labels is None or mode is None:
        return None
    count: Dim = len(names) if isinstance(names, tuple) else UNKNOWN
    most = count - 1 if isinstance(count, int) and count > 0 else None
    if mode == "int":
        # Every class has a folder of its own, which may be empty.
        return ArraySpec((), "int32", make_facts("int32", 0, most), source)
    if mode == "binary":
        return ArraySpec((1,), "float32", make_facts("float32", 0, 1, Tri.YES), source)
    if mode == "categorical":
        return ArraySpec((count,), "float32", make_facts("float32", 0, 1, Tri.YES, Tri.YES), source)
    return UNKNOWN


def _dataset(args: CallArguments, sample: ArraySpec, at: int, source: str, subset: int) -> Any:
    """The dataset of samples with their labels; two of them for ``subset="both"``."""
    labels = args.get(1, "labels", "inferred")
    mode = args.get(2, "label_mode", "int")
    if UNKNOWN in (labels, mode) and not isinstance(labels, tuple):
        return Dataset(UNKNOWN, source=source)
    label = _labels(mode, args.get(3, "class_names"), labels, source)
    element: Any = sample if label is None else (sample, label)
    if label is UNKNOWN:
        return UNKNOWN
    size = args.get(at, "batch_size", 32)
    made = Dataset(element, batched=Tri.NO, steps=UNKNOWN, source=source)
    if size is not None:
        made = _in_batches(made)
    part = args.get(subset, "subset")
    if part is UNKNOWN:
        return UNKNOWN
    return (made, made) if part == "both" else made


def _in_batches(dataset: Dataset) -> Dataset:
    def batch(array: ArraySpec) -> ArraySpec:
        return array.with_shape(UNRANKED if array.shape is UNRANKED else (None, *array.shape))

    return Dataset(map_arrays(batch, dataset.element), batched=Tri.YES, steps=UNKNOWN, source=dataset.source)


def _images(args: CallArguments) -> Any:
    if not args.complete:
        return UNKNOWN
    source = "image_dataset_from_directory"
    shape = image_shape(
        args.get(6, "image_size", (256, 256)), args.get(4, "color_mode", "rgb"), args.get(None, "data_format")
    )
    # Resizing between pixels stays within their range, but for the kinds that swing over.
    smooth = args.get(11, "interpolation", "bilinear") in ("bilinear", "nearest", "area")
    facts = make_facts("float32", 0, 255) if smooth else make_facts("float32")
    return _dataset(args, ArraySpec(shape, "float32", facts, source), 5, source, 10)


def _texts(args: CallArguments) -> Any:
    if not args.complete:
        return UNKNOWN
    source = "text_dataset_from_directory"
    return _dataset(args, ArraySpec((), "string", source=source), 4, source, 9)


def _audio(args: CallArguments) -> Any:
    if not args.complete:
        return UNKNOWN
    source = "audio_dataset_from_directory"
    length = args.get(6, "output_sequence_length")
    ragged = args.get(7, "ragged", False)
    steps: Dim = None if length is None else dim_argument(length)
    shape: Shape = (steps, None) if ragged is False else UNRANKED
    return _dataset(args, ArraySpec(shape, "float32", source=source), 4, source, 11)


def _timeseries(args: CallArguments) -> Any:
    if not args.complete:
        return UNKNOWN
    source = "timeseries_dataset_from_array"
    data, targets = args.get(0, "data", UNKNOWN), args.get(1, "targets")
    size = args.get(5, "batch_size", 128)
    window = _window(_as_tensor(data), source)
    if window is None or targets is UNKNOWN:
        return Dataset(UNKNOWN, batched=Tri.NO if size is None else Tri.YES, source=source)
    element: Any = window
    if targets is not None:
        rows = _as_tensor(targets)
        shape: Shape = rows.shape[1:] if isinstance(rows.shape, tuple) and rows.shape else UNRANKED
        element = (window, ArraySpec(shape, rows.dtype, rows.facts, rows.source or source))
    made = Dataset(element, batched=Tri.NO, steps=UNKNOWN, source=source)
    return made if size is None else _in_batches(made)


def _as_tensor(value: Any) -> ArraySpec:
    """A value as ``tf.convert_to_tensor`` takes it: Python's numbers become the smaller types."""
    array = as_array_like(value)
    if isinstance(value, ArraySpec):
        return array
    return ArraySpec(
        array.shape, {"float64": "float32", "int64": "int32"}.get(array.dtype, array.dtype), array.facts
    )


def _window(data: ArraySpec, source: str) -> ArraySpec | None:
    if data.shape is UNRANKED:
        return ArraySpec(UNRANKED, data.dtype, data.facts, data.source or source)
    if not data.shape:
        return None
    # How long a window is, TensorFlow does not know before it runs.
    return ArraySpec((None, *data.shape[1:]), data.dtype, data.facts, data.source or source)


PICTURE = "PIL.Image.Image"
"""A picture that was read, before it is made an array."""


def _picture(args: CallArguments) -> Any:
    """``load_img(path, color_mode, target_size)``."""
    size = args.get(2, "target_size")
    mode = args.get(1, "color_mode", "rgb")
    if not args.complete or not isinstance(mode, str) or args.get(None, "grayscale", False) is not False:
        return Instance(PICTURE)
    shape = image_shape(size, mode) if size is not None else (UNKNOWN, UNKNOWN, channels(mode))
    return Instance(
        PICTURE, {"array": ArraySpec(shape, "float32", make_facts("float32", 0, 255), "load_img")}
    )


def _resized(args: CallArguments) -> Any:
    """``picture.resize((width, height))``."""
    picture, size = args.get(0, "self"), args.get(1, "size", UNKNOWN)
    array = picture.arguments.get("array") if isinstance(picture, Instance) else None
    if not isinstance(array, ArraySpec) or not isinstance(array.shape, tuple):
        return Instance(PICTURE)
    given = size if isinstance(size, tuple) and len(size) == 2 else (UNKNOWN, UNKNOWN)
    width, height = (side if type(side) is int else UNKNOWN for side in given)
    return Instance(PICTURE, {"array": array.with_shape((height, width, array.shape[2]))})


def _size_of_picture(args: CallArguments) -> Any:
    """Width and height."""
    picture = args.get(0, "self")
    array = picture.arguments.get("array") if isinstance(picture, Instance) else None
    sides = array.shape[:2] if isinstance(array, ArraySpec) and isinstance(array.shape, tuple) else ()
    height, width = (
        side if isinstance(side, int) else ArraySpec((), WEAK_INT, make_facts(WEAK_INT, 1))
        for side in sides or (UNKNOWN, UNKNOWN)
    )
    return width, height


def _array_of_picture(args: CallArguments) -> Any:
    """``img_to_array(img, data_format, dtype)``: floats, with an axis for one channel as well."""
    picture, dtype = args.get(0, "img", UNKNOWN), args.get(2, "dtype")
    if args.get(1, "data_format") is not None or not args.complete:
        return UNKNOWN
    name = "float32" if dtype is None else dtype_name(dtype)
    if isinstance(picture, Instance):
        array = picture.arguments.get("array", UNKNOWN)
        return (
            cast(array, name)
            if isinstance(array, ArraySpec)
            else ArraySpec((UNKNOWN,) * 3, name, source="load_img")
        )
    if isinstance(picture, ArraySpec) and isinstance(picture.shape, tuple) and len(picture.shape) in (2, 3):
        return cast(
            picture.with_shape((*picture.shape, 1) if len(picture.shape) == 2 else picture.shape), name
        )
    return ArraySpec((UNKNOWN,) * 3, name, source="img_to_array")


def _entries() -> Iterator[LibraryFunction]:
    functions: tuple[tuple[str, Callable[[CallArguments], Any]], ...] = (
        ("image_dataset_from_directory", _images),
        ("text_dataset_from_directory", _texts),
        ("audio_dataset_from_directory", _audio),
        ("timeseries_dataset_from_array", _timeseries),
    )
    for name, function in functions:
        for module in ("keras.utils", "keras.preprocessing"):
            yield entry(f"{module}.{name}", function)
    for module in ("keras.utils", "keras.preprocessing.image"):
        yield entry(f"{module}.load_img", _picture)
        yield entry(f"{module}.img_to_array", _array_of_picture)
    yield entry(f"{PICTURE}.resize", _resized)
    yield entry(f"{PICTURE}.size", _size_of_picture, is_attribute=True)
    for module, name, function in (
        ("image", "image_dataset_from_directory", _images),
        ("text", "text_dataset_from_directory", _texts),
        ("timeseries", "timeseries_dataset_from_array", _timeseries),
    ):
        yield entry(f"keras.preprocessing.{module}.{name}", function)


FUNCTIONS: tuple[LibraryFunction, ...] = tuple(_entries())
