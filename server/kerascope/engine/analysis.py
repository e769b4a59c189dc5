"""One file from text to findings."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from kerascope.engine.options import Options
from kerascope.engine.versions import KerasVersion, version_for
from kerascope.findings import Certainty, Finding, Fix, Related, Severity
from kerascope.interp.interpreter import Interpretation, interpret
from kerascope.interp.machine import Facts, Modules
from kerascope.interp.memory import Memory
from kerascope.rules.base import Program, Report, Rule
from kerascope.rules.catalogue import rule_modules
from kerascope.syntax.units import Parsed, TreeCache, Unit, parse
from kerascope.text.lines import LineIndex
from kerascope.text.source import Source, Span


def _log_failure(message: str, *values: str) -> None:
    """Notes a bug of ours with its traceback; logging is imported once there is something to log."""
    import logging

    logging.getLogger("kerascope").exception(message, *values)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of one version of a file. ``timings_ms`` tells where the time went.

    ``reports`` tells which mistake of the program each finding speaks of, by its code and span.
    """

    source: Source
    parsed: Parsed
    version: KerasVersion
    interpretation: Interpretation | None
    findings: tuple[Finding, ...]
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    reports: Mapping[tuple[str, Span], Report] = field(default_factory=dict)


def analyse(
    source: Source,
    options: Options,
    *,
    cache: TreeCache | None = None,
    found: KerasVersion | None = None,
    modules: Modules | None = None,
    previous: Analysis | None = None,
    memory: Memory | None = None,
    facts: Facts | None = None,
) -> Analysis:
    """Reads, interprets and checks one file. Never raises for what the file says.

    ``found`` is the environment's Keras. ``memory`` holds what the last run of the same file found in each unit;
    ``cache`` must then be the same as well. ``previous`` is the last analysis of the same file: where a statement
    cannot be read at the moment, its last findings stay.
    """
    marks = [time.perf_counter()]
    parsed = parse(source, cache if cache is not None else TreeCache())
    marks.append(time.perf_counter())
    version = version_for(source, options.version, found)
    interpretation: Interpretation | None = None
    try:
        interpretation = interpret(parsed, version.major, modules=modules, memory=memory, facts=facts)
    except Exception:
        if memory is not None:
            memory.forget()
        # A bug of ours costs this file its findings, is logged once, and is no squiggle.
        _log_failure("%s: the interpretation failed", source.path)
    marks.append(time.perf_counter())
    findings: list[Finding] = []
    reports: dict[tuple[str, Span], Report] = {}
    if interpretation is not None:
        program = Program(parsed, interpretation, version.major, options.backend)
        findings = _check(program, options, reports)
    if previous is not None and any(unit.has_hole for unit in parsed.units):
        findings = _keep(findings, parsed, previous)
    findings = [finding for finding in findings if not _suppressed(finding, parsed)]
    findings.sort(key=lambda finding: (finding.span, finding.code))
    marks.append(time.perf_counter())
    names = ("syntax", "interp", "rules")
    timings = {name: (b - a) * 1e3 for name, a, b in zip(names, marks, marks[1:], strict=False)}
    return Analysis(source, parsed, version, interpretation, tuple(findings), timings, reports)


# --- Rules ------------------------------------------------------------------------------------------------


def _check(program: Program, options: Options, spoken_of: dict[tuple[str, Span], Report]) -> list[Finding]:
    reports: list[tuple[ModuleType, Report]] = []
    for module in rule_modules():
        rule: Rule = module.RULE
        if program.major not in rule.severity:
            continue
        try:
            reports += [
                (module, report) for report in module.check(program) if report.site.path == program.path
            ]
        except Exception:
            # One rule that fails leaves the others standing.
            _log_failure("%s: %s failed", program.path, rule.code)
    findings: dict[tuple[str, Span], Finding] = {}
    for module, report in _arbitrate(reports):
        finding = _finding(module, report, program, options)
        if finding is None or not options.reports(finding.code):
            continue
        key = (finding.code, finding.span)
        known = findings.get(key)
        if known is None or (known.certainty == "possible" and finding.certainty == "definite"):
            findings[key] = finding
            spoken_of[key] = report
    return list(findings.values())


def _arbitrate(reports: Sequence[tuple[ModuleType, Report]]) -> list[tuple[ModuleType, Report]]:
    """One mistake, one finding: a report gives way to one that supersedes it and speaks of the same thing."""
    kept = []
    for module, report in reports:
        gives_way = any(
            module.RULE.code in other.RULE.supersedes and report.subjects & winner.subjects
            for other, winner in reports
            if winner is not report
        )
        if not gives_way:
            kept.append((module, report))
    return kept


def _finding(module: ModuleType, report: Report, program: Program, options: Options) -> Finding | None:
    rule: Rule = module.RULE
    severity = report.severity or rule.severity[program.major]
    certainty: Certainty = "definite" if report.certain else "possible"
    if certainty == "possible":
        if not options.possible:
            return None
        severity = Severity.WARNING if severity is Severity.ERROR else severity
    if report.guarded and severity is Severity.ERROR:
        return None
    related = tuple(
        Related(message, site.span, None if site.path == program.path else site.path)
        for message, site in report.related
    )
    fixes: tuple[Fix, ...] = ()
    offer = getattr(module, "fixes", None)
    if offer is not None:
        try:
            fixes = tuple(fix for fix in offer(report, program) if _inside(fix, program))
        except Exception:
            _log_failure("%s: the fix of %s failed", program.path, rule.code)
    return Finding(
        rule.code, rule.name, severity, certainty, report.message, report.site.span, related, fixes,
        ("deprecated",) if rule.code.startswith("KL") and severity is Severity.HINT else (),
    )  # fmt: skip


def _inside(fix: Fix, program: Program) -> bool:
    """Edits stay within one file, and in a notebook within the cells that they begin in."""
    source = program.parsed.source
    for edit in fix.edits:
        if not 0 <= edit.span.start <= edit.span.stop <= len(source.text):
            return False
        cell = source.cell_at(edit.span.start)
        if cell is not None and not cell.span.contains(edit.span):
            return False
    return True


# --- Suppression and holes ----------------------------------------------------------------------------------


def _suppressed(finding: Finding, parsed: Parsed) -> bool:
    """Whether a comment on the finding's line, or on the first line of its statement, switches it off."""
    suppressions = parsed.suppressions
    if any(finding.code.startswith(prefix) for prefix in suppressions.whole_file):
        return True
    if not suppressions.at:
        return False
    index = LineIndex(parsed.source.text)
    lines = {index.position(finding.span.start)[0]} | _statement_lines(finding, parsed, index)
    return any(
        index.position(offset)[0] in lines and any(finding.code.startswith(prefix) for prefix in codes)
        for offset, codes in suppressions.at.items()
    )


def _statement_lines(finding: Finding, parsed: Parsed, index: LineIndex) -> set[int]:
    from kerascope.syntax.statements import statement_start_offset

    for unit in parsed.units:
        if unit.origin <= finding.span.start < unit.stop:
            return {index.position(statement_start_offset(unit, finding.span.start))[0]}
    return set()


def _keep(findings: list[Finding], parsed: Parsed, previous: Analysis) -> list[Finding]:
    """Findings while a statement cannot be read: what only that statement brings about or makes vanish is flicker.

    A finding stays, moved with the text, unless a statement that it speaks of was edited and reads well; a new one is
    taken only where such a statement has a part in it.
    """
    moved = _Movement(previous, parsed)
    fresh = {(finding.code, finding.span): finding for finding in findings}
    kept: dict[tuple[str, Span], Finding] = {}
    for finding in previous.findings:
        span = moved.span(finding.span)
        if span is None or (finding.code, span) in fresh:
            continue
        places = _own_spans(finding)
        if any(moved.was_edited(place) for place in places):
            continue
        related = tuple(
            Related(item.message, place, item.path)
            for item in finding.related
            if (place := item.span if item.path is not None else moved.span(item.span)) is not None
        )
        kept[finding.code, span] = replace(finding, span=span, related=related, fixes=())
    before = {(finding.code, moved.span(finding.span)) for finding in previous.findings}
    for key, finding in fresh.items():
        if key in before or any(moved.is_edited(place) for place in _own_spans(finding)):
            kept[key] = finding
    return list(kept.values())


def _own_spans(finding: Finding) -> list[Span]:
    """The places in the file itself that a finding speaks of."""
    return [finding.span, *(item.span for item in finding.related if item.path is None)]


class _Movement:
    """Where places of an earlier version are in a later one."""

    def __init__(self, previous: Analysis, parsed: Parsed) -> None:
        self.old_spans, self.new_spans = previous.parsed.spans, parsed.spans
        self.new_units = parsed.units
        self.matched = _match_units(previous.parsed.units, parsed.units)
        self.unedited = set(self.matched.values())
        old, new = previous.source.text, parsed.source.text
        self.before = _common_prefix(old, new)
        after = min(_common_suffix(old, new), len(old) - self.before, len(new) - self.before)
        self.shift = len(new) - len(old)
        self.tail = len(old) - after

    def was_edited(self, span: Span) -> bool:
        """Whether the statement that held ``span`` before reads otherwise now, and reads well."""
        if any(
            place.start <= span.start < place.stop and old in self.matched
            for old, place in enumerate(self.old_spans)
        ):
            return False
        now = self.span(span)
        return now is None or not any(
            unit.has_hole and place.start <= now.start < place.stop
            for unit, place in zip(self.new_units, self.new_spans, strict=True)
        )

    def is_edited(self, span: Span) -> bool:
        """Whether the statement that holds ``span`` now is one that did not stand there before, and reads well."""
        return any(
            place.start <= span.start < place.stop
            and not self.new_units[new].has_hole
            and new not in self.unedited
            for new, place in enumerate(self.new_spans)
        )

    def span(self, span: Span) -> Span | None:
        """The same text's place now; ``None`` where it was edited."""
        for old, place in enumerate(self.old_spans):
            if place.start <= span.start and span.stop <= place.stop and old in self.matched:
                return span.shift(self.new_spans[self.matched[old]].start - place.start)
        if span.stop <= self.before:
            return span
        return span.shift(self.shift) if span.start >= self.tail else None


def _match_units(old: Sequence[Unit], new: Sequence[Unit]) -> dict[int, int]:
    """Statements that stand unchanged: the index of each in the new version by that in the old one.

    Those before the first change and after the last one are matched in order; in between only a text that stands there
    once in both versions, for of two equal statements nobody can say which was edited.
    """
    first = 0
    while first < min(len(old), len(new)) and old[first].tree.digest == new[first].tree.digest:
        first += 1
    last = 0
    most = min(len(old), len(new)) - first
    while last < most and old[-1 - last].tree.digest == new[-1 - last].tree.digest:
        last += 1
    matched = {index: index for index in range(first)}
    matched.update({len(old) - 1 - back: len(new) - 1 - back for back in range(last)})
    before, after = (_once(units, first, len(units) - last) for units in (old, new))
    matched.update({index: after[digest] for digest, index in before.items() if digest in after})
    return matched


def _once(units: Sequence[Unit], start: int, stop: int) -> dict[bytes, int]:
    """The indices of those units from ``start`` to ``stop`` whose text no other of them has."""
    digests = [unit.tree.digest for unit in units[start:stop]]
    counts = Counter(digests)
    return {digest: start + place for place, digest in enumerate(digests) if counts[digest] == 1}


def _common_prefix(left: str, right: str) -> int:
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[:middle] == right[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_suffix(left: str, right: str) -> int:
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[len(left) - middle :] == right[len(right) - middle :]:
            low = middle
        else:
            high = middle - 1
    return low


def shown_values(analysis: Analysis) -> dict[str, Any]:
    """Figures of one analysis for a log line."""
    steps = analysis.interpretation.steps if analysis.interpretation is not None else 0
    return {**{name: round(value, 1) for name, value in analysis.timings_ms.items()}, "steps": steps}
