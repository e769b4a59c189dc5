"""Norms, and functions of matrices: ``norm``, ``l2_normalize``, ``det``, ``diag``, ``trace``."""

from __future__ import annotations

from kerascope.domain.shapes import UNRANKED, Ranked
from kerascope.domain.specs import TensorSpec
from kerascope.operations.base import (
    Bound,
    Nest,
    Operation,
    backend_operation,
    keras_operation,
    rows_alike,
    tensor,
    tf_operation,
    unknown_rows,
)
from kerascope.operations.dtypes import to_float
from kerascope.operations.elementwise import always_float32, floats_certain, floats_only, same, unary
from kerascope.operations.reductions import reduction


def _matrix(spec: TensorSpec) -> Ranked | None:
    shape = spec.shape
    return shape if shape is not UNRANKED and len(shape) >= 2 else None


def determinant(args: Bound) -> Nest:
    """One number for each matrix."""
    spec = tensor(args["x"])
    shape = _matrix(spec)
    return TensorSpec(
        UNRANKED if shape is None else shape[:-2], spec.dtype if spec.dtype == "float32" else ""
    )


def norm(args: Bound) -> Nest:
    """``keras.ops.norm``, which of more than two axes at once is not defined."""
    shape = tensor(args["x"]).shape
    if args["axis"] is None and (shape is UNRANKED or len(shape) > 2):
        return TensorSpec(UNRANKED, "")
    return reduction(to_float)(args)


def tf_norm(args: Bound) -> Nest:
    """``tf.norm``: ``keepdims`` is not kept where it is ``None``."""
    keepdims = False if args["keepdims"] is None else args["keepdims"]
    return reduction(floats_only)(Bound({**args.values, "keepdims": keepdims}, args.call))


def diagonal_part(args: Bound) -> Nest:
    """``tf.linalg.diag_part``: the diagonal of each matrix."""
    spec = tensor(args["x"])
    shape = _matrix(spec)
    if shape is None or args["k"] != 0 or not all(isinstance(dim, int) for dim in shape[-2:]):
        return TensorSpec(UNRANKED, spec.dtype)
    return TensorSpec((*shape[:-2], min(dim for dim in shape[-2:] if isinstance(dim, int))), spec.dtype)


def diagonal_matrix(args: Bound) -> Nest:
    """``tf.linalg.diag``: a matrix from each vector."""
    spec = tensor(args["x"])
    if spec.shape is UNRANKED or not spec.shape or args["k"] != 0 or args["num_rows"] != -1:
        return TensorSpec(UNRANKED, spec.dtype)
    return TensorSpec((*spec.shape, spec.shape[-1]), spec.dtype)


def trace(args: Bound) -> Nest:
    """``tf.linalg.trace``: the sum of each diagonal."""
    spec = tensor(args["x"])
    shape = _matrix(spec)
    return TensorSpec(UNRANKED if shape is None else shape[:-2], spec.dtype if spec.dtype != "bool" else "")


OPERATIONS: tuple[Operation, ...] = (
    keras_operation(
        "norm",
        "x, ord=None, axis=None, keepdims=False",
        norm,
        "ops.norm(t(None, 3))",
        "ops.norm(t(None, 3), axis=1)",
        "ops.norm(t(None, 3, 4), axis=-1, keepdims=True)",
    ),
    tf_operation(
        "norm",
        "tensor: x, ord='euclidean', axis=None, keepdims=None",
        tf_norm,
        "tf.norm(t(None, 3))",
        "tf.norm(t(None, 3), axis=1)",
        "tf.norm(t(None, 3, 4), axis=-1, keepdims=True)",
        rows=rows_alike("compat.v1.norm"),
    ),
    keras_operation(
        "normalize",
        "x, axis=-1, order=2, epsilon=None",
        unary(always_float32, floats_only),
        "ops.normalize(t(None, 3))",
    ),
    tf_operation(
        "math.l2_normalize",
        "x, axis=None, epsilon=1e-12, dim=None",
        unary(floats_only),
        "tf.math.l2_normalize(t(None, 3), axis=1)",
        "tf.math.l2_normalize(t(None, 3), -1)",
    ),
    backend_operation(
        "l2_normalize",
        "x, axis=None",
        unary(floats_only),
        "K.l2_normalize(t(None, 3), axis=-1)",
        rows=rows_alike("math.l2_normalize"),
    ),
    keras_operation("det", "x", determinant, "ops.det(t(None, 3, 3))"),
    keras_operation("inv", "x", unary(same, floats_certain), "ops.inv(t(None, 3, 3))"),
    keras_operation("cholesky", "x, upper=False", unary(same, floats_certain), "ops.cholesky(t(None, 3, 3))"),
    tf_operation("linalg.det", "input: x", determinant, "tf.linalg.det(t(None, 3, 3))"),
    tf_operation(
        "linalg.logdet", "matrix: x", determinant, "tf.linalg.logdet(t(None, 3, 3))", rows=unknown_rows
    ),
    tf_operation("linalg.inv", "input: x, adjoint=False", unary(floats_only), "tf.linalg.inv(t(None, 3, 3))"),
    tf_operation("linalg.cholesky", "input: x", unary(floats_only), "tf.linalg.cholesky(t(None, 3, 3))"),
    tf_operation(
        "linalg.diag_part",
        "input: x, k=0, padding_value=0, align='RIGHT_LEFT'",
        diagonal_part,
        "tf.linalg.diag_part(t(None, 3, 4))",
    ),
    tf_operation(
        "linalg.diag",
        "diagonal: x, k=0, num_rows=-1, num_cols=-1, padding_value=0, align='RIGHT_LEFT'",
        diagonal_matrix,
        "tf.linalg.diag(t(None, 3))",
    ),
    tf_operation("linalg.trace", "x", trace, "tf.linalg.trace(t(None, 3, 3))"),
)
