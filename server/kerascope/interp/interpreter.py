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
from kerascope.interp.calls import call
from kerascope.interp.expressions import evaluate
from kerascope.interp.functions import call_function
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

    ``records`` are the runs of its statements and of its functions that nobody calls, in order, some put together;
    those of what an edit left alone are the same objects as in the interpretation before. What is told of the program
    as a whole is put together when it is first asked for.
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
        return list(self.collected(_faults))

    @functools.cached_property
    def events(self) -> list[Event]:
        """Calls of models' methods, in order."""
        return list(self.collected(_events))

    @functools.cached_property
    def made(self) -> list[Made]:
        """The objects of libraries that the program makes, in order."""
        return list(self.collected(_made))

    def _traces(self) -> Iterator[Trace]:
        for record in self.records:
            for single in record.single:
                yield single.trace
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
            yield from record.found(extract)
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


def _faults(trace: Trace) -> list[LayerFault]:
    return trace.faults


def _events(trace: Trace) -> list[Event]:
    return trace.events


def _made(trace: Trace) -> list[Made]:
    return trace.made


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
            records.append(stretch.whole)
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
    run = _Uncalled(machine, path, memory, records)
    start = 0
    for record in tuple(records):
        if record.definitions:
            run.functions_of(record, start)
        start += len(record.single)
    for function in run.found:  # those that are found on the way are appended
        run.function(function)


class _Uncalled:
    """The functions that nobody calls, being run. ``found`` are those that these define in turn."""

    def __init__(self, machine: Machine, path: str, memory: Memory, records: list[Record]) -> None:
        self.found: list[Function] = []
        self._machine = machine
        self._path = path
        self._memory = memory
        self._records = records
        self._rebound = _Rebound(records)
        self._called: set[Function] = set().union(*(record.called for record in records))
        self._base = machine.state

    def functions_of(self, record: Record, start: int) -> None:
        """Runs what one unit defines, or what those define that are put together from the place ``start`` on."""
        stop = start + len(record.single)
        open_names = self._rebound.behind(start)
        together = bool(record.members) and self._rebound.behind(stop - 1) is open_names
        if together:
            known = self._memory.replay_functions(self._machine, record, self._called, open_names)
            if known is not None:
                self._machine.spend(known.steps)
                self._note(known)
                return
        called = frozenset(self._called.intersection(record.definitions))
        ran: dict[Function, Record] = {}
        for function in record.definitions:
            one, as_before = self.function(function)
            if one is not None:
                ran[function] = one
                together &= as_before and start <= self._memory.place_of(function.unit) < stop
        if together and ran:
            self._memory.keep_functions(record, ran, called, open_names)

    def function(self, function: Function) -> tuple[Record | None, bool]:
        """Runs one function, if nobody calls it, and says whether it does what it did last time."""
        machine, memory = self._machine, self._memory
        if function in self._called or function.unit.path != self._path:
            return None, True
        if not isinstance(function.body, cst.BaseSuite):
            return None, True
        open_names = self._rebound.behind(memory.place_of(function.unit))
        record = memory.replay_function(machine, function, open_names)
        as_before = record is not None
        if record is None:
            machine.state = self._base.fork()
            machine.state.alive = True
            for name in open_names:
                machine.state.write(MAIN_FRAME, name, Binding(UNKNOWN))
            before = machine.steps
            machine.begin()
            _call_with_unknowns(machine, MAIN_FRAME, function)
            record = memory.keep_function(machine, function, machine.steps - before, open_names)
            machine.state = self._base
        else:
            machine.spend(record.steps)
        self._note(record)
        return record, as_before

    def _note(self, record: Record) -> None:
        self._records.append(record)
        self.found += record.definitions
        self._called |= record.called


class _Rebound:
    """From which statement on each name of the main module holds the value for good that it has at the end."""

    def __init__(self, records: Sequence[Record]) -> None:
        settled: dict[str, tuple[int, Value]] = {}
        several: set[str] = set()
        singles = (single for record in records for single in record.single)
        for place, record in enumerate(singles):
            for name, binding in record.names.get(MAIN_FRAME, {}).items():
                if binding is None:
                    continue
                known = settled.get(name)
                if known is None:
                    settled[name] = place, binding.value
                elif not same(binding.value, known[1]):
                    settled[name] = place, binding.value
                    several.add(name)
        self._names = sorted(several, key=lambda name: settled[name][0])
        self._settled = [settled[name][0] for name in self._names]
        self._behind: dict[int, frozenset[str]] = {}

    def behind(self, place: int) -> frozenset[str]:
        """The names whose value may be another one, when what stands at ``place`` is called, than it is at the end."""
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
