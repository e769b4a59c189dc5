"""Python's own functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import libcst as cst

from kerascope.domain.numbers import Counted, Counter, Length
from kerascope.domain.shapes import UNKNOWN, Tri
from kerascope.domain.specs import ArraySpec, Column, Dataset, Frame, Instance
from kerascope.interp.class_tests import is_instance
from kerascope.interp.datasets import step_of
from kerascope.interp.items import element_of, element_of_some, items_of, length_of
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.values import DictObject, ListObject, Ref, SetObject, Value, is_constant, open_list
from kerascope.libraries.base import SOME_TEXT, WEAK_FLOAT, WEAK_INT, make_facts
from kerascope.libraries.tf_data import zipped

MOST_TEXT = 65_536
"""Texts longer than this are not computed with."""


def argument_at(arguments: CallArguments, position: int, default: Value = UNKNOWN) -> Value:
    """The positional argument at ``position``; ``UNKNOWN`` where it may hide in a star."""
    if position < len(arguments.positional):
        return arguments.positional[position].value
    return default if arguments.complete else UNKNOWN


def _length(machine: Machine, arguments: CallArguments) -> Value:
    value = argument_at(arguments, 0)
    some_length = _SOME_LENGTH
    if isinstance(value, (Frame, Column, ArraySpec)) and arguments.positional:
        measured = arguments.positional[0].site.node
        binding = machine.binding(measured.value) if isinstance(measured, cst.Name) else None
        if binding is not None:
            some_length = _SOME_LENGTH.standing_for(Length(binding))
    if isinstance(value, Dataset):
        return value.steps if isinstance(value.steps, int) and value.kind == "tf.data.Dataset" else UNKNOWN
    if isinstance(value, Frame):
        return value.rows if isinstance(value.rows, int) else some_length
    if isinstance(value, Column):
        value = value.array
    if isinstance(value, ArraySpec):
        size = value.shape[0] if isinstance(value.shape, tuple) and value.shape else UNKNOWN
        return size if isinstance(size, int) else some_length
    if isinstance(value, range):
        return length_of(value)
    if isinstance(value, (tuple, str, bytes)):
        return len(value)
    thing = machine.thing(value)
    if isinstance(thing, ListObject) and thing.items is not None:
        return len(thing.items)
    if isinstance(thing, DictObject) and thing.exact:
        return len(thing.items)
    if isinstance(thing, SetObject) and thing.items is not None:
        return len(thing.items)
    return _SOME_LENGTH


_SOME_LENGTH = ArraySpec((), WEAK_INT, make_facts(WEAK_INT, 0))
"""What ``len`` gives where it is not known."""


def _range(machine: Machine, arguments: CallArguments) -> Value:
    bounds = [given.value for given in arguments.positional]
    if not arguments.complete or not all(isinstance(bound, int) for bound in bounds):
        # Whole numbers of which nothing is known: ``len`` of data that is read from a file, most often.
        number = ArraySpec((), WEAK_INT, make_facts(WEAK_INT, _least(bounds)))
        counter = _counter(bounds)
        return machine.allocate(
            ListObject(None, number if counter is None else number.standing_for(Counted(counter)))
        )
    try:
        return range(*bounds)
    except (TypeError, ValueError):
        return UNKNOWN


def _counter(bounds: list[Value]) -> Counter | None:
    """What a ``range`` counts with that goes up to a length, and a constant."""
    start, stop = (0, bounds[0]) if len(bounds) == 1 else bounds[:2] if bounds else (None, None)
    upwards = len(bounds) < 3 or (isinstance(bounds[2], int) and bounds[2] > 0)
    limit = stop.symbolic if isinstance(stop, ArraySpec) else None
    if not upwards or type(start) is not int or not isinstance(limit, Length):
        return None
    return Counter(start, limit)


def _iter(machine: Machine, arguments: CallArguments) -> Value:
    value = argument_at(arguments, 0)
    return value if isinstance(value, Dataset) else UNKNOWN


def _next(machine: Machine, arguments: CallArguments) -> Value:
    value = argument_at(arguments, 0)
    return step_of(machine, value) if isinstance(value, Dataset) else UNKNOWN


def _least(bounds: list[Value]) -> int | None:
    """The least number of a ``range`` whose bounds are not all known, where that is certain."""
    if len(bounds) == 1:
        return 0
    upwards = len(bounds) < 3 or (isinstance(bounds[2], int) and bounds[2] > 0)
    return bounds[0] if upwards and bounds and type(bounds[0]) is int else None


def _enumerate(machine: Machine, arguments: CallArguments) -> Value:
    value = argument_at(arguments, 0)
    if isinstance(value, Dataset):
        return replace(value, element=(ArraySpec((), "int64"), value.element), kind="enumerate")
    items = items_of(machine, value)
    start = (
        arguments.keywords["start"].value if "start" in arguments.keywords else argument_at(arguments, 1, 0)
    )
    if items is None or not isinstance(start, int):
        least = start if isinstance(start, int) else None
        number = ArraySpec((), WEAK_INT, make_facts(WEAK_INT, least))
        return _any_number(machine, (number, open_list(covering(machine, value)).element))
    return tuple(enumerate(items, start))


def _any_number(machine: Machine, element: Value) -> Value:
    """What can be gone through once and gives any number of values that ``element`` covers."""
    return machine.allocate(ListObject(None, element))


def _zip(machine: Machine, arguments: CallArguments) -> Value:
    given = tuple(argument.value for argument in arguments.positional)
    if given and arguments.complete and all(isinstance(value, Dataset) for value in given):
        # A zip of Python's yields tuples, as a generator does.
        made = zipped(given)
        return replace(made, kind="generator") if isinstance(made, Dataset) else UNKNOWN
    columns = [items_of(machine, value) for value in given]
    known = [column for column in columns if column is not None]
    if not arguments.complete:
        return UNKNOWN
    if len(known) != len(columns):
        return _any_number(machine, tuple(open_list(covering(machine, value)).element for value in given))
    return tuple(zip(*known, strict=False))


def transposed(machine: Machine, rows: Value) -> Value:
    """``zip(*rows)`` of any number of rows that are alike: what stands first in all, what stands second, and so on."""
    row = element_of(machine, rows)
    if not isinstance(row, tuple):
        return UNKNOWN
    return tuple(_any_number(machine, part) for part in row)


def _reversed(machine: Machine, arguments: CallArguments) -> Value:
    value = argument_at(arguments, 0)
    items = items_of(machine, value)
    return _any_number(machine, element_of(machine, value)) if items is None else tuple(reversed(items))


def _tuple(machine: Machine, arguments: CallArguments) -> Value:
    items = items_of(machine, argument_at(arguments, 0, ()))
    return UNKNOWN if items is None else items


def covering(machine: Machine, value: Value) -> tuple[Value, ...]:
    """Values that cover whatever iterating over ``value`` gives."""
    items = items_of(machine, value)
    if items is not None:
        return items
    return (element_of(machine, value),)


def _list(machine: Machine, arguments: CallArguments) -> Value:
    value = argument_at(arguments, 0, ())
    items = items_of(machine, value)
    held = machine.thing(value)
    if isinstance(held, SetObject) and held.items is not None:
        # A set has no order that a program may rely on, only so many items.
        items = tuple(held.items) if len(held.items) == 1 else (UNKNOWN,) * len(held.items)
    return machine.allocate(ListObject(items) if items is not None else open_list(covering(machine, value)))


def _slice(machine: Machine, arguments: CallArguments) -> Value:
    bounds = [given.value for given in arguments.positional]
    if not arguments.complete or arguments.keywords or not 1 <= len(bounds) <= 3:
        return UNKNOWN
    return slice(*bounds)


def _sorted(machine: Machine, arguments: CallArguments) -> Value:
    thing = machine.thing(argument_at(arguments, 0))
    held = thing.items if isinstance(thing, SetObject) else items_of(machine, argument_at(arguments, 0))
    if held is None:
        return machine.allocate(open_list(covering(machine, argument_at(arguments, 0))))
    return in_order(machine, tuple(held), arguments)


def in_any_order(items: tuple[Value, ...]) -> ListObject:
    """A list of these items, each of which may stand anywhere."""
    return ListObject((open_list(items).element,) * len(items))


def in_order(machine: Machine, items: tuple[Value, ...], arguments: CallArguments) -> Ref:
    """A new list of the items, sorted by themselves or by a key."""
    reverse = arguments.keywords["reverse"].value if "reverse" in arguments.keywords else False
    key = arguments.keywords.get("key")
    keys = items
    if key is not None and key.value is not None:
        keys = tuple(
            machine.call(key.value, CallArguments((Given(item, key.site),)), key.site) for item in items
        )
    if not all(map(is_constant, keys)) or not isinstance(reverse, bool):
        return machine.allocate(in_any_order(items))
    try:
        order = sorted(range(len(items)), key=keys.__getitem__, reverse=reverse)
    except TypeError:
        return machine.allocate(in_any_order(items))
    return machine.allocate(ListObject(tuple(items[at] for at in order)))


def place_of_item(machine: Machine, items: tuple[Value, ...] | None, method: str, item: Value) -> Value:
    """``items.index(item)`` or ``items.count(item)`` of constants."""
    if items is None or not is_constant(item) or not all(map(is_constant, items)):
        return UNKNOWN
    try:
        return getattr(items, method)(item)
    except ValueError:
        return UNKNOWN


def _verdicts(decisive: Tri, otherwise: bool) -> Callable[[Machine, CallArguments], Value]:
    """``any`` and ``all``."""

    def told(machine: Machine, arguments: CallArguments) -> Value:
        items = items_of(machine, argument_at(arguments, 0))
        if items is None:
            return UNKNOWN
        truths = [machine.truth(item) for item in items]
        if decisive in truths:
            return not otherwise
        return UNKNOWN if Tri.UNKNOWN in truths else otherwise

    return told


def _dict(machine: Machine, arguments: CallArguments) -> Value:
    items: dict[Value, Value] = {}
    exact = arguments.complete
    if arguments.positional:
        first = machine.thing(arguments.positional[0].value)
        if isinstance(first, DictObject):
            items.update(first.items)
            exact = exact and first.exact
        else:
            pairs = items_of(machine, arguments.positional[0].value)
            keyed = [pair for pair in pairs or () if isinstance(pair, tuple) and len(pair) == 2]
            exact = (
                exact
                and pairs is not None
                and len(keyed) == len(pairs)
                and all(is_constant(k) for k, _ in keyed)
            )
            items.update(keyed if exact else ())
    items.update({name: given.value for name, given in arguments.keywords.items()})
    return machine.allocate(DictObject(items, exact))


def _filter(machine: Machine, arguments: CallArguments) -> Value:
    """``filter(function, items)``, where the function tells for certain of each item."""
    items = items_of(machine, argument_at(arguments, 1))
    if items is None or len(arguments.positional) != 2:
        return UNKNOWN
    given, over = arguments.positional
    kept: list[Value] = []
    for item in items:
        passed = (
            item
            if given.value is None
            else machine.call(given.value, CallArguments((Given(item, over.site),)), given.site)
        )
        verdict = machine.truth(passed)
        if verdict is Tri.UNKNOWN:
            return UNKNOWN
        if verdict is Tri.YES:
            kept.append(item)
    return tuple(kept)


def _map(machine: Machine, arguments: CallArguments) -> Value:
    if len(arguments.positional) != 2 or not arguments.complete:
        return UNKNOWN
    given, over = arguments.positional
    items = items_of(machine, over.value)
    if items is None:
        called = CallArguments((Given(element_of(machine, over.value), over.site),))
        return _any_number(
            machine, element_of_some(machine, lambda: machine.call(given.value, called, given.site))
        )
    return tuple(
        machine.call(given.value, CallArguments((Given(item, over.site),)), given.site) for item in items
    )


def constant_function(
    function: Callable[..., Any], *, spreads: bool = True
) -> Callable[[Machine, CallArguments], Value]:
    """A built-in that is pure: computed when everything is known.

    With ``spreads`` a list or set is given as a tuple of its items, for functions to which that is the same.
    """

    def computed(machine: Machine, arguments: CallArguments) -> Value:
        values = [spread(machine, given.value) if spreads else given.value for given in arguments.positional]
        if not arguments.complete or arguments.keywords or not all(is_constant(value) for value in values):
            return UNKNOWN
        if any(isinstance(value, (str, bytes)) and len(value) > MOST_TEXT for value in values):
            return UNKNOWN
        try:
            return function(*values)
        except (TypeError, ValueError, ArithmeticError):
            return UNKNOWN

    return computed


def _text(function: Callable[..., Any] | None) -> Callable[[Machine, CallArguments], Value]:
    """A built-in that gives a text, computed where ``function`` is given and everything is known."""
    computed = constant_function(function, spreads=False) if function is not None else _nothing

    def text(machine: Machine, arguments: CallArguments) -> Value:
        known = computed(machine, arguments)
        return SOME_TEXT if known is UNKNOWN else known

    return text


def _int(machine: Machine, arguments: CallArguments) -> Value:
    """``int(x)``: a whole number, within bounds where ``x`` is; of anything else that it takes, some number."""
    value = argument_at(arguments, 0)
    if isinstance(value, ArraySpec) and value.shape == () and len(arguments.positional) == 1:
        lo, hi = value.facts.lo, value.facts.hi
        ends = (None if lo is None else math.trunc(lo), None if hi is None else math.trunc(hi))
        return ArraySpec((), WEAK_INT, make_facts(WEAK_INT, *ends))
    known = constant_function(int)(machine, arguments)
    return ArraySpec((), WEAK_INT) if known is UNKNOWN and len(arguments.positional) == 1 else known


def _float(machine: Machine, arguments: CallArguments) -> Value:
    known = constant_function(float)(machine, arguments)
    return ArraySpec((), WEAK_FLOAT) if known is UNKNOWN and len(arguments.positional) == 1 else known


def spread(machine: Machine, value: Value) -> Value:
    """A list, a set or a range as a tuple of its items, where they are known; any other value as it is."""
    thing = machine.thing(value)
    if isinstance(thing, SetObject) and thing.items is not None and len({type(i) for i in thing.items}) == 1:
        try:
            return tuple(sorted(thing.items))  # Only of functions that do not look at the order.
        except TypeError:
            return value
    if isinstance(thing, ListObject) and thing.items is not None:
        return thing.items
    if isinstance(value, range):
        return tuple(value) if length_of(value) <= MOST_TEXT else UNKNOWN
    return value


def _set(machine: Machine, arguments: CallArguments) -> Value:
    from kerascope.interp.sets import call_set

    return call_set(machine, arguments)


def _nothing(machine: Machine, arguments: CallArguments) -> Value:
    return UNKNOWN


def _prints(machine: Machine, arguments: CallArguments) -> Value:
    return None


def _getattr(machine: Machine, arguments: CallArguments) -> Value:
    from kerascope.interp.objects import get_attribute

    name = argument_at(arguments, 1)
    return get_attribute(machine, argument_at(arguments, 0), name) if isinstance(name, str) else UNKNOWN


def _vars(machine: Machine, arguments: CallArguments) -> Value:
    """``vars(thing)``: whoever holds it may set any attribute."""
    if arguments.positional:
        machine.havoc(arguments.positional[0].value)
        return UNKNOWN
    return Instance(NAMES, {})


def _names(machine: Machine, arguments: CallArguments) -> Value:
    return Instance(NAMES, {})


def _exec(machine: Machine, arguments: CallArguments) -> Value:
    machine.forget_names()
    return UNKNOWN


NAMES = "builtins.names"
"""What ``globals()`` and ``locals()`` return: writing to it binds names."""


def _setattr(machine: Machine, arguments: CallArguments) -> Value:
    from kerascope.interp.objects import set_attribute

    name = argument_at(arguments, 1)
    if isinstance(name, str):
        set_attribute(machine, argument_at(arguments, 0), name, argument_at(arguments, 2))
    else:
        machine.havoc(argument_at(arguments, 0))
    return None


_WITHOUT_EFFECT = frozenset(
    {
        "issubclass", "hasattr", "callable", "type", "id",
        "open", "super", "object", "hash", "ord",
        "bytes", "bytearray", "complex", "dir", "pow", "display",
        "Exception", "ValueError", "TypeError", "RuntimeError", "NotImplementedError", "KeyError",
        "ImportError", "property", "staticmethod", "classmethod", "memoryview", "exit", "quit",
    }
)  # fmt: skip
"""Built-ins whose value is not followed and which change nothing."""

BUILTINS: dict[str, Callable[[Machine, CallArguments], Value]] = {
    "len": _length,
    "range": _range,
    "enumerate": _enumerate,
    "iter": _iter,
    "slice": _slice,
    "next": _next,
    "zip": _zip,
    "reversed": _reversed,
    "tuple": _tuple,
    "list": _list,
    "sorted": _sorted,
    "dict": _dict,
    "any": _verdicts(Tri.YES, otherwise=False),
    "all": _verdicts(Tri.NO, otherwise=True),
    "map": _map,
    "filter": _filter,
    "set": _set,
    "frozenset": _set,
    "int": _int,
    "float": _float,
    "str": _text(str),
    "repr": _text(repr),
    "input": _text(None),
    "format": _text(None),
    "chr": _text(chr),
    "bool": constant_function(bool),
    "abs": constant_function(abs),
    "min": constant_function(min),
    "max": constant_function(max),
    "sum": constant_function(sum),
    "round": constant_function(round),
    "divmod": constant_function(divmod),
    "print": _prints,
    "getattr": _getattr,
    "setattr": _setattr,
    "vars": _vars,
    "globals": _names,
    "locals": _names,
    "exec": _exec,
    "isinstance": is_instance,
    **dict.fromkeys(_WITHOUT_EFFECT, _nothing),
}
