"""The interpreter's one mutable object: state, scopes, budget, and what was seen on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import libcst as cst

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Tri
from kerascope.domain.specs import (
    NO_FACTS,
    ArraySpec,
    Column,
    Dataset,
    Frame,
    Instance,
    NestedLayer,
    Repeated,
    Symbol,
)
from kerascope.graph.nodes import (
    Layer,
    Model,
    ModelGraph,
    Node,
    flatten,
)
from kerascope.graph.order import topological_calls
from kerascope.graph.propagation import context_for
from kerascope.interp.effects import effects_of
from kerascope.interp.sharing import places_of, rewritten
from kerascope.interp.state import SETTINGS, Binding, Log, State, havoc_node
from kerascope.interp.surroundings import Facts, Modules
from kerascope.interp.trace import Trace
from kerascope.interp.values import (
    BoundMethod,
    ClassObject,
    DictObject,
    Function,
    InstanceObject,
    ListObject,
    Module,
    OneOf,
    ParserObject,
    Ref,
    SetObject,
    Value,
    is_constant,
    is_text,
    truth,
)
from kerascope.layers.base import Context
from kerascope.libraries.base import as_array_like, is_scalar
from kerascope.syntax.units import Site, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_STEPS = 400_000
"""How many expressions and statements one file may take; then the rest is unknown."""

MOST_LOOP_STEPS = 60_000
"""How many steps one outermost loop may take item by item; then it is run to a fixpoint."""

MOST_DEPTH = 24
"""How deep calls of the program's own functions are followed."""

MOST_UNCERTAIN_RECURSION = 3
"""How often a function is followed into itself below a condition that is not known."""

STARS = "*"
"""The name under which a scope keeps what star imports brought; no program can write it."""

_CALLABLES = ("keras.layers.", "keras.activations.", "tf.nn.")
"""Where what a library exports is a function or a class, which Python takes for true."""

_PLAIN = (ArraySpec, Dataset, Frame, Column, Symbol)
"""Values that stand for themselves."""


class BudgetSpent(Exception):  # noqa: N818 - it is no error of ours
    """Raised once the step budget is spent; the analysis ends with what it knows."""


@dataclass(frozen=True, slots=True)
class Given:
    """One argument of a call: its value and where it is written."""

    value: Value
    site: Site
    origin: Site | None = None


@dataclass(frozen=True, slots=True)
class CallArguments:
    """The arguments of one call; not ``complete`` where a star of unknown content was passed as well."""

    positional: tuple[Given, ...] = ()
    keywords: Mapping[str, Given] = field(default_factory=dict)
    complete: bool = True

    def values(self) -> tuple[Value, ...]:
        """Every value passed."""
        return (
            *(given.value for given in self.positional),
            *(given.value for given in self.keywords.values()),
        )


@dataclass(slots=True)
class Flow:
    """Where ``return``, ``break`` and ``continue`` leave their states."""

    returns: list[tuple[Value, State]] = field(default_factory=list)
    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)


class Machine:
    """Runs a program over abstract values.

    ``evaluate``, ``execute`` and ``call`` are set by ``interpreter``, which knows the syntax; so the modules
    that build on them need not know one another.
    """

    evaluate: Callable[[cst.BaseExpression], Value]
    execute: Callable[[cst.BaseSuite], None]
    call: Callable[[Value, CallArguments, Site], Value]
    run_units: Callable[[tuple[Unit, ...]], None]
    facts: Facts | None = None

    def __init__(self, major: int, data_format: str, modules: Modules, first_address: int = 1) -> None:
        self.major = major
        self.context: Context = context_for(major, data_format)
        self.data_context: Context = context_for(major, data_format, on_data=True)
        self.modules = modules
        self.log = Log(0)
        self.state = State(self.log)
        self.trace = Trace()
        self.flow = Flow()
        self.loop_breaks: list[State] = self.flow.breaks
        self.definitions: list[Function] = []
        self.steps = 0
        self.unit: Unit
        self.frame = 0
        self.parents: dict[int, int | None] = {}
        self.global_names: dict[int, set[str]] = {}
        self.nonlocal_names: dict[int, set[str]] = {}
        self.loaded: dict[str, int] = {}
        self.called: set[Function] = set()
        self.call_sites: list[Site] = []
        self.active: list[Function] = []
        self.guards = 0
        self.tries = 0
        self.traced = 0
        self.comprehensions: set[int] = set()
        self.asks_for_a_version: dict[cst.BaseExpression, bool] = {}
        self.yields: list[Value] | None = None
        self.loop_started: int | None = None
        self.layers_made = 0
        self.layers_before_loop = 0
        self.uncertain = 0
        self.assumes_defaults = False
        self.speculative = False
        self.imported = 0
        self.captured: set[int] = set()
        self.argument_sites: dict[int, Site] = {}
        self._next = first_address

    def begin(self) -> Log:
        """Starts a new log and a new trace, for what follows until the next beginning."""
        self.log = Log(self._next + 1)
        self.state.start(self.log)
        self.trace = Trace()
        self.definitions = []
        self.called = set()
        return self.log

    # --- Steps, addresses, places ---------------------------------------------------------------------------

    def tick(self) -> None:
        """Counts one step. Raises ``BudgetSpent`` at the end of the budget."""
        self.steps += 1
        if self.steps > MOST_STEPS:
            raise BudgetSpent

    def spend(self, steps: int) -> None:
        """Counts steps that need not be taken again. Raises ``BudgetSpent`` at the end of the budget."""
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise BudgetSpent

    @property
    def last_address(self) -> int:
        """The address given out last."""
        return self._next

    def fresh(self) -> int:
        """A new address; never used twice, so that objects of two branches stay apart."""
        self._next += 1
        return self._next

    def site(self, node: cst.CSTNode) -> Site:
        """The place of ``node`` in the unit that is being run."""
        return Site(self.unit, node)

    # --- Scopes ---------------------------------------------------------------------------------------------

    def new_frame(self, parent: int | None, names: dict[str, Binding] | None = None) -> int:
        """A new scope inside ``parent``."""
        frame = self.fresh()
        self.parents[frame] = parent
        self.log.frames[frame] = parent
        self.state.open_frame(frame, {} if names is None else names)
        return frame

    def capture(self) -> None:
        """A function or class is made here, so that the present scope lives on after its call has ended."""
        self.captured.add(self.frame)

    def define(self, function: Function) -> None:
        """Notes a function of the program."""
        self.definitions.append(function)

    def declare_global(self, frame: int, names: list[str]) -> None:
        """``global`` in a function's scope."""
        self.global_names.setdefault(frame, set()).update(names)
        self.log.globals.append((frame, names))

    def bring_all(self, module: str) -> None:
        """``from module import *`` of a library, in the present scope."""
        self.bind(STARS, (*self.brought(self.frame), module))

    def brought(self, frame: int) -> tuple[str, ...]:
        """The libraries all of whose names a scope imports, in order; none where each path imports others."""
        binding = self.state.read(frame, STARS)
        return binding.value if binding is not None and isinstance(binding.value, tuple) else ()

    @contextmanager
    def scope(self, frame: int, unit: Unit) -> Iterator[None]:
        """Runs the block in another scope, of code that lies in ``unit``."""
        previous = self.frame, self.unit
        self.frame, self.unit = frame, unit
        try:
            yield
        finally:
            self.frame, self.unit = previous

    def module_frame(self, frame: int) -> int:
        """The outermost scope around ``frame``."""
        parent = self.parents.get(frame)
        while parent is not None:
            frame, parent = parent, self.parents.get(parent)
        return frame

    def binding(self, name: str) -> Binding | None:
        """What ``name`` is bound to in the scopes of the program, seen from here."""
        frame: int | None = self.frame
        if name in self.global_names.get(self.frame, ()):
            frame = self.module_frame(self.frame)
        elif name in self.nonlocal_names.get(self.frame, ()):
            frame = self.parents.get(self.frame)
        while frame is not None:
            found = self.state.read(frame, name)
            if found is not None:
                return found
            frame = self.parents.get(frame)
        return None

    def bind(self, name: str, value: Value, origin: Site | None = None) -> None:
        """Assigns to a name in the present scope, or in the module's where the name is declared global."""
        frame = self.frame
        if name in self.global_names.get(frame, ()):
            frame = self.module_frame(frame)
        elif name in self.nonlocal_names.get(frame, ()):
            frame = self._owner_of(name, frame)
        if name in self.unit.hole_names:
            value = UNKNOWN
        self.state.write(frame, name, Binding(value, origin))

    def bind_around(self, name: str, value: Value, origin: Site | None = None) -> None:
        """``name := value``: a comprehension binds in the scope around it, once for each of its items."""
        frame = self.frame
        while self.frame in self.comprehensions:
            outer = self.parents.get(self.frame)
            if outer is None:
                break
            self.frame = outer
        try:
            self.bind(name, value if self.frame == frame else UNKNOWN, origin)
        finally:
            self.frame = frame

    def _owner_of(self, name: str, frame: int) -> int:
        """The nearest scope around ``frame`` that binds ``name``."""
        outer = self.parents.get(frame)
        while outer is not None:
            if self.state.read(outer, name) is not None:
                return outer
            outer = self.parents.get(outer)
        return frame

    def forget_names(self) -> None:
        """Code that cannot be seen may have bound any name here or in the module to anything."""
        for frame in {self.frame, self.module_frame(self.frame)}:
            for name, binding in list(self.state.names(frame).items()):
                if not isinstance(binding.value, (Symbol, Function, Module)):
                    self.havoc(binding.value)
                    self.state.write(frame, name, Binding(UNKNOWN))

    # --- Heap -----------------------------------------------------------------------------------------------

    def allocate(self, thing: Any) -> Ref:
        """Puts an object into the heap."""
        address = self.fresh()
        self.state.heap[address] = thing
        return Ref(address)

    def thing(self, value: Value) -> Any:
        """The heap object behind a reference; ``None`` for any other value."""
        return self.state.heap.get(value.address) if isinstance(value, Ref) else None

    def class_attribute(self, cls: ClassObject, name: str) -> Value:
        """An attribute of a class or of a base within the program, as it is now; ``None`` if there is none."""
        for each in cls.order():
            changed = self.state.heap.get(each.address)
            if isinstance(changed, DictObject):
                if name in changed.items:
                    return changed.items[name]
                if not changed.exact:
                    return UNKNOWN
            if name in each.attributes:
                return each.attributes[name]
        return None

    def node(self, value: Value) -> Node | None:
        """The layer or model behind a value."""
        thing = self.thing(value)
        if isinstance(thing, InstanceObject) and thing.node is not None:
            thing = self.state.heap.get(thing.node)
        return thing if isinstance(thing, (Layer, Model)) else None

    def truth(self, value: Value) -> Tri:
        """Whether Python takes the value for true, objects in the heap included."""
        if isinstance(value, OneOf):
            truths = {self.truth(alternative) for alternative in value.alternatives}
            return truths.pop() if len(truths) == 1 else Tri.UNKNOWN
        thing = self.thing(value)
        if isinstance(thing, (Layer, Model)):
            return Tri.YES
        if isinstance(thing, ListObject):
            return Tri.UNKNOWN if thing.items is None else Tri.YES if thing.items else Tri.NO
        if isinstance(thing, DictObject):
            return Tri.YES if thing.items else (Tri.NO if thing.exact else Tri.UNKNOWN)
        if isinstance(thing, SetObject):
            return Tri.UNKNOWN if thing.items is None else Tri.YES if thing.items else Tri.NO
        if isinstance(thing, InstanceObject):
            plain = all(self.class_attribute(thing.cls, name) is None for name in ("__bool__", "__len__"))
            return Tri.YES if plain and "?" not in thing.cls.library_bases() else Tri.UNKNOWN
        if isinstance(value, Symbol):
            return Tri.YES if value.name.startswith(_CALLABLES) else Tri.UNKNOWN
        return truth(value)

    def sequence(self, value: Value) -> tuple[Value, ...] | None:
        """The items of a tuple or a list of known length."""
        if isinstance(value, tuple):
            return value
        thing = self.thing(value)
        return thing.items if isinstance(thing, ListObject) else None

    def plain(self, value: Value, depth: int = 0, *, keep_weak: bool = False) -> Any:
        """A value as the catalogues take it: lists as tuples, layers as ``NestedLayer``.

        A whole number that is known within bounds only, and a text that is not known, are ``UNKNOWN`` for layers;
        libraries keep them (``data``).
        """
        if isinstance(value, ArraySpec) and not keep_weak and is_scalar(value):
            return UNKNOWN
        if is_constant(value) or value is UNKNOWN or isinstance(value, _PLAIN):
            return value
        if depth > 20:
            return UNKNOWN

        def inner(part: Value) -> Any:
            return self.plain(part, depth + 1, keep_weak=keep_weak)

        if isinstance(value, tuple):
            return tuple(inner(part) for part in value)
        if isinstance(value, Instance):
            return Instance(value.symbol, {key: inner(part) for key, part in value.arguments.items()})
        thing = self.thing(value)
        if isinstance(thing, ListObject):
            if thing.items is None:
                return self.repeated(thing.element, depth)
            return tuple(inner(part) for part in thing.items)
        if isinstance(thing, DictObject):
            if not thing.exact:
                return UNKNOWN
            return {key: inner(part) for key, part in thing.items.items()}
        if isinstance(thing, Layer) and thing.spec is not None:
            return NestedLayer(thing.spec.symbol, thing.arguments.values, thing.arguments.given)
        return UNKNOWN

    def note_data(self, node: cst.CSTNode, value: Value) -> None:
        """Remembers the data that a name stands for, for whoever points at it."""
        if is_text(value):
            return
        if isinstance(value, (ArraySpec, Dataset, Frame, Column)) and not self.imported:
            self.trace.arrays[self.unit.path, id(self.unit), id(node)] = (self.site(node), value)

    def data(self, value: Value) -> Any:
        """A value as NumPy and its kin take it."""
        return self.plain(value, keep_weak=True)

    def repeated(self, element: Value, depth: int = 0) -> Any:
        """A list of unknown length as the catalogues take it, if its elements are arrays, numbers, or alike rows."""
        values = element.alternatives if isinstance(element, OneOf) else (element,)
        parts = [self.plain(value, depth + 1, keep_weak=True) for value in values]
        if any(
            part is UNKNOWN or not isinstance(part, (ArraySpec, bool, int, float, str, tuple))
            for part in parts
        ):
            return UNKNOWN
        arrays = [as_array_like(part) for part in parts]
        if any(
            isinstance(part, tuple) and array.shape is UNRANKED
            for part, array in zip(parts, arrays, strict=True)
        ):
            return UNKNOWN
        joined = arrays[0]
        for array in arrays[1:]:
            joined = joined.join(array)
        return Repeated(joined)

    def havoc(self, value: Value, depth: int = 0) -> None:
        """What code that cannot be seen may do to an object that it was handed."""
        if isinstance(value, OneOf):
            for alternative in value.alternatives:
                self.havoc(alternative, depth)
            return
        if isinstance(value, tuple):
            for part in value if depth <= 12 else ():
                self.havoc(part, depth + 1)
            return
        if isinstance(value, BoundMethod):
            if not isinstance(self.thing(value.owner), (Layer, Model)):
                self.havoc(value.owner, depth + 1)
            value = value.function
        if isinstance(value, Function):
            self._run_elsewhere(value, depth)
            return
        if isinstance(value, ArraySpec):
            self.write_array(value, value.with_facts(NO_FACTS))
            return
        if isinstance(value, Frame):
            self.write_array(value, Frame(None))
            return
        if not isinstance(value, Ref) or depth > 8:
            return
        thing = self.state.heap.get(value.address)
        if isinstance(thing, ListObject):
            self.state.heap[value.address] = ListObject(None)
            for part in thing.covered:
                self.havoc(part, depth + 1)
        elif isinstance(thing, DictObject):
            self.state.heap[value.address] = DictObject({}, exact=False)
            for part in thing.covered:
                self.havoc(part, depth + 1)
        elif isinstance(thing, ParserObject):
            self.state.heap[value.address] = ParserObject({}, exact=False)
        elif isinstance(thing, SetObject):
            self.state.heap[value.address] = SetObject(None)
        elif isinstance(thing, InstanceObject):
            self.state.heap[value.address] = InstanceObject(thing.cls, {}, thing.node, exact=False)
            if thing.node is not None:
                self.havoc(Ref(thing.node), depth + 1)
        elif isinstance(thing, (Layer, Model)):
            self.state.heap[value.address] = havoc_node(thing)

    def _run_elsewhere(self, function: Function, depth: int) -> None:
        """Code that cannot be seen got a function of the program, and may call it at any time."""
        if depth > 3:
            return
        effects = effects_of(function.body)
        if effects.settings:
            self.state.heap[SETTINGS] = DictObject({}, exact=False)
        for name in sorted(effects.rebound | effects.written | effects.called):
            frame: int | None = function.frame
            while frame is not None and self.state.read(frame, name) is None:
                frame = self.parents.get(frame)
            binding = self.state.read(frame, name) if frame is not None else None
            if frame is None or binding is None:
                continue
            if name in effects.rebound:
                self.state.write(frame, name, Binding(UNKNOWN))
            elif name in effects.written and isinstance(binding.value, (Ref, ArraySpec, OneOf)):
                self.havoc(binding.value, depth + 1)
            elif name in effects.written and isinstance(binding.value, ClassObject):
                values = {
                    key: UNKNOWN
                    for key, value in binding.value.attributes.items()
                    if not isinstance(value, (Function, BoundMethod))
                }
                self.state.heap[binding.value.address] = DictObject(values)
            elif name in effects.called and isinstance(binding.value, Function):
                self._run_elsewhere(binding.value, depth + 1)

    def write_array(self, array: ArraySpec | Frame, after: ArraySpec | Frame) -> None:
        """An array was written to in place: ``after`` is what every name of it means now.

        An array that may be a view of it (of the same origin and type) may have changed as well, so that nothing is
        known of its elements any more; shapes and types stay.
        """
        if (
            isinstance(array, ArraySpec)
            and isinstance(after, ArraySpec)
            and array.facts == NO_FACTS == after.facts
            and (array.shape, array.dtype) == (after.shape, after.dtype)
        ):
            return
        names, addresses = places_of(self.state, array)
        self.log.scans.append(array)
        for frame, name in names:
            binding = self.state.read(frame, name)
            if binding is not None:
                value = rewritten(binding.value, array, after)
                self.state.write(frame, name, binding._replace(value=value))
        for address in addresses:
            thing = self.state.heap[address]
            if isinstance(thing, ListObject):
                kept = rewritten(thing.items, array, after) if thing.items else thing.items
                thing = ListObject(kept, rewritten(thing.element, array, after))
            elif isinstance(thing, DictObject):
                items = {key: rewritten(value, array, after) for key, value in thing.items.items()}
                thing = DictObject(items, thing.exact, rewritten(thing.rest, array, after))
            elif isinstance(thing, InstanceObject):
                attributes = {key: rewritten(v, array, after) for key, v in thing.attributes.items()}
                thing = InstanceObject(thing.cls, attributes, thing.node, thing.exact)
            self.state.heap[address] = thing

    # --- Graphs ---------------------------------------------------------------------------------------------

    def graph(self, model_id: int) -> ModelGraph | None:
        """The model at this moment, with all that can be reached from it."""
        nodes: dict[int, Node] = {}
        pending = [model_id]
        while pending:
            node_id = pending.pop()
            node = self.state.heap.get(node_id)
            if node_id in nodes or not isinstance(node, (Layer, Model)):
                continue
            nodes[node_id] = node
            if isinstance(node, Layer):
                pending += node.parts
            if isinstance(node, Model):
                pending += node.stack
                if node.outputs is not None:
                    pending += [call.layer_id for call in topological_calls(node.inputs, node.outputs)]
                    pending += [
                        tensor.call.layer_id for tensor in flatten(node.inputs) if tensor.call is not None
                    ]
        model = nodes.get(model_id)
        return ModelGraph(model, nodes) if isinstance(model, Model) else None
