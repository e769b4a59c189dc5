"""Programs as units: what they cover, what an edit makes parse again, and what is given up where text is broken."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerascope.syntax.units import Parsed, TreeCache, Unit, parse, statement_spans
from kerascope.text.source import Source

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted((REPOSITORY / "server").rglob("*.py"), key=lambda path: path.name)[2::6]
PROGRAM = """\
# A comment at the top.
import numpy as np

x = np.zeros((3,
              4))
y = 1; z = 2

@decorated
# Between decorator and function.
def f(a):
    if a:
        return 1

    return 2


if x:
    pass
elif y:
    pass
# Before the last branch.
else:
    pass
try:
    f(1)
except ValueError:
    pass
finally:
    z = 3
while z: z -= 1
print(x)
# A comment at the end.
"""


def read(text: str, cache: TreeCache | None = None) -> Parsed:
    """Parses a program of its own."""
    return parse(Source("program.py", text), cache if cache is not None else TreeCache())


def text_of(unit: Unit, node: cst.CSTNode, parsed: Parsed) -> str:
    """A node's text in the whole program."""
    return parsed.source.text[slice(*unit.span(node))]


# --- Units ------------------------------------------------------------------------------------------------


def test_a_unit_is_a_top_level_statement() -> None:
    parsed = read(PROGRAM)
    kinds = [[type(node).__name__ for node in unit.body] for unit in parsed.units]
    assert kinds == [
        ["SimpleStatementLine"], ["SimpleStatementLine"], ["SimpleStatementLine"], ["FunctionDef"], ["If"], ["Try"],
        ["While"], ["SimpleStatementLine"],
    ]  # fmt: skip
    assert not parsed.holes
    assert not parsed.faults


def covers(parsed: Parsed) -> bool:
    """Whether the units follow one another from the text's beginning to its end."""
    edges = [0, *(unit.stop for unit in parsed.units)]
    return edges[:-1] == [unit.origin for unit in parsed.units] and edges[-1] == len(parsed.source.text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_units_cover_a_file_exactly_and_in_order(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    parsed = read(text)
    assert covers(parsed)
    assert "".join(unit.tree.text for unit in parsed.units) == text
    assert not parsed.holes
    assert all(len(unit.body) == 1 for unit in parsed.units)


@given(st.text(st.sampled_from("ab=:@#()[]'\"\\\n\r \t\f0é\x00\ud83d"), max_size=40))
def test_any_text_is_read_without_an_exception_and_covered(text: str) -> None:
    parsed = read(text)
    assert covers(parsed)
    assert bool(parsed.holes) == bool(parsed.faults)
    assert all(0 <= hole.start <= hole.stop <= len(text) for hole in parsed.holes)
    for unit in parsed.units:
        for node in unit.body:
            assert 0 <= unit.span(node).start <= unit.span(node).stop <= len(text)


FRAGMENTS = (
    "if x:",
    "    y = (1",
    "    z)",
    "else:",
    "def f(a):",
    "\treturn",
    "'''",
    "@d",
    "x = [",
    "]",
    "",
    "\f# c",
)


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=9), st.sampled_from(["\n", "\r\n"]))
def test_lines_in_any_order_are_read_without_an_exception_and_covered(lines: list[str], end: str) -> None:
    parsed = read(end.join(lines))
    assert covers(parsed)
    for unit in parsed.units:
        blanked, there = unit.tree.text, parsed.source.text[unit.origin : unit.stop]
        assert [sign for sign in blanked if sign in "\r\n"] == [sign for sign in there if sign in "\r\n"]


def test_spans_are_offsets_in_the_program_wherever_form_feeds_stand() -> None:
    for text in (
        "\fabc = 1\n\fabc\n",
        "\ufeffabc = 1\nabc\n",
        "# c\n\f\n\fabc = abc\n",
        "x\n\n\fif abc:\n\f  abc\n",
    ):
        parsed = read(text)
        assert not parsed.holes
        names = []
        for unit in parsed.units:
            pending: list[cst.CSTNode] = [unit.tree.module]
            while pending:
                node = pending.pop()
                pending += node.children
                if isinstance(node, cst.Name):
                    names.append(text_of(unit, node, parsed))
        assert set(names) <= {"abc", "x"}
        assert names.count("abc") == 2


def test_spans_of_text_without_a_statement() -> None:
    assert list(statement_spans("")) == []
    text = "\n# only this\n"
    assert [span for span, _ in statement_spans(text)] == [(0, len(text))]


# --- The cache --------------------------------------------------------------------------------------------


def test_a_changed_statement_parses_only_its_own_unit_again() -> None:
    cache = TreeCache()
    before = read(PROGRAM, cache)
    assert cache.parsed == len(before.units)
    assert read(PROGRAM, cache).units[0].tree is before.units[0].tree
    assert cache.parsed == len(before.units)
    for old, new in [
        ("        return 1", "        return a + 1"),
        ("y = 1", "y = 17"),
        ("# A comment", "# The comment"),
    ]:
        count = cache.parsed
        after = read(PROGRAM.replace(old, new, 1), cache)
        assert cache.parsed == count + 1
        changed = [a.tree is not b.tree for a, b in zip(after.units, before.units, strict=True)]
        assert changed.count(True) == 1


def test_a_line_more_above_moves_units_and_parses_none_of_them() -> None:
    cache = TreeCache()
    before = read(PROGRAM, cache)
    count = cache.parsed
    after = read("first = 0\n" + PROGRAM.removeprefix("# A comment at the top.\n"), cache)
    assert cache.parsed == count + 2  # the new statement, and the import without the comment above it
    shift = len(after.source.text) - len(PROGRAM)
    for old, new in zip(before.units[1:], after.units[2:], strict=True):
        assert new.tree is old.tree
        assert new.origin == old.origin + shift
        for node in new.body:
            assert text_of(new, node, after) == text_of(old, node, before)


def test_units_of_the_same_text_share_tree_and_digest_and_others_do_not() -> None:
    parsed = read("x = 1\ny = 1\nx = 1\n")
    first, second, third = (unit.tree for unit in parsed.units)
    assert first is third
    assert first.digest == third.digest != second.digest
    assert read("x = 1\n").units[0].tree.digest == first.digest


def test_the_cache_forgets_what_was_used_least_recently() -> None:
    cache = TreeCache(capacity=4)
    for text in ("a\n", "b\n", "a\n", "c\n"):
        cache.tree(text)
    assert cache.parsed == 3
    cache.tree("a\n")
    assert cache.parsed == 3
    cache.tree("b\n")
    assert cache.parsed == 4


# --- Holes ------------------------------------------------------------------------------------------------


def hole_texts(text: str) -> list[str]:
    """What is blanked of a program."""
    return [text[slice(*hole)].strip() for hole in read(text).holes]


@pytest.mark.parametrize(
    ("text", "blanked"),
    [
        ("x = 1\ny = f(\nz = 2\n", ["y = f("]),
        ("x = 1\ny = \nz = 2\n", ["y ="]),
        ("def f():\n    x = (1\n    return x\ny = 2\n", ["x = (1"]),
        ("for i in\n    x = 1\ny = 2\n", ["for i in"]),
        ("x = 'a\ny = 2\n", ["x = 'a"]),
        ('x = """a\ny = 2\nz = """b"""\n', ['x = """a']),
        ('def f():\n    """Half\n    x = 1\n\n\ndef g():\n    """Whole."""\n', ['"""Half']),
        ("x = 1\nimport \ny = f(\nz = 3\n", ["import", "y = f("]),
    ],
)
def test_only_the_faulty_statement_becomes_a_hole(text: str, blanked: list[str]) -> None:
    assert hole_texts(text) == blanked


def test_a_bracket_left_open_within_a_statement_costs_no_neighbour() -> None:
    text = "x = 1\nmodel = S([\n    a(),\n    b(\n    c(),\n])\ny = 2\n"
    blanked = hole_texts(text)
    assert "b(" in blanked
    assert not any("x = 1" in part or "y = 2" in part for part in blanked)


def test_a_hole_knows_its_names_and_a_whole_statement_knows_of_no_hole() -> None:
    parsed = read("x = 1\nmodel.add(Flatten(\nz = 2\n")
    holed = [unit for unit in parsed.units if unit.has_hole]
    assert len(holed) == 1
    assert holed[0].hole_names == {"model", "add", "Flatten"}
    assert all(not unit.hole_names for unit in parsed.units if not unit.has_hole)


def test_a_fault_says_where_and_what() -> None:
    text = "x = 1\n\nif x:\n    y = f(\nz = 2\n"
    (fault,) = read(text).faults
    assert text[fault.offset :].lstrip().startswith("y = f(")
    assert fault.message == "'(' was never closed"


# --- Versions ---------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["x = f(", ")", '"""', "'''", "\n", "def f():", "    y = [1,\n", "]\n", "\n\nz = 2\n", "@d\n", "else:\n", "if a:\n",
     "  b\n", "# c\n", "\f", "import os\n", "a", " ", "print('''t''')\n"]
)  # fmt: skip
EDITS = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 9), PIECES), max_size=8)


@given(st.lists(PIECES, max_size=25), EDITS)
def test_a_version_that_follows_another_is_read_as_if_it_were_the_first(
    start: list[str], edits: list[tuple[int, int, str]]
) -> None:
    text = "".join(start)
    cache = TreeCache(incremental=True)
    last = read(text, cache)
    for where, length, inserted in edits:
        place = min(where, len(text))
        text = text[:place] + inserted + text[place + length :]
        now, fresh = read(text, cache), read(text)
        assert now.holes == fresh.holes
        assert now.faults == fresh.faults
        assert now.origins == fresh.origins == tuple(unit.origin for unit in now.units)
        assert [(unit.tree.text, unit.hole_names) for unit in now.units] == [
            (unit.tree.text, unit.hole_names) for unit in fresh.units
        ]
        assert now.change is not None
        assert now.change.before is last.units
        assert now.units[: now.change.new.start] == last.units[: now.change.old.start]
        assert now.units[now.change.new.stop :] == last.units[now.change.old.stop :]
        last = now


def test_what_python_reads_is_no_fault_where_it_is_nested_too_deeply_for_libcst() -> None:
    long_sum = " + ".join(f'"line {number}"' for number in range(400))
    parsed = read(f"import keras\ntext = {long_sum}\nmodel = keras.Sequential()\n")
    assert [unit.has_hole for unit in parsed.units] == [False, True, False]
    assert parsed.holes
    assert not parsed.faults
    assert read(f"text = {long_sum} +\n").faults
    assert read("x = " + "[" * 400 + "]" * 400 + "\n").faults  # Python has its own limit, too
