"""Functions of neural networks that keep most of a shape: ``softmax``, normalization, cross-entropies, attention."""

from __future__ import annotations

from kerascope.domain.shapes import UNRANKED, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import FaultKind, refuse
from kerascope.operations.base import (
    Bound,
    Nest,
    Operation,
    Transfer,
    backend_operation,
    keras_operation,
    rows_alike,
    tensor,
    tf_operation,
    unknown_rows,
)
from kerascope.operations.elementwise import floats_certain, floats_only, same, unary
from kerascope.operations.shapes import axis_of, broadcast, reduced, replaced


def glu(args: Bound) -> Nest:
    """One half of an axis, gated by the other."""
    spec = tensor(args["x"])
    axis = axis_of(args["axis"], len(spec.shape)) if spec.shape is not UNRANKED else None
    if axis is None or spec.shape is UNRANKED:
        return TensorSpec(UNRANKED, spec.dtype)
    dim = spec.shape[axis]
    if not isinstance(dim, int):
        return TensorSpec(spec.shape, spec.dtype)
    if dim % 2:
        raise refuse(
            FaultKind.DIM,
            f"axis {axis} of shape {spec.shape} has no halves",
            axis=axis,
            received=dim,
            shape=spec.shape,
        )
    return TensorSpec(replaced(spec.shape, axis, dim // 2), floats_certain(spec.dtype))


def normalized(args: Bound) -> Nest:
    """``x`` with mean and variance that broadcast along."""
    spec = tensor(args["x"])
    return TensorSpec(spec.shape, floats_certain(spec.dtype))


def backend_normalized(args: Bound) -> Nest:
    """The same, where statistics of other shapes may widen the result."""
    spec = tensor(args["x"])
    shapes = [
        tensor(args[name]).shape for name in ("mean", "variance", "offset", "scale") if args[name] is not None
    ]
    certain = spec.shape is not UNRANKED and all(_within(shape, spec.shape) for shape in shapes)
    return TensorSpec(spec.shape if certain else UNRANKED, floats_certain(spec.dtype))


def _within(shape: Shape, whole: Shape) -> bool:
    """Whether ``shape`` broadcasts into ``whole`` and leaves it as it is."""
    if shape is UNRANKED or whole is UNRANKED or len(shape) > len(whole):
        return False
    pairs = zip(reversed(shape), reversed(whole), strict=False)
    return all(one == 1 or (isinstance(one, int) and one == other) for one, other in pairs)


def lookup(args: Bound) -> Nest:
    """``tf.nn.embedding_lookup``: a row for each index."""
    table, indices = tensor(args["x"]), tensor(args["indices"])
    if table.shape is UNRANKED or indices.shape is UNRANKED or not table.shape:
        return TensorSpec(UNRANKED, table.dtype)
    return TensorSpec((*indices.shape, *table.shape[1:]), table.dtype)


def elementwise_loss(args: Bound) -> Nest:
    """One number for each element of the output."""
    target, output = tensor(args["target"]), tensor(args["output"])
    return TensorSpec(broadcast(target.shape, output.shape), floats_certain(output.dtype))


def class_loss(shown: str) -> Transfer:
    """One number for each row of classes."""

    def transfer(args: Bound) -> Nest:
        spec = tensor(args[shown])
        axis = args.get("axis", -1)
        return TensorSpec(reduced(spec.shape, axis, False), floats_certain(tensor(args["output"]).dtype))

    return transfer


def sparse_loss(args: Bound) -> Nest:
    """One number for each label."""
    labels, output = tensor(args["target"]), tensor(args["output"])
    if labels.shape is UNRANKED or output.shape is UNRANKED or len(labels.shape) != len(output.shape) - 1:
        return TensorSpec(UNRANKED, floats_certain(output.dtype))
    shape = labels.shape if labels.shape == output.shape[:-1] else UNRANKED
    return TensorSpec(shape, floats_certain(output.dtype))


def summed_loss(args: Bound) -> Nest:
    """Half the sum of squares."""
    return TensorSpec((), floats_certain(tensor(args["x"]).dtype))


def attention(args: Bound) -> Nest:
    """``keras.ops.dot_product_attention``: the heads of the query, in the type that all share."""
    query, value = tensor(args["query"]), tensor(args["value"])
    if query.shape is UNRANKED or value.shape is UNRANKED or query.shape[-1:] != value.shape[-1:]:
        return TensorSpec(UNRANKED, "")
    return TensorSpec(query.shape, "float32" if query.dtype == value.dtype == "float32" else "")


OPERATIONS: tuple[Operation, ...] = (
    keras_operation(
        "softmax",
        "x, axis=-1",
        unary(same, floats_only),
        "ops.softmax(t(None, 3))",
        "ops.softmax(t(None, 3, 4), axis=1)",
    ),
    keras_operation("log_softmax", "x, axis=-1", unary(same, floats_only), "ops.log_softmax(t(None, 3))"),
    keras_operation("sparsemax", "x, axis=-1", unary(same, floats_certain), "ops.sparsemax(t(None, 3))"),
    tf_operation(
        "nn.softmax",
        "logits: x, axis=None",
        unary(floats_only),
        "tf.nn.softmax(t(None, 3))",
        "tf.nn.softmax(t(None, 3, 4), axis=1)",
        "tf.nn.softmax(t(None, 3, dtype='int32'))",
    ),
    tf_operation(
        "nn.log_softmax", "logits: x, axis=None", unary(floats_only), "tf.nn.log_softmax(t(None, 3))"
    ),
    backend_operation(
        "softmax",
        "x, axis=-1",
        unary(floats_only),
        "K.softmax(t(None, 3))",
        "K.softmax(t(None, 3, 4), axis=1)",
        rows=rows_alike("nn.softmax"),
    ),
    keras_operation("glu", "x, axis=-1", glu, "ops.glu(t(None, 4))", "ops.glu(t(None, 3))"),
    keras_operation(
        "batch_normalization",
        "x, mean, variance, axis, offset=None, scale=None, epsilon=1e-3",
        normalized,
        "ops.batch_normalization(t(None, 3), t(3), t(3), -1)",
        class_name="BatchNorm",
    ),
    tf_operation(
        "nn.batch_normalization",
        "x, mean, variance, offset, scale, variance_epsilon",
        backend_normalized,
        "tf.nn.batch_normalization(t(None, 3), t(3), t(3), t(3), t(3), 0.001)",
        "tf.nn.batch_normalization(t(None, 3), t(3), t(3), None, None, 0.001)",
        rows=unknown_rows,
    ),
    backend_operation(
        "batch_normalization",
        "x, mean, var: variance, beta: offset, gamma: scale, axis=-1, epsilon=1e-3",
        backend_normalized,
        "K.batch_normalization(t(None, 3), t(3), t(3), t(3), t(3))",
    ),
    tf_operation(
        "nn.bias_add", "value: x, bias, data_format=None", unary(same), "tf.nn.bias_add(t(None, 3), t(3))"
    ),
    backend_operation(
        "bias_add",
        "x, bias, data_format=None",
        unary(same),
        "K.bias_add(t(None, 3), t(3))",
        rows=rows_alike("nn.bias_add"),
    ),
    tf_operation(
        "nn.embedding_lookup",
        "params: x, ids: indices, max_norm=None",
        lookup,
        "tf.nn.embedding_lookup(t(10, 4), t(None, 3, dtype='int32'))",
        rows=rows_alike("compat.v1.nn.embedding_lookup"),
    ),
    keras_operation(
        "layer_normalization",
        "x, gamma=None, beta=None, axis=-1, epsilon=None, **kwargs",
        normalized,
        "ops.layer_normalization(t(None, 3))",
        class_name="LayerNorm",
    ),
    keras_operation(
        "rms_normalization",
        "x, scale=None, axis=-1, epsilon=None",
        normalized,
        "ops.rms_normalization(t(None, 3))",
        class_name="RMSNorm",
    ),
    keras_operation(
        "sparse_categorical_crossentropy",
        "target, output, from_logits=False, axis=-1",
        sparse_loss,
        "ops.sparse_categorical_crossentropy(t(None, dtype='int32'), t(None, 3))",
    ),
    tf_operation("nn.l2_loss", "t: x", summed_loss, "tf.nn.l2_loss(t(None, 3))"),
    keras_operation(
        "binary_crossentropy",
        "target, output, from_logits=False",
        elementwise_loss,
        "ops.binary_crossentropy(t(None, 3), t(None, 3))",
    ),
    keras_operation(
        "categorical_crossentropy",
        "target, output, from_logits=False, axis=-1",
        class_loss("target"),
        "ops.categorical_crossentropy(t(None, 3), t(None, 3))",
    ),
    backend_operation(
        "binary_crossentropy",
        "target, output, from_logits=False",
        elementwise_loss,
        "K.binary_crossentropy(t(None, 3), t(None, 3))",
        rows=rows_alike("keras.backend.binary_crossentropy"),
    ),
    backend_operation(
        "categorical_crossentropy",
        "target, output, from_logits=False, axis=-1",
        class_loss("output"),
        "K.categorical_crossentropy(t(None, 3), t(None, 3))",
        rows=rows_alike("keras.backend.categorical_crossentropy"),
    ),
    tf_operation(
        "nn.sigmoid_cross_entropy_with_logits",
        "labels: target=None, logits: output=None",
        elementwise_loss,
        "tf.nn.sigmoid_cross_entropy_with_logits(labels=t(None, 3), logits=t(None, 3))",
        rows=rows_alike("compat.v1.nn.sigmoid_cross_entropy_with_logits"),
    ),
    tf_operation(
        "nn.softmax_cross_entropy_with_logits",
        "labels: target, logits: output, axis=-1",
        class_loss("output"),
        "tf.nn.softmax_cross_entropy_with_logits(labels=t(None, 3), logits=t(None, 3))",
        rows=rows_alike("compat.v1.nn.softmax_cross_entropy_with_logits_v2"),
    ),
    tf_operation(
        "nn.sparse_softmax_cross_entropy_with_logits",
        "labels: target, logits: output",
        sparse_loss,
        "tf.nn.sparse_softmax_cross_entropy_with_logits(labels=t(None, dtype='int32'), logits=t(None, 3))",
        rows=rows_alike("compat.v1.nn.sparse_softmax_cross_entropy_with_logits"),
    ),
    keras_operation(
        "dot_product_attention",
        "query, key, value, bias=None, mask=None, scale=None, is_causal=False, flash_attention=None, "
        "attn_logits_soft_cap=None",
        attention,
        "ops.dot_product_attention(t(None, 5, 2, 4), t(None, 7, 2, 4), t(None, 7, 2, 4))",
    ),
)
