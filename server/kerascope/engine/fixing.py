"""Fixes applied to a whole file, until nothing more can be mended."""

from __future__ import annotations

import ast
import bisect
import builtins
import functools
import itertools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kerascope.engine.analysis import Analysis
from kerascope.engine.reading import edited_content, source_from
from kerascope.findings import Edit, Finding, Fix
from kerascope.syntax.units import Parsed, TreeCache, parse
from kerascope.text.source import Source, Span

MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Fixed:
    """A file's text after fixes, how many were made, and what there is to say of it before and after."""

    text: str
    made: int
    analysis: Analysis
    before: Analysis


# --- The choice -------------------------------------------------------------------------------------------


def choose_edits(findings: Sequence[Finding], *, unsafe: bool = False) -> tuple[list[Edit], int]:
    """The edits of each finding's first fix that may be applied, those that touch one another left for later."""
    fixes = _choose(findings, unsafe)
    return [edit for fix in fixes for edit in fix.edits], len(fixes)


def _choose(findings: Sequence[Finding], unsafe: bool) -> list[Fix]:
    chosen: list[Fix] = []
    taken: list[Span] = []  # in order; those of one fix may touch one another, those of two do not
    for finding in findings:
        fix = _applicable(finding, unsafe)
        if (
            fix is None
            or not fix.edits
            or _overlap(fix.edits)
            or any(_touches(edit.span, taken) for edit in fix.edits)
        ):
            continue
        chosen.append(fix)
        for edit in fix.edits:
            bisect.insort(taken, edit.span)
    return chosen


def _applicable(finding: Finding, unsafe: bool) -> Fix | None:
    # What holds on some path only is no certain mistake, so that no fix of it is safe on the others.
    certain = finding.certainty == "definite"
    allowed = {"safe", "unsafe"} if unsafe else {"safe"} if certain else set()
    return next((fix for fix in finding.fixes if fix.applicability in allowed), None)


def _overlap(edits: Sequence[Edit]) -> bool:
    spans = sorted(edit.span for edit in edits)
    return any(left.stop > right.start for left, right in itertools.pairwise(spans))


def _touches(span: Span, taken: Sequence[Span]) -> bool:
    """Whether ``span`` shares an offset or an end with one of the spans, which are in order."""
    before = bisect.bisect_right(taken, span.stop, key=lambda other: other.start) - 1
    return before >= 0 and taken[before].stop >= span.start


# --- Rounds -----------------------------------------------------------------------------------------------


def fix_text(path: str, text: str, analyse: Callable[[Source], Analysis], *, unsafe: bool = False) -> Fixed:
    """Applies fixes round by round. Fixes that would leave text that Python cannot read are not made."""
    analysis = before = analyse(source_from(path, text))
    made = 0
    for _ in range(MOST_ROUNDS):
        fixes = _choose(analysis.findings, unsafe)
        sound = _Soundness(path, text, analysis.parsed)
        fixes = sound.part(fixes) if fixes else []
        if not fixes:
            break
        text = sound.edited(fixes)
        analysis = analyse(source_from(path, text))
        made += len(fixes)
    return Fixed(text, made, analysis, before)


class _Soundness:
    """Whether a program can be read as well as before with some fixes made."""

    def __init__(self, path: str, text: str, parsed: Parsed) -> None:
        self.path, self.text, self.parsed = path, text, parsed

    @functools.cached_property
    def _compiled(self) -> bool:
        """Whether Python reads the program as it is."""
        source = self.parsed.source
        return not self.parsed.holes and compiles(source.text, cells=bool(source.cells))

    def edited(self, fixes: Sequence[Fix]) -> str:
        """The file's text with the fixes made."""
        return edited_content(self.parsed.source, self.text, [edit for fix in fixes for edit in fix.edits])

    def part(self, fixes: list[Fix]) -> list[Fix]:
        """As many of the fixes as can be made together; one that spoils the program costs the others nothing."""
        if not fixes or self._reads(fixes):
            return fixes
        if len(fixes) == 1:
            return []
        half = len(fixes) // 2
        first, second = self.part(fixes[:half]), self.part(fixes[half:])
        both = [*first, *second]
        return both if not first or not second or self._reads(both) else first

    def _reads(self, fixes: Sequence[Fix]) -> bool:
        after = source_from(self.path, self.edited(fixes))
        if self._compiled:
            return compiles(after.text, cells=bool(after.cells))
        # Python refused the program before: then no statement more of it may be lost, and none more refused.
        parsed = parse(after, TreeCache())
        refused, refused_before = _refused(parsed, self.parsed), _refused(self.parsed, parsed)
        return _damage(parsed) <= _damage(self.parsed) and refused <= refused_before


def _damage(parsed: Parsed) -> int:
    """How much of a program cannot be read: faults, and the stretches blanked for them."""
    return len(parsed.faults) + len(parsed.holes)


def _refused(parsed: Parsed, other: Parsed) -> int:
    """How many statements Python refuses of those that ``other`` has not."""
    known = {unit.tree.digest for unit in other.units}
    return sum(
        unit.tree.digest not in known and not compiles(unit.tree.text, cells=True) for unit in parsed.units
    )


def compiles(text: str, *, cells: bool) -> bool:
    """Whether Python compiles a program, which is then thrown away: nothing of it is ever run.

    The compiler refuses what the parser lets pass, such as an argument that is given twice. Where the program is
    made of a notebook's ``cells``, it may await at its top level.
    """
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if cells else 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            builtins.compile(text, "<program>", "exec", flags=flags, dont_inherit=True)
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
            return False
    return True
