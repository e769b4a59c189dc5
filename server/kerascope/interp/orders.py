"""Functions of chance that reorder a list or pick from it: where each item stands is not known afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kerascope.domain.shapes import UNKNOWN
from kerascope.interp.builtins import argument_at, covering, in_any_order
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import ListObject, Ref, Value, open_list


def _shuffle(machine: Machine, arguments: CallArguments) -> Value:
    """``shuffle(items)``, in place."""
    items = argument_at(arguments, 0)
    thing = machine.thing(items)
    if isinstance(items, Ref) and isinstance(thing, ListObject) and thing.items is not None:
        shuffled = in_any_order(thing.items)
        if shuffled != thing:
            machine.state.heap[items.address] = shuffled
    return None


def _choice(machine: Machine, arguments: CallArguments) -> Value:
    """``random.choice(items)``."""
    return open_list(covering(machine, argument_at(arguments, 0))).element


def _sample(machine: Machine, arguments: CallArguments) -> Value:
    """``random.sample(items, k)``."""
    if not arguments.complete:
        return UNKNOWN
    element = _choice(machine, arguments)
    count = arguments.keywords["k"].value if "k" in arguments.keywords else argument_at(arguments, 1)
    if isinstance(count, int) and 0 <= count <= 1000:
        return machine.allocate(ListObject((element,) * count))
    return machine.allocate(ListObject(None, element))


BY_CHANCE: Final[dict[str, Callable[[Machine, CallArguments], Value]]] = {
    "random.shuffle": _shuffle,
    "random.Random.shuffle": _shuffle,
    "numpy.random.shuffle": _shuffle,
    "numpy.random.RandomState.shuffle": _shuffle,
    "numpy.random.Generator.shuffle": _shuffle,
    "random.choice": _choice,
    "random.Random.choice": _choice,
    "random.sample": _sample,
    "random.Random.sample": _sample,
}
"""Handlers by canonical name."""
