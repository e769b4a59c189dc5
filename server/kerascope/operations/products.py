"""Products of matrices and tensors, and norms: ``matmul``, ``dot``, ``tensordot``, ``einsum``, ``norm``."""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Ranked, Shape, product
from kerascope.domain.specs import TensorSpec
from kerascope.operations.base import (
    Bound,
    Nest,
    Operand,
    Operation,
    Row,
    backend_operation,
    keras_operation,
    operand,
    tensor,
    tf_operation,
)
from kerascope.operations.dtypes import keras_common, tf_common
from kerascope.operations.shapes import agreed, axes_of, axis_of, broadcast, matmul


def _keras_dtype(one: Operand, other: Operand) -> str:
    """Keras 3 adds products of ``int8`` up in 32 bits."""
    if (one.spec.dtype, other.spec.dtype) == ("int8", "int8"):
        return "int32"
    return keras_common((one, other))


def keras_matmul(args: Bound) -> Nest:
    """``keras.ops.matmul``, which takes vectors too."""
    one, other = operand(args["x"]), operand(args["y"])
    dtype = _keras_dtype(one, other)
    # TensorFlow brings vectors into a shape in which it no longer compares their size.
    compared = args.keras_infers or not _has_vector(one.spec.shape, other.spec.shape)
    return TensorSpec(matmul(one.spec.shape, other.spec.shape, vectors=True, compared=compared), dtype)


def _has_vector(*shapes: Shape) -> bool:
    return any(shape is not UNRANKED and len(shape) == 1 for shape in shapes)


def tf_matmul(args: Bound) -> Nest:
    """``tf.matmul``: either matrix may be transposed first."""
    one, other = operand(args["x"]), operand(args["y"])
    flags = [args.get(name, False) for name in ("transpose_a", "adjoint_a", "transpose_b", "adjoint_b")]
    dtype = tf_common((one, other)) if args.get("output_type") is None else ""
    if not all(isinstance(flag, bool) for flag in flags):
        return TensorSpec(UNRANKED, dtype)
    left = _turned(one.spec.shape, flags[0] or flags[1])
    right = _turned(other.spec.shape, flags[2] or flags[3])
    return TensorSpec(matmul(left, right, vectors=False), dtype)


def _turned(shape: Shape, turned: bool) -> Shape:
    if not turned or shape is UNRANKED or len(shape) < 2:
        return shape
    return (*shape[:-2], shape[-1], shape[-2])


def matvec(args: Bound) -> Nest:
    """A matrix times a vector."""
    one, other = operand(args["x"]), operand(args["y"])
    if one.spec.shape is UNRANKED or other.spec.shape is UNRANKED or args["transpose_a"] is not False:
        return TensorSpec(UNRANKED, tf_common((one, other)))
    if len(one.spec.shape) < 2 or not other.spec.shape:
        return TensorSpec(UNRANKED, tf_common((one, other)))
    found = matmul(one.spec.shape, (*other.spec.shape, 1), vectors=False)
    assert found is not UNRANKED
    return TensorSpec(found[:-1], tf_common((one, other)))


def dot(args: Bound) -> Nest:
    """``keras.ops.dot``: over the last axis of one and the last but one of the other."""
    one, other = operand(args["x"]), operand(args["y"])
    left, right = one.spec.shape, other.spec.shape
    dtype = keras_common((one, other))
    if left is UNRANKED or right is UNRANKED:
        return TensorSpec(UNRANKED, dtype)
    if not left or not right:
        return TensorSpec(broadcast(left, right), dtype)
    second = right[-1] if len(right) == 1 else right[-2]
    # Keras 3 does not compare two vectors, TensorFlow nothing of which a size is open.
    several = len(left) > 1 or len(right) > 1
    if several if args.keras_infers else _is_known(left) and _is_known(right):
        agreed((left[-1], second), (left, right), -1)
    return TensorSpec((*left[:-1], *right[:-2], *right[1:][-1:]), dtype)


def backend_dot(args: Bound) -> Nest:
    """``keras.backend.dot``: the same, of matrices at least."""
    one, other = operand(args["x"]), operand(args["y"])
    left, right = one.spec.shape, other.spec.shape
    dtype = tf_common((one, other))
    if left is UNRANKED or right is UNRANKED or len(left) < 2 or len(right) < 2:
        return TensorSpec(UNRANKED, dtype)
    if len(left) == len(right) == 2:
        return TensorSpec(matmul(left, right, vectors=False), dtype)
    agreed((left[-1], right[-2]), (left, right), -1)
    return TensorSpec((*left[:-1], *right[:-2], right[-1]), dtype)


def inner(args: Bound) -> Nest:
    """Over the last axis of both."""
    one, other = operand(args["x"]), operand(args["y"])
    left, right = one.spec.shape, other.spec.shape
    dtype = keras_common((one, other))
    if left is UNRANKED or right is UNRANKED or not left or not right:
        return TensorSpec(UNRANKED, dtype)
    if not args.keras_infers and not (_is_known(left) and _is_known(right)):
        return TensorSpec((UNKNOWN,) * (len(left) + len(right) - 2), dtype)
    agreed((left[-1], right[-1]), (left, right), -1)
    return TensorSpec((*left[:-1], *right[:-1]), dtype)


def outer(args: Bound) -> Nest:
    """Every element with every other."""
    one, other = operand(args["x"]), operand(args["y"])
    dims = (UNKNOWN if item.spec.shape is UNRANKED else product(item.spec.shape) for item in (one, other))
    certain = one.kind == other.kind == "tensor"
    return TensorSpec(tuple(dims), keras_common((one, other)) if certain else "")


def batch_dot(args: Bound) -> Nest:
    """``keras.backend.batch_dot``: sample by sample, over one axis of each."""
    one, other = operand(args["x"]), operand(args["y"])
    left, right, axes = one.spec.shape, other.spec.shape, args["axes"]
    dtype = tf_common((one, other))
    if left is UNRANKED or right is UNRANKED or not (2 <= len(left) <= 3 and 2 <= len(right) <= 3):
        return TensorSpec(UNRANKED, dtype)
    if axes is None:
        axes = (len(left) - 1, len(right) - (1 if len(right) == 2 else 2))
    pair = axes if isinstance(axes, tuple) else (axes, axes)
    if len(pair) != 2:
        return TensorSpec(UNRANKED, dtype)
    first, second = axis_of(pair[0], len(left), "axes"), axis_of(pair[1], len(right), "axes")
    if not first or not second:
        return TensorSpec(UNRANKED, dtype)
    agreed((left[first], right[second]), (left, right), first)
    batch = broadcast(left[:1], right[:1])
    assert batch is not UNRANKED
    rest = (
        *(dim for axis, dim in enumerate(left) if axis not in (0, first)),
        *(dim for axis, dim in enumerate(right) if axis not in (0, second)),
    )
    return TensorSpec((*batch, *(rest or (1,))), dtype)


def tensordot(promotes: bool) -> Any:
    """``tensordot`` over the last axes of one and the first of the other, or over pairs of axes."""

    def transfer(args: Bound) -> Nest:
        one, other = operand(args["x"]), operand(args["y"])
        dtype = keras_common((one, other)) if promotes else tf_common((one, other))
        left, right = one.spec.shape, other.spec.shape
        if args.keras_infers:
            # Of a number of axes Keras 3 does not compare the sizes.
            compared = type(args["axes"]) is not int
        else:
            # TensorFlow multiplies matrices of which it no longer knows both sizes.
            compared = _is_known(left) and _is_known(right)
        return TensorSpec(_contracted(left, right, args["axes"], compared), dtype)

    return transfer


def _is_known(shape: Shape) -> bool:
    """Whether every size is a number."""
    return shape is not UNRANKED and all(isinstance(dim, int) for dim in shape)


def _contracted(left: Shape, right: Shape, axes: Any, compared: bool) -> Shape:
    if left is UNRANKED or right is UNRANKED:
        return UNRANKED
    if type(axes) is int:
        if not 0 <= axes <= min(len(left), len(right)):
            return UNRANKED
        pairs: Any = (tuple(range(len(left) - axes, len(left))), tuple(range(axes)))
    else:
        pairs = axes if isinstance(axes, tuple) and len(axes) == 2 else (UNKNOWN, UNKNOWN)
    first, second = axes_of(pairs[0], len(left), "axes"), axes_of(pairs[1], len(right), "axes")
    if first is None or second is None or len(first) != len(second):
        return UNRANKED
    for one, other in zip(first, second, strict=True) if compared else ():
        agreed((left[one], right[other]), (left, right), one)
    return (
        *(dim for axis, dim in enumerate(left) if axis not in first),
        *(dim for axis, dim in enumerate(right) if axis not in second),
    )


def _dot_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    ranks = {
        len(shape) if isinstance(shape := tensor(args[name]).shape, tuple) else -1 for name in ("x", "y")
    }
    return (Row("TFOpLambda", "tf.linalg.matmul", outputs),) if ranks == {2} else None


def _matvec_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    """Keras 2 shows the vector made a matrix, the product, and the vector again."""
    vector = tensor(args["y"])
    if vector.shape is UNRANKED or outputs.shape is UNRANKED:
        return None
    return (
        Row("TFOpLambda", "tf.expand_dims", TensorSpec((*vector.shape, 1), vector.dtype)),
        Row("TFOpLambda", "tf.linalg.matmul", TensorSpec((*outputs.shape, 1), outputs.dtype)),
        Row("TFOpLambda", "tf.compat.v1.squeeze", outputs),
    )


def _batch_dot_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    """Keras 2 shows what makes both three-dimensional and brings the axes into place, then the product."""
    left, right, axes = tensor(args["x"]), tensor(args["y"]), args["axes"]
    if left.shape is UNRANKED or right.shape is UNRANKED or outputs.shape is UNRANKED:
        return None
    if axes is None:
        axes = (len(left.shape) - 1, len(right.shape) - (1 if len(right.shape) == 2 else 2))
    pair = axes if isinstance(axes, tuple) else (axes, axes)
    first, second = pair[0] % len(left.shape), pair[1] % len(right.shape)
    rows: list[Row] = []

    def show(stem: str, shape: Ranked, dtype: str) -> Ranked:
        rows.append(Row("TFOpLambda", f"tf.{stem}", TensorSpec(shape, dtype)))
        return shape

    one, other = left.shape, right.shape
    if len(one) == 2:
        one = show("expand_dims", (one[0], 1, one[1]), left.dtype)
        first += 1
    if len(other) == 2:
        other = show("expand_dims", (*other, 1), right.dtype)
    if first != 2:
        one = show("compat.v1.transpose", (one[0], one[2], one[1]), left.dtype)
    if second != 1:
        other = show("compat.v1.transpose", (other[0], other[2], other[1]), right.dtype)
    show("linalg.matmul", (outputs.shape[0], one[1], other[2]), outputs.dtype)
    if 2 in (len(left.shape), len(right.shape)):
        show("compat.v1.squeeze", outputs.shape, outputs.dtype)
    return tuple(rows)


def _product_cases(function: str) -> tuple[str, ...]:
    return (
        f"{function}(t(None, 3, 4), t(None, 4, 5))",
        f"{function}(t(2, 3), t(3, 4))",
        f"{function}(t(None, 3, 4), t(None, 3, 5))",
        f"{function}(t(None, 4), t(4, 5))",
        f"{function}(t(None, 4), t(5, 4))",
    )


OPERATIONS: tuple[Operation, ...] = (
    keras_operation(
        "matmul", "x1: x, x2: y", keras_matmul, *_product_cases("ops.matmul"), "ops.matmul(t(3, 4), t(4))"
    ),
    tf_operation(
        "linalg.matmul",
        "a: x, b: y, transpose_a=False, transpose_b=False, adjoint_a=False, adjoint_b=False, a_is_sparse=False, "
        "b_is_sparse=False, output_type=None, grad_a=False, grad_b=False",
        tf_matmul,
        *_product_cases("tf.linalg.matmul"),
        "tf.linalg.matmul(t(None, 3, 4), t(None, 5, 4), transpose_b=True)",
        "tf.linalg.matmul(t(None, 4, 3), t(None, 4, 5), True)",
        "tf.linalg.matmul(t(3, 4), t(4))",
    ),
    tf_operation(
        "linalg.matvec",
        "a: x, b: y, transpose_a=False, adjoint_a=False, a_is_sparse=False, b_is_sparse=False",
        matvec,
        "tf.linalg.matvec(t(None, 3, 4), t(None, 4))",
        "tf.linalg.matvec(t(3, 4), t(5))",
        rows=_matvec_rows,
    ),
    keras_operation(
        "dot",
        "x1: x, x2: y",
        dot,
        "ops.dot(t(None, 3), t(3, 4))",
        "ops.dot(t(None, 3), t(3))",
        "ops.dot(t(None, 2, 3), t(5, 3, 4))",
        "ops.dot(t(None, 3), t(4, 3))",
    ),
    backend_operation("dot", "x, y", backend_dot, *_product_cases("K.dot"), rows=_dot_rows),
    backend_operation(
        "batch_dot",
        "x, y, axes=None",
        batch_dot,
        "K.batch_dot(t(None, 3, 4), t(None, 4, 5))",
        "K.batch_dot(t(None, 3, 4), t(None, 5, 4), axes=2)",
        "K.batch_dot(t(None, 3, 4), t(None, 5, 4), axes=[2, 2])",
        "K.batch_dot(t(None, 4), t(None, 4), axes=1)",
        "K.batch_dot(t(None, 3, 4), t(None, 3), axes=1)",
        "K.batch_dot(t(None, 3, 4), t(None, 5, 6), axes=2)",
        rows=_batch_dot_rows,
    ),
    keras_operation("inner", "x1: x, x2: y", inner, "ops.inner(t(None, 3), t(5, 3))"),
    keras_operation("outer", "x1: x, x2: y", outer, "ops.outer(t(3), t(4))", "ops.outer(t(None), t(4))"),
    keras_operation(
        "tensordot",
        "x1: x, x2: y, axes=2",
        tensordot(True),
        "ops.tensordot(t(None, 3, 4), t(4, 5), axes=1)",
        "ops.tensordot(t(None, 3, 4), t(5, 4), axes=[[2], [1]])",
    ),
    tf_operation(
        "tensordot",
        "a: x, b: y, axes",
        tensordot(False),
        "tf.tensordot(t(None, 3, 4), t(4, 5), axes=1)",
        "tf.tensordot(t(None, 3, 4), t(5, 4), axes=[[2], [1]])",
        "tf.tensordot(t(None, 3, 4), t(3, 4), 2)",
        "tf.tensordot(t(None, 3, 4), t(5, 6), axes=1)",
    ),
)
