"""Tensors that are made from nothing, or from plain values: ``zeros``, ``arange``, ``random.normal``, ``constant``."""

from __future__ import annotations

from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.operations.base import (
    UNKNOWN_SPEC,
    Bound,
    Nest,
    Operation,
    RowMaker,
    Transfer,
    keras_operation,
    operand,
    rows_alike,
    tensor,
    tf_operation,
    unknown_rows,
)
from kerascope.operations.dtypes import dtype_argument
from kerascope.operations.shapes import range_length, size, sizes


def of_shape(default: str) -> Transfer:
    """A tensor of the shape and type that arguments state."""

    def transfer(args: Bound) -> Nest:
        return TensorSpec(made_shape(args["shape"]), dtype_argument(args["dtype"], default))

    return transfer


def made_shape(value: Any) -> Shape:
    """The shape that an argument states; only a tensor that is computed leaves a size open."""
    shape = sizes(value)
    if shape is UNRANKED:
        return UNRANKED
    return tuple(UNKNOWN if isinstance(dim, int) and dim < 0 else dim for dim in shape)


def full(args: Bound) -> Nest:
    """``keras.ops.full``, which makes a type of its own of the value."""
    return TensorSpec(made_shape(args["shape"]), dtype_argument(args["dtype"]))


def filled(args: Bound) -> Nest:
    """``tf.fill``: the value gives the type."""
    value = operand(args["value"])
    dtype = "" if value.kind == "list" else _natural(value.kind, value.spec.dtype)
    return TensorSpec(made_shape(args["shape"]), dtype)


def _is_number(value: Any) -> bool:
    """Whether a bound is a number, or a tensor that holds one."""
    return type(value) is int or (isinstance(value, TensorSpec) and value.shape == ())


def count_of_range(start: Any, stop: Any, step: Any) -> Dim:
    """How many numbers ``range(start, stop, step)`` has; ``stop`` is ``None`` where only one bound is given.

    Where a bound is a tensor the count stays open.
    """
    if stop is None:
        start, stop = 0, start
    values = (start, stop, step)
    if any(isinstance(item, TensorSpec) for item in values) and all(map(_is_number, values)):
        return None
    if any(type(item) is not int for item in values) or step == 0:
        return UNKNOWN
    return range_length(start, stop, step)


def arange(args: Bound) -> Nest:
    """A row of numbers."""
    step = 1 if args["step"] is None else args["step"]
    bounds = (args["start"], args["stop"], step)
    whole = all(item is None or (isinstance(item, int) and not isinstance(item, bool)) for item in bounds)
    real = any(isinstance(item, float) for item in bounds)
    plain = all(item is None or isinstance(item, int | float) for item in bounds)
    default = "int32" if whole else "float32" if real and plain else ""
    return TensorSpec((count_of_range(*bounds),), dtype_argument(args["dtype"], default))


def eye(args: Bound) -> Nest:
    """An identity matrix."""
    rows = size(args["rows"])
    columns = rows if args["columns"] is None else size(args["columns"])
    batch = () if args.get("batch_shape") is None else sizes(args["batch_shape"])
    dtype = dtype_argument(args["dtype"], "float32")
    return TensorSpec(UNRANKED if batch is UNRANKED else (*batch, rows, columns), dtype)


def converted(args: Bound) -> Nest:
    """``convert_to_tensor``: a tensor stays what it is, and plain values have a shape."""
    value = args["x"]
    found = operand(value)
    if found.kind == "unknown":
        return TensorSpec(UNRANKED, dtype_argument(args["dtype"]))
    return TensorSpec(found.spec.shape, dtype_argument(args["dtype"], _natural(found.kind, found.spec.dtype)))


def constant(args: Bound) -> Nest:
    """``tf.constant``: plain values, in another shape if one is stated."""
    spec = converted(args)
    shape = args.get("shape")
    return spec if shape is None else TensorSpec(made_shape(shape), spec.dtype)


def backend_constant(args: Bound) -> Nest:
    """``K.constant``, which makes ``float32`` of any numbers."""
    dtype = "float32" if args["dtype"] is None else args["dtype"]
    return constant(Bound({**args.values, "dtype": dtype}, args.call))


def _natural(kind: str, dtype: str) -> str:
    """The type of plain values."""
    if kind in ("number", "list"):
        return {"int": "int32", "float": "float32", "bool": "bool"}.get(dtype, "")
    return dtype


def shuffled(args: Bound) -> Nest:
    """The same in another order."""
    return tensor(args["x"])


def drawn(args: Bound) -> Nest:
    """``tf.random.categorical``: a number of classes drawn for each row."""
    shape = tensor(args["x"]).shape
    rows: Dim = shape[0] if shape is not UNRANKED and len(shape) == 2 else UNKNOWN
    return TensorSpec((rows, size(args["num_samples"])), dtype_argument(args["dtype"], "int64"))


def grid(args: Bound) -> Nest:
    """``meshgrid`` of two vectors: a tensor for each, with an axis for both."""
    values = args["values"]
    if not isinstance(values, tuple) or len(values) != 2 or args["indexing"] != "xy":
        return UNKNOWN
    specs = [tensor(value) for value in values]
    if any(spec.shape is UNRANKED or len(spec.shape) != 1 for spec in specs):
        return UNKNOWN
    sizes_of = [UNKNOWN if spec.shape is UNRANKED else spec.shape[0] for spec in specs]
    return tuple(TensorSpec((sizes_of[1], sizes_of[0]), spec.dtype) for spec in specs)


def linspace(args: Bound) -> Nest:
    """Numbers at equal distances between two."""
    bounds = (args["start"], args["stop"])
    if not all(isinstance(item, int | float) for item in bounds) or args.get("axis") not in (0, None):
        return UNKNOWN_SPEC
    if args.get("retstep") not in (False, None):
        return UNKNOWN_SPEC
    return TensorSpec(
        (size(args["num"]),), "float32" if args.get("dtype") is None and isinstance(bounds[0], float) else ""
    )


_KERAS_RANDOM: Final = (
    ("normal", "shape, mean=0.0, stddev=1.0, dtype=None, seed=None"),
    ("truncated_normal", "shape, mean=0.0, stddev=1.0, dtype=None, seed=None"),
    ("uniform", "shape, minval=0.0, maxval=1.0, dtype=None, seed=None"),
)
_BACKEND_RANDOM: Final = (
    ("random_normal", "shape, mean=0.0, stddev=1.0, dtype=None, seed=None"),
    ("truncated_normal", "shape, mean=0.0, stddev=1.0, dtype=None, seed=None"),
    ("random_uniform", "shape, minval=0.0, maxval=1.0, dtype=None, seed=None"),
    ("random_bernoulli", "shape, p=0.0, dtype=None, seed=None"),
)
_ANY: Final[dict[int, RowMaker]] = {2: unknown_rows, 3: unknown_rows}


def _tf(name: str, parameters: str, transfer: Transfer, *cases: str) -> Operation:
    return tf_operation(name, parameters, transfer, *cases, rows=rows_alike(name))


def _keras(name: str, parameters: str, transfer: Transfer, *cases: str) -> Operation:
    return keras_operation(name, parameters, transfer, *cases, rows=unknown_rows)


def _backend(name: str, parameters: str, transfer: Transfer, *cases: str) -> Operation:
    return Operation(f"keras.backend.{name}", parameters, transfer, _ANY, tuple(cases))


def _keras_random(name: str, parameters: str, transfer: Transfer, *cases: str) -> Operation:
    return Operation(f"keras.random.{name}", parameters, transfer, _ANY, tuple(cases))


OPERATIONS: tuple[Operation, ...] = (
    *(
        _keras(
            name,
            "shape, dtype=None",
            of_shape("float32"),
            f"ops.{name}((2, 3))",
            f"ops.{name}(4, dtype='int32')",
        )
        for name in ("zeros", "ones", "empty")
    ),
    *(
        _tf(
            name,
            "shape, dtype=None",
            of_shape("float32"),
            f"tf.{name}((2, 3))",
            f"tf.{name}([4], tf.int32)",
            f"tf.{name}([])",
        )
        for name in ("zeros", "ones")
    ),
    *(
        _backend(name, "shape, dtype=None, name=None", of_shape("float32"), f"K.{name}((2, 3))")
        for name in ("zeros", "ones")
    ),
    _keras("full", "shape, fill_value: value, dtype=None", full, "ops.full((2, 3), 7, dtype='int32')"),
    _tf("fill", "dims: shape, value", filled, "tf.fill([2, 3], 7)", "tf.fill([2], 0.5)"),
    _keras(
        "arange",
        "start, stop=None, step=None, dtype=None",
        arange,
        "ops.arange(5)",
        "ops.arange(1, 9, 2)",
        "ops.arange(5, dtype='float32')",
        "ops.arange(0.0, 3.0)",
    ),
    _tf(
        "range",
        "start, limit: stop=None, delta: step=1, dtype=None",
        arange,
        "tf.range(5)",
        "tf.range(1, 9, 2)",
        "tf.range(5, dtype=tf.float32)",
        "tf.range(0.0, 3.0)",
    ),
    _backend("arange", "start, stop=None, step=1, dtype='int32'", arange, "K.arange(5)", "K.arange(1, 9, 2)"),
    _keras("eye", "N: rows, M: columns=None, k=0, dtype=None", eye, "ops.eye(3)", "ops.eye(3, 4)"),
    _keras("identity", "n: rows, *, columns=None, dtype=None", eye, "ops.identity(3)"),
    _tf(
        "eye",
        "num_rows: rows, num_columns: columns=None, batch_shape=None, dtype=None",
        eye,
        "tf.eye(3)",
        "tf.eye(3, 4, [2])",
    ),
    _backend("eye", "size: rows, dtype=None, name=None, *, columns=None", eye),
    keras_operation(
        "convert_to_tensor",
        "x, dtype=None, sparse=None, ragged=None",
        converted,
        "ops.convert_to_tensor(t(None, 3))",
        "ops.convert_to_tensor([[1.0, 2.0], [3.0, 4.0]])",
        "ops.convert_to_tensor(np.ones((2, 3), 'float32'))",
    ),
    keras_operation("array", "x, dtype=None", converted, "ops.array(t(None, 3))", "ops.array([1, 2])"),
    tf_operation(
        "convert_to_tensor",
        "value: x, dtype=None, dtype_hint=None",
        converted,
        "tf.convert_to_tensor(t(None, 3))",
        "tf.convert_to_tensor([1.0, 2.0])",
        "tf.convert_to_tensor(np.ones((2, 3)))",
    ),
    tf_operation(
        "constant",
        "value: x, dtype=None, shape=None",
        constant,
        "tf.constant([[1.0, 2.0]])",
        "tf.constant(3)",
        "tf.constant(0.0, shape=(2, 3))",
        "tf.constant([1, 2], dtype=tf.float32)",
    ),
    Operation(
        "keras.backend.constant",
        "value: x, dtype=None, shape=None, name=None",
        lambda args: constant(
            Bound({**args.values, "dtype": "float32" if args["dtype"] is None else args["dtype"]}, args.call)
        ),
        _ANY,
        ("K.constant([[1, 2]])", "K.constant(3, shape=(2, 3))"),
    ),
    Operation(
        "keras.backend.variable",
        "value: x, dtype=None, name=None, constraint=None",
        lambda args: constant(
            Bound({**args.values, "dtype": "float32" if args["dtype"] is None else args["dtype"]}, args.call)
        ),
        _ANY,
    ),
    _keras(
        "linspace",
        "start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0",
        linspace,
        "ops.linspace(0.0, 1.0, 7)",
    ),
    _tf("linspace", "start, stop, num, *, axis=0", linspace, "tf.linspace(0.0, 1.0, 7)"),
    *(
        Operation(f"keras.random.{name}", text, of_shape("float32"), _ANY, (f"keras.random.{name}((2, 3))",))
        for name, text in _KERAS_RANDOM
    ),
    *(_backend(name, text, of_shape("float32"), f"K.{name}((2, 3))") for name, text in _BACKEND_RANDOM),
    *(
        _tf(
            f"random.{name}",
            "shape, mean=0.0, stddev=1.0, dtype=None, seed=None",
            of_shape("float32"),
            f"tf.random.{name}([2, 3])",
        )
        for name in ("normal", "truncated_normal")
    ),
    _tf(
        "random.uniform",
        "shape, minval=0, maxval=None, dtype=None, seed=None",
        of_shape("float32"),
        "tf.random.uniform([2, 3])",
        "tf.random.uniform((2,), 0, 5, dtype=tf.int32)",
    ),
    _keras_random(
        "randint",
        "shape, minval, maxval, dtype=None, seed=None",
        of_shape("int32"),
        "keras.random.randint((2, 3), 0, 5)",
    ),
    tf_operation(
        "random.shuffle", "value: x, seed=None", shuffled, "tf.random.shuffle(t(None, 3))", rows=unknown_rows
    ),
    tf_operation(
        "random.categorical",
        "logits: x, num_samples, dtype=None, seed=None",
        drawn,
        "tf.random.categorical(t(None, 3), 4)",
        rows=unknown_rows,
    ),
    keras_operation("meshgrid", "*x: values, indexing='xy'", grid, "ops.meshgrid(t(3), t(4))"),
    tf_operation(
        "meshgrid", "*args: values, indexing='xy'", grid, "tf.meshgrid(t(3), t(4))", rows=unknown_rows
    ),
)
