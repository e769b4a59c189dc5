"""``kerascope check``."""

from __future__ import annotations

import argparse
import collections
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kerascope.cli.console import complain, say, use_colour, width, with_progress
from kerascope.cli.files import find_files
from kerascope.cli.settings import Settings
from kerascope.engine.analysis import Analysis
from kerascope.engine.fixing import fix_text
from kerascope.engine.options import BadOption, Options
from kerascope.engine.reading import Content, Unreadable, decode, read_content, source_from, write_atomically
from kerascope.engine.workspace import Workspace
from kerascope.findings import Finding, Severity
from kerascope.report.github import github_lines
from kerascope.report.machine import check_document
from kerascope.report.text import Painter, findings_text, totals_text
from kerascope.text.source import Source, Span


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file: its analysis and findings, or the reason why there are none."""

    path: str
    analysis: Analysis | None = None
    findings: tuple[Finding, ...] = ()
    problem: str | None = None
    fixed: int = 0
    diff: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One file to check, with all that a process of its own needs to know."""

    path: str
    options: Options
    fix: bool
    unsafe: bool
    diff: bool
    content: bytes | None = None


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Checks and prints; returns the exit status."""
    found = find_files(path for path in arguments.paths if path != "-")
    failed = bool(found.problems)
    for name, reason in found.problems:
        complain(name, reason)
    jobs: list[Job] = []
    standard_input = "-" in arguments.paths
    try:
        for path in found.files:
            jobs.append(_job(str(path), path, arguments, settings))
        if standard_input:
            stdin = arguments.stdin_filename or "<stdin>"
            job = _job(stdin, Path(stdin), arguments, settings)
            jobs.append(Job(stdin, job.options, job.fix, job.unsafe, job.diff, sys.stdin.buffer.read()))
        fallback = settings.for_path(Path.cwd())
    except BadOption as error:
        sys.stderr.write(f"kerascope: {error}\n")
        return 2
    outcomes: list[Outcome] = []
    for outcome in with_progress(_outcomes(jobs, arguments.jobs), len(jobs), "Checking"):
        if outcome.problem is not None:
            failed = True
            complain(outcome.path, outcome.problem)
        outcomes.append(outcome)
    _print(outcomes, arguments)
    worst = (jobs[0].options if jobs else fallback).fail_on
    findings = [finding for outcome in outcomes for finding in outcome.findings]
    if failed:
        return 2
    return int(
        worst != "never" and any(finding.severity.rank <= Severity(worst).rank for finding in findings)
    )


def _job(name: str, path: Path, arguments: argparse.Namespace, settings: Settings) -> Job:
    return Job(name, settings.for_path(path), arguments.fix, arguments.unsafe_fixes, arguments.diff)


def _outcomes(jobs: Sequence[Job], processes: int) -> Iterator[Outcome]:
    if processes <= 1 or len(jobs) <= 1:
        workspace = Workspace()
        for job in jobs:
            yield _check(job, workspace)
        return
    import multiprocessing

    with multiprocessing.get_context("spawn").Pool(min(processes, len(jobs)), _start_process) as pool:
        yield from pool.imap(_check_in_process, jobs, chunksize=4)


_workspace: Workspace | None = None


def _start_process() -> None:
    import signal

    # Ctrl-C is the parent's to handle: it ends the pool.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _check_in_process(job: Job) -> Outcome:
    global _workspace
    if _workspace is None:
        _workspace = Workspace()
    outcome = _check(job, _workspace)
    if outcome.analysis is None:
        return outcome
    return Outcome(
        outcome.path,
        _portable(outcome.analysis),
        outcome.findings,
        outcome.problem,
        outcome.fixed,
        outcome.diff,
    )


def _portable(analysis: Analysis) -> Analysis:
    """An analysis without trees, which are large and of no use to whoever prints the findings."""
    from dataclasses import replace

    from kerascope.syntax.units import Parsed

    return replace(analysis, interpretation=None, parsed=Parsed(analysis.source, (), (), ()))


def _check(job: Job, workspace: Workspace) -> Outcome:
    path = Path(job.path)
    try:
        content = (
            decode(job.content, notebook=path.suffix == ".ipynb")
            if job.content is not None
            else read_content(path)
        )
        if job.fix or job.diff:
            return _fix(job, content, workspace)
        analysis = workspace.analyse(source_from(job.path, content.text), job.options)
    except Unreadable as error:
        return Outcome(job.path, problem=str(error))
    return Outcome(job.path, analysis, _with_syntax_faults(analysis))


def _fix(job: Job, content: Content, workspace: Workspace) -> Outcome:
    fixed = fix_text(
        job.path, content.text, lambda source: workspace.analyse(source, job.options), unsafe=job.unsafe
    )
    findings = _with_syntax_faults(fixed.analysis)
    if job.diff:
        import difflib  # imported for --diff alone

        lines = difflib.unified_diff(
            content.text.splitlines(keepends=True), fixed.text.splitlines(keepends=True), job.path, job.path
        )
        return Outcome(job.path, fixed.analysis, findings, diff="".join(lines))
    if fixed.text != content.text and job.content is None:
        try:
            write_atomically(Path(job.path), fixed.text, content.encoding)
        except OSError as error:
            return Outcome(job.path, problem=f"it cannot be written ({error.strerror or error})")
    elif job.content is not None:
        return Outcome(job.path, fixed.analysis, findings, fixed=fixed.made, diff=fixed.text)
    return Outcome(job.path, fixed.analysis, findings, fixed=fixed.made)


def _with_syntax_faults(analysis: Analysis) -> tuple[Finding, ...]:
    """Findings, and what does not parse: said on the command line only, for an editor has a parser of its own."""
    source: Source = analysis.source
    faults = []
    for fault in analysis.parsed.faults:
        line = source.text[fault.offset :].splitlines()
        text = line[0] if line else ""
        start = fault.offset + len(text) - len(text.lstrip())
        faults.append(
            Finding(
                "KX001",
                "syntax-error",
                Severity.WARNING,
                "definite",
                f"This does not parse: {fault.message}. The rest of the file was checked.",
                Span(start, max(start, fault.offset + len(text.rstrip()))),
            )
        )
    return tuple(sorted((*analysis.findings, *faults), key=lambda finding: finding.span))


def _print(outcomes: Sequence[Outcome], arguments: argparse.Namespace) -> None:
    done = [(outcome.path, outcome.analysis, outcome.findings) for outcome in outcomes if outcome.analysis]
    findings = [finding for _, _, found in done for finding in found]
    if arguments.diff or (arguments.fix and "-" in arguments.paths):
        say("".join(outcome.diff for outcome in outcomes))
        return
    if arguments.output_format == "json":
        say(json.dumps(check_document(done), ensure_ascii=False, indent=1))
        return
    if arguments.output_format == "github":
        say("".join(github_lines(path, analysis, found) for path, analysis, found in done))
        return
    painter = Painter(colour=use_colour(sys.stdout))
    for path, analysis, found in done:
        if found:
            say(findings_text(path, analysis, found, painter, width()))
    if arguments.statistics:
        say(_statistics(findings))
    say(totals_text(findings, len(done), sum(outcome.fixed for outcome in outcomes)))


def _statistics(findings: Sequence[Finding]) -> str:
    counts = collections.Counter((finding.code, finding.name) for finding in findings)
    return "".join(f"{count:6}  {code}  {name}\n" for (code, name), count in counts.most_common())
