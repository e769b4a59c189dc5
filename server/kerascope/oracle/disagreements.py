"""The log of findings that real Keras does not bear out: what was claimed, and the question that shows it.

It holds no text of the program, and a test can ask every question again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kerascope import __version__
from kerascope.oracle.questions import Question
from kerascope.oracle.store import cache_folder

log = logging.getLogger("kerascope")

LARGEST_LOG: Final = 4_000_000
"""Bytes; nothing more is written to a log that is larger."""


@dataclass(frozen=True)
class Entry:
    """One finding that was withheld: the Keras that did not raise, code and message, the question."""

    keras: str
    code: str
    message: str
    question: Question


class DisagreementLog:
    """The log in the user's cache folder, or in another file."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path if path is not None else cache_folder() / "disagreements.jsonl"
        self._written: set[str] | None = None

    def write(self, entry: Entry) -> None:
        """Adds an entry, once for each question and code."""
        if self._written is None:
            self._written = {_name(known) for known in read_log(self.path)}
        name = _name(entry)
        if name in self._written:
            return
        self._written.add(name)
        log.warning(
            "%s is withheld: Keras %s was asked and does not raise; see %s",
            entry.code,
            entry.keras,
            self.path,
        )
        question = entry.question
        told = {
            "kerascope": __version__, "keras": entry.keras, "code": entry.code, "message": entry.message,
            "stage": question.stage, "full": question.full, "at": question.at, "doing": question.doing,
            "question": question.body,
        }  # fmt: skip
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > LARGEST_LOG:
                return
            with self.path.open("ab") as stream:
                stream.write(json.dumps(told).encode() + b"\n")
        except OSError as error:
            log.warning("the disagreement is not written down: %s", error)


def _name(entry: Entry) -> str:
    return f"{entry.keras} {entry.code} {entry.question.key}"


def read_log(path: Path) -> Iterator[Entry]:
    """The entries of a log; lines that are none are passed over."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            told = json.loads(line)
            question = Question(told["stage"], told["question"], told["full"], told["at"], told["doing"])
            yield Entry(told["keras"], told["code"], told["message"], question)
        except (ValueError, KeyError, TypeError):
            continue
