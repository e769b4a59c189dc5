"""The methods of Python's own types: texts, lists and dictionaries."""

from __future__ import annotations

from kerascope.domain.shapes import UNKNOWN
from kerascope.interp.builtins import MOST_TEXT, argument_at, covering, in_order, place_of_item, spread
from kerascope.interp.items import items_of
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import DictObject, ListObject, Ref, Value, is_constant, open_list

_PURE_TEXT = frozenset(
    {"lower", "upper", "strip", "lstrip", "rstrip", "replace", "split", "rsplit", "splitlines", "join", "format",
     "startswith", "endswith", "title", "capitalize", "find", "count", "isdigit", "zfill", "partition",
     "rpartition", "removeprefix", "removesuffix", "index", "casefold", "isalpha", "isnumeric"}
)  # fmt: skip


def text_method(machine: Machine, text: str, name: str, arguments: CallArguments) -> Value:
    """``text.name(...)`` for a known string."""
    values = [spread(machine, given.value) for given in arguments.positional]
    keywords = {key: given.value for key, given in arguments.keywords.items()}
    constant = all(is_constant(value) for value in (*values, *keywords.values()))
    if name not in _PURE_TEXT or not arguments.complete or not constant or len(text) > MOST_TEXT:
        return UNKNOWN
    if name == "format" and any(sign in text for sign in ":!["):
        return UNKNOWN
    if name == "zfill" and not all(isinstance(value, int) and value <= MOST_TEXT for value in values):
        return UNKNOWN
    try:
        result = getattr(text, name)(*values, **keywords)
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError):
        return UNKNOWN
    return machine.allocate(ListObject(tuple(result))) if isinstance(result, list) else result


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
        more = items_of(machine, argument_at(arguments, 0))
        if items is not None and more is not None:
            heap[owner.address] = ListObject((*items, *more))
        else:
            _grow(machine, owner, thing, covering(machine, argument_at(arguments, 0)))
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
        ordered = machine.thing(in_order(machine, items, arguments))
        heap[owner.address] = ordered
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
            if name != "get":
                heap[owner.address] = DictObject({}, exact=False)
            return UNKNOWN
        if key in thing.items:
            if name == "pop":
                heap[owner.address] = DictObject(
                    {k: v for k, v in thing.items.items() if k != key}, thing.exact
                )
            return thing.items[key]
        if name == "setdefault":
            heap[owner.address] = DictObject({**thing.items, key: fallback}, thing.exact)
        return fallback if thing.exact else UNKNOWN
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
            return UNKNOWN
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
