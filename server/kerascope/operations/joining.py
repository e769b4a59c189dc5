"""Several tensors made one and one made several, and choices of elements: ``concatenate``, ``split``, ``take``."""

from __future__ import annotations

import itertools
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim
from kerascope.domain.specs import ArraySpec, TensorSpec
from kerascope.layers.base import FaultKind, refuse
from kerascope.operations.base import (
    UNKNOWN_SPEC,
    Bound,
    Nest,
    Operand,
    Operation,
    Row,
    Transfer,
    backend_operation,
    keras_operation,
    operand,
    rows_alike,
    tensor,
    tf_operation,
)
from kerascope.operations.dtypes import keras_common, tf_common
from kerascope.operations.shapes import (
    axis_of,
    concatenated,
    replaced,
    size,
    stacked,
)


def common_dtype(items: tuple[Operand, ...], keras_promotes: bool) -> str:
    """The type in which ``items`` meet."""
    if keras_promotes:
        return keras_common(items)
    return tf_common(items) if all(item.kind == "tensor" for item in items) else ""


def concatenate(args: Bound) -> Nest:
    """``keras.ops.concatenate``: tensors joined along an axis that they have."""
    values = args["values"]
    if not isinstance(values, tuple) or not values:
        return UNKNOWN_SPEC
    items = tuple(operand(value) for value in values)
    if len(items) == 1 and not args.keras_infers:
        return TensorSpec(items[0].spec.shape, common_dtype(items, True))
    shape = concatenated([item.spec.shape for item in items], args["axis"], args.keras_infers)
    return TensorSpec(shape, common_dtype(items, True))


def tf_concatenate(args: Bound) -> Nest:
    """``tf.concat``, which gives a single tensor back whatever the axis is."""
    values = args["values"]
    if not isinstance(values, tuple) or not values:
        return UNKNOWN_SPEC
    items = tuple(operand(value) for value in values)
    if len(items) == 1:
        return TensorSpec(items[0].spec.shape, common_dtype(items, False))
    shape = concatenated([item.spec.shape for item in items], args["axis"], False)
    dtypes = {item.spec.dtype for item in items}
    if all(item.kind == "array" for item in items) and len(dtypes) == 1:
        # Each is converted by itself, other than by `tf.stack`, which makes int32 of a list of int64.
        dtype = dtypes.pop()
        return TensorSpec(shape, "string" if dtype in ("str", "object") else dtype)
    return TensorSpec(shape, common_dtype(items, False))


def backend_concatenate(args: Bound) -> Nest:
    """``keras.backend.concatenate``, which counts an axis from the end as often round as need be."""
    values, axis = args["values"], args["axis"]
    if isinstance(axis, int) and axis < 0 and isinstance(values, tuple) and values:
        shape = tensor(values[0]).shape
        axis = UNKNOWN if shape is UNRANKED else axis % len(shape) if shape else 0
    return tf_concatenate(Bound({**args.values, "axis": axis}, args.call))


def _concat_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    """Of a single tensor Keras 2 shows that it is given back."""
    values = args["values"]
    if not isinstance(values, tuple):
        return None
    return (Row("TFOpLambda", "tf.identity" if len(values) == 1 else "tf.concat", outputs),)


def stack(promotes: bool) -> Any:
    """Tensors of one shape along a new axis."""

    def transfer(args: Bound) -> Nest:
        values = args["values"]
        if isinstance(values, TensorSpec | ArraySpec) and args["axis"] == 0 and not args.keras_infers:
            return tensor(values)
        if not isinstance(values, tuple) or not values:
            return UNKNOWN_SPEC
        items = tuple(operand(value) for value in values)
        shape = stacked([item.spec.shape for item in items], args["axis"], args.keras_infers)
        return TensorSpec(shape, common_dtype(items, promotes))

    return transfer


def stacked_along(last: bool) -> Transfer:
    """``hstack`` joins along the second axis and ``vstack`` along the first, of matrices at least."""

    def transfer(args: Bound) -> Nest:
        values = args["values"]
        if not isinstance(values, tuple) or not values:
            return UNKNOWN_SPEC
        items = tuple(operand(value) for value in values)
        shapes = [item.spec.shape for item in items]
        if any(shape is UNRANKED or len(shape) < 2 for shape in shapes):
            return TensorSpec(UNRANKED, common_dtype(items, True))
        shape = concatenated(shapes, 1 if last else 0, args.keras_infers)
        return TensorSpec(shape, common_dtype(items, True))

    return transfer


def _pieces(spec: TensorSpec, axis: int, dims: list[Dim]) -> Nest:
    assert spec.shape is not UNRANKED
    return tuple(TensorSpec(replaced(spec.shape, axis, dim), spec.dtype) for dim in dims)


def split(args: Bound) -> Nest:
    """``keras.ops.split``: into equal parts, or at places."""
    spec, parts = tensor(args["x"]), args["parts"]
    if spec.shape is UNRANKED or not isinstance(parts, int | tuple) or _too_many(parts):
        return UNKNOWN
    axis = axis_of(args["axis"], len(spec.shape))
    if axis is None:
        return UNKNOWN
    if isinstance(parts, int):
        return _pieces(spec, axis, _equal_parts(spec, axis, parts)) or UNKNOWN
    if not all(type(place) is int and place >= 0 for place in parts) or list(parts) != sorted(parts):
        return UNKNOWN
    dim = spec.shape[axis]
    if not isinstance(dim, int):
        return tuple(
            TensorSpec(replaced(spec.shape, axis, UNKNOWN), spec.dtype) for _ in range(len(parts) + 1)
        )
    if parts and parts[-1] > dim:
        return UNKNOWN
    ends = (0, *parts, dim)
    return _pieces(spec, axis, [end - start for start, end in itertools.pairwise(ends)])


def _too_many(parts: Any) -> bool:
    """Whether a program is taken not to mean it: each part would be a value of its own."""
    return isinstance(parts, int) and parts > 256


def _equal_parts(spec: TensorSpec, axis: int, count: int) -> list[Dim]:
    assert spec.shape is not UNRANKED
    dim = spec.shape[axis]
    if not isinstance(dim, int):
        return [dim] * count if count > 0 else []
    if count <= 0 or dim % count:
        raise refuse(
            FaultKind.DIM,
            f"axis {axis} of shape {spec.shape} cannot be split into {count} equal parts",
            axis=axis,
            expected=count,
            received=dim,
            shape=spec.shape,
        )
    return [dim // count] * count


def tf_split(args: Bound) -> Nest:
    """``tf.split``: into equal parts, or parts of given sizes."""
    spec, parts = tensor(args["x"]), args["parts"]
    if spec.shape is UNRANKED or not isinstance(parts, int | tuple) or _too_many(parts):
        return UNKNOWN
    axis = axis_of(args["axis"], len(spec.shape))
    if axis is None or isinstance(parts, bool):
        return UNKNOWN
    if isinstance(parts, int):
        return _pieces(spec, axis, _equal_parts(spec, axis, parts)) or UNKNOWN
    dims = [size(part) for part in parts]
    total = spec.shape[axis]
    stated = [dim for dim in dims if isinstance(dim, int) and dim >= 0]
    if len(stated) == len(dims) and isinstance(total, int) and sum(stated) != total:
        raise refuse(
            FaultKind.DIM,
            f"axis {axis} of shape {spec.shape} cannot be split into {parts}",
            axis=axis,
            expected=sum(stated),
            received=total,
            shape=spec.shape,
        )
    rest: Dim = None if total is None else UNKNOWN
    if len(stated) == len(dims) - 1 and isinstance(total, int) and total >= sum(stated):
        rest = total - sum(stated)
    return _pieces(spec, axis, [dim if isinstance(dim, int) and dim >= 0 else rest for dim in dims])


def unstack(args: Bound) -> Nest:
    """One tensor for each index of an axis."""
    spec = tensor(args["x"])
    if spec.shape is UNRANKED:
        return UNKNOWN
    axis = axis_of(args["axis"], len(spec.shape))
    if axis is None:
        return UNKNOWN
    count = spec.shape[axis] if args["num"] is None else args["num"]
    if not isinstance(count, int) or count > 256:
        return UNKNOWN
    part = TensorSpec((*spec.shape[:axis], *spec.shape[axis + 1 :]), spec.dtype)
    return (part,) * count


def _concat_cases(function: str, axis: str) -> tuple[str, ...]:
    return (
        f"{function}([t(None, 3), t(None, 4)], {axis})",
        f"{function}([t(None, 3, 4), t(None, 3, 5)], axis=-1)",
        f"{function}([t(None, 3), t(5, 3)], axis=0)",
        f"{function}((t(None, 3), t(5, 4)), {axis})",
        f"{function}([t(None, 3), t(None, 3, 4)], {axis})",
        f"{function}([t(None, 3, 4), t(None, 2, 5)], axis=1)",
        f"{function}([t(None, 3), t(None, 3)], axis=2)",
        f"{function}([t(None, 3), t(None, 4, dtype='int32')], {axis})",
    )


def _stack_cases(function: str) -> tuple[str, ...]:
    return (
        f"{function}([t(None, 3), t(None, 3)])",
        f"{function}([t(None, 3), t(None, 3), t(2, 3)], axis=1)",
        f"{function}([t(None, 3), t(None, 3)], axis=-1)",
        f"{function}([t(None, 3), t(None, 4)], axis=1)",
        f"{function}([t(None, 3), t(None, 3)], axis=3)",
    )


OPERATIONS: tuple[Operation, ...] = (
    keras_operation(
        "concatenate", "xs: values, axis=0", concatenate, *_concat_cases("ops.concatenate", "axis=1")
    ),
    tf_operation(
        "concat", "values, axis", tf_concatenate, *_concat_cases("tf.concat", "1"), rows=_concat_rows
    ),
    backend_operation(
        "concatenate",
        "tensors: values, axis=-1",
        backend_concatenate,
        *_concat_cases("K.concatenate", "1"),
        rows=_concat_rows,
    ),
    keras_operation("stack", "x: values, axis=0", stack(True), *_stack_cases("ops.stack")),
    tf_operation("stack", "values, axis=0", stack(False), *_stack_cases("tf.stack")),
    backend_operation(
        "stack", "x: values, axis=0", stack(False), *_stack_cases("K.stack"), rows=rows_alike("stack")
    ),
    keras_operation("hstack", "xs: values", stacked_along(last=True), "ops.hstack([t(None, 3), t(None, 4)])"),
    keras_operation("vstack", "xs: values", stacked_along(last=False), "ops.vstack([t(None, 3), t(2, 3)])"),
    keras_operation(
        "split",
        "x, indices_or_sections: parts, axis=0",
        split,
        "ops.split(t(None, 6), 2, axis=1)",
        "ops.split(t(None, 6), [2, 3], axis=1)",
        "ops.split(t(None, 6), 4, axis=-1)",
        "ops.split(t(None, 6), 2)",
    ),
    tf_operation(
        "split",
        "value: x, num_or_size_splits: parts, axis=0, num=None",
        tf_split,
        "tf.split(t(None, 6), 2, axis=1)",
        "tf.split(t(None, 6), [2, 4], 1)",
        "tf.split(t(None, 6), [2, -1], axis=-1)",
        "tf.split(t(None, 6), 4, 1)",
        "tf.split(t(None, 6), [2, 3], 1)",
        "tf.split(t(None, 6), 2)",
    ),
    keras_operation(
        "unstack",
        "x, num=None, axis=0",
        unstack,
        "ops.unstack(t(None, 3), axis=1)",
        "ops.unstack(t(2, 3, 4))",
    ),
    tf_operation(
        "unstack",
        "value: x, num=None, axis=0",
        unstack,
        "tf.unstack(t(None, 3), axis=1)",
        "tf.unstack(t(2, 3, 4))",
    ),
)
