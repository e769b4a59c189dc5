"""``keras.activations`` as functions on tensors: ``relu``, ``softmax``, ``gelu``.

Keras 3 makes ``keras.ops`` of them, of some an operation of their own, and refuses ``hard_silu``, ``mish`` and
``sparsemax`` on its symbolic tensors.
"""

from __future__ import annotations

from typing import Final

from kerascope.operations.base import Bound, Nest, Operation, Row, RowMaker, row, rows_alike, snake_case
from kerascope.operations.dtypes import to_float
from kerascope.operations.elementwise import (
    Rule,
    floats_certain,
    floats_only,
    leaky,
    numbers,
    same,
    unary,
)

_BOTH: Final[tuple[tuple[str, str, str, tuple[str, ...]], ...]] = (
    ("softmax", "x, axis=-1", "Softmax", ("nn.softmax",)),
    ("elu", "x, alpha=1.0", "Elu", ("nn.elu",)),
    ("selu", "x", "Selu", ("nn.selu",)),
    ("softplus", "x", "Softplus", ("math.softplus",)),
    ("softsign", "x", "Softsign", ("nn.softsign",)),
    ("swish", "x", "Silu", ("nn.silu",)),
    ("gelu", "x, approximate=False", "Gelu", ("nn.gelu",)),
    ("sigmoid", "x", "Sigmoid", ("math.sigmoid",)),
    ("hard_sigmoid", "x", "HardSigmoid", ("math.multiply", "math.add", "clip_by_value")),
)
"""Name, parameters, and what Keras 3 and Keras 2 show."""

_KERAS_3: Final = (
    ("celu", "x, alpha=1.0"),
    ("hard_shrink", "x, threshold=0.5"),
    ("hard_tanh", "x"),
    ("log_sigmoid", "x"),
    ("log_softmax", "x, axis=-1"),
    ("silu", "x"),
    ("soft_shrink", "x, threshold=0.5"),
    ("sparse_plus", "x"),
    ("sparse_sigmoid", "x"),
    ("squareplus", "x, b=4"),
    ("tanh_shrink", "x"),
)


def _entry(
    name: str, parameters: str, keras_rule: Rule, traced: Rule, makers: dict[int, RowMaker], lacking: int = 0
) -> Operation:
    code = f"keras.activations.{name}"
    cases = (f"{code}(t(None, 3))", f"{code}(t(2, None, 5, dtype='int32'))")
    transfer = unary(keras_rule, traced)
    return Operation(code, parameters, transfer, makers, cases, frozenset({lacking} - {0}))


def _entries() -> tuple[Operation, ...]:
    found: list[Operation] = []
    for name, parameters, class_name, stems in _BOTH:
        makers = {3: row(class_name, snake_case(class_name)), 2: rows_alike(*stems)}
        found.append(_entry(name, parameters, same, floats_only, makers))
    for name, parameters in _KERAS_3:
        class_name = "".join(part.capitalize() for part in name.split("_"))
        found.append(_entry(name, parameters, same, floats_only, {3: row(class_name, name)}, lacking=2))
    return tuple(found)


def _floated(name: str, class_name: str, stem: str) -> Operation:
    """Keras 3 makes floats of whole numbers, which TensorFlow refuses."""
    code = f"keras.activations.{name}"
    kept, made = unary(floats_only), unary(to_float)

    def transfer(args: Bound) -> Nest:
        return made(args) if args.call.major == 3 else kept(args)

    makers = {3: row(class_name, class_name.lower()), 2: rows_alike(stem)}
    return Operation(
        code, "x", transfer, makers, (f"{code}(t(None, 3))", f"{code}(t(None, 3, dtype='int32'))")
    )


def _relu_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    """In Keras 2 a slope, an upper bound or a threshold make other rows."""
    plain = args["slope"] == 0.0 and args["max_value"] is None and args["threshold"] == 0
    return (Row("TFOpLambda", "tf.nn.relu", outputs),) if plain else None


OPERATIONS: tuple[Operation, ...] = (
    *_entries(),
    _entry(
        "relu",
        "x, negative_slope: slope=0.0, max_value=None, threshold=0.0",
        same,
        numbers,
        {3: row("ReLU", "re_lu"), 2: _relu_rows},
    ),
    _entry("relu6", "x", same, numbers, {3: row("Relu6", "relu6")}, lacking=2),
    _entry(
        "leaky_relu", "x, negative_slope=0.2", same, leaky, {3: row("LeakyRelu", "leaky_relu")}, lacking=2
    ),
    _floated("tanh", "Tanh", "math.tanh"),
    _floated("exponential", "Exp", "math.exp"),
    _entry("hard_silu", "x", floats_certain, floats_certain, {}, lacking=2),
    _entry("hard_swish", "x", floats_certain, floats_certain, {}, lacking=2),
    _entry(
        "mish",
        "x",
        floats_certain,
        floats_only,
        {2: rows_alike("math.softplus", "math.tanh", "math.multiply")},
    ),
)
