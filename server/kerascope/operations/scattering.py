"""Elements put in places, sums by segment, and places found: ``scatter_nd``, ``segment_sum``, ``argsort``."""

from __future__ import annotations

from typing import Final

from kerascope.domain.shapes import UNRANKED, Dim
from kerascope.domain.specs import TensorSpec
from kerascope.operations.base import (
    UNKNOWN_SPEC,
    Bound,
    Nest,
    Operation,
    backend_operation,
    keras_operation,
    operand,
    rows_alike,
    tensor,
    tf_operation,
    unknown_rows,
)
from kerascope.operations.dtypes import dtype_argument, tf_common
from kerascope.operations.elementwise import same, unary
from kerascope.operations.shapes import agreed, reduced, size, sizes


def scattered(args: Bound) -> Nest:
    """A new tensor of a stated shape, with values in some of its places."""
    return TensorSpec(sizes(args["shape"]), tensor(args["updates"]).dtype)


def segments(args: Bound) -> Nest:
    """One block for each segment: as many as there are, which only the data tells."""
    spec, count = tensor(args["x"]), args.get("count")
    if spec.shape is UNRANKED or not spec.shape:
        return TensorSpec(UNRANKED, spec.dtype)
    return TensorSpec((size(count), *spec.shape[1:]), spec.dtype)


def unsorted_segments(args: Bound) -> Nest:
    """The same for a stated number of segments, where the segment of each element is named."""
    spec, ids = tensor(args["x"]), tensor(args["ids"])
    if spec.shape is UNRANKED or ids.shape is UNRANKED or len(ids.shape) > len(spec.shape):
        return TensorSpec(UNRANKED, spec.dtype)
    return TensorSpec((size(args["count"]), *spec.shape[len(ids.shape) :]), spec.dtype)


def sequence_mask(args: Bound) -> Nest:
    """A row of truths for each length, as long as the longest where that is not stated."""
    shape = operand(args["x"]).spec.shape
    dtype = dtype_argument(args["dtype"], "bool")
    if shape is UNRANKED:
        return TensorSpec(UNRANKED, dtype)
    longest: Dim = size(args["maxlen"])
    return TensorSpec((*shape, longest), dtype)


def places(args: Bound) -> Nest:
    """The order in which elements are sorted."""
    return TensorSpec(tensor(args["x"]).shape, "int32")


def found_places(args: Bound) -> Nest:
    """Where values belong among sorted ones."""
    certain = args.get("out_type") in (None, "int32")
    return TensorSpec(operand(args["values"]).spec.shape, "int32" if certain else "")


def hits(args: Bound) -> Nest:
    """Whether each target is among the best."""
    return TensorSpec(tensor(args["targets"]).shape, "bool")


def counted(args: Bound) -> Nest:
    """``tf.math.count_nonzero``: how many elements are not zero."""
    keepdims = False if args["keepdims"] is None else args["keepdims"]
    return TensorSpec(reduced(tensor(args["x"]).shape, args["axis"], keepdims), dtype_argument(args["dtype"]))


def added(args: Bound) -> Nest:
    """``tf.add_n``: the sum of tensors of one shape."""
    values = args["values"]
    if not isinstance(values, tuple) or not values:
        return UNKNOWN_SPEC
    items = tuple(operand(value) for value in values)
    shapes = tuple(item.spec.shape for item in items)
    dtype = tf_common(items) if all(item.kind == "tensor" for item in items) else ""
    first = shapes[0]
    if first is UNRANKED or any(shape is UNRANKED or len(shape) != len(first) for shape in shapes):
        return TensorSpec(UNRANKED, dtype)
    columns = zip(*(shape for shape in shapes if shape is not UNRANKED), strict=True)
    return TensorSpec(tuple(agreed(column, shapes, axis) for axis, column in enumerate(columns)), dtype)


def ensured(args: Bound) -> Nest:
    """``tf.ensure_shape``: what both sides know of the shape."""
    spec, stated = tensor(args["x"]), args["shape"]
    if not isinstance(stated, tuple):
        return TensorSpec(UNRANKED, spec.dtype)
    target = sizes(stated)
    if target is UNRANKED or spec.shape is UNRANKED or len(target) != len(spec.shape):
        return TensorSpec(UNRANKED if target is UNRANKED else target, spec.dtype)
    pairs = zip(spec.shape, target, strict=True)
    shapes = (spec.shape, target)
    return TensorSpec(tuple(agreed(pair, shapes, axis) for axis, pair in enumerate(pairs)), spec.dtype)


_SEGMENTS: Final = ("sum", "mean", "max", "min", "prod")
_UPDATES: Final = ("update", "add", "sub", "max", "min")

OPERATIONS: tuple[Operation, ...] = (
    tf_operation(
        "scatter_nd",
        "indices, updates, shape",
        scattered,
        "tf.scatter_nd(t(None, 1, dtype='int32'), t(None), [8])",
        "tf.scatter_nd(t(4, 1, dtype='int32'), t(4, 3), [8, 3])",
    ),
    *(
        tf_operation(
            f"tensor_scatter_nd_{name}",
            "tensor: x, indices, updates",
            unary(same),
            f"tf.tensor_scatter_nd_{name}(t(8, 3), t(None, 1, dtype='int32'), t(None, 3))",
        )
        for name in _UPDATES
    ),
    keras_operation(
        "scatter",
        "indices, values: updates, shape",
        scattered,
        "ops.scatter(t(4, 1, dtype='int32'), t(4, 3), (8, 3))",
    ),
    keras_operation(
        "scatter_update",
        "inputs: x, indices, updates, reduction=None",
        unary(same),
        "ops.scatter_update(t(8, 3), t(4, 1, dtype='int32'), t(4, 3))",
    ),
    keras_operation(
        "slice_update",
        "inputs: x, start_indices, updates",
        unary(same),
        "ops.slice_update(t(8, 3), (1, 0), t(2, 3))",
    ),
    *(
        tf_operation(
            f"math.segment_{name}",
            "data: x, segment_ids: ids",
            segments,
            f"tf.math.segment_{name}(t(8, 3), t(8, dtype='int32'))",
        )
        for name in _SEGMENTS
    ),
    *(
        tf_operation(
            f"math.unsorted_segment_{name}",
            "data: x, segment_ids: ids, num_segments: count",
            unsorted_segments,
            f"tf.math.unsorted_segment_{name}(t(None, 3), t(None, dtype='int32'), 5)",
            f"tf.math.unsorted_segment_{name}(t(8, 3), t(8, dtype='int32'), num_segments=5)",
            rows=unknown_rows if name == "mean" else None,
        )
        for name in _SEGMENTS
    ),
    *(
        keras_operation(
            f"segment_{name}",
            "data: x, segment_ids: ids, num_segments: count=None, sorted=False",
            segments,
            f"ops.segment_{name}(t(None, 3), t(None, dtype='int32'), num_segments=5)",
            f"ops.segment_{name}(t(8, 3), t(8, dtype='int32'), 4)",
        )
        for name in ("sum", "max", "min", "prod")
    ),
    tf_operation(
        "sequence_mask",
        "lengths: x, maxlen=None, dtype=None",
        sequence_mask,
        "tf.sequence_mask(t(None, dtype='int32'), 5)",
        "tf.sequence_mask(t(None, dtype='int32'))",
        "tf.sequence_mask(t(None, 2, dtype='int32'), maxlen=7, dtype=tf.float32)",
    ),
    keras_operation("argsort", "x, axis=-1", places, "ops.argsort(t(None, 3))"),
    tf_operation(
        "argsort",
        "values: x, axis=-1, direction='ASCENDING', stable=False",
        places,
        "tf.argsort(t(None, 3))",
        "tf.argsort(t(None, 3), direction='DESCENDING')",
    ),
    keras_operation(
        "searchsorted",
        "sorted_sequence, values, side='left'",
        found_places,
        "ops.searchsorted(t(8), t(None, 3))",
        class_name="SearchSorted",
    ),
    tf_operation(
        "searchsorted",
        "sorted_sequence, values, side='left', out_type=None",
        found_places,
        "tf.searchsorted(t(8), t(5))",
    ),
    keras_operation(
        "in_top_k", "targets, predictions, k", hits, "ops.in_top_k(t(None, dtype='int32'), t(None, 5), 2)"
    ),
    tf_operation(
        "math.in_top_k",
        "targets, predictions, k",
        hits,
        "tf.math.in_top_k(t(None, dtype='int32'), t(None, 5), 2)",
        rows=rows_alike("compat.v1.math.in_top_k"),
    ),
    backend_operation(
        "in_top_k",
        "predictions, targets, k",
        hits,
        "K.in_top_k(t(None, 5), t(None, dtype='int32'), 2)",
        rows=rows_alike("compat.v1.math.in_top_k"),
    ),
    tf_operation(
        "math.count_nonzero",
        "input: x, axis=None, keepdims=None, dtype='int64'",
        counted,
        "tf.math.count_nonzero(t(None, 3), axis=1)",
    ),
    tf_operation(
        "math.add_n",
        "inputs: values",
        added,
        "tf.math.add_n([t(None, 3), t(None, 3)])",
        "tf.math.add_n([t(None, 3), t(2, 3), t(None, 3)])",
        "tf.math.add_n([t(None, 3), t(None, 4)])",
    ),
    tf_operation(
        "ensure_shape",
        "x, shape",
        ensured,
        "tf.ensure_shape(t(None, 3), (5, 3))",
        "tf.ensure_shape(t(None, None), [None, 3])",
        "tf.ensure_shape(t(None, 3), (None, 4))",
    ),
)
