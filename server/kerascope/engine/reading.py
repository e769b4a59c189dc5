"""Files into sources, and edits back into files."""

from __future__ import annotations

import codecs
import contextlib
import errno
import io
import os
import stat
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kerascope.findings import Edit
from kerascope.text.lines import LINE_END, with_line_feeds
from kerascope.text.notebook import NotANotebook, flatten, read_cells, replace_cells
from kerascope.text.source import Cell, Source


class Unreadable(ValueError):  # noqa: N818 - reads as a sentence where it is raised
    """A file that cannot be read; the message says why, in one line and without its name."""


@dataclass(frozen=True, slots=True)
class Content:
    """A file's text, and how it was encoded."""

    text: str
    encoding: str

    def encoded(self, text: str) -> bytes:
        """Another text as this file's bytes. Raises ``UnicodeError`` for what its encoding cannot hold."""
        return text.encode(self.encoding)


def decode(data: bytes, *, notebook: bool) -> Content:
    """A file's text by its own declaration. Raises ``Unreadable`` where it is not in that encoding."""
    if b"\x00" in data:
        raise Unreadable("it contains a null byte")
    encoding = _declared_encoding(data) if not notebook else "utf-8"
    if notebook and data.startswith(codecs.BOM_UTF8):
        encoding = "utf-8-sig"
    try:
        text = data.decode(encoding)
    except (UnicodeError, LookupError) as error:
        raise Unreadable(f"it is not {encoding} ({error})") from None
    if (
        not encoding.startswith("utf-8")
        and not text.isascii()
        and "coding" not in "".join(_first_lines(text))
    ):
        # What names its encoding in plain letters is not written in one that has other bytes for them.
        raise Unreadable(f"it is not {encoding}")
    return Content(text, encoding)


def _declared_encoding(data: bytes) -> str:
    """The encoding that a program declares, by a mark at its beginning or a comment in its first two lines."""
    # Python ends lines at a lone carriage return as well, the reader of the declaration does not.
    lines = data if b"\r" not in data else data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        return tokenize.detect_encoding(io.BytesIO(lines).readline)[0]
    except SyntaxError as error:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError as wrong:
            raise Unreadable(f"it is not utf-8 ({wrong})") from None
        raise Unreadable(str(error)) from None


def _first_lines(text: str) -> list[str]:
    return LINE_END.split(text, maxsplit=2)[:2]


def read_data(path: Path) -> bytes:
    """A file's bytes. Raises ``Unreadable``."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"it cannot be read ({error.strerror or error})") from None


def read_content(path: Path) -> Content:
    """A file's text. Raises ``Unreadable``."""
    return decode(read_data(path), notebook=path.suffix == ".ipynb")


def source_from(path: str, text: str) -> Source:
    """The program in a file's text. Raises ``Unreadable`` for a notebook that is none.

    Offsets in the program are those in the text; every line of the program ends in a line feed, so that whoever
    looks for lines need not know of files whose lines end in carriage returns alone.
    """
    if not path.endswith(".ipynb"):
        return Source(path, with_line_feeds(text))
    try:
        return flatten(path, read_cells(text))
    except NotANotebook as error:
        raise Unreadable(f"it is no notebook: {error}") from None


def read_source(path: Path) -> Source:
    """The program in a file. Raises ``Unreadable``."""
    return source_from(str(path), read_content(path).text)


# --- Edits ------------------------------------------------------------------------------------------------


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """``text`` with edits made, which must not overlap."""
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda edit: edit.span):
        pieces += [text[done : edit.span.start], edit.text]
        done = edit.span.stop
    return "".join([*pieces, text[done:]])


def _line_end(text: str, offset: int) -> str:
    """How the line at ``offset`` ends, or the one before it where it is the last."""
    match = LINE_END.search(text, offset)
    if match is not None:
        return match.group()
    last = text[max(0, max(text.rfind("\n"), text.rfind("\r")) - 1) :]
    match = LINE_END.search(last)
    return match.group() if match is not None else "\n"


def _with_line_ends_of(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """The edits, with the lines that they bring ended as those are among which they come to stand."""
    return [
        Edit(edit.span, LINE_END.sub(_line_end(text, edit.span.start), edit.text))
        if LINE_END.search(edit.text)
        else edit
        for edit in edits
    ]


def edited_content(source: Source, content: str, edits: Sequence[Edit]) -> str:
    """A file's text with edits of its program made; of a notebook only the cells concerned change."""
    if not source.cells:
        return apply_edits(content, _with_line_ends_of(content, edits))
    by_cell: dict[int, tuple[Cell, list[Edit]]] = {}
    for edit in edits:
        cell = source.cell_at(edit.span.start)
        if cell is not None and cell.span.contains(edit.span):
            moved = Edit(edit.span.shift(-cell.span.start), edit.text)
            by_cell.setdefault(cell.index, (cell, []))[1].append(moved)
    changed = {
        index: apply_edits(cell.written, _with_line_ends_of(cell.written, own))
        for index, (cell, own) in by_cell.items()
    }
    return replace_cells(content, changed)


# --- Writing ----------------------------------------------------------------------------------------------


class ChangedMeanwhile(OSError):  # noqa: N818 - reads as a sentence where it is raised
    """A file that somebody else wrote after it was read; it is left as they wrote it."""


def write_atomically(path: Path, data: bytes, *, expected: bytes | None = None) -> None:
    """Puts ``data`` in the place of a file at once: a reader sees the old file or the new one, whatever happens.

    The file keeps its mode and owner, and a link stays one. Raises ``OSError``, and ``ChangedMeanwhile`` where the
    file no longer holds what is ``expected``.
    """
    import tempfile  # imported for those who write alone: it brings much along

    target = path.resolve()
    before = target.stat()
    if not os.access(target, os.W_OK):
        # A file that is not to be written could be replaced all the same where its folder may be written.
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if expected is not None and target.read_bytes() != expected:
        raise ChangedMeanwhile(errno.EAGAIN, "it was changed after it was read")
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
    new = Path(temporary)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        _keep_owner(new, before)
        new.chmod(stat.S_IMODE(before.st_mode))
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _keep_owner(new: Path, before: os.stat_result) -> None:
    """Gives the new file to the owner of the old one, where that is another and the system lets us."""
    made = new.stat()
    if hasattr(os, "chown") and (made.st_uid, made.st_gid) != (before.st_uid, before.st_gid):
        with contextlib.suppress(OSError):
            os.chown(new, before.st_uid, before.st_gid)
