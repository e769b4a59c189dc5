"""How long ``kerascope check`` takes on folders of programs: none of their answers on disk, then all of them.

The commands take turns on the same folder; ruff and basedpyright, which look for other things, are timed beside them
where they are installed. *Processor* is what a command and its processes used, *largest process* the most memory that
one of them held. With ``--shares`` it is told in what the time of a cold check goes, with ``--interrupt`` what a Ctrl-C
leaves behind.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from keystroke import environment

from kerascope.cli.files import find_files

BAR_FILES_A_SECOND = 40.0
BAR_AGAIN = 10.0
"""How many times faster the second run must be."""
BAR_MB = 300.0

OTHERS = {"ruff": ("check", "--no-cache"), "basedpyright": ("--threads", "{jobs}")}
"""What is timed beside, where it is installed: its command."""

SHARES = ("libcst", "rest of reading", "interpretation", "rules", "the rest")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command: seconds, megabytes, and a digest of what it wrote.

    The megabytes are at least those of this process, which Linux counts as the command's own until it begins; so
    nothing large is kept here.
    """

    elapsed: float
    processor: float
    megabytes: float
    status: int
    output: str


def run(command: Sequence[str], folder: Path, cache: Path, interrupt: float | None = None) -> Run:
    """Runs a command to its end, or presses Ctrl-C after ``interrupt`` seconds; then the time is what it took after."""
    surroundings = {**environment(), "KERASCOPE_CACHE_DIR": str(cache)}
    # What Python may not keep as bytecode it compiles at every start.
    surroundings.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=surroundings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if interrupt is not None:
            time.sleep(interrupt)
            started = time.perf_counter()
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: all of the command's processes get it
        _, status, used = os.wait4(process.pid, 0)
        elapsed = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return Run(
            elapsed,
            used.ru_utime + used.ru_stime,
            # Linux counts in kilobytes, macOS in bytes.
            used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3),
            process.returncode,
            hashlib.file_digest(output, "sha256").hexdigest(),
        )


def checked(done: Run, what: str) -> Run:
    """A run that ended as a check does, with findings or without."""
    if done.status not in (0, 1):
        raise SystemExit(f"{what} ended with status {done.status}")
    return done


def check_command(jobs: int) -> list[str]:
    """Our own command, which lacks the folder and options."""
    return [sys.executable, "-m", "kerascope", "check", "--output-format", "json", "-j", str(jobs)]


def row(name: str, runs: Sequence[Run], files: int) -> str:
    """A line of the table: medians, but the most of the memory."""
    elapsed = statistics.median(run.elapsed for run in runs)
    processor = statistics.median(run.processor for run in runs)
    megabytes = max(run.megabytes for run in runs)
    each = ", ".join(f"{run.elapsed:.1f}" for run in runs)
    return f"| {name} | {elapsed:.1f} s | {each} | {processor:.1f} s | {megabytes:.0f} MB | {files / elapsed:.0f} |"


def measure(folder: Path, jobs: int, rounds: int, others: Sequence[str]) -> tuple[str, list[str]]:
    """The table of one folder, and the bars that it misses."""
    files = len(find_files([str(folder)]).files)
    command = check_command(jobs)
    beside: dict[str, list[str]] = {}
    for other in others:
        if found := shutil.which(other, path=environment()["PATH"]):
            options = [option.format(jobs=jobs) for option in OTHERS[other]]
            beside[f"`{' '.join((other, *options))}`"] = [found, *options]
    runs: dict[str, list[Run]] = {name: [] for name in ("none from disk", "first", "again", *beside)}
    answers: set[str] = set()
    with tempfile.TemporaryDirectory() as place:
        for number in range(rounds):
            cache = Path(place, str(number))
            for name, options in (("none from disk", ["--no-cache"]), ("first", []), ("again", [])):
                done = checked(run([*command, *options, str(folder)], folder, cache), name)
                runs[name].append(done)
                answers.add(done.output)
            for name, others_command in beside.items():
                runs[name].append(checked(run([*others_command, str(folder)], folder, cache), name))
    rows = [
        f"\n{folder.name}: {files:,} files, {jobs} processes\n",
        "| | elapsed | each | processor | largest process | files a second |",
        "|---|---:|---:|---:|---:|---:|",
        *(row(name, done, files) for name, done in runs.items()),
    ]
    middle = {name: statistics.median(run.elapsed for run in done) for name, done in runs.items()}
    again = middle["first"] / middle["again"]
    same = "the same in all runs" if len(answers) == 1 else "DIFFERENT from run to run"
    rows.append(f"\nThe second run is {again:.0f} times as fast as the first; the output is {same}.")
    missed = []
    if len(answers) != 1:
        missed.append("the same output")
    if files / middle["none from disk"] < BAR_FILES_A_SECOND:
        missed.append(f"{BAR_FILES_A_SECOND:.0f} files a second")
    if again < BAR_AGAIN:
        missed.append(f"{BAR_AGAIN:.0f} times as fast again")
    ours = (run for name in ("none from disk", "first", "again") for run in runs[name])
    if max(run.megabytes for run in ours) > BAR_MB:
        missed.append(f"{BAR_MB:.0f} MB a process")
    return "\n".join(rows) + "\n", missed


class Stopwatch:
    """Processor time by step, each without the steps within it."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._steps: list[str] = []
        self._since = 0.0

    def _turn(self) -> None:
        now = time.process_time()
        if self._steps:
            self.seconds[self._steps[-1]] += now - self._since
        self._since = now

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Counts what is done within as ``name``, and not as the step around it."""
        self._turn()
        self._steps.append(name)
        try:
            yield
        finally:
            self._turn()
            self._steps.pop()

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its time counted as a step."""

        def within(*arguments: Any, **named: Any) -> Any:
            with self.step(name):
                return function(*arguments, **named)

        return within


def shares(folder: Path) -> str:
    """In what the time of a cold check goes, in one process and without its start."""
    import libcst

    from kerascope.cli.checking import Job, check
    from kerascope.cli.garbage import collect, collected_between_files
    from kerascope.engine import analysis, workspace
    from kerascope.engine.options import Options

    watch = Stopwatch()
    files = find_files([str(folder)]).files
    steps: tuple[tuple[Any, str, str], ...] = (
        (libcst, "parse_module", "libcst"),
        (analysis, "parse", "rest of reading"),
        (workspace, "parse", "rest of reading"),  # of the modules that a program imports
        (analysis, "interpret", "interpretation"),
        (workspace, "analyse", "rules"),  # what is left of an analysis
    )
    with ExitStack() as stack:
        for module, name, step in steps:
            stack.enter_context(mock.patch.object(module, name, watch.timed(step, getattr(module, name))))
        stack.enter_context(collected_between_files())
        memory = workspace.Workspace()
        for file in files:
            with watch.step("the rest"):
                check(Job(str(file), Options()), memory)
                collect()
    whole = sum(watch.seconds.values())
    parts = ", ".join(f"{name} {watch.seconds[name] / whole:.0%}" for name in SHARES)
    return f"\n{folder.name}: {len(files):,} files in one process, {whole:.1f} s of a processor: {parts}\n"


def interrupted(folder: Path, jobs: int, after: float) -> tuple[str, list[str]]:
    """What Ctrl-C does in the midst of a first run, and whether the run that goes on says what a new one says."""
    command = check_command(jobs)
    with tempfile.TemporaryDirectory() as place:
        cache = Path(place)
        done = run([*command, str(folder)], folder, cache, interrupt=after)
        written = [path for path in cache.rglob("*") if path.is_file()]
        answers = sum(path.suffix == ".json" for path in written)
        goes_on = checked(run([*command, str(folder)], folder, cache), "the run that goes on")
        anew = checked(run([*command, "--no-cache", str(folder)], folder, cache), "the run that begins anew")
    same = goes_on.output == anew.output
    said = (
        f"\n{folder.name}: Ctrl-C after {after:.0f} s: ended after {done.elapsed:.2f} s with status {done.status}; "
        f"{answers} answers kept and {len(written) - answers} other files; the run that goes on took "
        f"{goes_on.elapsed:.1f} s and says {'the same as' if same else 'OTHER THINGS than'} one that begins anew.\n"
    )
    sound = same and done.status == 130 and len(written) == answers
    return said, [] if sound else ["a clean end at Ctrl-C"]


def main() -> int:
    """Measures each folder, and says which bars are missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--beside", nargs="*", choices=OTHERS, default=list(OTHERS))
    parser.add_argument("--shares", action="store_true")
    parser.add_argument("--interrupt", type=float, metavar="SECONDS")
    arguments = parser.parse_args()
    # A shell's background job is told to ignore Ctrl-C, and its children would be with it; a handler is not inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    missed: list[str] = []
    for folder in map(Path.resolve, arguments.folders):
        table, lacking = measure(folder, arguments.jobs, arguments.rounds, arguments.beside)
        sys.stdout.write(table)
        if arguments.shares:
            with multiprocessing.get_context("spawn").Pool(1) as pool:  # for what it imports stays in memory
                sys.stdout.write(pool.apply(shares, (folder,)))
        if arguments.interrupt is not None:
            said, unsound = interrupted(folder, arguments.jobs, arguments.interrupt)
            sys.stdout.write(said)
            lacking = [*lacking, *unsound]
        missed += [f"{folder.name}: {bar}" for bar in lacking]
        sys.stdout.flush()
    for bar in missed:
        sys.stdout.write(f"\nMISSED: {bar}\n")
    return int(bool(missed))


if __name__ == "__main__":
    raise SystemExit(main())
