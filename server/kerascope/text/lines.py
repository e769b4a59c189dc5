r"""Offsets, lines and columns; the only code that knows of UTF-8 and UTF-16.

Lines end at ``\n``, ``\r\n`` or ``\r`` and at nothing else: a form feed or U+2028 is an ordinary character, as
it is for Python and for the language server protocol.
"""

from __future__ import annotations

import bisect
import re
from typing import Literal, TypeAlias

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-32"]

LINE_END = re.compile(r"\r\n|\r|\n")
_LONE_RETURN = re.compile(r"\r(?!\n)")


def with_line_feeds(text: str) -> str:
    r"""``text`` of the same length in which every line ends in ``\n``: a lone ``\r`` becomes one.

    Python reads a lone ``\r`` as the end of a line; whoever looks for lines in the text need not know of it.
    """
    return _LONE_RETURN.sub("\n", text) if "\r" in text else text


def line_start(text: str, offset: int) -> int:
    """Where the line begins that ``offset`` lies in."""
    start = text.rfind("\n", 0, offset) + 1
    return max(start, text.rfind("\r", start, offset) + 1)


def _width(text: str, encoding: Encoding) -> int:
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-16":
        return len(text) + sum(1 for character in text if character > "\uffff")
    return len(text.encode("utf-8", "surrogatepass"))


class LineIndex:
    """Maps offsets of ``text`` to (line, column) and back; lines and columns are 0-based."""

    __slots__ = ("starts", "stops", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0]
        self.stops: list[int] = []
        for match in LINE_END.finditer(text):
            self.stops.append(match.start())
            self.starts.append(match.end())
        self.stops.append(len(text))

    def edited(self, start: int, stop: int, inserted: str) -> LineIndex:
        """The index of the text in which ``inserted`` stands for what is between two offsets.

        Only the lines around the edit are looked at.
        """
        text = self.text[:start] + inserted + self.text[stop:]
        shift = len(text) - len(self.text)
        # A carriage return before the edit and a line feed behind it may become one line end, or two.
        first = bisect.bisect_right(self.starts, max(start - 1, 0)) - 1
        last = bisect.bisect_right(self.starts, min(stop + 1, len(self.text))) - 1
        past = self.starts[last + 1] + shift if last + 1 < len(self.starts) else len(text)
        ends = list(LINE_END.finditer(text, self.starts[first], past))
        index = LineIndex.__new__(LineIndex)
        index.text = text
        index.starts = self.starts[: first + 1]
        index.starts += [match.end() for match in ends]
        index.starts += [offset + shift for offset in self.starts[last + 2 :]]
        index.stops = self.stops[:first]
        index.stops += [match.start() for match in ends]
        index.stops += [offset + shift for offset in self.stops[last + 1 :]] or [len(text)]
        return index

    def position(self, offset: int, encoding: Encoding = "utf-32") -> tuple[int, int]:
        """Line and column of ``offset``; an offset within a line's end counts as the end of that line."""
        offset = max(0, offset)
        line = bisect.bisect_right(self.starts, offset) - 1
        stop = min(offset, self.stops[line])
        return line, _width(self.text[self.starts[line] : stop], encoding)

    def offset(self, line: int, column: int, encoding: Encoding = "utf-32") -> int:
        """Offset of a position; a column past the end of its line means the end, as the protocol says."""
        if line < 0:
            return 0
        if line >= len(self.starts):
            return len(self.text)
        start, stop = self.starts[line], self.stops[line]
        content = self.text[start:stop]
        if encoding == "utf-32" or content.isascii():
            return start + min(max(column, 0), len(content))
        seen = 0
        for index, character in enumerate(content):
            if seen >= column:
                return start + index
            seen += _width(character, encoding)
        return stop

    def line_text(self, line: int) -> str:
        """One line without its end."""
        return self.text[self.starts[line] : self.stops[line]]
