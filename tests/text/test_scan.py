"""Logical lines, against Python's own tokenizer."""

from __future__ import annotations

import io
import tokenize
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerascope.text.lines import LineIndex
from kerascope.text.scan import comments, logical_lines, unfinished_string

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted(
    [*(REPOSITORY / "server").rglob("*.py"), *(REPOSITORY / "tests").rglob("*.py")],
    key=lambda path: path.name,
)[::4]
INVISIBLE = {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}


def tokenized(text: str) -> tuple[list[tuple[int, int]], list[str]]:
    """Start and stop of each logical line, and the comments, as tokenize says."""
    index = LineIndex(text)
    lines, found = [], []
    start: int | None = None
    for token in tokenize.generate_tokens(io.StringIO(text, newline="").readline):
        offset = index.offset(token.start[0] - 1, token.start[1])
        if token.type == tokenize.COMMENT:
            found.append(token.string)
        if token.type == tokenize.NEWLINE and start is not None:
            lines.append((start, offset))
            start = None
        elif start is None and token.type not in INVISIBLE and token.type != tokenize.ENDMARKER:
            start = offset
    return lines, found


def scanned(text: str) -> tuple[list[tuple[int, int]], list[str]]:
    """The same, by the scanner."""
    lines = [(line.start, line.stop) for line in logical_lines(text)]
    return lines, [text[span.start : span.stop] for span in comments(text)]


STRINGS = st.sampled_from(
    [
        "'a'", '"#no comment"', "r'\\''", 'b"\\""', "''", '""', "'''a\n'b' #\n'''", '"""(\n""\\""""', "f'{x}('",
        "'a\\\nb'", 'rb"\\\\"', "'\\\\'", "''''a'''", "'\u2028'", "u'\\N{DASH}'",
    ]
)  # fmt: skip
ATOMS = STRINGS | st.sampled_from(["x", "1.5", "...", "é", "()", "[]", "{}"])
COMMENT = st.sampled_from(["", "  # note", "  # it's (", '#"""', "  # \\"])
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", " \\\n  % ", "\\\n+"]), inner).map("".join),
        st.tuples(st.sampled_from(["(", "f(", "["]), inner, COMMENT, st.sampled_from(["\n", "\n\n  ", "\n\f"]), inner)
        .map(lambda parts: "".join(parts[:2]) + "," + "".join(parts[2:]) + {"[": "]"}.get(parts[0], ")")),
        st.tuples(inner, inner).map(lambda pair: f"{{{pair[0]}: {pair[1]}}}"),
    ),
    max_leaves=5,
)  # fmt: skip
SIMPLE = st.tuples(st.sampled_from(["x = ", "", "return ", "y = 1; z = "]), EXPRESSIONS, COMMENT).map("".join)
EMPTY = st.sampled_from(["", "    ", "# alone (", "    # alone", "\f"])
BLOCKS = st.tuples(
    st.sampled_from(["if x:", "class C:  # (", "@d\ndef f(a,\n  b):"]), SIMPLE, EMPTY, SIMPLE
).map(lambda parts: f"{parts[0]}\n    {parts[1]}\n{parts[2]}\n    {parts[3]}")
PROGRAMS = st.lists(SIMPLE | BLOCKS | EMPTY, max_size=6).map("\n".join)


@given(PROGRAMS, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_logical_lines_are_those_of_tokenize_in_generated_programs(text: str, end: str, ended: bool) -> None:
    text = text.replace("\n", end) + (end if ended else "")
    assert scanned(text) == tokenized(text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_logical_lines_are_those_of_tokenize_in_our_own_files(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert scanned(text) == tokenized(text)


def test_a_carriage_return_alone_ends_a_line() -> None:
    assert scanned("x = 1\ry = (\r2)\r")[0] == [(0, 5), (6, 14)]


def test_indentation_counts_from_the_last_form_feed_on() -> None:
    assert [line.indent for line in logical_lines("\fa\nif b:\n  c\n \f  d\n\te\n")] == [0, 0, 2, 2, 1]


@pytest.mark.parametrize(
    ("text", "still_open"),
    [
        ("f(a, [b", 2),
        ("f(a)\ng(", 1),
        ("f(a)", 0),
        ("f)", 0),
        (")\n(", 1),
        ("'(", 0),
        ("f(  # (", 1),
        ('"""(', 0),
    ],
)
def test_brackets_that_are_open_at_the_end_are_counted(text: str, still_open: int) -> None:
    assert logical_lines(text)[-1].open_brackets == still_open


@given(st.text(st.sampled_from("ab()[]{}'\"\\#\r\n \f"), max_size=30))
def test_lines_of_any_text_are_in_order_and_no_statement_is_left_out(text: str) -> None:
    stop = 0
    for line in logical_lines(text):
        assert stop <= line.start < line.stop <= len(text)
        between = text[stop : line.start]
        assert all(
            part.strip(" \t\f") == "" or part.strip(" \t\f").startswith("#")
            for part in between.replace("\r", "\n").split("\n")
        )
        stop = line.stop


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [('"""', True), ('"""a""', True), ('""""', True), ('"""a"""', False), ("''''''", False), ("'''\"\"\"'''", False),
     ('x = """a"""\ny = r\'\'\'b', True), ('# """', False), ('"\\"""', False), ("'a", False),
     ('"""a\\"""', True)],
)  # fmt: skip
def test_a_string_in_triple_quotes_that_does_not_end_is_noticed(text: str, unfinished: bool) -> None:
    assert unfinished_string(text) is unfinished
