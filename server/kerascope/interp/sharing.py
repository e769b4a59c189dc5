"""Arrays that may share their elements, and where a program holds them."""

from __future__ import annotations

from typing import Any

from kerascope.domain.specs import NO_FACTS, UNKNOWN_ARRAY, ArraySpec, Frame
from kerascope.interp.state import State
from kerascope.interp.values import DictObject, InstanceObject, ListObject, Value


def rewritten(value: Value, array: ArraySpec | Frame, after: Any, depth: int = 0) -> Value:
    """``value`` once ``array`` was written to: the array itself as it is now, of a possible view nothing is known."""
    if value is array:
        return after
    if isinstance(value, ArraySpec) and isinstance(array, ArraySpec):
        may_share = value.source == array.source and value.dtype == array.dtype and value.facts != NO_FACTS
        return value.with_facts(NO_FACTS) if may_share else value
    if isinstance(value, tuple) and depth < 4:
        parts = tuple(rewritten(part, array, after, depth + 1) for part in value)
        return value if all(a is b for a, b in zip(parts, value, strict=True)) else parts
    return value


def places_of(state: State, array: ArraySpec | Frame) -> tuple[list[tuple[int, str]], list[int]]:
    """The names and the objects that hold ``array`` or what may be a view of it."""

    def holds(value: Value) -> bool:
        return (
            isinstance(value, (ArraySpec, Frame, tuple))
            and rewritten(value, array, UNKNOWN_ARRAY) is not value
        )

    names = [(frame, name) for frame, name, binding in state.every_name() if holds(binding.value)]
    addresses = []
    for address, thing in state.heap.unlogged().items():
        if isinstance(thing, ListObject):
            found = holds(thing.element) if thing.items is None else holds(thing.items)
        elif isinstance(thing, DictObject):
            found = any(map(holds, thing.items.values()))
        else:
            found = isinstance(thing, InstanceObject) and any(map(holds, thing.attributes.values()))
        if found:
            addresses.append(address)
    return names, addresses
