"""What the worker said, and what follows from it for the finding that it was asked about."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from kerascope.oracle.questions import Question

ACCEPTED: Final = "accepted"
REFUSED: Final = "refused"
LASTING: Final = frozenset({ACCEPTED, REFUSED})
"""Outcomes that the same Keras will give again, so that they are kept."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of real Keras.

    ``outcome`` is ``accepted``, ``refused``, ``impossible`` (the question cannot be put to this Keras), ``exhausted``
    (it took too much memory) or ``failed`` (no answer came). ``at`` and ``doing`` tell which call or layer raised.
    """

    keras: str
    outcome: str
    message: str = ""
    type: str = ""
    at: int | None = None
    doing: str | None = None
    outputs: Any = None
    weights: Any = None
    form: str = ""


def read_answer(keras: str, told: Mapping[str, Any]) -> Answer:
    """An answer as the worker, or the store, tells it. Raises ``ValueError`` for what is none."""
    outcome = told.get("outcome")
    if outcome not in {*LASTING, "impossible", "exhausted", "failed"}:
        raise ValueError(f"{outcome!r} is no outcome")
    at = told.get("at")
    return Answer(
        keras,
        str(outcome),
        str(told.get("message", "")),
        str(told.get("type", "")),
        at if isinstance(at, int) else None,
        told.get("doing") if isinstance(told.get("doing"), str) else None,
        told.get("outputs"),
        told.get("weights"),
        str(told.get("form", "")),
    )


class Verdict(enum.Enum):
    """What an answer says of a finding."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


def judge(question: Question, answer: Answer) -> Verdict:
    """Keras raises where it is said to raise; or it does not, though the stage was reproduced in full; or neither."""
    if answer.outcome == REFUSED:
        there = question.at is None or (answer.at, answer.doing) == (question.at, question.doing)
        return Verdict.CONFIRMED if there else Verdict.UNDECIDED
    if answer.outcome == ACCEPTED and question.full:
        return Verdict.REFUTED
    return Verdict.UNDECIDED


LONGEST_LINE: Final = 240
_HEADER = re.compile(
    r"Exception encountered when calling|Graph execution error|Detected at node|"
    r"in user code|Error when checking|Arguments received by|Call arguments received by"
)
_IN_CODE = re.compile(r"File \"|\.py:\d+|^\s*\^+\s*$")


def first_line(answer: Answer) -> str:
    """The line of Keras's own message that says what is wrong.

    What comes before it in some messages only tells where it was raised: lines that name the layer called, the graph
    that ran, or files of Keras.
    """
    lines = [line.strip() for line in answer.message.splitlines()]
    if answer.message.startswith("in user code"):
        # Keras 2 shows its own source first; the message follows the name of the exception.
        named = [number for number, line in enumerate(lines) if line.startswith(f"{answer.type}: ")]
        lines = [lines[named[-1]].partition(": ")[2], *lines[named[-1] + 1 :]] if named else lines
    if answer.message.startswith("Graph execution error"):
        said = [
            line for line in lines if line and not line.startswith(("[[", "File", "<stack", "Stack trace"))
        ]
        lines = [line for line in said[1:] if not _HEADER.match(line) and not _IN_CODE.search(line)][-1:]
    telling = (line for line in lines if line and not _HEADER.match(line) and not _IN_CODE.search(line))
    text = next(telling, answer.type or "it raised")
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 1] + "…"
