"""Runs a whole program over abstract values and says what was seen."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

import libcst as cst

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Symbol
from kerascope.graph.nodes import Layer, Model, ModelGraph, Node
from kerascope.interp.calls import call, call_function
from kerascope.interp.expressions import evaluate
from kerascope.interp.machine import BudgetSpent, CallArguments, Given, Machine, Modules, NoModules, Trace
from kerascope.interp.state import Binding
from kerascope.interp.statements import run_block, run_suite
from kerascope.interp.values import Ref
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
    parsed: Parsed, major: int, *, data_format: str = "channels_last", modules: Modules | None = None
) -> Interpretation:
    """Runs ``parsed`` as the main module. Never raises for what the program says."""
    machine = Machine(major, data_format, modules if modules is not None else NoModules())
    machine.evaluate = functools.partial(evaluate, machine)
    machine.execute = functools.partial(run_suite, machine)
    machine.call = functools.partial(call, machine)
    machine.run_units = functools.partial(_run_units, machine)
    frame = machine.new_frame(None)
    machine.frame = frame
    machine.loaded[parsed.source.path] = frame
    models: tuple[FinalModel, ...] = ()
    nodes: Mapping[int, Node] = {}
    try:
        _run_units(machine, parsed.units)
        models = _final_models(machine, frame, parsed.source.path)
        nodes = _nodes(machine)
        machine.state.alive = True
        _run_uncalled(machine, frame, parsed)
    except BudgetSpent:
        machine.trace.budget_spent = True
    return Interpretation(machine.trace, models, nodes or _nodes(machine), machine.steps)


def _nodes(machine: Machine) -> dict[int, Node]:
    return {
        address: thing for address, thing in machine.state.heap.items() if isinstance(thing, (Layer, Model))
    }


def _run_units(machine: Machine, units: tuple[Unit, ...]) -> None:
    for unit in units:
        if not machine.state.alive:
            # `raise SystemExit` or `exit()` at module level: what follows does not run, and nothing is said of it.
            break
        machine.unit = unit
        run_block(machine, unit.body)
        if unit.has_hole:
            _forget(machine, unit)


def _forget(machine: Machine, unit: Unit) -> None:
    """What an unreadable statement may have done: every name that it mentions may be anything now."""
    names = machine.state.frames.get(machine.frame, {})
    for name in unit.hole_names:
        binding = names.get(name)
        if binding is not None and not isinstance(binding.value, Symbol):
            machine.havoc(binding.value)
            names[name] = Binding(UNKNOWN)


def _final_models(machine: Machine, frame: int, path: str) -> tuple[FinalModel, ...]:
    variables: dict[int, str] = {}
    for name, binding in machine.state.frames.get(frame, {}).items():
        node = machine.node(binding.value) if isinstance(binding.value, Ref) else None
        if isinstance(node, Model):
            variables.setdefault(node.id, name)
    found: list[FinalModel] = []
    for address, thing in sorted(machine.state.heap.items()):
        if isinstance(thing, Model) and thing.site.path == path:
            graph = machine.graph(address)
            if graph is not None:
                found.append(FinalModel(graph, variables.get(address)))
    return tuple(found)


def _run_uncalled(machine: Machine, frame: int, parsed: Parsed) -> None:
    """Functions that nobody calls are run once with unknown parameters: mistakes inside are mistakes too."""
    machine.speculative = True
    base = machine.state
    index = 0
    while index < len(machine.definitions):
        function = machine.definitions[index]
        index += 1
        if id(function) in machine.called or function.unit.path != parsed.source.path:
            continue
        if not isinstance(function.body, cst.BaseSuite):
            continue
        machine.frame, machine.unit = frame, function.unit
        machine.state = base.fork()
        machine.state.alive = True
        site = Site(function.unit, function.parameters)
        parameters = function.parameters
        given = tuple(Given(UNKNOWN, site) for _ in (*parameters.posonly_params, *parameters.params))
        keywords = {parameter.name.value: Given(UNKNOWN, site) for parameter in parameters.kwonly_params}
        call_function(machine, function, CallArguments(given, keywords, complete=False), site, None)
