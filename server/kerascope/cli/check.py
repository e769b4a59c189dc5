"""``kerascope check``: which files, in which order, and what the exit status says of them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from kerascope.cli.checking import Job, Outcome, check, check_in_process, died
from kerascope.cli.console import complain, with_progress
from kerascope.cli.files import find_files
from kerascope.cli.garbage import collect
from kerascope.cli.interrupts import interrupts_deferred
from kerascope.cli.kept import Kept, cache_folder
from kerascope.cli.output import FORMATS, print_findings
from kerascope.cli.settings import Settings
from kerascope.engine.options import BadOption, Options
from kerascope.engine.reading import write_atomically
from kerascope.engine.versions import KerasVersion
from kerascope.engine.workspace import Workspace
from kerascope.findings import Severity
from kerascope.report.checked import Problem

STANDARD_INPUT = "-"


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Checks and prints; returns the exit status."""
    jobs, problems = jobs_of(arguments, settings)
    for path, reason in problems:
        complain(path, reason)
    outcomes: list[Outcome] = []
    for outcome in with_progress(_outcomes(jobs, arguments), len(jobs), "Checking"):
        done = _written(outcome) if arguments.fix and not arguments.diff else outcome
        if done.problem is not None:
            complain(done.path, done.problem)
            problems.append(Problem(done.path, done.problem))
        outcomes.append(done)
    print_findings(outcomes, problems, arguments)
    if problems:
        return 2
    return int(any(fails(outcome, job) for outcome, job in zip(outcomes, jobs, strict=True)))


def usage_error(arguments: argparse.Namespace) -> str | None:
    """What speaks against these options together, if anything does."""
    if arguments.stdin_filename is not None and STANDARD_INPUT not in arguments.paths:
        return "--stdin-filename names what comes from standard input: give - as the path"
    if arguments.output_format not in FORMATS or FORMATS[arguments.output_format].for_people:
        return None
    if arguments.diff:
        return f"--diff prints a diff, which is no {arguments.output_format}"
    if arguments.fix and STANDARD_INPUT in arguments.paths:
        return f"--fix prints the program that it read from standard input, which is no {arguments.output_format}"
    return None


def jobs_of(arguments: argparse.Namespace, settings: Settings) -> tuple[list[Job], list[Problem]]:
    """The files to check, with their options, and what cannot be looked at: paths, or configuration files."""
    given = arguments.paths
    found = find_files(path for path in given if path != STANDARD_INPUT)
    problems = [Problem(path, reason) for path, reason in found.problems]
    named = [(str(path), path, False) for path in found.files]
    if STANDARD_INPUT in given:
        name = getattr(arguments, "stdin_filename", None) or "<stdin>"
        named.append((name, Path(name), True))
    refused: set[str] = set()
    for path in given:  # a folder that holds no file has its options as well
        if path != STANDARD_INPUT and os.path.isdir(path):  # noqa: PTH112 - never raises
            _refuse(settings, Path(path), refused)
    jobs: list[Job] = []
    for name, path, is_standard_input in named:
        if _refuse(settings, path, refused):
            continue
        fix, unsafe, diff = (getattr(arguments, wish, False) for wish in ("fix", "unsafe_fixes", "diff"))
        job = Job(name, settings.for_path(path), fix, unsafe, diff)
        if is_standard_input:
            if sys.stdin is None:
                problems.append(Problem(name, "there is no standard input"))
                continue
            job = replace(job, content=sys.stdin.buffer.read())
        jobs.append(job)
    for message in sorted(refused):
        where, _, reason = message.partition(": ")
        problems.append(Problem(where, reason))
    return jobs, problems


def _refuse(settings: Settings, path: Path, refused: set[str]) -> bool:
    """Whether a file's configuration cannot be; each such configuration is spoken of once."""
    try:
        settings.for_path(path)
    except BadOption as error:
        refused.add(str(error))
        return True
    return False


def _outcomes(jobs: Sequence[Job], arguments: argparse.Namespace) -> Iterator[Outcome]:
    """What becomes of each file, in order: the answer that is kept, where there is one, else a new one."""
    workspace = Workspace()
    kept = _kept(arguments)
    if kept is None:
        yield from _checked(jobs, arguments.jobs, workspace)
        return
    versions: dict[tuple[Path, Options], KerasVersion | None] = {}

    def version(job: Job) -> KerasVersion | None:
        place = Path(job.path).parent, job.options
        if place not in versions:
            versions[place] = workspace.environment_version(job.path, job.options)
        return versions[place]

    known = [kept.find(job, version(job)) if job.content is None else None for job in jobs]
    missing = [job for job, outcome in zip(jobs, known, strict=True) if outcome is None]
    checked = _checked(missing, arguments.jobs, workspace)
    for job, answer in zip(jobs, known, strict=True):
        outcome = answer if answer is not None else next(checked)
        if answer is None and job.content is None:
            kept.put(job, version(job), outcome)
        yield replace(outcome, evidence=None)
    kept.close()


def _kept(arguments: argparse.Namespace) -> Kept | None:
    """The answers of earlier runs, where they are wanted and may be used: a fix wants more than an answer."""
    folder = cache_folder()
    if arguments.no_cache or arguments.fix or arguments.diff or folder is None:
        return None
    return Kept(folder)


def _checked(jobs: Sequence[Job], processes: int, workspace: Workspace) -> Iterator[Outcome]:
    if processes > 1 and len(jobs) > 1:
        from kerascope.cli.processes import in_processes

        yield from in_processes(check_in_process, jobs, processes, died)
        return
    for job in jobs:
        yield check(job, workspace)
        collect()


def _written(outcome: Outcome) -> Outcome:
    """Puts a fixed program into its file. Only this process writes, so that ending the others spoils nothing."""
    if outcome.change is None or outcome.is_standard_input:
        return outcome
    before, after = outcome.change
    try:
        with interrupts_deferred():
            write_atomically(Path(outcome.path), after, expected=before)
    except OSError as error:
        return Outcome(outcome.path, problem=f"it cannot be written ({error.strerror or error})")
    return outcome


def fails(outcome: Outcome, job: Job) -> bool:
    """Whether a file has a finding that its options count as a failure."""
    worst = job.options.fail_on
    return (
        worst != "never"
        and outcome.checked is not None
        and any(finding.severity.rank <= Severity(worst).rank for finding in outcome.checked.findings)
    )
