"""Shapes as values: ``ops.shape``, ``tf.shape``, ``K.int_shape``, ``K.ndim``, ``tf.size``, ``tf.rank``.

Dimensions come as plain values: ``None`` where Keras gives ``None``, and ``UNKNOWN`` where TensorFlow gives a
tensor that holds a number only when it computes.
"""

from __future__ import annotations

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, product
from kerascope.domain.specs import TensorSpec
from kerascope.operations.base import (
    Bound,
    Nest,
    Operation,
    Row,
    keras_operation,
    no_rows,
    tensor,
    tf_operation,
    unknown_rows,
)


def _computed(dim: Dim) -> Dim:
    """A size that TensorFlow reads when it computes."""
    return dim if isinstance(dim, int) else UNKNOWN


def keras_shape(args: Bound) -> Nest:
    """``keras.ops.shape``: a tuple, in which a layer's ``call`` finds tensors for open sizes."""
    shape = tensor(args["x"]).shape
    if shape is UNRANKED:
        return UNKNOWN
    return shape if args.keras_infers else tuple(_computed(dim) for dim in shape)


def tf_shape(args: Bound) -> Nest:
    """``tf.shape``: a tensor of sizes, given as a tuple of those that are known."""
    shape = tensor(args["x"]).shape
    return UNKNOWN if shape is UNRANKED else tuple(_computed(dim) for dim in shape)


def static_shape(args: Bound) -> Nest:
    """``K.int_shape``: a tuple with ``None`` for open sizes."""
    shape = tensor(args["x"]).shape
    return UNKNOWN if shape is UNRANKED else shape


def rank(args: Bound) -> Nest:
    """The number of axes."""
    shape = tensor(args["x"]).shape
    return UNKNOWN if shape is UNRANKED else len(shape)


def keras_rank(args: Bound) -> Nest:
    """``keras.ops.ndim``, which of a symbolic tensor of Keras 3 makes no number."""
    return UNKNOWN if args.keras_infers else rank(args)


def element_count(args: Bound) -> Nest:
    """The number of elements, as a tensor."""
    shape = tensor(args["x"]).shape
    return UNKNOWN if shape is UNRANKED else _computed(product(shape))


def keras_size(args: Bound) -> Nest:
    """``keras.ops.size``, which Keras 3 makes an operation."""
    return TensorSpec((), "int32") if args.keras_infers else element_count(args)


def dtype_of(args: Bound) -> Nest:
    """The name of the element type."""
    return tensor(args["x"]).dtype or UNKNOWN


def _shape_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    if not isinstance(outputs, tuple):
        return None
    return (Row("TFOpLambda", "tf.compat.v1.shape", TensorSpec((len(outputs),), "int32")),)


def _size_rows(args: Bound, outputs: Nest) -> tuple[Row, ...]:
    return (Row("TFOpLambda", "tf.compat.v1.size", TensorSpec((), "int32")),)


def _rank_rows(args: Bound, outputs: Nest) -> tuple[Row, ...]:
    return (Row("TFOpLambda", "tf.rank", TensorSpec((), "int32")),)


OPERATIONS: tuple[Operation, ...] = (
    keras_operation(
        "shape",
        "x",
        keras_shape,
        "ops.shape(t(None, 3))",
        "ops.shape(t(2, 3))",
        "ops.shape(t(None, 3))[0]",
        rows=no_rows,
    ),
    keras_operation("ndim", "x", keras_rank, "ops.ndim(t(None, 3))", rows=unknown_rows),
    keras_operation("size", "x", keras_size, "ops.size(t(2, 3))", "ops.size(t(None, 3))"),
    keras_operation("dtype", "x", dtype_of, "ops.dtype(t(None, 3, dtype='int32'))", rows=no_rows),
    tf_operation(
        "shape",
        "input: x, out_type=None",
        tf_shape,
        "tf.shape(t(None, 3))",
        "tf.shape(t(2, 3))",
        rows=_shape_rows,
    ),
    tf_operation("rank", "input: x", rank, "tf.rank(t(None, 3))", rows=_rank_rows),
    tf_operation("size", "input: x, out_type=None", element_count, "tf.size(t(2, 3))", rows=_size_rows),
    *(
        Operation(f"keras.backend.{name}", "x", transfer, {2: maker}, cases)
        for name, transfer, maker, cases in (
            ("shape", tf_shape, _shape_rows, ("K.shape(t(None, 3))", "K.shape(t(2, 3))")),
            ("dtype", dtype_of, no_rows, ("K.dtype(t(None, 3))",)),
        )
    ),
    Operation(
        "keras.backend.int_shape",
        "x",
        static_shape,
        {2: no_rows, 3: no_rows},
        ("K.int_shape(t(None, 3))", "K.int_shape(t(2, 3))[1]"),
    ),
    Operation("keras.backend.ndim", "x", rank, {2: no_rows}, ("K.ndim(t(None, 3))",)),
)
