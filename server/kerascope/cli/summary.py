"""``kerascope summary``."""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerascope.cli.console import ascii_only, complain, say, with_progress
from kerascope.cli.files import find_files
from kerascope.cli.garbage import collect
from kerascope.cli.settings import Settings
from kerascope.engine.analysis import Analysis
from kerascope.engine.options import BadOption, Options
from kerascope.engine.reading import Unreadable, read_source
from kerascope.engine.workspace import Workspace
from kerascope.report.machine import json_text, summary_entry
from kerascope.report.places import Places
from kerascope.report.tables import Summary, final_models, summaries, summary_text


@dataclass(frozen=True, slots=True)
class Job:
    """One file whose tables are wanted."""

    path: str
    options: Options
    json: bool


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one file as text or as plain data, or the reason why there are none."""

    path: str
    text: str = ""
    entry: dict[str, Any] | None = None
    problem: str | None = None


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Prints the tables of the given files; returns the exit status."""
    found = find_files(arguments.paths)
    problems = list(found.problems)
    refused: set[str] = set()
    jobs: list[Job] = []
    for path in found.files:
        try:
            jobs.append(Job(str(path), settings.for_path(path), arguments.output_format == "json"))
        except BadOption as error:
            refused.add(str(error))
    for message in sorted(refused):
        where, _, reason = message.partition(": ")
        problems.append((where, reason))
    for name, reason in problems:
        complain(name, reason)
    status = 2 if problems else 0
    done: list[Tables] = []
    for tables in with_progress(_all_tables(jobs, arguments.jobs), len(jobs), "Reading"):
        if tables.problem is not None:
            complain(tables.path, tables.problem)
            status = 2
        else:
            done.append(tables)
    if arguments.output_format == "json":
        document = {"files": [tables.entry for tables in done]}
        say(json_text(document, ascii_only=ascii_only()))
    else:
        for tables in done:
            say(tables.text)
    return status


def _all_tables(jobs: Sequence[Job], processes: int) -> Iterator[Tables]:
    if processes > 1 and len(jobs) > 1:
        from kerascope.cli.processes import in_processes

        yield from in_processes(_tables_in_process, jobs, processes, _died)
        return
    workspace = Workspace()
    for job in jobs:
        yield _tables(job, workspace)
        collect()


_workspace: Workspace | None = None


def _tables_in_process(job: Job) -> Tables:
    global _workspace
    if _workspace is None:
        _workspace = Workspace()
    return _tables(job, _workspace)


def _died(job: Job) -> Tables:
    return Tables(job.path, problem="the process that read it was ended by the system")


def _tables(job: Job, workspace: Workspace) -> Tables:
    """The tables of one file. Never raises: what we fail at costs no other file anything."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # see ``checking``
            analysis = workspace.analyse(read_source(Path(job.path)), job.options)
        if analysis.interpretation is None:
            return Tables(job.path, problem="Kerascope failed at it, which is a fault of its own")
        if job.json:
            return Tables(job.path, entry=summary_entry(job.path, analysis))
        return Tables(job.path, _text(job.path, analysis))
    except Unreadable as error:
        return Tables(job.path, problem=str(error))
    except Exception as error:
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return Tables(job.path, problem=f"Kerascope failed at it ({reason}), which is a fault of its own")


def _text(path: str, analysis: Analysis) -> str:
    """The tables of one file. Where it prints none, every model that it makes is shown instead."""
    places = Places(analysis.source)
    shown = summaries(analysis) or final_models(analysis)
    if not shown:
        return f"{path}: no model\n"
    blocks = []
    for summary in shown:
        blocks.append(f"{_where(path, places, summary)}\n{summary_text(summary.table)}\n")
    return "\n".join(blocks)


def _where(path: str, places: Places, summary: Summary) -> str:
    place = places.place(summary.span)
    cell = f":cell {place.cell}" if place.cell is not None else ""
    name = f" {summary.variable}" if summary.variable else ""
    return f"{path}{cell}:{place.start[0]}{name}"
