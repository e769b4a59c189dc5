"""A language client with no more in it than the benchmarks need, so that it costs little and always the same."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

CAPABILITIES: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {"versionSupport": True, "relatedInformation": True},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
    },
    "workspace": {"workspaceFolders": True},
}


class ServerGone(RuntimeError):  # noqa: N818 - it reads as a sentence where it is raised
    """The server ended while an answer was awaited."""


class Client:
    """One server in a process of its own, spoken to over standard input and output."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._versions: dict[int, asyncio.Future[float]] = {}
        self._next = 0
        self._reading = asyncio.create_task(self._read())
        self.diagnostics = 0

    @classmethod
    async def start(cls, command: Sequence[str], folder: Path, environment: dict[str, str]) -> Client:
        """Starts a server."""
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        return cls(process)

    async def greet(self, folder: Path) -> None:
        """Agrees with the server on what both can do; ``folder`` is what the editor has open."""
        root = folder.as_uri()
        await self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": root,
                "capabilities": CAPABILITIES,
                "workspaceFolders": [{"uri": root, "name": folder.name}],
            },
        )
        self.notify("initialized", {})

    def notify(self, method: str, params: Any) -> None:
        """Sends a notification."""
        self._send({"method": method, "params": params})

    async def request(self, method: str, params: Any) -> Any:
        """Sends a request and waits for the answer; an error counts as one."""
        self._next += 1
        answer = asyncio.get_running_loop().create_future()
        self._answers[self._next] = answer
        self._send({"id": self._next, "method": method, "params": params})
        return await answer

    def published(self, version: int) -> asyncio.Future[float]:
        """The moment at which the diagnostics of a version come; to be asked for before the version is sent."""
        if version not in self._versions:
            self._versions[version] = asyncio.get_running_loop().create_future()
        return self._versions[version]

    def processor_seconds(self) -> float | None:
        """Seconds of the processor that the server and all that it started have used; ``None`` where nobody says."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[2]) == self._process.pid:
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK") if ticks else None

    def megabytes(self) -> float | None:
        """How much memory the server's own process holds; ``None`` where the system does not say."""
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{self._process.pid}/status").read_text()
            return next(int(row.split()[1]) / 1024 for row in status.splitlines() if row.startswith("VmRSS"))
        return None

    async def stop(self) -> None:
        """Takes leave, and ends the server where it does not go by itself."""
        with contextlib.suppress(TimeoutError, ServerGone, ConnectionError):
            await asyncio.wait_for(self.request("shutdown", None), 5)
            self.notify("exit", None)
            await asyncio.wait_for(self._process.wait(), 5)
        # The program that was started may be a wrapper around the server, so the whole group goes.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        self._reading.cancel()

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}, separators=(",", ":")).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def _read(self) -> None:
        stream = self._process.stdout
        assert stream is not None
        try:
            while True:
                head = await stream.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.partition(b":")[2])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length")
                )
                body = await stream.readexactly(length)
                arrived = time.perf_counter()
                self._take(json.loads(body), arrived)
        except (asyncio.IncompleteReadError, ConnectionError):
            for waiting in (*self._answers.values(), *self._versions.values()):
                if not waiting.done():
                    waiting.set_exception(ServerGone())

    def _take(self, message: dict[str, Any], arrived: float) -> None:
        if "method" not in message:
            answer = self._answers.pop(message["id"], None)
            if answer is not None and not answer.done():
                answer.set_result(message.get("result"))
        elif "id" in message:
            items = (message.get("params") or {}).get("items", ())
            result = [None] * len(items) if message["method"] == "workspace/configuration" else None
            self._send({"id": message["id"], "result": result})
        elif message["method"] == "textDocument/publishDiagnostics":
            self.diagnostics = len(message["params"]["diagnostics"])
            waiting = self._versions.get(message["params"].get("version", -1))
            if waiting is not None and not waiting.done():
                waiting.set_result(arrived)
