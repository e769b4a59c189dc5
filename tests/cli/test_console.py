"""What a terminal, a pipe and a full disk get."""

from __future__ import annotations

import importlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.commands import CONV, SIGMOID, started, write
from kerascope.cli import console
from kerascope.cli.console import with_progress


class Terminal(io.StringIO):
    """A standard error that is a terminal."""

    def isatty(self) -> bool:
        """Always."""
        return True


def slowly(seconds: list[float]) -> Iterator[int]:
    """Numbers that take some time each."""
    for number, pause in enumerate(seconds):
        time.sleep(pause)
        yield number


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal, and a bar that comes after a tenth of a second, with what draws it loaded before.

    No fixture, for pytest puts a standard error of its own in place before each test.
    """
    importlib.import_module("rich.progress")
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(console, "SECONDS_BEFORE_PROGRESS", 0.1)
    monkeypatch.setenv("TERM", "xterm")
    return stream


def is_gone(shown: str) -> bool:
    """Whether a bar was shown, its line is erased at the end and the cursor is there again."""
    return shown.endswith("\n\x1b[?25h\r\x1b[1A\x1b[2K")


def test_a_bar_shows_how_many_are_done_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    assert list(with_progress(slowly([0.0, 0.6, 0.3]), 3, "Checking")) == [0, 1, 2]
    shown = terminal.getvalue()
    assert "Checking" in shown
    assert "1/3" in shown
    assert "2/3" in shown
    assert is_gone(shown)


def test_a_single_file_that_takes_long_shows_the_bar_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    assert list(with_progress(slowly([0.8]), 1, "Checking")) == [0]
    assert "0/1" in terminal.getvalue()


def test_what_is_quick_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.setattr(console, "SECONDS_BEFORE_PROGRESS", 1.0)
    assert list(with_progress(slowly([0.0] * 100), 100, "Checking")) == list(range(100))
    time.sleep(1.2)
    assert terminal.getvalue() == ""


def test_what_is_no_terminal_gets_no_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(console, "SECONDS_BEFORE_PROGRESS", 0.0)
    assert list(with_progress(slowly([0.1, 0.1]), 2, "Checking")) == [0, 1]
    assert stream.getvalue() == ""


def test_a_bar_goes_when_the_work_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)

    def failing() -> Iterator[int]:
        time.sleep(0.5)
        raise KeyboardInterrupt
        yield 0

    with pytest.raises(KeyboardInterrupt):
        list(with_progress(failing(), 2, "Checking"))
    assert is_gone(terminal.getvalue())


def test_a_complaint_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    console.complain("a\nb.py", "it\r\n  cannot be")
    assert capsys.readouterr().err == "kerascope: a b.py: it cannot be\n"


# --- Real pipes and files ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files with findings."""
    write(tmp_path, conv=CONV, sigmoid=SIGMOID)
    (tmp_path / "pyproject.toml").write_text('[tool.kerascope]\nkeras = "3"\n', encoding="utf-8")
    return tmp_path


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("arguments", [[], ["--output-format", "json"], ["--diff"]])
def test_a_full_disk_is_said_and_no_success(folder: Path, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = started(
            "check", *arguments, ".", cwd=folder, stdout=full, stderr=subprocess.PIPE, capture_output=False
        )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == b"kerascope: standard output: No space left on device"
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--output-format", "json"]])
def test_a_reader_that_goes_away_is_no_error(folder: Path, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = started(
            "check", *arguments, ".", cwd=folder, stdout=pipe, stderr=subprocess.PIPE, capture_output=False
        )
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's way to close a stream")
@pytest.mark.parametrize("streams", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_streams_that_are_closed_do_no_harm(folder: Path, streams: str) -> None:
    command = f'"{sys.executable}" -m kerascope check . gone.py - {streams}'
    done = subprocess.run(
        command, shell=True, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_summary_can_be_read_where_there_are_no_box_characters(folder: Path) -> None:
    done = started("summary", "sigmoid.py", cwd=folder, env={"PYTHONIOENCODING": "ascii:strict"})
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\n----------" in done.stdout
    assert b"\\u" not in done.stdout


@pytest.mark.parametrize("command", ["check", "summary"])
def test_python_s_own_warnings_of_a_program_are_not_ours_to_say(folder: Path, command: str) -> None:
    (folder / "escape.py").write_text('x = "\\d"\ny = 1 is 1\nz = "\\d" f(\n', encoding="utf-8")
    done = started(command, "escape.py", cwd=folder, env={"PYTHONWARNINGS": "always"})
    assert (done.returncode, done.stderr) == (0, b"")
