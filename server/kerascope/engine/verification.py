"""Findings before real Keras: which question each one comes down to, and what an answer makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kerascope.engine.analysis import Analysis
from kerascope.findings import Finding, Severity, Verified
from kerascope.graph.nodes import Access, Event, Imported, Layer, LayerFault, Made, Node
from kerascope.interp.interpreter import Interpretation
from kerascope.interp.machine import Trace
from kerascope.oracle.answers import Answer, Verdict, first_line, judge
from kerascope.oracle.questions import (
    Question,
    of_access,
    of_event,
    of_fault,
    of_import,
    of_layer,
    of_made,
)
from kerascope.rules.base import Report
from kerascope.syntax.units import Site


@dataclass(frozen=True, slots=True)
class Asked:
    """A finding and the question that it comes down to; ``None`` where nothing of it can be put to Keras."""

    finding: Finding
    question: Question | None


def asked_of(analysis: Analysis) -> tuple[Asked, ...]:
    """The errors of an analysis, each with its question."""
    if analysis.interpretation is None:
        return ()
    program = _Seen(analysis.interpretation, analysis.source.path)
    return tuple(
        Asked(finding, _question(finding, analysis, program))
        for finding in analysis.findings
        if finding.severity is Severity.ERROR
    )


def _question(finding: Finding, analysis: Analysis, program: _Seen) -> Question | None:
    report = analysis.reports.get((finding.code, finding.span))
    if report is None:
        return None
    for evidence in program.evidence(report):
        question = program.question(evidence)
        if question is not None:
            return question
    return None


# --- What a report speaks of ------------------------------------------------------------------------------------


class _Seen:
    """What the interpreter saw, as the mistakes that reports speak of."""

    def __init__(self, interpretation: Interpretation, path: str) -> None:
        self.trace: Trace = interpretation.trace
        self.path = path
        self.nodes: dict[int, Node] = {layer.id: layer for layer in self.trace.layers}
        for _, node, _, _ in self.trace.calls:
            self.nodes.setdefault(node.id, node)
        self.nodes.update(interpretation.nodes)

    def question(self, evidence: Any) -> Question | None:
        """The question that one thing seen comes down to."""
        if isinstance(evidence, LayerFault):
            return of_fault(evidence, self.nodes)
        if isinstance(evidence, Layer):
            return of_layer(evidence)
        for kind, ask in _BY_KIND:
            if isinstance(evidence, kind):
                return ask(evidence)
        return None

    def evidence(self, report: Report) -> Iterator[Any]:
        """What a report speaks of, the surest first."""
        carried = [value for value in report.data.values() if isinstance(value, _EVIDENCE)]
        yield from (value for value in carried if not isinstance(value, Event))
        layers = {subject[1] for subject in report.subjects if subject[0] == "layer"}
        faults = [fault for fault in self.trace.faults if fault.layer.id in layers and not fault.guarded]
        places = [report.site, *(site for _, site in report.related)]
        # The refusal shown where the report stands, before others of the same layers.
        yield from sorted(faults, key=lambda fault: not _near(fault.layer.site, report.site))
        yield from (value for value in carried if isinstance(value, Event))
        yield from self._events(report, places)
        yield from (made for made in self.trace.made if _near(made.site, report.site))
        yield from (node for key, node in self.nodes.items() if key in layers and isinstance(node, Layer))
        named: tuple[Access | Imported, ...] = (*self.trace.accesses, *self.trace.imports)
        for seen in named:
            if seen.site.unit is report.site.unit and seen.site.span == report.site.span:
                yield seen

    def _events(self, report: Report, places: list[Site]) -> Iterator[Event]:
        """Calls of models' methods, those first that the report names, and those that train before ``compile``."""
        losses = {subject[1:] for subject in report.subjects if subject[0] == "loss"}
        events: list[tuple[tuple[bool, bool], int, Event]] = []
        for event in self.trace.events:
            compiled = event.graph.model.compiled
            own = compiled is not None and (id(compiled.site.node), id(compiled.site.unit)) in losses
            written = compiled is not None and _near(compiled.site, report.site)
            named = any(_near(event.site, place) for place in places)
            if event.guarded or not (own or written or named):
                continue
            order = (not named or event.kind == "compile", event.kind in ("compile", "predict"))
            events.append((order, len(events), event))
        yield from (event for _, _, event in sorted(events, key=lambda item: item[:2]))


_EVIDENCE = (LayerFault, Event, Made, Access, Imported)
_BY_KIND: tuple[tuple[type, Callable[[Any], Question | None]], ...] = (
    (Event, of_event),
    (Made, of_made),
    (Access, of_access),
    (Imported, of_import),
)


def _near(outer: Site, inner: Site) -> bool:
    """Whether a place lies within another."""
    return outer.unit is inner.unit and outer.span.contains(inner.span)


# --- What an answer makes of it -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A finding that real Keras does not bear out: it was asked for the whole stage, and did not raise."""

    finding: Finding
    question: Question
    answer: Answer


def refine(
    analysis: Analysis, asked: tuple[Asked, ...], answers: Mapping[str, Answer]
) -> tuple[Analysis, tuple[Disagreement, ...]]:
    """The analysis with what is known by now: confirmed findings say so, refuted ones are withheld.

    A Keras other than the assumed one refutes nothing. ``answers`` are those given so far, by the question's key.
    """
    changed: dict[Finding, Finding | None] = {}
    disagreements: list[Disagreement] = []
    for item in asked:
        answer = answers.get(item.question.key) if item.question is not None else None
        if answer is None or item.question is None:
            continue
        verdict = judge(item.question, answer)
        if verdict is Verdict.CONFIRMED:
            said = Verified(answer.keras, item.question.stage, first_line(answer))
            changed[item.finding] = replace(item.finding, verified=said)
        elif verdict is Verdict.REFUTED and answer.keras == analysis.version.text:
            changed[item.finding] = None
            disagreements.append(Disagreement(item.finding, item.question, answer))
    if not changed:
        return analysis, ()
    findings = [changed.get(finding, finding) for finding in analysis.findings]
    kept = tuple(finding for finding in findings if finding is not None)
    return replace(analysis, findings=kept), tuple(disagreements)
