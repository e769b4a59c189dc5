"""Stretches of units that follow one another: what they did, put together, so that it is applied in one go.

Of a long program nearly everything stays at a keystroke. Applied one by one, its statements would cost a few
microseconds each; a stretch costs little more than a statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from kerascope.interp.records import Key, Record
from kerascope.interp.state import MISSING, Binding, Log
from kerascope.interp.trace import Trace
from kerascope.interp.values import Function
from kerascope.syntax.units import Unit

Ran: TypeAlias = tuple[Unit, Record]
"""A unit, and what it did."""

LONGEST: Final = 32
"""How many units a stretch has at most: one that is edited is put together again."""
SHORTEST: Final = 4
"""How many it has at least, so that it saves something."""


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Units that follow one another. ``whole`` is what they did together, as if one unit had done it."""

    ran: tuple[Ran, ...]
    units: tuple[Unit, ...]
    whole: Record


Placed: TypeAlias = tuple[int, Stretch]
"""A stretch, and the place of its first unit in the program."""


def stretches(ran: Sequence[Ran], kept: Sequence[Placed], apart: frozenset[Unit]) -> list[Placed]:
    """The stretches of a program, in order. ``kept`` are those that are known to be part of it, in order.

    Units that stand ``apart`` are in none of the new ones: what was edited just now will be edited again. Where it is
    many, the program was opened.
    """
    if len(apart) > LONGEST:
        apart = frozenset()
    if len(kept) > 2 * len(ran) // LONGEST + 8:
        # Each place that was edited has left two short ones.
        kept = ()
    found: list[Placed] = []
    place = 0
    for start, stretch in (*kept, (len(ran), None)):
        for first, last in _alike(ran, place, start, apart):
            found += _cut(ran, first, last)
        if stretch is not None:
            found.append((start, stretch))
            place = start + len(stretch.ran)
    return found


def _alike(ran: Sequence[Ran], start: int, stop: int, apart: frozenset[Unit]) -> Iterator[tuple[int, int]]:
    """From where to where units can be put together."""
    first = start
    for place in range(start, stop):
        unit, record = ran[place]
        if unit in apart or not _is_plain(record):
            yield first, place
            first = place + 1
    yield first, stop


def _cut(ran: Sequence[Ran], start: int, stop: int) -> Iterator[Placed]:
    """Stretches of about the same length."""
    length = stop - start
    if length < SHORTEST:
        return
    count = -(-length // LONGEST)
    for index in range(count):
        first, last = start + index * length // count, start + (index + 1) * length // count
        yield first, _together(tuple(ran[first:last]))


def _is_plain(record: Record) -> bool:
    """Whether the order in which names and objects came and went does not matter, since none went."""
    return (
        record.alive
        and not record.log.whole
        and all(binding is not None for names in record.names.values() for binding in names.values())
        and all(thing is not MISSING for thing in record.heap.values())
        and all(thing is not MISSING for thing in record.calls.values())
        and all(count is not MISSING for count in record.counters.values())
    )


def _together(ran: tuple[Ran, ...]) -> Stretch:
    records = tuple(record for _, record in ran)
    reads: set[Key] = set()
    left: dict[Key, Any] = {}
    names: dict[int, dict[str, Binding | None]] = {}
    heap: dict[int, Any] = {}
    calls: dict[int, Any] = {}
    counters: dict[str, Any] = {}
    frames: dict[int, dict[str, Binding]] = {}
    for record in records:
        # What one of them wrote the others find as it was left.
        reads.update(key for key in record.reads if key not in left)
        left.update(record.left)
        for frame, bindings in record.names.items():
            names.setdefault(frame, {}).update(bindings)
        heap.update(record.heap)
        calls.update(record.calls)
        counters.update(record.counters)
        frames.update(record.frames)
    whole = Record(
        _log(records), frozenset(reads), left, names, heap, calls, counters, frames, True, Trace(),
        *_definitions(records), sum(record.steps for record in records), records,
    )  # fmt: skip
    return Stretch(ran, tuple(unit for unit, _ in ran), whole)


def _log(records: Sequence[Record]) -> Log:
    log = Log(0)
    for record in records:
        log.frames.update(record.log.frames)
        log.finds += record.log.finds
        log.loaded += record.log.loaded
        log.globals += record.log.globals
        log.scans += record.log.scans
    return log


def _definitions(records: Sequence[Record]) -> tuple[tuple[Function, ...], frozenset[Function]]:
    defined = tuple(function for record in records for function in record.definitions)
    return defined, frozenset().union(*(record.called for record in records))


# --- Functions that nobody calls ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Uncalled:
    """The functions of one stretch that nobody calls, each run once: ``whole`` is what that did.

    It holds while of the functions ``defined`` there those that were ``called`` by then are the same, and of the
    names in ``read`` those that were ``unknown``.
    """

    kept: dict[Function, Record]
    whole: Record
    defined: frozenset[Function]
    called: frozenset[Function]
    read: frozenset[str]
    unknown: frozenset[str]


def uncalled(
    stretch: Record,
    kept: dict[Function, Record],
    called: frozenset[Function],
    read: frozenset[str],
    unknown: frozenset[str],
) -> Uncalled:
    """Puts together what the functions of a stretch did that nobody calls."""
    records = tuple(kept.values())
    reads: frozenset[Key] = frozenset().union(*(record.reads for record in records))
    whole = Record(
        _log(records), reads, {}, {}, {}, {}, {}, {}, True, Trace(),
        *_definitions(records), sum(record.steps for record in records), records,
    )  # fmt: skip
    return Uncalled(kept, whole, frozenset(stretch.definitions), called, read, unknown)
