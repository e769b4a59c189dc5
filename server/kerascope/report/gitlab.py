"""Findings as GitLab shows them in a merge request: its Code Quality report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from kerascope.findings import Severity
from kerascope.report.checked import Checked, in_cell, region
from kerascope.report.fingerprints import Fingerprints
from kerascope.report.places import path_below

_SEVERITIES = {
    Severity.ERROR: "critical",
    Severity.WARNING: "major",
    Severity.INFORMATION: "minor",
    Severity.HINT: "info",
}


def gitlab_document(files: Sequence[Checked]) -> list[dict[str, Any]]:
    """One entry per finding, with paths from the root of the repository on where a pipeline says where that is."""
    entries: list[dict[str, Any]] = []
    prints = Fingerprints()
    for checked in files:
        path = path_below(checked.path, os.environ.get("CI_PROJECT_DIR"))
        places = checked.places
        for finding in checked.findings:
            place = places.place(finding.span)
            where = region(checked, place)
            lines = {"begin": where.line, "end": where.end_line} if where is not None else {"begin": 1}
            entries.append(
                {
                    "check_name": finding.code,
                    "description": f"{in_cell(place)}{finding.message}",
                    "severity": _SEVERITIES[finding.severity],
                    "fingerprint": prints.of(path, finding.code, places.line_text(finding.span)),
                    "location": {"path": path, "lines": lines},
                }
            )
    return entries
