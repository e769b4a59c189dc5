"""Arrays that may share their elements, and where a program holds them."""

from __future__ import annotations

from typing import Any

from kerascope.domain.specs import NO_FACTS, UNKNOWN_ARRAY, ArraySpec, Frame
from kerascope.interp.state import Binding, State
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


def may_hold(thing: Any, array: ArraySpec | Frame) -> bool:
    """Whether a binding, a value or an object holds ``array`` or what may be a view of it."""
    if isinstance(thing, Binding):
        thing = thing.value
    if isinstance(thing, ListObject):
        return may_hold(thing.element if thing.items is None else thing.items, array)
    if isinstance(thing, DictObject):
        return any(may_hold(value, array) for value in thing.covered)
    if isinstance(thing, InstanceObject):
        return any(may_hold(value, array) for value in thing.attributes.values())
    holder = isinstance(thing, (ArraySpec, Frame, tuple))
    return holder and rewritten(thing, array, UNKNOWN_ARRAY) is not thing


def may_hold_arrays(thing: Any) -> bool:
    """Whether a binding, a value or an object may hold any array at all."""
    if isinstance(thing, Binding):
        thing = thing.value
    return isinstance(thing, (ArraySpec, Frame, tuple, ListObject, DictObject, InstanceObject))


def places_of(state: State, array: ArraySpec | Frame) -> tuple[list[tuple[int, str]], list[int]]:
    """The names and the objects that hold ``array`` or what may be a view of it."""
    # Each write to an array in a loop comes by here, so that most values are told apart without a call.
    names = [
        (frame, name)
        for frame, name, binding in state.every_name()
        if isinstance(binding.value, (ArraySpec, Frame, tuple)) and may_hold(binding.value, array)
    ]
    addresses = [
        address
        for address, thing in state.heap.unlogged().items()
        if isinstance(thing, (ListObject, DictObject, InstanceObject)) and may_hold(thing, array)
    ]
    return names, addresses
