"""Writes the measured part of ``docs/accuracy.md``: printed tables and clean programs of other people.

Usage: ``python scripts/measure_accuracy.py MEASURES CORPUS [--held-out CORPUS] [--further CORPUS]``. ``MEASURES`` is
the folder with ``measure_summaries.py`` and ``measure_clean.py``; a ``CORPUS`` is a folder that their ``build.sh``
filled, with ``summaries.json``, ``clean_files.json`` and ``raw``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "accuracy.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
KERASCOPE = f"{sys.executable} -m kerascope"

_GROUP = re.compile(
    r"^(?P<group>all|own): tables (?P<tables>\d+), wholly exact (?P<whole>\d+), mean share exact (?P<mean>[\d.]+%); "
    r"rows (?P<rows>\d+): exact (?P<exact>[\d.]+%), unknown (?P<unknown>[\d.]+%), missing (?P<missing>[\d.]+%), "
    r"wrong (?P<wrong>\d+) \((?P<share>[\d.]+%)\)$"
)
_TOTALS = re.compile(r"^totals \{(?P<totals>[^}]*)\}.*files (?P<files>\d+) .*failed (?P<failed>\d+)")
_CLEAN = re.compile(
    r"^clean files checked (?P<files>\d+), with an error (?P<with>\d+), errors (?P<errors>\d+), "
    r"warnings (?P<warnings>\d+), failed (?P<failed>\d+)"
)


@dataclass(frozen=True)
class Measured:
    """What the two measures printed of one corpus, line by line."""

    name: str
    summaries: list[str]
    clean: dict[str, list[str]]


def _run(script: Path, *arguments: str) -> list[str]:
    ran = subprocess.run(
        [sys.executable, str(script), *arguments], capture_output=True, text=True, check=True
    )
    return ran.stdout.splitlines()


def measure(name: str, measures: Path, corpus: Path, *, clean: bool = True) -> Measured:
    """Runs both measures on one corpus, or that of printed tables alone; takes minutes."""
    raw = str(corpus / "raw")
    summaries = _run(
        measures / "measure_summaries.py", str(corpus / "summaries.json"), raw, "-v",
        "--cmd", f"{KERASCOPE} summary --output-format json",
    )  # fmt: skip
    found = {
        tier: _run(
            measures / "measure_clean.py", str(corpus / "clean_files.json"), raw, "-v", "--tier", tier,
            "--cmd", f"{KERASCOPE} check --output-format json",
        )
        for tier in (("A", "B,C") if clean else ())
    }  # fmt: skip
    return Measured(name, summaries, found)


def _rows(measured: Iterable[Measured]) -> Iterable[str]:
    yield "| programs | line | tables | wholly exact | mean share exact | rows | exact | unknown | missing | wrong |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for corpus in measured:
        for line in corpus.summaries:
            match = _GROUP.match(line)
            if match:
                yield (
                    f"| {corpus.name} | {match['group']} | {match['tables']} | {match['whole']} | {match['mean']} "
                    f"| {match['rows']} | {match['exact']} | {match['unknown']} | {match['missing']} "
                    f"| {match['wrong']} ({match['share']}) |"
                )


def _totals(measured: Iterable[Measured]) -> Iterable[str]:
    for corpus in measured:
        for line in corpus.summaries:
            match = _TOTALS.match(line)
            if match:
                totals = match["totals"].replace("'", "")
                yield f"Totals of the {corpus.name}: {totals}; {match['files']} files, {match['failed']} failed."


def _clean(measured: Iterable[Measured]) -> Iterable[str]:
    yield "| programs | tiers | files | files with an error | errors | warnings | failed |"
    yield "|---|---|---:|---:|---:|---:|---:|"
    for corpus in measured:
        for tier, lines in corpus.clean.items():
            match = next((found for line in lines if (found := _CLEAN.match(line))), None)
            if match:
                yield (
                    f"| {corpus.name} | {tier} | {match['files']} | {match['with']} | {match['errors']} "
                    f"| {match['warnings']} | {match['failed']} |"
                )


def page(measured: list[Measured]) -> str:
    """The measured part, between its marks."""
    lines = [BEGIN, "", "### Printed tables", "", *_rows(measured), "", *_totals(measured), ""]
    lines += ["### Programs that are known to run", "", *_clean(measured), "", END]
    return "\n".join(lines)


def main() -> None:
    """Measures, and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("measures", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--held-out", type=Path)
    parser.add_argument("--further", type=Path)
    options = parser.parse_args()
    measured = [measure("development set", options.measures, options.corpus)]
    if options.held_out is not None:
        measured.append(measure("programs not looked into", options.measures, options.held_out))
    if options.further is not None:
        # Which of these files ran under which Keras is not recorded, so that they tell of false alarms by reading only.
        measured.append(measure("fifty further repositories", options.measures, options.further, clean=False))
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + page(measured) + after, encoding="utf-8")
    for corpus in measured:
        for lines in (corpus.summaries, *corpus.clean.values()):
            sys.stdout.write("\n".join((f"# {corpus.name}", *lines, "")))


if __name__ == "__main__":
    main()
