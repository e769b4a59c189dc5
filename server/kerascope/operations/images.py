"""Functions of images: ``resize``, crops, flips, colours, and blocks of pixels made channels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, Shape, dim_mul
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import FaultKind, refuse
from kerascope.operations.base import (
    Bound,
    Nest,
    Operation,
    Row,
    Transfer,
    backend_operation,
    keras_operation,
    row,
    rows_alike,
    snake_case,
    tensor,
    tf_operation,
)
from kerascope.operations.elementwise import cast_to, floats_certain, same
from kerascope.operations.shapes import scaled, size, sizes

_LAST: Final = (None, "channels_last", "NHWC")


def _image(shape: Shape) -> Ranked | None:
    """The shape of an image or a batch of them."""
    return shape if shape is not UNRANKED and len(shape) in (3, 4) else None


def sided(height: str, width: str, dtype: Callable[[str], str] = same) -> Transfer:
    """An image of a height and width that are stated."""

    def transfer(args: Bound) -> Nest:
        spec = tensor(args["x"])
        shape = _image(spec.shape)
        if shape is None:
            return TensorSpec(UNRANKED, dtype(spec.dtype))
        return TensorSpec((*shape[:-3], size(args[height]), size(args[width]), shape[-1]), dtype(spec.dtype))

    return transfer


def resized(args: Bound) -> Nest:
    """``resize`` to a pair of sizes; TensorFlow interpolates in ``float32``."""
    spec, target = tensor(args["x"]), sizes(args["size"])
    shape = _image(spec.shape)
    dtype = "float32" if spec.dtype == "float32" else ""
    keeps_aspect = args.get("preserve_aspect_ratio", False)
    if keeps_aspect is True and shape is not None and None in shape[-3:-1]:
        # TensorFlow takes the scale from both sides, and knows neither where it does not know one.
        return TensorSpec((*shape[:-3], None, None, shape[-1]), dtype)
    simple = keeps_aspect is False and args.get("data_format") in _LAST
    if shape is None or target is UNRANKED or len(target) != 2 or not simple:
        return TensorSpec(UNRANKED, dtype)
    dims = tuple(dim if isinstance(dim, int) and dim >= 0 else UNKNOWN for dim in target)
    return TensorSpec((*shape[:-3], *dims, shape[-1]), dtype)


def enlarged(args: Bound) -> Nest:
    """``keras.backend.resize_images``: sides times a factor."""
    spec = tensor(args["x"])
    if spec.shape is UNRANKED or len(spec.shape) != 4:
        return TensorSpec(UNRANKED, spec.dtype if spec.dtype == "float32" else "")
    factors = (size(args["height_factor"]), size(args["width_factor"]))
    dims: list[Dim] = list(spec.shape)
    first = {"channels_last": 1, "channels_first": 2}.get(str(args["data_format"]), 0)
    if not first:
        return TensorSpec(UNRANKED, "")
    for offset, factor in enumerate(factors):
        dims[first + offset] = scaled(dims[first + offset], factor)
    return TensorSpec(tuple(dims), spec.dtype if spec.dtype == "float32" else "")


def channels(count: int, expected: int) -> Transfer:
    """Other colours: the last axis must have ``expected`` channels and gets ``count``."""

    def transfer(args: Bound) -> Nest:
        spec = tensor(args["x"])
        shape = _image(spec.shape)
        if shape is None or args.get("data_format") not in _LAST or shape[-1] != expected:
            return TensorSpec(UNRANKED, spec.dtype)
        return TensorSpec((*shape[:-1], count), spec.dtype)

    return transfer


def kept(args: Bound) -> Nest:
    """An image of the same shape."""
    spec = tensor(args["x"])
    return TensorSpec(spec.shape if _image(spec.shape) is not None else UNRANKED, spec.dtype)


def standardized(args: Bound) -> Nest:
    """The same, in ``float32``."""
    spec = tensor(args["x"])
    return TensorSpec(spec.shape if _image(spec.shape) is not None else UNRANKED, floats_certain(spec.dtype))


def turned(args: Bound) -> Nest:
    """Rows made columns."""
    spec = tensor(args["x"])
    shape = _image(spec.shape)
    if shape is None:
        return TensorSpec(UNRANKED, spec.dtype)
    return TensorSpec((*shape[:-3], shape[-2], shape[-3], shape[-1]), spec.dtype)


def crops(args: Bound) -> Nest:
    """``tf.image.crop_and_resize``: an image for each box, in ``float32``."""
    spec, boxes, target = tensor(args["x"]), tensor(args["boxes"]), sizes(args["size"])
    if spec.shape is UNRANKED or len(spec.shape) != 4 or target is UNRANKED or len(target) != 2:
        return TensorSpec(UNRANKED, "float32")
    count = boxes.shape[0] if boxes.shape is not UNRANKED and len(boxes.shape) == 2 else UNKNOWN
    # The indices of the boxes may tell their number as well.
    indices = tensor(args["box_indices"]).shape
    if count is not UNKNOWN and indices != (count,):
        count = UNKNOWN
    return TensorSpec((count, *target, spec.shape[-1]), "float32")


def random_crop(args: Bound) -> Nest:
    """A block of a stated size."""
    spec, target = tensor(args["x"]), sizes(args["size"])
    if target is UNRANKED or any(not isinstance(dim, int) or dim < 0 for dim in target):
        return TensorSpec(UNRANKED, spec.dtype)
    return TensorSpec(target, spec.dtype)


def blocks(inwards: bool) -> Transfer:
    """``space_to_depth`` puts blocks of pixels into channels, ``depth_to_space`` takes them out."""

    def transfer(args: Bound) -> Nest:
        spec, block = tensor(args["x"]), size(args["block_size"])
        if spec.shape is UNRANKED or len(spec.shape) != 4 or args["data_format"] not in _LAST:
            return TensorSpec(UNRANKED, spec.dtype)
        batch, height, width, depth = spec.shape
        if not isinstance(block, int) or block < 2:
            return TensorSpec((batch, UNKNOWN, UNKNOWN, UNKNOWN), spec.dtype)
        if inwards:
            sides = (_parts(height, block, spec.shape), _parts(width, block, spec.shape))
            return TensorSpec((batch, *sides, dim_mul(depth, block * block)), spec.dtype)
        made = _parts(depth, block * block, spec.shape)
        return TensorSpec((batch, dim_mul(height, block), dim_mul(width, block), made), spec.dtype)

    return transfer


def _parts(dim: Dim, count: int, shape: Shape) -> Dim:
    if not isinstance(dim, int):
        return dim
    if dim % count:
        raise refuse(
            FaultKind.DIM, f"{dim} of shape {shape} is no multiple of {count}", received=dim, shape=shape
        )
    return dim // count


def _resize_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    """Channels that come first are moved, which makes more rows."""
    if args["data_format"] != "channels_last" or outputs.shape is UNRANKED or None in outputs.shape[1:3]:
        return None
    return (Row("TFOpLambda", "tf.image.resize", outputs),)


_SAME: Final = (
    ("flip_left_right", "image: x"),
    ("flip_up_down", "image: x"),
    ("random_flip_left_right", "image: x, seed=None"),
    ("random_flip_up_down", "image: x, seed=None"),
    ("adjust_contrast", "images: x, contrast_factor"),
    ("adjust_brightness", "image: x, delta"),
    ("adjust_hue", "image: x, delta"),
    ("adjust_saturation", "image: x, saturation_factor"),
    ("random_brightness", "image: x, max_delta, seed=None"),
    ("random_contrast", "image: x, lower, upper, seed=None"),
    ("rgb_to_hsv", "images: x"),
    ("hsv_to_rgb", "images: x"),
    ("rgb_to_yuv", "images: x"),
    ("yuv_to_rgb", "images: x"),
)


_CALLED: Final = {"random_brightness": "adjust_brightness", "random_contrast": "adjust_contrast"}
"""What Keras 2 shows where a function calls another one."""


def _keras(name: str, parameters: str, transfer: Transfer, class_name: str, *cases: str) -> Operation:
    makers = {3: row(class_name, snake_case(class_name))}
    return Operation(f"keras.ops.image.{name}", parameters, transfer, makers, tuple(cases))


def _arguments(name: str) -> str:
    if name == "random_contrast":
        return ", 0.2, 0.5"
    return ", 0.2" if name.startswith(("adjust", "random_bright")) else ""


OPERATIONS: tuple[Operation, ...] = (
    _keras(
        "resize",
        "images: x, size, interpolation='bilinear', antialias=False, crop_to_aspect_ratio=False, "
        "pad_to_aspect_ratio=False, fill_mode='constant', fill_value=0.0, data_format=None",
        resized,
        "Resize",
        "ops.image.resize(t(None, 8, 9, 3), (4, 5))",
        "ops.image.resize(t(8, 9, 3), (4, 5), interpolation='nearest')",
    ),
    _keras(
        "rgb_to_grayscale",
        "images: x, data_format=None",
        channels(1, 3),
        "RGBToGrayscale",
        "ops.image.rgb_to_grayscale(t(None, 8, 9, 3))",
    ),
    tf_operation(
        "image.resize",
        "images: x, size, method='bilinear', preserve_aspect_ratio=False, antialias=False",
        resized,
        "tf.image.resize(t(None, 8, 9, 3), (4, 5))",
        "tf.image.resize(t(8, 9, 3), [4, 5], method='nearest')",
        "tf.image.resize(t(None, None, None, 3), [4, 5], preserve_aspect_ratio=True)",
        "tf.image.resize(t(8, None, 3), [4, 5], preserve_aspect_ratio=True)",
    ),
    tf_operation(
        "image.resize_with_crop_or_pad",
        "image: x, target_height, target_width",
        sided("target_height", "target_width"),
        "tf.image.resize_with_crop_or_pad(t(None, 8, 9, 3), 4, 12)",
    ),
    tf_operation(
        "image.resize_with_pad",
        "image: x, target_height, target_width, method='bilinear', antialias=False",
        sided("target_height", "target_width", floats_certain),
        "tf.image.resize_with_pad(t(None, 8, 9, 3), 4, 12)",
    ),
    tf_operation(
        "image.crop_to_bounding_box",
        "image: x, offset_height, offset_width, target_height, target_width",
        sided("target_height", "target_width"),
        "tf.image.crop_to_bounding_box(t(None, 8, 9, 3), 1, 2, 4, 5)",
    ),
    tf_operation(
        "image.pad_to_bounding_box",
        "image: x, offset_height, offset_width, target_height, target_width",
        sided("target_height", "target_width"),
        "tf.image.pad_to_bounding_box(t(None, 8, 9, 3), 1, 2, 14, 15)",
    ),
    tf_operation(
        "image.rgb_to_grayscale",
        "images: x",
        channels(1, 3),
        "tf.image.rgb_to_grayscale(t(None, 8, 9, 3))",
    ),
    tf_operation(
        "image.grayscale_to_rgb",
        "images: x",
        channels(3, 1),
        "tf.image.grayscale_to_rgb(t(None, 8, 9, 1))",
    ),
    tf_operation(
        "image.per_image_standardization",
        "image: x",
        standardized,
        "tf.image.per_image_standardization(t(None, 8, 9, 3))",
    ),
    *(
        tf_operation(
            f"image.{name}",
            text,
            kept,
            f"tf.image.{name}(t(None, 8, 9, 3){_arguments(name)})",
            rows=rows_alike(f"image.{_CALLED.get(name, name)}"),
        )
        for name, text in _SAME
    ),
    tf_operation(
        "image.convert_image_dtype",
        "image: x, dtype, saturate=False",
        cast_to(),
        "tf.image.convert_image_dtype(t(None, 8, 9, 3, dtype='uint8'), tf.float32)",
    ),
    tf_operation("image.transpose", "image: x", turned, "tf.image.transpose(t(None, 8, 9, 3))"),
    tf_operation(
        "image.crop_and_resize",
        "image: x, boxes, box_indices, crop_size: size, method='bilinear', extrapolation_value=0.0",
        crops,
        "tf.image.crop_and_resize(t(None, 8, 9, 3), t(None, 4), t(None, dtype='int32'), (4, 5))",
        rows=rows_alike("image.crop_and_resize"),
    ),
    tf_operation(
        "image.random_crop",
        "value: x, size, seed=None",
        random_crop,
        "tf.image.random_crop(t(8, 9, 3), (4, 5, 3))",
    ),
    tf_operation(
        "nn.space_to_depth",
        "input: x, block_size, data_format='NHWC'",
        blocks(inwards=True),
        "tf.nn.space_to_depth(t(None, 8, 6, 3), 2)",
        "tf.nn.space_to_depth(t(None, 8, 5, 3), 2)",
    ),
    tf_operation(
        "nn.depth_to_space",
        "input: x, block_size, data_format='NHWC'",
        blocks(inwards=False),
        "tf.nn.depth_to_space(t(None, 8, 6, 12), 2)",
        "tf.nn.depth_to_space(t(None, 8, 6, 6), 2)",
    ),
    keras_operation(
        "space_to_depth",
        "x, block_size, data_format='channels_last'",
        blocks(inwards=True),
        "ops.space_to_depth(t(None, 8, 6, 3), 2)",
    ),
    keras_operation(
        "depth_to_space",
        "x, block_size, data_format='channels_last'",
        blocks(inwards=False),
        "ops.depth_to_space(t(None, 8, 6, 12), 2)",
    ),
    backend_operation(
        "resize_images",
        "x, height_factor, width_factor, data_format, interpolation='nearest'",
        enlarged,
        "K.resize_images(t(None, 8, 9, 3), 2, 3, 'channels_last')",
        "K.resize_images(t(None, 8, 9, 3), 2, 2, 'channels_last', interpolation='bilinear')",
        rows=_resize_rows,
    ),
)
