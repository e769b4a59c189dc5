"""``kerascope summary``."""

from __future__ import annotations

import argparse
import json
import sys

from kerascope.cli.console import complain, say, with_progress
from kerascope.cli.files import find_files
from kerascope.cli.settings import Settings
from kerascope.engine.analysis import Analysis
from kerascope.engine.options import BadOption
from kerascope.engine.reading import Unreadable, read_source
from kerascope.engine.workspace import Workspace
from kerascope.report.machine import summary_document
from kerascope.report.places import Places
from kerascope.report.tables import Summary, final_models, summaries, summary_text


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Prints the tables of the given files; returns the exit status."""
    found = find_files(arguments.paths)
    status = 2 if found.problems else 0
    for name, reason in found.problems:
        complain(name, reason)
    workspace = Workspace()
    done: list[tuple[str, Analysis]] = []
    for path in with_progress(found.files, len(found.files), "Reading"):
        try:
            done.append((str(path), workspace.analyse(read_source(path), settings.for_path(path))))
        except Unreadable as error:
            complain(str(path), str(error))
            status = 2
        except BadOption as error:
            sys.stderr.write(f"kerascope: {error}\n")
            return 2
    if arguments.output_format == "json":
        say(json.dumps(summary_document(done), ensure_ascii=False, indent=1))
    else:
        for name, analysis in done:
            say(_text(name, analysis))
    return status


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
