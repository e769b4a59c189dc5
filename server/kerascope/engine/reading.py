"""Files into sources, and edits back into files."""

from __future__ import annotations

import io
import os
import re
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kerascope.findings import Edit
from kerascope.text.notebook import NotANotebook, flatten, read_cells, replace_cells
from kerascope.text.source import Source

BOM = "\ufeff"


class Unreadable(ValueError):  # noqa: N818 - reads as a sentence where it is raised
    """A file that cannot be read; the message says why, without its name."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file's text, and how it was encoded."""

    text: str
    encoding: str


def decode(data: bytes, *, notebook: bool) -> Content:
    """A file's text by its own declaration. Raises ``Unreadable`` where it is not in that encoding."""
    if b"\x00" in data:
        raise Unreadable("it contains a null byte")
    encoding = "utf-8"
    if not notebook:
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        except SyntaxError as error:
            try:
                data.decode("utf-8")
            except UnicodeDecodeError as wrong:
                raise Unreadable(f"it is not utf-8 ({wrong})") from None
            raise Unreadable(str(error)) from None
    try:
        return Content(data.decode(encoding), encoding)
    except (UnicodeError, LookupError) as error:
        raise Unreadable(f"it is not {encoding} ({error})") from None


def read_content(path: Path) -> Content:
    """A file's text. Raises ``Unreadable``."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from None
    return decode(data, notebook=path.suffix == ".ipynb")


def source_from(path: str, text: str) -> Source:
    """The program in a file's text. Raises ``Unreadable`` for a notebook that is none."""
    if not path.endswith(".ipynb"):
        return Source(path, text)
    try:
        return flatten(path, read_cells(text))
    except NotANotebook as error:
        raise Unreadable(f"it is no notebook: {error}") from None


def read_source(path: Path) -> Source:
    """The program in a file. Raises ``Unreadable``."""
    return source_from(str(path), read_content(path).text)


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """``text`` with edits made, which must not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.stop :]
    return text


def edited_content(source: Source, content: str, edits: Sequence[Edit]) -> str:
    """A file's text with edits of its program made; of a notebook only the cells concerned change."""
    newline = "\r\n" if "\r\n" in content and not source.cells else "\n"
    edits = [Edit(edit.span, re.sub(r"\r?\n", newline, edit.text)) for edit in edits]
    if not source.cells:
        return apply_edits(content, edits)
    changed: dict[int, str] = {}
    for cell in source.cells:
        own = [
            Edit(edit.span.shift(-cell.span.start), edit.text)
            for edit in edits
            if source.cell_at(edit.span.start) is cell and cell.span.contains(edit.span)
        ]
        if own:
            changed[cell.index] = apply_edits(cell.written, own)
    return replace_cells(content, changed)


def write_atomically(path: Path, text: str, encoding: str) -> None:
    """Puts ``text`` in the place of a file at once: a reader sees the old file or the new one. Raises ``OSError``."""
    import tempfile  # imported for those who write alone: it brings much along

    target = path.resolve()
    data = text.encode(encoding)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    new = Path(temporary)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        new.chmod(target.stat().st_mode & 0o7777)
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
