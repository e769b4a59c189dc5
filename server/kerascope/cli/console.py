"""What a command says: results on standard output, problems and progress on standard error."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

Item = TypeVar("Item")

SECONDS_BEFORE_PROGRESS = 1.0


def say(text: str) -> None:
    """Writes a result. A reader that has gone away is no error of ours; a full disk is one, and ends the command."""
    if sys.stdout is None:
        return
    text = text if text.endswith("\n") or not text else text + "\n"
    try:
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            sys.stdout.write(_writable(text, sys.stdout.encoding or "ascii"))
        sys.stdout.flush()
    except OSError as error:
        _give_up_output(error)


def say_bytes(data: bytes) -> None:
    """Writes what is to come out byte for byte: a program in its own encoding."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except OSError as error:
        _give_up_output(error)


def _give_up_output(error: OSError) -> None:
    # Python would complain once more at exit, when it flushes what is left.
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if not isinstance(error, BrokenPipeError):
        complain("standard output", error.strerror or str(error))
        raise SystemExit(2)


def _writable(text: str, encoding: str) -> str:
    """``text`` with what an encoding lacks spelt out."""
    plain = text.replace("─", "-").replace("…", "...").replace("×", "x")
    return plain.encode(encoding, "backslashreplace").decode(encoding)


def ascii_only() -> bool:
    """Whether standard output takes no more than ASCII for sure."""
    return "utf" not in (getattr(sys.stdout, "encoding", None) or "").lower()


def complain(what: str, reason: str) -> None:
    """Writes one line about what could not be done: the file and the reason."""
    complain_of(f"{what}: {reason}")


def complain_of(problem: str) -> None:
    """Writes one line about what could not be done."""
    if sys.stderr is not None:
        line = " ".join(part.strip() for part in problem.splitlines())
        sys.stderr.write(f"kerascope: {line}\n")


def use_colour(stream: Any) -> bool:
    """Whether to colour: on a terminal, unless ``NO_COLOR`` is set; always with ``FORCE_COLOR``."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """How many columns a message may take."""
    import shutil

    return min(shutil.get_terminal_size((100, 24)).columns, 120)


# --- Progress ---------------------------------------------------------------------------------------------


def with_progress(items: Iterable[Item], total: int, title: str) -> Iterator[Item]:
    """Passes ``items`` on, and shows how many are done and left on a terminal once that takes over a second."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield from items
        return
    bar = _Bar(total, title)
    try:
        for item in items:
            bar.advance()
            yield item
    finally:
        bar.stop()


class _Bar:
    """A bar that appears by itself after a second, be it that the first file takes that long, and goes when stopped."""

    def __init__(self, total: int, title: str) -> None:
        self._total, self._title = total, title
        self._done = 0
        self._shown: Any = None
        self._task: Any = None
        self._lock = threading.Lock()
        self._stopped = False
        self._timer = threading.Timer(SECONDS_BEFORE_PROGRESS, self._show)
        self._timer.daemon = True
        self._timer.start()

    def advance(self) -> None:
        """One item more is done."""
        with self._lock:
            self._done += 1
            if self._shown is not None:
                self._shown.update(self._task, completed=self._done)

    def stop(self) -> None:
        """Takes the bar away."""
        self._timer.cancel()
        with self._lock:
            self._stopped = True
            if self._shown is not None:
                self._shown.stop()

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        with self._lock:
            if self._stopped:
                return
            self._shown = Progress(
                SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                TimeElapsedColumn(), TimeRemainingColumn(), console=Console(stderr=True), transient=True,
                redirect_stdout=False,
            )  # fmt: skip
            self._task = self._shown.add_task(self._title, total=self._total, completed=self._done)
            self._shown.start()
