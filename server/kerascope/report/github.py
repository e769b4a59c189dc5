"""Findings as annotations of a GitHub workflow run."""

from __future__ import annotations

import os
from collections.abc import Sequence

from kerascope.findings import Finding, Severity
from kerascope.report.checked import Checked, in_cell, region
from kerascope.report.places import Places, path_below

_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "notice",
    Severity.HINT: "notice",
}


def _escape(text: str, *, in_property: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if in_property else text


def github_text(files: Sequence[Checked]) -> str:
    """One workflow command per finding."""
    return "".join(_command(checked, checked.places, f) for checked in files for f in checked.findings)


def _command(checked: Checked, places: Places, finding: Finding) -> str:
    place = places.place(finding.span)
    where = region(checked, place)
    path = path_below(checked.path, os.environ.get("GITHUB_WORKSPACE"))
    properties: dict[str, object] = {"file": path}
    if where is not None:
        properties["line"] = where.line
        # GitHub takes columns only where what is marked lies within one line.
        in_one_line = where.column is not None and where.line == where.end_line
        if in_one_line:
            properties["col"] = where.column
        properties["endLine"] = where.end_line
        if in_one_line:
            properties["endColumn"] = where.end_column
    properties["title"] = f"{finding.code} {finding.name}"
    written = ",".join(f"{key}={_escape(str(value), in_property=True)}" for key, value in properties.items())
    return f"::{_LEVELS[finding.severity]} {written}::{_escape(in_cell(place) + finding.message)}\n"
