"""Makes text parse by blanking the statements that do not.

While somebody types, between a quarter and a half of all states of a file do not parse. The faulty logical
line is replaced by the statement ``0`` and white space, character for character, so that every other offset
and every line stays where it was.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from kerascope.text.lines import LineIndex
from kerascope.text.scan import logical_lines
from kerascope.text.source import Span
from kerascope.text.unfinished import typed_lines

_HALF_NAME = re.compile(
    r"(?<=[,\[])[ \t]*(?:\r\n|\n|\r)(?P<margin>[ \t]*)(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*\.)[ \t]*"
    r"(?=(?:\r\n|\n|\r)(?P=margin)[^\W\d])"
)
MOST_HOLES = 12
"""How many statements are blanked before the text is given up."""


@dataclass(frozen=True, slots=True)
class Mended:
    """``text`` has the length of the original; ``holes`` are the stretches blanked in it.

    ``message`` is Python's word on the first fault; it is empty where Python reads the text and only libcst does not.
    """

    text: str
    holes: tuple[Span, ...]
    fault_offset: int
    message: str


def mend(text: str, parses: Callable[[str], bool]) -> Mended:
    """Blanks faulty statements until the text parses, at most ``MOST_HOLES`` times.

    Where it still does not parse after that, the text comes back as far as it was mended.
    """
    text, holes, first = _without_open_strings(text)
    if holes and parses(text):
        return Mended(text, tuple(holes), *(first or (0, "")))
    for _ in range(MOST_HOLES):
        fault = _fault(text)
        if fault is None:
            break
        line, message, block = fault
        index = LineIndex(text)
        if first is None:
            first = (index.starts[min(line, len(index.starts) - 1)], message)
        hole = _faulty_lines(index, line)
        if hole is None:
            break
        if block:
            hole = hole[0], _block_end(index, hole)
        text = _blanked(text, index, hole, keep_statement=not block)
        holes.append(Span(index.starts[hole[0]], index.stops[hole[1]]))
        if parses(text):
            break
    offset, message = first if first is not None else (0, "" if _python_reads(text) else "invalid syntax")
    return Mended(text, tuple(holes), offset, message)


def names_to_the_dot(text: str) -> list[Span]:
    """The dotted names that fill the line of an item as far as a dot, with a name below at the same margin.

    Within brackets Python reads on below: ``layers.`` above ``layers.Dropout(0.5)`` is ``layers.layers.Dropout``. That
    is what a new line between two others looks like while it is typed; a long chain of calls, which may look like it,
    stands in brackets of its own and follows no comma.
    """
    return [Span(*match.span("name")) for match in _HALF_NAME.finditer(text)]


def without_names(text: str, names: list[Span]) -> str:
    """``text`` with these stretches blanked."""
    for name in names:
        text = text[: name.start] + " " * (name.stop - name.start) + text[name.stop :]
    return text


def _without_open_strings(text: str) -> tuple[str, list[Span], tuple[int, str] | None]:
    """Blanks the statements in which a string in triple quotes begins that nobody has ended yet.

    Python's parser would take the next one's opening quotes for its end, and complain of what follows.
    """
    cuts: list[int] = []
    for _ in typed_lines(text, cuts=cuts):
        pass
    holes: list[Span] = []
    first: tuple[int, str] | None = None
    for cut in cuts[:MOST_HOLES]:
        index = LineIndex(text)
        hole = _faulty_lines(index, index.position(cut)[0])
        if hole is None:
            break
        first = first or (index.starts[hole[0]], "unterminated triple-quoted string literal")
        text = _blanked(text, index, hole, keep_statement=True)
        holes.append(Span(index.starts[hole[0]], index.stops[hole[1]]))
    return text, holes, first


def _fault(text: str) -> tuple[int, str, bool] | None:
    """The 0-based line that Python's parser complains of, its message, and whether it is about indentation.

    Python's parser names the bracket that was never closed, which is what an unfinished line looks like; it is
    asked only where libcst has refused the text.
    """
    try:
        ast.parse(text)
    except IndentationError as error:
        return (
            (error.lineno or 1) - 1,
            error.msg or "unexpected indent",
            "unexpected indent" in (error.msg or ""),
        )
    except SyntaxError as error:
        return ((error.lineno or 1) - 1, error.msg or "invalid syntax", False)
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def _python_reads(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


_CLOSER = re.compile(r"\s*[)\]}]")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t\f"))


def _faulty_lines(index: LineIndex, line: int) -> tuple[int, int] | None:
    """First and last line of the statement to blank, or ``None`` where there is nothing left to blank."""
    line = min(line, len(index.stops) - 1)
    while line > 0 and not index.line_text(line).strip():
        line -= 1
    if not index.line_text(line).strip():
        return None
    first = _statement_line(index, line)
    margin = _indent(index.line_text(first))
    last = max(first, line)
    opened = _open_brackets(index, first, last)
    while opened > 0 and last + 1 < len(index.stops):
        following = index.line_text(last + 1)
        if following.strip() and _indent(following) <= margin and not _CLOSER.match(following):
            break
        last += 1
        opened = _open_brackets(index, first, last)
    while last > first and not index.line_text(last).strip():
        last -= 1
    return first, last


def _block_end(index: LineIndex, lines: tuple[int, int]) -> int:
    """The last line of a block without a header, which all goes at once: it would take a hole for each line."""
    margin = _indent(index.line_text(lines[0]))
    last = lines[1]
    for line in range(last + 1, len(index.stops)):
        content = index.line_text(line)
        if content.strip():
            if _indent(content) < margin:
                break
            last = line
    return last


def _statement_line(index: LineIndex, line: int) -> int:
    """The line on which the logical line begins that ``line`` belongs to, brackets counted backwards.

    Only lines that are indented more belong to a statement above them: what is unfinished swallows no
    neighbour.
    """
    first = line
    while first > 0:
        above = first - 1
        while above > 0 and not index.line_text(above).strip():
            above -= 1
        if _open_brackets(index, above, above) <= 0 or _indent(index.line_text(above)) >= _indent(
            index.line_text(line)
        ):
            break
        first = above
    return first


def _open_brackets(index: LineIndex, first: int, last: int) -> int:
    text = index.text[index.starts[first] : index.stops[last]]
    lines = logical_lines(text)
    return lines[-1].open_brackets if lines else 0


def _blanked(text: str, index: LineIndex, lines: tuple[int, int], *, keep_statement: bool) -> str:
    """``text`` with a stretch of lines replaced by a statement that does nothing.

    A header whose block follows stays a header, so that the block need not be blanked line by line.
    """
    first, last = lines
    start, stop = index.starts[first], index.stops[last]
    margin = _indent(index.line_text(first))
    blank = re.sub(r"[^\r\n]", " ", text[start:stop])
    if keep_statement:
        statement = "0"
        following = next((n for n in range(last + 1, len(index.stops)) if index.line_text(n).strip()), None)
        if following is not None and _indent(index.line_text(following)) > margin:
            header = "while _:"
            if index.stops[first] - start - margin >= len(header):
                statement = header
        blank = blank[:margin] + statement + blank[margin + len(statement) :]
    return text[:start] + blank + text[stop:]
