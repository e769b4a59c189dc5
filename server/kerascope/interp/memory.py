"""What running a unit did, kept so that it need not run again while nothing that it read has changed.

A run is held beside the one before it, unit by unit: the *difference* is what names, objects and counters hold
otherwise at this point than they did there. A unit that stands where it stood and reads nothing of the difference does
what it did; its record is replayed. What it made keeps its identity and its addresses, so that the units that read it
can be replayed in turn; an edit is followed exactly as far as it reaches.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kerascope.interp.machine import MOST_STEPS, Machine
from kerascope.interp.modules import MOST_MODULES
from kerascope.interp.records import Key, Record
from kerascope.interp.sharing import may_hold, may_hold_arrays
from kerascope.interp.state import MISSING, Binding, Log
from kerascope.interp.stretches import Placed, Ran, Stretch, Uncalled, stretches, uncalled
from kerascope.interp.values import Function, is_constant, same
from kerascope.syntax.units import Unit


class Memory:
    """The records of one program under one Keras. It belongs to the thread that analyses."""

    def __init__(self) -> None:
        self._key: Any = None
        self._sequence: list[Ran] = []
        self._stretches: list[Placed] = []
        self._places: dict[Unit, int] = {}
        self._functions: dict[Function, Record] = {}
        self._uncalled: dict[Record, Uncalled] = {}
        self._run = _Run([], [], {}, {})
        self.next_address = 1
        self.interpreted: list[Unit | Function] = []

    def prepare(self, key: Any) -> None:
        """Begins a run; records made under another ``key`` (Keras version, image format) are forgotten."""
        if key != self._key:
            self.forget()
            self._key = key
        apart = frozenset(thing for thing in self.interpreted if isinstance(thing, Unit))
        self._stretches = stretches(self._sequence, self._stretches, apart)
        self.interpreted = []
        self._run = _Run(self._sequence, self._stretches, self._places, self._functions)

    def forget(self) -> None:
        """Forgets everything, so that the next run starts afresh."""
        self._sequence, self._stretches, self._places, self._functions = [], [], {}, {}
        self._uncalled = {}
        self._key = None

    def finish(self, machine: Machine) -> None:
        """Ends a run: what was run in it is what the next one is held beside."""
        self.next_address = machine.last_address
        if len(machine.loaded) >= MOST_MODULES:
            # Which module is one too many depends on all of them.
            self.forget()
            return
        self._sequence, self._stretches = self._run.sequence, self._run.stretches
        self._places = self._run.now
        self._functions, self._uncalled = self._run.kept, self._run.uncalled

    def replay(self, machine: Machine, unit: Unit) -> Record | None:
        """Applies what ``unit`` did last time, if it would do the same now."""
        run = self._run
        record = run.old_record(machine, unit)
        if record is None or not _may_replay(machine, record, run.difference):
            return None
        _apply(machine, record)
        run.difference.settle(record.left)
        run.sequence.append((unit, record))
        return record

    def replay_stretch(self, machine: Machine, units: tuple[Unit, ...], place: int) -> Stretch | None:
        """Applies what the units from ``place`` on did last time, as far as it is put together."""
        run = self._run
        stretch = run.stretch_at(units, place)
        if stretch is None or not _may_replay(machine, stretch.whole, run.difference):
            return None
        _apply(machine, stretch.whole)
        run.difference.settle(stretch.whole.left)
        run.passed(stretch)
        return stretch

    def keep(self, machine: Machine, unit: Unit, steps: int) -> Record:
        """Remembers what ``unit`` just did."""
        run, record = self._run, _record(machine, steps)
        run.difference.replace(machine, run.replaced, record)
        run.sequence.append((unit, record))
        self.interpreted.append(unit)
        return record

    def end_of_main(self, machine: Machine) -> None:
        """All units have run: those of the last run that are left are no longer part of the program."""
        self._run.pass_over(machine, len(self._sequence))
        self._run.now = {unit: place for place, (unit, _) in enumerate(self._run.sequence)}

    def place_of(self, unit: Unit) -> int:
        """The place of a unit among those that ran; -1 for others."""
        return self._run.now.get(unit, -1)

    def replay_function(
        self, machine: Machine, function: Function, open_names: frozenset[str]
    ) -> Record | None:
        """What a function that nobody calls did last time, if it would do the same now.

        ``open_names`` are those of the module that it is to know nothing of.
        """
        record = self._functions.get(function)
        if record is None or not _may_replay(machine, record, self._run.difference):
            return None
        if _read_of(record, open_names) != record.notes[_OPEN]:
            return None
        _open_scopes(machine, record)
        self._run.kept[function] = record
        return record

    def replay_functions(
        self, machine: Machine, stretch: Record, called: set[Function], open_names: frozenset[str]
    ) -> Record | None:
        """What the functions of a stretch did that nobody calls, if all of them would do the same now.

        ``called`` are those that were called by now, anywhere; ``open_names`` as for each of them.
        """
        known = self._uncalled.get(stretch)
        if (
            known is None
            or known.defined & called != known.called
            or known.read & open_names != known.unknown
            or not _may_replay(machine, known.whole, self._run.difference)
        ):
            return None
        _open_scopes(machine, known.whole)
        self._run.kept.update(known.kept)
        self._run.uncalled[stretch] = known
        return known.whole

    def keep_functions(
        self,
        stretch: Record,
        records: Mapping[Function, Record],
        called: frozenset[Function],
        open_names: frozenset[str],
    ) -> None:
        """Puts together what the functions of a stretch did, all of which did what they did last time.

        ``called`` are those of the stretch that were called before.
        """
        read = frozenset[str]().union(*(_names_read(record) for record in records.values()))
        self._run.uncalled[stretch] = uncalled(stretch, dict(records), called, read, read & open_names)

    def keep_function(
        self, machine: Machine, function: Function, steps: int, open_names: frozenset[str]
    ) -> Record:
        """Remembers what a function that nobody calls just did, while ``open_names`` were unknown to it."""
        record = self._run.kept[function] = _record(machine, steps)
        record.notes[_OPEN] = _read_of(record, open_names)
        self.interpreted.append(function)
        return record


class _Run:
    """A run in progress, held beside the last one."""

    def __init__(
        self,
        last: Sequence[Ran],
        known: Sequence[Placed],
        places: Mapping[Unit, int],
        functions: Mapping[Function, Record],
    ) -> None:
        self.sequence: list[Ran] = []
        self.stretches: list[Placed] = []
        self.kept: dict[Function, Record] = {}
        self.uncalled: dict[Record, Uncalled] = {}
        self.now: dict[Unit, int] = {}
        self.difference = Difference()
        self.replaced: Record | None = None
        self._last = last
        self._known = {stretch.units[0]: (place, stretch) for place, stretch in known}
        self._places = places
        self._next = 0

    def stretch_at(self, units: tuple[Unit, ...], place: int) -> Stretch | None:
        """The stretch that begins with the unit at ``place``, if it stands there whole, as in the last run."""
        start, stretch = self._known.get(units[place], (-1, None))
        if stretch is None or start != self._next:
            return None
        return stretch if units[place : place + len(stretch.units)] == stretch.units else None

    def passed(self, stretch: Stretch) -> None:
        """All units of a stretch did what they did in the last run."""
        self.stretches.append((len(self.sequence), stretch))
        self.sequence += stretch.ran
        self._next += len(stretch.ran)

    def old_record(self, machine: Machine, unit: Unit) -> Record | None:
        """What ``unit`` did in the last run, if it stood there behind all units that were passed by now."""
        if self._next < len(self._last) and self._last[self._next][0] is unit:
            self.replaced = self._last[self._next][1]
            self._next += 1
            return self.replaced
        place = self._places.get(unit, -1)
        self.replaced = None
        if place < self._next:
            return None
        self.pass_over(machine, place)
        self.replaced = self._last[place][1]
        self._next = place + 1
        return self.replaced

    def pass_over(self, machine: Machine, place: int) -> None:
        """The units of the last run up to ``place`` do not run at this point any more."""
        for _, record in self._last[self._next : place]:
            self.difference.replace(machine, record, None)
        self._next = max(self._next, place)


class Difference:
    """What holds something else at this point than it did at the same point of the last run, with what it held."""

    __slots__ = ("_held", "_holders")

    def __init__(self) -> None:
        self._held: dict[Key, Any] = {}
        self._holders: list[Any] | None = None

    def touches(self, machine: Machine, record: Record) -> bool:
        """Whether a unit that read what ``record`` did would find something else now."""
        held = self._held
        if not held:
            return False
        if not record.reads.isdisjoint(held):
            return True
        scans = record.log.scans
        if not scans:
            return False
        if self._holders is None:
            now = (_now(machine, key) for key in held)
            self._holders = [thing for thing in (*held.values(), *now) if may_hold_arrays(thing)]
        return any(may_hold(thing, array) for thing in self._holders for array in scans)

    def settle(self, left: Mapping[Key, Any]) -> None:
        """Both runs have just written the same."""
        if self._held:
            for key in left:
                self._held.pop(key, None)
            self._holders = None

    def replace(self, machine: Machine, old: Record | None, new: Record | None) -> None:
        """The last run did ``old`` here, this one did ``new``; ``None`` for nothing."""
        was: Mapping[Key, Any] = old.left if old is not None else {}
        if new is not None:
            for key in new.left:
                if key not in was and key not in self._held:
                    self._note(machine, key, _before(new.log, key))
                elif key not in was:
                    self._note(machine, key, self._held[key])
        for key, value in was.items():
            self._note(machine, key, value)

    def _note(self, machine: Machine, key: Key, held: Any) -> None:
        self._holders = None
        if _same(_now(machine, key), held):
            self._held.pop(key, None)
        else:
            self._held[key] = held


# --- Keys -------------------------------------------------------------------------------------------------


def _now(machine: Machine, key: Key) -> Any:
    """What a key holds now."""
    state = machine.state
    if isinstance(key, int):
        return state.heap.unlogged().get(key, MISSING)
    if isinstance(key, str):
        return dict.get(state.counters, key, MISSING)
    kind, place = key
    if kind == "calls":
        return state.calls.unlogged().get(place, MISSING)
    if kind == "loaded":
        return machine.loaded.get(place, MISSING)
    return state.look(kind, place)


def _before(log: Log, key: Key) -> Any:
    """What a key held before the unit ran that wrote to it."""
    if isinstance(key, int):
        return log.heap.before[key]
    if isinstance(key, str):
        return log.counters.before[key]
    kind, place = key
    if kind == "calls":
        return log.calls.before[place]
    return MISSING if kind == "loaded" else log.names.before[key]


def _same(left: Any, right: Any) -> bool:
    if left is right:
        return True
    if isinstance(left, Binding) and isinstance(right, Binding):
        if left.origin != right.origin:
            return False
        return left.value is right.value or (is_constant(left.value) and same(left.value, right.value))
    return isinstance(left, int) and isinstance(right, int) and left == right


# --- Records ----------------------------------------------------------------------------------------------


_OPEN = "open names"
"""Under which a record keeps the unknown names of the module that its function read."""
_READ = "read names"
"""Under which it keeps all names that its function read."""


def _names_read(record: Record) -> frozenset[str]:
    read: frozenset[str] | None = record.notes.get(_READ)
    if read is None:
        read = record.notes[_READ] = frozenset(
            key[1] for key in record.reads if isinstance(key, tuple) and len(key) == 2
        )
    return read


def _read_of(record: Record, names: frozenset[str]) -> frozenset[str]:
    return names & _names_read(record)


def _record(machine: Machine, steps: int) -> Record:
    state, log = machine.state, machine.log
    first = log.heap.first
    names: dict[int, dict[str, Binding | None]] = {}
    for frame, name in log.names.before:
        names.setdefault(frame, {})[name] = state.look(frame, name)
    heap = {key: state.heap.unlogged().get(key, MISSING) for key in log.heap.before}
    calls = {key: state.calls.unlogged().get(key, MISSING) for key in log.calls.before}
    counters = {key: dict.get(state.counters, key, MISSING) for key in log.counters.before}
    frames = {frame: inside for frame in log.frames if (inside := state.names_inside(frame)) is not None}
    left: dict[Key, Any] = {key: names[key[0]][key[1]] for key in log.names.before}
    left.update((key, thing) for key, thing in heap.items() if key < first)
    left.update((("calls", key), thing) for key, thing in calls.items() if key < first)
    left.update(counters)
    left.update((("loaded", path), frame) for path, frame in log.loaded)
    return Record(
        log, _reads(machine), left, names, heap, calls, counters, frames, state.alive, machine.trace,
        tuple(machine.definitions), frozenset(machine.called), steps,
    )  # fmt: skip


def _reads(machine: Machine) -> frozenset[Key]:
    """The keys that a unit read, those included that it was the first to write."""
    log = machine.log
    reads: set[Key] = {*log.names.reads, *log.heap.reads, *log.counters.reads}
    reads.update(("calls", key) for key in log.calls.reads)
    reads.update(("loaded", parsed.source.path) for _, _, _, parsed in log.finds if parsed is not None)
    return frozenset(reads)


def _may_replay(machine: Machine, record: Record, difference: Difference) -> bool:
    log = record.log
    if log.whole or machine.steps + record.steps > MOST_STEPS or difference.touches(machine, record):
        return False
    return not log.finds or all(
        machine.modules.find(name, level, importer) is parsed for name, level, importer, parsed in log.finds
    )


def _open_scopes(machine: Machine, record: Record) -> None:
    if record.log.frames:
        machine.parents.update(record.log.frames)
    for frame, names in record.log.globals:
        machine.global_names.setdefault(frame, set()).update(names)


def _apply(machine: Machine, record: Record) -> None:
    state, log = machine.state, record.log
    if log.frames:
        machine.parents.update(log.frames)
        for frame, bindings in record.frames.items():
            state.share_frame(frame, bindings)
    if log.loaded:
        machine.loaded.update(log.loaded)
    for frame, declared in log.globals:
        machine.global_names.setdefault(frame, set()).update(declared)
    for frame, names in record.names.items():
        state.put_names(frame, names)
    if record.heap:
        state.heap.put_all(record.heap)
    if record.calls:
        state.calls.put_all(record.calls)
    for key, count in record.counters.items():
        if count is MISSING:
            dict.pop(state.counters, key, None)
        else:
            dict.__setitem__(state.counters, key, count)
    state.alive = record.alive
