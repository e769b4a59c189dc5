"""Findings as SARIF 2.1.0, which code scanning services and editors read.

Written by hand: the models of the format on PyPI are either old or bring a validator along that takes longer to
import than a check takes. The tests hold what is written here against the official schema.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kerascope import __version__
from kerascope.findings import Finding, Fix, Severity
from kerascope.report.checked import Checked, Problem, in_cell, region
from kerascope.report.fingerprints import Fingerprints
from kerascope.report.machine import rule_url
from kerascope.report.places import Place, Places, path_below
from kerascope.report.rules import find_rule, rule_page

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "note",
    Severity.HINT: "note",
}


def sarif_document(files: Sequence[Checked], problems: Sequence[Problem]) -> dict[str, Any]:
    """One run: the rules that found something, every file examined, the findings, and what could not be done."""
    names = {(finding.code, finding.name) for checked in files for finding in checked.findings}
    rules = {code: _rule(code, name) for code, name in sorted(names)}
    indexes = {code: index for index, code in enumerate(rules)}
    prints = Fingerprints()
    results = [
        _result(checked, finding, artifact, indexes[finding.code], prints)
        for artifact, checked in enumerate(files)
        for finding in checked.findings
    ]
    driver = {
        "name": "Kerascope",
        "version": __version__,
        "informationUri": "https://github.com/kerascope/kerascope",
        "rules": list(rules.values()),
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [
            {
                "executionSuccessful": not problems,
                "toolExecutionNotifications": [_notification(problem) for problem in problems],
            }
        ],
        "artifacts": [_artifact(checked) for checked in files],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, name: str) -> dict[str, Any]:
    rule: dict[str, Any] = {"id": code, "name": name, "helpUri": rule_url(code)}
    module = find_rule(code)
    if module is None:  # what the tool says of itself has no page
        return rule | {"shortDescription": {"text": name.replace("-", " ")}}
    title = inspect.cleandoc(module.__doc__ or "").partition("\n")[0]
    page = rule_page(module)
    return rule | {"shortDescription": {"text": title}, "help": {"text": page, "markdown": page}}


def _artifact(checked: Checked) -> dict[str, Any]:
    return {
        "location": _location(checked.path),
        "sourceLanguage": "python",
        "roles": ["analysisTarget"],
        "properties": {"keras": checked.keras},
    }


def _notification(problem: Problem) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": problem.reason},
        "locations": [{"physicalLocation": {"artifactLocation": _location(problem.path)}}],
    }


def _location(path: str) -> dict[str, Any]:
    """A file below the repository or the present folder relative to it; any other by its whole address."""
    relative = path_below(path, os.environ.get("GITHUB_WORKSPACE"))
    if Path(relative).is_absolute() or relative.startswith(".."):
        relative = path_below(path, os.getcwd())  # noqa: PTH109
    if Path(relative).is_absolute() or relative.startswith(".."):
        return {"uri": Path(os.path.abspath(path)).as_uri()}  # noqa: PTH100
    return {"uri": quote(os.fsencode(relative)), "uriBaseId": "%SRCROOT%"}


def _region(place: Place) -> dict[str, Any]:
    return {
        "startLine": place.start[0],
        "startColumn": place.start[1],
        "endLine": place.end[0],
        "endColumn": place.end[1],
    }


def _physical(checked: Checked, place: Place | None, path: str) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _location(path)}
    if place is None:
        return physical
    if place.cell is None:
        return physical | {"region": _region(place)}
    where = region(checked, place)
    if where is not None:
        physical["region"] = {"startLine": where.line, "endLine": where.end_line}
    return physical


def _result(
    checked: Checked, finding: Finding, artifact: int, rule: int, prints: Fingerprints
) -> dict[str, Any]:
    places = checked.places
    place = places.place(finding.span)
    physical = _physical(checked, place, checked.path)
    physical["artifactLocation"]["index"] = artifact
    uri = physical["artifactLocation"]["uri"]
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": in_cell(place) + finding.message},
        "locations": [{"physicalLocation": physical}],
        "partialFingerprints": {"kerascope/v1": prints.of(uri, finding.code, places.line_text(finding.span))},
        "properties": {"certainty": finding.certainty, "severity": finding.severity.value},
    }
    related = checked.related(finding)
    if related:
        result["relatedLocations"] = [
            {
                "id": number,
                "message": {"text": (in_cell(where) if where is not None else "") + message},
                "physicalLocation": _physical(checked, where, path),
            }
            for number, (message, path, where) in enumerate(related, start=1)
        ]
    # An edit of a notebook is one of a cell's text, which has no place in the file that a program could use.
    if finding.fixes and not checked.source.cells:
        result["fixes"] = [_fix(fix, places, checked.path) for fix in finding.fixes if fix.edits]
    return result


def _fix(fix: Fix, places: Places, path: str) -> dict[str, Any]:
    replacements = [
        {"deletedRegion": _region(places.place(edit.span)), "insertedContent": {"text": edit.text}}
        for edit in fix.edits
    ]
    return {
        "description": {"text": fix.title},
        "artifactChanges": [{"artifactLocation": _location(path), "replacements": replacements}],
        "properties": {"applicability": fix.applicability},
    }
