"""Functions and classes of the program: a call runs the body, in a scope of its own."""

from __future__ import annotations

from dataclasses import replace

import libcst as cst

from kerascope.domain.shapes import UNKNOWN
from kerascope.graph.nodes import Model, Tensor
from kerascope.interp import datasets, keras_layers, keras_models
from kerascope.interp.binding import place
from kerascope.interp.custom_layers import as_functional, as_known_layer, known_base
from kerascope.interp.data_classes import fill, is_enumeration, opaque
from kerascope.interp.machine import MOST_DEPTH, MOST_UNCERTAIN_RECURSION, CallArguments, Flow, Machine
from kerascope.interp.state import Binding, State, merge
from kerascope.interp.tensor_operations import unknown_operation
from kerascope.interp.values import ClassObject, DictObject, Function, InstanceObject, Value, join
from kerascope.syntax.units import Site


def call_unknown(machine: Machine, arguments: CallArguments, site: Site | None = None) -> Value:
    """What nobody knows may change its arguments; called on a symbolic tensor it most likely makes another of it."""
    for value in arguments.values():
        machine.havoc(value)
    if site is not None and arguments.positional and isinstance(arguments.positional[0].value, Tensor):
        return unknown_operation(machine, arguments, site)
    return UNKNOWN


def call_function(
    machine: Machine, function: Function, arguments: CallArguments, site: Site, owner: Value
) -> Value:
    """Runs a function's body in a scope of its own, with its parameters bound."""
    # Where a condition is not known, both branches run, and a recursion would never come to its end.
    deepest = MOST_UNCERTAIN_RECURSION if machine.tries else MOST_DEPTH
    if len(machine.active) >= MOST_DEPTH or machine.active.count(function) >= deepest:
        return call_unknown(machine, arguments)
    if function.is_generator:
        return datasets.generator_of(
            machine, function, lambda: _run(machine, function, arguments, site, owner)
        )
    return _run(machine, function, arguments, site, owner)


def _run(machine: Machine, function: Function, arguments: CallArguments, site: Site, owner: Value) -> Value:
    """Runs a body, that of a generator from its beginning to its end."""
    machine.called.add(function)
    names = _parameters(machine, function, arguments, owner)
    frame = machine.new_frame(function.frame, names)
    caller_flow, caller_breaks = machine.flow, machine.loop_breaks
    machine.loop_breaks = []
    machine.flow = Flow(breaks=machine.loop_breaks)
    machine.active.append(function)
    machine.call_sites.append(site)
    alive = machine.state.alive
    result: Value = None
    try:
        with machine.scope(frame, function.unit):
            if isinstance(function.body, cst.BaseSuite):
                machine.execute(function.body)
                result = _gather_returns(machine, machine.flow.returns)
            else:
                result = machine.evaluate(function.body)
    finally:
        machine.flow, machine.loop_breaks = caller_flow, caller_breaks
        machine.active.pop()
        machine.call_sites.pop()
    machine.state.alive = machine.state.alive and alive
    if frame not in machine.captured:
        machine.state.close_frame(frame)
    return result


def _gather_returns(machine: Machine, returns: list[tuple[Value, State]]) -> Value:
    """Joins every way out of a function; where there is none, it always raises."""
    end = machine.state
    outcomes = list(returns)
    if end.alive:
        outcomes.append((None, end))
    if not outcomes:
        return UNKNOWN
    result, state = outcomes[0]
    for value, other in outcomes[1:]:
        result = join(result, value)
        state = merge(state, other)
    machine.state = state
    return result


def _parameters(
    machine: Machine, function: Function, arguments: CallArguments, owner: Value
) -> dict[str, Binding]:
    names: dict[str, Binding] = {}
    parameters = function.parameters
    positional = [p.name.value for p in (*parameters.posonly_params, *parameters.params)]
    given = list(arguments.positional)
    if positional and function.kind != "staticmethod" and owner is not None:
        names[positional.pop(0)] = Binding(owner)
    elif positional and function.kind == "classmethod" and function.owner is not None:
        names[positional.pop(0)] = Binding(function.owner)
    surplus = given[len(positional) :]
    for name, item in zip(positional, given, strict=False):
        names[name] = Binding(item.value, place(item))
    keywords = dict(arguments.keywords)
    for name in (*positional, *(p.name.value for p in parameters.kwonly_params)):
        if name in keywords:
            item = keywords.pop(name)
            names[name] = Binding(item.value, place(item))
        elif name not in names:
            default = function.defaults.get(name, UNKNOWN)
            names[name] = Binding(default if arguments.complete else UNKNOWN)
    if isinstance(parameters.star_arg, cst.Param):
        rest = tuple(item.value for item in surplus) if arguments.complete else UNKNOWN
        names[parameters.star_arg.name.value] = Binding(rest)
    if parameters.star_kwarg is not None:
        items = {name: item.value for name, item in keywords.items()}
        names[parameters.star_kwarg.name.value] = Binding(
            machine.allocate(DictObject(items, exact=arguments.complete))
        )
    return names


def instantiate(machine: Machine, cls: ClassObject, arguments: CallArguments, site: Site) -> Value:
    """An object of one of the program's classes; one that is a layer or a model gets a node of the graph."""
    bases = cls.library_bases()
    node: int | None = None
    if is_enumeration(bases):
        return UNKNOWN  # A member is looked up by its value.
    constructor = cls.constructor()
    known = known_base(bases)
    # A constructor of its own names the object where it calls that of the base class.
    named = not isinstance(constructor, Function)
    if any(base in keras_models.MODEL_CLASSES for base in bases):
        node = keras_models.foreign_model(machine, cls.name, arguments, site, named=named)
    elif any(base.startswith("keras.layers.") or base == "keras.Layer" for base in bases):
        node = keras_layers.foreign_layer(machine, cls.name, arguments, site, named=named)
    exact = "?" not in bases and (constructor is not None or not opaque(bases))
    instance = machine.allocate(InstanceObject(cls, {}, node, exact=exact))
    if node is not None:
        if named and known is not None:
            as_known_layer(machine, node, known, arguments)
        followed = known is not None or all(base in _PLAIN_BASES for base in bases)
        machine.state.heap[node] = replace(
            machine.state.heap[node], instance=instance.address if followed else None
        )
        made = machine.state.heap[node]
        if named and isinstance(made, Model):
            machine.state.heap[node] = as_functional(machine, made, arguments)
    if isinstance(constructor, Function):
        call_function(machine, constructor, arguments, site, instance)
    elif constructor is not None:
        fill(machine, instance, constructor, arguments, site)
        after = machine.class_attribute(cls, "__post_init__")
        if isinstance(after, Function):
            call_function(machine, after, CallArguments(complete=False), site, instance)
    return instance


_PLAIN_BASES = frozenset({"keras.layers.Layer", "keras.Layer", "keras.Model", "builtins.object"})
"""Library classes that add nothing to what a subclass computes."""
