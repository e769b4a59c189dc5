"""Comprehensions, run item by item where the items are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import libcst as cst

from kerascope.domain.shapes import UNKNOWN, Tri
from kerascope.interp.assignment import assign
from kerascope.interp.items import MOST_ITEMS, element_of, element_of_some, items_of
from kerascope.interp.machine import Machine
from kerascope.interp.values import DictObject, ListObject, Value, is_constant, open_list

MOST_COMPREHENSION_STEPS = 20_000
"""How many steps a comprehension, or the loop around it, may take before what is left of it is given up."""


def _comprehended(machine: Machine, clause: cst.CompFor) -> Iterator[bool]:
    """Yields once per combination of items, with the targets bound; yields ``False`` where that is unknown."""
    iterable = machine.evaluate(clause.iter)
    items = items_of(machine, iterable)
    started = machine.loop_started if machine.loop_started is not None else machine.steps
    if items is None or len(items) > MOST_ITEMS:
        assign(machine, clause.target, element_of(machine, iterable))
        yield False
        return
    for item in items:
        if machine.steps - started > MOST_COMPREHENSION_STEPS:
            assign(machine, clause.target, UNKNOWN)
            yield False
            return
        assign(machine, clause.target, item)
        verdicts = [machine.truth(machine.evaluate(condition.test)) for condition in clause.ifs]
        if Tri.NO in verdicts:
            continue
        if Tri.UNKNOWN in verdicts:
            yield False
            return
        if clause.inner_for_in is None:
            yield True
        else:
            yield from _comprehended(machine, clause.inner_for_in)


def _comprehension(
    machine: Machine, clause: cst.CompFor, element: Callable[[], Any]
) -> tuple[list[Any], bool]:
    """What the elements are, and whether these are all of them, each just once."""
    frame = machine.new_frame(machine.frame)
    machine.comprehensions.add(frame)
    collected: list[Any] = []
    known = True
    outermost = machine.loop_started is None
    if outermost:
        machine.loop_started = machine.steps
    with machine.scope(frame, machine.unit):
        for certain in _comprehended(machine, clause):
            collected.append(element() if certain else element_of_some(machine, element))
            known = known and certain
    if outermost:
        machine.loop_started = None
    machine.state.close_frame(frame)
    return collected, known


def list_comprehension(machine: Machine, node: cst.ListComp) -> Value:
    """``[… for …]``."""
    items, known = _comprehension(machine, node.for_in, lambda: machine.evaluate(node.elt))
    return machine.allocate(ListObject(tuple(items)) if known else open_list(items))


def generator(machine: Machine, node: cst.GeneratorExp) -> Value:
    """``(… for …)``, as the tuple of what it yields."""
    items, known = _comprehension(machine, node.for_in, lambda: machine.evaluate(node.elt))
    return tuple(items) if known else UNKNOWN


def set_comprehension(machine: Machine, node: cst.SetComp) -> Value:
    """``{… for …}``."""
    _comprehension(machine, node.for_in, lambda: machine.evaluate(node.elt))
    return UNKNOWN


def dict_comprehension(machine: Machine, node: cst.DictComp) -> Value:
    """``{…: … for …}``."""
    pairs, known = _comprehension(
        machine, node.for_in, lambda: (machine.evaluate(node.key), machine.evaluate(node.value))
    )
    if not known or not all(is_constant(key) for key, _ in pairs):
        covered = open_list([value for _, value in pairs]).element
        return machine.allocate(DictObject({}, exact=False, rest=covered))
    return machine.allocate(DictObject(dict(pairs)))
