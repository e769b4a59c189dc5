"""Losses: the names that Keras accepts, and what a loss needs of labels and predictions.

The names are those of ``keras.losses.get`` (``ALL_OBJECTS_DICT`` in ``keras/src/losses/__init__.py``) and
``tf_keras.losses.get`` (the module's own members); a test holds them against both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import UNKNOWN, Shape, Tri, Unknown
from kerascope.domain.specs import Instance, Symbol

_FUNCTIONS = (
    "binary_crossentropy", "binary_focal_crossentropy", "categorical_crossentropy",
    "categorical_focal_crossentropy", "categorical_hinge", "cosine_similarity", "hinge", "huber", "kl_divergence",
    "log_cosh", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "poisson", "sparse_categorical_crossentropy", "squared_hinge",
)  # fmt: skip
_CLASSES = (
    "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy",
    "CategoricalHinge", "CosineSimilarity", "Hinge", "Huber", "KLDivergence", "LogCosh", "Loss",
    "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError",
    "Poisson", "SparseCategoricalCrossentropy", "SquaredHinge",
)  # fmt: skip
_SHORT = ("BCE", "KLD", "MAE", "MAPE", "MSE", "MSLE", "bce", "kld", "mae", "mape", "mse", "msle")

LOSS_NAMES: dict[int, frozenset[str]] = {
    2: frozenset(
        (*_FUNCTIONS, *_CLASSES, *_SHORT, "huber_loss", "kullback_leibler_divergence", "logcosh", "deserialize",
         "get", "serialize", "is_categorical_crossentropy")
    ),
    3: frozenset(
        (*_FUNCTIONS, *_CLASSES, *_SHORT, "CTC", "Circle", "Dice", "LossFunctionWrapper", "Tversky", "circle",
         "ctc", "dice", "tversky")
    ),
}  # fmt: skip
"""Every string that some release of that major version takes for a loss."""

MISLEADING = {
    2: {
        "cce": "categorical_crossentropy",
        "rmse": "mean_squared_error",
        "root_mean_squared_error": "mean_squared_error",
    },
    3: {
        "cce": "categorical_crossentropy",
        "rmse": "mean_squared_error",
        "root_mean_squared_error": "mean_squared_error",
        "huber_loss": "huber",
        "logcosh": "log_cosh",
        "kullback_leibler_divergence": "kl_divergence",
    },
}
"""Names that people write for a loss that has another one; spelling alone would suggest the wrong one."""

_ALIASES = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "mse": "mean_squared_error",
    "msle": "mean_squared_logarithmic_error",
}


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


_BY_FOLDED = {_folded(name): name for name in (*_FUNCTIONS, "dice", "tversky", "ctc", "circle")}


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss that is known by name: the name of its function, and whether it takes logits."""

    name: str
    from_logits: bool | Unknown
    plain: bool = True


@dataclass(frozen=True, slots=True)
class UnknownLoss:
    """A string that Keras cannot turn into a loss."""

    identifier: str


def resolve_loss(value: Any, major: int) -> Loss | UnknownLoss | None:
    """What ``compile(loss=value)`` means; ``None`` where that is not known, or no single loss."""
    if isinstance(value, str):
        if value in LOSS_NAMES[major]:
            return _loss(value)
        if value == "crossentropy":
            # Keras 3 lists no such loss, yet its trainer resolves the word by the labels.
            return None
        return UnknownLoss(value)
    if isinstance(value, Symbol):
        return _loss(_member(value.name))
    if isinstance(value, Instance):
        loss = _loss(_member(value.symbol))
        if loss is None:
            return None
        options = set(value.arguments) - {"name", "reduction", "from_logits", "0"}
        flag = value.arguments.get("from_logits", value.arguments.get("0", False))
        if "**" in value.arguments or not isinstance(flag, bool):
            flag = UNKNOWN
        return Loss(loss.name, flag, plain=not options)
    return None


def _member(symbol: str) -> str:
    for prefix in ("keras.losses.", "keras.metrics."):
        if symbol.startswith(prefix):
            return symbol.removeprefix(prefix)
    return ""


def _loss(name: str) -> Loss | None:
    known = _ALIASES.get(name.lower()) or _BY_FOLDED.get(_folded(name))
    return Loss(known, False) if known is not None else None


SPARSE = "sparse_categorical_crossentropy"
CATEGORICAL = "categorical_crossentropy"
BINARY = "binary_crossentropy"


def loss_accepts(loss: str, labels: Shape, output: Shape, major: int) -> Tri:
    """Whether a crossentropy takes labels of this shape for predictions of that shape, ranks and axes beyond the
    batch axis considered.

    Source: ``squeeze_or_expand_to_same_rank`` and ``categorical_crossentropy`` … in ``keras/src/losses`` and
    ``keras/src/backend/tensorflow/nn.py``; for Keras 2 ``losses_utils`` and the cases of the experiments.
    """
    if not isinstance(labels, tuple) or not isinstance(output, tuple) or not labels or not output:
        return Tri.UNKNOWN
    if major == 2 and len(labels) == 1:
        labels = (*labels, 1)
    if loss == SPARSE:
        return _sparse_accepts(labels, output)
    if loss in {CATEGORICAL, BINARY}:
        labels, output = _same_rank(labels, output)
        if len(labels) != len(output):
            return Tri.NO
        return _axes_agree(labels[1:], output[1:], broadcast=major == 2 and loss == BINARY)
    return Tri.UNKNOWN


def _same_rank(labels: tuple[Any, ...], output: tuple[Any, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    if len(labels) == len(output) + 1 and labels[-1] == 1:
        return (labels, (*output, 1)) if len(output) == 1 else (labels[:-1], output)
    if len(output) == len(labels) + 1 and output[-1] == 1:
        return ((*labels, 1), output) if len(labels) == 1 else (labels, output[:-1])
    return labels, output


def _sparse_accepts(labels: tuple[Any, ...], output: tuple[Any, ...]) -> Tri:
    labels, output = _same_rank(labels, output) if output[-1] == 1 else (labels, output)
    if len(labels) == len(output) and labels[-1] == 1:
        labels = labels[:-1]
    elif len(labels) == len(output) and labels[-1] in (None, UNKNOWN):
        return Tri.UNKNOWN
    if len(labels) != len(output) - 1:
        return Tri.NO
    return _axes_agree(labels[1:], output[1:-1])


def _axes_agree(left: tuple[Any, ...], right: tuple[Any, ...], *, broadcast: bool = False) -> Tri:
    verdict = Tri.YES
    for a, b in zip(left, right, strict=True):
        if not isinstance(a, int) or not isinstance(b, int):
            verdict = Tri.UNKNOWN if verdict is Tri.YES else verdict
        elif a != b and not (broadcast and 1 in (a, b)):
            return Tri.NO
    return verdict
