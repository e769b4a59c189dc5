"""Choices of elements: ``take``, ``gather``, ``where``, ``one_hot``, ``boolean_mask``, ``slice``, ``top_k``."""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import bad_argument
from kerascope.operations.base import (
    UNKNOWN_SPEC,
    Bound,
    Nest,
    Operation,
    Row,
    backend_operation,
    keras_operation,
    operand,
    rows_alike,
    tensor,
    tf_operation,
    unknown_rows,
)
from kerascope.operations.dtypes import dtype_argument, keras_common, tf_common
from kerascope.operations.shapes import axis_of, broadcast, size, sizes


def _indices(value: Any) -> Shape:
    if isinstance(value, int):
        return ()
    return operand(value).spec.shape


def take(args: Bound) -> Nest:
    """``keras.ops.take``, ``keras.backend.gather``: indices take the place of an axis."""
    spec, shape = tensor(args["x"]), _indices(args["indices"])
    axis = args["axis"]
    if axis is None:
        return TensorSpec(shape, spec.dtype)
    return TensorSpec(_gathered(spec.shape, shape, axis, 0), spec.dtype)


def _gathered(shape: Shape, indices: Shape, axis: Any, batch_dims: Any) -> Shape:
    if shape is UNRANKED or indices is UNRANKED or type(batch_dims) is not int or batch_dims < 0:
        return UNRANKED
    along = axis_of(axis, len(shape))
    if along is None or along < batch_dims or batch_dims > len(indices):
        return UNRANKED
    batch = broadcast(shape[:batch_dims], indices[:batch_dims]) if batch_dims else ()
    assert batch is not UNRANKED
    return (*batch, *shape[batch_dims:along], *indices[batch_dims:], *shape[along + 1 :])


def gather(args: Bound) -> Nest:
    """``tf.gather``: the axis is the first after those of the batch where none is given."""
    spec = tensor(args["x"])
    batch_dims = args["batch_dims"]
    axis = batch_dims if args["axis"] is None else args["axis"]
    return TensorSpec(_gathered(spec.shape, _indices(args["indices"]), axis, batch_dims), spec.dtype)


def gather_nd(args: Bound) -> Nest:
    """``tf.gather_nd``: the last axis of the indices names an element of the first axes."""
    spec, indices = tensor(args["x"]), _indices(args["indices"])
    if spec.shape is UNRANKED or indices is UNRANKED or not indices or args["batch_dims"] != 0:
        return TensorSpec(UNRANKED, spec.dtype)
    depth = indices[-1]
    if not isinstance(depth, int) or depth > len(spec.shape):
        return TensorSpec(UNRANKED, spec.dtype)
    return TensorSpec((*indices[:-1], *spec.shape[depth:]), spec.dtype)


def boolean_mask(args: Bound) -> Nest:
    """``tf.boolean_mask``: any number of the blocks that the mask covers."""
    spec, mask = tensor(args["x"]), tensor(args["mask"]).shape
    axis = 0 if args["axis"] is None else args["axis"]
    if spec.shape is UNRANKED or mask is UNRANKED or type(axis) is not int or not mask:
        return TensorSpec(UNRANKED, spec.dtype)
    axis = axis_of(axis, len(spec.shape)) or 0
    if axis + len(mask) > len(spec.shape):
        return TensorSpec(UNRANKED, spec.dtype)
    # A mask that is data is counted before the program runs.
    count: Dim = None if isinstance(args["mask"], TensorSpec) else UNKNOWN
    return TensorSpec((*spec.shape[:axis], count, *spec.shape[axis + len(mask) :]), spec.dtype)


def one_hot(args: Bound) -> Nest:
    """A new axis in which one element is set."""
    shape = _indices(args["x"])
    on, off = args.get("on"), args.get("off")
    default = "float32" if on is None and off is None else ""
    dtype = dtype_argument(args.get("dtype"), default)
    axis = -1 if args.get("axis", -1) is None else args.get("axis", -1)
    if shape is UNRANKED:
        return TensorSpec(UNRANKED, dtype)
    if isinstance(axis, int) and (axis < -1 or (args.keras_infers and axis >= len(shape))):
        raise bad_argument("axis", axis, f"must be -1 or within [0, {len(shape)})")
    if not isinstance(axis, int):
        return TensorSpec((UNKNOWN,) * (len(shape) + 1), dtype)
    if axis > len(shape):
        # TensorFlow refuses most of these, but not for a single index.
        return TensorSpec(UNRANKED, dtype)
    along = len(shape) if axis == -1 else axis
    return TensorSpec((*shape[:along], size(args["depth"]), *shape[along:]), dtype)


def where(promotes: bool) -> Any:
    """``where``: elements of one or the other."""

    def transfer(args: Bound) -> Nest:
        condition, one, other = args["condition"], args["x"], args["y"]
        if one is None and other is None:
            # Keras 3 gives one tensor for each axis, TensorFlow a table with a row for each truth.
            return UNKNOWN if promotes else _places(tensor(condition).shape)
        if one is None or other is None:
            return UNKNOWN_SPEC
        items = (operand(one), operand(other))
        if (
            promotes
            and args.keras_infers
            and any(item.kind == "list" for item in (*items, operand(condition)))
        ):
            return UNKNOWN_SPEC
        shape = broadcast(tensor(condition).shape, items[0].spec.shape, items[1].spec.shape)
        if not promotes:
            kinds = {item.kind for item in items}
            return TensorSpec(shape, tf_common(items) if kinds <= {"tensor", "number"} else "")
        return TensorSpec(shape, keras_common(items))

    return transfer


def _places(shape: Shape) -> TensorSpec:
    return TensorSpec((None, UNKNOWN if shape is UNRANKED else len(shape)), "int64")


def tf_slice(args: Bound) -> Nest:
    """``tf.slice`` and ``keras.ops.slice``: a block from a place on; -1 stands for what is left."""
    spec, begin, extent = tensor(args["x"]), sizes(args["begin"]), sizes(args["size"])
    if spec.shape is UNRANKED or extent is UNRANKED or len(extent) != len(spec.shape):
        return TensorSpec(UNRANKED, spec.dtype)
    starts = (UNKNOWN,) * len(extent) if begin is UNRANKED or len(begin) != len(extent) else begin
    dims = zip(spec.shape, starts, extent, strict=True)
    return TensorSpec(tuple(_slice_dim(dim, start, wanted) for dim, start, wanted in dims), spec.dtype)


def _slice_dim(dim: Dim, start: Dim, wanted: Dim) -> Dim:
    if wanted != -1:
        return wanted if isinstance(wanted, int) else UNKNOWN
    if dim is None and isinstance(start, int):
        return None
    return dim - start if isinstance(dim, int) and isinstance(start, int) and 0 <= start <= dim else UNKNOWN


def top_k(args: Bound) -> Nest:
    """The largest elements of the last axis, and their places."""
    spec = tensor(args["x"])
    if spec.shape is UNRANKED or not spec.shape:
        return (TensorSpec(UNRANKED, spec.dtype), TensorSpec(UNRANKED, "int32"))
    shape = (*spec.shape[:-1], size(args["k"]))
    return (TensorSpec(shape, spec.dtype), TensorSpec(shape, "int32"))


def take_along_axis(args: Bound) -> Nest:
    """``keras.ops.take_along_axis``: the shape of the indices, where both go together."""
    spec, indices = tensor(args["x"]), _indices(args["indices"])
    if spec.shape is UNRANKED or indices is UNRANKED or len(spec.shape) != len(indices):
        return TensorSpec(UNRANKED, spec.dtype)
    axis = axis_of(args["axis"], len(indices))
    if axis is None:
        return TensorSpec(UNRANKED, spec.dtype)
    certain = all(
        (isinstance(one, int) and one == other) or position == axis
        for position, (one, other) in enumerate(zip(spec.shape, indices, strict=True))
    )
    return TensorSpec(indices if certain else (UNKNOWN,) * len(indices), spec.dtype)


def unknown_tensor(args: Bound) -> Nest:
    """What a function of the program computes: ``tf.map_fn``, ``tf.scan``."""
    return UNKNOWN_SPEC


def _mask_rows(args: Bound, outputs: Nest) -> tuple[Row, ...]:
    return (Row("SlicingOpLambda", "tf.compat.v1.boolean_mask", outputs),)


OPERATIONS: tuple[Operation, ...] = (
    keras_operation(
        "take",
        "x, indices, axis=None",
        take,
        "ops.take(t(None, 3, 4), t(5, dtype='int32'), axis=1)",
        "ops.take(t(None, 3, 4), [0, 1], axis=-1)",
        "ops.take(t(7, 4), t(None, 2, dtype='int32'), axis=0)",
        "ops.take(t(7, 4), 1, axis=0)",
        "ops.take(t(7, 4), t(3, dtype='int32'))",
    ),
    tf_operation(
        "gather",
        "params: x, indices, validate_indices=None, axis=None, batch_dims=0",
        gather,
        "tf.gather(t(None, 3, 4), t(5, dtype='int32'), axis=1)",
        "tf.gather(t(None, 3, 4), [0, 1], axis=-1)",
        "tf.gather(t(7, 4), t(None, 2, dtype='int32'))",
        "tf.gather(t(7, 4), 1)",
        "tf.gather(t(None, 3, 4), t(None, 2, dtype='int32'), batch_dims=1)",
        rows=rows_alike("compat.v1.gather"),
    ),
    backend_operation(
        "gather",
        "reference: x, indices",
        lambda args: take(Bound({**args.values, "axis": 0}, args.call)),
        "K.gather(t(7, 4), t(None, 2, dtype='int32'))",
        rows=rows_alike("compat.v1.gather"),
    ),
    tf_operation(
        "gather_nd",
        "params: x, indices, batch_dims=0, bad_indices_policy=''",
        gather_nd,
        "tf.gather_nd(t(None, 3, 4), t(None, 2, dtype='int32'))",
        "tf.gather_nd(t(5, 4), t(7, 1, dtype='int32'))",
        rows=rows_alike("compat.v1.gather_nd"),
    ),
    tf_operation(
        "boolean_mask",
        "tensor: x, mask, axis=None",
        boolean_mask,
        "tf.boolean_mask(t(None, 3), t(None, dtype='bool'))",
        "tf.boolean_mask(t(None, 3, 4), t(None, 3, dtype='bool'))",
        "tf.boolean_mask(t(None, 3, 4), t(3, dtype='bool'), axis=1)",
        rows=_mask_rows,
    ),
    keras_operation(
        "one_hot",
        "x, num_classes: depth, axis=-1, dtype=None, sparse=False",
        one_hot,
        "ops.one_hot(t(None, dtype='int32'), 10)",
        "ops.one_hot(t(None, 4, dtype='int32'), 10, axis=1)",
        "ops.one_hot(t(None, dtype='int32'), 3, dtype='int32')",
    ),
    tf_operation(
        "one_hot",
        "indices: x, depth, on_value: on=None, off_value: off=None, axis=None, dtype=None",
        one_hot,
        "tf.one_hot(t(None, dtype='int32'), 10)",
        "tf.one_hot(t(None, 4, dtype='int32'), 10, axis=1)",
        "tf.one_hot(t(None, dtype='int32'), depth=3, dtype=tf.int32)",
        "tf.one_hot(t(None, dtype='int32'), 3, 1.0, 0.0)",
    ),
    backend_operation(
        "one_hot",
        "indices: x, num_classes: depth",
        one_hot,
        "K.one_hot(t(None, dtype='int32'), 10)",
        rows=rows_alike("one_hot"),
    ),
    keras_operation(
        "where",
        "condition, x1: x=None, x2: y=None",
        where(True),
        "ops.where(t(None, 3, dtype='bool'), t(None, 3), t(3))",
        "ops.where(t(None, 3, dtype='bool'), t(None, 3), 0.0)",
        "ops.where(t(None, 3) > 0, 1, t(None, 3, dtype='int32'))",
        "ops.where(t(None, 3, dtype='bool'), t(None, 3), t(None, 4))",
    ),
    tf_operation(
        "where",
        "condition, x=None, y=None",
        where(False),
        "tf.where(t(None, 3, dtype='bool'), t(None, 3), t(3))",
        "tf.where(t(None, 3, dtype='bool'), t(None, 3), 0.0)",
        "tf.where(t(None, 3, dtype='bool'))",
        "tf.where(t(None, 3, dtype='bool'), t(None, 3), t(None, 4))",
    ),
    keras_operation(
        "slice",
        "inputs: x, start_indices: begin, shape: size",
        tf_slice,
        "ops.slice(t(4, 5), (1, 1), (2, 3))",
        "ops.slice(t(None, 5), (0, 1), (2, 3))",
    ),
    tf_operation(
        "slice",
        "input_: x, begin, size",
        tf_slice,
        "tf.slice(t(None, 5), [0, 1], [-1, 3])",
        "tf.slice(t(4, 5), [1, 1], [2, -1])",
    ),
    keras_operation("top_k", "x, k, sorted=True", top_k, "ops.top_k(t(None, 5), 2)", class_name="TopK"),
    tf_operation(
        "math.top_k", "input: x, k=1, sorted=True, index_type='int32'", top_k, "tf.math.top_k(t(None, 5), 2)"
    ),
    keras_operation(
        "take_along_axis",
        "x, indices, axis=None",
        take_along_axis,
        "ops.take_along_axis(t(2, 3), t(2, 5, dtype='int32'), axis=1)",
    ),
    *(
        tf_operation(name, "fn, elems, *rest", unknown_tensor, rows=unknown_rows)
        for name in ("map_fn", "vectorized_map", "scan", "foldl", "foldr")
    ),
)
