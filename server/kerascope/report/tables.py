"""The tables that a program prints: one per ``summary()`` call, and every model as it stands at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, format_shape
from kerascope.engine.analysis import Analysis
from kerascope.graph.rows import Row, Table, table
from kerascope.text.source import Span


@dataclass(frozen=True, slots=True)
class Summary:
    """A table, and where it is printed or where its model is made."""

    table: Table
    span: Span
    variable: str | None


def summaries(analysis: Analysis) -> list[Summary]:
    """One per ``.summary()`` call that is reached, in order."""
    if analysis.interpretation is None:
        return []
    return [
        Summary(table(event.graph, analysis.version.major), event.top.span, event.variable)
        for event in analysis.interpretation.trace.events
        if event.kind == "summary" and event.reached and event.top.path == analysis.source.path
    ]


def final_models(analysis: Analysis) -> list[Summary]:
    """Every model that the file makes, in the order in which they are made."""
    if analysis.interpretation is None:
        return []
    return [
        Summary(table(model.graph, analysis.version.major), model.graph.model.site.span, model.variable)
        for model in analysis.interpretation.models
        if model.graph.model.site.path == analysis.source.path
    ]


def shown_shape(shape: Any) -> str:
    """A shape or a nest of shapes as Keras prints it."""
    if shape is UNRANKED:
        return "?"
    if isinstance(shape, tuple) and all(
        side is None or side is UNKNOWN or isinstance(side, int) for side in shape
    ):
        return format_shape(shape)
    if isinstance(shape, tuple):
        return "[" + ", ".join(shown_shape(part) for part in shape) + "]"
    if isinstance(shape, dict):
        return "{" + ", ".join(f"{key}: {shown_shape(part)}" for key, part in shape.items()) + "}"
    return "?"


def _number(count: Any) -> str:
    return f"{count:,}" if isinstance(count, int) else "?"


def _cells(row: Row) -> tuple[str, str, str]:
    name = row.name if isinstance(row.name, str) else "?"
    return f"{name} ({row.class_name})", shown_shape(row.output_shape), _number(row.params)


def summary_text(printed: Table) -> str:
    """A table as text, like the one Keras prints."""
    cells = [("Layer (type)", "Output shape", "Param #"), *(_cells(row) for row in printed.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(3)]
    rule = "─" * (sum(widths) + 6)
    lines = [f'Model: "{printed.name if isinstance(printed.name, str) else "?"}" ({printed.kind})', rule]
    for position, (name, shape, params) in enumerate(cells):
        lines.append(f" {name:<{widths[0]}}  {shape:<{widths[1]}}  {params:>{widths[2]}} ".rstrip())
        if position == 0:
            lines.append(rule)
    lines += [
        rule,
        f" Total params: {_number(printed.total)}",
        f" Trainable params: {_number(printed.trainable)}",
        f" Non-trainable params: {_number(printed.non_trainable)}",
    ]
    if not printed.complete:
        lines.append(" Not all of this model could be read without running it.")
    return "\n".join(lines)
