"""The methods of lists and dictionaries."""

from __future__ import annotations

from dataclasses import replace

from kerascope.domain.shapes import UNKNOWN
from kerascope.interp.builtins import argument_at, covering, in_order, place_of_item
from kerascope.interp.items import items_of
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import DictObject, ListObject, Ref, Value, is_constant, join, open_list


def list_method(
    machine: Machine, owner: Ref, thing: ListObject, name: str, arguments: CallArguments
) -> Value:
    """``list.name(...)``, with its effect on the list."""
    items = thing.items
    heap = machine.state.heap
    if name == "append":
        item = argument_at(arguments, 0)
        if items is not None:
            heap[owner.address] = ListObject((*items, item))
        else:
            _grow(machine, owner, thing, (item,))
        return None
    if name == "extend":
        extend(machine, owner, thing, argument_at(arguments, 0))
        return None
    if name == "insert":
        at = argument_at(arguments, 0)
        if items is None or not isinstance(at, int):
            heap[owner.address] = ListObject(None)
        else:
            copied = list(items)
            copied.insert(max(-len(copied), min(at, len(copied))), argument_at(arguments, 1))
            heap[owner.address] = ListObject(tuple(copied))
        return None
    if name == "pop":
        at = argument_at(arguments, 0, -1)
        if items is None or not isinstance(at, int) or not -len(items) <= at < len(items):
            heap[owner.address] = ListObject(None)
            return UNKNOWN
        at %= len(items)
        heap[owner.address] = ListObject((*items[:at], *items[at + 1 :]))
        return items[at]
    if name == "reverse" and items is not None:
        heap[owner.address] = ListObject(tuple(reversed(items)))
        return None
    if name == "copy":
        return machine.allocate(thing)
    if name in {"index", "count"} and len(arguments.positional) > 1:
        return UNKNOWN  # From a place on, or up to one.
    if name in {"index", "count"}:
        return place_of_item(machine, items, name, argument_at(arguments, 0))
    if name == "sort" and not arguments.positional:
        if items is not None:
            heap[owner.address] = machine.thing(in_order(machine, items, arguments))
        return None
    if name == "remove":
        at = place_of_item(machine, items, "index", argument_at(arguments, 0))
        known = items is not None and isinstance(at, int)
        heap[owner.address] = ListObject((*items[:at], *items[at + 1 :]) if known and items else None)
        return None
    if name == "clear":
        heap[owner.address] = ListObject(())
        return None
    heap[owner.address] = ListObject(None)
    return UNKNOWN


def extend(machine: Machine, owner: Ref, thing: ListObject, values: Value) -> None:
    """``list.extend(values)``, and ``list += values``."""
    more = items_of(machine, values)
    if thing.items is not None and more is not None:
        machine.state.heap[owner.address] = ListObject((*thing.items, *more))
    else:
        _grow(machine, owner, thing, covering(machine, values))


def _grow(machine: Machine, owner: Ref, thing: ListObject, values: tuple[Value, ...]) -> None:
    """A list of unknown length gets more elements; it stays the same object where they are covered already."""
    grown = open_list((*thing.covered, *values))
    if grown != thing:
        machine.state.heap[owner.address] = grown


def dict_method(
    machine: Machine, owner: Ref, thing: DictObject, name: str, arguments: CallArguments
) -> Value:
    """``dict.name(...)``, with its effect on the dictionary."""
    heap = machine.state.heap
    key = argument_at(arguments, 0)
    if name in {"get", "pop", "setdefault"}:
        fallback = argument_at(arguments, 1, None)
        if not is_constant(key):
            if name == "setdefault":
                heap[owner.address] = DictObject({}, False, open_list((*thing.covered, fallback)).element)
            elif name == "pop":
                heap[owner.address] = DictObject({}, False, open_list(thing.covered).element)
            return open_list((*thing.covered, fallback)).element
        if key in thing.items:
            if name == "pop":
                heap[owner.address] = replace(thing, items={k: v for k, v in thing.items.items() if k != key})
            return thing.items[key]
        if name == "setdefault":
            kept = fallback if thing.exact else join(thing.rest, fallback)
            heap[owner.address] = replace(thing, items={**thing.items, key: kept})
        return fallback if thing.exact else join(thing.rest, fallback)
    if name == "update":
        other = machine.thing(key) if arguments.positional else DictObject({})
        more = other.items if isinstance(other, DictObject) else {}
        exact = thing.exact and arguments.complete and isinstance(other, DictObject) and other.exact
        named = {name: given.value for name, given in arguments.keywords.items()}
        kept = thing.items if isinstance(other, DictObject) else {}
        heap[owner.address] = DictObject({**kept, **more, **named}, exact)
        return None
    if name in {"keys", "values", "items"}:
        if not thing.exact:
            return (
                machine.allocate(ListObject(None, open_list(thing.covered).element))
                if name == "values"
                else UNKNOWN
            )
        views: dict[str, tuple[Value, ...]] = {
            "keys": tuple(thing.items),
            "values": tuple(thing.items.values()),
            "items": tuple(thing.items.items()),
        }
        return views[name]
    if name == "copy":
        return machine.allocate(thing)
    if not hasattr(dict, name):
        return UNKNOWN  # A method of what a library returns, which stands as a dictionary of its attributes.
    heap[owner.address] = DictObject({}, exact=False)
    return UNKNOWN
