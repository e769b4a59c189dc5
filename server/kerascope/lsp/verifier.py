"""Real Keras beside the server: asked about errors once the typing pauses, never before an answer, never in its way.

The event loop takes notes, as it does for the analysis; one thread asks. Only the last analysis of a program is asked
about, so that at most one question per program waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kerascope.engine.analysis import Analysis
from kerascope.engine.facts import FilledFacts
from kerascope.engine.options import Options
from kerascope.findings import Severity

if TYPE_CHECKING:
    from kerascope.engine.oracles import Oracles
    from kerascope.oracle.client import Oracle

log = logging.getLogger("kerascope")

IDLE_SECONDS: Final = 0.5
"""How long nothing is published before Keras is asked."""

REST_SECONDS: Final = 600.0
"""How long nothing is asked before the process with Keras is ended; the next question starts it again."""

MOST_WAITING: Final = 32
"""Programs that wait to be asked about; of more the oldest are dropped."""


@dataclass(frozen=True, slots=True)
class _Job:
    key: str
    analysis: Analysis
    options: Options
    named: bool


class Verifier:
    """Asks about the errors of the programs that are published.

    ``answered`` is called on the event loop with the analysis that was asked about, once all is said of it; ``filled``
    once ``facts`` has something new; ``tell`` with a line about what is missing. ``trusted`` is what the client says of
    its workspace: in one that is not trusted nothing is ever started, and where it says nothing, no Python that lies in
    the workspace.
    """

    def __init__(
        self,
        answered: Callable[[str, Analysis], None],
        filled: Callable[[], None],
        tell: Callable[[str], None],
    ) -> None:
        self.trusted: bool | None = None
        self.facts = FilledFacts()
        self._answered = answered
        self._filled = filled
        self._tell = tell
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kerascope-oracle")
        self._waiting: dict[str, _Job] = {}
        self._current: dict[str, Analysis] = {}
        self._asked: dict[str, Oracle] = {}
        self._withheld: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._rest: asyncio.TimerHandle | None = None
        self._oracles: Oracles | None = None
        self._closed = False

    # --- On the event loop --------------------------------------------------------------------------------------

    def published(self, key: str, analysis: Analysis, options: Options, *, named: bool) -> None:
        """A program was analysed and its findings published. ``named`` says that the user named its Python."""
        self._current[key] = analysis
        self._waiting.pop(key, None)
        if self.trusted is False or not options.oracle or self._closed:
            return
        if not _has_errors(analysis) and not self.facts.waits_for(analysis.version.major):
            return
        self._waiting[key] = _Job(key, analysis, options, named)
        while len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._start_timer()

    def forget(self, key: str) -> None:
        """A program was closed."""
        self._waiting.pop(key, None)
        self._current.pop(key, None)
        self._asked.pop(key, None)
        self._withheld.discard(key)

    def environments_changed(self) -> None:
        """What was installed, or which Python is meant, may be something else now."""
        self.facts.forget()
        if self._oracles is not None:
            self._thread.submit(self._oracles.forget)

    def close(self) -> None:
        """Ends the process with Keras, in the middle of a question too."""
        self._closed = True
        for timer in (self._timer, self._rest):
            if timer is not None:
                timer.cancel()
        if self._oracles is not None:
            self._oracles.close()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _start_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(IDLE_SECONDS, self._ask_waiting, loop)

    def _ask_waiting(self, loop: asyncio.AbstractEventLoop) -> None:
        jobs, self._waiting = list(self._waiting.values()), {}
        for job in jobs:
            self._thread.submit(self._ask, job, loop)
        if self._rest is not None:
            self._rest.cancel()
        self._rest = loop.call_later(REST_SECONDS, lambda: self._thread.submit(self._take_rest))

    # --- In the thread of the oracle ----------------------------------------------------------------------------

    def _ask(self, job: _Job, loop: asyncio.AbstractEventLoop) -> None:
        try:
            if self._current.get(job.key) is not job.analysis or self._closed:
                return
            oracle = self._oracle(job)
            if isinstance(oracle, str):
                loop.call_soon_threadsafe(self._tell, f"errors are not tried on Keras: {oracle}")
                return
            if self.facts.ask(oracle):
                loop.call_soon_threadsafe(self._filled)
            if self._put(job, oracle):
                self._asked[job.key] = oracle
                loop.call_soon_threadsafe(self._answered, job.key, job.analysis)
            if oracle.missing is not None:
                loop.call_soon_threadsafe(self._tell, f"errors are not tried on Keras: {oracle.missing}")
        except RuntimeError:
            log.debug("the server ends, and an answer of Keras with it")
        except Exception:
            log.exception("%s: Keras could not be asked", job.analysis.source.path)

    def _oracle(self, job: _Job) -> Oracle | str:
        # The means to run a process are loaded once there is something to ask.
        from kerascope.engine.oracles import Oracles, pythons_for

        if self._oracles is None:
            self._oracles = Oracles()
            if self._closed:
                self._oracles.close()
        path, options = job.analysis.source.path, job.options
        if job.named and options.python is not None:
            pythons: tuple[Path | None, ...] = (Path(options.python),)
        else:
            pythons = pythons_for(path, options, trusted=self.trusted is True)
        return self._oracles.among(pythons, job.analysis.version.major, options.backend)

    def _put(self, job: _Job, oracle: Oracle) -> bool:
        """Asks until every error is decided, or the program has changed. Returns whether something was decided."""
        from kerascope.engine.verification import asked_of

        decided = False
        for item in asked_of(job.analysis):
            for question in item.questions:
                if self._current.get(job.key) is not job.analysis or self._closed:
                    return decided
                oracle.ask(question)
                if item.judged(oracle.known) is not None:
                    decided = True
                    break
        return decided

    def _take_rest(self) -> None:
        if self._oracles is not None:
            self._oracles.rest()

    # --- For whoever shows findings ---------------------------------------------------------------------------------

    def refined(self, key: str, analysis: Analysis) -> Analysis:
        """The analysis with what Keras has said of it by now: confirmed errors say so, refuted ones are left out."""
        oracle = self._asked.get(key)
        if oracle is None or not _has_errors(analysis):
            return analysis
        from kerascope.engine.verification import asked_of, refine

        try:
            refined, disagreements = refine(analysis, asked_of(analysis), oracle.known)
        except Exception:
            # A bug of ours costs what Keras says, and no finding.
            log.exception("%s: answers of Keras cannot be used", analysis.source.path)
            return analysis
        if disagreements:
            self._withheld.add(key)
            if self._oracles is not None:
                self._thread.submit(self._oracles.note, disagreements)
        return refined

    def without_refuted(self, key: str, analysis: Analysis) -> Analysis:
        """The same for a new version of a program, where one of its errors was refuted before: it must not flicker."""
        return self.refined(key, analysis) if key in self._withheld else analysis


def _has_errors(analysis: Analysis) -> bool:
    return any(finding.severity is Severity.ERROR for finding in analysis.findings)
