"""Offsets and positions, against a twin that walks the text character by character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerascope.text.lines import Encoding, LineIndex, with_line_feeds

ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")
CODECS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
# Line ends, what is none although str.splitlines says so, one to four bytes, a combining mark, lone surrogates.
TEXTS = st.text(st.sampled_from("ab\t\n\r\f\x0b\x85\u2028é\u0301あ😀\ud83d\ude00"), max_size=30)


def width(text: str, encoding: Encoding) -> int:
    """The number of code units, by Python's own codecs."""
    codec, size = CODECS[encoding]
    return sum(len(character.encode(codec, "surrogatepass")) // size for character in text)


def slow_lines(text: str) -> list[tuple[int, int]]:
    """Start and stop of each line without its end."""
    lines, start, offset = [], 0, 0
    while offset < len(text):
        if text[offset] in "\r\n":
            lines.append((start, offset))
            offset += 1 + (text[offset : offset + 2] == "\r\n")
            start = offset
        else:
            offset += 1
    return [*lines, (start, len(text))]


@given(TEXTS)
def test_lines_are_those_of_the_twin(text: str) -> None:
    index = LineIndex(text)
    assert list(zip(index.starts, index.stops, strict=True)) == slow_lines(text)
    assert [index.line_text(line) for line in range(len(index.starts))] == [
        text[start:stop] for start, stop in slow_lines(text)
    ]


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(TEXTS)
def test_a_position_is_that_of_the_twin(encoding: Encoding, text: str) -> None:
    index = LineIndex(text)
    lines = slow_lines(text)
    for offset in range(len(text) + 1):
        line = max(number for number, (start, _) in enumerate(lines) if start <= offset)
        start, stop = lines[line]
        assert index.position(offset, encoding) == (line, width(text[start : min(offset, stop)], encoding))


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(TEXTS)
def test_an_offset_comes_back_from_its_position(encoding: Encoding, text: str) -> None:
    index = LineIndex(text)
    for offset in range(len(text) + 1):
        inside_a_line_end = text[offset - 1 : offset + 1] == "\r\n" and offset > 0
        expected = offset - 1 if inside_a_line_end else offset
        assert index.offset(*index.position(offset, encoding), encoding) == expected


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(TEXTS, st.integers(0, 40))
def test_a_column_past_the_end_of_its_line_means_the_end(encoding: Encoding, text: str, beyond: int) -> None:
    index = LineIndex(text)
    for line, (start, stop) in enumerate(slow_lines(text)):
        assert index.offset(line, width(text[start:stop], encoding) + beyond, encoding) == stop


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(TEXTS)
def test_what_lies_outside_the_text_means_its_ends(encoding: Encoding, text: str) -> None:
    index = LineIndex(text)
    assert index.position(-3, encoding) == (0, 0)
    assert index.position(len(text) + 3, encoding) == index.position(len(text), encoding)
    assert index.offset(-1, 5, encoding) == 0
    assert index.offset(len(index.starts), 0, encoding) == len(text)
    assert index.offset(0, -1, encoding) == 0


def test_a_column_within_a_character_falls_on_an_edge_of_it() -> None:
    index = LineIndex("a😀b")
    assert [index.offset(0, column, "utf-16") for column in range(5)] == [0, 1, 2, 2, 3]
    assert {index.offset(0, column, "utf-8") for column in (2, 3, 4)} == {2}


@given(TEXTS)
def test_with_line_feeds_every_line_begins_and_ends_where_it_did(text: str) -> None:
    changed = with_line_feeds(text)
    assert slow_lines(changed) == slow_lines(text)
    assert [a for a, b in zip(text, changed, strict=True) if a != b] == ["\r"] * (
        text.count("\r") - text.count("\r\n")
    )
    assert all(changed[offset + 1 : offset + 2] == "\n" for offset, a in enumerate(changed) if a == "\r")
