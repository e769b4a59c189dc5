"""A person types: whatever the text looks like on the way, only the statement that is typed may suffer."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import libcst as cst
import pytest

from kerascope.syntax.units import Parsed, TreeCache, parse
from kerascope.text.scan import logical_lines
from kerascope.text.source import Source, Span
from syntax.typing_simulator import Typed, states

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
LINES_PER_PROGRAM = 7
LEAST_SHARE_UNHARMED = 0.98


@dataclass
class Tally:
    """How many states there were, and in how many every other statement could be read."""

    states: int = 0
    unharmed: int = 0


def line_ends(text: str) -> list[int]:
    """The offsets of all line ends."""
    return [offset for offset, character in enumerate(text) if character == "\n"]


def harmed(whole: Parsed, typed: Parsed, edited: Span) -> bool:
    """Whether a hole reaches into a statement other than the one that holds the edited line.

    Where nothing reaches into it, its tree must be the very one that it had, at its new place.
    """
    shift = len(typed.source.text) - len(whole.source.text)
    trees = {(unit.origin, id(unit.tree)) for unit in typed.units}
    reached = False
    for position, unit in enumerate(whole.units):
        if unit.origin < edited.stop and edited.start < unit.stop:
            continue
        origin = unit.origin if unit.origin < edited.start else unit.origin + shift
        code = Span(origin, origin + logical_lines(unit.tree.text)[-1].stop)
        if any(hole.start < code.stop and code.start < hole.stop for hole in typed.holes):
            reached = True
        # An empty line belongs to the statement above it, or to the first one of all.
        takes_empty_lines = unit.stop == edited.start or (
            position == 1 and edited.start < whole.units[0].stop
        )
        if not reached and not takes_empty_lines:
            assert (origin, id(unit.tree)) in trees
    return reached


def check(state: Typed, start: int, whole: Parsed, line: Span, cache: TreeCache, tally: Tally) -> None:
    """One state: it is read in full, what was blanked parses, and other statements are as they were."""
    typed = parse(Source("program.py", state.text), cache)
    mended = "".join(unit.tree.text for unit in typed.units)
    assert len(mended) == len(state.text)
    assert line_ends(mended) == line_ends(state.text)
    unit_of_line = next(unit for unit in typed.units if unit.origin <= start < unit.stop)
    if tally.states % 10 == 0:
        cst.parse_module(mended)
    cst.parse_module(unit_of_line.tree.text)
    tally.states += 1
    tally.unharmed += not harmed(whole, typed, line)


@pytest.mark.parametrize("auto_close", [False, True], ids=["no brackets closed", "brackets closed"])
def test_typing_a_line_leaves_all_other_statements_as_they_are(auto_close: bool) -> None:
    tally = Tally()
    for path in PROGRAMS:
        text = path.read_text(encoding="utf-8")
        cache = TreeCache()
        whole = parse(Source("program.py", text), cache)
        assert not whole.holes
        lines = text.splitlines(keepends=True)
        chosen = [number for number, line in enumerate(lines) if line.strip()]
        for line in random.Random(f"{path.name}{auto_close}").sample(chosen, LINES_PER_PROGRAM):
            start = len("".join(lines[:line]))
            for state in states(text, line, auto_close=auto_close):
                check(state, start, whole, Span(start, start + len(lines[line])), cache, tally)
            if not auto_close:
                assert state.text == text
                assert parse(Source("program.py", state.text), cache).units[0].tree is whole.units[0].tree
    assert tally.states > 500
    assert tally.unharmed >= LEAST_SHARE_UNHARMED * tally.states


@pytest.mark.parametrize("path", PROGRAMS[:2], ids=lambda path: path.stem)
def test_a_docstring_that_is_not_ended_yet_costs_one_line(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    line = next(number for number, line in enumerate(lines) if number and line.count('"""') == 2)
    for state in states(text, line, auto_close=False):
        typed = parse(Source("program.py", state.text), TreeCache())
        assert sum(state.text.count("\n", *hole) for hole in typed.holes) == 0
        assert len(typed.holes) <= 1


def test_a_function_whose_header_is_typed_keeps_its_neighbours() -> None:
    text = "import a\n\nx = 1\n\n\ndef f(a, b=(1, 2)):\n" + "    a.g()\n" * 20 + "    return b\n\n\ny = 2\n"
    for state in states(text, 5, auto_close=False):
        typed = parse(Source("program.py", state.text), TreeCache())
        read = "".join(unit.tree.text for unit in typed.units)
        assert [name for name in ("import a", "x = 1", "y = 2") if name not in read] == []
