"""One file from text to findings."""

from __future__ import annotations

import bisect
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kerascope.engine.holes import keep
from kerascope.engine.judging import Judged, Judgements, judge, log_failure
from kerascope.engine.options import Options
from kerascope.engine.versions import KerasVersion, version_for
from kerascope.findings import Finding, Severity
from kerascope.interp.interpreter import Interpretation, interpret
from kerascope.interp.memory import Memory
from kerascope.interp.surroundings import Facts, Modules
from kerascope.rules.base import Program
from kerascope.syntax.units import Parsed, TreeCache, parse
from kerascope.text.lines import line_start
from kerascope.text.source import Source, Span


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
    program: Program | None = None
    judged: Mapping[tuple[str, Span], Judged] = field(default_factory=dict)

    def with_fixes(self, finding: Finding) -> Finding:
        """One of the findings with the fixes that its rule offers, whatever Keras has said of it since."""
        judged = self.judged.get((finding.code, finding.span))
        if (
            finding.fixes
            or judged is None
            or judged.finding.message != finding.message
            or self.program is None
        ):
            return finding
        return replace(finding, fixes=judged.with_fixes(self.program).fixes)


@dataclass(slots=True)
class History:
    """What is kept of the last version of one file, where versions follow one another."""

    memory: Memory = field(default_factory=Memory)
    judgements: Judgements = field(default_factory=Judgements)


def analyse(
    source: Source,
    options: Options,
    *,
    cache: TreeCache | None = None,
    found: KerasVersion | None = None,
    modules: Modules | None = None,
    previous: Analysis | None = None,
    history: History | None = None,
    with_fixes: bool = True,
    facts: Facts | None = None,
) -> Analysis:
    """Reads, interprets and checks one file. Never raises for what the file says.

    ``found`` is the environment's Keras. ``history`` holds what the last run of the same file found in each unit;
    ``cache`` must then be the same as well. ``previous`` is the last analysis of the same file: where a statement
    cannot be read at the moment, its last findings stay. Not ``with_fixes``, findings get theirs when they are asked.
    """
    marks = [time.perf_counter()]
    history = history if history is not None else History()
    parsed = parse(source, cache if cache is not None else TreeCache())
    marks.append(time.perf_counter())
    version = version_for(source, options.version, found)
    interpretation: Interpretation | None = None
    try:
        interpretation = interpret(parsed, version.major, modules=modules, memory=history.memory, facts=facts)
    except Exception:
        history.memory.forget()
        # A bug of ours costs this file its findings, is logged once, and is no squiggle.
        log_failure("%s: the interpretation failed", source.path)
    marks.append(time.perf_counter())
    program: Program | None = None
    judged: list[Judged] = []
    if interpretation is not None:
        words = history.judgements.words(parsed)
        program = Program(parsed, interpretation, version.major, options.backend, words)
        judged = judge(program, options, history.judgements)
    findings = [item.with_fixes(program) if with_fixes and program else item.finding for item in judged]
    if program is not None and options.possible and "argparse" in source.text:
        findings += _by_default(program, options, modules, facts, findings)
    if previous is not None and any(unit.has_hole for unit in parsed.units):
        findings = keep(findings, parsed, previous)
    findings = _unsuppressed(findings, parsed)
    findings.sort(key=lambda finding: (finding.span, finding.code))
    marks.append(time.perf_counter())
    names = ("syntax", "interp", "rules")
    timings = {name: (b - a) * 1e3 for name, a, b in zip(names, marks, marks[1:], strict=False)}
    by_place = {(item.finding.code, item.finding.span): item for item in judged}
    return Analysis(source, parsed, version, interpretation, tuple(findings), timings, program, by_place)


def _by_default(
    program: Program,
    options: Options,
    modules: Modules | None,
    facts: Facts | None,
    certain: Sequence[Finding],
) -> list[Finding]:
    """What holds of a run that is given nothing on its command line, beside what holds of every run."""
    try:
        assumed = interpret(
            program.parsed, program.major, modules=modules, facts=facts, assumes_defaults=True
        )
    except Exception:
        log_failure("%s: the interpretation with defaults failed", program.path)
        return []
    run = replace(program, interpretation=assumed)
    known = {(finding.code, finding.span) for finding in certain}
    found = []
    for item in judge(run, options, Judgements()):
        if (item.finding.code, item.finding.span) not in known:
            finding = item.with_fixes(run)
            severity = Severity.WARNING if finding.severity is Severity.ERROR else finding.severity
            found.append(replace(finding, certainty="possible", severity=severity))
    return found


def _unsuppressed(findings: list[Finding], parsed: Parsed) -> list[Finding]:
    """Those findings that no comment switches off, on their line or on the first line of their statement."""
    text, suppressions = parsed.source.text, parsed.suppressions
    if suppressions.whole_file:
        findings = [
            finding
            for finding in findings
            if not any(finding.code.startswith(prefix) for prefix in suppressions.whole_file)
        ]
    if not suppressions.at or not findings:
        return findings
    by_line: dict[int, frozenset[str]] = {}
    for offset, codes in suppressions.at.items():
        line = line_start(text, offset)
        by_line[line] = by_line.get(line, frozenset()) | codes
    return [finding for finding in findings if not _switched_off(finding, parsed, by_line)]


def _switched_off(finding: Finding, parsed: Parsed, by_line: Mapping[int, frozenset[str]]) -> bool:
    from kerascope.syntax.statements import statement_start_offset

    text, start = parsed.source.text, finding.span.start
    lines = {line_start(text, start)}
    units = parsed.units
    place = bisect.bisect_right(units, start, key=lambda unit: unit.origin) - 1
    if place >= 0:
        lines.add(line_start(text, statement_start_offset(units[place], start)))
    return any(finding.code.startswith(prefix) for line in lines for prefix in by_line.get(line, frozenset()))


def shown_values(analysis: Analysis) -> dict[str, Any]:
    """Figures of one analysis for a log line."""
    steps = analysis.interpretation.steps if analysis.interpretation is not None else 0
    return {**{name: round(value, 1) for name, value in analysis.timings_ms.items()}, "steps": steps}
