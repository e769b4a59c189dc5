"""Assignment to names, patterns, attributes and items."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from kerascope.domain.shapes import UNKNOWN
from kerascope.interp.items import item_of, items_of, store_item
from kerascope.interp.machine import Machine
from kerascope.interp.objects import set_attribute
from kerascope.interp.values import ListObject, Value
from kerascope.syntax.units import Site


def assign(machine: Machine, target: cst.BaseExpression, value: Value, origin: Site | None = None) -> None:
    """Assigns ``value`` to a target, which may be a pattern of names."""
    if isinstance(target, cst.Name):
        machine.bind(target.value, value, origin)
        machine.note_data(target, value)
    elif isinstance(target, (cst.Tuple, cst.List)):
        _unpack(machine, target.elements, value)
    elif isinstance(target, cst.StarredElement):
        assign(machine, target.value, value)
    elif isinstance(target, cst.Attribute):
        set_attribute(machine, machine.evaluate(target.value), target.attr.value, value)
    elif isinstance(target, cst.Subscript):
        store_item(machine, target, value)


def _unpack(machine: Machine, elements: Sequence[cst.BaseElement], value: Value) -> None:
    items = items_of(machine, value)
    stars = [index for index, element in enumerate(elements) if isinstance(element, cst.StarredElement)]
    if items is None or (len(items) != len(elements) if not stars else len(items) < len(elements) - 1):
        for index, element in enumerate(elements):
            assign(
                machine,
                element.value,
                UNKNOWN if stars else item_of(machine, value, index, machine.site(element.value)),
            )
        return
    if stars:
        at = stars[0]
        after = len(elements) - at - 1
        middle = machine.allocate(ListObject(tuple(items[at : len(items) - after])))
        items = (*items[:at], middle, *items[len(items) - after :])
    for element, item in zip(elements, items, strict=True):
        assign(machine, element.value, item)
