"""Types lines of real programs again, key by key, and watches what is said meanwhile.

In each program lines are taken out in turn and typed again, with and without the brackets and quotes that an editor
closes by itself; the states that both begin with, for a line without any all of them, are gone through once. Every
state is analysed as the language server does it.
What must not happen: an exception; a finding that comes and goes, or goes and comes back, on the way; and, with the
text whole again, other findings than a fresh analysis has.

A finding is taken for the same by its code and line. What is said without the line and what is said with it may
differ, but in between it changes once. Where it changes more often, it is told apart whether a state that cannot be
read began that, which must not be, or one that is a whole program, of which the truth is said at once: `Dense(1)` is
one on the way to `Dense(10)`.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import logging
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from kerascope.engine.analysis import Analysis
from kerascope.engine.options import Options
from kerascope.engine.reading import Unreadable, read_source
from kerascope.engine.workspace import Workspace
from kerascope.findings import Finding
from kerascope.text.lines import LineIndex
from kerascope.text.notebook import WrittenCell, flatten
from kerascope.text.source import Source

TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS))

from syntax.typing_simulator import Typed, states  # noqa: E402 - the tests are no package of ours

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
    reports: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, written: dict[str, Any]) -> Count:
        """What ``written`` gave."""
        return cls(**{**written, "codes": Counter(written["codes"])})

    def written(self) -> dict[str, Any]:
        """The counts by name, as JSON can hold them."""
        return {part.name: getattr(self, part.name) for part in fields(self)}

    def add(self, other: Count) -> None:
        """Adds what another replay found."""
        for name in ("files", "lines", "states", "unreadable", "exceptions", "flickers",
                     "whole_changes", "differences"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.times += other.times
        self.codes += other.codes
        self.reports += other.reports


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


@dataclass(frozen=True, slots=True)
class Program:
    """A program as it is written: the text of a file, or the texts of a notebook's code cells."""

    path: str
    texts: tuple[str, ...]
    cells: tuple[WrittenCell, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Program:
        """A file. Raises ``Unreadable``."""
        source = read_source(path)
        if not source.cells:
            return cls(source.path, (source.text,))
        cells = tuple(WrittenCell(cell.index, cell.uri, cell.written) for cell in source.cells)
        return cls(source.path, tuple(cell.text for cell in cells), cells)

    def source(self, part: int = 0, text: str | None = None) -> Source:
        """What the server would analyse, with ``text`` in place of one of the parts."""
        texts = [text if text is not None and place == part else own for place, own in enumerate(self.texts)]
        if not self.cells:
            return Source(self.path, texts[0])
        written = zip(self.cells, texts, strict=True)
        return flatten(self.path, [WrittenCell(cell.index, cell.uri, own) for cell, own in written])

    def lines(self) -> list[tuple[int, int]]:
        """The lines that say something, by part and place; those that only Python ends are left out."""
        return [
            (part, place)
            for part, text in enumerate(self.texts)
            if len(text.splitlines()) == text.count("\n") + (bool(text) and not text.endswith("\n"))
            for place, row in enumerate(text.splitlines())
            if row.strip()
        ]


@dataclass(frozen=True, slots=True)
class Typing:
    """Where typing stands: the last analysis, and what was seen in each state so far."""

    analysis: Analysis
    history: tuple[tuple[Seen, bool, str], ...] = ()


def type_states(
    workspace: Workspace,
    program: Program,
    whole: Analysis,
    part: int,
    begun: Typing,
    typed: Sequence[Typed],
    count: Count,
) -> Typing:
    """Goes on from ``begun`` through the states in ``typed``; ``whole`` is the program with nothing taken out."""
    analysis = begun.analysis
    history = list(begun.history)
    for state in typed:
        started = time.perf_counter()
        analysis = workspace.analyse(program.source(part, state.text), Options(), analysis)
        count.times.append(time.perf_counter() - started)
        # A cell that nobody can read is no part of what is typed.
        unreadable = len(analysis.parsed.holes) > len(whole.parsed.holes)
        history.append((seen(analysis), unreadable, state.typed))
        count.states += 1
        count.unreadable += unreadable
    return Typing(analysis, tuple(history))


def judge_line(
    program: Program, whole: Analysis, place: tuple[int, int], typing: Typing, count: Count
) -> None:
    """Counts what must not happen in ``typing``, at whose end the line may be as it was."""
    part, line = place
    where = f"{program.path}:{f'cell {part}:' if program.cells else ''}{line + 1}"
    if (
        _told(typing.analysis.findings) != _told(whole.findings)
        and typing.analysis.source.text == whole.source.text
    ):
        count.differences += 1
        count.reports.append(f"{where}: other findings than before")
    for code, found, at_fault in flickering(typing.history):
        if at_fault is None:
            count.whole_changes += 1
            continue
        count.flickers += 1
        count.codes[code] += 1
        count.reports.append(f"{where}: {code} on line {found + 1} at {at_fault!r}")
    count.lines += 1


def shared_beginning(first: Sequence[Typed], second: Sequence[Typed]) -> int:
    """How many states both begin with."""
    pairs = zip(first, second, strict=False)
    return next((n for n, (one, other) in enumerate(pairs) if one != other), min(len(first), len(second)))


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


def replay(path: Path, lines: int, seed: int) -> Count:
    """Types lines of one program again, with and without closed brackets where a line has any."""
    count = Count()
    try:
        program = Program.read(path)
    except Unreadable:
        return count
    failures = _Failures()
    logging.getLogger("kerascope").addHandler(failures)
    rng = random.Random(f"{seed} {path.name}")
    filled = program.lines()
    count.files = 1
    workspace = Workspace(incremental=True)
    source = program.source()
    whole = fresh = workspace.analyse(source, Options())
    for part, line in rng.sample(filled, min(lines, len(filled))):
        plain = list(states(program.texts[part], line, auto_close=False))
        closed = list(states(program.texts[part], line, auto_close=True))
        shared = shared_beginning(plain, closed)
        try:
            begun = type_states(workspace, program, whole, part, Typing(whole), plain[:shared], count)
            for rest in [plain[shared:]] if plain == closed else [plain[shared:], closed[shared:]]:
                typing = type_states(workspace, program, whole, part, begun, rest, count)
                judge_line(program, whole, (part, line), typing, count)
            last = typing.analysis
            whole = last if last.source.text == source.text else workspace.analyse(source, Options(), last)
        except Exception as error:
            count.exceptions += 1
            count.reports.append(f"{path}:{line + 1}: {type(error).__name__}: {error}")
    if _told(whole.findings) != _told(fresh.findings):
        count.differences += 1
        count.reports.append(f"{path}: other findings at the end than at the beginning")
    count.exceptions += len(failures.seen)
    count.reports += sorted(set(failures.seen))
    logging.getLogger("kerascope").removeHandler(failures)
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


def collect_seldom() -> None:
    """As the server has it: what is alive at the start stays, and garbage is looked for seldom."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


def programs(paths: Sequence[Path], largest: int) -> list[Path]:
    """The programs and notebooks in folders, each text once."""
    by_text: dict[bytes, Path] = {}
    for path in paths:
        found = [*path.rglob("*.py"), *path.rglob("*.ipynb")] if path.is_dir() else [path]
        for file in sorted(found):
            if file.stat().st_size <= largest:
                by_text.setdefault(hashlib.sha256(file.read_bytes()).digest(), file)
    return list(by_text.values())


def kept_counts(kept: Path | None) -> dict[str, Count]:
    """What an earlier replay that was ended found, by the name of the program."""
    if kept is None or not kept.exists():
        return {}
    entries = [json.loads(line) for line in kept.read_text("utf-8").splitlines()]
    return {name: Count.read(count) for name, count in entries}


def main() -> int:
    """Replays, prints the counts; the exit status is 1 where something happened that must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path, help="programs and notebooks, or folders of them")
    parser.add_argument("--lines", type=int, default=50, help="lines of each program")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="when to begin no other program")
    parser.add_argument("-j", "--jobs", type=int, default=1, help="processes")
    parser.add_argument("--kept", type=Path, help="a file to go on from, where a replay takes hours")
    parser.add_argument("--largest", type=int, default=10**8, help="bytes of the longest file taken")
    parser.add_argument("--quiet", action="store_true", help="print the counts alone")
    arguments = parser.parse_args()
    counts = kept_counts(arguments.kept)
    files = [file for file in programs(arguments.paths, arguments.largest) if str(file) not in counts]
    random.Random(arguments.seed).shuffle(files)
    until = time.monotonic() + arguments.seconds
    waiting = iter(files)
    with ProcessPoolExecutor(arguments.jobs, initializer=collect_seldom) as pool:
        running: dict[Future[Count], Path] = {}
        while True:
            while len(running) < arguments.jobs and time.monotonic() < until:
                file = next(waiting, None)
                if file is None:
                    break
                running[pool.submit(replay, file, arguments.lines, arguments.seed)] = file
            if not running:
                break
            for done in wait(running, return_when=FIRST_COMPLETED).done:
                file, count = running.pop(done), done.result()
                counts[str(file)] = count
                if not arguments.quiet:
                    sys.stdout.write("".join(f"{report}\n" for report in count.reports))
                    sys.stdout.flush()
                if arguments.kept is not None:
                    with arguments.kept.open("a", encoding="utf-8") as kept:
                        kept.write(json.dumps([str(file), count.written()]) + "\n")
    total = Count()
    for count in counts.values():
        total.add(count)
    sys.stdout.write(table(total))
    if total.codes:
        sys.stdout.write("\nFlickers: " + ", ".join(f"{c} {n}" for c, n in total.codes.most_common()) + "\n")
    return 1 if total.exceptions or total.flickers or total.differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
