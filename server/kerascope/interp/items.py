"""Items: what iterating and indexing give, and what storing into a container does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import libcst as cst

from kerascope.domain.numbers import Counted
from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, Column, Dataset, Frame, Instance
from kerascope.graph.nodes import Tensor
from kerascope.interp.datasets import step_of
from kerascope.interp.frames import frame_item, store_in_frame
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.package_models import is_part
from kerascope.interp.state import merge
from kerascope.interp.tensor_operations import is_unknown_operation, operate, unknown_operation
from kerascope.interp.values import (
    BoundMethod,
    DictObject,
    ListObject,
    OneOf,
    Ref,
    Value,
    alternatives,
    is_constant,
    is_text,
    join,
    open_list,
)
from kerascope.libraries.arithmetic import Window, assigned
from kerascope.libraries.arithmetic import index as index_array
from kerascope.libraries.base import SOME_TEXT, WEAK_INT, make_facts
from kerascope.syntax.units import Site

TEXT_FILE: Final = Instance("io.TextIOWrapper", {})
"""What ``open`` gives, unless the file is opened for bytes."""

MOST_ITEMS = 4096
"""Sequences longer than this are of unknown length."""


def length_of(value: range) -> int:
    """The length of a range; ``len`` itself fails for one that is longer than any list can be."""
    try:
        return len(value)
    except OverflowError:
        return sys.maxsize


def items_of(machine: Machine, value: Value) -> tuple[Value, ...] | None:
    """The items that iterating over ``value`` gives, or ``None`` where they are not known."""
    if isinstance(value, tuple):
        return value
    if isinstance(value, str):
        return tuple(value)
    if isinstance(value, range):
        return tuple(value) if length_of(value) <= MOST_ITEMS else None
    thing = machine.thing(value)
    if isinstance(thing, ListObject):
        return thing.items
    if isinstance(thing, DictObject):
        return tuple(thing.items) if thing.exact else None
    if isinstance(value, ArraySpec) and isinstance(value.shape, tuple) and value.shape:
        count = value.shape[0]
        if isinstance(count, int) and count <= 64:
            return tuple(index_array(value, position) for position in range(count))
    return None


def element_of(machine: Machine, value: Value) -> Value:
    """What one pass of a loop over ``value`` gets, where its items are not gone through one by one."""
    if isinstance(value, Dataset):
        return step_of(machine, value)
    if isinstance(value, range) and value:
        return ArraySpec(
            (), WEAK_INT, make_facts(WEAK_INT, min(value[0], value[-1]), max(value[0], value[-1]))
        )
    if isinstance(value, ArraySpec) and isinstance(value.shape, tuple) and value.shape:
        return index_array(value, ArraySpec((), WEAK_INT))
    if is_text(value) or value == TEXT_FILE:
        return SOME_TEXT
    thing = machine.thing(value)
    return thing.element if isinstance(thing, ListObject) and thing.items is None else UNKNOWN


def element_of_some(machine: Machine, element: Callable[[], Value]) -> Value:
    """An element of how many nobody knows: what it does to objects may be done never, once, or again."""
    value: Value = UNKNOWN
    for _ in range(2):
        before = machine.state.fork()
        value = element()
        machine.state = merge(before, machine.state)
    return value


def item_of(machine: Machine, value: Value, key: Value, site: Site) -> Value:
    """``value[key]``."""
    if isinstance(value, OneOf):
        results = [item_of(machine, alternative, key, site) for alternative in value.alternatives]
        joined = results[0]
        for result in results[1:]:
            joined = join(joined, result)
        return joined
    if isinstance(value, ArraySpec) and is_text(value):
        return SOME_TEXT if isinstance(key, (int, slice, Window)) or _is_number(key) else UNKNOWN
    if isinstance(value, ArraySpec):
        return index_array(value, _array_key(machine, key))
    if isinstance(key, Window):
        key = slice(UNKNOWN, UNKNOWN)
    if isinstance(value, Tensor):
        if is_unknown_operation(machine, value):
            return value
        if value.spec.shape is UNRANKED and is_part(machine, value):
            if isinstance(key, str):
                return value  # one tensor of a dictionary of them
            if not isinstance(key, tuple):
                return unknown_operation(machine, CallArguments((Given(value, site),)), site)
        return operate(machine, "__getitem__", (value, key), site)
    if isinstance(value, (Frame, Column, BoundMethod)):
        return frame_item(machine, value, key)
    thing = machine.thing(value)
    if isinstance(thing, DictObject):
        if not is_constant(key):
            return open_list(thing.covered).element
        return thing.items.get(key, thing.rest)
    if isinstance(thing, ListObject) and thing.items is None:
        single = (isinstance(key, int) and not isinstance(key, bool)) or _is_number(key)
        if isinstance(key, slice):
            return machine.allocate(thing)
        return thing.element if single else UNKNOWN
    sequence: Any = value if isinstance(value, (tuple, str, range)) else None
    if isinstance(thing, ListObject):
        sequence = thing.items
    if sequence is None or isinstance(key, bool) or not isinstance(key, (int, slice)):
        return UNKNOWN
    if isinstance(key, slice) and any(part is UNKNOWN for part in (key.start, key.stop, key.step)):
        return machine.allocate(open_list(thing.covered)) if isinstance(thing, ListObject) else UNKNOWN
    try:
        found = sequence[key]
    except (IndexError, TypeError, ValueError):
        return UNKNOWN
    if isinstance(key, slice) and isinstance(thing, ListObject):
        return machine.allocate(ListObject(tuple(found)))
    return found


def _is_number(key: Value) -> bool:
    return isinstance(key, ArraySpec) and key.shape == () and key.dtype.startswith(("int", "uint"))


def _array_key(machine: Machine, key: Value) -> Any:
    """An index as NumPy reads it: a tuple has a key per axis, a list picks elements."""
    if isinstance(key, tuple):
        return tuple(_array_key(machine, part) for part in key)
    thing = machine.thing(key)
    if isinstance(thing, ListObject):
        return UNKNOWN if thing.items is None else [machine.data(item) for item in thing.items]
    return key if isinstance(key, (slice, Window)) else machine.data(key)


def store_item(machine: Machine, target: cst.Subscript, value: Value) -> None:
    """``target = value`` for a subscript."""
    container = machine.evaluate(target.value)
    key = subscript_key(machine, target.slice)
    for address in [
        alternative.address for alternative in alternatives(container) if isinstance(alternative, Ref)
    ]:
        thing = machine.state.heap.get(address)
        strong = isinstance(container, Ref)
        if isinstance(thing, DictObject):
            if is_constant(key) and strong:
                machine.state.heap[address] = replace(thing, items={**thing.items, key: value})
            else:
                added = DictObject({}, exact=False, rest=open_list((*thing.covered, value)).element)
                if added != thing:
                    machine.state.heap[address] = added
        elif isinstance(thing, ListObject) and isinstance(key, slice):
            machine.state.heap[address] = ListObject(
                _replaced(machine, thing.items, key, value) if strong else None
            )
        elif isinstance(thing, ListObject):
            items = thing.items
            at = key if isinstance(key, int) and not isinstance(key, bool) else None
            if strong and items is not None and at is not None and -len(items) <= at < len(items):
                at %= len(items)
                machine.state.heap[address] = ListObject((*items[:at], value, *items[at + 1 :]))
            else:
                machine.state.heap[address] = open_list((*thing.covered, value))
    if isinstance(container, Instance) and container.symbol == "builtins.names":
        machine.forget_names()
    if isinstance(container, Frame):
        store_in_frame(machine, container, key, value)
    if isinstance(container, BoundMethod) and isinstance(container.owner, Frame):
        # Cells that are written by position or by name may be of a new column.
        machine.write_array(container.owner, Frame(None, source=container.owner.source))
    if isinstance(container, ArraySpec):
        machine.write_array(container, assigned(container, machine.plain(value)))


def _replaced(
    machine: Machine, items: tuple[Value, ...] | None, key: slice, value: Value
) -> tuple[Value, ...] | None:
    """The items once a slice of them was replaced; ``None`` where that is not known."""
    given = items_of(machine, value)
    if items is None or given is None:
        return None
    changed = list(items)
    try:
        changed[key] = given
    except (TypeError, ValueError):
        return None
    return tuple(changed)


def delete_item(machine: Machine, target: cst.Subscript) -> None:
    """``del container[key]``."""
    container = machine.evaluate(target.value)
    key = subscript_key(machine, target.slice)
    thing = machine.thing(container)
    if isinstance(thing, DictObject) and thing.exact and is_constant(key) and key in thing.items:
        kept = {name: item for name, item in thing.items.items() if name != key}
        machine.state.heap[container.address] = DictObject(kept)
    elif isinstance(thing, DictObject) and isinstance(container, Ref):
        left = DictObject({}, exact=False, rest=open_list(thing.covered).element)
        if left != thing:
            machine.state.heap[container.address] = left
    elif isinstance(thing, ListObject) and thing.items is not None and isinstance(key, (int, slice)):
        changed = list(thing.items)
        try:
            del changed[key]
        except (IndexError, TypeError, ValueError):
            machine.havoc(container)
        else:
            machine.state.heap[container.address] = ListObject(tuple(changed))
    else:
        machine.havoc(container)


def subscript_key(machine: Machine, slices: Sequence[cst.SubscriptElement]) -> Value:
    """The value between the brackets of ``x[…]``: a slice as a ``slice``, several parts as a tuple."""
    parts = [_slice(machine, element.slice) for element in slices]
    return parts[0] if len(parts) == 1 and not isinstance(slices[0].comma, cst.Comma) else tuple(parts)


def _window(machine: Machine, node: cst.Slice) -> Window | None:
    """``i : i + n`` and ``i - n : i`` for a number ``i`` that is known within bounds only."""
    lower, upper = node.lower, node.upper
    if lower is None or upper is None or node.step is not None:
        return None
    if isinstance(upper, cst.BinaryOperation) and isinstance(upper.operator, cst.Add):
        size = upper.right if upper.left.deep_equals(lower) else upper.left
        rest = upper.left if upper.left.deep_equals(lower) else upper.right
        if not rest.deep_equals(lower):
            return None
    elif isinstance(lower, cst.BinaryOperation) and isinstance(lower.operator, cst.Subtract):
        if not lower.left.deep_equals(upper):
            return None
        size = lower.right
    else:
        return None
    start, width = machine.evaluate(lower), machine.evaluate(size)
    if not isinstance(start, ArraySpec) or start.shape != () or type(width) is not int or width < 0:
        return None
    return Window(start, width)


def _slice(machine: Machine, node: cst.BaseSlice) -> Value:
    if isinstance(node, cst.Index):
        return machine.evaluate(node.value)
    if not isinstance(node, cst.Slice):
        return UNKNOWN
    window = _window(machine, node)
    if window is not None:
        return window
    bounds = [
        None if bound is None else machine.evaluate(bound) for bound in (node.lower, node.upper, node.step)
    ]
    return (_between(*bounds[:2]) if node.step is None else None) or slice(*bounds)


def _between(start: Value, stop: Value) -> Window | None:
    """What lies between two numbers that are made of one and the same counter."""
    if not isinstance(start, ArraySpec) or not isinstance(stop, ArraySpec):
        return None
    first, last = start.symbolic, stop.symbolic
    if not isinstance(first, Counted) or not isinstance(last, Counted) or first.counter is not last.counter:
        return None
    return Window(start, last.plus - first.plus) if last.plus >= first.plus else None


def fitted(machine: Machine, of: cst.BaseExpression, key: Value) -> Value:
    """A key of ``of``, whose window, if it has one along the first axis, is known to lie within it or not."""
    window = key[0] if isinstance(key, tuple) and key else key
    if not isinstance(window, Window) or not isinstance(window.start.symbolic, Counted):
        return key
    if isinstance(of, cst.Attribute) and of.attr.value == "values":
        of = of.value  # those of a table, row by row
    binding = machine.binding(of.value) if isinstance(of, cst.Name) else None
    if binding is None or not window.start.symbolic.lies_within(window.size, binding):
        return key
    window = replace(window, whole=True)
    return (window, *key[1:]) if isinstance(key, tuple) else window
