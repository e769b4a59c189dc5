"""Runs a whole program over abstract values and says what was seen."""

from __future__ import annotations

import bisect
import copy
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import libcst as cst

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Symbol
from kerascope.graph.nodes import Event, Layer, LayerFault, Made, Model, ModelGraph, Node
from kerascope.interp.calls import call, call_function
from kerascope.interp.expressions import evaluate
from kerascope.interp.machine import BudgetSpent, CallArguments, Given, Machine
from kerascope.interp.memory import Memory
from kerascope.interp.records import Record
from kerascope.interp.state import Binding
from kerascope.interp.statements import run_block, run_suite
from kerascope.interp.surroundings import Facts, Modules, NoModules
from kerascope.interp.trace import Trace
from kerascope.interp.values import Function, Ref, Value, same
from kerascope.syntax.units import Parsed, Site, Unit

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class FinalModel:
    """A model at the end of the program; ``variable`` is the module-level name bound to it, if any."""

    graph: ModelGraph
    variable: str | None


class Interpretation:
    """What running a program over abstract values showed.

    ``records`` are the runs of its statements and of its functions that nobody calls, in order; those of what an edit
    left alone are the same objects as in the interpretation before. What is told of the program as a whole is put
    together when it is first asked for.
    """

    def __init__(self, machine: Machine, path: str, records: tuple[Record, ...], rest: Trace | None) -> None:
        self.records = records
        self.rest = rest
        self.steps = machine.steps
        self._machine = machine
        self._path = path

    @functools.cached_property
    def trace(self) -> Trace:
        """All that was seen, in order."""
        whole = Trace()
        for trace in self._traces():
            whole.extend(trace)
        whole.budget_spent = self.rest is not None
        return whole

    @functools.cached_property
    def faults(self) -> list[LayerFault]:
        """Refusals of layers, in order."""
        return self._seen[0]

    @functools.cached_property
    def events(self) -> list[Event]:
        """Calls of models' methods, in order."""
        return self._seen[1]

    @functools.cached_property
    def made(self) -> list[Made]:
        """The objects of libraries that the program makes, in order."""
        return self._seen[2]

    @functools.cached_property
    def _seen(self) -> tuple[list[LayerFault], list[Event], list[Made]]:
        """What rules ask for of the program as a whole at every keystroke, found in one pass."""
        faults: list[LayerFault] = []
        events: list[Event] = []
        made: list[Made] = []
        for trace in self._traces():
            if trace.faults:
                faults += trace.faults
            if trace.events:
                events += trace.events
            if trace.made:
                made += trace.made
        return faults, events, made

    def _traces(self) -> Iterator[Trace]:
        for record in self.records:
            yield record.trace
        if self.rest is not None:
            yield self.rest

    def part(self, trace: Trace) -> Interpretation:
        """The same run, of which no more was seen than ``trace``."""
        part = copy.copy(self)
        part.__dict__.update(trace=trace, faults=trace.faults, events=trace.events, made=trace.made)
        return part

    def collected(self, extract: Callable[[Trace], list[Found]]) -> Iterator[Found]:
        """What ``extract`` finds in each record's trace, in order; it must look at nothing else."""
        for record in self.records:
            found = record.notes.get(extract)
            if found is None:
                found = record.notes[extract] = extract(record.trace)
            if found:
                yield from found
        if self.rest is not None:
            yield from extract(self.rest)

    @functools.cached_property
    def nodes(self) -> Mapping[int, Node]:
        """All layers and models at the end."""
        heap = self._machine.state.heap.unlogged()
        return {address: thing for address, thing in heap.items() if isinstance(thing, (Layer, Model))}

    @functools.cached_property
    def model_nodes(self) -> list[Model]:
        """All models at the end."""
        return [thing for thing in self._machine.state.heap.unlogged().values() if type(thing) is Model]

    @functools.cached_property
    def models(self) -> tuple[FinalModel, ...]:
        """The file's models as they are at the end; none where the budget was spent before the end."""
        return _final_models(self._machine, MAIN_FRAME, self._path) if self._machine.speculative else ()


def interpret(
    parsed: Parsed,
    major: int,
    *,
    data_format: str = "channels_last",
    modules: Modules | None = None,
    memory: Memory | None = None,
    facts: Facts | None = None,
    assumes_defaults: bool = False,
) -> Interpretation:
    """Runs ``parsed`` as the main module. Never raises for what the program says.

    ``facts`` tells of libraries' layers that the catalogue does not describe. ``assumes_defaults`` takes the program
    to be given nothing on its command line.

    With the ``memory`` of an earlier run only those units run again that an edit can have reached.
    """
    memory = memory if memory is not None else Memory()
    path = parsed.source.path
    memory.prepare((path, major, data_format, assumes_defaults))
    machine = Machine(
        major, data_format, modules if modules is not None else NoModules(), memory.next_address
    )
    machine.facts = facts
    machine.assumes_defaults = assumes_defaults
    machine.evaluate = functools.partial(evaluate, machine)
    machine.execute = functools.partial(run_suite, machine)
    machine.call = functools.partial(call, machine)
    machine.run_units = functools.partial(_run_module, machine)
    machine.parents[MAIN_FRAME] = None
    machine.state.open_frame(MAIN_FRAME, {})
    machine.frame = MAIN_FRAME
    machine.loaded[path] = MAIN_FRAME
    records: list[Record] = []
    rest: Trace | None = None
    end = machine.state
    try:
        _run_main(machine, parsed.units, memory, records)
        memory.end_of_main(machine)
        end = machine.state
        end.alive = True
        _run_uncalled(machine, path, memory, records)
    except (BudgetSpent, RecursionError):
        # Code that is nested deeper than Python's own stack is taken like code that takes too many steps.
        rest = machine.trace
        end = end if machine.speculative else machine.state
    machine.state = end
    memory.finish(machine)
    return Interpretation(machine, path, tuple(records), rest)


MAIN_FRAME: Final = 1
"""The scope of the main module, the same in every run."""


def _run_main(machine: Machine, units: tuple[Unit, ...], memory: Memory, records: list[Record]) -> None:
    place = 0
    # Behind `raise SystemExit` or `exit()` at module level nothing runs, and nothing is said of it.
    while place < len(units) and machine.state.alive:
        stretch = memory.replay_stretch(machine, units, place)
        if stretch is not None:
            machine.spend(stretch.whole.steps)
            records += stretch.records
            place += len(stretch.units)
            continue
        unit = units[place]
        place += 1
        record = memory.replay(machine, unit)
        if record is None:
            before = machine.steps
            machine.begin()
            _run_unit(machine, unit)
            record = memory.keep(machine, unit, machine.steps - before)
        else:
            machine.spend(record.steps)
        records.append(record)
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


def _run_uncalled(machine: Machine, path: str, memory: Memory, records: list[Record]) -> None:
    """Functions that nobody calls are run once with unknown parameters: mistakes inside are mistakes too.

    Somebody may call them at any time from their definition on, so that a name of the module that is bound anew behind
    it may hold another value by then.
    """
    machine.speculative = True
    base = machine.state
    rebound = _Rebound(records)
    definitions = [function for record in records for function in record.definitions]
    called: set[Function] = set().union(*(record.called for record in records))
    for function in definitions:  # those that are found on the way are appended
        if function in called or function.unit.path != path:
            continue
        if not isinstance(function.body, cst.BaseSuite):
            continue
        open_names = rebound.behind(function)
        record = memory.replay_function(machine, function, open_names)
        if record is None:
            machine.state = base.fork()
            machine.state.alive = True
            for name in open_names:
                machine.state.write(MAIN_FRAME, name, Binding(UNKNOWN))
            before = machine.steps
            machine.begin()
            _call_with_unknowns(machine, MAIN_FRAME, function)
            record = memory.keep_function(machine, function, machine.steps - before, open_names)
            machine.state = base
        else:
            machine.spend(record.steps)
        records.append(record)
        definitions += record.definitions
        called |= record.called


class _Rebound:
    """From which statement on each name of the main module holds the value for good that it has at the end."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._places: dict[Unit, int] = {}
        settled: dict[str, tuple[int, Value]] = {}
        several: set[str] = set()
        for place, record in enumerate(records):
            for name, binding in record.names.get(MAIN_FRAME, {}).items():
                if binding is None:
                    continue
                if name not in settled:
                    settled[name] = place, binding.value
                elif not same(binding.value, settled[name][1]):
                    settled[name] = place, binding.value
                    several.add(name)
            for function in record.definitions:
                self._places.setdefault(function.unit, place)
        self._names = sorted(several, key=lambda name: settled[name][0])
        self._settled = [settled[name][0] for name in self._names]
        self._behind: dict[int, frozenset[str]] = {}

    def behind(self, function: Function) -> frozenset[str]:
        """The names whose value may be another one when ``function`` is called than it is at the end."""
        place = self._places.get(function.unit, -1)
        first = bisect.bisect_right(self._settled, place)
        names = self._behind.get(first)
        if names is None:
            names = self._behind[first] = frozenset(self._names[first:])
        return names


def _call_with_unknowns(machine: Machine, frame: int, function: Function) -> None:
    machine.frame, machine.unit = frame, function.unit
    site = Site(function.unit, function.parameters)
    parameters = function.parameters
    given = tuple(Given(UNKNOWN, site) for _ in (*parameters.posonly_params, *parameters.params))
    keywords = {parameter.name.value: Given(UNKNOWN, site) for parameter in parameters.kwonly_params}
    call_function(machine, function, CallArguments(given, keywords, complete=False), site, None)
