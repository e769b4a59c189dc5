"""Statements are found in text that is being typed as they are in whole text, from any of them on."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerascope.text.differences import common_prefix, common_suffix
from kerascope.text.lines import LineIndex, line_start
from kerascope.text.scan import logical_lines
from kerascope.text.unfinished import typed_lines

REPOSITORY = Path(__file__).parents[2]
FILES = sorted((REPOSITORY / "server").rglob("*.py"))[::7]


def shown(text: str) -> list[str]:
    return [text[found.line.start : found.line.stop] for found in typed_lines(text)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_whole_text_is_cut_as_ever(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [found.line for found in typed_lines(text)] == logical_lines(text)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        # A bracket ends where the next statement must begin.
        ("x = f(\ny = 2\nz = 3\n", ["x = f(", "y = 2", "z = 3"]),
        ("x = f(a,\ny = 2\nz = 3\n", ["x = f(a,", "y = 2", "z = 3"]),
        ("m.add(\nm.add(g(3))\nm.fit()\n", ["m.add(", "m.add(g(3))", "m.fit()"]),
        ("x = f(\n@d\ndef g():\n    pass\n", ["x = f(", "@d", "def g():", "pass"]),
        ("x = [\nimport y\n", ["x = [", "import y"]),
        ("def f():\n    x = g(\n    y = 1\n\nz = 2\n", ["def f():", "x = g(\n    y = 1\n", "z = 2"]),
        ("x = (\n", ["x = (\n"]),
        ("x = (\ny", ["x = (", "y"]),
        # Whole brackets may begin lines at the margin.
        ("x = [\n1,\n2\n]\ny = 2\n", ["x = [\n1,\n2\n]", "y = 2"]),
        ("x = (a\nif b\nelse c)\n", ["x = (a\nif b\nelse c)"]),
        ("x = f(\na=1,\nb=2,\n)\ny = 3\n", ["x = f(\na=1,\nb=2,\n)", "y = 3"]),
        ('x = ("a"\nf"b"\n"c")\ny = 2\n', ['x = ("a"\nf"b"\n"c")', "y = 2"]),
        ("x = [y\nfor y in z]\nw = 1\n", ["x = [y\nfor y in z]", "w = 1"]),
        ("x = (1  # one\n# two\n+ 3)\n", ["x = (1  # one\n# two\n+ 3)"]),
        # A string in triple quotes ends with its line where the next one's text would be code.
        ('x = """a\ny = 2\ndef f():\n    """Text."""\n', ['x = """a', "y = 2", "def f():", '"""Text."""']),
        ('"""\nx = 2\ndef f():\n    """\n    Some text.\n    """\n', ['"""', "x = 2", "def f():",
         '"""\n    Some text.\n    """']),
        ('x = """a\nb = 1\n', ['x = """a', "b = 1"]),
        ('x = """a\nb""" if c else d\ny = 2\n', ['x = """a\nb""" if c else d', "y = 2"]),
        ('x = """a\nb"""\nprint(x)\n', ['x = """a\nb"""', "print(x)"]),
    ],
)  # fmt: skip
def test_what_is_not_closed_ends_where_nothing_can_go_on(text: str, lines: list[str]) -> None:
    assert shown(text) == lines


SIGNS = st.text(st.sampled_from("ab1()[]{}'\"\\#\r\n \f,=+"), max_size=40)
WORDS = st.lists(
    st.sampled_from(["x = f(", "y = [1,", "])", '"""', "def f():", "    a = 1", "a, b", "'''t", "# c", "", "if a"]),
    max_size=12,
).map("\n".join)  # fmt: skip


@given(st.one_of(SIGNS, WORDS))
def test_lines_of_any_text_are_in_order_and_can_be_found_from_each_on(text: str) -> None:
    found = list(typed_lines(text))
    stop = 0
    for line, reach in found:
        assert stop <= line.start < line.stop <= len(text)
        assert line.stop <= reach
        stop = line.stop
    for index, (line, _) in enumerate(found):
        begins = line_start(text, line.start)
        again = [again.line for again in typed_lines(text, begins)]
        # From the first that was given up at the very end of the text on, less is looked at.
        if all(reach <= len(text) for _, reach in found):
            assert again == [later.line for later in found[index:]]


@given(st.one_of(SIGNS, WORDS), st.one_of(SIGNS, WORDS))
def test_what_lies_behind_the_reach_of_a_line_has_no_part_in_it(text: str, other: str) -> None:
    reaches_far_enough(text, other)


def test_the_reach_of_a_string_behind_an_open_bracket() -> None:
    reaches_far_enough('x = f(\n"""\n"""\nx = f(', "x = f(")


def reaches_far_enough(text: str, other: str) -> None:
    """Whether the lines up to the furthest reach are the same with another text behind it."""
    furthest = 0
    for line, reach in typed_lines(text):
        furthest = max(furthest, reach)
        if furthest <= len(text):
            assert line in [found.line for found in typed_lines(text[:furthest] + other)]


@given(SIGNS, SIGNS)
def test_common_beginnings_and_ends(left: str, right: str) -> None:
    prefix, suffix = common_prefix(left, right), common_suffix(left, right)
    assert left[:prefix] == right[:prefix]
    assert left[prefix : prefix + 1] != right[prefix : prefix + 1] or prefix == min(len(left), len(right))
    assert left[len(left) - suffix :] == right[len(right) - suffix :]
    rest = len(left) - suffix, len(right) - suffix
    assert 0 in rest or left[rest[0] - 1] != right[rest[1] - 1]


@given(
    st.text(st.sampled_from("a\r\n\f😀"), max_size=20),
    st.integers(0, 20),
    st.integers(0, 20),
    st.text(st.sampled_from("b\r\n"), max_size=5),
)
def test_an_edited_index_is_that_of_the_edited_text(text: str, a: int, b: int, inserted: str) -> None:
    start, stop = sorted((min(a, len(text)), min(b, len(text))))
    edited = LineIndex(text).edited(start, stop, inserted)
    whole = LineIndex(text[:start] + inserted + text[stop:])
    assert (edited.text, edited.starts, edited.stops) == (whole.text, whole.starts, whole.stops)
