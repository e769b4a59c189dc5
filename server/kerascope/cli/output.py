"""What ``kerascope check`` prints, in each of its formats."""

from __future__ import annotations

import argparse
import collections
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kerascope.cli.checking import Outcome
from kerascope.cli.console import ascii_only, complain_of, say, say_bytes, use_colour, width
from kerascope.findings import Finding
from kerascope.report.checked import Checked, Problem
from kerascope.report.text import Painter, concise_text, findings_text, totals_text

Writer = Callable[[Sequence[Checked], Sequence[Problem]], str]


@dataclass(frozen=True, slots=True)
class Format:
    """A format: how it is written, and whether people read it, who may be told more than the findings."""

    write: Writer
    for_people: bool = False


def _text(files: Sequence[Checked], problems: Sequence[Problem]) -> str:
    painter = Painter(colour=use_colour(sys.stdout))
    columns = width()
    return "".join(findings_text(checked, painter, columns) for checked in files if checked.findings)


def _concise(files: Sequence[Checked], problems: Sequence[Problem]) -> str:
    return concise_text(files)


def _json(files: Sequence[Checked], problems: Sequence[Problem]) -> str:
    from kerascope.report.machine import check_document, json_text

    return json_text(check_document(files), ascii_only=ascii_only())


def _sarif(files: Sequence[Checked], problems: Sequence[Problem]) -> str:
    from kerascope.report.machine import json_text
    from kerascope.report.sarif import sarif_document

    return json_text(sarif_document(files, problems), ascii_only=ascii_only())


def _gitlab(files: Sequence[Checked], problems: Sequence[Problem]) -> str:
    from kerascope.report.gitlab import gitlab_document
    from kerascope.report.machine import json_text

    return json_text(gitlab_document(files), ascii_only=ascii_only())


def _github(files: Sequence[Checked], problems: Sequence[Problem]) -> str:
    from kerascope.report.github import github_text

    return github_text(files)


def _junit(files: Sequence[Checked], problems: Sequence[Problem]) -> str:
    from kerascope.report.junit import junit_text

    return junit_text(files, problems)


FORMATS = {
    "text": Format(_text, for_people=True),
    "concise": Format(_concise, for_people=True),
    "json": Format(_json),
    "sarif": Format(_sarif),
    "github": Format(_github),
    "gitlab": Format(_gitlab),
    "junit": Format(_junit),
}


def print_findings(
    outcomes: Sequence[Outcome], problems: Sequence[Problem], arguments: argparse.Namespace
) -> None:
    """Prints what was asked for: findings, a diff, or the program that came from standard input, fixed."""
    files = [outcome.checked for outcome in outcomes if outcome.checked is not None]
    findings = [finding for checked in files for finding in checked.findings]
    fixed = sum(outcome.fixed for outcome in outcomes)
    if arguments.diff:
        say_bytes(b"".join(outcome.diff for outcome in outcomes))
        changed = sum(bool(outcome.diff) for outcome in outcomes)
        files_changed = f"{changed} file{'s' if changed != 1 else ''}"
        complain_of(f"{fixed} fix{'es' if fixed != 1 else ''} in {files_changed}; nothing was written")
        return
    programs = [outcome.change[1] for outcome in outcomes if outcome.is_standard_input and outcome.change]
    if arguments.fix and programs:
        say_bytes(b"".join(programs))
        # Standard output is the program's, so that what is left to say of it goes the other way.
        for checked in files:
            complain_each(checked)
        return
    chosen = FORMATS[arguments.output_format]
    written = chosen.write(files, problems)
    if not chosen.for_people:
        say(written)
        return
    statistics = _statistics(findings) if arguments.statistics else ""
    say(written + statistics + totals_text(findings, len(files), fixed))


def print_nothing(name: str) -> None:
    """Prints the document that has no file, in a format for machines."""
    if not FORMATS[name].for_people:
        say(FORMATS[name].write([], []))


def complain_each(checked: Checked) -> None:
    """Says a file's findings on standard error, a line each."""
    for line in concise_text([checked]).splitlines():
        complain_of(line)


def _statistics(findings: Sequence[Finding]) -> str:
    counts = collections.Counter((finding.code, finding.name) for finding in findings)
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return "".join(f"{count:6}  {code}  {name}\n" for (code, name), count in ordered)
