"""``--fix`` and ``--diff`` on files: what is written, byte for byte, and what never is."""

from __future__ import annotations

import codecs
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.commands import BRANCH, CLEAN, CONV, MENDED, SIGMOID, notebook, run, write
from kerascope.cli import check, checking
from kerascope.findings import Edit, Finding, Fix, Severity
from kerascope.text.source import Span


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project on Keras 3."""
    (tmp_path / "pyproject.toml").write_text('[tool.kerascope]\nkeras = "3"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(folder: Path) -> list[str]:
    """What lies in a folder, hidden files included."""
    return sorted(path.name for path in folder.iterdir())


COOKIE = "# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n"
# A file before and after: the mistake is the same in each, what surrounds it is kept to the byte.
FORMS: dict[str, tuple[str, bytes, bytes]] = {
    "as usual": ("x.py", CONV.encode(), MENDED.encode()),
    "carriage return and line feed": (
        "x.py", CONV.replace("\n", "\r\n").encode(), MENDED.replace("\n", "\r\n").encode(),
    ),
    "carriage returns": ("x.py", CONV.replace("\n", "\r").encode(), MENDED.replace("\n", "\r").encode()),
    "mixed line ends": (
        "x.py",
        CONV.replace("\n", "\r\n", 1).encode() + b"\r\f\n",
        MENDED.replace("\n", "\r\n", 1).encode() + b"\r\f\n",
    ),
    "no last line end": ("x.py", CONV.rstrip().encode(), MENDED.rstrip().encode()),
    "a mark": ("x.py", codecs.BOM_UTF8 + CONV.encode(), codecs.BOM_UTF8 + MENDED.encode()),
    "another encoding": (
        "x.py",
        (COOKIE + CONV.replace("😀", "\xff")).encode("latin-1"),
        (COOKIE + MENDED.replace("😀", "\xff")).encode("latin-1"),
    ),
    "odd characters": (
        "x.py", ("x = '\x0b\u2028\x85'\n\f\n" + CONV).encode(), ("x = '\x0b\u2028\x85'\n\f\n" + MENDED).encode(),
    ),
    "a notebook": ("x.ipynb", notebook("%cd a\n", CONV).encode(), notebook("%cd a\n", MENDED).encode()),
    "a notebook with a mark": (
        "x.ipynb", codecs.BOM_UTF8 + notebook(CONV).encode(), codecs.BOM_UTF8 + notebook(MENDED).encode(),
    ),
    "a notebook without last line end": (
        "x.ipynb", notebook(CONV).rstrip().encode(), notebook(MENDED).rstrip().encode(),
    ),
    "a notebook with other line ends": (
        "x.ipynb", notebook(CONV).replace("\n", "\r\n").encode(), notebook(MENDED).replace("\n", "\r\n").encode(),
    ),
    "a notebook in one line": (
        "x.ipynb",
        json.dumps(json.loads(notebook(CONV)), sort_keys=True).encode(),
        json.dumps(json.loads(notebook(MENDED)), sort_keys=True).encode(),
    ),
    "a notebook with tabs": (
        "x.ipynb",
        json.dumps(json.loads(notebook("x", CONV)), indent="\t").encode(),
        json.dumps(json.loads(notebook("x", MENDED)), indent="\t").encode(),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "before", "after"), FORMS.values(), ids=FORMS)
def test_only_what_is_mended_changes(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, before: bytes, after: bytes
) -> None:
    file = folder / name
    file.write_bytes(before)
    file.chmod(0o640)
    status, out, err = run(capsys, "check", "--fix", name)
    assert (status, out, err) == (0, "nothing to report (1 file checked, 2 fixed)\n", "")
    assert file.read_bytes() == after
    assert file.stat().st_mode & 0o777 == 0o640
    assert names(folder) == sorted(["pyproject.toml", name])


@pytest.mark.parametrize(("name", "before", "after"), FORMS.values(), ids=FORMS)
def test_a_program_from_standard_input_comes_out_byte_for_byte(
    folder: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    before: bytes,
    after: bytes,
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(before)))
    with io.TextIOWrapper(open(1, "wb", closefd=False)) as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert check_main("--fix", "--stdin-filename", name, "-") == 0
    assert capfdbinary.readouterr() == (after, b"")
    assert names(folder) == ["pyproject.toml"]


def check_main(*arguments: str) -> int:
    """Gives ``check`` without looking at what it prints."""
    from kerascope.__main__ import main

    return main(["check", *arguments])


@pytest.mark.skipif(shutil.which("patch") is None, reason="`patch` is not installed")
@pytest.mark.parametrize(("name", "before", "after"), FORMS.values(), ids=FORMS)
def test_a_diff_changes_nothing_and_patch_takes_it(
    folder: Path, name: str, before: bytes, after: bytes
) -> None:
    name = f"a {name}"
    (folder / name).write_bytes(before)
    command = [sys.executable, "-m", "kerascope", "check", "--diff", "."]
    done = subprocess.run(command, capture_output=True, check=False)
    # The file is as it was, and so is its error.
    assert done.returncode == 1
    assert (folder / name).read_bytes() == before
    assert done.stderr == b"kerascope: 2 fixes in 1 file; nothing was written\n"
    patched = subprocess.run(
        ["patch", "--binary", "-p0"], input=done.stdout, capture_output=True, check=False, cwd=folder
    )
    assert patched.returncode == 0, (patched.stdout, done.stdout)
    assert (folder / name).read_bytes() == after


def test_a_diff_shows_the_lines_and_says_what_it_leaves(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, conv=CONV, clean=CLEAN, sigmoid=SIGMOID)
    status, out, err = run(capsys, "check", "--diff", ".")
    assert status == 1
    assert out.startswith("--- conv.py\n+++ conv.py\n@@ -1,4 +1,4 @@\n")
    assert f"-{CONV.splitlines()[3]}\n+{MENDED.splitlines()[3]}\n" in out
    assert err == "kerascope: 2 fixes in 1 file; nothing was written\n"
    assert run(capsys, "check", "--diff", "--fix", "--fail-on", "never", ".")[0] == 0
    assert (folder / "conv.py").read_text(encoding="utf-8") == CONV
    _, out, _ = run(capsys, "check", "--diff", "--unsafe-fixes", "sigmoid.py")
    assert '+    layers.Dense(10, activation="softmax"),\n' in out
    assert run(capsys, "check", "--diff", "clean.py")[:2] == (0, "")


@pytest.mark.parametrize("arguments", [["--diff", "conv.py"], ["--fix", "-"]])
@pytest.mark.parametrize("output_format", ["json", "sarif", "gitlab"])
def test_what_is_no_document_is_not_printed_as_one(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], output_format: str
) -> None:
    write(folder, conv=CONV)
    status, out, err = run(capsys, "check", "--output-format", output_format, *arguments)
    assert status == 2
    assert len(err.splitlines()) == 1
    json.loads(out)
    assert (folder / "conv.py").read_text(encoding="utf-8") == CONV


def test_what_is_left_of_standard_input_s_program_is_said_on_the_other_side(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SIGMOID.encode())))
    status, out, err = run(capsys, "check", "--fix", "--fail-on", "warning", "-")
    assert (status, out) == (1, SIGMOID)
    (line,) = err.splitlines()
    assert line.startswith("kerascope: <stdin>:6:33: warning KC201 ")


def test_a_name_for_standard_input_is_enough(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(notebook(CONV).encode())))
    status, out, _ = run(capsys, "check", "--output-format", "concise", "--stdin-filename", "a/b.ipynb")
    assert status == 1
    assert out.startswith("a/b.ipynb:cell 0:4:72: error KS101")
    monkeypatch.setattr(sys, "stdin", None)
    status, _, err = run(capsys, "check", "-")
    assert (status, err) == (2, "kerascope: <stdin>: there is no standard input\n")


def test_standard_input_has_the_options_of_the_folder_that_it_is_said_to_lie_in(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text('[tool.kerascope]\nkeras = "2"\n', encoding="utf-8")
    for name, version in (("inner/x.py", "2"), ("x.py", "3.15.1")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CLEAN.encode())))
        _, out, _ = run(capsys, "check", "--output-format", "json", "--stdin-filename", name, "-")
        assert json.loads(out)["files"] == [{"path": name, "keras": version, "findings": []}]


# --- What is not written ----------------------------------------------------------------------------------


def pretend(monkeypatch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """Makes the analysis find ``old`` and want ``new`` there."""
    from dataclasses import replace

    real = checking.Workspace.analyse

    def analyse(workspace: Any, source: Any, options: Any, previous: Any = None) -> Any:
        analysis = real(workspace, source, options, previous)
        start = source.text.find(old)
        fix = Fix("Mend it", (Edit(Span(start, start + len(old)), new),), "safe")
        made_up = Finding("KS999", "made-up", Severity.ERROR, "definite", "m", Span(start, start), (), (fix,))
        return replace(analysis, findings=(made_up,) if start >= 0 else ())

    monkeypatch.setattr(checking.Workspace, "analyse", analyse)


@pytest.mark.parametrize("new", ["f(a=1, a=2)", "f(", "return", "€"])
def test_a_program_that_python_would_refuse_is_not_written(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, new: str
) -> None:
    pretend(monkeypatch, "f(a=1)", new)
    for name, data in (("x.py", b"# coding: latin-1\nf(a=1)\n"), ("x.ipynb", notebook("f(a=1)").encode())):
        (folder / name).write_bytes(data)
        status, _, _ = run(capsys, "check", "--fix", name)
        assert status == 1
        assert (folder / name).read_bytes() == data


def test_what_the_encoding_cannot_hold_is_not_written(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, "f(a=1)", "'€'")
    data = b"# coding: latin-1\nf(a=1)\n"
    (folder / "x.py").write_bytes(data)
    write(folder, clean=CLEAN)
    status, out, err = run(capsys, "check", "--fix", "--output-format", "json", ".")
    assert status == 2
    assert err == "kerascope: x.py: it cannot be fixed: iso-8859-1 lacks a character that a fix needs\n"
    assert [file["path"] for file in json.loads(out)["files"]] == ["clean.py"]
    assert (folder / "x.py").read_bytes() == data


def test_an_encoding_that_would_give_other_bytes_is_not_written(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, "f(a=1)", "f(a=2)")
    data = b"# coding: utf-7\nx = '+AGE-'; f(a=1)\n"  # an `a` that is written in another way than need be
    (folder / "x.py").write_bytes(data)
    status, _, err = run(capsys, "check", "--fix", "x.py")
    assert status == 2
    assert err.startswith("kerascope: x.py: it cannot be fixed: utf-7 ")
    assert (folder / "x.py").read_bytes() == data


def test_what_holds_on_some_path_only_is_not_fixed_without_a_word(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, branch=BRANCH)
    run(capsys, "check", "--possible", "--fix", "branch.py")
    assert (folder / "branch.py").read_text(encoding="utf-8") == BRANCH


@pytest.mark.parametrize("more", [[], ["-j", "2"]])
def test_a_file_that_cannot_be_written_is_named_and_the_rest_is_fixed(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, more: list[str]
) -> None:
    write(folder, one=CONV, two=CONV, three=CONV)
    real = check.write_atomically

    def write_or_fail(path: Path, data: bytes, **rest: Any) -> None:
        if path.name == "two.py":
            raise OSError(28, "No space left on device")
        if path.name == "three.py":
            path.write_text("saved = 'meanwhile'\n", encoding="utf-8")
        real(path, data, **rest)

    monkeypatch.setattr(check, "write_atomically", write_or_fail)
    status, out, err = run(capsys, "check", "--fix", "--output-format", "json", *more, ".")
    assert status == 2
    assert err.splitlines() == [
        "kerascope: three.py: it cannot be written (it was changed after it was read)",
        "kerascope: two.py: it cannot be written (No space left on device)",
    ]
    assert [file["path"] for file in json.loads(out)["files"]] == ["one.py"]
    assert (folder / "one.py").read_text(encoding="utf-8") == MENDED
    assert (folder / "two.py").read_text(encoding="utf-8") == CONV
    assert (folder / "three.py").read_text(encoding="utf-8") == "saved = 'meanwhile'\n"
    assert names(folder) == ["one.py", "pyproject.toml", "three.py", "two.py"]


def test_a_link_is_followed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = folder / "there"
    there.mkdir()
    write(there, real=CONV)
    (folder / "link.py").symlink_to("there/real.py")
    assert run(capsys, "check", "--fix", "link.py")[0] == 0
    assert (folder / "link.py").is_symlink()
    assert (there / "real.py").read_text(encoding="utf-8") == MENDED
