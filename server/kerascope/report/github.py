"""Findings as annotations of a GitHub workflow run."""

from __future__ import annotations

from collections.abc import Sequence

from kerascope.engine.analysis import Analysis
from kerascope.findings import Finding, Severity
from kerascope.report.places import Places

_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "notice",
    Severity.HINT: "notice",
}


def _escape(text: str, *, in_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def github_lines(path: str, analysis: Analysis, findings: Sequence[Finding]) -> str:
    """One workflow command per finding. A notebook's lines are its cells', which GitHub cannot show: none is given."""
    places = Places(analysis.source)
    lines = []
    for finding in findings:
        place = places.place(finding.span)
        where = f"file={_escape(path, in_property=True)}"
        if place.cell is None:
            where += (
                f",line={place.start[0]},col={place.start[1]},endLine={place.end[0]},endColumn={place.end[1]}"
            )
        title = _escape(f"{finding.code} {finding.name}", in_property=True)
        lines.append(f"::{_LEVELS[finding.severity]} {where},title={title}::{_escape(finding.message)}\n")
    return "".join(lines)
