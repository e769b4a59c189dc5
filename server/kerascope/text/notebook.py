"""Notebooks: cells as one program, IPython syntax blanked in place, and edits that leave the rest as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from kerascope.text.lines import LineIndex, with_line_feeds
from kerascope.text.scan import logical_lines
from kerascope.text.source import Cell, Source, Span


class NotANotebook(ValueError):  # noqa: N818 - reads as a sentence where it is raised
    """The file is no notebook that can be read; the message says why."""


@dataclass(frozen=True, slots=True)
class WrittenCell:
    """A code cell as it is written: its index among all cells, a name for it, its text."""

    index: int
    uri: str
    text: str


# These cell magics run the rest of their cell as Python in the notebook's own namespace.
_PYTHON_CELL_MAGICS = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "python3", "python"})
_CELL_MAGIC = re.compile(r"\s*%%(\w*)")
_LINE_MAGIC_RUNS_PYTHON = re.compile(
    r"%(?:time|prun|(?:timeit|memit)(?:[ \t]+-[nrpt][ \t]*\d+|[ \t]+-[oqc])*)(?=[ \t]+[^-\s])"
)
_PHYSICAL_LINE = re.compile(r"(?:\\(?:\r\n|\r|\n)|[^\r\n])*")
_ASSIGNED = re.compile(r"(?P<target>[\w.,\[\] \t]+=[ \t]*)(?P<magic>[!%])(?![=])")


def _blank(text: str) -> str:
    """White space of the same length, with the same line ends."""
    return re.sub(r"[^\r\n]", " ", text)


def blank_ipython(text: str) -> str:
    """The Python of a cell: magics, shell lines and help requests replaced, character for character.

    A magic that stands as a statement becomes the statement ``0``, so that the block it stands in keeps a
    body; one that is assigned becomes an unknown name.
    """
    cell_magic = _CELL_MAGIC.match(text)
    if cell_magic is not None:
        if cell_magic.group(1) not in _PYTHON_CELL_MAGICS:
            return _blank(text)
        first_line = re.match(r"\s*%%[^\r\n]*", text)
        assert first_line is not None
        text = _blank(first_line.group()) + text[first_line.end() :]
    if not any(sign in text for sign in "%!?"):
        return text
    pieces: list[str] = []
    done = 0
    origin = 0
    lines = iter(logical_lines(text))
    while line := next(lines, None):
        start, stop = origin + line.start, origin + line.stop
        if start < done:
            continue
        escaped = _blank_line(text[start:stop])
        if escaped is None:
            continue
        replaced, is_python = escaped
        if not is_python:
            # A shell's quotes and brackets hold no Python lines together; only a backslash joins the next line.
            physical = _PHYSICAL_LINE.match(text, start)
            assert physical is not None
            if physical.end() < stop:
                origin = physical.end()
                lines = iter(logical_lines(text[origin:]))
            else:
                replaced += _blank(text[stop : physical.end()])
            stop = physical.end()
        pieces += [text[done:start], replaced[: stop - start]]
        done = stop
    pieces.append(text[done:])
    return "".join(pieces)


def _blank_line(line: str) -> tuple[str, bool] | None:
    """The replacement of one logical line and whether it still holds Python; ``None`` for a line of Python."""
    if line[0] in "!?" or line.startswith("%"):
        runs_python = _LINE_MAGIC_RUNS_PYTHON.match(line)
        if runs_python is not None:
            magic = runs_python.group()
            return "0;" + " " * (len(magic) - 2) + line[len(magic) :], True
        return "0" + _blank(line[1:]), False
    if re.fullmatch(r"[\w.*\[\]]+\?{1,2}", line.rstrip()):
        return "0" + _blank(line[1:]), False
    assigned = _ASSIGNED.match(line)
    if assigned is not None:
        stop = assigned.end("target")
        return line[:stop] + "_" + _blank(line[stop + 1 :]), False
    return None


def flatten(path: str, written: Iterable[WrittenCell], version: int | None = None) -> Source:
    """Code cells in document order as one program."""
    cells: list[Cell] = []
    pieces: list[str] = []
    start = 0
    for cell in written:
        text = blank_ipython(with_line_feeds(cell.text))
        if not text.endswith("\n"):
            text += "\n"
        cells.append(Cell(cell.index, cell.uri, Span(start, start + len(text)), cell.text))
        pieces.append(text)
        start += len(text)
    return Source(path, "".join(pieces), tuple(cells), version)


def read_cells(content: str) -> tuple[WrittenCell, ...]:
    """The code cells of a notebook file.

    Raises ``NotANotebook`` where the file is no JSON or has no list of cells, which is what notebooks of
    format 4 have; format 3 keeps its cells in worksheets. A notebook in another language has no cells for us.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotANotebook(f"not JSON ({error})") from None
    cells = document.get("cells") if isinstance(document, dict) else None
    if cells is None and isinstance(document, dict) and isinstance(document.get("worksheets"), list):
        sheets = [sheet.get("cells") for sheet in document["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]
    if not isinstance(cells, list):
        raise NotANotebook("JSON, but without a list of cells")
    if not _is_python(document.get("metadata")):
        return ()
    return tuple(
        WrittenCell(index, f"#cell{index}", _joined(cell.get("source", cell.get("input", ""))))
        for index, cell in enumerate(cells)
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    )


def _is_python(metadata: Any) -> bool:
    """Whether a notebook's cells are Python, which they are where it says nothing of its language."""
    for section, key in (("language_info", "name"), ("kernelspec", "language")):
        entry = metadata.get(section) if isinstance(metadata, dict) else None
        language = entry.get(key) if isinstance(entry, dict) else None
        if isinstance(language, str) and language:
            return "python" in language.lower()
    return True


def _joined(source: Any) -> str:
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


# --- Edits ------------------------------------------------------------------------------------------------


def replace_cells(content: str, new_texts: dict[int, str]) -> str:
    """The notebook file with the given cells' texts replaced; nothing else changes by a character.

    ``new_texts`` maps the index among all cells to the new text.
    """
    spans = _source_spans(content)
    edits = [
        (spans[index], _written_like(content[slice(*spans[index])], text))
        for index, text in new_texts.items()
    ]
    for (start, stop), replacement in sorted(edits, reverse=True):
        content = content[:start] + replacement + content[stop:]
    return content


def _written_like(old: str, text: str) -> str:
    """``text`` as JSON in the form of ``old``: one string, or a list of lines with the same indentation.

    A line that stays is written as it was, whichever way its characters were escaped.
    """
    ascii_only = old.isascii()
    if not old.startswith("["):
        return _as_json(text, ascii_only)
    written: dict[str, str] = {}
    gaps: list[str] = []
    position = 1
    while (start := old.find('"', position)) >= 0:
        gaps.append(old[position:start])
        line, position = scanstring(old, start + 1, False)
        written[line] = old[start:position]
    opening = gaps[0] if gaps else ""
    closing = old[position:-1]
    separator = gaps[1] if len(gaps) > 1 else "," + (opening or " ")
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    body = separator.join(written.get(line) or _as_json(line, ascii_only) for line in lines)
    return "[" + opening + body + closing + "]"


def _as_json(text: str, ascii_only: bool) -> str:
    """A JSON string; a lone surrogate is escaped in any case, for no file can hold it otherwise."""
    string = json.dumps(text, ensure_ascii=ascii_only)
    return re.sub(r"[\ud800-\udfff]", lambda match: f"\\u{ord(match.group()):04x}", string)


def lines_in_file(content: str) -> dict[int, tuple[int, ...]]:
    """The line of the notebook file, from 1, on which each line of a code cell stands; by index among all cells.

    A program that knows of lines alone, such as one that annotates a commit, can show a finding there.
    """
    index = LineIndex(content)
    found: dict[int, tuple[int, ...]] = {}
    for number, (start, stop) in _source_spans(content).items():
        lines: list[int] = []
        begins = True  # whether the next character of the cell's text begins a line
        position, line = start, index.position(start)[0] + 1
        while (position := content.find('"', position, stop)) >= 0:
            line = index.position(position)[0] + 1
            text, position = scanstring(content, position + 1, False)
            for written in _WRITTEN_LINE.findall(text):
                if begins:
                    lines.append(line)
                begins = written.endswith(("\n", "\r"))
        found[number] = (*lines, line) if begins else tuple(lines)
    return found


_WRITTEN_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^\s,\]}]+")


def _source_spans(content: str) -> dict[int, tuple[int, int]]:
    """Where the text of each cell stands in the file, by index among all cells, as ``read_cells`` counts them."""
    # What each cell's members span; the cells of format 3 are those of all its worksheets.
    cells: dict[str, list[dict[str, tuple[int, int]]]] = {"cells": [], "worksheets": []}
    members: dict[str, tuple[int, int]] = {}

    def is_cell(path: Sequence[str | int]) -> bool:
        return (len(path) == 2 and path[0] == "cells") or (
            len(path) == 4 and path[0] == "worksheets" and path[2] == "cells"
        )

    def skip(position: int) -> int:
        match = _SPACE.match(content, position)
        return match.end() if match else position

    def value(position: int, path: Sequence[str | int]) -> int:
        """Passes over one JSON value, noting the cells met; returns the position after it."""
        nonlocal members
        position = skip(position)
        start = position
        sign = content[position]
        if sign == "{":
            position = skip(position + 1)
            while content[position] != "}":
                key, position = scanstring(content, position + 1, False)
                position = skip(position) + 1  # the colon
                position = skip(value(position, [*path, key]))
                if content[position] == ",":
                    position = skip(position + 1)
            position += 1
        elif sign == "[":
            position, index = skip(position + 1), 0
            while content[position] != "]":
                position = skip(value(position, [*path, index]))
                index += 1
                if content[position] == ",":
                    position = skip(position + 1)
            position += 1
        elif sign == '"':
            _, position = scanstring(content, position + 1, False)
        else:
            scalar = _SCALAR.match(content, position)
            assert scalar is not None
            position = scalar.end()
        if is_cell(path[:-1]):
            members[str(path[-1])] = (start, position)
        elif is_cell(path):
            cells[str(path[0])].append(members)
            members = {}
        return position

    value(0, [])
    return {
        index: cell.get("source") or cell["input"]
        for index, cell in enumerate(cells["cells"] or cells["worksheets"])
        if "source" in cell or "input" in cell
    }
