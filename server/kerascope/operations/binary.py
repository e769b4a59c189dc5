"""Functions of the elements of two tensors: ``add``, ``maximum``, ``less``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.operations.base import (
    UNKNOWN_SPEC,
    Bound,
    Nest,
    Operation,
    Transfer,
    backend_operation,
    keras_operation,
    operand,
    rows_alike,
    tf_operation,
)
from kerascope.operations.dtypes import keras_common, tf_common, tf_quotient
from kerascope.operations.elementwise import Rule, floats_only, integers_only, numbers, same, truths_only
from kerascope.operations.shapes import broadcast

_WEAK_IS_KEPT: Final = ("bool", "int32", "int64", "float32", "float64")
"""Types in which Keras's and TensorFlow's ways of reading a Python number agree."""


def keras_binary(*extra: str, certain: bool = True) -> Transfer:
    """Promotes as Keras 3 does; ``certain`` is false where functions read Python numbers in other ways."""

    def transfer(args: Bound) -> Nest:
        one, other = operand(args["x"]), operand(args["y"])
        if "list" in (one.kind, other.kind):
            return UNKNOWN_SPEC
        dtype = keras_common((one, other), *extra)
        if not certain and "number" in (one.kind, other.kind) and dtype not in _WEAK_IS_KEPT[1:]:
            dtype = ""
        if not args.keras_infers and dtype == "bool":
            dtype = ""
        return TensorSpec(broadcast(one.spec.shape, other.spec.shape), dtype)

    return transfer


def keras_add(args: Bound) -> Nest:
    """``keras.ops.add``, which TensorFlow computes as the addition of a bias where it looks like one."""
    one, other = operand(args["x"]).spec.shape, operand(args["y"]).spec.shape
    if args.keras_infers or other == ():
        return keras_binary()(args)
    bias = _is_bias(one, other)
    if bias is False:
        return keras_binary()(args)
    dtype = keras_common((operand(args["x"]), operand(args["y"])))
    return TensorSpec(one if bias else UNRANKED, "" if dtype == "bool" else dtype)


def _is_bias(one: Shape, other: Shape) -> bool | None:
    """Whether ``other`` is a vector but for sizes of one, as long as the second or the last axis of ``one``.

    ``None`` where that is not known. Source: ``add`` of ``keras/src/backend/tensorflow/numpy.py``.
    """
    if one is UNRANKED or other is UNRANKED or UNKNOWN in other:
        return None
    left = [dim for dim in other if dim != 1]
    if len(left) != 1 or len(one) < 2 or not isinstance(left[0], int):
        return False
    if left[0] in (one[1], one[-1]):
        return True
    return None if UNKNOWN in (one[1], one[-1]) else False


def keras_truth(args: Bound) -> Nest:
    """A comparison, or a function of truths, of Keras 3."""
    one, other = operand(args["x"]), operand(args["y"])
    if "list" in (one.kind, other.kind):
        return UNKNOWN_SPEC
    return TensorSpec(broadcast(one.spec.shape, other.spec.shape), "bool")


def keras_bits(args: Bound) -> Nest:
    """``bitwise_and`` and its kind, of tensors."""
    one, other = operand(args["x"]), operand(args["y"])
    if {one.kind, other.kind} != {"tensor"}:
        return UNKNOWN_SPEC
    dtype = keras_common((one, other))
    if args.keras_infers and one.spec.shape != other.spec.shape:
        # Keras 3 states the shape of the first, whatever the other is.
        return TensorSpec(UNRANKED, "")
    return TensorSpec(broadcast(one.spec.shape, other.spec.shape), dtype if "int" in dtype else "")


def tf_binary(rule: Rule, result: Callable[[str], str] = same) -> Transfer:
    """Asks for equal types that ``rule`` takes."""

    def transfer(args: Bound) -> Nest:
        one, other = operand(args["x"]), operand(args["y"])
        dtype = tf_common((one, other))
        taken = rule(dtype) if dtype else ""
        return TensorSpec(broadcast(one.spec.shape, other.spec.shape), result(taken))

    return transfer


def _truth(dtype: str) -> str:
    return "bool"


def _quotient(dtype: str) -> str:
    return tf_quotient(dtype) if dtype else ""


_KERAS_SAME: Final = "subtract multiply floor_divide power maximum minimum"
_KERAS_FLOAT: Final = "divide true_divide divide_no_nan"
_KERAS_DOUBTFUL: Final = (("mod", ()), ("fmod", ()), ("arctan2", ("float",)), ("logaddexp", ("float",)))
_KERAS_TRUTH: Final = (
    "equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor isclose"
)
_KERAS_BITS: Final = "bitwise_and bitwise_or bitwise_xor"
_TF: Final[tuple[tuple[str, Rule, Callable[[str], str], str], ...]] = (
    ("add", numbers, same, ""),
    ("subtract", numbers, same, ""),
    ("multiply", numbers, same, ""),
    ("maximum", numbers, same, ""),
    ("minimum", numbers, same, ""),
    ("pow", numbers, same, ""),
    ("floormod", numbers, same, ""),
    ("floordiv", numbers, same, "compat.v1.floor_div"),
    ("squared_difference", numbers, same, ""),
    ("divide", numbers, _quotient, "math.truediv"),
    ("truediv", numbers, _quotient, ""),
    ("divide_no_nan", numbers, _quotient, ""),
    ("multiply_no_nan", floats_only, same, ""),
    ("atan2", floats_only, same, ""),
    ("xlogy", floats_only, same, ""),
    ("xdivy", floats_only, same, ""),
    ("less", numbers, _truth, ""),
    ("less_equal", numbers, _truth, ""),
    ("greater", numbers, _truth, ""),
    ("greater_equal", numbers, _truth, ""),
    ("equal", same, _truth, ""),
    ("not_equal", same, _truth, ""),
    ("logical_and", truths_only, _truth, ""),
    ("logical_or", truths_only, _truth, ""),
)
_BACKEND: Final[tuple[tuple[str, Rule, Callable[[str], str]], ...]] = (
    ("maximum", numbers, same),
    ("minimum", numbers, same),
    ("pow", numbers, same),
    ("equal", same, _truth),
    ("not_equal", same, _truth),
    ("less", numbers, _truth),
    ("less_equal", numbers, _truth),
    ("greater", numbers, _truth),
    ("greater_equal", numbers, _truth),
)


def _cases(function: str, dtype: str = "") -> tuple[str, ...]:
    kind = f", dtype='{dtype}'" if dtype else ""
    return (
        f"{function}(t(None, 3{kind}), t(3{kind}))",
        f"{function}(t(None, 1, 3{kind}), t(None, 4, 3{kind}))",
        f"{function}(t(None, 3{kind}), t(None, 4{kind}))",
        f"{function}(t(None, 3, dtype='int32'), t(None, 3))",
        *(() if dtype else (f"{function}(t(None, 3), 2.0)", f"{function}(t(None, 3), some_int)")),
    )


def _entries() -> tuple[Operation, ...]:
    found: list[Operation] = []
    for name in _KERAS_SAME.split():
        found.append(keras_operation(name, "x1: x, x2: y", keras_binary(), *_cases(f"ops.{name}")))
    for name in _KERAS_FLOAT.split():
        found.append(keras_operation(name, "x1: x, x2: y", keras_binary("float"), *_cases(f"ops.{name}")))
    for name, extra in _KERAS_DOUBTFUL:
        transfer = keras_binary(*extra, certain=False)
        found.append(keras_operation(name, "x1: x, x2: y", transfer, *_cases(f"ops.{name}")))
    for name in _KERAS_TRUTH.split():
        text = "x1: x, x2: y" + (", rtol=1e-5, atol=1e-8, equal_nan=False" if name == "isclose" else "")
        found.append(keras_operation(name, text, keras_truth, *_cases(f"ops.{name}")))
    for name in _KERAS_BITS.split():
        found.append(keras_operation(name, "x, y", keras_bits, *_cases(f"ops.{name}", "int32")))
    for name, rule, result, stem in _TF:
        kind = "bool" if rule is truths_only else ""
        rows = rows_alike(stem) if stem else None
        text = "y: x, x: y" if name == "atan2" else "x, y"
        transfer = tf_binary(rule, result)
        found.append(
            tf_operation(f"math.{name}", text, transfer, *_cases(f"tf.math.{name}", kind), rows=rows)
        )
    for name, rule, result in _BACKEND:
        found.append(
            backend_operation(
                name,
                "x, a: y" if name == "pow" else "x, y",
                tf_binary(rule, result),
                *_cases(f"K.{name}"),
                rows=rows_alike(f"math.{name}"),
            )
        )
    return tuple(found)


OPERATIONS: tuple[Operation, ...] = (
    *_entries(),
    keras_operation("add", "x1: x, x2: y", keras_add, *_cases("ops.add")),
    tf_operation(
        "math.logical_xor",
        "x, y",
        tf_binary(truths_only, _truth),
        *_cases("tf.math.logical_xor", "bool"),
        rows=rows_alike("math.logical_or", "math.logical_and", "math.logical_not", "math.logical_and"),
    ),
    *(
        tf_operation(
            f"bitwise.{name}", "x, y", tf_binary(integers_only), *_cases(f"tf.bitwise.{name}", "int32")
        )
        for name in ("bitwise_and", "bitwise_or", "bitwise_xor")
    ),
)
