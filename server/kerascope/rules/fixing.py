"""What the fixes of several rules share: the loss or the metric that a program most likely means."""

from __future__ import annotations

import libcst as cst

from kerascope.domain.shapes import Tri
from kerascope.domain.specs import ArraySpec, Instance
from kerascope.findings import Edit
from kerascope.graph.losses import BINARY, CATEGORICAL, SPARSE, loss_accepts
from kerascope.graph.metrics import WrittenMetric, metric_class
from kerascope.graph.nodes import ModelGraph
from kerascope.graph.queries import last_axis, output_activation, softmax_axis
from kerascope.rules.base import Program
from kerascope.syntax.edits import is_string, quoted_like, replace, text_of
from kerascope.syntax.units import Site


def called(site: Site) -> Site:
    """The part of a call before its brackets: ``model.compile``."""
    return Site(site.unit, site.node.func) if isinstance(site.node, cst.Call) else site


def likely_loss(graph: ModelGraph, labels: ArraySpec | None, major: int) -> str | None:
    """The loss that an output and its labels ask for; ``None`` where they leave a choice."""
    activation = output_activation(graph)
    if activation is None:
        return None
    shape, units = activation.output.spec.shape, last_axis(activation.output)
    known = labels.shape if labels is not None else None
    if activation.name == "sigmoid":
        binary = labels is None or (labels.facts.lo in (0, None) and labels.facts.hi in (1, None))
        if binary and (known is None or loss_accepts(BINARY, known, shape, major) is Tri.YES):
            return BINARY
    if softmax_axis(activation) == -1 and units is not None and units > 1 and labels is not None:
        if labels.facts.integral is Tri.YES and loss_accepts(SPARSE, labels.shape, shape, major) is Tri.YES:
            return SPARSE
        if loss_accepts(CATEGORICAL, labels.shape, shape, major) is Tri.YES:
            return CATEGORICAL
    if activation.name == "linear" and units == 1 and isinstance(shape, tuple) and len(shape) == 2:
        fits = known is None or (isinstance(known, tuple) and (len(known) == 1 or known[1:] == (1,)))
        return "mse" if fits else None
    return None


def other_metric(program: Program, metric: WrittenMetric, name: str) -> Edit | None:
    """The edit that puts another metric, ``sparse_categorical_accuracy``, in the place of one.

    A string becomes a string, a call of a class the call of another with the same arguments, as far as both take them.
    """
    site, wanted = metric.site, metric_class(name)
    if is_string(site):
        return replace(site, quoted_like(site, name))
    if isinstance(metric.value, Instance) and isinstance(site.node, cst.Call) and wanted is not None:
        written = _sibling(program, site, wanted)
        known = {"name", "dtype", *(("k",) if wanted.startswith("SparseTopK") else ())}
        if written is not None and set(metric.value.arguments) <= known:
            return replace(Site(site.unit, site.node.func), written)
    # The string has the same parameters that the class has by default.
    if metric.direct and isinstance(metric.value, Instance) and not metric.value.arguments:
        return replace(site, quoted_like(site, name))
    return None


def _sibling(program: Program, call: Site, name: str) -> str | None:
    """How the program writes another metric's class: ``tf.keras.metrics.X`` beside ``tf.keras.metrics.Y(…)``."""
    func = call.node.func if isinstance(call.node, cst.Call) else None
    if isinstance(func, cst.Attribute):
        return f"{text_of(Site(call.unit, func.value))}.{name}"
    return program.name_for(f"keras.metrics.{name}")
