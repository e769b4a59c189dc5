"""``kerascope verify``: like ``check``, and real Keras has the last word."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
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
    with contextlib.closing(Oracles(limits=_PATIENT)) as oracles:
        for outcome, tried in with_progress(_all(jobs, oracles), len(jobs), "Verifying"):
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


def _all(jobs: Sequence[Job], oracles: Oracles) -> Iterator[tuple[Outcome, Tried | None]]:
    """One file after the other: it is Keras that takes the time, and there is one of it."""
    facts = FilledFacts()
    workspace = Workspace(facts=facts)
    for job in jobs:
        tried: list[Tried] = []

        def verify(job: Job = job, tried: list[Tried] = tried) -> Outcome:
            tried.append(_verify(job, workspace, oracles, facts))
            return _outcome(job, tried[0], workspace)

        outcome = guarded(job, verify)
        yield outcome, tried[0] if tried else None


def _verify(job: Job, workspace: Workspace, oracles: Oracles, facts: FilledFacts) -> Tried:
    text = _text(job)
    source = source_from(job.path, text)
    major = workspace.version_of(source, job.options).major
    oracle = oracles.among(pythons_for(job.path, job.options), major, job.options.backend)

    def analyse(source: Source) -> Analysis:
        return analyse_filled(lambda: workspace.analyse(source, job.options), facts, oracle)

    return try_file(analyse(source), text, oracle, oracles, analyse)


def _outcome(job: Job, tried: Tried, workspace: Workspace) -> Outcome:
    return Outcome(job.path, checked_of(job, tried.analysis, _text(job), workspace))


def _text(job: Job) -> str:
    path = Path(job.path)
    data = job.content if job.content is not None else read_data(path)
    return decode(data, notebook=path.suffix == ".ipynb").text
