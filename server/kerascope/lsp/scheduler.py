"""When a program is analysed: at once, and never more than one at a time.

The event loop only takes notes; one thread analyses. The latest version of a program wins: an older one that waits is
dropped, and what an analysis found of a version that has passed is not published. That bounds the load by itself, so
no answer waits for a pause in the typing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from kerascope.engine.analysis import Analysis
from kerascope.lsp.documents import Snapshot

log = logging.getLogger("kerascope")


class Scheduler:
    """Runs ``analyse`` in a thread of its own and hands what it found to ``publish`` on the event loop."""

    def __init__(
        self,
        take: Callable[[str], Snapshot | None],
        analyse: Callable[[Snapshot], Analysis],
        publish: Callable[[Snapshot, Analysis], None],
    ) -> None:
        self._take = take
        self._analyse = analyse
        self._publish = publish
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kerascope-analysis")
        self._revision: dict[str, int] = {}
        self._waiting: dict[str, None] = {}
        self._running: str | None = None
        self._idle = asyncio.Event()
        self._idle.set()

    def changed(self, key: str) -> None:
        """A program has a new version: analyse it as soon as the thread is free."""
        self._revision[key] = self._revision.get(key, 0) + 1
        self._waiting[key] = None
        self._idle.clear()
        self._start_next()

    def forget(self, key: str) -> None:
        """A program was closed."""
        self._revision.pop(key, None)
        self._waiting.pop(key, None)
        self._settle()

    async def settled(self) -> None:
        """Waits until every change that was announced is analysed and published."""
        await self._idle.wait()

    def between_analyses(self, work: Callable[[], None]) -> None:
        """Has something done in the thread that analyses, which alone may touch what it keeps."""
        self._thread.submit(work)

    def close(self) -> None:
        """Ends the thread; an analysis that runs is let finish and its result dropped."""
        self._revision.clear()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _start_next(self) -> None:
        if self._running is not None or not self._waiting:
            self._settle()
            return
        key = next(iter(self._waiting))
        del self._waiting[key]
        snapshot = self._take(key)
        if snapshot is None:
            self._start_next()
            return
        self._running = key
        task = asyncio.get_running_loop().create_task(self._run(key, self._revision.get(key, 0), snapshot))
        task.add_done_callback(self._report)

    @staticmethod
    def _report(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("an analysis could not be published", exc_info=task.exception())

    async def _run(self, key: str, revision: int, snapshot: Snapshot) -> None:
        try:
            analysis = await asyncio.get_running_loop().run_in_executor(self._thread, self._analyse, snapshot)
            if self._revision.get(key) == revision:
                self._publish(snapshot, analysis)
        except Exception:
            log.exception("%s could not be analysed", snapshot.source.path)
        finally:
            self._running = None
            self._start_next()

    def _settle(self) -> None:
        if self._running is None and not self._waiting:
            self._idle.set()
