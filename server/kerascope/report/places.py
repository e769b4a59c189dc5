"""Places as people and other programs read them: cell, line and column, from one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from kerascope.text.lines import LineIndex
from kerascope.text.source import Cell, Source, Span


@dataclass(frozen=True, slots=True)
class Place:
    """A range in a file or in a cell. Lines and columns count from 1, columns in code points; the end is exclusive."""

    cell: int | None
    start: tuple[int, int]
    end: tuple[int, int]


class Places:
    """Turns offsets of one source into places."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._indexes: dict[int, LineIndex] = {}
        self._whole = LineIndex(source.text) if not source.cells else None

    def index(self, cell: Cell | None) -> LineIndex:
        """The lines of the file, or of one cell."""
        if cell is None:
            if self._whole is None:
                self._whole = LineIndex(self.source.text)
            return self._whole
        if cell.index not in self._indexes:
            self._indexes[cell.index] = LineIndex(cell.written)
        return self._indexes[cell.index]

    def place(self, span: Span) -> Place:
        """The place of a span; one that begins in a cell ends in it."""
        cell = self.source.cell_at(span.start)
        index = self.index(cell)
        origin = cell.span.start if cell is not None else 0
        start = index.position(span.start - origin)
        end = index.position(span.stop - origin)
        return Place(
            cell.index if cell is not None else None, (start[0] + 1, start[1] + 1), (end[0] + 1, end[1] + 1)
        )

    def line_text(self, span: Span) -> str:
        """The line that a span begins on, as it is written."""
        cell = self.source.cell_at(span.start)
        index = self.index(cell)
        return index.line_text(index.position(span.start - (cell.span.start if cell is not None else 0))[0])


def path_below(path: str, root: str | None) -> str:
    """A path as seen from the root of a repository, with slashes; as it is where it does not lie below."""
    if root:
        absolute = Path(os.path.abspath(path))  # noqa: PTH100 - links are kept
        for folder in (Path(root), Path(root).resolve()):
            if absolute.is_relative_to(folder):
                return absolute.relative_to(folder).as_posix()
    return Path(path).as_posix()
