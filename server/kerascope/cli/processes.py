"""Work shared among processes, one file at a time.

A process that dies, be it for want of memory, costs the one file that it was at; and since it writes nothing itself,
it can be ended at any moment.
"""

from __future__ import annotations

import contextlib
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from kerascope.cli.garbage import collect, collected_between_files
from kerascope.cli.interrupts import interrupts_ignored

Job = TypeVar("Job")
Result = TypeVar("Result")


def in_processes(
    work: Callable[[Job], Result], jobs: Sequence[Job], processes: int, died: Callable[[Job], Result]
) -> Iterator[Result]:
    """What ``work`` makes of each job, in the order of the jobs; ``died`` is asked where a process did not survive."""
    import multiprocessing
    from multiprocessing.connection import wait

    context = multiprocessing.get_context("spawn")
    waiting = deque(enumerate(jobs))
    results: dict[int, Result] = {}
    busy: dict[
        Any, tuple[Any, int]
    ] = {}  # the parent's end of a pipe, the process behind it, the job it is at

    def start() -> None:
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        with interrupts_ignored():
            process.start()
        theirs.close()
        give(ours, process)

    def give(connection: Any, process: Any) -> None:
        if not waiting:
            connection.close()  # which ends the process
            return
        index, job = waiting.popleft()
        busy[connection] = (process, index)
        with contextlib.suppress(OSError):  # a process that died meanwhile is noticed where it is waited for
            connection.send(job)

    try:
        for _ in range(min(processes, len(jobs))):
            start()
        for index in range(len(jobs)):
            while index not in results:
                ready: list[Any] = wait(list(busy))
                for connection in ready:
                    process, at = busy.pop(connection)
                    try:
                        results[at] = connection.recv()
                    except (EOFError, OSError):
                        results[at] = died(jobs[at])
                        if waiting:
                            start()
                    else:
                        give(connection, process)
            yield results.pop(index)
    finally:
        for process, _ in busy.values():
            process.terminate()


def _serve(connection: Any, work: Callable[[Any], Any]) -> None:
    """What a process does: one job after the other, until nobody is there to give one."""
    # Ctrl-C is the parent's to handle: it ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(EOFError, OSError), collected_between_files():
        while True:
            connection.send(work(connection.recv()))
            collect()
