"""Python's operators on symbolic tensors.

On a ``KerasTensor`` of Keras 3 they are Keras's own operations, which promote types; everywhere else they are
TensorFlow's, which ask for equal ones. A ``KerasTensor`` of Keras 3 has no ``==``: Python compares identities.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import FaultKind, refuse
from kerascope.operations.base import (
    UNKNOWN_SPEC,
    Bound,
    Nest,
    Operand,
    Operation,
    Row,
    RowMaker,
    operand,
    row,
)
from kerascope.operations.dtypes import FLOATS, INTEGERS, keras_common, tf_common, tf_quotient
from kerascope.operations.shapes import broadcast, matmul

Combine = Callable[[Operand, Operand, bool], TensorSpec]


def _either_order(combine: Combine, swapped: bool) -> Callable[[Bound], Nest]:
    def transfer(args: Bound) -> Nest:
        one, other = operand(args["x"]), operand(args["y"])
        if swapped:
            one, other = other, one
        return combine(one, other, args.keras_infers)

    return transfer


def _is_lost(one: Operand, other: Operand, keras_infers: bool) -> bool:
    """Whether nothing can be said: Keras 3 takes the shape of a list for that of a number, and then fails."""
    return keras_infers and "list" in (one.kind, other.kind)


def _need(dtype: str, allowed: bool, sign: str) -> None:
    if dtype and not allowed:
        raise refuse(FaultKind.DTYPE, f"`{sign}` is not defined for tensors of {dtype}", received=dtype)


def arithmetic(sign: str) -> Combine:
    """``+``, ``-``, ``*``, ``/``, ``//``, ``%`` and ``**``."""

    def combine(one: Operand, other: Operand, keras_infers: bool) -> TensorSpec:
        if _is_lost(one, other, keras_infers):
            return UNKNOWN_SPEC
        if keras_infers:
            extra = ("float",) if sign == "/" else ()
            return TensorSpec(broadcast(one.spec.shape, other.spec.shape), keras_quotient(one, other, extra))
        dtype = tf_common((one, other))
        _need(dtype, dtype != "bool", sign)
        shape = broadcast(one.spec.shape, other.spec.shape)
        return TensorSpec(shape, tf_quotient(dtype) if sign == "/" else dtype)

    return combine


def keras_quotient(one: Operand, other: Operand, extra: tuple[str, ...]) -> str:
    """The common type of two operands in Keras 3, of a quotient if ``extra`` holds ``float``."""
    return keras_common((one, other), *extra)


def ordering(sign: str) -> Combine:
    """``<``, ``<=``, ``>`` and ``>=``."""

    def combine(one: Operand, other: Operand, keras_infers: bool) -> TensorSpec:
        if _is_lost(one, other, keras_infers):
            return UNKNOWN_SPEC
        if not keras_infers:
            dtype = tf_common((one, other))
            _need(dtype, dtype != "bool" and not dtype.startswith("complex"), sign)
        return TensorSpec(broadcast(one.spec.shape, other.spec.shape), "bool")

    return combine


def _logical(sign: str) -> Combine:
    """``&``, ``|`` and ``^``: of truths, and in TensorFlow of the bits of whole numbers."""

    def combine(one: Operand, other: Operand, keras_infers: bool) -> TensorSpec:
        if _is_lost(one, other, keras_infers):
            return UNKNOWN_SPEC
        shape = broadcast(one.spec.shape, other.spec.shape)
        if keras_infers:
            return TensorSpec(shape, "bool")
        if "bool" in {item.spec.dtype for item in (one, other) if item.kind == "tensor"}:
            odd = next((item for item in (one, other) if item.spec.dtype != "bool"), None)
            _need("bool", odd is None or odd.kind not in ("number", "tensor") or not odd.spec.dtype, sign)
            return TensorSpec(shape, "bool" if odd is None else "")
        dtype = tf_common((one, other))
        _need(dtype, dtype in INTEGERS, sign)
        return TensorSpec(shape, dtype)

    return combine


def _matrix_product(one: Operand, other: Operand, keras_infers: bool) -> TensorSpec:
    if _is_lost(one, other, keras_infers):
        return UNKNOWN_SPEC
    if not keras_infers:
        dtype = tf_common((one, other))
        _need(dtype, dtype != "bool", "@")
        return TensorSpec(matmul(one.spec.shape, other.spec.shape, vectors=False), dtype)
    whole = (one.spec.dtype, other.spec.dtype) == ("int8", "int8")
    dtype = "int32" if whole else keras_common((one, other))
    return TensorSpec(matmul(one.spec.shape, other.spec.shape, vectors=True), dtype)


def _equal(negated: bool) -> Callable[[Bound], Nest]:
    def transfer(args: Bound) -> Nest:
        if args["y"] is None:
            return UNKNOWN
        one, other = operand(args["x"]), operand(args["y"])
        if args.keras_infers:
            if not negated or _is_lost(one, other, True):
                return UNKNOWN
            return TensorSpec(broadcast(one.spec.shape, other.spec.shape), "bool")
        if other.kind == "unknown":
            return UNKNOWN
        tf_common((one, other))
        return TensorSpec(_compared(one.spec.shape, other.spec.shape), "bool")

    return transfer


def _compared(left: Shape, right: Shape) -> Shape:
    """The shape of an equality in TensorFlow, which is one truth where shapes do not go together.

    Where that hangs on an open size, TensorFlow does not even know the number of axes:
    ``BroadcastBinaryOpOutputShapeFnHelper`` of ``tensorflow/core/framework/common_shape_fns.cc``.
    """
    if left is UNRANKED or right is UNRANKED:
        return UNRANKED
    size = max(len(left), len(right))
    dims: list[Dim] = []
    for one, other in zip((1,) * (size - len(left)) + left, (1,) * (size - len(right)) + right, strict=True):
        if one is UNKNOWN or other is UNKNOWN:
            return UNRANKED
        if one is None or other is None:
            if one not in (1, None) or other not in (1, None):
                return UNRANKED
            dims.append(None)
        elif one != other and 1 not in (one, other):
            return ()
        else:
            dims.append(max(one, other))
    return tuple(dims)


def _unary(sign: str) -> Callable[[Bound], Nest]:
    """``-x`` and ``abs(x)``."""

    def transfer(args: Bound) -> Nest:
        spec = operand(args["x"]).spec
        if not args.keras_infers:
            _need(spec.dtype, spec.dtype != "bool" and not spec.dtype.startswith("uint"), sign)
        if spec.dtype not in FLOATS and spec.dtype not in INTEGERS and spec.dtype != "bool":
            return TensorSpec(spec.shape, "")
        return spec

    return transfer


def _invert(args: Bound) -> Nest:
    spec = operand(args["x"]).spec
    if args.keras_infers:
        return TensorSpec(spec.shape, "bool")
    _need(spec.dtype, spec.dtype in INTEGERS or spec.dtype == "bool", "~")
    return spec


# --- rows ---------------------------------------------------------------------------------------------------


def _rows(keras_class: str, keras_stem: str, tf_stem: str) -> dict[int, RowMaker]:
    return {3: row(keras_class, keras_stem), 2: row("TFOpLambda", tf_stem)}


def _logical_rows(truths: tuple[str, ...], bits: str) -> RowMaker:
    """Keras 2 shows the functions that TensorFlow's operator calls, which hang on the type."""

    def rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
        if not isinstance(outputs, TensorSpec) or not outputs.dtype:
            return None
        stems = truths if outputs.dtype == "bool" else (bits,)
        return tuple(Row("TFOpLambda", f"tf.{stem}", outputs) for stem in stems)

    return rows


def _no_rows(args: Bound, outputs: Nest) -> tuple[Row, ...]:
    return ()


def _not_equal_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    return (Row("NotEqual", "not_equal", outputs),) if isinstance(outputs, TensorSpec) else None


def _equality_rows(stem: str) -> RowMaker:
    def rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
        return (Row("TFOpLambda", stem, outputs),) if isinstance(outputs, TensorSpec) else None

    return rows


_BINARY: Final[tuple[tuple[str, str, Combine, dict[int, RowMaker]], ...]] = (
    ("+", "add", arithmetic("+"), _rows("Add", "add", "tf.__operators__.add")),
    ("-", "sub", arithmetic("-"), _rows("Subtract", "subtract", "tf.math.subtract")),
    ("*", "mul", arithmetic("*"), _rows("Multiply", "multiply", "tf.math.multiply")),
    ("/", "truediv", arithmetic("/"), _rows("TrueDivide", "true_divide", "tf.math.truediv")),
    ("//", "floordiv", arithmetic("//"), _rows("FloorDivide", "floor_divide", "tf.compat.v1.floor_div")),
    ("%", "mod", arithmetic("%"), _rows("Mod", "mod", "tf.math.floormod")),
    ("**", "pow", arithmetic("**"), _rows("Power", "power", "tf.math.pow")),
    ("@", "matmul", _matrix_product, _rows("Matmul", "matmul", "tf.linalg.matmul")),
    (
        "&",
        "and",
        _logical("&"),
        {
            3: row("LogicalAnd", "logical_and"),
            2: _logical_rows(("math.logical_and",), "bitwise.bitwise_and"),
        },
    ),
    (
        "|",
        "or",
        _logical("|"),
        {3: row("LogicalOr", "logical_or"), 2: _logical_rows(("math.logical_or",), "bitwise.bitwise_or")},
    ),
    (
        "^",
        "xor",
        _logical("^"),
        {
            3: row("LogicalXor", "logical_xor"),
            2: _logical_rows(
                ("math.logical_or", "math.logical_and", "math.logical_not", "math.logical_and"),
                "bitwise.bitwise_xor",
            ),
        },
    ),
)
_ORDERINGS: Final = (
    ("<", "lt", "Less", "less"),
    ("<=", "le", "LessEqual", "less_equal"),
    (">", "gt", "Greater", "greater"),
    (">=", "ge", "GreaterEqual", "greater_equal"),
)


def _cases(sign: str) -> tuple[str, ...]:
    if sign == "@":
        return (
            "t(None, 3, 4) @ t(None, 4, 5)",
            "t(None, 3, 4) @ t(4, 5)",
            "t(None, 3, 4) @ t(None, 3, 5)",
            "t(3, 4) @ t(4)",
            "t(None, 3, 4) @ np.ones((4, 2), 'float32')",
        )
    if sign in "&|^":
        return (
            f"t(None, 3, dtype='bool') {sign} t(3, dtype='bool')",
            f"t(None, 3, dtype='int32') {sign} t(None, 3, dtype='int32')",
            f"t(None, 3, dtype='int32') {sign} 1",
            f"t(None, 3) {sign} t(None, 3)",
            f"t(None, 3, dtype='bool') {sign} True",
        )
    return (
        f"t(None, 3, 4) {sign} 2",
        f"t(None, 3, 4) {sign} some_int",
        f"some_float {sign} t(None, 3, 4)",
        f"t(None, 3, dtype='int32') {sign} some_int",
        f"t(None, 3, dtype='int32') {sign} some_float",
        f"2 {sign} t(None, 3, 4)",
        f"t(None, 3, 4) {sign} t(4)",
        f"t(None, 3, 1) {sign} t(2, None, 3, 4)",
        f"t(None, 3, 4) {sign} t(None, 3)",
        f"t(None, 3, dtype='int32') {sign} 1.5",
        f"t(None, 3, dtype='int32') {sign} 2",
        f"t(None, 3) {sign} np.ones((5, 3), 'float32')",
    )


def _entries() -> tuple[Operation, ...]:
    found: list[Operation] = []
    for sign, name, combine, rows in _BINARY:
        found.append(
            Operation(f"tensor.__{name}__", "x, y", _either_order(combine, False), rows, _cases(sign))
        )
        found.append(Operation(f"tensor.__r{name}__", "x, y", _either_order(combine, True), rows))
    for sign, name, keras_class, stem in _ORDERINGS:
        rows = _rows(keras_class, stem, f"tf.math.{stem}")
        transfer = _either_order(ordering(sign), False)
        found.append(Operation(f"tensor.__{name}__", "x, y", transfer, rows, _cases(sign)))
    return tuple(found)


_MIXED: Final = (
    "t(None, 3, 4) {} t(None, 3, 4)",
    "t(None, 3) {} t(None, 4)",
    "t(None, 3) {} 1",
    "t(None, 3) {} some_int",
    "t(3, dtype='int64') {} some_float",
)

OPERATIONS: tuple[Operation, ...] = (
    *_entries(),
    Operation(
        "tensor.__eq__",
        "x, y",
        _equal(negated=False),
        {3: _no_rows, 2: _equality_rows("tf.__operators__.eq")},
        tuple(code.format("==") for code in _MIXED),
    ),
    Operation(
        "tensor.__ne__",
        "x, y",
        _equal(negated=True),
        {3: _not_equal_rows, 2: _equality_rows("tf.__operators__.ne")},
        tuple(code.format("!=") for code in _MIXED),
    ),
    Operation(
        "tensor.__neg__",
        "x",
        _unary("-"),
        _rows("Negative", "negative", "tf.math.negative"),
        ("-t(None, 3)", "-t(None, 3, dtype='int32')"),
    ),
    Operation(
        "tensor.__abs__",
        "x",
        _unary("abs"),
        _rows("Absolute", "absolute", "tf.math.abs"),
        ("abs(t(None, 3))", "abs(t(None, 3, dtype='int64'))"),
    ),
    Operation(
        "tensor.__invert__",
        "x",
        _invert,
        {3: row("LogicalNot", "logical_not"), 2: _logical_rows(("math.logical_not",), "bitwise.invert")},
        ("~t(None, 3, dtype='bool')", "~t(None, 3, dtype='int32')", "~t(None, 3)"),
    ),
)
