"""Fixes applied to a whole file, until nothing more can be mended."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kerascope.engine.analysis import Analysis
from kerascope.engine.reading import edited_content, source_from
from kerascope.findings import Edit, Finding, Fix
from kerascope.text.source import Source, Span

MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Fixed:
    """A file's text after fixes, how many were made, and what is left to say of it."""

    text: str
    made: int
    analysis: Analysis


def choose_edits(findings: Sequence[Finding], *, unsafe: bool = False) -> tuple[list[Edit], int]:
    """The edits of each finding's first fix that may be applied, those that touch one another left for later."""
    edits: list[Edit] = []
    taken: list[Span] = []
    count = 0
    for finding in findings:
        chosen = _applicable(finding, unsafe)
        if chosen is None or any(_touches(edit.span, span) for edit in chosen.edits for span in taken):
            continue
        edits += chosen.edits
        taken += [edit.span for edit in chosen.edits]
        count += 1
    return edits, count


def _applicable(finding: Finding, unsafe: bool) -> Fix | None:
    allowed = {"safe", "unsafe"} if unsafe else {"safe"}
    return next((fix for fix in finding.fixes if fix.applicability in allowed), None)


def _touches(left: Span, right: Span) -> bool:
    return left.start <= right.stop and right.start <= left.stop


def fix_text(path: str, text: str, analyse: Callable[[Source], Analysis], *, unsafe: bool = False) -> Fixed:
    """Applies fixes round by round. A round that would leave text that does not parse is not made."""
    analysis = analyse(source_from(path, text))
    made = 0
    for _ in range(MOST_ROUNDS):
        edits, count = choose_edits(analysis.findings, unsafe=unsafe)
        if not edits:
            break
        candidate = edited_content(analysis.source, text, edits)
        after = analyse(source_from(path, candidate))
        if len(after.parsed.faults) > len(analysis.parsed.faults) or not _parses(
            analysis.source, after.source
        ):
            break
        text, analysis, made = candidate, after, made + count
    return Fixed(text, made, analysis)


def _damage(analysis: Analysis) -> int:
    """How much of a program cannot be read: statements that do not parse, counted once for each stretch blanked."""
    return len(analysis.parsed.faults) + len(analysis.parsed.holes)


def _parses(before: Source, after: Source) -> bool:
    """Whether Python itself still reads the program, if it did before."""
    try:
        ast.parse(before.text)
    except (SyntaxError, ValueError, RecursionError):
        return True
    try:
        ast.parse(after.text)
    except (SyntaxError, ValueError, RecursionError):
        return False
    return True
