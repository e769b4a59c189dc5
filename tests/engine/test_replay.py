"""Lines that are typed again, as ``benchmarks/replay.py`` does it: nothing breaks, and no finding flickers."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

from replay import Count, Program, flickering, replay  # noqa: E402 - the benchmarks are no package

OWN = sorted([*(ROOT / "tests/syntax/programs").glob("*.py"), *(ROOT / "examples").glob("*.py")])


def holds(count: Count) -> None:
    assert count.states
    assert (count.exceptions, count.flickers, count.differences) == (0, 0, 0)


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_a_few_lines_of_our_own_programs(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    holds(replay(path, lines=2, seed=1))
    assert not caplog.records


@pytest.mark.wide
@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_every_line_of_our_own_programs(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    holds(replay(path, lines=1_000, seed=1))
    assert not caplog.records


def test_the_cells_of_a_notebook_are_typed_in_as_well(tmp_path: Path) -> None:
    cells = [
        "import keras\n%matplotlib inline\n",
        "model = keras.Sequential([keras.layers.Dense(1)])",
        "",
        "!ls\n",
    ]
    notebook = tmp_path / "program.ipynb"
    notebook.write_text(json.dumps({"cells": [{"cell_type": "code", "source": [cell]} for cell in cells]}))
    program = Program.read(notebook)
    assert program.lines() == [(0, 0), (0, 1), (1, 0), (3, 0)]
    assert [cell.written for cell in program.source(1, "x = 1").cells] == [cells[0], "x = 1", "", "!ls\n"]
    count = replay(notebook, lines=4, seed=1)
    holds(count)
    assert count.lines == 4 + 1  # only one line has brackets that an editor would close
    again = Count.read(json.loads(json.dumps(count.written())))
    assert again == count


def test_a_cell_that_nobody_can_read_does_not_make_what_is_typed_unreadable(tmp_path: Path) -> None:
    cells = ["import keras\n", "print(f'{x.shape\n", "inputs = keras.Input(shape=(3,))\n"]
    notebook = tmp_path / "program.ipynb"
    notebook.write_text(json.dumps({"cells": [{"cell_type": "code", "source": [cell]} for cell in cells]}))
    count = replay(notebook, lines=3, seed=1)
    holds(count)
    assert 0 < count.unreadable < count.states
    # `keras.Input()` is a whole program, on the way to one that gives a shape.
    assert count.whole_changes


def test_a_finding_that_comes_and_goes_is_noticed() -> None:
    finding = frozenset({("KC201", 3)})
    nothing: frozenset[tuple[str, int]] = frozenset()
    steady = [(nothing, True, "a"), (finding, True, "ab"), (finding, False, "abc")]
    assert not list(flickering(steady))
    unreadable = [(nothing, False, "a"), (finding, True, "ab"), (nothing, False, "abc")]
    assert list(flickering(unreadable)) == [("KC201", 3, "ab")]
    whole = [(finding, False, "a"), (nothing, False, "ab"), (finding, False, "abc")]
    assert list(flickering(whole)) == [("KC201", 3, None)]
