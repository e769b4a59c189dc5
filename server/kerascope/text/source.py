"""A program's text and places in it.

Offsets are Unicode code points into ``Source.text``, 0-based, half-open. A notebook is one program: its code
cells follow one another in ``text``, each ending in a newline, and ``cells`` tells which part is which.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of offsets."""

    start: int
    stop: int

    def shift(self, by: int) -> Span:
        """The same range ``by`` code points further on."""
        return Span(self.start + by, self.stop + by)

    def contains(self, other: Span) -> bool:
        """Whether ``other`` lies within."""
        return self.start <= other.start and other.stop <= self.stop


@dataclass(frozen=True, slots=True)
class Cell:
    """One code cell: its place among *all* cells of the notebook, its name for an editor, its text's range.

    ``written`` is the cell's own text, before IPython syntax was blanked; it may lack the final newline.
    """

    index: int
    uri: str
    span: Span
    written: str


@dataclass(frozen=True, slots=True)
class Source:
    """One program. ``path`` is what people see; ``text`` is plain Python, with IPython syntax blanked out
    in place; ``cells`` is empty for a Python file.
    """

    path: str
    text: str
    cells: tuple[Cell, ...] = ()
    version: int | None = None

    def cell_at(self, offset: int) -> Cell | None:
        """The cell that holds ``offset``; the last one for the end of the text."""
        after = bisect.bisect_right(self.cells, offset, key=lambda cell: cell.span.start)
        return self.cells[max(after - 1, 0)] if self.cells else None
