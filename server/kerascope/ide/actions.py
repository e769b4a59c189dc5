"""Quick fixes and fix-all, as edits of one program."""

from __future__ import annotations

from dataclasses import dataclass

from kerascope.engine.analysis import Analysis
from kerascope.engine.fixing import choose_edits
from kerascope.findings import Edit, Finding, Fix
from kerascope.text.source import Span


@dataclass(frozen=True, slots=True)
class QuickFix:
    """A fix of one finding; the first that a rule offers is preferred."""

    finding: Finding
    fix: Fix
    preferred: bool


def quick_fixes(analysis: Analysis, around: Span) -> list[QuickFix]:
    """The fixes of all findings that touch a range."""
    return [
        QuickFix(finding, fix, position == 0)
        for finding in analysis.findings
        if finding.span.start <= around.stop and around.start <= finding.span.stop
        for position, fix in enumerate(analysis.with_fixes(finding).fixes)
    ]


def fix_all(analysis: Analysis) -> tuple[Edit, ...]:
    """The edits of every safe fix that can be made at once."""
    edits, _ = choose_edits([analysis.with_fixes(finding) for finding in analysis.findings])
    return tuple(edits)
