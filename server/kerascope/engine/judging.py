"""What the rules say of a program: reports, and findings of them.

A rule goes through the faults, the layers or the events of a program one by one. What it said of those that an edit
left alone still holds, so that only the others are judged again.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence, Sized
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, TypeAlias

from kerascope.engine.options import Options
from kerascope.findings import Certainty, Finding, Fix, Related, Severity
from kerascope.graph.nodes import Event
from kerascope.interp.records import Record
from kerascope.interp.trace import Trace
from kerascope.rules.base import LooksAt, Program, Report, Rule, Words
from kerascope.rules.catalogue import rule_modules
from kerascope.syntax.units import Parsed, Unit
from kerascope.text.source import Span

Said: TypeAlias = tuple[int, ModuleType, Report]
"""A report, with the rule that made it and that rule's place in the catalogue."""


_SAID = "said"
"""Under which a run's notes keep what is said of it, with what that depends on."""


def log_failure(message: str, *values: str) -> None:
    """Notes a bug of ours with its traceback; logging is imported once there is something to log."""
    import logging

    logging.getLogger("kerascope").exception(message, *values)


class Judgements:
    """What rules said of the last version of one file, by what they were given. It belongs to one thread."""

    def __init__(self) -> None:
        self._words: Words | None = None
        self._units: tuple[Unit, ...] = ()
        self._circumstances: Any = None
        self._validity = object()
        self._of_models: dict[int, tuple[list[Event], list[Said]]] = {}

    def words(self, parsed: Parsed) -> Words:
        """The words of a version, found in what was edited if the last version is known."""
        change, text = parsed.change, parsed.source.text
        if self._words is None or change is None or change.before is not self._units:
            return Words(text)
        return self._words.after_edit(text, change.lines)

    def reports(self, program: Program) -> list[tuple[ModuleType, Report]]:
        """All that the rules say of a program, in the order of the catalogue."""
        self._begin(program)
        interpretation = program.interpretation
        said: list[Said] = []
        for record in interpretation.records:
            said += self._said_of(program, record)
        if interpretation.rest is not None:
            said += _judge_trace(program, interpretation.rest)
        events: dict[int, list[Event]] = {}
        for event in interpretation.events:
            events.setdefault(event.graph.model.id, []).append(event)
        of_models: dict[int, tuple[list[Event], list[Said]]] = {}
        for model_id, those in events.items():
            before = self._of_models.get(model_id)
            if before is None or not _same_events(before[0], those):
                before = those, _judge_events(program, those)
            of_models[model_id] = before
            said += before[1]
        self._of_models = of_models
        said += _judge(program, _rules_that_look_at("program", program.major))
        said.sort(key=lambda item: item[0])
        return [(module, report) for _, module, report in said]

    def _said_of(self, program: Program, record: Record) -> list[Said]:
        """What is said of one run, and noted with it, so that it holds as long as the run does."""
        known: tuple[object, list[Said]] | None = record.notes.get(_SAID)
        if known is not None and known[0] is self._validity:
            return known[1]
        if record.members:
            said = [item for member in record.members for item in self._said_of(program, member)]
        else:
            said = _judge_trace(program, record.trace)
        record.notes[_SAID] = self._validity, said
        return said

    def _begin(self, program: Program) -> None:
        """Forgets what was said under other circumstances: another Keras, other imports, a word that came or went."""
        imports = tuple(unit.tree.digest for unit in program.parsed.units if unit.tree.imports)
        circumstances = (program.path, program.major, program.backend, imports)
        known = self._words.known if self._words is not None else {}
        if circumstances != self._circumstances or not known.items() <= program.words.known.items():
            self._validity, self._of_models = object(), {}
        self._circumstances, self._words = circumstances, program.words
        self._units = program.parsed.units


def _same_events(left: list[Event], right: list[Event]) -> bool:
    return len(left) == len(right) and all(a is b for a, b in zip(left, right, strict=True))


@functools.cache
def _rules_that_look_at(what: LooksAt, major: int) -> tuple[tuple[int, ModuleType], ...]:
    return tuple(
        (place, module)
        for place, module in enumerate(rule_modules())
        if module.RULE.looks_at == what and major in module.RULE.severity
    )


def _judge_trace(program: Program, trace: Trace) -> list[Said]:
    """What is said of what one statement or function showed, its events left out."""
    said: list[Said] = []
    part: Program | None = None
    lists: tuple[tuple[LooksAt, Sized], ...] = (
        ("faults", trace.faults),
        ("layers", trace.layers),
        ("made", trace.made),
        ("accesses", trace.accesses),
        ("imports", trace.imports),
    )
    for what, things in lists:
        if things:
            part = part if part is not None else program.part(trace)
            said += _judge(part, _rules_that_look_at(what, program.major))
    return said


def _judge_events(program: Program, events: list[Event]) -> list[Said]:
    """What is said of the events of one model."""
    part = program.part(Trace(events=events, made=program.interpretation.made))
    return _judge(part, _rules_that_look_at("events", program.major))


def _judge(program: Program, rules: Sequence[tuple[int, ModuleType]]) -> list[Said]:
    said: list[Said] = []
    for place, module in rules:
        try:
            said += [
                (place, module, report)
                for report in module.check(program)
                if report.site.path == program.path
            ]
        except Exception:
            # One rule that fails leaves the others standing.
            log_failure("%s: %s failed", program.path, module.RULE.code)
    return said


# --- Findings -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding, and what its fixes are made of when somebody asks for them."""

    finding: Finding
    module: ModuleType
    report: Report

    def with_fixes(self, program: Program) -> Finding:
        """The finding with the fixes that its rule offers."""
        offer = getattr(self.module, "fixes", None)
        if offer is None:
            return self.finding
        try:
            offered = (fix for fix in offer(self.report, program) if _inside(fix, program))
            fixes = tuple(fix for fix in offered if not _replaces_steps(fix, program))
        except Exception:
            log_failure("%s: the fix of %s failed", program.path, self.finding.code)
            return self.finding
        return replace(self.finding, fixes=fixes)


def judge(program: Program, options: Options, judgements: Judgements) -> list[Judged]:
    """The findings of a program: one for each mistake, and none that the options leave out."""
    found: dict[tuple[str, Span], Judged] = {}
    for module, report in _arbitrate(judgements.reports(program)):
        finding = _finding(module, report, program, options)
        if finding is None or not options.reports(finding.code):
            continue
        key = (finding.code, finding.span)
        known = found.get(key)
        if known is None or (known.finding.certainty == "possible" and finding.certainty == "definite"):
            found[key] = Judged(finding, module, report)
    return list(found.values())


def _arbitrate(reports: Sequence[tuple[ModuleType, Report]]) -> list[tuple[ModuleType, Report]]:
    """One mistake, one finding: a report gives way to one that supersedes it and speaks of the same thing."""
    above: dict[tuple[str, Any], list[Report]] = {}
    for module, report in reports:
        for code in module.RULE.supersedes:
            for subject in report.subjects:
                above.setdefault((code, subject), []).append(report)
    return [
        (module, report)
        for module, report in reports
        if not any(
            winner is not report
            for subject in report.subjects
            for winner in above.get((module.RULE.code, subject), ())
        )
    ]


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
    return Finding(
        rule.code, rule.name, severity, certainty, report.message, report.site.span, related,
        tags=("deprecated",) if rule.code.startswith("KL") and severity is Severity.HINT else (),
    )  # fmt: skip


def _replaces_steps(fix: Fix, program: Program) -> bool:
    """Whether a fix means to mend an array where a dataset stands: what it says of ``x`` holds of each step only."""
    spans = set()
    for event in program.interpretation.trace.events:
        if event.dataset is not None and "x" in event.sites:
            spans |= {event.sites["x"].span, event.site.span}
        if event.validation is not None and "validation_data" in event.sites:
            spans |= {event.sites["validation_data"].span, event.site.span}
    batched = all(edit.text.endswith(".batch(32)") for edit in fix.edits)
    return not batched and any(edit.span in spans for edit in fix.edits)


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
