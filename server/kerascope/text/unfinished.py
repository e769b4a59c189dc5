"""Logical lines of a text that somebody is typing, from any of its statements on.

A bracket or a string that is not closed yet would take everything below it along. It is given up at the first line
that no bracket can hold: where two operands meet, or where a statement begins with its keyword. No text that Python
reads has such a line, so what is whole is cut as ``logical_lines`` cuts it; and what is said of a statement depends on
nothing above it and on little below, which ``reach`` tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from keyword import kwlist, softkwlist
from typing import Final, NamedTuple

from kerascope.text.lines import LINE_END
from kerascope.text.scan import REST_OF_STRING, TOKEN, LogicalLine, logical_line

_BEFORE_OPERAND: Final = frozenset(
    ("and", "or", "not", "in", "is", "if", "else", "elif", "for", "lambda", "await", "yield", "from", "async", "as",
     "return", "import", "assert", "del", "raise", "while", "with", "case", "match", "print", "type", "exec")
)  # fmt: skip
_AFTER_OPERAND: Final = frozenset(
    ("and", "or", "not", "in", "is", "if", "else", "for", "async", "as", "from")
)
_STATEMENTS: Final = frozenset(
    ("def", "class", "import", "return", "while", "with", "try", "raise", "del", "global", "nonlocal", "assert",
     "pass", "break", "continue", "elif", "except", "finally")
)  # fmt: skip
_BEHIND = re.compile(r"[ \t]*(?:(?P<word>[^\W\d]\w*)(?P<quote>[\"']?)|\d)")
_PROSE = re.compile(
    r"[ \t\f]*(?:\r\n|\n|\r)\s*(?P<first>[^\W\d]\w*)[ \t]+(?P<second>[^\W\d]\w*)(?P<quote>[\"']?)"
)
_PROSE_BEGUN = re.compile(r"[ \t\f]*(?:(?:\r\n|\n|\r)\s*(?:[^\W\d]\w*[ \t]*)?)?")
"""As much as there is of it: what comes next decides whether it is prose."""
_KEYWORDS: Final = frozenset((*kwlist, *softkwlist, "print", "exec"))
MOST_LINES_GIVEN: Final = 50
"""How many lines a bracket may take to be closed once another was never closed."""


class TypedLine(NamedTuple):
    """A logical line. What lies from ``reach`` on has no part in where it ends."""

    line: LogicalLine
    reach: int


class _Margin(NamedTuple):
    """The first line within a bracket that begins at the margin: where the one above ends, where it begins itself."""

    stop: int
    start: int
    depth: int


def typed_lines(text: str, start: int = 0, cuts: list[int] | None = None) -> Iterator[TypedLine]:
    """The logical lines of ``text`` from ``start`` on, where one must begin.

    The offsets of strings in triple quotes that were given up are added to ``cuts``; such a string is taken to end with
    its line.
    """
    position = line_start = start
    depth = looked = given = 0
    margin: _Margin | None = None
    passed: tuple[int, int] | None = (
        None  # the first string of several lines in the present one, and the depth there
    )
    code_end: int | None = None
    operand = broken = limited = False
    while True:
        match = TOKEN.search(text, position)
        kind = match.lastgroup if match is not None else None
        if match is not None:
            position = match.end()
        if kind == "comment" and match is not None:
            code_end = match.start()
        elif kind == "end" and match is not None and depth == 0:
            line = logical_line(text, line_start, match.start(), 0)
            if line is not None:
                yield TypedLine(line, max(looked, position))
                looked = 0
            line_start, code_end, passed = position, None, None
        elif kind == "end" and match is not None:
            stop = match.start() if code_end is None else code_end
            code_end = None
            operand = _ends_operand(text, line_start, stop, operand)
            following = _FIRST.match(text, position)
            if following is not None:
                looked = max(looked, following.end() + 1)
                given += 1
                broken = (
                    broken or _cannot_follow(following, operand) or (limited and given > MOST_LINES_GIVEN)
                )
                if margin is None and following.end("margin") == position and following["closer"] is None:
                    margin = _Margin(match.start(), position, depth)
        elif kind == "quote" and match is not None:
            rest = REST_OF_STRING[match.group()].match(text, position)
            position, code_end = (rest.end() if rest is not None else len(text)), None
        elif kind == "triple" and match is not None:
            string, (position, seen) = match.start(), _behind_string(text, match.end(), match.group())
            looked, code_end = max(looked, seen), None
            ended = position >= string + 6 and text.startswith(match.group(), position - 3)
            if ended and LINE_END.search(text, string, position) is not None:
                passed = passed or (string, depth)
            elif not ended:
                if passed is not None:
                    # It is not this one that nobody has closed, but one before it on this logical line.
                    string, depth = passed
                    position = _line_stop(text, string)
                if cuts is not None:
                    cuts.append(string)
                passed = None
        elif kind is not None:
            depth = depth + 1 if kind == "open" else max(0, depth - 1) if kind == "close" else depth
            code_end = None
        at_end = match is None
        if depth == 0:
            margin, broken, given = None, False, 0
        elif margin is not None and (broken or at_end):
            line = logical_line(text, line_start, margin.stop, margin.depth)
            if line is not None:
                yield TypedLine(line, len(text) + 1 if at_end else looked)
            position = line_start = margin.start
            limited = limited or at_end
            depth, looked, given, margin, passed, broken, code_end = 0, 0, 0, None, None, False, None
            continue
        if at_end:
            break
    line = logical_line(text, line_start, len(text), depth) if line_start < len(text) else None
    if line is not None:
        yield TypedLine(line, len(text) + 1)


_FIRST = re.compile(
    r"(?P<margin>[ \t\f]*)(?:(?P<closer>[)\]}])|(?P<word>[^\W\d]\w*)(?P<quote>[\"']?)|(?P<digit>\d)|[^\s#])"
)


def _ends_operand(text: str, start: int, stop: int, before: bool) -> bool:
    """Whether the code before ``stop`` ends with an operand; where the line is blank, what was ``before`` holds."""
    while stop > start and text[stop - 1] in " \t\f":
        stop -= 1
    if stop == start or text[stop - 1] in "\r\n":
        return before
    last = text[stop - 1]
    if last in ")]}\"'":
        return True
    first = stop
    while first > start and (text[first - 1].isalnum() or text[first - 1] == "_"):
        first -= 1
    return first < stop and text[first:stop] not in _BEFORE_OPERAND


def _cannot_follow(first: re.Match[str], operand: bool) -> bool:
    """Whether no bracket can hold a line that begins like this, behind an operand or not."""
    word = first["word"]
    if word in _STATEMENTS:
        return True
    if not operand:
        return False
    if first["digit"] is not None:
        return True
    return word is not None and word not in _AFTER_OPERAND and not first["quote"]


def _behind_string(text: str, start: int, quotes: str) -> tuple[int, int]:
    """Where a string in triple quotes ends whose text begins at ``start``, and how far the text was looked at for that.

    One that nobody has closed takes the next one's opening quotes for its end, and that one's text for code: it is
    taken to end with its line.
    """
    rest = REST_OF_STRING[quotes].match(text, start)
    if rest is None or rest["closing"] is None:
        return _line_stop(text, start), len(text) + 1
    stop = rest.end()
    if LINE_END.search(text, start, stop) is None:
        return stop, stop
    behind = _BEHIND.match(text, stop)
    if behind is not None:
        if behind["word"] is None or (behind["word"] not in _AFTER_OPERAND and not behind["quote"]):
            return _line_stop(text, start), behind.end() + 1
        return stop, behind.end() + 1
    prose = _PROSE.match(text, stop)
    if prose is None:
        begun = _PROSE_BEGUN.match(text, stop)
        assert begun is not None
        return stop, begun.end() + 1
    plain = prose["first"] not in _KEYWORDS and prose["second"] not in _AFTER_OPERAND and not prose["quote"]
    return (_line_stop(text, start) if plain else stop), prose.end() + 1


def _line_stop(text: str, offset: int) -> int:
    end = LINE_END.search(text, offset)
    return end.start() if end is not None else len(text)
