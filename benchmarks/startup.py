"""How long ``kerascope check`` takes on one file of 200 lines, beside ``import tensorflow`` in the same environment.

The commands take turns, so that what else the computer does falls on all of them. The exit status is 1 where ``check``
takes more than an eighth of the import.
"""

from __future__ import annotations

import argparse
import collections
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from programs import program

LINES = 200
BAR = 8
"""How many checks must fit into one import of TensorFlow."""

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Where Python may not keep bytecode, it compiles an editable install anew at every start, and TensorFlow never."""

CHECK = "kerascope check --no-cache"
TENSORFLOW = "python -c 'import tensorflow'"


def commands(file: Path) -> dict[str, list[str]]:
    """What is timed, by the name that it is shown under."""
    python = sys.executable
    kerascope = [python, "-m", "kerascope"]
    return {
        TENSORFLOW: [python, "-c", "import tensorflow"],
        CHECK: [*kerascope, "check", "--no-cache", str(file)],
        "kerascope check, again": [*kerascope, "check", str(file)],
        "kerascope summary": [*kerascope, "summary", str(file)],
        "kerascope --version": [*kerascope, "--version"],
        "python -c 'import libcst'": [python, "-c", "import libcst"],
        "python -c pass": [python, "-c", "pass"],
    }


def seconds(command: Sequence[str], folder: Path) -> float:
    """How long one run takes. Findings are no failure; anything above status 1 is."""
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - started
    if done.returncode not in (0, 1) or "Traceback" in done.stderr:
        raise SystemExit(f"{' '.join(command)} failed with status {done.returncode}:\n{done.stderr}")
    return taken


def measure(rounds: int, file: Path) -> dict[str, list[float]]:
    """The times of each command. One run of each goes before, to fill the caches of the disk."""
    times: dict[str, list[float]] = {name: [] for name in commands(file)}
    for number in range(rounds + 1):
        for name, command in commands(file).items():
            taken = seconds(command, file.parent)
            if number > 0:
                times[name].append(taken)
    return times


def table(times: dict[str, list[float]]) -> str:
    """The times as a Markdown table."""
    whole = statistics.median(times[TENSORFLOW])
    rows = ["| command | median | fastest | share of the import |", "|---|---:|---:|---:|"]
    for name, values in times.items():
        middle = statistics.median(values)
        share = "1" if name == TENSORFLOW else f"1/{whole / middle:.1f}"
        rows.append(f"| `{name}` | {middle * 1e3:.0f} ms | {min(values) * 1e3:.0f} ms | {share} |")
    return "\n".join(rows) + "\n"


_IMPORT_TIME = re.compile(r"import time:\s*(?P<own>\d+) \|\s*(?P<all>\d+) \|\s*(?P<name>\S+)")


def imports(file: Path) -> str:
    """What ``check`` imports: the ten packages and the ten modules that take the most time of their own."""
    command = [sys.executable, "-X", "importtime", *commands(file)[CHECK][1:]]
    done = subprocess.run(command, cwd=file.parent, capture_output=True, text=True, check=False)
    modules = [
        (int(match["own"]) / 1e3, int(match["all"]) / 1e3, match["name"])
        for match in _IMPORT_TIME.finditer(done.stderr)
    ]
    packages: collections.Counter[str] = collections.Counter()
    counts: collections.Counter[str] = collections.Counter()
    for own, _, name in modules:
        package = name.partition(".")[0]
        packages[package] += own  # type: ignore[assignment]
        counts[package] += 1
    total = sum(own for own, _, _ in modules)
    rows = [f"{len(modules)} modules, {total:.0f} ms with the tracing\n"]
    rows += ["| package | own time | modules |", "|---|---:|---:|"]
    rows += [f"| `{name}` | {own:.1f} ms | {counts[name]} |" for name, own in packages.most_common(10)]
    rows += ["", "| module | own time | with what it imports |", "|---|---:|---:|"]
    rows += [f"| `{name}` | {own:.1f} ms | {all_:.1f} ms |" for own, all_, name in sorted(modules)[:-11:-1]]
    return "\n".join(rows) + "\n"


def main() -> int:
    """Measures, prints the table, and says whether the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--profile", action="store_true", help="also print what check imports")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "experiment.py")
        file.write_text(program(LINES).text, encoding="utf-8")
        times = measure(arguments.rounds, file)
        sys.stdout.write(table(times))
        if arguments.profile:
            sys.stdout.write("\n" + imports(file))
    ratio = statistics.median(times[TENSORFLOW]) / statistics.median(times[CHECK])
    if ratio < BAR:
        sys.stdout.write(f"\nMISSED: {CHECK} takes 1/{ratio:.1f} of the import; the bar is 1/{BAR}.\n")
        return 1
    sys.stdout.write(f"\nMet: {CHECK} takes 1/{ratio:.1f} of the import; the bar is 1/{BAR}.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
