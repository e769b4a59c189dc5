"""``kerascope verify``: like ``check``, and real Keras has the last word."""

from __future__ import annotations

import argparse
import contextlib
import queue
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kerascope.cli.check import fails, jobs_of
from kerascope.cli.checking import Job, Outcome, checked_of, guarded
from kerascope.cli.console import ascii_only, complain, complain_of, say, use_colour, width, with_progress
from kerascope.cli.settings import Settings
from kerascope.engine.analysis import Analysis
from kerascope.engine.facts import FilledFacts, analyse_filled
from kerascope.engine.oracles import Oracles, pythons_for
from kerascope.engine.reading import decode, read_data, source_from
from kerascope.engine.trials import Tried, try_file
from kerascope.engine.workspace import Workspace
from kerascope.oracle.child import Limits
from kerascope.report.machine import json_text
from kerascope.report.text import Painter
from kerascope.report.verified import Verified, verified_document, verified_text
from kerascope.text.source import Source

_PATIENT = Limits(answer_seconds=120.0, first_seconds=120.0)
"""Nobody types meanwhile, and the machine may be busy."""


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Checks, asks and prints; returns the exit status, 2 also where there is no Keras to ask."""
    jobs, problems = jobs_of(arguments, settings)
    for path, reason in problems:
        complain(path, reason)
    files: list[Verified] = []
    outcomes: list[Outcome] = []
    missing: set[str] = set()
    with contextlib.ExitStack() as stack:
        count = max(1, min(arguments.jobs, len(jobs)))
        benches = [stack.enter_context(contextlib.closing(_Bench())) for _ in range(count)]
        for outcome, tried in with_progress(_all(jobs, benches), len(jobs), "Verifying"):
            outcomes.append(outcome)
            if outcome.problem is not None:
                complain(outcome.path, outcome.problem)
            if outcome.checked is not None and tried is not None:
                files.append(Verified(outcome.checked, tried))
                missing.update(filter(None, [tried.missing]))
    for reason in sorted(missing):
        complain_of(f"nothing could be tried: {reason}")
    if arguments.output_format == "json":
        say(json_text(verified_document(files), ascii_only=ascii_only()))
    else:
        say(verified_text(files, Painter(colour=use_colour(sys.stdout)), width()))
    if problems or missing or any(outcome.problem is not None for outcome in outcomes):
        return 2
    return int(any(fails(outcome, job) for outcome, job in zip(outcomes, jobs, strict=True)))


class _Bench:
    """Where one file after the other is verified: a Keras that is asked nothing else meanwhile. It is one thread's."""

    def __init__(self) -> None:
        self._oracles = Oracles(limits=_PATIENT)
        self._facts = FilledFacts()
        self._workspace = Workspace(facts=self._facts)

    def close(self) -> None:
        """Ends the Keras, and with it a question that it is at."""
        self._oracles.close()

    def verify(self, job: Job) -> tuple[Outcome, Tried | None]:
        """One file: what ``check`` says of it, and what Keras says of that."""
        tried: list[Tried] = []

        def work() -> Outcome:
            tried.append(self._tried(job))
            return Outcome(job.path, checked_of(job, tried[0].analysis, _text(job), self._workspace))

        outcome = guarded(job, work)
        return outcome, tried[0] if tried else None

    def _tried(self, job: Job) -> Tried:
        text = _text(job)
        source = source_from(job.path, text)
        major = self._workspace.version_of(source, job.options).major
        oracle = self._oracles.among(pythons_for(job.path, job.options), major, job.options.backend)

        def analyse(source: Source) -> Analysis:
            return analyse_filled(lambda: self._workspace.analyse(source, job.options), self._facts, oracle)

        return try_file(analyse(source), text, oracle, self._oracles, analyse)


def _all(jobs: Sequence[Job], benches: Sequence[_Bench]) -> Iterator[tuple[Outcome, Tried | None]]:
    """The files in their order. It is Keras that takes the time, so that threads which wait for one each are enough."""
    if len(benches) == 1:
        yield from map(benches[0].verify, jobs)
        return
    free: queue.SimpleQueue[_Bench] = queue.SimpleQueue()
    for bench in benches:
        free.put(bench)

    def verify(job: Job) -> tuple[Outcome, Tried | None]:
        bench = free.get()
        try:
            return bench.verify(job)
        finally:
            free.put(bench)

    pool = ThreadPoolExecutor(len(benches))
    try:
        with warnings.catch_warnings():
            # Which warnings are shown is one setting for all threads.
            warnings.simplefilter("ignore")
            yield from pool.map(verify, jobs)
    finally:
        # Nobody waits for a question here: it ends with its Keras.
        pool.shutdown(wait=False, cancel_futures=True)


def _text(job: Job) -> str:
    path = Path(job.path)
    data = job.content if job.content is not None else read_data(path)
    return decode(data, notebook=path.suffix == ".ipynb").text
