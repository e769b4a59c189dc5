"""How long after a keystroke the answer comes, for files of several lengths and several language servers.

A line is typed in the middle of a generated program, one character after the other. The time runs from the moment at
which ``didChange`` is sent to the moment at which the answer for that version has arrived, whatever a server waits for
in between. The next character follows a little after the answer, so that every version is answered. *Processor* is what
the server used of it for each keystroke, waiting and the work of other programs left out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from client import Client, ServerGone
from programs import TYPED, program

SIZES = (100, 300, 1_000, 3_000, 10_000)
BARS_MS = {300: (10.0, None), 1_000: (25.0, 80.0), 10_000: (60.0, None)}
"""The longest median that kerascope may have, and the longest p95 where there is a bar, by lines."""

PAUSE = 0.05
LONGEST_ANSWER = 30.0
LONGEST_OPENING = 120.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server, and what counts as its answer: the diagnostics of a version, or that of a request sent after it."""

    name: str
    command: tuple[str, ...]
    request: str | None = None

    @property
    def answer(self) -> str:
        """What the table calls the answer."""
        return "diagnostics" if self.request is None else f"{self.request} (proxy)"


SERVERS = (
    Server("kerascope", ("kerascope", "server")),
    # It publishes syntax errors alone, a second after the last change and without a version.
    Server("jedi-language-server", ("jedi-language-server",), "documentSymbol"),
    Server("basedpyright", ("basedpyright-langserver", "--stdio")),
)


@dataclass(slots=True)
class Outcome:
    """What was measured for one server and one length. ``problem`` says why it ended early, if it did."""

    server: Server
    lines: int
    opening: float | None = None
    times: list[float] = field(default_factory=list)
    processor: float | None = None
    diagnostics: int = 0
    problem: str = ""

    @property
    def median_ms(self) -> float | None:
        """The median of the answer times."""
        return statistics.median(self.times) * 1e3 if self.times else None

    @property
    def p95_ms(self) -> float | None:
        """The time that 19 of 20 answers keep within."""
        if len(self.times) < 2:
            return None
        return statistics.quantiles(self.times, n=20, method="inclusive")[-1] * 1e3


def environment() -> dict[str, str]:
    """The environment of all servers: the one that this Python belongs to is active in it."""
    binaries = Path(sys.executable).parent
    path = os.pathsep.join((str(binaries), os.environ.get("PATH", "")))
    return {**os.environ, "PATH": path, "VIRTUAL_ENV": str(binaries.parent)}


async def answered(client: Client, server: Server, uri: str, version: int, method: str, params: Any) -> float:
    """Sends one change and waits for its answer; returns the seconds between."""
    published = client.published(version) if server.request is None else None
    started = time.perf_counter()
    client.notify(method, params)
    if published is not None:
        return await published - started
    await client.request(f"textDocument/{server.request}", {"textDocument": {"uri": uri}})
    return time.perf_counter() - started


async def measure(server: Server, lines: int, keys: int, budget: float, folder: Path) -> Outcome:
    """Opens one program in one server and types in it."""
    outcome = Outcome(server, lines)
    made = program(lines)
    rows = made.text.splitlines(keepends=True)
    text = "".join((*rows[: made.line], f"{made.indent}\n", *rows[made.line :]))
    file = folder / f"experiment_{lines}.py"
    file.write_text(text, encoding="utf-8")
    uri = file.as_uri()
    client = await Client.start(server.command, folder, environment())
    try:
        await asyncio.wait_for(client.greet(folder), LONGEST_OPENING)
        item = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        opening = answered(client, server, uri, 1, "textDocument/didOpen", {"textDocument": item})
        outcome.opening = await asyncio.wait_for(opening, LONGEST_OPENING)
        until = time.perf_counter() + budget
        used = client.processor_seconds()
        for index, character in enumerate(TYPED[:keys]):
            await asyncio.sleep(PAUSE)
            place = {"line": made.line, "character": len(made.indent) + index}
            change = {
                "textDocument": {"uri": uri, "version": index + 2},
                "contentChanges": [{"range": {"start": place, "end": place}, "text": character}],
            }
            answer = answered(client, server, uri, index + 2, "textDocument/didChange", change)
            outcome.times.append(await asyncio.wait_for(answer, LONGEST_ANSWER))
            if time.perf_counter() > until:
                break
        after = client.processor_seconds()
        if used is not None and after is not None:
            outcome.processor = (after - used) / len(outcome.times)
    except TimeoutError:
        outcome.problem = "MISSED: no answer in time"
    except ServerGone:
        outcome.problem = "MISSED: the server ended"
    finally:
        outcome.diagnostics = client.diagnostics
        await client.stop()
    return outcome


def row(outcome: Outcome, reference: Outcome | None) -> str:
    """One line of the table; ``reference`` is kerascope's outcome for the same length."""

    def shown(milliseconds: float | None) -> str:
        return f"{milliseconds:.0f} ms" if milliseconds is not None else "–"

    ratio = "–"
    if reference is not None and reference.median_ms and outcome.median_ms:
        ratio = f"{outcome.median_ms / reference.median_ms:.1f}"
    opening = f"{outcome.opening:.1f} s" if outcome.opening is not None else "–"
    cells = (
        f"{outcome.lines:,}",
        outcome.server.name,
        outcome.server.answer,
        str(len(outcome.times)),
        shown(outcome.median_ms),
        shown(outcome.p95_ms),
        f"{outcome.processor * 1e3:.0f} ms" if outcome.processor is not None else "–",
        ratio,
        opening,
        outcome.problem,
    )
    return "| " + " | ".join(cells) + " |"


HEAD = (
    "| lines | server | answer | keystrokes | median | p95 | processor | times kerascope | opening | |\n"
    "|---:|---|---|---:|---:|---:|---:|---:|---:|---|\n"
)


async def run(arguments: argparse.Namespace) -> list[Outcome]:
    """Measures every server at every length, and prints each row as it is known."""
    outcomes: list[Outcome] = []
    sys.stdout.write(HEAD)
    for lines in arguments.sizes:
        reference: Outcome | None = None
        for server in SERVERS:
            if server.name not in arguments.servers:
                continue
            with tempfile.TemporaryDirectory() as folder:
                outcome = await measure(server, lines, arguments.keys, arguments.budget, Path(folder))
            if server.name == "kerascope":
                reference = outcome
            outcomes.append(outcome)
            sys.stdout.write(row(outcome, reference) + "\n")
            sys.stdout.flush()
    return outcomes


def verdict(outcomes: list[Outcome]) -> int:
    """Says whether kerascope keeps its bars; returns the exit status."""
    status = 0
    for outcome in outcomes:
        if outcome.server.name != "kerascope":
            continue
        if outcome.problem:
            sys.stdout.write(f"\n{outcome.lines:,} lines: {outcome.problem}\n")
            status = 1
        for name, measured, bar in zip(
            ("median", "p95"),
            (outcome.median_ms, outcome.p95_ms),
            BARS_MS.get(outcome.lines, (None, None)),
            strict=True,
        ):
            if bar is None or measured is None:
                continue
            word = "Met" if measured <= bar else "MISSED"
            status = status if measured <= bar else 1
            sys.stdout.write(
                f"\n{word}: {outcome.lines:,} lines, {name} {measured:.1f} ms; the bar is {bar:.0f} ms.\n"
            )
    return status


def main() -> int:
    """Measures, prints the table, and says whether the bars are met."""
    names = [server.name for server in SERVERS]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="LINES")
    parser.add_argument("--servers", nargs="+", choices=names, default=names)
    parser.add_argument("--keys", type=int, default=len(TYPED), help=f"keystrokes; at most {len(TYPED)}")
    parser.add_argument("--budget", type=float, default=90.0, help="seconds after which typing ends early")
    arguments = parser.parse_args()
    wanted = [server.command[0] for server in SERVERS if server.name in arguments.servers]
    missing = [command for command in wanted if not shutil.which(command, path=environment()["PATH"])]
    if missing:
        parser.error(f"not installed: {', '.join(missing)}")
    with contextlib.suppress(KeyboardInterrupt):
        return verdict(asyncio.run(run(arguments)))
    return 130


if __name__ == "__main__":
    raise SystemExit(main())
