"""Loops: unrolled where the items are known, else run to a fixpoint with widening."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

from kerascope.domain.shapes import UNKNOWN, Tri
from kerascope.interp.assignment import assign
from kerascope.interp.items import element_of, items_of
from kerascope.interp.machine import MOST_LOOP_STEPS, Flow, Machine
from kerascope.interp.state import State, merge, widened
from kerascope.interp.values import ListObject, Value, join, same, widen

LOOP_STEPS = 3_000
"""How many steps one outermost loop may take item by item if it makes no layer, up to ``MOST_LOOP_STEPS`` in all."""

LOOP_STEPS_PER_LAYER = 500
"""How many steps more it may take for each layer that it makes."""

MOST_UNROLLED = 64
"""Loops over more items than this are run to a fixpoint instead, unless one pass takes few steps."""

MOST_LONG_LOOP_STEPS = 12_000
"""How many steps a loop over more items may take item by item; freezing each layer of a large model takes half."""

_PROBED = 4
"""After so many passes it is estimated how many steps a long loop will take."""

_JOINING_PASSES = 2
"""How many passes of a loop are joined before what still changes is widened."""

_WIDENING_PASSES = 3
"""How many passes are widened at most; they end where one changes nothing that was not covered."""


def _for(machine: Machine, node: cst.For) -> None:
    iterable = machine.evaluate(node.iter)
    items = items_of(machine, iterable)
    if items is not None and not _spent(machine):
        items = _item_by_item(machine, node, items, iterable)
        if items == ():
            _after_loop(machine, node.orelse)
            return
    element = element_of(machine, iterable)
    if items and element is UNKNOWN:
        element = items[0]
        for item in items[1:]:
            element = join(element, item)

    def once() -> None:
        assign(machine, node.target, element)
        _pass(machine, node.body)

    _fixpoint(machine, once)
    _after_loop(machine, node.orelse)


def _item_by_item(
    machine: Machine, node: cst.For, items: tuple[Value, ...], iterable: Value
) -> tuple[Value, ...] | None:
    """Runs the loop's body for one item after the other.

    Returns the items that would take too many steps; ``None`` where a list changes while the loop goes through it.
    """
    started = machine.steps
    whole = items if isinstance(machine.thing(iterable), ListObject) else None
    for index, item in enumerate(items):
        if _spent(machine):
            return items[index:]
        if len(items) > MOST_UNROLLED and index >= _PROBED:
            left = len(items) if index == _PROBED else index
            if (machine.steps - started) * left > MOST_LONG_LOOP_STEPS * index:
                return items[index:]
        assign(machine, node.target, item)
        if not _pass(machine, node.body):
            break
        if whole is not None and items_of(machine, iterable) is not whole:
            return None
    return ()


def _while(machine: Machine, node: cst.While) -> None:
    for _ in range(MOST_UNROLLED):
        verdict = machine.truth(machine.evaluate(node.test))
        if verdict is Tri.NO:
            _after_loop(machine, node.orelse)
            return
        if verdict is Tri.UNKNOWN or _spent(machine) or not _pass(machine, node.body):
            break
    if machine.state.alive:
        _fixpoint(machine, lambda: _pass(machine, node.body))
    _after_loop(machine, node.orelse)


def _spent(machine: Machine) -> bool:
    """Whether the outermost loop around has taken as many steps as one loop may take item by item.

    Loops that build a model make new layers again and again, and may go on; what others count or collect is not worth
    every pass of a training loop.
    """
    if machine.loop_started is None:
        return False
    layers = machine.layers_made - machine.layers_before_loop
    allowed = min(LOOP_STEPS + layers * LOOP_STEPS_PER_LAYER, MOST_LOOP_STEPS)
    return machine.steps - machine.loop_started > allowed


def _pass(machine: Machine, body: cst.BaseSuite) -> bool:
    """One pass through a loop's body; false where no further pass can follow."""
    outer = machine.flow
    machine.flow = Flow(outer.returns, machine.loop_breaks, [])
    machine.execute(body)
    for state in machine.flow.continues:
        machine.state = merge(machine.state, state)
    machine.flow = outer
    return machine.state.alive


def _fixpoint(machine: Machine, once: Callable[[], object]) -> None:
    """A loop that runs any number of times, none included. After a few passes what still changes is widened.

    A value is widened to its kind and then to the top, and the pass after that shows what was computed from it.
    """
    for _ in range(0 if _spent(machine) else _JOINING_PASSES):
        before = machine.state.fork()
        once()
        changed = _widen(before, machine.state)
        machine.state = merge(before, machine.state)
        if not changed:
            return
    for _ in range(_WIDENING_PASSES):
        before = machine.state.fork()
        once()
        if not machine.state.alive:
            machine.state = before
            return
        stable = True
        for frame, name, now, binding in list(machine.state.frame_changes(before)):
            if binding is not None and now.value is not binding.value:
                value = widen(binding.value, now.value)
                if not same(value, binding.value):
                    stable = False
                    before.write(frame, name, binding._replace(value=value, origin=None))
        for address in _changed_objects(before, machine.state):
            thing = widened(before.heap[address], machine.state.heap[address])
            if thing != before.heap[address]:
                stable = False
                before.heap[address] = thing
        machine.state = merge(before, machine.state)
        if stable:
            return


def _widen(before: State, after: State) -> bool:
    """Whether a pass changed anything that a further pass could see."""
    if not after.alive:
        return False
    for _, _, binding, previous in after.frame_changes(before):
        if previous is None or previous.value != binding.value:
            return True
    return bool(_changed_objects(before, after))


def _changed_objects(before: State, after: State) -> list[int]:
    """Addresses of objects that are others than they were."""
    old, new = before.heap.unlogged(), after.heap.unlogged()
    if old is new:
        return []
    return [
        address
        for address in after.log.heap.before
        if address in old and old[address] is not new.get(address, old[address])
    ]


def _after_loop(machine: Machine, orelse: cst.Else | None) -> None:
    if orelse is not None and machine.state.alive:
        machine.execute(orelse.body)
    for state in machine.loop_breaks:
        machine.state = merge(machine.state, state)
    machine.loop_breaks.clear()


def _loop(handler: Callable[[Machine, Any], None]) -> Callable[[Machine, Any], None]:
    """Gives each loop a list of its own for the states that ``break`` leaves."""

    def run_loop(machine: Machine, node: Any) -> None:
        outer = machine.loop_breaks
        machine.loop_breaks = []
        outermost = machine.loop_started is None
        if outermost:
            machine.loop_started = machine.steps
            machine.layers_before_loop = machine.layers_made
        try:
            handler(machine, node)
        finally:
            machine.loop_breaks = outer
            if outermost:
                machine.loop_started = None

    return run_loop


run_for = _loop(_for)
"""Runs a ``for`` loop: item by item where the items are known and few, else to a fixpoint."""

run_while = _loop(_while)
"""Runs a ``while`` loop as long as its condition is known, and then to a fixpoint."""
