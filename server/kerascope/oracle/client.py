"""Real Keras as one asks it: from memory, from disk, from the child process, which is started again when it fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from kerascope.oracle.answers import Answer, read_answer
from kerascope.oracle.child import Child, ChildFailed, Environment, KerasMissing, Limits
from kerascope.oracle.questions import Question, raised_by
from kerascope.oracle.store import Store

log = logging.getLogger("kerascope")

FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 8.0
"""Seconds between a failure and the next start; doubled by every failure, begun anew by every answer."""

TRIES: Final = 2
"""How often one question may cost a child its life."""


@dataclass
class Oracle:
    """Real Keras of one environment. ``ask`` waits; whoever must not wait asks from a thread of its own.

    ``version`` is what the environment's packages say of themselves: with it, answers on disk are found without the
    child. ``missing`` tells why there is no Keras to ask, once that is known.
    """

    environment: Environment
    version: str
    store: Store = field(default_factory=Store)
    limits: Limits = field(default_factory=Limits)
    start: Callable[[Environment, Limits], Child] = Child
    missing: str | None = None
    known: dict[str, Answer] = field(default_factory=dict)
    _child: Child | None = None
    _pause: float = 0.0
    _closed: threading.Event = field(default_factory=threading.Event)

    @property
    def identity(self) -> str:
        """The Keras whose answers these are."""
        return f"{self.environment.package}-{self.version}-{self.environment.backend}"

    def recall(self, question: Question) -> Answer | None:
        """The answer if it is known, in memory or on disk."""
        answer = self.known.get(question.key) or self.store.get(self.identity, self.version, question)
        if answer is not None:
            self.known[question.key] = answer
        return answer

    def ask(self, question: Question) -> Answer:
        """The answer of real Keras. Never raises; an answer that did not come is one that ``failed``."""
        known = self.recall(question)
        if known is not None:
            return known
        answer = self._asked(question)
        self.known[question.key] = answer
        if self.missing is None:
            self.store.put(self.identity, question, answer)
        return answer

    def _asked(self, question: Question) -> Answer:
        if not question.fits:
            return Answer(self.version, "impossible", "the question is too large")
        reason = self.missing or "it was closed"
        for _ in range(TRIES):
            if self._closed.is_set() or self.missing is not None:
                return Answer(self.version, "failed", reason)
            try:
                told = self._running().ask(question.body)
                self._pause = 0.0
                answer = read_answer(self.version, told)
            except KerasMissing as problem:
                self.rest()
                self.missing = reason = str(problem)
                log.warning("there is no Keras to ask: %s", problem)
                continue
            except (ChildFailed, ValueError) as problem:
                reason = str(problem)
                log.warning("Keras failed at the %s: %s; it is started again", raised_by(question), reason)
                self._failed()
                continue
            if answer.outcome == "exhausted":
                log.warning("Keras ran out of memory at the %s; it is started again", raised_by(question))
                self._failed()
            return answer
        return Answer(self.version, "failed", reason)

    def _running(self) -> Child:
        if self._child is None:
            if self._pause:
                self._closed.wait(self._pause)
            began = time.monotonic()
            # It is ours before Keras is loaded, so that whoever closes us need not wait for that.
            child = self._child = self.start(self.environment, self.limits)
            if self._closed.is_set():
                self.rest()
            keras = child.greet()
            log.info(
                "Keras %s was loaded by %s in %.1f s",
                keras, self.environment.python, time.monotonic() - began,
            )  # fmt: skip
            if keras != self.version:
                log.warning("the environment says Keras %s, and loads %s", self.version, keras)
                self.version = keras
                self.known.clear()
            return child
        return self._child

    def _failed(self) -> None:
        self.rest()
        self._pause = min(max(FIRST_PAUSE, self._pause * 2), LONGEST_PAUSE)

    def rest(self) -> None:
        """Ends the child; the next question starts another one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()

    @property
    def pid(self) -> int | None:
        """The child's process, while there is one."""
        return self._child.pid if self._child is not None else None

    def close(self) -> None:
        """Ends the child for good; may be called from another thread, and ends a question that is being asked."""
        self._closed.set()
        self.rest()
