"""Files into text by their own declaration, and back without harm."""

from __future__ import annotations

import codecs
import json
import os
import stat
from pathlib import Path

import pytest

from kerascope.engine.reading import (
    ChangedMeanwhile,
    Unreadable,
    apply_edits,
    decode,
    edited_content,
    read_content,
    read_source,
    source_from,
    write_atomically,
)
from kerascope.findings import Edit
from kerascope.text.source import Span

# --- Reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"", "", "utf-8"),
        ("é = '😀'\n".encode(), "é = '😀'\n", "utf-8"),
        (codecs.BOM_UTF8 + "é = 1\n".encode(), "é = 1\n", "utf-8-sig"),
        (b"# coding: latin-1\nx = '\xe9'\n", "# coding: latin-1\nx = 'é'\n", "iso-8859-1"),
        (b"#!python\n# vim: fileencoding=cp1252 :\n'\x80'", "#!python\n# vim: fileencoding=cp1252 :\n'€'", "cp1252"),
        (b"x = 1\r\ny = 2\r", "x = 1\r\ny = 2\r", "utf-8"),
        (b"x = 1\n\n# coding: latin-1\n", "x = 1\n\n# coding: latin-1\n", "utf-8"),
        (b"\r# coding: latin-1\rx = '\xe9'\r", "\r# coding: latin-1\rx = 'é'\r", "iso-8859-1"),
        (b"# one\r# two\r# coding: latin-1\r", "# one\r# two\r# coding: latin-1\r", "utf-8"),
    ],
)  # fmt: skip
def test_a_file_is_read_in_the_encoding_that_it_declares(
    tmp_path: Path, data: bytes, text: str, encoding: str
) -> None:
    file = tmp_path / "program.py"
    file.write_bytes(data)
    content = read_content(file)
    assert (content.text, content.encoding) == (text, encoding)
    write_atomically(file, content.encoded(content.text))
    assert file.read_bytes() == data


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"x = 1\x00\n", "null byte"),
        ("x = 1\n".encode("utf-16"), "null byte"),
        (b"x = 1\ny = 2\nz = '\xe9'\n", "utf-8"),
        (b"x = '\xe9'\n", "utf-8"),
        (b"# coding: klingon\n", "klingon"),
        (codecs.BOM_UTF8 + b"# coding: latin-1\n", "utf-8"),
        (b"# coding: hex\nx = 1\n", "hex"),
        (b"# coding: punycode\nx-\xe9\n", "punycode"),
        (b"# coding: undefined\n", "undefined"),
        (b"# coding: ascii\nx = '\xe9'\n", "ascii"),
        (b"# coding: utf-16 \nx = 1 \n", "utf-16"),
    ],
)
def test_what_is_no_text_is_refused_with_a_reason(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        decode(data, notebook=False)


def test_a_notebook_is_utf_8_whatever_its_first_line_says() -> None:
    data = '{"cells": [], "x": "# coding: latin-1 é"}'.encode()
    assert decode(data, notebook=True).encoding == "utf-8"
    marked = decode(codecs.BOM_UTF8 + data, notebook=True)
    assert marked.text.startswith("{")
    assert marked.encoded(marked.text) == codecs.BOM_UTF8 + data
    assert "é" in decode(data, notebook=True).text
    with pytest.raises(Unreadable, match="utf-8"):
        decode(data.decode().encode("latin-1"), notebook=True)


def test_a_file_that_is_none_is_refused_with_the_systems_reason(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file"):
        read_content(tmp_path / "gone.py")
    with pytest.raises(Unreadable, match="directory"):
        read_content(tmp_path)


def test_a_notebook_becomes_one_program_and_another_file_is_its_own(tmp_path: Path) -> None:
    file = tmp_path / "notebook.ipynb"
    cells = [{"cell_type": "code", "source": ["%cd a\n", "x = 1"]}, {"cell_type": "code", "source": "y = x"}]
    file.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    source = read_source(file)
    assert source.text == "0    \nx = 1\ny = x\n"
    assert len(source.cells) == 2
    file.write_text("x = 1", encoding="utf-8")
    with pytest.raises(Unreadable, match="no notebook"):
        read_source(file)
    assert source_from("program.py", "x = 1").cells == ()


# --- Edits ------------------------------------------------------------------------------------------------


def test_edits_are_made_wherever_they_stand_in_the_list() -> None:
    edits = [Edit(Span(4, 5), "two"), Edit(Span(0, 1), ""), Edit(Span(6, 6), "!")]
    assert apply_edits("a b c ", edits) == " b two !"


def test_inserted_lines_end_as_the_files_own_do() -> None:
    text = "x = 1\r\ny = 2\r\n"
    source = source_from("program.py", text)
    edits = [Edit(Span(0, 0), "a\nb\r\n"), Edit(Span(7, 8), "z")]
    assert edited_content(source, text, edits) == "a\r\nb\r\nx = 1\r\nz = 2\r\n"
    assert edited_content(source_from("program.py", "x\n"), "x\n", [Edit(Span(0, 0), "a\n")]) == "a\nx\n"


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("x\ry\r", 2, "x\ra\rb\ry\r"),
        ("x\ny\r\nz", 2, "x\na\r\nb\r\ny\r\nz"),
        ("x\r\ny\nz", 3, "x\r\na\nb\ny\nz"),
        ("x\ny\r\nz", 5, "x\ny\r\na\r\nb\r\nz"),
        ("x\r", 2, "x\ra\rb\r"),
        ("x", 0, "a\nb\nx"),
    ],
)
def test_an_inserted_line_ends_as_the_one_that_it_comes_to_stand_at(
    text: str, offset: int, expected: str
) -> None:
    edits = [Edit(Span(offset, offset), "a\nb\r\n")]
    assert edited_content(source_from("program.py", text), text, edits) == expected


def test_lines_that_end_in_carriage_returns_are_lines_for_whoever_looks_for_line_feeds() -> None:
    source = source_from("program.py", "x\ry\r\nz\n\rw")
    assert source.text == "x\ny\r\nz\n\nw"


def notebook(*cells: str) -> str:
    """A notebook file of code cells."""
    written = [{"cell_type": "code", "source": text.splitlines(keepends=True)} for text in cells]
    return json.dumps({"cells": written}, indent=1)


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [
        (0, 1, ("NEW = 1", "!ls\ny = 2\n", "z")),
        # The beginning of a cell is the end of the one before: what is inserted there goes into one of them.
        (6, 6, ("x = 1", "NEW!ls\ny = 2\n", "z")),
        (10, 11, ("x = 1", "!ls\nNEW = 2\n", "z")),
        (5, 5, ("x = 1NEW", "!ls\ny = 2\n", "z")),
        (16, 17, ("x = 1", "!ls\ny = 2\n", "NEW")),
    ],
)
def test_an_edit_of_a_notebook_changes_its_cell_alone_and_once(
    start: int, stop: int, expected: tuple[str, ...]
) -> None:
    content = notebook("x = 1", "!ls\ny = 2\n", "z")
    source = source_from("n.ipynb", content)
    assert source.text == "x = 1\n0  \ny = 2\nz\n"
    assert edited_content(source, content, [Edit(Span(start, stop), "NEW")]) == notebook(*expected)


# --- Writing ----------------------------------------------------------------------------------------------


def names(folder: Path) -> list[str]:
    """What lies in a folder, hidden files included."""
    return sorted(path.name for path in folder.iterdir())


def test_a_written_file_keeps_its_mode_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o754)
    write_atomically(file, "né\r\n".encode())
    assert file.read_bytes() == "né\r\n".encode()
    assert stat.S_IMODE(file.stat().st_mode) == 0o754
    assert names(tmp_path) == ["program.py"]


def test_a_link_stays_a_link_and_its_file_is_written(tmp_path: Path) -> None:
    file = tmp_path / "there" / "program.py"
    file.parent.mkdir()
    file.write_text("old", encoding="utf-8")
    second = tmp_path / "second.py"
    second.symlink_to("there/program.py")
    link = tmp_path / "link.py"
    link.symlink_to(second)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert second.is_symlink()
    assert file.read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == ["link.py", "second.py", "there"]
    assert names(file.parent) == ["program.py"]


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "program.py"
    file.write_bytes(b"old")
    seen: list[tuple[str, bytes]] = []
    real_sync, real_replace = os.fsync, Path.replace

    def sync(handle: int) -> None:
        seen.append(("sync", file.read_bytes()))
        real_sync(handle)

    def replace(new: Path, target: Path) -> Path:
        # What is put in place lies in the same folder, so that the system can do it at once, and is complete.
        assert new.parent == file.parent
        seen.append(("replace", file.read_bytes()))
        assert new.read_bytes() == b"new"
        return real_replace(new, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "replace", replace)
    write_atomically(file, b"new", expected=b"old")
    assert seen == [("sync", b"old"), ("replace", b"old")]
    assert file.read_bytes() == b"new"


def test_what_somebody_else_wrote_meanwhile_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_bytes(b"saved in an editor")
    with pytest.raises(ChangedMeanwhile, match="changed"):
        write_atomically(file, b"new", expected=b"old")
    assert file.read_bytes() == b"saved in an editor"
    assert names(tmp_path) == ["program.py"]


def test_a_file_that_may_not_be_written_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "program.py"
    file.write_bytes(b"old")
    # Root may write every file, so the answer is simulated.
    monkeypatch.setattr(os, "access", lambda path, mode: not (Path(path) == file and mode == os.W_OK))
    with pytest.raises(PermissionError):
        write_atomically(file, b"new")
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["program.py"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_a_file_keeps_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_bytes(b"old")
    os.chown(file, 12345, 23456)
    file.chmod(0o4711)
    write_atomically(file, b"new")
    after = file.stat()
    assert (after.st_uid, after.st_gid, stat.S_IMODE(after.st_mode)) == (12345, 23456, 0o4711)


@pytest.mark.parametrize(
    ("module", "step"), [(os, "fdopen"), (os, "fsync"), (Path, "chmod"), (Path, "replace")]
)
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object, step: str, error: BaseException
) -> None:
    file = tmp_path / "program.py"
    file.write_text("old", encoding="utf-8")

    def fail(*arguments: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(module, step, fail)
        with pytest.raises(type(error)):
            write_atomically(file, b"new")
    assert file.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["program.py"]


def test_a_text_is_encoded_as_its_file_is() -> None:
    content = decode(b"# coding: latin-1\nx = '\xe9'\n", notebook=False)
    assert content.encoded(content.text.replace("x", "y")) == b"# coding: latin-1\ny = '\xe9'\n"
    with pytest.raises(UnicodeEncodeError):
        content.encoded("€")
