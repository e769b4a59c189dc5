"""Notebooks: cells as one program, IPython syntax blanked in place, and edits that leave the rest as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

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
_LINE_MAGIC_RUNS_PYTHON = re.compile(r"%(?:time|timeit|prun|memit)\b(?=[ \t]+[^-\s])")
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
    for line in logical_lines(text):
        start, stop = line.start, line.stop
        if start < done:
            continue
        replaced = _blank_line(text[start:stop])
        if replaced is not None:
            pieces += [text[done:start], replaced]
            done = stop
    pieces.append(text[done:])
    return "".join(pieces)


def _blank_line(line: str) -> str | None:
    """The replacement of one logical line, or ``None`` if it is Python."""
    if line[0] in "!?" or line.startswith("%"):
        runs_python = _LINE_MAGIC_RUNS_PYTHON.match(line)
        if runs_python is not None:
            magic = runs_python.group()
            return "0;" + " " * (len(magic) - 2) + line[len(magic) :]
        return "0" + _blank(line[1:])
    if re.fullmatch(r"[\w.]+\?{1,2}", line.rstrip()):
        return "0" + _blank(line[1:])
    assigned = _ASSIGNED.match(line)
    if assigned is not None:
        stop = assigned.end("target")
        return line[:stop] + "_" + _blank(line[stop + 1 :])
    return None


def flatten(path: str, written: Iterable[WrittenCell], version: int | None = None) -> Source:
    """Code cells in document order as one program."""
    cells: list[Cell] = []
    pieces: list[str] = []
    start = 0
    for cell in written:
        text = blank_ipython(cell.text)
        if not text.endswith("\n"):
            text += "\n"
        cells.append(Cell(cell.index, cell.uri, Span(start, start + len(text)), cell.text))
        pieces.append(text)
        start += len(text)
    return Source(path, "".join(pieces), tuple(cells), version)


def read_cells(content: str) -> tuple[WrittenCell, ...]:
    """The code cells of a notebook file.

    Raises ``NotANotebook`` where the file is no JSON or has no list of cells, which is what notebooks of
    format 4 have; format 3 keeps its cells in worksheets.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotANotebook(f"not JSON ({error})") from None
    cells = document.get("cells") if isinstance(document, dict) else None
    if cells is None and isinstance(document, dict) and isinstance(document.get("worksheets"), list):
        cells = [cell for sheet in document["worksheets"] for cell in sheet.get("cells", [])]
    if not isinstance(cells, list):
        raise NotANotebook("JSON, but without a list of cells")
    return tuple(
        WrittenCell(index, f"#cell{index}", _joined(cell.get("source", cell.get("input", ""))))
        for index, cell in enumerate(cells)
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    )


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
    """``text`` as JSON in the form of ``old``: one string, or a list of lines with the same indentation."""
    ascii_only = "\\u" in old
    if not old.startswith("["):
        return json.dumps(text, ensure_ascii=ascii_only)
    lines = re.findall(r"[^\n]*\n|[^\n]+", text)
    opening = re.match(r"\[(\s*)", old)
    closing = re.search(r"(\s*)\]$", old)
    assert opening is not None
    assert closing is not None
    separator = "," + (opening.group(1) or " ")
    body = separator.join(json.dumps(line, ensure_ascii=ascii_only) for line in lines)
    return "[" + opening.group(1) + body + closing.group(1) + "]"


_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"[^\s,\]}]+")


def _source_spans(content: str) -> dict[int, tuple[int, int]]:
    """Where the text of each cell stands in the file, by index among all cells."""
    spans: dict[int, tuple[int, int]] = {}

    def skip(position: int) -> int:
        match = _SPACE.match(content, position)
        return match.end() if match else position

    def value(position: int, path: Sequence[str | int]) -> int:
        """Passes over one JSON value, noting the sources met; returns the position after it."""
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
        if len(path) == 3 and path[0] == "cells" and path[2] == "source":
            spans[int(path[1])] = (start, position)
        return position

    value(0, [])
    return spans
