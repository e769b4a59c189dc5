"""Types lines of real programs again, key by key, and watches what is said meanwhile.

In each program lines are taken out in turn and typed again, with and without the brackets and quotes that an editor
closes by itself. Every state is analysed as the language server does it. What must not happen: an exception; a finding
that comes and goes, or goes and comes back, on the way; and, with the text whole again, other findings than a fresh
analysis has.

A finding is taken for the same by its code and line. What is said without the line and what is said with it may
differ, but in between it changes once. Where it changes more often, it is told apart whether a state that cannot be
read began that, which must not be, or one that is a whole program, of which the truth is said at once: `Dense(1)` is
one on the way to `Dense(10)`.
"""

from __future__ import annotations

import argparse
import logging
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kerascope.engine.analysis import Analysis
from kerascope.engine.options import Options
from kerascope.engine.reading import Unreadable, read_source
from kerascope.engine.workspace import Workspace
from kerascope.findings import Finding
from kerascope.text.lines import LineIndex
from kerascope.text.source import Source

TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS))

from syntax.typing_simulator import states  # noqa: E402 - the tests are no package of ours

Seen = frozenset[tuple[str, int]]


@dataclass(slots=True)
class Count:
    """What a replay found."""

    files: int = 0
    lines: int = 0
    states: int = 0
    unreadable: int = 0
    exceptions: int = 0
    flickers: int = 0
    whole_changes: int = 0
    differences: int = 0
    times: list[float] = field(default_factory=list)
    codes: Counter[str] = field(default_factory=Counter)

    def add(self, other: Count) -> None:
        """Adds what another replay found."""
        for name in ("files", "lines", "states", "unreadable", "exceptions", "flickers",
                     "whole_changes", "differences"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.times += other.times
        self.codes += other.codes


class _Failures(logging.Handler):
    """Counts what the engine caught of its own bugs."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Notes one."""
        self.seen.append(logging.Formatter("%(message)s").format(record))


def seen(analysis: Analysis) -> Seen:
    """The findings by code and line."""
    index = LineIndex(analysis.source.text)
    return frozenset((finding.code, index.position(finding.span.start)[0]) for finding in analysis.findings)


def replay_line(
    workspace: Workspace, whole: Analysis, line: int, auto_close: bool, count: Count, report: bool
) -> Analysis:
    """Takes out one line and types it again; returns the last analysis."""
    source, analysis = whole.source, whole
    history: list[tuple[Seen, bool, str]] = []
    typed = list(states(source.text, line, auto_close=auto_close))
    for state in typed:
        started = time.perf_counter()
        analysis = workspace.analyse(Source(source.path, state.text), Options(), analysis)
        count.times.append(time.perf_counter() - started)
        history.append((seen(analysis), bool(analysis.parsed.holes), state.typed))
        count.states += 1
        count.unreadable += bool(analysis.parsed.holes)
    if _told(analysis.findings) != _told(whole.findings) and typed[-1].text == source.text:
        count.differences += 1
        if report:
            sys.stdout.write(f"{source.path}:{line + 1}: other findings than before\n")
    for code, place, at_fault in flickering(history):
        if at_fault is None:
            count.whole_changes += 1
            continue
        count.flickers += 1
        count.codes[code] += 1
        if report:
            sys.stdout.write(f"{source.path}:{line + 1}: {code} on line {place + 1} at {at_fault!r}\n")
    count.lines += 1
    return analysis


def _told(findings: Sequence[Finding]) -> list[tuple[object, ...]]:
    return [(finding.code, finding.span, finding.message, finding.related) for finding in findings]


def flickering(history: Sequence[tuple[Seen, bool, str]]) -> Iterator[tuple[str, int, str | None]]:
    """Findings that change more than once, with the unreadable text at which they did; ``None`` if all were whole."""
    for finding in sorted(frozenset().union(*(findings for findings, _, _ in history))):
        present = [finding in findings for findings, _, _ in history]
        changes = [place for place in range(1, len(present)) if present[place] != present[place - 1]]
        if len(changes) <= 1:
            continue
        end = present[-1]
        began = [place for place in changes if present[place] != end]
        fault = next((history[place][2] for place in began if history[place][1]), None)
        yield (*finding, fault)


def replay(path: Path, lines: int, seed: int, until: float, *, report: bool) -> Count:
    """Types lines of one program again, with and without closed brackets."""
    count = Count()
    try:
        source = read_source(path)
    except Unreadable:
        return count
    rows = source.text.splitlines()
    if source.cells or len(rows) != source.text.count("\n") + (not source.text.endswith("\n")):
        return count
    rng = random.Random(f"{seed} {path.name}")
    filled = [place for place, row in enumerate(rows) if row.strip()]
    count.files = 1
    workspace = Workspace(incremental=True)
    whole = fresh = workspace.analyse(source, Options())
    for line in rng.sample(filled, min(lines, len(filled))):
        for auto_close in (False, True):
            if time.monotonic() > until:
                return count
            try:
                last = replay_line(workspace, whole, line, auto_close, count, report)
                whole = (
                    last if last.source.text == source.text else workspace.analyse(source, Options(), last)
                )
            except Exception as error:
                count.exceptions += 1
                if report:
                    sys.stdout.write(f"{path}:{line + 1}: {type(error).__name__}: {error}\n")
    if _told(whole.findings) != _told(fresh.findings):
        count.differences += 1
    return count


def table(count: Count) -> str:
    """The counts, as a table."""
    times = sorted(count.times) or [0.0, 0.0]
    cells = [
        ("programs", count.files),
        ("lines typed again", count.lines),
        ("states", count.states),
        ("of these unreadable", count.unreadable),
        ("exceptions", count.exceptions),
        ("findings that flickered at a line that cannot be read", count.flickers),
        ("findings that a whole line on the way brought or took", count.whole_changes),
        ("lines after which findings differ from a fresh analysis", count.differences),
        ("an analysis, median", f"{statistics.median(times) * 1e3:.1f} ms"),
        ("an analysis, p95", f"{times[int(len(times) * 0.95)] * 1e3:.1f} ms"),
    ]
    return "| | |\n|---|---:|\n" + "".join(f"| {name} | {value} |\n" for name, value in cells)


def main() -> int:
    """Replays, prints the counts; the exit status is 1 where something happened that must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, help="programs, or folders of them")
    parser.add_argument("--lines", type=int, default=50, help="lines of each program")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="when to end")
    parser.add_argument(
        "--largest", type=int, default=100_000, help="characters of the longest program taken"
    )
    parser.add_argument("--quiet", action="store_true", help="print the counts alone")
    arguments = parser.parse_args()
    failures = _Failures()
    logging.getLogger("kerascope").addHandler(failures)
    files = [
        file
        for path in arguments.paths
        for file in (sorted(path.rglob("*.py")) if path.is_dir() else [path])
        if file.stat().st_size <= arguments.largest
    ]
    random.Random(arguments.seed).shuffle(files)
    until = time.monotonic() + arguments.seconds
    total = Count()
    for file in files:
        if time.monotonic() > until:
            break
        total.add(replay(file, arguments.lines, arguments.seed, until, report=not arguments.quiet))
    total.exceptions += len(failures.seen)
    for message in sorted(set(failures.seen)):
        sys.stdout.write(f"{message}\n")
    sys.stdout.write(table(total))
    if total.codes:
        sys.stdout.write("\nFlickers: " + ", ".join(f"{c} {n}" for c, n in total.codes.most_common()) + "\n")
    return 1 if total.exceptions or total.flickers or total.differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
