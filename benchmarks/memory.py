"""How much memory the language server holds with many files open, each of them typed in once."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from client import Client
from keystroke import LONGEST_ANSWER, LONGEST_OPENING, SERVERS, answered, environment
from programs import program

BAR_MB = 200.0


def told_apart(text: str, number: int) -> str:
    """The program with a comment on most lines, so that no statement of it stands in another file as well."""
    rows = (f"{row}  # {number}" if row.endswith((")", ":", ",")) else row for row in text.split("\n"))
    return "\n".join(rows)


async def measure(files: int, lines: int, folder: Path) -> tuple[float | None, float | None]:
    """Opens the files; returns the megabytes held before and after."""
    server = SERVERS[0]
    client = await Client.start(server.command, folder, environment())
    try:
        await asyncio.wait_for(client.greet(folder), LONGEST_OPENING)
        before = client.megabytes()
        for number in range(files):
            made = program(lines)
            text = told_apart(made.text, number)
            file = folder / f"experiment_{number}.py"
            file.write_text(text, encoding="utf-8")
            uri, version = file.as_uri(), 2 * number + 1
            item = {"uri": uri, "languageId": "python", "version": version, "text": text}
            opened = answered(client, server, uri, version, "textDocument/didOpen", {"textDocument": item})
            await asyncio.wait_for(opened, LONGEST_OPENING)
            place = {"line": made.line, "character": 0}
            change = {
                "textDocument": {"uri": uri, "version": version + 1},
                "contentChanges": [{"range": {"start": place, "end": place}, "text": "\n"}],
            }
            changed = answered(client, server, uri, version + 1, "textDocument/didChange", change)
            await asyncio.wait_for(changed, LONGEST_ANSWER)
        return before, client.megabytes()
    finally:
        await client.stop()


def main() -> int:
    """Measures, and says whether the bar is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=50)
    parser.add_argument("--lines", type=int, default=300, help="lines of each file")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        before, after = asyncio.run(measure(arguments.files, arguments.lines, Path(folder)))
    if before is None or after is None:
        sys.stdout.write("The system does not say how much memory a process holds.\n")
        return 2
    word = "Met" if after <= BAR_MB else "MISSED"
    sys.stdout.write(
        f"{arguments.files} files of {arguments.lines} lines: {after:.0f} MB, {before:.0f} MB without any. "
        f"{word}: the bar is {BAR_MB:.0f} MB.\n"
    )
    return int(after > BAR_MB)


if __name__ == "__main__":
    raise SystemExit(main())
