"""Other files of the program: run once, in a scope of their own, when they are imported."""

from __future__ import annotations

from kerascope.interp.machine import Machine
from kerascope.interp.values import Module

MOST_MODULES = 40
"""How many further files one file may bring in."""


def load_module(machine: Machine, name: str, level: int) -> Module | None:
    """The module that an import means, run if it was not yet; ``None`` if it is no file of the program."""
    parsed = machine.modules.find(name, level, machine.unit.path)
    machine.log.finds.append((name, level, machine.unit.path, parsed))
    if parsed is None:
        return None
    path = parsed.source.path
    if path in machine.loaded:
        return Module(name, machine.loaded[path])
    if len(machine.loaded) >= MOST_MODULES:
        return None
    frame = machine.new_frame(None)
    machine.loaded[path] = frame
    machine.log.loaded.append((path, frame))
    caller = machine.frame, machine.unit, machine.flow, machine.call_sites
    machine.frame, machine.call_sites = frame, [*machine.call_sites]
    machine.imported += 1
    try:
        machine.run_units(parsed.units)
    finally:
        machine.imported -= 1
        machine.frame, machine.unit, machine.flow, machine.call_sites = caller
    return Module(name, frame)
