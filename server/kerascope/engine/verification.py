"""Findings before real Keras: which question each one comes down to, and what an answer makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kerascope.engine.analysis import Analysis
from kerascope.findings import Finding, Severity, Verified
from kerascope.graph.nodes import Access, Event, Imported, Layer, LayerFault, Made, Node
from kerascope.interp.interpreter import Interpretation
from kerascope.interp.trace import Trace
from kerascope.oracle.answers import Answer, Verdict, first_line, judge
from kerascope.oracle.questions import (
    Question,
    of_access,
    of_calls,
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
    """A finding and the questions that it comes down to; none where nothing of it can be put to Keras.

    ``isolating`` ask for this mistake alone, so that a refusal confirms it. ``whole`` is the stage as the program has
    it: it refutes where Keras does not raise, and confirms where the finding is ``alone``. ``event`` is the number of
    the call in question, and ``kept`` what each isolating question keeps of its ``compile``.
    """

    finding: Finding
    whole: Question | None
    isolating: tuple[Question, ...] = ()
    alone: bool = True
    event: int | None = None
    kept: tuple[frozenset[str], ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """All of them, in the order in which they are asked."""
        return self.isolating if self.whole is None else (self.whole, *self.isolating)

    def judged(self, answers: Mapping[str, Answer]) -> tuple[Verdict, Question, Answer] | None:
        """What the answers given so far say, and which of them says it; ``None`` while more has to be asked."""
        said: tuple[Verdict, Question, Answer] | None = None
        for question in self.questions:
            answer = answers.get(question.key)
            if answer is None:
                return None
            verdict = judge(question, answer)
            if question is self.whole and not self.alone and verdict is Verdict.CONFIRMED:
                verdict = Verdict.UNDECIDED
            if verdict is not Verdict.UNDECIDED:
                return verdict, question, answer
            said = verdict, question, answer
        return said


def asked_of(analysis: Analysis) -> tuple[Asked, ...]:
    """The errors of an analysis, each with its questions."""
    if analysis.interpretation is None:
        return ()
    program = _Seen(analysis.interpretation, analysis.source.path)
    asked = [
        _questions(finding, analysis, program)
        for finding in analysis.findings
        if finding.severity is Severity.ERROR
    ]
    whole = [item.whole for item in asked]
    several = sum(question is None or question.stage != "build" for question in whole) > 1
    return tuple(replace(item, alone=not several or not _may_be_mixed(item.whole)) for item in asked)


def _may_be_mixed(question: Question | None) -> bool:
    """Whether several mistakes of one program may raise in one stage, so that one is taken for another."""
    return question is None or (question.body["kind"] == "fit" and question.body["compile"] is not None)


def _questions(finding: Finding, analysis: Analysis, program: _Seen) -> Asked:
    judged = analysis.judged.get((finding.code, finding.span))
    if judged is None:
        return Asked(finding, None)
    report = judged.report
    for evidence in program.evidence(report):
        question = program.question(evidence)
        if question is None:
            continue
        if not isinstance(evidence, Event):
            return Asked(finding, question)
        number = next(index for index, event in enumerate(program.trace.events) if event is evidence)
        asked = [(keep, of_event(evidence, keep)) for keep in _in_question(report, evidence)]
        kept = tuple(keep for keep, isolating in asked if isolating is not None)
        isolating = tuple(item for _, item in asked if item is not None)
        return Asked(finding, question, isolating, event=number, kept=kept)
    return Asked(finding, None)


def mended_questions(asked: Asked, after: Analysis, answers: Mapping[str, Answer]) -> tuple[Question, ...]:
    """What confirmed a mistake by itself, asked of a program in which it is mended: the same call, if it is there."""
    if asked.event is None or after.interpretation is None:
        return ()
    events = after.interpretation.trace.events
    confirming = [
        keep
        for keep, question in zip(asked.kept, asked.isolating, strict=True)
        if question.key in answers and judge(question, answers[question.key]) is Verdict.CONFIRMED
    ]
    if asked.event >= len(events):
        return ()
    questions = [of_event(events[asked.event], keep) for keep in confirming[:1] or asked.kept[:1]]
    return tuple(question for question in questions if question is not None)


def _in_question(report: Report, event: Event) -> Iterator[frozenset[str]]:
    """The arguments of ``compile`` that a report may be about, the fewest first."""
    compiled = event.graph.model.compiled
    if compiled is None:
        return
    kinds = {subject[0] for subject in report.subjects}
    named = {name for name, site in compiled.sites.items() if _near(site, report.site)}
    if "loss" in kinds:
        named.add("loss")
    if "metric" in kinds:
        named.update({"metrics", "weighted_metrics"} & (named or {"metrics", "weighted_metrics"}))
    if "data" in kinds or not named:
        yield frozenset()
    if named:
        yield frozenset(named)
    if "loss" not in named:
        yield frozenset({*named, "loss"})


def program_questions(analysis: Analysis) -> Iterator[Question]:
    """All that a program does, as questions: its layers and their calls as one, then what it makes and trains.

    What errors of the analysis speak of is left out.
    """
    interpretation = analysis.interpretation
    if interpretation is None:
        return
    program = _Seen(interpretation, analysis.source.path)
    trace = interpretation.trace
    questions: list[Question | None] = [
        of_calls(
            trace.layers,
            [result for _, _, _, result in trace.calls],
            program.nodes,
            frozenset(fault.layer.id for fault in trace.faults),
        )
    ]
    questions += [of_made(made) for made in trace.made if made.symbol.startswith(_MADE) and not made.guarded]
    questions += [of_import(imported) for imported in trace.imports if not imported.tried]
    questions += [of_event(event) for event in trace.events if event.certain and not event.guarded]
    seen = {question.key for item in asked_of(analysis) for question in item.questions}
    for question in questions:
        if question is not None and question.key not in seen:
            seen.add(question.key)
            yield question


_MADE = ("keras.losses.", "keras.metrics.", "keras.optimizers.")


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
        judged = item.judged(answers)
        if judged is None:
            continue
        verdict, question, answer = judged
        if verdict is Verdict.CONFIRMED:
            changed[item.finding] = replace(item.finding, verified=_said(question, answer))
        elif verdict is Verdict.REFUTED and _is_assumed(answer.keras, analysis.version.text):
            changed[item.finding] = None
            disagreements.append(Disagreement(item.finding, question, answer))
    if not changed:
        return analysis, ()
    findings = [changed.get(finding, finding) for finding in analysis.findings]
    kept = tuple(finding for finding in findings if finding is not None)
    return replace(analysis, findings=kept), tuple(disagreements)


def _said(question: Question, answer: Answer) -> Verified:
    """What a confirmed finding says of it; an optimizer that a ``fit`` would meet is refused by ``compile`` before."""
    raised_before = question.stage == "fit" and answer.doing == "compile"
    return Verified(answer.keras, "compile" if raised_before else question.stage, first_line(answer))


def _is_assumed(keras: str, assumed: str) -> bool:
    """Whether a Keras is the one that the analysis assumes; a claim about all of Keras 2 is one about each."""
    return keras == assumed or (assumed == "2" and keras.startswith("2."))
