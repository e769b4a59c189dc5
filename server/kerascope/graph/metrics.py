"""Metrics: the names that Keras accepts, what ``compile(metrics=…)`` means, and where each metric is written.

The names are those of ``keras.metrics.get`` (``ALL_OBJECTS_DICT`` in ``keras/src/metrics/__init__.py``) and
``tf_keras.metrics.get`` (the module's own members), with the words that ``compile`` itself resolves by the labels;
a test holds them against both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import libcst as cst

from kerascope.domain.shapes import Shape
from kerascope.domain.specs import Instance, Symbol
from kerascope.graph.nodes import Compiled, Event, Made
from kerascope.syntax.units import Site

_WITHOUT_ARGUMENTS = (
    "AUC", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "BinaryIoU", "CategoricalAccuracy",
    "CategoricalCrossentropy", "CategoricalHinge", "CosineSimilarity", "F1Score", "FBetaScore", "FalseNegatives",
    "FalsePositives", "Hinge", "KLDivergence", "LogCoshError", "MeanAbsoluteError", "MeanAbsolutePercentageError",
    "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson", "Precision", "R2Score", "Recall",
    "RootMeanSquaredError", "SparseCategoricalAccuracy", "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy", "SquaredHinge", "TopKCategoricalAccuracy", "TrueNegatives", "TruePositives",
)  # fmt: skip
_WITH_ARGUMENTS = (
    "IoU", "Mean", "MeanIoU", "MeanMetricWrapper", "Metric", "OneHotIoU", "OneHotMeanIoU", "PrecisionAtRecall",
    "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity", "Sum",
)  # fmt: skip
_FUNCTIONS = (
    "binary_accuracy", "binary_crossentropy", "categorical_accuracy", "categorical_crossentropy", "categorical_hinge",
    "cosine_similarity", "hinge", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error",
    "mean_squared_logarithmic_error", "poisson", "sparse_categorical_accuracy", "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy", "squared_hinge", "top_k_categorical_accuracy",
)  # fmt: skip
_SHORT = ("BCE", "MAE", "MAPE", "MSE", "MSLE", "bce", "mae", "mape", "mse", "msle")

METRIC_NAMES: dict[int, frozenset[str]] = {
    2: frozenset(
        (*_WITHOUT_ARGUMENTS, *_WITH_ARGUMENTS, *_FUNCTIONS, *_SHORT, "MeanRelativeError", "MeanTensor", "PyMetric",
         "Reduce", "SensitivitySpecificityBase", "SumOverBatchSize", "SumOverBatchSizeMetricWrapper", "clone_metric",
         "clone_metrics", "cosine_proximity", "deserialize", "deserialize_keras_object", "get", "keras_export",
         "kullback_leibler_divergence", "log_cosh", "logcosh", "serialize", "serialize_keras_object")
    ),
    3: frozenset(
        (*_WITHOUT_ARGUMENTS, *_WITH_ARGUMENTS, *_FUNCTIONS, *_SHORT, "ConcordanceCorrelation", "PearsonCorrelation",
         "auc", "binary_io_u", "concordance_correlation", "f1_score", "f_beta_score", "false_negatives",
         "false_positives", "io_u", "kl_divergence", "log_cosh_error", "mean", "mean_io_u", "mean_metric_wrapper",
         "metric", "one_hot_io_u", "one_hot_mean_io_u", "pearson_correlation", "precision", "precision_at_recall",
         "r2_score", "recall", "recall_at_precision", "root_mean_squared_error", "sensitivity_at_specificity",
         "specificity_at_sensitivity", "sum", "true_negatives", "true_positives")
    ),
}  # fmt: skip
"""Every string that some release of that major version finds a metric for; a few cannot be made without arguments."""

RESOLVED_BY_LABELS: dict[int, frozenset[str]] = {
    2: frozenset({"accuracy", "acc", "crossentropy", "ce"}),
    3: frozenset({"accuracy", "acc"}),
}
"""Words, in any case, for which ``compile`` itself chooses the binary, the categorical or the sparse metric."""

MISLEADING_METRICS: dict[int, dict[str, str]] = {
    2: {"auc": "AUC", "precision": "Precision", "recall": "Recall", "rmse": "RootMeanSquaredError",
        "root_mean_squared_error": "RootMeanSquaredError", "kl_divergence": "kullback_leibler_divergence",
        "false_negatives": "FalseNegatives", "false_positives": "FalsePositives", "true_negatives": "TrueNegatives",
        "true_positives": "TruePositives"},
    3: {"rmse": "root_mean_squared_error", "roc_auc": "auc", "f1": "f1_score", "fscore": "f1_score", "r2": "r2_score",
        "iou": "mean_io_u", "mean_iou": "mean_io_u", "kullback_leibler_divergence": "kl_divergence",
        "logcosh": "log_cosh_error", "log_cosh": "log_cosh_error", "cosine_proximity": "cosine_similarity"},
}  # fmt: skip
"""Names that people write for a metric that has another one there; spelling alone might suggest the wrong one."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric that is known by its class in Keras, ``Accuracy`` or ``BinaryAccuracy``."""

    name: str


@dataclass(frozen=True, slots=True)
class UnknownMetric:
    """A string that Keras cannot turn into a metric."""

    identifier: str


def _folded(name: str) -> str:
    return name.replace("_", "").lower()


_CLASSES = {_folded(name): name for name in (*_WITHOUT_ARGUMENTS, *_WITH_ARGUMENTS)}


def resolve_metric(value: Any, major: int) -> Metric | UnknownMetric | None:
    """What one of ``compile``'s metrics means; ``None`` where that is not known, or for a word that the labels decide.

    A class that is not called is made by Keras 3, and refused by Keras 2.
    """
    if isinstance(value, str):
        if not value or ">" in value or value.lower() in RESOLVED_BY_LABELS[major]:
            return None
        if value not in METRIC_NAMES[major]:
            return UnknownMetric(value)
        name = _CLASSES.get(_folded(value))
        return Metric(name) if name is not None else None
    symbol = value.symbol if isinstance(value, Instance) else value.name if isinstance(value, Symbol) else ""
    member = symbol.rpartition(".")[2]
    if not symbol.startswith("keras.metrics.") or _CLASSES.get(_folded(member)) is None:
        return None
    if isinstance(value, Instance):
        return Metric(member)
    is_class = member[:1].isupper()
    return None if is_class and major == 2 else Metric(_CLASSES[_folded(member)])


def metric_class(name: str) -> str | None:
    """``F1Score`` for ``"f1_score"`` and ``"F1Score"``."""
    return _CLASSES.get(_folded(name))


NEEDS_COLUMNS = frozenset({"F1Score", "FBetaScore", "R2Score"})
"""Metrics that take no labels but those of two axes."""

NEEDS_ARGUMENTS = frozenset(_WITH_ARGUMENTS)
"""Metrics that cannot be made by their name alone."""


def closest_metric(identifier: str, major: int) -> str | None:
    """The name that was most likely meant by one that Keras does not know."""
    known = MISLEADING_METRICS[major].get(identifier.lower())
    if known is not None:
        return known
    names = [
        name for name in METRIC_NAMES[major] if metric_class(name) in _WITHOUT_ARGUMENTS and len(name) > 2
    ]
    folded = {_folded(name): name for name in sorted((*names, "accuracy"))}
    wanted = _folded(identifier.strip().replace("-", "").replace(" ", ""))
    if wanted in folded:
        return folded[wanted]
    import difflib  # imported once there is a name to mend

    close = difflib.get_close_matches(wanted, list(folded), n=1, cutoff=0.75)
    return folded[close[0]] if close else None


# --- Where metrics are written --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WrittenMetric:
    """One of ``compile``'s metrics: its value, the argument that it is part of, and where it is to be changed.

    ``direct`` says that it stands in the ``compile`` itself, so that nothing else can mean it.
    """

    value: Any
    argument: str
    site: Site
    direct: bool


def written_metrics(compiled: Compiled, made: Sequence[Made]) -> Iterator[WrittenMetric]:
    """The metrics of a ``compile``, each with its place, out of lists, tuples and dictionaries."""
    for argument in ("metrics", "weighted_metrics"):
        value = compiled.get(argument)
        if value is None or not isinstance(value, (tuple, Mapping, str, Instance, Symbol)):
            continue
        site = compiled.sites.get(argument, compiled.site)
        for item, place in _leaves(value, site):
            direct = place is not site or not isinstance(value, (tuple, Mapping))
            if not direct or isinstance(place.node, cst.Name):
                origins = {id(m.site.node): m.site for m in made if _makes(m, item)}
                if len(origins) == 1:
                    (place,) = origins.values()
                    direct = False
            yield WrittenMetric(item, argument, place, direct)


def _makes(made: Made, value: Any) -> bool:
    return isinstance(value, Instance) and made.symbol == value.symbol and made.arguments == value.arguments


def _leaves(value: Any, site: Site) -> Iterator[tuple[Any, Site]]:
    """The metrics inside a value, each with its own place where the value is written out there."""
    if isinstance(value, Mapping):
        parts, nodes = list(value.values()), _dict_nodes(site.node)
    elif isinstance(value, tuple):
        parts, nodes = list(value), _list_nodes(site.node)
    else:
        yield value, site
        return
    own = nodes is not None and len(nodes) == len(parts)
    for index, part in enumerate(parts):
        yield from _leaves(part, Site(site.unit, nodes[index]) if own and nodes is not None else site)


def _list_nodes(node: cst.CSTNode) -> list[cst.CSTNode] | None:
    if not isinstance(node, (cst.List, cst.Tuple)):
        return None
    if any(isinstance(element, cst.StarredElement) for element in node.elements):
        return None
    return [element.value for element in node.elements]


def _dict_nodes(node: cst.CSTNode) -> list[cst.CSTNode] | None:
    if not isinstance(node, cst.Dict):
        return None
    if any(isinstance(element, cst.StarredDictElement) for element in node.elements):
        return None
    return [element.value for element in node.elements]


# --- What a metric does with the labels -----------------------------------------------------------------------


def batch_sizes(event: Event, rows: int) -> frozenset[int] | None:
    """How many rows the batches of a call with ``rows`` rows have; ``None`` where that is not known."""
    if event.kind in {"train_on_batch", "test_on_batch"}:
        return frozenset({rows})
    if not event.complete or event.arguments.get("validation_split") not in (None, 0, 0.0):
        return None
    if event.arguments.get("steps_per_epoch") is not None or event.arguments.get("steps") is not None:
        return None
    size = event.arguments.get("batch_size")
    size = 32 if size is None else size
    if type(size) is not int or size < 1 or rows < 1:
        return None
    return frozenset({min(rows, size), rows % size or min(rows, size)})


def compared_row_by_row(labels: Shape, output: Shape, event: Event) -> bool:
    """Whether labels ``(n,)`` are compared with predictions ``(n, k)`` as they are, which TensorFlow refuses.

    The shapes ``(b,)`` and ``(b, k)`` of a batch go together only where ``b`` is 1 or ``k``.
    """
    if not isinstance(labels, tuple) or not isinstance(output, tuple) or len(labels) != 1 or len(output) != 2:
        return False
    rows, columns = labels[0], output[1]
    if not isinstance(rows, int) or not isinstance(columns, int) or columns < 2:
        return False
    sizes = batch_sizes(event, rows)
    return sizes is not None and any(size not in (1, columns) for size in sizes)
