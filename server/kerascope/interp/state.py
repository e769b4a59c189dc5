"""What a program knows at one point: the names in each scope, the objects in the heap, Keras's name counters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from kerascope.domain.shapes import UNKNOWN, Unknown
from kerascope.graph.nodes import Layer, Model, Node
from kerascope.interp.values import (
    DictObject,
    InstanceObject,
    ListObject,
    Value,
    join,
    open_list,
    same,
    widen,
)
from kerascope.layers.base import Arguments
from kerascope.syntax.units import Site


class Binding(NamedTuple):
    """A name's value, and the expression that it was assigned."""

    value: Value
    origin: Site | None = None


FILES: Final = 0
"""The address of what is known of files, the same in every run: models by the path that they were written to."""

NO_FILES: Final = DictObject({})

SETTINGS: Final = -1
"""The address of what the program changed of Keras's settings, by name."""

NO_SETTINGS: Final = DictObject({})

MISSING: Final = object()
"""Stands in a log for what was not there."""


@dataclass(slots=True)
class Changes:
    """What was read of a map and what stood in it before it was written, while one unit ran.

    Keys from ``first`` on are of objects that the unit itself made; they are not noted among the reads.
    """

    first: int = 0
    reads: set[Any] = field(default_factory=set)
    before: dict[Any, Any] = field(default_factory=dict)


class Lineage:
    """The keys that one map wrote since it was forked from its ``parent``, ``at`` so many writes of the parent's."""

    __slots__ = ("at", "depth", "parent", "writes")

    def __init__(self, parent: Lineage | None = None) -> None:
        self.parent = parent
        self.at = 0 if parent is None else len(parent.writes)
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.writes: list[int] = []

    def differing(self, other: Lineage) -> dict[int, None]:
        """The keys that either wrote since both were one."""
        one, two, keys = self, other, dict[int, None]()
        end_one, end_two = len(one.writes), len(two.writes)
        while one is not two:
            if one.depth >= two.depth:
                keys.update(dict.fromkeys(one.writes[:end_one]))
                end_one, above = one.at, one.parent
                assert above is not None
                one = above
            else:
                keys.update(dict.fromkeys(two.writes[:end_two]))
                end_two, above = two.at, two.parent
                assert above is not None
                two = above
        keys.update(dict.fromkeys(one.writes[min(end_one, end_two) : max(end_one, end_two)]))
        return keys


class Tracked(MutableMapping[int, Any]):
    """A map from addresses that a fork shares until one of the two writes, and that notes its ``changes``."""

    __slots__ = ("_items", "_lineage", "_shared", "changes")

    def __init__(
        self, items: dict[int, Any], changes: Changes, lineage: Lineage | None = None, *, shared: bool = False
    ) -> None:
        self._items = items
        self._shared = shared
        self._lineage = lineage if lineage is not None else Lineage()
        self.changes = changes

    def fork(self) -> Tracked:
        """An independent copy."""
        self._shared = True
        return Tracked(self._items, self.changes, Lineage(self._lineage), shared=True)

    def begin(self, changes: Changes) -> None:
        """From here on ``changes`` notes what is read and written; no fork may be pending."""
        self.changes = changes
        self._lineage = Lineage()

    def get(self, key: int, default: Any = None) -> Any:
        """The thing at an address."""
        if key < self.changes.first:
            self.changes.reads.add(key)
        return self._items.get(key, default)

    def unlogged(self) -> dict[int, Any]:
        """The plain map, for looking at everything; it must not be changed."""
        return self._items

    def __getitem__(self, key: int) -> Any:
        if key < self.changes.first:
            self.changes.reads.add(key)
        return self._items[key]

    def __contains__(self, key: object) -> bool:
        if isinstance(key, int) and key < self.changes.first:
            self.changes.reads.add(key)
        return key in self._items

    def __setitem__(self, key: int, value: Any) -> None:
        before = self.changes.before
        if key not in before:
            before[key] = self._items.get(key, MISSING)
        if self._shared:
            self._items = dict(self._items)
            self._shared = False
        self._lineage.writes.append(key)
        self._items[key] = value

    def put_all(self, things: Mapping[int, Any]) -> None:
        """Writes several things, without a note in the log."""
        if self._shared:
            self._items = dict(self._items)
            self._shared = False
        self._lineage.writes += things
        for key, thing in things.items():
            if thing is MISSING:
                self._items.pop(key, None)
            else:
                self._items[key] = thing

    def __delitem__(self, key: int) -> None:
        self[key] = None
        del self._items[key]

    def __iter__(self) -> Iterator[int]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def merge(self, other: Tracked, join_things: Any) -> None:
        """Takes in what ``other``, a fork of the same map, holds; only what was written can differ."""
        theirs = other._items
        if theirs is self._items:
            return
        mine = self._items
        for key in self._lineage.differing(other._lineage):
            left, right = mine.get(key, MISSING), theirs.get(key, MISSING)
            if left is right or right is MISSING:
                continue
            if key < self.changes.first:
                self.changes.reads.add(key)
            self[key] = right if left is MISSING else join_things(left, right)


class Counters(dict[str, "int | Unknown"]):
    """Keras's counters for automatic names, by stem; reads and writes are noted."""

    __slots__ = ("changes",)

    def __init__(self, items: dict[str, int | Unknown], changes: Changes) -> None:
        super().__init__(items)
        self.changes = changes

    def get(self, key: str, default: Any = None) -> Any:
        """The count of a stem."""
        self.changes.reads.add(key)
        return super().get(key, default)

    def __setitem__(self, key: str, value: int | Unknown) -> None:
        if key not in self.changes.before:
            self.changes.before[key] = super().get(key, MISSING)
        super().__setitem__(key, value)


class Log:
    """What one unit read and changed while it ran: enough to know later whether running it again would differ."""

    __slots__ = (
        "calls",
        "counters",
        "finds",
        "frames",
        "globals",
        "heap",
        "loaded",
        "names",
        "scans",
        "whole",
    )

    def __init__(self, first: int) -> None:
        self.names = Changes(first)
        self.heap = Changes(first)
        self.calls = Changes(first)
        self.counters = Changes()
        self.frames: dict[int, int | None] = {}
        self.finds: list[tuple[str, int, str, Any]] = []
        self.loaded: list[tuple[str, int]] = []
        self.globals: list[tuple[int, list[str]]] = []
        self.scans: list[Any] = []
        self.whole = False


class State:
    """One state; ``fork`` copies it at a branch and ``merge`` joins the branches again.

    ``alive`` is false once this point cannot be reached: after ``return``, ``raise``, ``break``. Scopes and objects
    are shared between forks until one of them writes.
    """

    __slots__ = ("_frames", "_own", "alive", "calls", "counters", "heap", "log")

    def __init__(self, log: Log) -> None:
        self.log = log
        self._frames: dict[int, dict[str, Binding]] = {}
        self._own: set[int] = set()
        self.heap = Tracked({FILES: NO_FILES, SETTINGS: NO_SETTINGS}, log.heap)
        self.calls = Tracked({}, log.calls)
        self.counters = Counters({}, log.counters)
        self.alive = True

    def start(self, log: Log) -> None:
        """From here on reads and writes are noted in ``log``; no fork may be pending."""
        self.log = log
        self.heap.begin(log.heap)
        self.calls.begin(log.calls)
        self.counters.changes = log.counters

    def fork(self) -> State:
        """An independent copy; values are immutable, so nothing but the maps is ever copied."""
        other = State.__new__(State)
        other.log = self.log
        other._frames = dict(self._frames)
        other._own = set()
        self._own = set()
        other.heap = self.heap.fork()
        other.calls = self.calls.fork()
        other.counters = Counters(self.counters, self.log.counters)
        other.alive = self.alive
        return other

    # --- Scopes -------------------------------------------------------------------------------------------

    def read(self, frame: int, name: str) -> Binding | None:
        """What a scope binds a name to."""
        if frame < self.log.names.first:
            self.log.names.reads.add((frame, name))
        names = self._frames.get(frame)
        return None if names is None else names.get(name)

    def look(self, frame: int, name: str) -> Binding | None:
        """The same as ``read``, without a note in the log."""
        names = self._frames.get(frame)
        return None if names is None else names.get(name)

    def names_inside(self, frame: int) -> dict[str, Binding] | None:
        """All that a scope binds, without a note in the log; ``None`` for a scope that is closed."""
        names = self._frames.get(frame)
        return None if names is None else dict(names)

    def names(self, frame: int) -> dict[str, Binding]:
        """All that a scope binds; it must not be changed."""
        if frame < self.log.names.first:
            self.log.whole = True
        return self._frames.get(frame) or {}

    def every_name(self) -> Iterator[tuple[int, str, Binding]]:
        """Every name of every scope, without a note in the log."""
        for frame, names in self._frames.items():
            for name, binding in names.items():
                yield frame, name, binding

    def write(self, frame: int, name: str, binding: Binding | None) -> None:
        """Binds a name in a scope; ``None`` unbinds it."""
        names = self._frames.get(frame)
        if frame < self.log.names.first and (frame, name) not in self.log.names.before:
            before = None if names is None else names.get(name)
            self.log.names.before[frame, name] = before
        if frame not in self._own or names is None:
            names = dict(names) if names is not None else {}
            self._frames[frame] = names
            self._own.add(frame)
        if binding is None:
            names.pop(name, None)
        else:
            names[name] = binding

    def open_frame(self, frame: int, names: dict[str, Binding]) -> None:
        """A new scope."""
        self._frames[frame] = names
        self._own.add(frame)

    def share_frame(self, frame: int, names: dict[str, Binding]) -> None:
        """A scope as it was left before; what is written to it from here on leaves ``names`` as it is."""
        self._frames[frame] = names
        self._own.discard(frame)

    def put_names(self, frame: int, bindings: Mapping[str, Binding | None]) -> None:
        """Binds several names in a scope, without a note in the log; ``None`` unbinds one."""
        names = self._frames.get(frame)
        if frame not in self._own or names is None:
            names = self._frames[frame] = dict(names) if names is not None else {}
            self._own.add(frame)
        for name, binding in bindings.items():
            if binding is None:
                names.pop(name, None)
            else:
                names[name] = binding

    def close_frame(self, frame: int) -> None:
        """A scope that nobody can reach any more."""
        self._frames.pop(frame, None)

    def frame_changes(self, since: State) -> Iterator[tuple[int, str, Binding, Binding | None]]:
        """Names that are bound otherwise here than in ``since``, with the binding there."""
        for frame, names in self._frames.items():
            old = since._frames.get(frame)
            if old is None or old is names:
                continue
            for name, binding in names.items():
                previous = old.get(name)
                if previous is not binding:
                    yield frame, name, binding, previous


def merge(left: State, right: State) -> State:
    """The state after two branches of one state: what cannot be reached does not count."""
    if not left.alive:
        return right
    if not right.alive:
        return left
    for frame, names in left._frames.items():
        others = right._frames.get(frame)
        if others is names:
            continue
        if others is None:
            right._frames[frame] = names
            right._own.discard(frame)
            left._own.discard(frame)
        else:
            _merge_frames(right, frame, names, others)
    right.heap.merge(left.heap, _merge_right_first)
    right.calls.merge(left.calls, lambda mine, theirs: None)
    for name in tuple(right.log.counters.before):
        # What neither branch counted is the same in both, and no reason to depend on it.
        x, y = dict.get(left.counters, name, 0), dict.get(right.counters, name, 0)
        if x != y:
            right.counters[name] = UNKNOWN
    return right


def _merge_right_first(right: Any, left: Any) -> Any:
    return merge_objects(left, right)


def _merge_frames(state: State, frame: int, left: dict[str, Binding], right: dict[str, Binding]) -> None:
    """Joins the bindings that two branches left in one scope, into ``state``, which holds ``right``."""
    outer = frame < state.log.names.first
    for name, binding in left.items():
        other = right.get(name)
        if other is binding:
            continue
        if outer:
            state.log.names.reads.add((frame, name))
        if other is None:
            # A name that only one branch binds: whoever reads it later relies on that branch.
            state.write(frame, name, binding)
        else:
            origin = binding.origin if binding.origin is other.origin else None
            state.write(frame, name, Binding(join(binding.value, other.value), origin))


def merge_objects(left: Any, right: Any) -> Any:
    """One object as two branches left it."""
    if type(left) is not type(right):
        return ListObject(None)
    if isinstance(left, ListObject):
        if left.items is None or right.items is None or len(left.items) != len(right.items):
            merged = open_list((*left.covered, *right.covered))
            return next((one for one in (left, right) if one == merged), merged)
        return ListObject(tuple(join(a, b) for a, b in zip(left.items, right.items, strict=True)))
    if isinstance(left, DictObject):
        shared = {key: join(left.items[key], right.items[key]) for key in left.items if key in right.items}
        exact = left.exact and right.exact and left.items.keys() == right.items.keys()
        if exact:
            return DictObject(shared)
        rest = open_list(
            (
                *(value for key, value in (*left.items.items(), *right.items.items()) if key not in shared),
                *(side.rest for side in (left, right) if not side.exact),
            )
        ).element
        inexact = DictObject(shared, False, rest)
        return next((side for side in (left, right) if side == inexact), inexact)
    if isinstance(left, InstanceObject):
        shared = {
            key: join(left.attributes[key], right.attributes[key])
            for key in left.attributes
            if key in right.attributes
        }
        exact = left.exact and right.exact and left.attributes.keys() == right.attributes.keys()
        return replace(left, attributes=shared, exact=exact)
    if isinstance(left, Layer):
        return _merge_layers(left, right)
    if isinstance(left, Model):
        return _merge_models(left, right)
    return left if same(left, right) else ListObject(None)


def widened(before: Any, after: Any) -> Any:
    """An object that a loop changes, as it may be after any number of passes: what differs is not known."""
    if type(before) is not type(after):
        return before

    def values(old: Mapping[Any, Value], new: Mapping[Any, Value]) -> dict[Any, Value]:
        return {key: widen(old[key], new[key]) if key in new else UNKNOWN for key in old}

    if isinstance(before, ListObject):
        if before.items is None or after.items is None or len(before.items) != len(after.items):
            known = open_list((*before.covered, *after.covered))
            if before.covered[:1] == ():
                return known
            return ListObject(None, widen(open_list(before.covered).element, known.element))
        pairs = zip(before.items, after.items, strict=True)
        return ListObject(tuple(widen(old, new) for old, new in pairs))
    if isinstance(before, DictObject):
        return _widened_dictionary(before, after, values(before.items, after.items))
    if isinstance(before, InstanceObject):
        return replace(before, attributes=values(before.attributes, after.attributes))
    return before


def _widened_dictionary(before: DictObject, after: DictObject, items: dict[Any, Value]) -> DictObject:
    """A dictionary that passes of a loop add keys to: ``rest`` covers what they add, if that stays alike."""
    if before.exact and after.exact and before.items.keys() == after.items.keys():
        return DictObject(items)
    added = tuple(value for key, value in after.items.items() if key not in before.items)
    known = (*(() if before.exact else (before.rest,)), *added, *(() if after.exact else (after.rest,)))
    rest = open_list(known).element
    kept = {key: value for key, value in items.items() if key in after.items}
    lost = tuple(value for key, value in before.items.items() if key not in after.items)
    if lost:
        rest = open_list((rest, *lost)).element
    return DictObject(kept, False, rest if before.exact else widen(before.rest, rest))


def _merge_layers(left: Layer, right: Layer) -> Layer:
    seen = left.arguments.get("adapted_to")
    if seen != right.arguments.get("adapted_to"):
        # It was adapted by one branch alone, or to other data.
        values = {**left.arguments.values, "adapted_to": UNKNOWN}
        left = replace(left, arguments=Arguments(values, left.arguments.given))
        right = replace(right, arguments=left.arguments)
    if left.built != right.built:
        left = left if left.built else right
    weights = left.weights if left.weights == right.weights else None
    trainable = left.trainable if left.trainable == right.trainable else UNKNOWN
    return replace(left, weights=weights, trainable=trainable)


def _merge_models(left: Model, right: Model) -> Model:
    unchanged = (
        left.stack == right.stack
        and left.kind == right.kind
        and (left.inputs is None) == (right.inputs is None)
        and left.name == right.name
    )
    if not unchanged:
        return replace(left, complete=False, compiled=None, compile_unseen=True, trained=True)
    return replace(
        left,
        complete=left.complete and right.complete,
        compiled=left.compiled if left.compiled is right.compiled else None,
        compile_unseen=left.compile_unseen or right.compile_unseen or left.compiled is not right.compiled,
        trainable=left.trainable if left.trainable == right.trainable else UNKNOWN,
        trained=left.trained or right.trained,
        built=left.built and right.built,
    )


def havoc_node(node: Node) -> Node:
    """A layer or model that code we cannot see may have changed."""
    if isinstance(node, Model):
        return replace(
            node,
            complete=node.complete and node.kind == "Functional",
            trainable=UNKNOWN,
            compiled=None,
            compile_unseen=True,
        )
    return replace(node, trainable=UNKNOWN)
