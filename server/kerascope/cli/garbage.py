"""When Python looks for cycles among its objects: between files, not while one is analysed.

Trees and shapes live as long as their file's analysis, so that looking for cycles among them in the midst of it finds
nothing; on a file of 50,000 lines that search takes a quarter of the time.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

MOST_UNCOLLECTED = 1_000_000
"""So many objects may be new before cycles are looked for."""


@contextlib.contextmanager
def collected_between_files() -> Iterator[None]:
    """Leaves the search for cycles to ``collect``."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def collect() -> None:
    """Lets go of what a file left behind, if that is much; what was there before it is not looked through again."""
    if gc.get_count()[0] > MOST_UNCOLLECTED:
        gc.collect(0)
