"""How much memory the worker may take, by the means of the platform."""

from __future__ import annotations

import importlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

POLL_SECONDS = 0.05
PARENT_SECONDS = 2.0
EXHAUSTED = 86
"""The exit status of a worker that took more memory than it may."""


def limit_memory(allowance_mb: int) -> str:
    """Allows the process this much beyond what it has now. Returns the name of the means.

    Linux limits the address space, so that an allocation fails; elsewhere the process ends itself once it has grown
    too large, for neither macOS nor Windows refuses address space.
    """
    if sys.platform.startswith("linux"):
        resource = importlib.import_module("resource")
        limit = _address_space() + allowance_mb * 1024 * 1024
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
        return "RLIMIT_AS"
    threading.Thread(target=_watch, args=(_resident() + allowance_mb * 1024 * 1024,), daemon=True).start()
    return "watchdog"


def _address_space() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _watch(limit: int) -> None:
    while _resident() < limit:
        time.sleep(POLL_SECONDS)
    os._exit(EXHAUSTED)


def _resident() -> int:
    """Bytes of memory in use: at most so far on macOS, now on Windows."""
    if sys.platform == "win32":
        return _resident_on_windows()
    resource = importlib.import_module("resource")
    peak: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _resident_on_windows() -> int:
    ctypes: Any = importlib.import_module("ctypes")

    class Counters(ctypes.Structure):  # type: ignore[misc]  # what ctypes holds is not known to the checker
        _fields_ = (
            ("size", ctypes.c_ulong),
            ("faults", ctypes.c_ulong),
            *((name, ctypes.c_size_t) for name in ("peak", "now", "a", "b", "c", "d", "e", "f")),
        )

    counters = Counters()
    counters.size = ctypes.sizeof(counters)
    kernel = ctypes.windll.kernel32
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo(
        ctypes.c_void_p(kernel.GetCurrentProcess()), ctypes.byref(counters), counters.size
    )
    return int(counters.now)


def give_way() -> None:
    """Leaves the processor to others: nobody waits for the worker's answers."""
    if hasattr(os, "nice"):
        os.nice(10)


def end_with_parent() -> None:
    """Ends the process soon after its parent, also in the middle of a question."""
    if sys.platform != "win32":
        threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()


def _watch_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_SECONDS)
    os._exit(0)
