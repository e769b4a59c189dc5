"""Sets of constants: how many there are, what is in them, and their items in order once they are sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import ArraySpec
from kerascope.interp.items import items_of
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import Ref, SetObject, Value, is_constant
from kerascope.libraries.numpy_reductions import occurring


def make_set(machine: Machine, items: Iterable[Value] | None) -> Ref:
    """A set of these items; of one that is no constant nobody can say whether it is in the set already."""
    known = None if items is None else tuple(items)
    constant = known is not None and all(is_constant(item) for item in known)
    return machine.allocate(SetObject(frozenset(known or ()) if constant else None))


def call_set(machine: Machine, arguments: CallArguments) -> Value:
    """``set(items)`` and ``frozenset(items)``."""
    if not arguments.positional:
        return make_set(machine, () if arguments.complete else None)
    value = arguments.positional[0].value
    thing = machine.thing(value)
    if isinstance(value, ArraySpec) and isinstance(value.shape, tuple) and len(value.shape) == 1:
        return make_set(machine, occurring(value))
    return make_set(machine, thing.items if isinstance(thing, SetObject) else items_of(machine, value))


def combined(machine: Machine, sign: str, left: SetObject, right: SetObject) -> Ref:
    """``left - right`` and its kin."""
    if left.items is None or right.items is None:
        return make_set(machine, None)
    return make_set(machine, _SIGNS[sign](left.items, right.items))


_SIGNS: Final[dict[str, Callable[[frozenset[Value], frozenset[Value]], frozenset[Value]]]] = {
    "-": frozenset.difference,
    "&": frozenset.intersection,
    "|": frozenset.union,
    "^": frozenset.symmetric_difference,
}
_COMBINED = frozenset({"union", "intersection", "difference", "symmetric_difference"})


def set_method(machine: Machine, owner: Ref, thing: SetObject, name: str, arguments: CallArguments) -> Value:
    """``set.name(...)``, with its effect on the set."""
    given = [machine.thing(item.value) for item in arguments.positional]
    if name in _COMBINED and thing.items is not None and arguments.complete:
        others = [other.items for other in given if isinstance(other, SetObject) and other.items is not None]
        known = len(others) == len(given)
        return make_set(machine, getattr(thing.items, name)(*others) if known else None)
    if name == "copy":
        return machine.allocate(thing)
    item = arguments.positional[0].value if arguments.positional else UNKNOWN
    known = thing.items is not None and is_constant(item)
    if name in {"add", "discard"} and known and thing.items is not None:
        machine.state.heap[owner.address] = SetObject(
            thing.items | {item} if name == "add" else thing.items - {item}
        )
        return None
    machine.state.heap[owner.address] = SetObject(None)
    return UNKNOWN
