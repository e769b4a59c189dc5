"""A whole file before real Keras: every error, and every fix in the program that it leaves."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from kerascope.engine.analysis import Analysis
from kerascope.engine.oracles import Oracles
from kerascope.engine.reading import Unreadable, edited_content, source_from
from kerascope.engine.verification import Asked, asked_of, mended_questions, program_questions, refine
from kerascope.findings import Finding, Fix
from kerascope.oracle.answers import ACCEPTED, REFUSED, Answer, first_line
from kerascope.oracle.client import Oracle
from kerascope.oracle.questions import Question
from kerascope.text.source import Source

Outcome: TypeAlias = Literal["agrees", "disagrees", "undecided"]


@dataclass(frozen=True, slots=True)
class Trial:
    """What real Keras says of one fix, or of a finding; ``message`` is its own where it raised."""

    outcome: Outcome
    message: str = ""


UNDECIDED = Trial("undecided")


@dataclass(frozen=True)
class Tried:
    """A file after real Keras was asked: its analysis with what is confirmed, what is withheld, and the fixes.

    ``keras`` is the version that was asked. ``missing`` tells why none could be.
    """

    analysis: Analysis
    keras: str = ""
    withheld: tuple[Finding, ...] = ()
    fixes: dict[Fix, Trial] = field(default_factory=dict)
    missing: str | None = None


def try_file(
    analysis: Analysis,
    text: str,
    oracle: Oracle | str,
    oracles: Oracles,
    analyse: Callable[[Source], Analysis],
) -> Tried:
    """Asks for every error of an analysis, and for every fix of its findings. ``text`` is the file's own."""
    if isinstance(oracle, str):
        return Tried(analysis, missing=oracle)
    asked = asked_of(analysis)
    answers = answers_of(asked, oracle)
    if oracle.missing is not None:
        return Tried(analysis, missing=oracle.missing)
    refined, disagreements = refine(analysis, asked, answers)
    oracles.note(disagreements)
    withheld = tuple(item.finding for item in disagreements)
    by_finding = {item.finding: item for item in asked}
    posed = frozenset(question.key for question in program_questions(analysis))
    fixes = {
        fix: _try_fix(
            fix, by_finding.get(finding, Asked(finding, None)), posed, analysis, text, oracle, analyse
        )
        for finding in analysis.findings
        if finding not in withheld
        for fix in finding.fixes
    }
    return Tried(refined, oracle.version, withheld, fixes)


def answers_of(asked: Iterable[Asked], oracle: Oracle) -> dict[str, Answer]:
    """The answers that decide about findings, by the question's key; what is decided is asked no further."""
    answers: dict[str, Answer] = {}
    for item in asked:
        for question in item.questions:
            if question.key not in answers:
                answers[question.key] = oracle.ask(question)
            if item.judged(answers) is not None:
                break
    return answers


def _try_fix(
    fix: Fix,
    asked: Asked,
    posed: frozenset[str],
    analysis: Analysis,
    text: str,
    oracle: Oracle,
    analyse: Callable[[Source], Analysis],
) -> Trial:
    """Makes a fix and asks for all that the program does otherwise then, but for what other errors speak of.

    ``posed`` are the questions that the program poses without the fix as well: their answers say nothing of it.
    """
    try:
        path = analysis.source.path
        after = analyse(source_from(path, edited_content(analysis.source, text, list(fix.edits))))
    except Unreadable:
        return UNDECIDED
    if _times(asked.finding.code, after) >= _times(asked.finding.code, analysis):
        return Trial("disagrees", "the mistake is found again in what it leaves")
    own = {question.key for question in asked.questions}
    questions: Iterator[Question] = (
        question for question in program_questions(after) if question.key in own or question.key not in posed
    )
    if any(item.whole is None or item.whole.stage != "build" for item in asked_of(after)):
        # Another mistake would raise in a `fit` as a whole; what concerns this one is asked alone.
        whole = (question for question in questions if question.body["kind"] != "fit")
        questions = itertools.chain(whole, mended_questions(asked, after, oracle.known))
    accepted = False
    for question in questions:
        answer = oracle.ask(question)
        if answer.outcome == REFUSED and not question.guessed:
            return Trial("disagrees", first_line(answer))
        accepted = accepted or answer.outcome == ACCEPTED
    return Trial("agrees") if accepted else UNDECIDED


def _times(code: str, analysis: Analysis) -> int:
    """How often a code is found."""
    return sum(finding.code == code for finding in analysis.findings)
