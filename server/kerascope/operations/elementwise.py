"""Functions of each element: ``exp``, ``relu``, ``maximum``, ``where``.

Which types a function takes, and which it gives, was measured function by function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import FaultKind, refuse
from kerascope.operations.base import (
    Bound,
    Nest,
    Operation,
    Row,
    Transfer,
    backend_operation,
    keras_operation,
    rows_alike,
    tensor,
    tf_operation,
)
from kerascope.operations.dtypes import FLOATS, INTEGERS, dtype_argument, to_float

Rule = Callable[[str], str]
"""From the type of the argument to the type of the result; raises ``Refusal`` for what is not taken."""


def _refuse_type(dtype: str) -> Exception:
    return refuse(FaultKind.DTYPE, f"the function is not defined for tensors of {dtype}", received=dtype)


def same(dtype: str) -> str:
    """Any type, which stays."""
    return dtype


def floats_only(dtype: str) -> str:
    """Floats alone, which stay."""
    if dtype in INTEGERS or dtype == "bool":
        raise _refuse_type(dtype)
    return dtype if dtype in FLOATS else ""


def numbers(dtype: str) -> str:
    """Any number, which stays."""
    if dtype == "bool":
        raise _refuse_type(dtype)
    return dtype if dtype in FLOATS or dtype in INTEGERS else ""


def signed(dtype: str) -> str:
    """Numbers that have a sign."""
    if dtype == "bool" or dtype.startswith("uint"):
        raise _refuse_type(dtype)
    return dtype if dtype in FLOATS or dtype in INTEGERS else ""


def truths(dtype: str) -> str:
    """Anything, of which a truth is told."""
    return "bool"


def float_truths(dtype: str) -> str:
    """A truth of floats."""
    floats_only(dtype)
    return "bool"


def truths_only(dtype: str) -> str:
    """Truths alone."""
    if dtype and dtype != "bool":
        raise _refuse_type(dtype)
    return "bool"


def integers_only(dtype: str) -> str:
    """Whole numbers alone."""
    if dtype and dtype not in INTEGERS:
        raise _refuse_type(dtype)
    return dtype


def squared(dtype: str) -> str:
    """Keras 3 squares truths to whole numbers."""
    return "int32" if dtype == "bool" else dtype


def floats_certain(dtype: str) -> str:
    """Only of floats is the type of the result certain."""
    return dtype if dtype == "float32" else ""


def always_float32(dtype: str) -> str:
    """What Keras 3 states where it forgets the type of the argument."""
    return "float32"


def leaky(dtype: str) -> str:
    """TensorFlow's ``leaky_relu`` makes ``float32`` of whole numbers."""
    if dtype == "bool":
        raise _refuse_type(dtype)
    return "float32" if dtype in INTEGERS else dtype


def unary(rule: Rule, traced: Rule | None = None) -> Transfer:
    """Keeps the shape of ``x``; ``traced`` is the rule where TensorFlow computes, if it is another."""

    def transfer(args: Bound) -> Nest:
        spec = tensor(args["x"])
        chosen = rule if args.keras_infers or traced is None else traced
        return TensorSpec(spec.shape, chosen(spec.dtype) if spec.dtype else chosen(""))

    return transfer


_KEPT: Final = (
    ("celu", "x, alpha=1.0"), ("elu", "x, alpha=1.0"), ("erf", "x"), ("erfinv", "x"), ("gelu", "x, approximate=True"),
    ("hard_shrink", "x, threshold=0.5"), ("hard_sigmoid", "x"), ("hard_silu", "x"), ("hard_tanh", "x"),
    ("log_sigmoid", "x"), ("rsqrt", "x"), ("selu", "x"), ("sigmoid", "x"), ("silu", "x"),
    ("soft_shrink", "x, threshold=0.5"), ("softplus", "x"), ("softsign", "x"), ("sparse_plus", "x"),
    ("sparse_sigmoid", "x"), ("squareplus", "x, b=4"), ("tanh_shrink", "x"),
)  # fmt: skip
"""Functions of Keras 3 that keep the type, of which TensorFlow computes those of floats alone."""

_FLOATED: Final = (
    "angle arccos arccosh arcsin arcsinh arctan arctanh ceil cos cosh exp expm1 fabs floor log log10 log1p log2 sin "
    "sinc sinh sqrt tan tanh"
)
_TRUTHS: Final = "isfinite isinf isnan isneginf isposinf isreal logical_not signbit"
_TF_FLOATS: Final = (
    "math.acos math.acosh math.asin math.asinh math.atan math.atanh math.bessel_i0 math.bessel_i0e math.bessel_i1 "
    "math.bessel_i1e math.ceil math.cos math.cosh math.digamma math.erf math.erfc math.erfcinv math.erfinv math.exp "
    "math.expm1 math.floor math.lgamma math.log math.log1p math.log_sigmoid math.ndtri math.reciprocal_no_nan "
    "math.rint math.rsqrt math.sigmoid math.sin math.sinh math.softplus math.sqrt math.tan math.tanh nn.selu nn.silu"
)


def _kept(name: str, parameters: str) -> Operation:
    return keras_operation(name, parameters, unary(same, floats_only), *_unary_cases(f"ops.{name}"))


def _unary_cases(function: str) -> tuple[str, ...]:
    return (f"{function}(t(None, 3))", f"{function}(t(2, None, dtype='int32'))")


def _simple_entries() -> tuple[Operation, ...]:
    found = [_kept(name, parameters) for name, parameters in _KEPT]
    for name in _FLOATED.split():
        found.append(keras_operation(name, "x", unary(to_float), *_unary_cases(f"ops.{name}")))
    for name in _TRUTHS.split():
        found.append(keras_operation(name, "x", unary(truths), *_unary_cases(f"ops.{name}")))
    for name in _TF_FLOATS.split():
        found.append(tf_operation(name, "x", unary(floats_only), *_unary_cases(f"tf.{name}")))
    for name in ("math.is_finite", "math.is_inf", "math.is_nan"):
        found.append(tf_operation(name, "x", unary(float_truths), f"tf.{name}(t(None, 3))"))
    for name in ("math.abs", "math.negative", "math.sign", "math.reciprocal"):
        found.append(tf_operation(name, "x", unary(signed), *_unary_cases(f"tf.{name}")))
    for name in ("math.round", "math.square"):
        found.append(tf_operation(name, "x", unary(numbers), *_unary_cases(f"tf.{name}")))
    for name, of in (
        ("cos", "math.cos"), ("exp", "math.exp"), ("log", "math.log"), ("sigmoid", "math.sigmoid"),
        ("sin", "math.sin"), ("softplus", "math.softplus"), ("softsign", "nn.softsign"), ("tanh", "math.tanh"),
    ):  # fmt: skip
        found.append(
            backend_operation(name, "x", unary(floats_only), *_unary_cases(f"K.{name}"), rows=rows_alike(of))
        )
    for name, rule in (("abs", signed), ("sign", signed), ("round", numbers), ("square", numbers)):
        found.append(
            backend_operation(
                name, "x", unary(rule), *_unary_cases(f"K.{name}"), rows=rows_alike(f"math.{name}")
            )
        )
    return tuple(found)


def _keras_kept(name: str, parameters: str = "x", traced: Rule = same, class_name: str = "") -> Operation:
    return keras_operation(
        name, parameters, unary(same, traced), *_unary_cases(f"ops.{name}"), class_name=class_name
    )


def cast_to(parameter: str = "dtype") -> Transfer:
    """``x`` in the type that an argument names."""

    def transfer(args: Bound) -> Nest:
        return TensorSpec(tensor(args["x"]).shape, dtype_argument(args[parameter]))

    return transfer


def filled_like(args: Bound) -> Nest:
    """``zeros_like``, ``ones_like`` and their kind."""
    spec = tensor(args["x"])
    return TensorSpec(spec.shape, dtype_argument(args["dtype"], spec.dtype))


def clipped(args: Bound) -> Nest:
    """``keras.ops.clip``: bounds are numbers or tensors that go together with ``x``."""
    spec = tensor(args["x"])
    bounds = (args["low"], args["high"])
    if all(isinstance(bound, int | float) for bound in bounds) and spec.dtype in FLOATS:
        return spec
    certain = spec.dtype in ("int32", "int64") and all(type(bound) is int for bound in bounds)
    return TensorSpec(spec.shape, spec.dtype if certain else "")


def tf_clipped(args: Bound) -> Nest:
    """``tf.clip_by_value``: the bounds may widen the shape, which TensorFlow refuses, or go together with it."""
    spec = tensor(args["x"])
    return TensorSpec(spec.shape, spec.dtype)


def _relu_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    """A slope, an upper bound or a threshold make other rows."""
    plain = args["alpha"] == 0.0 and args["max_value"] is None and args["threshold"] == 0
    return (Row("TFOpLambda", "tf.nn.relu", outputs),) if plain else None


OPERATIONS: tuple[Operation, ...] = (
    *_simple_entries(),
    _keras_kept("abs", class_name="Absolute"),
    _keras_kept("absolute"),
    _keras_kept("copy"),
    _keras_kept("hard_swish", "x", floats_only, "HardSilu"),
    _keras_kept("swish", "x", floats_only, "Silu"),
    _keras_kept("nan_to_num", "x, nan=0.0, posinf=None, neginf=None"),
    _keras_kept("negative", "x", signed),
    _keras_kept("relu", "x", numbers),
    _keras_kept("relu6", "x", numbers),
    _keras_kept("round", "x, decimals=0", numbers),
    _keras_kept("sign", "x", numbers),
    _keras_kept("stop_gradient", "variable: x"),
    _keras_kept("trunc"),
    keras_operation(
        "leaky_relu", "x, negative_slope=0.2", unary(same, leaky), *_unary_cases("ops.leaky_relu")
    ),
    keras_operation("reciprocal", "x", unary(always_float32, signed), *_unary_cases("ops.reciprocal")),
    keras_operation("square", "x", unary(squared), *_unary_cases("ops.square")),
    keras_operation("erfc", "x", unary(to_float, floats_only), *_unary_cases("ops.erfc")),
    keras_operation("exp2", "x", unary(to_float, floats_certain), "ops.exp2(t(None, 3))"),
    keras_operation(
        "threshold",
        "x, threshold, default_value",
        unary(same, floats_certain),
        "ops.threshold(t(None, 3), 0.5, 0.0)",
    ),
    keras_operation(
        "cast", "x, dtype", cast_to(), "ops.cast(t(None, 3), 'int32')", "ops.cast(t(2), 'float16')"
    ),
    keras_operation("saturate_cast", "x, dtype", cast_to(), "ops.saturate_cast(t(None, 3), 'uint8')"),
    keras_operation(
        "zeros_like",
        "x, dtype=None",
        filled_like,
        "ops.zeros_like(t(None, 3))",
        "ops.zeros_like(t(None), dtype='int32')",
    ),
    keras_operation(
        "ones_like",
        "x, dtype=None",
        filled_like,
        "ops.ones_like(t(None, 3))",
        "ops.ones_like(t(None), dtype='bool')",
    ),
    keras_operation("full_like", "x, fill_value, dtype=None", filled_like, "ops.full_like(t(None, 3), 2)"),
    keras_operation("empty_like", "x, dtype=None", filled_like, "ops.empty_like(t(None, 3))"),
    keras_operation(
        "clip",
        "x, x_min: low, x_max: high",
        clipped,
        "ops.clip(t(None, 3), 0.0, 1.0)",
        "ops.clip(t(None, dtype='int32'), 0, 5)",
    ),
    tf_operation("identity", "input: x", unary(same), "tf.identity(t(None, 3))"),
    tf_operation("stop_gradient", "input: x", unary(same), "tf.stop_gradient(t(None, 3))"),
    tf_operation("math.conj", "x", unary(numbers), "tf.math.conj(t(None, 3))"),
    tf_operation(
        "math.logical_not", "x", unary(truths_only), "tf.math.logical_not(t(None, 3, dtype='bool'))"
    ),
    tf_operation("bitwise.invert", "x", unary(integers_only), "tf.bitwise.invert(t(None, 3, dtype='int32'))"),
    tf_operation("nn.relu", "features: x", unary(numbers), *_unary_cases("tf.nn.relu")),
    tf_operation("nn.relu6", "features: x", unary(numbers), *_unary_cases("tf.nn.relu6")),
    tf_operation("nn.elu", "features: x", unary(floats_only), *_unary_cases("tf.nn.elu")),
    tf_operation("nn.softsign", "features: x", unary(floats_only), *_unary_cases("tf.nn.softsign")),
    tf_operation(
        "nn.gelu", "features: x, approximate=False", unary(floats_only), *_unary_cases("tf.nn.gelu")
    ),
    tf_operation("nn.leaky_relu", "features: x, alpha=0.2", unary(leaky), *_unary_cases("tf.nn.leaky_relu")),
    tf_operation(
        "cast",
        "x, dtype",
        cast_to(),
        "tf.cast(t(None, 3), tf.int32)",
        "tf.cast(t(None, 3, dtype='int32'), 'float32')",
        "tf.cast(t(None, 3), tf.float32)",
    ),
    tf_operation(
        "dtypes.saturate_cast", "value: x, dtype", cast_to(), "tf.dtypes.saturate_cast(t(None, 3), tf.uint8)"
    ),
    tf_operation(
        "zeros_like",
        "input: x, dtype=None",
        filled_like,
        "tf.zeros_like(t(None, 3))",
        "tf.zeros_like(t(3), tf.int32)",
    ),
    tf_operation(
        "ones_like",
        "input: x, dtype=None",
        filled_like,
        "tf.ones_like(t(None, 3))",
        "tf.ones_like(t(3), tf.bool)",
    ),
    tf_operation(
        "clip_by_value",
        "t: x, clip_value_min: low, clip_value_max: high",
        tf_clipped,
        "tf.clip_by_value(t(None, 3), 0.0, 1.0)",
        "tf.clip_by_value(t(None, 3), t(3), t(3))",
    ),
    tf_operation(
        "clip_by_norm", "t: x, clip_norm, axes=None", unary(floats_only), "tf.clip_by_norm(t(None, 3), 1.0)"
    ),
    tf_operation(
        "nn.dropout",
        "x, rate, noise_shape=None, seed=None",
        unary(floats_only),
        "tf.nn.dropout(t(None, 3), 0.5)",
    ),
    backend_operation("cast", "x, dtype", cast_to(), "K.cast(t(None, 3), 'int32')", rows=rows_alike("cast")),
    backend_operation(
        "clip",
        "x, min_value: low, max_value: high",
        tf_clipped,
        "K.clip(t(None, 3), 0.0, 1.0)",
        "K.clip(t(None, 3), 0, 1)",
        rows=rows_alike("clip_by_value"),
    ),
    backend_operation(
        "elu", "x, alpha=1.0", unary(floats_only), *_unary_cases("K.elu"), rows=rows_alike("nn.elu")
    ),
    backend_operation(
        "hard_sigmoid",
        "x",
        unary(floats_only),
        *_unary_cases("K.hard_sigmoid"),
        rows=rows_alike("math.multiply", "math.add", "clip_by_value"),
    ),
    backend_operation(
        "sqrt", "x", unary(floats_only), *_unary_cases("K.sqrt"), rows=rows_alike("math.maximum", "math.sqrt")
    ),
    backend_operation(
        "relu",
        "x, alpha=0.0, max_value=None, threshold=0.0",
        unary(numbers),
        "K.relu(t(None, 3))",
        "K.relu(t(None, 3), max_value=6.0)",
        rows=_relu_rows,
    ),
    backend_operation(
        "zeros_like",
        "x, dtype=None, name=None",
        filled_like,
        "K.zeros_like(t(None, 3))",
        rows=rows_alike("zeros_like"),
    ),
    backend_operation(
        "ones_like",
        "x, dtype=None, name=None",
        filled_like,
        "K.ones_like(t(None, 3))",
        rows=rows_alike("ones_like"),
    ),
    backend_operation(
        "stop_gradient",
        "variables: x",
        unary(same),
        "K.stop_gradient(t(None, 3))",
        rows=rows_alike("stop_gradient"),
    ),
    backend_operation(
        "dropout",
        "x, level, noise_shape=None, seed=None",
        unary(floats_only),
        "K.dropout(t(None, 3), 0.5)",
        rows=rows_alike("nn.dropout"),
    ),
)
