"""The experiments that rules name as their evidence, run again on the installed Keras.

The folder with the experiments is named by ``KERASCOPE_EXPERIMENTS``: scripts ``exp*_*.py``, which take ids of cases
and print a row for each, beside what they printed when they were recorded (``*.k3.txt``, ``*.k2.txt``).
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from kerascope.findings import Severity
from kerascope.rules.catalogue import rules

FOLDER = Path(os.environ.get("KERASCOPE_EXPERIMENTS", "missing"))
RULES = rules()
MAJORS = (3, 2)
SILENT = "silent"

pytestmark = [
    pytest.mark.wide,
    pytest.mark.skipif(
        not FOLDER.is_dir(), reason="KERASCOPE_EXPERIMENTS does not name the folder with the experiments"
    ),
]


@dataclass(frozen=True)
class Row:
    """What became of a case: where it ended, and what was raised there."""

    stage: str
    exception: str


def _rows(text: str) -> dict[str, Row]:
    found = {}
    for line in text.splitlines():
        cells = line.split(" | ")
        if len(cells) >= 4 and not line.startswith(("#", "case id")):
            found[cells[0].strip()] = Row(cells[2].strip(), cells[3].strip())
    return found


def _recorded(major: int) -> dict[str, tuple[Path, Row]]:
    """Every case of every script, with what was recorded of it under Keras ``major``."""
    cases = {}
    for file in sorted(FOLDER.glob(f"exp*.k{major}.txt")):
        script = file.with_name(file.name.partition(".")[0] + ".py")
        for case, row in _rows(file.read_text(encoding="utf-8")).items():
            cases[case] = (script, row)
    return cases


@functools.cache
def _run_again(script: Path, major: int) -> dict[str, Row]:
    """The cases of ``script`` that any rule names, run on the installed Keras ``major``."""
    recorded = _recorded(major)
    wanted = [
        case
        for case in sorted({case for rule in RULES for case in rule.evidence})
        if case in recorded and recorded[case][0] == script
    ]
    # Without bytecode and without result files: the folder may not be written to.
    environment = {**os.environ, "FLAVOR": str(major), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(
        [sys.executable, str(script), *wanted], env=environment, capture_output=True, text=True, check=False
    )
    rows = _rows(ran.stdout)
    assert wanted and set(wanted) <= rows.keys(), ran.stderr[-2000:]
    return rows


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_evidence_of_a_rule_holds_on_the_installed_keras(rule, major: int) -> None:
    recorded = _recorded(major)
    known = [case for case in rule.evidence if case in recorded]
    assert known or major == 2 or 3 not in rule.severity
    for case in known:
        script, row = recorded[case]
        assert _run_again(script, major)[case] == row, case


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_what_raises_in_the_experiments_is_an_error_and_what_runs_is_none(rule) -> None:
    recorded = _recorded(3)
    stages = {recorded[case][1].stage for case in rule.evidence if case in recorded}
    if 3 in rule.severity and stages:
        raised = any(stage.startswith("RAISES") for stage in stages)
        assert raised if rule.severity[3] is Severity.ERROR else SILENT in stages
