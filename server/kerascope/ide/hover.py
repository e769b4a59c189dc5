"""Hover: what a layer does to shapes, and what is known of data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import UNKNOWN, format_shape
from kerascope.engine.analysis import Analysis
from kerascope.findings import Finding
from kerascope.graph.nodes import Model, Nest, Tensor, flatten
from kerascope.graph.rows import node_params
from kerascope.ide.data import describe_data
from kerascope.text.source import Span


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown, and the range that it is about."""

    text: str
    span: Span


def hover_at(analysis: Analysis, offset: int) -> Hover | None:
    """What there is to say at an offset: about the layer or the data there, and what Keras says of errors there."""
    known = _known_at(analysis, offset)
    verified = [
        finding
        for finding in analysis.findings
        if finding.verified is not None and finding.span.start <= offset <= finding.span.stop
    ]
    if not verified:
        return known
    said = "\n\n".join(map(verified_text, verified))
    return Hover(said, verified[0].span) if known is None else Hover(f"{known.text}\n\n{said}", known.span)


def verified_text(finding: Finding) -> str:
    """``KC225 confirmed by Keras 3.15.1: Could not interpret metric identifier: acuracy``."""
    said = finding.verified
    assert said is not None
    ticks = "``" if "`" in said.message else "`"
    return f"**{finding.code}** confirmed by Keras {said.keras}: {ticks} {said.message} {ticks}"


def _known_at(analysis: Analysis, offset: int) -> Hover | None:
    """The innermost layer call around an offset, else the data assigned there."""
    if analysis.interpretation is None:
        return None
    trace = analysis.interpretation.trace
    best: tuple[Span, Any, Nest, Nest] | None = None
    for site, node, inputs, result in trace.calls:
        if site.path != analysis.source.path:
            continue
        span = site.span
        if span.start <= offset <= span.stop and (best is None or best[0].contains(span)):
            best = (span, node, inputs, result)
    data = _data_at(analysis, offset)
    if data is not None and (best is None or best[0].contains(data.span)):
        return data
    return None if best is None else Hover(_layer_text(analysis, *best[1:]), best[0])


def _shapes(nest: Nest) -> str:
    shapes = [format_shape(leaf.spec.shape) for leaf in flatten(nest) if isinstance(leaf, Tensor)]
    return ", ".join(shapes) if shapes else "?"


def _layer_text(analysis: Analysis, node: Any, inputs: Nest, result: Nest) -> str:
    assert analysis.interpretation is not None
    nodes = analysis.interpretation.nodes
    name = f" `{node.name}`" if isinstance(node.name, str) else ""
    lines = [f"**{node.class_name}**{name}", ""]
    arrow = (
        f"{_shapes(inputs)} → {_shapes(result)}" if any(True for _ in flatten(inputs)) else _shapes(result)
    )
    lines.append(f"`{arrow}`")
    count = node_params(nodes, node.id)
    if count is not UNKNOWN:
        lines += ["", f"{count:,} parameters{_frozen(nodes.get(node.id), nodes)}"]
    return "\n".join(lines)


def _frozen(node: Any, nodes: Any) -> str:
    """How many of a layer's parameters do not train, where some do not."""
    if node is None or isinstance(node, Model) or not node.weights:
        return ""
    sizes = [(weight.size, weight.trainable) for weight in node.weights]
    if node.trainable is False:
        return ", none of them trained"
    still = sum(size for size, trains in sizes if not trains and isinstance(size, int))
    return f", {still:,} of them not trained" if still else ""


def _data_at(analysis: Analysis, offset: int) -> Hover | None:
    assert analysis.interpretation is not None
    for site, data in analysis.interpretation.trace.arrays.values():
        if site.path == analysis.source.path:
            span = site.span
            if span.start <= offset <= span.stop:
                return Hover(describe_data(data), span)
    return None
