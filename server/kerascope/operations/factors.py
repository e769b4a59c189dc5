"""Factors and solutions of matrices: ``qr``, ``svd``, ``eigh``, ``solve``, and the diagonals of ``keras.ops``."""

from __future__ import annotations

from kerascope.domain.shapes import UNRANKED, Dim, Ranked
from kerascope.domain.specs import TensorSpec
from kerascope.operations.base import (
    UNKNOWN_SPEC,
    Bound,
    Nest,
    Operation,
    keras_operation,
    tensor,
    tf_operation,
)
from kerascope.operations.elementwise import floats_certain, same, unary
from kerascope.operations.reductions import summed


def _matrix(args: Bound) -> Ranked | None:
    shape = tensor(args["x"]).shape
    return shape if shape is not UNRANKED and len(shape) >= 2 else None


def _smaller(one: Dim, other: Dim) -> Dim:
    if isinstance(one, int) and isinstance(other, int):
        return min(one, other)
    return one if one == other and one is not None else None


def orthogonal(args: Bound) -> Nest:
    """``qr`` of matrices of known sides, reduced."""
    shape, dtype = _matrix(args), floats_certain(tensor(args["x"]).dtype)
    reduced = args.get("mode", "reduced") == "reduced" and args.get("full_matrices", False) is False
    if shape is None or not reduced or not all(isinstance(dim, int) for dim in shape[-2:]):
        return (TensorSpec(UNRANKED, dtype), TensorSpec(UNRANKED, dtype))
    side = _smaller(shape[-2], shape[-1])
    return (TensorSpec((*shape[:-1], side), dtype), TensorSpec((*shape[:-2], side, shape[-1]), dtype))


def eigenvalues(args: Bound) -> Nest:
    """``eigh``: values, and the vectors that belong to them."""
    shape, dtype = _matrix(args), floats_certain(tensor(args["x"]).dtype)
    if shape is None:
        return (TensorSpec(UNRANKED, dtype), TensorSpec(UNRANKED, dtype))
    return (TensorSpec(shape[:-1], dtype), TensorSpec(shape, dtype))


def solved(args: Bound) -> Nest:
    """``solve``: as many columns as the right side has."""
    left, right = tensor(args["x"]), tensor(args["y"])
    if left.shape is UNRANKED or right.shape is UNRANKED or len(left.shape) != len(right.shape):
        return UNKNOWN_SPEC
    if len(left.shape) < 2 or left.shape[:-1] != right.shape[:-1]:
        return UNKNOWN_SPEC
    return TensorSpec(right.shape, floats_certain(left.dtype) if left.dtype == right.dtype else "")


def diagonal(args: Bound) -> Nest:
    """``keras.ops.diagonal`` of the first two axes."""
    spec = tensor(args["x"])
    shape = _matrix(args)
    plain = (args["offset"], args["axis1"], args["axis2"]) == (0, 0, 1)
    if shape is None or not plain or not all(isinstance(dim, int) for dim in shape[:2]):
        return TensorSpec(UNRANKED, spec.dtype)
    return TensorSpec((*shape[2:], _smaller(shape[0], shape[1])), spec.dtype)


def traced_sum(args: Bound) -> Nest:
    """``keras.ops.trace`` of two axes."""
    spec = tensor(args["x"])
    shape = _matrix(args)
    if shape is None or (args["axis1"], args["axis2"]) != (0, 1):
        return TensorSpec(UNRANKED, summed(spec.dtype))
    return TensorSpec(shape[2:], summed(spec.dtype))


OPERATIONS: tuple[Operation, ...] = (
    keras_operation("qr", "x, mode='reduced'", orthogonal, "ops.qr(t(4, 3))"),
    tf_operation("linalg.qr", "input: x, full_matrices=False", orthogonal, "tf.linalg.qr(t(None, 4, 3))"),
    keras_operation("eigh", "x", eigenvalues, "ops.eigh(t(None, 3, 3))"),
    tf_operation("linalg.eigh", "tensor: x", eigenvalues, "tf.linalg.eigh(t(None, 3, 3))"),
    keras_operation("solve", "a: x, b: y", solved, "ops.solve(t(3, 3), t(3, 2))"),
    tf_operation(
        "linalg.solve", "matrix: x, rhs: y, adjoint=False", solved, "tf.linalg.solve(t(3, 3), t(3, 2))"
    ),
    tf_operation("linalg.expm", "input: x", unary(floats_certain), "tf.linalg.expm(t(None, 3, 3))"),
    keras_operation("diagonal", "x, offset=0, axis1=0, axis2=1", diagonal, "ops.diagonal(t(3, 4))"),
    keras_operation("trace", "x, offset=0, axis1=0, axis2=1", traced_sum, "ops.trace(t(3, 4))"),
    tf_operation(
        "linalg.set_diag",
        "input: x, diagonal, k=0, align='RIGHT_LEFT'",
        unary(same),
        "tf.linalg.set_diag(t(None, 3, 3), t(None, 3))",
    ),
)
