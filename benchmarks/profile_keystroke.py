"""Where the time of one keystroke goes inside kerascope: by step, and by function.

The steps are those of the language server, run in this process without the protocol and without its pause between a
change and the analysis. *Edit* is the change of the text and of its line index, *syntax* all reading, *interp* and
*rules* are as ``Analysis.timings_ms`` says, *publish* the findings in protocol terms.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from keystroke import SIZES
from lsprotocol import types
from programs import TYPED, program

from kerascope.engine.analysis import Analysis
from kerascope.engine.options import Options, configuration_file
from kerascope.engine.workspace import Workspace
from kerascope.lsp.convert import diagnostics
from kerascope.lsp.documents import Documents

STEPS = ("edit", "syntax", "interp", "rules", "publish")


class Session:
    """A document as the server holds it, and the analysis thread's memory."""

    def __init__(self, file: Path, lines: int) -> None:
        made = program(lines)
        rows = made.text.splitlines(keepends=True)
        text = "".join((*rows[: made.line], f"{made.indent}\n", *rows[made.line :]))
        file.write_text(text, encoding="utf-8")
        self.uri = file.as_uri()
        self._file = file
        self._row, self._column = made.line, len(made.indent)
        self.documents = Documents()
        self.memory = Workspace(open_source=self.documents.source_of, incremental=True)
        self.documents.open_text(types.TextDocumentItem(self.uri, "python", 1, text))
        self.analysis: Analysis | None = None
        self.answer(0.0)

    def typing(self, keys: int) -> Iterator[dict[str, float]]:
        """Types the line; yields the time of each step of each keystroke, in milliseconds."""
        for index, character in enumerate(TYPED[:keys]):
            place = types.Position(self._row, self._column + index)
            change = types.TextDocumentContentChangePartial(types.Range(place, place), character)
            started = time.perf_counter()
            self.documents.change_text(self.uri, index + 2, [change])
            yield self.answer((time.perf_counter() - started) * 1e3)

    def answer(self, edit_ms: float) -> dict[str, float]:
        """One analysis with all that the server does around it."""
        started = time.perf_counter()
        configuration_file(self._file)
        snapshot = self.documents.snapshot(self.uri)
        assert snapshot is not None
        self.analysis = self.memory.analyse(snapshot.source, Options(), self.analysis)
        analysed = time.perf_counter()
        diagnostics(self.analysis, snapshot, self.documents.members(self.uri), self.documents.encoding)
        published = time.perf_counter()
        steps = {"edit": edit_ms, **self.analysis.timings_ms, "publish": (published - analysed) * 1e3}
        steps["whole"] = edit_ms + (published - started) * 1e3
        return steps


def shares(sizes: list[int], keys: int, budget: float, folder: Path) -> str:
    """A table of the median of each step and of its share in the whole."""
    head = ["lines", "whole", *STEPS, "unreadable"]
    rows = ["| " + " | ".join(head) + " |", "|" + "---:|" * len(head)]
    for lines in sizes:
        session = Session(folder / f"experiment_{lines}.py", lines)
        measured: list[dict[str, float]] = []
        holes = 0
        until = time.perf_counter() + budget
        for steps in session.typing(keys):
            assert session.analysis is not None
            measured.append(steps)
            holes += bool(session.analysis.parsed.holes)
            if time.perf_counter() > until:
                break
        whole = statistics.median(steps["whole"] for steps in measured)
        total = sum(steps["whole"] for steps in measured)
        cells = [f"{lines:,}", f"{whole:.1f} ms"]
        for step in STEPS:
            middle = statistics.median(steps[step] for steps in measured)
            share = sum(steps[step] for steps in measured) / total
            cells.append(f"{middle:.1f} ms ({share:.0%})")
        cells.append(f"{holes} of {len(measured)}")
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows) + "\n"


def _place(function: tuple[str, int, str]) -> str:
    """A function as it is shown: its file below the package, line and name."""
    file, line, name = function
    parts = Path(file).parts
    for package in ("kerascope", "libcst"):
        if package in parts:
            last = len(parts) - 1 - parts[::-1].index(package)
            return f"{'/'.join(parts[last:])}:{line} {name}"
    return name if file == "~" else f"{parts[-1]}:{line} {name}"


def functions(lines: int, keys: int, count: int, folder: Path) -> str:
    """The functions that take the most time of their own, and kerascope's that take the most with what they call."""
    session = Session(folder / f"profiled_{lines}.py", lines)
    # Time of this process alone, for the profile says nothing of what else runs.
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    done = sum(1 for _ in session.typing(keys))
    profile.disable()
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]]
    stats = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    whole = max(
        entry[3] for function, entry in stats.items() if function[2] == "answer" and __file__ in function[0]
    )
    by_own = sorted(stats, key=lambda function: stats[function][2], reverse=True)
    by_all = [
        function
        for function in sorted(stats, key=lambda function: stats[function][3], reverse=True)
        if "/kerascope/" in Path(function[0]).as_posix()
    ]
    rows: list[str] = []
    for title, ranked in (("by own time", by_own), ("kerascope's with what they call", by_all)):
        rows += [f"\n{lines:,} lines, {title}:\n", "| function | calls a keystroke | own | with callees |"]
        rows.append("|---|---:|---:|---:|")
        for function in ranked[:count]:
            _, calls, own, cumulative, _ = stats[function]
            place = _place(function)
            rows.append(f"| `{place}` | {calls / done:.0f} | {own / whole:.1%} | {cumulative / whole:.1%} |")
    return "\n".join(rows) + "\n"


def main() -> int:
    """Prints the shares for every length, then the functions for those asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), metavar="LINES")
    parser.add_argument("--functions", type=int, nargs="*", default=[300, 1_000], metavar="LINES")
    parser.add_argument("--keys", type=int, default=len(TYPED))
    parser.add_argument(
        "--budget", type=float, default=60.0, help="seconds for each length of the first table"
    )
    parser.add_argument("--top", type=int, default=15)
    arguments = parser.parse_args()
    # Garbage is collected as the server does it.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sys.stdout.write(shares(arguments.sizes, arguments.keys, arguments.budget, folder))
        for lines in arguments.functions:
            sys.stdout.write(functions(lines, arguments.keys, arguments.top, folder))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
