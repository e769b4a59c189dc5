"""Inlay hints: the output shape behind every layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import UNRANKED, Shape, format_shape, join_shapes
from kerascope.engine.analysis import Analysis
from kerascope.graph.nodes import Node, Tensor, flatten
from kerascope.syntax.edits import is_call
from kerascope.syntax.units import Site
from kerascope.text.source import Span


@dataclass(frozen=True, slots=True)
class Hint:
    """Text to show at an offset, and what to say when somebody points at it."""

    offset: int
    label: str
    tooltip: str


def shape_hints(analysis: Analysis, within: Span | None = None) -> list[Hint]:
    """One hint per place where a layer is called; a place that is run several times shows what all runs share."""
    if analysis.interpretation is None:
        return []
    shapes: dict[int, tuple[Shape | None, str]] = {}
    text = analysis.source.text
    for site, node, _, result in analysis.interpretation.trace.calls:
        if site.path != analysis.source.path or _is_implied_input(site, node):
            continue
        offset = _after(text, site.span)
        if within is not None and not within.start <= offset <= within.stop:
            continue
        shape = _single_shape(result)
        name = node.class_name
        if offset in shapes:
            known, name = shapes[offset]
            shape = None if known is None or shape is None else join_shapes(known, shape)
        shapes[offset] = (shape, name)
    return [
        Hint(offset, format_shape(shape), f"The output of this `{name}`, batch axis first.")
        for offset, (shape, name) in sorted(shapes.items())
        if shape is not None and shape is not UNRANKED
    ]


def _is_implied_input(site: Site, node: Node) -> bool:
    """Whether this is the input layer that an ``input_shape`` argument brings: its shape stands there already."""
    return node.class_name == "InputLayer" and not is_call(site)


def _after(text: str, span: Span) -> int:
    """Behind the call, and behind the comma that follows it at once."""
    return span.stop + 1 if text[span.stop : span.stop + 1] == "," else span.stop


def _single_shape(result: Any) -> Shape | None:
    tensors = [leaf for leaf in flatten(result) if isinstance(leaf, Tensor)]
    return tensors[0].spec.shape if tensors else None
