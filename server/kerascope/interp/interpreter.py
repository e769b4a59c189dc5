"""Runs a whole program over abstract values and says what was seen."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import libcst as cst

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Symbol
from kerascope.graph.nodes import Layer, Model, ModelGraph, Node
from kerascope.interp.calls import call, call_function
from kerascope.interp.expressions import evaluate
from kerascope.interp.machine import (
    BudgetSpent,
    CallArguments,
    Facts,
    Given,
    Machine,
    Modules,
    NoModules,
    Trace,
)
from kerascope.interp.memory import Memory
from kerascope.interp.state import Binding
from kerascope.interp.statements import run_block, run_suite
from kerascope.interp.values import Function, Ref
from kerascope.syntax.units import Parsed, Site, Unit


@dataclass(frozen=True, slots=True)
class FinalModel:
    """A model at the end of the program; ``variable`` is the module-level name bound to it, if any."""

    graph: ModelGraph
    variable: str | None


@dataclass(frozen=True, slots=True)
class Interpretation:
    """What running a program over abstract values showed. ``nodes`` are all layers and models at the end."""

    trace: Trace
    models: tuple[FinalModel, ...]
    nodes: Mapping[int, Node]
    steps: int


def interpret(
    parsed: Parsed,
    major: int,
    *,
    data_format: str = "channels_last",
    modules: Modules | None = None,
    memory: Memory | None = None,
    facts: Facts | None = None,
) -> Interpretation:
    """Runs ``parsed`` as the main module. Never raises for what the program says.

    ``facts`` tells of libraries' layers that the catalogue does not describe.

    With the ``memory`` of an earlier run only those units run again that an edit can have reached.
    """
    memory = memory if memory is not None else Memory()
    path = parsed.source.path
    memory.prepare((path, major, data_format))
    machine = Machine(
        major, data_format, modules if modules is not None else NoModules(), memory.next_address
    )
    machine.facts = facts
    machine.evaluate = functools.partial(evaluate, machine)
    machine.execute = functools.partial(run_suite, machine)
    machine.call = functools.partial(call, machine)
    machine.run_units = functools.partial(_run_module, machine)
    frame = MAIN_FRAME
    machine.parents[frame] = None
    machine.state.open_frame(frame, {})
    machine.frame = frame
    machine.loaded[path] = frame
    program = _Program(Trace(), [], set(), set())
    models: tuple[FinalModel, ...] = ()
    nodes: Mapping[int, Node] = {}
    try:
        _run_main(machine, parsed.units, memory, program)
        models = _final_models(machine, frame, path)
        nodes = _nodes(machine)
        machine.state.alive = True
        _run_uncalled(machine, frame, path, memory, program)
    except BudgetSpent:
        program.take(machine.trace, machine.definitions, machine.called)
        program.trace.budget_spent = True
    memory.next_address = machine.last_address
    memory.keep_only(program.kept)
    return Interpretation(program.trace, models, nodes or _nodes(machine), machine.steps)


MAIN_FRAME: Final = 1
"""The scope of the main module, the same in every run."""


@dataclass(slots=True)
class _Program:
    """What the units of a program add up to."""

    trace: Trace
    definitions: list[Function]
    called: set[Function]
    kept: set[Unit | Function]

    def take(self, trace: Trace, definitions: Iterable[Function], called: Iterable[Function]) -> None:
        """Adds what one unit saw and made."""
        self.trace.extend(trace)
        self.definitions += definitions
        self.called.update(called)


def _nodes(machine: Machine) -> dict[int, Node]:
    return {
        address: thing
        for address, thing in machine.state.heap.unlogged().items()
        if isinstance(thing, (Layer, Model))
    }


def _run_main(machine: Machine, units: tuple[Unit, ...], memory: Memory, program: _Program) -> None:
    for unit in units:
        if not machine.state.alive:
            # `raise SystemExit` or `exit()` at module level: what follows does not run, and nothing is said of it.
            break
        record = memory.replay(machine, unit)
        if record is None:
            before = machine.steps
            machine.begin()
            _run_unit(machine, unit)
            record = memory.keep(machine, unit, machine.steps - before)
        else:
            machine.spend(record.steps)
        program.kept.add(unit)
        program.take(record.trace, record.definitions, record.called)
    machine.begin()


def _run_module(machine: Machine, units: tuple[Unit, ...]) -> None:
    for unit in units:
        if not machine.state.alive:
            break
        _run_unit(machine, unit)


def _run_unit(machine: Machine, unit: Unit) -> None:
    machine.unit = unit
    run_block(machine, unit.body)
    if unit.has_hole:
        _forget(machine, unit)


def _forget(machine: Machine, unit: Unit) -> None:
    """What an unreadable statement may have done: every name that it mentions may be anything now."""
    for name in sorted(unit.hole_names):
        binding = machine.state.read(machine.frame, name)
        if binding is not None and not isinstance(binding.value, Symbol):
            machine.havoc(binding.value)
            machine.state.write(machine.frame, name, Binding(UNKNOWN))


def _final_models(machine: Machine, frame: int, path: str) -> tuple[FinalModel, ...]:
    variables: dict[int, str] = {}
    for name, binding in machine.state.names(frame).items():
        node = machine.node(binding.value) if isinstance(binding.value, Ref) else None
        if isinstance(node, Model):
            variables.setdefault(node.id, name)
    found: list[FinalModel] = []
    for address, thing in machine.state.heap.unlogged().items():
        if isinstance(thing, Model) and thing.site.path == path:
            graph = machine.graph(address)
            if graph is not None:
                found.append(FinalModel(graph, variables.get(address)))
    return tuple(found)


def _run_uncalled(machine: Machine, frame: int, path: str, memory: Memory, program: _Program) -> None:
    """Functions that nobody calls are run once with unknown parameters: mistakes inside are mistakes too."""
    machine.speculative = True
    base = machine.state
    index = 0
    while index < len(program.definitions):
        function = program.definitions[index]
        index += 1
        if function in program.called or function.unit.path != path:
            continue
        if not isinstance(function.body, cst.BaseSuite):
            continue
        machine.state = base.fork()
        machine.state.alive = True
        record = memory.replay(machine, function)
        if record is None:
            before = machine.steps
            machine.begin()
            _call_with_unknowns(machine, frame, function)
            record = memory.keep(machine, function, machine.steps - before)
        else:
            machine.spend(record.steps)
        program.kept.add(function)
        program.take(record.trace, record.definitions, record.called)


def _call_with_unknowns(machine: Machine, frame: int, function: Function) -> None:
    machine.frame, machine.unit = frame, function.unit
    site = Site(function.unit, function.parameters)
    parameters = function.parameters
    given = tuple(Given(UNKNOWN, site) for _ in (*parameters.posonly_params, *parameters.params))
    keywords = {parameter.name.value: Given(UNKNOWN, site) for parameter in parameters.kwonly_params}
    call_function(machine, function, CallArguments(given, keywords, complete=False), site, None)
