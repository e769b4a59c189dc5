"""What became of one file, as all formats print it."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from kerascope.findings import Finding
from kerascope.report.places import Place, Places
from kerascope.text.source import Source


@dataclass(frozen=True)
class Checked:
    """A file that was checked: its name as shown, its program, the Keras assumed, and what was found.

    ``lines`` is for a notebook: the line of the file on which each line of a cell stands, by the cell's index.
    ``others`` are the programs of the other files that findings speak of, by path.
    """

    path: str
    source: Source
    keras: str
    findings: tuple[Finding, ...]
    lines: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    others: Mapping[str, Source] = field(default_factory=dict)

    @functools.cached_property
    def places(self) -> Places:
        """The places of the file."""
        return Places(self.source)

    @functools.cached_property
    def _other_places(self) -> Mapping[str, Places]:
        return {path: Places(source) for path, source in self.others.items()}

    def related(self, finding: Finding) -> list[tuple[str, str, Place | None]]:
        """What else a finding speaks of: message, path as shown, and place, which is unknown in a file not at hand."""
        found: list[tuple[str, str, Place | None]] = []
        for item in finding.related:
            if item.path is None:
                found.append((item.message, self.path, self.places.place(item.span)))
            else:
                there = self._other_places.get(item.path)
                place = there.place(item.span) if there is not None else None
                found.append((item.message, path_shown(item.path), place))
        return found


def path_shown(path: str) -> str:
    """A path found by ourselves as a person would have given it: from the present folder on where it lies below."""
    folder = os.getcwd()  # noqa: PTH109
    return path[len(folder) + 1 :] if path.startswith(folder + os.sep) else path


class Problem(NamedTuple):
    """A path for which the command could not do its job, and why, in one line."""

    path: str
    reason: str


class Region(NamedTuple):
    """A stretch of a file for programs that know nothing of cells; from 1, the end is exclusive.

    In a notebook the columns are those of JSON strings, which say nothing to anybody: there are none.
    """

    line: int
    column: int | None
    end_line: int
    end_column: int | None


def region(checked: Checked, place: Place) -> Region | None:
    """Where a place stands in the file itself; ``None`` for a notebook that came without its lines."""
    if place.cell is None:
        return Region(place.start[0], place.start[1], place.end[0], place.end[1])
    lines = checked.lines.get(place.cell)
    if not lines:
        return None
    first, last = (lines[min(line, len(lines)) - 1] for line in (place.start[0], place.end[0]))
    return Region(first, None, last, None)


def in_cell(place: Place) -> str:
    """A place in a notebook in words, to go before a message; empty for another file."""
    return f"Cell {place.cell}, line {place.start[0]}: " if place.cell is not None else ""
