"""What ``kerascope verify`` prints: findings with the word of real Keras on each, and on each of their fixes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from kerascope.engine.trials import UNDECIDED, Tried
from kerascope.findings import Finding, Severity
from kerascope.report.checked import Checked
from kerascope.report.machine import check_document
from kerascope.report.text import Painter, findings_text, totals_text


@dataclass(frozen=True)
class Verified:
    """A file that was checked, and what became of its findings before real Keras."""

    checked: Checked
    tried: Tried


def verified_text(files: Sequence[Verified], painter: Painter, width: int) -> str:
    """A block for each finding, with what Keras says of it and of its fixes; the totals last."""
    blocks = [
        block
        for file in files
        for finding in sorted((*file.checked.findings, *file.tried.withheld), key=lambda item: item.span)
        for block in (_block(file, finding, painter, width),)
    ]
    findings = [finding for file in files for finding in file.checked.findings]
    return "".join(blocks) + totals_text(findings, len(files)) + "\n" + _totals(files)


def _block(file: Verified, finding: Finding, painter: Painter, width: int) -> str:
    written = findings_text(replace(file.checked, findings=(finding,)), painter, width).rstrip("\n")
    lines = [written, *_said(file.tried, finding, painter, width)]
    for fix in finding.fixes:
        trial = file.tried.fixes.get(fix, UNDECIDED)
        if trial.outcome == "agrees":
            lines.append(
                f"  {painter.paint('agrees', '32')}: Keras {file.tried.keras} runs it with “{fix.title}”"
            )
        elif trial.outcome == "disagrees":
            lines += _wrapped(
                f"{painter.paint('disagrees', '31')}: with “{fix.title}”, {trial.message}", width
            )
    return "\n".join(lines) + "\n\n"


def _said(tried: Tried, finding: Finding, painter: Painter, width: int) -> list[str]:
    if finding in tried.withheld:
        text = (
            f"{painter.paint('disagrees', '31')}: Keras {tried.keras} does not raise; the finding is withheld"
        )
        return _wrapped(text, width)
    if finding.verified is not None:
        said = finding.verified
        return _wrapped(
            f"{painter.paint('agrees', '32')}: Keras {said.keras} ({said.stage}): {said.message}", width
        )
    if finding.severity is Severity.ERROR and tried.missing is None:
        return ["  not tried: it cannot be put to Keras, or only in part"]
    return []


def _wrapped(text: str, width: int) -> list[str]:
    lines = textwrap.wrap(text, max(40, width - 2), break_long_words=False)
    return [f"  {line}" for line in lines]


def _totals(files: Sequence[Verified]) -> str:
    """How many errors and fixes there were, and of how many Keras says what."""
    errors = [
        finding
        for file in files
        for finding in (*file.checked.findings, *file.tried.withheld)
        if finding.severity is Severity.ERROR
    ]
    confirmed = sum(finding.verified is not None for finding in errors)
    withheld = sum(len(file.tried.withheld) for file in files)
    trials = [trial.outcome for file in files for trial in file.tried.fixes.values()]
    return (
        f"tried on Keras: of {len(errors)} error{'s' if len(errors) != 1 else ''} it agrees with {confirmed} and "
        f"disagrees with {withheld}; of {len(trials)} fix{'es' if len(trials) != 1 else ''} with "
        f"{trials.count('agrees')} and {trials.count('disagrees')}\n"
    )


def verified_document(files: Sequence[Verified]) -> dict[str, Any]:
    """The document of ``check``; beside it each fix says whether Keras agrees, and each file what was withheld."""
    document = check_document([file.checked for file in files])
    withheld = check_document([replace(file.checked, findings=file.tried.withheld) for file in files])
    for file, entry, other in zip(files, document["files"], withheld["files"], strict=True):
        entry["withheld"] = other["findings"]
        entry["tried"] = None if file.tried.missing is not None else {"keras": file.tried.keras}
        for finding, told in zip(file.checked.findings, entry["findings"], strict=True):
            for fix, written in zip(finding.fixes, told["fixes"], strict=True):
                trial = file.tried.fixes.get(fix, UNDECIDED)
                written["verified"] = {"outcome": trial.outcome, "message": trial.message or None}
    return document
