"""Logical lines of Python text, found without parsing it.

The scanner knows strings, comments, brackets and continuation lines, and nothing else; so it works on text
that no parser accepts, which is what an editor holds most of the time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import NamedTuple

from kerascope.text.source import Span

TOKEN = re.compile(
    r"""
      (?P<comment>\#[^\r\n]*)
    | (?P<triple>\"\"\"|''')
    | (?P<quote>["'])
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | (?P<joined>\\(?:\r\n|\r|\n))
    | (?P<end>\r\n|\r|\n)
    """,
    re.VERBOSE,
)
# What follows an opening quote, its closing quote included where there is one.
REST_OF_STRING = {
    '"': re.compile(r'(?:[^"\\\r\n]|\\(?:\r\n|.|\n))*(?P<closing>")?', re.DOTALL),
    "'": re.compile(r"(?:[^'\\\r\n]|\\(?:\r\n|.|\n))*(?P<closing>')?", re.DOTALL),
    '"""': re.compile(r'(?:[^"\\]|\\.|"(?!""))*(?P<closing>""")?', re.DOTALL),
    "'''": re.compile(r"(?:[^'\\]|\\.|'(?!''))*(?P<closing>''')?", re.DOTALL),
}


class LogicalLine(NamedTuple):
    """A statement's line, or a compound statement's header: from its first character to past its end.

    ``indent`` counts characters of white space before ``start``, from the last form feed on, as Python does;
    ``open_brackets`` is how many brackets are still open at ``stop``, which is above 0 only at the end of
    unfinished text. Blank lines and lines that hold only a comment are no logical lines.
    """

    start: int
    stop: int
    indent: int
    open_brackets: int


@functools.lru_cache(maxsize=8)
def logical_lines(text: str) -> list[LogicalLine]:
    """All logical lines of ``text``, in order; callers must not change the list.

    The last few answers are kept, since mending a statement asks of the same text several times.
    """
    lines: list[LogicalLine] = []
    depth = 0
    line_start = 0  # where the physical line began at which the logical line begins
    position = 0
    length = len(text)
    while position < length:
        match = TOKEN.search(text, position)
        if match is None:
            break
        kind = match.lastgroup
        position = match.end()
        if kind in ("triple", "quote"):
            rest = REST_OF_STRING[match.group()].match(text, position)
            position = rest.end() if rest is not None else length
        elif kind == "open":
            depth += 1
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "end" and depth == 0:
            line = logical_line(text, line_start, match.start(), depth)
            if line is not None:
                lines.append(line)
            line_start = position
    if line_start < length:
        line = logical_line(text, line_start, length, depth)
        if line is not None:
            lines.append(line)
    return lines


_INDENT = re.compile(r"[ \t\f]*")


def logical_line(text: str, line_start: int, stop: int, depth: int) -> LogicalLine | None:
    """The logical line from the beginning of a physical one to ``stop``; ``None`` for a comment or nothing."""
    indent = _INDENT.match(text, line_start, stop)
    start = indent.end() if indent is not None else line_start
    if start >= stop or text[start] == "#":
        return None
    margin_start = text.rfind("\f", line_start, start) + 1 or line_start
    return LogicalLine(start, stop, start - margin_start, depth)


def unfinished_string(text: str) -> bool:
    """Whether ``text`` ends within a string in triple quotes."""
    position = 0
    while match := TOKEN.search(text, position):
        position = match.end()
        if match.lastgroup in ("triple", "quote"):
            rest = REST_OF_STRING[match.group()].match(text, position)
            if match.lastgroup == "triple" and (rest is None or rest["closing"] is None):
                return True
            position = rest.end() if rest is not None else len(text)
    return False


def comments(text: str) -> Iterator[Span]:
    """All comments of ``text``, each up to the end of its line; what stands in a string is none."""
    position = 0
    while match := TOKEN.search(text, position):
        position = match.end()
        if match.lastgroup in ("triple", "quote"):
            rest = REST_OF_STRING[match.group()].match(text, position)
            position = rest.end() if rest is not None else len(text)
        elif match.lastgroup == "comment":
            yield Span(*match.span())
