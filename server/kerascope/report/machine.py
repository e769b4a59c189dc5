"""JSON of ``check`` and ``summary``, as ``docs/interface.md`` has it."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Sequence
from typing import Any

from kerascope import __version__
from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.engine.analysis import Analysis
from kerascope.findings import Finding, Severity
from kerascope.graph.rows import Row, Table
from kerascope.report.places import Place, Places
from kerascope.report.tables import Summary, final_models, summaries
from kerascope.text.source import Span

RULE_PAGE = "https://github.com/kerascope/kerascope/blob/main/docs/rules/{code}.md"


def rule_url(code: str) -> str:
    """The address of a rule's page."""
    return RULE_PAGE.format(code=code)


def _range(place: Place) -> dict[str, Any]:
    return {
        "start": {"line": place.start[0], "column": place.start[1]},
        "end": {"line": place.end[0], "column": place.end[1]},
    }


def _finding(finding: Finding, places: Places, path: str) -> dict[str, Any]:
    place = places.place(finding.span)

    def located(span: Span) -> dict[str, Any]:
        there = places.place(span)
        return {"cell": there.cell, "range": _range(there)}

    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "certainty": finding.certainty,
        "message": finding.message,
        "url": rule_url(finding.code),
        "cell": place.cell,
        "range": _range(place),
        "related": [
            {"message": item.message, "path": item.path or path, **located(item.span)}
            for item in finding.related
        ],
        "fixes": [
            {
                "title": fix.title,
                "applicability": fix.applicability,
                "edits": [{**located(edit.span), "text": edit.text} for edit in fix.edits],
            }
            for fix in finding.fixes
        ],
        "verified": None,
    }


def check_document(analyses: Sequence[tuple[str, Analysis, Sequence[Finding]]]) -> dict[str, Any]:
    """The document that ``check --output-format json`` prints."""
    counts: collections.Counter[Severity] = collections.Counter()
    files = []
    for path, analysis, findings in analyses:
        places = Places(analysis.source)
        counts.update(finding.severity for finding in findings)
        files.append(
            {
                "path": path,
                "keras": analysis.version.text,
                "findings": [_finding(finding, places, path) for finding in findings],
            }
        )
    return {
        "kerascope": __version__,
        "files": files,
        "counts": {severity.value: counts[severity] for severity in Severity},
    }


# --- Summaries ----------------------------------------------------------------------------------------------


def _plain(value: Any) -> Any:
    """A shape, a count, or a nest of shapes, with ``"?"`` for what is not known."""
    if value is UNKNOWN or value is UNRANKED:
        return "?"
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    return value


def _row(row: Row, places: Places, path: str) -> dict[str, Any]:
    own = row.site.path == path
    return {
        "name": _plain(row.name),
        "class": row.class_name,
        "output_shape": _plain(row.output_shape),
        "params": _plain(row.params),
        "line": places.place(row.site.span).start[0] if own else None,
        "inbound": [_plain(name) for name in row.inbound],
    }


def _model(printed: Table, places: Places, path: str) -> dict[str, Any]:
    return {
        "name": None if printed.name is UNKNOWN else printed.name,
        "kind": printed.kind,
        "complete": printed.complete,
        "layers": [_row(row, places, path) for row in printed.rows],
        "total_params": _plain(printed.total),
        "trainable_params": _plain(printed.trainable),
        "non_trainable_params": _plain(printed.non_trainable),
    }


def _entry(summary: Summary, places: Places, path: str) -> dict[str, Any]:
    place = places.place(summary.span)
    return {
        "line": place.start[0],
        "cell": place.cell,
        "variable": summary.variable,
        **_model(summary.table, places, path),
    }


def summary_document(analyses: Iterable[tuple[str, Analysis]]) -> dict[str, Any]:
    """The document that ``summary --output-format json`` prints."""
    files = []
    for path, analysis in analyses:
        places = Places(analysis.source)
        source_path = analysis.source.path
        files.append(
            {
                "path": path,
                "summaries": [_entry(summary, places, source_path) for summary in summaries(analysis)],
                "models": [_entry(summary, places, source_path) for summary in final_models(analysis)],
            }
        )
    return {"files": files}
