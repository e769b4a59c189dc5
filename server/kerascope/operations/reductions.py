"""Reductions along axes: sums, means, extremes, and the places of extremes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import Refusal
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
from kerascope.operations.dtypes import dtype_argument, to_float
from kerascope.operations.elementwise import (
    Rule,
    always_float32,
    floats_only,
    numbers,
    same,
    truths,
    truths_only,
)
from kerascope.operations.shapes import axes_of, reduced


def reduction(rule: Rule, traced: Rule | None = None) -> Transfer:
    """``x`` without ``axis``, or with a size of one there where ``keepdims``."""

    def transfer(args: Bound) -> Nest:
        spec = tensor(args["x"])
        chosen = rule if args.keras_infers or traced is None else traced
        return TensorSpec(reduced(spec.shape, args["axis"], args["keepdims"]), chosen(spec.dtype))

    return transfer


def extreme(args: Bound) -> Nest:
    """``keras.ops.argmax``, which in a ``call`` lets some axes pass that are not there."""
    try:
        return reduction(_index)(args)
    except Refusal:
        if args.keras_infers:
            raise
        return TensorSpec(UNRANKED, "int32")


def summed(dtype: str) -> str:
    """Keras 3 sums truths and small whole numbers in 32 bits."""
    if dtype in ("bool", "int8", "int16"):
        return "int32"
    return "uint32" if dtype in ("uint8", "uint16") else dtype


def _index(dtype: str) -> str:
    return "int32"


def _mean_of_truths(dtype: str) -> str:
    """``keras.backend`` makes floats of truths, and of nothing else."""
    return "float32" if dtype == "bool" else numbers(dtype)


def _spread_of_truths(dtype: str) -> str:
    return "float32" if dtype == "bool" else floats_only(dtype)


def places(dtype: Callable[[Bound], str]) -> Transfer:
    """``argmax`` of TensorFlow, whose axis is the first where none is given."""

    def transfer(args: Bound) -> Nest:
        axis, shape = (0 if args["axis"] is None else args["axis"]), tensor(args["x"]).shape
        if shape is not UNRANKED and len(shape) == 1 and axis is not UNKNOWN:
            # TensorFlow does not look at the axis where there is only one.
            return TensorSpec((), dtype(args))
        return TensorSpec(reduced(shape, axis, False), dtype(args))

    return transfer


def median(args: Bound) -> Nest:
    """``keras.ops.median``, of which TensorFlow infers the number of axes alone."""
    spec = reduction(to_float)(args)
    if args.keras_infers or spec.shape is UNRANKED:
        return spec
    return TensorSpec((UNKNOWN,) * len(spec.shape), spec.dtype if spec.dtype == "float32" else "")


def moments(args: Bound) -> Nest:
    """Mean and variance."""
    spec = tensor(args["x"])
    dtype = spec.dtype if spec.dtype in ("float32", "float16", "float64") else ""
    found = TensorSpec(reduced(spec.shape, args["axes"], args["keepdims"]), dtype)
    return (found, found)


def _moment_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    """Mean, squared distances from it and their mean, and both without their axes unless these are kept."""
    spec = tensor(args["x"])
    if spec.dtype not in ("float32", "float64") or not isinstance(args["keepdims"], bool):
        return None
    kept = TensorSpec(reduced(spec.shape, args["axes"], True), spec.dtype)
    rows = (
        Row("TFOpLambda", "tf.math.reduce_mean", kept),
        Row("TFOpLambda", "tf.stop_gradient", kept),
        Row("TFOpLambda", "tf.math.squared_difference", spec),
        Row("TFOpLambda", "tf.math.reduce_mean", kept),
    )
    squeezed = tuple(Row("TFOpLambda", "tf.compat.v1.squeeze", output) for output in outputs)
    return rows if args["keepdims"] else (*rows, *squeezed)


def cumulative(args: Bound) -> Nest:
    """A running sum keeps the shape; Keras 3 flattens where no axis is given."""
    spec = tensor(args["x"])
    if isinstance(args["axis"], int) and isinstance(spec.shape, tuple):
        axes_of(args["axis"], len(spec.shape))
    return TensorSpec(spec.shape, numbers(spec.dtype))


def keras_cumulative(args: Bound) -> Nest:
    """``keras.ops.cumsum``."""
    spec = tensor(args["x"])
    dtype = dtype_argument(args["dtype"], "int32" if spec.dtype == "bool" else spec.dtype)
    if not isinstance(args["axis"], int):
        return TensorSpec((UNKNOWN,) if args["axis"] is None else _ranked_like(spec), dtype)
    return TensorSpec(spec.shape, dtype)


def _ranked_like(spec: TensorSpec) -> Any:
    return spec.shape if not isinstance(spec.shape, tuple) else (UNKNOWN,) * len(spec.shape)


def _truth_rows(stem: str) -> Any:
    """``keras.backend.all`` casts its argument first, which is another row."""

    def rows(args: Bound, outputs: Nest) -> tuple[Row, ...]:
        cast = TensorSpec(tensor(args["x"]).shape, "bool")
        return Row("TFOpLambda", "tf.cast", cast), Row("TFOpLambda", f"tf.{stem}", outputs)

    return rows


def _mean_rows(stem: str) -> Any:
    """``keras.backend.mean`` casts truths first."""

    def rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
        spec = tensor(args["x"])
        if not spec.dtype:
            return None
        last = Row("TFOpLambda", f"tf.{stem}", outputs)
        if spec.dtype != "bool":
            return (last,)
        return Row("TFOpLambda", "tf.cast", TensorSpec(spec.shape, "float32")), last

    return rows


_KERAS: Final[tuple[tuple[str, Rule, Rule], ...]] = (
    ("all", truths, truths),
    ("any", truths, truths),
    ("amax", same, same),
    ("amin", same, same),
    ("mean", to_float, to_float),
    ("std", to_float, to_float),
    ("sum", summed, summed),
    ("var", to_float, to_float),
    ("logsumexp", always_float32, floats_only),
    ("ptp", same, numbers),
    ("nanmax", same, same),
    ("nanmin", same, same),
    ("nanmean", to_float, to_float),
    ("nansum", summed, summed),
)
_TF: Final[tuple[tuple[str, Rule], ...]] = (
    ("reduce_sum", numbers),
    ("reduce_mean", numbers),
    ("reduce_max", numbers),
    ("reduce_min", numbers),
    ("reduce_prod", numbers),
    ("reduce_euclidean_norm", numbers),
    ("reduce_std", floats_only),
    ("reduce_variance", floats_only),
    ("reduce_logsumexp", floats_only),
    ("reduce_all", truths_only),
    ("reduce_any", truths_only),
)


def _cases(function: str, dtype: str = "float32") -> tuple[str, ...]:
    kind = "" if dtype == "float32" else f", dtype='{dtype}'"
    return (
        f"{function}(t(None, 3, 4{kind}))",
        f"{function}(t(None, 3, 4{kind}), axis=1)",
        f"{function}(t(None, 3, 4{kind}), axis=-1, keepdims=True)",
        f"{function}(t(None, 3, 4{kind}), axis=3)",
        f"{function}(t(None, 3, 4, dtype='int32'), axis=0)",
    )


def _several(function: str) -> tuple[str, ...]:
    return (
        f"{function}(t(None, 3, 4), axis=(1, 2))",
        f"{function}(t(None, 3, 4), axis=[0, -1], keepdims=True)",
    )


def _entries() -> tuple[Operation, ...]:
    found: list[Operation] = []
    for name, rule, traced in _KERAS:
        found.append(
            keras_operation(
                name,
                "x, axis=None, keepdims=False",
                reduction(rule, traced),
                *_cases(f"ops.{name}"),
                *_several(f"ops.{name}"),
            )
        )
    for name in ("max", "min"):
        found.append(
            keras_operation(
                name,
                "x, axis=None, keepdims=False, initial=None",
                reduction(same),
                *_cases(f"ops.{name}"),
                *_several(f"ops.{name}"),
            )
        )
    for name, rule in _TF:
        dtype = "bool" if rule is truths_only else "float32"
        found.append(
            tf_operation(
                f"math.{name}",
                "input_tensor: x, axis=None, keepdims=False",
                reduction(rule),
                *_cases(f"tf.math.{name}", dtype),
                f"tf.math.{name}(t(None, 3, 4{'' if dtype != 'bool' else ', dtype=' + repr(dtype)}), [1, 2])",
            )
        )
    return tuple(found)


_BACKEND: Final[tuple[tuple[str, Rule, str], ...]] = (
    ("max", numbers, "math.reduce_max"),
    ("min", numbers, "math.reduce_min"),
    ("prod", numbers, "math.reduce_prod"),
    ("sum", numbers, "math.reduce_sum"),
)
_AXIS: Final = "x, axis=None, keepdims=False"

OPERATIONS: tuple[Operation, ...] = (
    *_entries(),
    *(
        backend_operation(name, _AXIS, reduction(rule), *_cases(f"K.{name}"), rows=rows_alike(stem))
        for name, rule, stem in _BACKEND
    ),
    *(
        backend_operation(
            name, _AXIS, reduction(truths), *_cases(f"K.{name}"), rows=_truth_rows(f"math.reduce_{name}")
        )
        for name in ("all", "any")
    ),
    backend_operation(
        "mean", _AXIS, reduction(_mean_of_truths), *_cases("K.mean"), rows=_mean_rows("math.reduce_mean")
    ),
    backend_operation(
        "std", _AXIS, reduction(_spread_of_truths), *_cases("K.std"), rows=_mean_rows("math.reduce_std")
    ),
    backend_operation(
        "var", _AXIS, reduction(_spread_of_truths), *_cases("K.var"), rows=_mean_rows("math.reduce_variance")
    ),
    *(
        backend_operation(
            name,
            "x, axis=-1",
            places(lambda _: "int64"),
            f"K.{name}(t(None, 3, 4))",
            f"K.{name}(t(None, 3, 4), axis=1)",
            rows=rows_alike(f"math.{name}"),
        )
        for name in ("argmax", "argmin")
    ),
    *(
        tf_operation(
            f"math.{name}",
            "input: x, axis=None, output_type='int64'",
            places(lambda args: dtype_argument(args["output_type"])),
            f"tf.math.{name}(t(None, 3, 4))",
            f"tf.math.{name}(t(None, 3, 4), axis=-1)",
            f"tf.math.{name}(t(None, 3, 4), 1, output_type=tf.int32)",
        )
        for name in ("argmax", "argmin")
    ),
    keras_operation(
        "prod",
        "x, axis=None, keepdims=False, dtype=None",
        lambda args: reduction(lambda dtype: dtype_argument(args["dtype"], summed(dtype)))(args),
        *_cases("ops.prod"),
    ),
    *(keras_operation(name, _AXIS, extreme, *_cases(f"ops.{name}")) for name in ("argmax", "argmin")),
    keras_operation("median", _AXIS, median, *_cases("ops.median")),
    keras_operation(
        "count_nonzero",
        "x, axis=None",
        lambda args: TensorSpec(reduced(tensor(args["x"]).shape, args["axis"], False), "int32"),
        "ops.count_nonzero(t(None, 3, 4), axis=1)",
    ),
    keras_operation(
        "moments",
        "x, axes, keepdims=False, synchronized=False",
        moments,
        "ops.moments(t(None, 3, 4), axes=[0])",
        "ops.moments(t(None, 3, 4), axes=[1, 2], keepdims=True)",
    ),
    tf_operation(
        "nn.moments",
        "x, axes, shift=None, keepdims=False",
        moments,
        "tf.nn.moments(t(None, 3, 4), axes=[0])",
        "tf.nn.moments(t(None, 3, 4), axes=[1, 2], keepdims=True)",
        rows=_moment_rows,
    ),
    *(
        keras_operation(
            name,
            "x, axis=None, dtype=None",
            keras_cumulative,
            f"ops.{name}(t(None, 3, 4), axis=1)",
            f"ops.{name}(t(2, 3), axis=-1)",
        )
        for name in ("cumsum", "cumprod")
    ),
    *(
        tf_operation(
            f"math.{name}",
            "x, axis=0, exclusive=False, reverse=False",
            cumulative,
            f"tf.math.{name}(t(None, 3, 4), axis=1)",
        )
        for name in ("cumsum", "cumprod")
    ),
    *(
        backend_operation(
            name, "x, axis=0", cumulative, f"K.{name}(t(None, 3, 4), axis=1)", rows=rows_alike(f"math.{name}")
        )
        for name in ("cumsum", "cumprod")
    ),
)
