"""JSON of ``check`` and ``summary``, as ``docs/interface.md`` has it."""

from __future__ import annotations

import collections
import dataclasses
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from kerascope import __version__
from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.engine.analysis import Analysis
from kerascope.findings import Finding, Severity
from kerascope.graph.rows import Row, Table
from kerascope.report.checked import Checked
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


def _finding(checked: Checked, finding: Finding, places: Places) -> dict[str, Any]:
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
            {"message": message, "path": path, "cell": there.cell, "range": _range(there)}
            for message, path, place in checked.related(finding)
            if (there := place or _BEGINNING)
        ],
        "fixes": [
            {
                "title": fix.title,
                "applicability": fix.applicability,
                "edits": [{**located(edit.span), "text": edit.text} for edit in fix.edits],
            }
            for fix in finding.fixes
        ],
        "verified": None if finding.verified is None else dataclasses.asdict(finding.verified),
    }


_BEGINNING = Place(None, (1, 1), (1, 1))


def check_document(files: Sequence[Checked]) -> dict[str, Any]:
    """The document that ``check --output-format json`` prints."""
    counts: collections.Counter[Severity] = collections.Counter()
    listed = []
    for checked in files:
        places = checked.places
        counts.update(finding.severity for finding in checked.findings)
        listed.append(
            {
                "path": checked.path,
                "keras": checked.keras,
                "findings": [_finding(checked, finding, places) for finding in checked.findings],
            }
        )
    return {
        "kerascope": __version__,
        "files": listed,
        "counts": {severity.value: counts[severity] for severity in Severity},
    }


_SURROGATE = re.compile("[\ud800-\udfff]")


def json_text(document: Any, *, ascii_only: bool = False) -> str:
    """A document as JSON that any encoding can hold which holds its text: a lone surrogate is always escaped."""
    text = json.dumps(document, ensure_ascii=ascii_only, indent=1)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


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


def summary_entry(path: str, analysis: Analysis) -> dict[str, Any]:
    """What ``summary --output-format json`` prints of one file."""
    places = Places(analysis.source)
    source_path = analysis.source.path
    return {
        "path": path,
        "summaries": [_entry(summary, places, source_path) for summary in summaries(analysis)],
        "models": [_entry(summary, places, source_path) for summary in final_models(analysis)],
    }


def summary_document(analyses: Iterable[tuple[str, Analysis]]) -> dict[str, Any]:
    """The document that ``summary --output-format json`` prints."""
    return {"files": [summary_entry(path, analysis) for path, analysis in analyses]}
