"""What cannot be read, found or understood: one line each, exit status 2, and the rest is checked all the same."""

from __future__ import annotations

import codecs
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.commands import CLEAN, CONV, SIGMOID, findings, notebook, run, started, write
from kerascope.cli import checking


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two files that can be read, one of them with an error."""
    write(tmp_path, conv=CONV, clean=CLEAN)
    (tmp_path / "pyproject.toml").write_text('[tool.kerascope]\nkeras = "3"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


LATIN = SIGMOID.replace("from tensorflow import keras\n", "name = 'caf\xe9'\nfrom tensorflow import keras\n")

BAD: dict[str, tuple[str, bytes, str]] = {
    "not UTF-8": ("bad.py", LATIN.encode("latin-1"), "it is not utf-8"),
    "UTF-16": ("bad.py", CONV.encode("utf-16"), "it contains a null byte"),
    "a null byte": ("bad.py", b"x = 1\x00\n", "it contains a null byte"),
    "an unknown encoding": ("bad.py", b"# coding: klingon\n", "unknown encoding: klingon"),
    "an encoding that lies": ("bad.py", b"# coding: ascii\nx = '\xe9'\n", "it is not ascii"),
    "a mark and another encoding": ("bad.py", codecs.BOM_UTF8 + b"# coding: latin-1\n", "utf-8"),
    "a notebook that is no JSON": ("bad.ipynb", b"{not json", "it is no notebook: not JSON"),
    "a notebook cut short": ("bad.ipynb", notebook("x = 1").encode()[:-9], "it is no notebook: not JSON"),
    "an empty notebook": ("bad.ipynb", b"", "it is no notebook: not JSON"),
    "JSON, no notebook": (
        "bad.ipynb",
        b'{"nbformat": 4}',
        "it is no notebook: JSON, but without a list of cells",
    ),
    "a list, no notebook": ("bad.ipynb", b"[1, 2]", "it is no notebook: JSON, but without a list of cells"),
    "a notebook in another encoding": ("bad.ipynb", '{"cells": ["é"]}'.encode("latin-1"), "it is not utf-8"),
    "a notebook with a null byte": ("bad.ipynb", b'{"cells": []}\x00', "it contains a null byte"),
    "a notebook nested too deeply": (
        "bad.ipynb",
        b'{"cells":' + b"[" * 100_000,
        "it is no notebook: not JSON",
    ),
}


@pytest.mark.parametrize(
    "more", [[], ["--fix", "--unsafe-fixes"], ["-j", "2"]], ids=["check", "fix", "two processes"]
)
@pytest.mark.parametrize(("name", "data", "reason"), BAD.values(), ids=BAD)
def test_a_file_that_cannot_be_read_is_named_in_one_line_and_the_rest_is_checked(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes, reason: str, more: list[str]
) -> None:
    (folder / name).write_bytes(data)
    before = contents(folder)
    status, out, err = run(capsys, "check", "--output-format", "json", *more, ".")
    assert status == 2
    (line,) = err.splitlines()
    assert line.startswith(f"kerascope: {name}: ")
    assert reason in line
    document = json.loads(out)
    assert [file["path"] for file in document["files"]] == ["clean.py", "conv.py"]
    after = contents(folder)
    assert after[name] == data
    if "--fix" not in more:
        assert findings(out) == [("conv.py", "KS101", "error")]
        assert after == before
    else:
        assert findings(out) == []
        assert after.keys() == before.keys()


@pytest.mark.parametrize("more", [[], ["--output-format", "json"]])
@pytest.mark.parametrize(("name", "data", "reason"), list(BAD.values())[:3], ids=list(BAD)[:3])
def test_summary_goes_on_as_well(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, data: bytes, reason: str, more: list[str]
) -> None:
    (folder / name).write_bytes(data)
    (folder / "model.py").write_text(SIGMOID, encoding="utf-8")
    status, out, err = run(capsys, "summary", *more, ".")
    assert status == 2
    (line,) = err.splitlines()
    assert line.startswith(f"kerascope: {name}: ")
    assert reason in line
    if more:
        assert [file["path"] for file in json.loads(out)["files"]] == ["clean.py", "conv.py", "model.py"]
    else:
        assert "Total params: 210" in out


@pytest.mark.parametrize("more", [[], ["-j", "2"]])
def test_files_in_other_encodings_are_checked(
    folder: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    declared = "# -*- coding: latin-1 -*-\n" + LATIN
    write(
        folder,
        latin=declared.encode("latin-1"),
        mark=codecs.BOM_UTF8 + SIGMOID.encode(),
        mark_ipynb=codecs.BOM_UTF8 + notebook(SIGMOID).encode(),
        returns=SIGMOID.replace("\n", "\r").encode(),
    )
    status, out, err = run(
        capsys, "check", "--output-format", "json", *more, "latin.py", "mark.py", "mark.ipynb", "returns.py"
    )
    assert (status, err) == (0, "")
    starts = {file["path"]: file["findings"][0]["range"]["start"] for file in json.loads(out)["files"]}
    assert starts == {
        "latin.py": {"line": 8, "column": 33},
        "mark.py": {"line": 6, "column": 33},
        "mark.ipynb": {"line": 6, "column": 33},
        "returns.py": {"line": 6, "column": 33},
    }


# --- Paths ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gone.py", "gone/", "conv.py/x.py"])
def test_a_path_that_is_not_there_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    status, out, err = run(capsys, "check", "--output-format", "json", name, "conv.py")
    assert status == 2
    (line,) = err.splitlines()
    assert line.startswith(f"kerascope: {name}: ")
    assert findings(out) == [("conv.py", "KS101", "error")]


@pytest.fixture
def others_folder() -> Iterator[Path]:
    """A folder that every user may enter, which those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        for path in folder.rglob("*"):
            path.chmod(0o755)


AS_NOBODY = """\
import os, sys
from kerascope.__main__ import main
main(["check", "--keras", "3", "--output-format", "json", "warm.py"])
print("-----", flush=True)
if os.geteuid() == 0:
    os.seteuid(65534)
sys.exit(main(["check", "--keras", "3", "--output-format", "json", ".", "closed/inside.py"]))
"""
"""Root may read everything, so a command of root's becomes another user's, once it has loaded what it needs."""


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are another matter on this system")
def test_what_we_may_not_enter_or_read_is_named(others_folder: Path) -> None:
    closed = others_folder / "closed"
    closed.mkdir()
    write(closed, inside=CONV)
    write(others_folder, conv=CONV, secret=CONV, warm=CONV)
    (others_folder / "secret.py").chmod(0)
    closed.chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", AS_NOBODY], cwd=others_folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert sorted(done.stderr.splitlines()) == [
        "kerascope: closed/inside.py: Permission denied",
        "kerascope: closed: Permission denied",
        "kerascope: secret.py: it cannot be read (Permission denied)",
    ]
    _, _, out = done.stdout.partition("-----\n")
    assert findings(out) == [("conv.py", "KS101", "error"), ("warm.py", "KS101", "error")]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems take no such names")
@pytest.mark.parametrize("output_format", ["text", "concise", "json", "sarif", "github", "gitlab", "junit"])
def test_a_name_that_is_no_text_can_be_printed(folder: Path, output_format: str) -> None:
    names = [os.fsdecode(name) for name in (b"caf\xe9 1.py", b"gone\xff.py")]
    (folder / names[0]).write_text(CONV, encoding="utf-8")
    for encoding in ("utf-8:strict", "ascii:strict"):
        done = started("check", "--output-format", output_format, *names, env={"PYTHONIOENCODING": encoding})
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1
        assert b"gone" in done.stderr
        assert b"KS101" in done.stdout
        text = done.stdout.decode(encoding.partition(":")[0])
        if output_format in ("json", "sarif", "gitlab"):
            json.loads(text)


# --- Options and configuration ----------------------------------------------------------------------------


USAGE = [
    (["--unheard-of"], "--unheard-of"),
    (["--keras", "4"], "'4' is no Keras version"),
    (["--python", "no/such/python"], "no/such/python"),
    (["--select", "KC201,sigmoid"], "SIGMOID"),
    (["--stdin-filename", "x.py"], "--stdin-filename"),
]


@pytest.mark.parametrize("output_format", ["text", "json", "sarif", "gitlab", "junit"])
@pytest.mark.parametrize(("arguments", "word"), USAGE)
def test_a_bad_option_is_said_in_one_line_and_a_machine_gets_its_format(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], word: str, output_format: str
) -> None:
    status, out, err = run(capsys, "check", "--output-format", output_format, *arguments, ".")
    assert status == 2
    (line,) = err.splitlines()
    assert line.startswith("kerascope: ")
    assert word in line
    if output_format == "text":
        assert out == ""
    elif output_format == "junit":
        assert 'tests="0"' in out
    else:
        assert "conv.py" not in json.dumps(json.loads(out))


UNINTELLIGIBLE = [
    (["check", "--backend", "theano"], "theano"),
    (["check", "-j", "many"], "many"),
    (["check", "--output-format", "yaml"], "yaml"),
    (["check", "--fail-on", "hint"], "hint"),
    (["chekc"], "chekc"),
    (["summary"], "PATH"),
    ([], "COMMAND"),
]


@pytest.mark.parametrize(("arguments", "word"), UNINTELLIGIBLE)
def test_what_cannot_be_understood_at_all_is_one_line_too(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], word: str
) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert word in line


CONFIGURATIONS: dict[str, tuple[bytes, str]] = {
    "an unknown key": (b"[tool.kerascope]\nselekt = []\n", "unknown key `selekt`"),
    "a value of another type": (b"[tool.kerascope]\npossible = 1\n", "`possible`"),
    "a value that cannot be": (b"[tool.kerascope]\nkeras = '5'\n", "`keras`: '5' is no Keras version"),
    "a code that is none": (b"[tool.kerascope]\nignore = ['E501']\n", "`ignore`: E501"),
    "no Python": (b"[tool.kerascope]\npython = 'env/bin/python'\n", "`python`: there is no "),
    "no TOML": (b"[tool.kerascope\nkeras = '3'\n", "it is not TOML"),
    "a key twice": (b"[tool.kerascope]\nkeras = '3'\nkeras = '2'\n", "it is not TOML"),
    "no table": (b"[tool]\nkerascope = 3\n", "must be a table"),
    "not UTF-8": (b"[tool.kerascope]\nkeras = '\xe9'\n", "it is not utf-8"),
}


@pytest.mark.parametrize("command", ["check", "summary"])
@pytest.mark.parametrize(("data", "reason"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_a_configuration_that_cannot_be_costs_its_own_files_alone(
    folder: Path, capsys: pytest.CaptureFixture[str], data: bytes, reason: str, command: str
) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_bytes(data)
    write(inner, a=CONV, b=CONV)
    more = ["--fix"] if command == "check" else []
    status, out, err = run(capsys, command, "--output-format", "json", *more, ".")
    assert status == 2
    (line,) = err.splitlines()  # one for the configuration, not one for each of its files
    assert line.startswith(f"kerascope: {inner / 'pyproject.toml'}: ")
    assert reason in line
    assert [file["path"] for file in json.loads(out)["files"]] == ["clean.py", "conv.py"]
    assert (inner / "a.py").read_text(encoding="utf-8") == CONV


def test_a_configuration_is_read_for_a_folder_without_files(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = folder / "empty"
    empty.mkdir()
    (empty / "pyproject.toml").write_text("[tool.kerascope]\nkears = '3'\n", encoding="utf-8")
    status, _, err = run(capsys, "check", "empty")
    assert status == 2
    assert "`kears`" in err


def test_a_broken_file_that_is_not_about_us_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "pyproject.toml").write_text("[project\n", encoding="utf-8")
    assert run(capsys, "check", "clean.py") == (0, "nothing to report (1 file checked)\n", "")


def test_a_python_is_looked_for_from_its_configuration_on(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = folder / "env" / "lib" / "python3.9" / "site-packages" / "keras-2.9.0.dist-info"
    packages.mkdir(parents=True)
    python = folder / "env" / "bin" / "python"
    python.parent.mkdir()
    python.touch()
    (folder / "pyproject.toml").write_text('[tool.kerascope]\npython = "env/bin/python"\n', encoding="utf-8")
    inner = folder / "inner"
    inner.mkdir()
    write(inner, a=CLEAN)
    monkeypatch.chdir(inner)
    _, out, _ = run(capsys, "check", "--output-format", "json", "a.py")
    assert json.loads(out)["files"][0]["keras"] == "2.9.0"


# --- Our own faults ---------------------------------------------------------------------------------------


def test_what_we_fail_at_is_said_and_the_rest_is_checked(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = checking.source_from

    def fail(path: str, text: str) -> object:
        if path == "clean.py":
            raise RecursionError("maximum recursion depth exceeded")
        return real(path, text)

    monkeypatch.setattr(checking, "source_from", fail)
    status, out, err = run(capsys, "check", "--output-format", "json", ".")
    assert status == 2
    assert len(err.splitlines()) == 1
    assert "clean.py: Kerascope failed at it (RecursionError: " in err
    assert findings(out) == [("conv.py", "KS101", "error")]


def test_an_analysis_that_fails_is_no_clean_file(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **more: object) -> object:
        raise RuntimeError

    monkeypatch.setattr("kerascope.engine.analysis.interpret", fail)
    status, out, err = run(capsys, "check", "--output-format", "json", "clean.py")
    assert status == 2
    assert "clean.py: Kerascope failed at it" in err
    assert [file["path"] for file in json.loads(out)["files"]] == ["clean.py"]
