"""What a command says: results on standard output, problems and progress on standard error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

Item = TypeVar("Item")


def say(text: str) -> None:
    """Writes a result. A reader that has gone away is no error of ours."""
    try:
        sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more at exit, when it flushes what is left.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123


def complain(what: str, reason: str) -> None:
    """Writes one line about what could not be done: the file and the reason."""
    sys.stderr.write(f"kerascope: {what}: {reason}\n")


def use_colour(stream: Any) -> bool:
    """Whether to colour: on a terminal, unless ``NO_COLOR`` is set; always with ``FORCE_COLOR``."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def width() -> int:
    """How many columns a message may take."""
    import shutil

    return min(shutil.get_terminal_size((100, 24)).columns, 120)


def with_progress(items: Iterable[Item], total: int, title: str) -> Iterator[Item]:
    """Passes ``items`` on, and shows how many are done and left on a terminal once that takes over a second."""
    if not sys.stderr.isatty():
        yield from items
        return
    started = time.monotonic()
    shown: Any = None
    task: Any = None
    try:
        for done, item in enumerate(items, start=1):
            if shown is None and time.monotonic() - started > 1 and done < total:
                shown, task = _progress(title, total)
            if shown is not None:
                shown.update(task, completed=done)
            yield item
    finally:
        if shown is not None:
            shown.stop()


def _progress(title: str, total: int) -> tuple[Any, Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=Console(stderr=True), transient=True,
    )  # fmt: skip
    task = progress.add_task(title, total=total)
    progress.start()
    return progress, task
