"""What running a unit did, kept so that it need not run again while nothing that it read has changed.

A record is replayed only where every name, object and counter that the unit read stands as it did: the same
binding, the same object, an equal constant. What the unit made then keeps its identity and its addresses, so that
the units that read it can be replayed in turn; an edit is followed exactly as far as it reaches.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kerascope.interp.machine import Machine
from kerascope.interp.sharing import places_of
from kerascope.interp.state import MISSING, Binding, Changes, Log
from kerascope.interp.trace import Trace
from kerascope.interp.values import Function, is_constant, same
from kerascope.syntax.units import Unit


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One run of a unit, or of a function that nobody calls: what it read, what it left, what it saw."""

    log: Log
    read: Mapping[str, Mapping[Any, Any]]
    written: Mapping[str, Mapping[Any, Any]]
    alive: bool
    trace: Trace
    definitions: tuple[Function, ...]
    called: frozenset[Function]
    steps: int


class Memory:
    """The records of one program under one Keras. It belongs to the thread that analyses."""

    def __init__(self) -> None:
        self._key: Any = None
        self._records: dict[Unit | Function, Record] = {}
        self.next_address = 1
        self.interpreted: list[Unit | Function] = []

    def prepare(self, key: Any) -> None:
        """Begins a run; records made under another ``key`` (Keras version, image format) are forgotten."""
        if key != self._key:
            self.forget()
            self._key = key
        self.interpreted = []

    def forget(self) -> None:
        """Forgets everything, so that the next run starts afresh."""
        self._records.clear()
        self._key = None

    def keep_only(self, things: set[Unit | Function]) -> None:
        """Forgets what is no longer part of the program."""
        if len(self._records) > len(things):
            self._records = {thing: record for thing, record in self._records.items() if thing in things}

    def replay(self, machine: Machine, thing: Unit | Function) -> Record | None:
        """Applies what ``thing`` did last time, if it would do the same now."""
        record = self._records.get(thing)
        if record is None or not _holds(machine, record):
            return None
        _apply(machine, record)
        return record

    def keep(self, machine: Machine, thing: Unit | Function, steps: int) -> Record:
        """Remembers what ``thing`` just did."""
        record = _record(machine, steps)
        if not record.log.whole:
            self._records[thing] = record
        self.interpreted.append(thing)
        return record


def _base(changes: Changes, now: Any) -> dict[Any, Any]:
    """What the keys that were read held before the unit ran."""
    before = changes.before
    return {key: before[key] if key in before else now(key) for key in changes.reads}


def _record(machine: Machine, steps: int) -> Record:
    state, log = machine.state, machine.log
    heap, calls, counters = state.heap.unlogged(), state.calls.unlogged(), dict(state.counters)
    read = {
        "names": _base(log.names, lambda key: state.look(*key)),
        "heap": _base(log.heap, lambda key: heap.get(key, MISSING)),
        "calls": _base(log.calls, lambda key: calls.get(key, MISSING)),
        "counters": _base(log.counters, lambda key: counters.get(key, MISSING)),
    }
    written = {
        "names": {key: state.look(*key) for key in log.names.before},
        "heap": {key: heap.get(key, MISSING) for key in log.heap.before},
        "calls": {key: calls.get(key, MISSING) for key in log.calls.before},
        "counters": {key: counters.get(key, MISSING) for key in log.counters.before},
        "frames": {frame: state.names_inside(frame) for frame in log.frames},
    }
    return Record(
        log, read, written, state.alive, machine.trace, tuple(machine.definitions), frozenset(machine.called),
        steps,
    )  # fmt: skip


def _same_binding(left: Binding | None, right: Binding | None) -> bool:
    if left is right:
        return True
    if left is None or right is None:
        return False
    if left.value is right.value and left.origin == right.origin:
        return True
    return is_constant(left.value) and left.origin == right.origin and same(left.value, right.value)


def _holds(machine: Machine, record: Record) -> bool:
    state, read = machine.state, record.read
    for (frame, name), binding in read["names"].items():
        if not _same_binding(state.look(frame, name), binding):
            return False
    heap, calls = state.heap.unlogged(), state.calls.unlogged()
    if any(heap.get(key, MISSING) is not thing for key, thing in read["heap"].items()):
        return False
    if any(calls.get(key, MISSING) is not thing for key, thing in read["calls"].items()):
        return False
    counters = state.counters
    if any(dict.get(counters, key, MISSING) != count for key, count in read["counters"].items()):
        return False
    written = record.written
    for array, places in record.log.scans:
        names, addresses = places_of(state, array)
        now: set[Any] = {key for key in names if key not in written["names"]}
        now |= {key for key in addresses if key not in written["heap"]}
        if now != {key for key in places if key not in written["names"] and key not in written["heap"]}:
            return False
    return all(
        machine.modules.find(name, level, importer) is parsed
        for name, level, importer, parsed in record.log.finds
    )


def _apply(machine: Machine, record: Record) -> None:
    state, written = machine.state, record.written
    machine.parents.update(record.log.frames)
    machine.loaded.update(record.log.loaded)
    for frame, names in record.log.globals:
        machine.global_names.setdefault(frame, set()).update(names)
    for frame, bindings in written["frames"].items():
        if bindings is not None:
            state.open_frame(frame, dict(bindings))
    for (frame, name), binding in written["names"].items():
        state.write(frame, name, binding)
    for key, count in written["counters"].items():
        state.counters[key] = count
    state.heap.put_all(written["heap"])
    state.calls.put_all(written["calls"])
    state.alive = record.alive
