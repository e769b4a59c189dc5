"""Layers: making them, and calling them on tensors."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Unknown
from kerascope.domain.specs import ArraySpec, TensorSpec
from kerascope.graph.names import automatic_name
from kerascope.graph.nodes import (
    UNKNOWN_TENSOR,
    Call,
    Layer,
    LayerFault,
    Model,
    Nest,
    Node,
    Tensor,
    flatten,
    map_nest,
)
from kerascope.graph.propagation import apply_layer
from kerascope.interp.binding import bind_layer, bind_names
from kerascope.interp.custom_layers import follow
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.masks import forget_numbers, given_masks, taken_masks
from kerascope.interp.settings import with_settings
from kerascope.interp.tensors import on_data, spec_of, tensors_of
from kerascope.interp.values import DictObject, Function, ListObject, Ref, Value
from kerascope.layers.base import KERAS, Arguments, Fault
from kerascope.layers.catalogue import layer_spec
from kerascope.layers.hidden import made_when_built, made_with
from kerascope.libraries.base import make_facts
from kerascope.syntax.units import Site


def make_layer(machine: Machine, class_name: str, arguments: CallArguments, site: Site) -> Ref:
    """A layer object from its constructor's call; refusals of the constructor are noted.

    ``class_name`` is what the catalogue finds the layer by. A layer of another package is let be where it is given
    what that package's described release does not take.
    """
    spec = layer_spec(class_name)
    if spec is None:
        return Ref(foreign_layer(machine, class_name, arguments, site))
    bound = bind_layer(machine, spec.name, spec.signature(machine.major), arguments)
    chosen = with_settings(machine, bound.arguments)
    if bound.faults and spec.home != KERAS:
        return Ref(foreign_layer(machine, spec.name, arguments, site))
    name = given_name(machine, spec.name, bound.arguments.get("name"), "name" in bound.arguments.given)
    trainable = bound.arguments.get("trainable", True)
    address = machine.fresh()
    layer = Layer(
        id=address,
        class_name=spec.name,
        spec=spec,
        arguments=chosen,
        sites=bound.sites,
        site=site,
        name=name if arguments.complete else UNKNOWN,
        trainable=trainable if isinstance(trainable, bool) else UNKNOWN,
        function=_function_of(arguments) if class_name == "Lambda" else None,
    )
    machine.state.heap[address] = layer
    machine.layers_made += 1
    _count(machine, made_with(spec.name, bound.arguments))
    if not machine.imported:
        machine.trace.layers.append(layer)
    refused = bound.faults or tuple(
        fault for fault in (spec.construct(chosen, machine.context),) if fault is not None
    )
    for fault in refused:
        note_fault(machine, fault, layer, (), site)
    return Ref(address)


def _count(machine: Machine, parts: Iterable[str]) -> None:
    """Counts the layers that a layer makes for itself, when Keras numbers names."""
    for class_name in parts:
        automatic_name(class_name, machine.major, machine.state.counters)


def _function_of(arguments: CallArguments) -> Value:
    """The function of a ``Lambda``, if it is one of the program's and takes nothing but the inputs."""
    bound = bind_names(("function",), arguments)
    function = bound["function"].value if "function" in bound else None
    return function if isinstance(function, Function) and "arguments" not in bound else None


def foreign_layer(
    machine: Machine, class_name: str, arguments: CallArguments, site: Site, *, named: bool = True
) -> int:
    """A layer of a class that the catalogue does not know: its shapes and weights are unknown.

    Without ``named`` its name is left open.
    """
    values = {name: machine.plain(given.value) for name, given in arguments.keywords.items()}
    sites = {name: given.site for name, given in arguments.keywords.items()}
    address = machine.fresh()
    layer = Layer(
        id=address,
        class_name=class_name,
        spec=None,
        arguments=Arguments(values, frozenset(values)),
        sites=sites,
        site=site,
        name=given_name(machine, class_name, values.get("name"), "name" in values) if named else UNKNOWN,
        function=_function_of(arguments) if class_name == "Lambda" else None,
    )
    machine.state.heap[address] = layer
    if not machine.imported:
        machine.trace.layers.append(layer)
    return address


def given_name(machine: Machine, class_name: str, name: Any, given: bool) -> str | Unknown:
    """The name that the program gives, or else the next automatic one."""
    if given and name is not None:
        return name if isinstance(name, str) else UNKNOWN
    return automatic_name(class_name, machine.major, machine.state.counters)


def note_fault(
    machine: Machine, fault: Fault, layer: Layer, inputs: Nest, site: Site, *, from_data: bool = False
) -> None:
    """Remembers a refusal, with the layers that its inputs came from."""
    ancestors = _ancestors(machine, inputs)
    machine.trace.faults.append(
        LayerFault(
            fault,
            layer,
            inputs,
            site,
            ancestors,
            certain=machine.uncertain == 0,
            guarded=machine.guards > 0,
            from_data=from_data,
            chain=tuple(machine.call_sites),
        )
    )


_MOST_ANCESTORS = 24


def _ancestors(machine: Machine, inputs: Nest) -> dict[int, Layer | Model]:
    """The layers and models that tensors came through, the nearest ones."""
    nodes: dict[int, Layer | Model] = {}
    pending = [leaf for leaf in flatten(inputs) if isinstance(leaf, Tensor)]
    while pending and len(nodes) < _MOST_ANCESTORS:
        call = pending.pop(0).call
        node = machine.state.heap.get(call.layer_id) if call is not None else None
        if call is not None and isinstance(node, (Layer, Model)) and node.id not in nodes:
            nodes[node.id] = node
            pending += [leaf for leaf in flatten(call.inputs) if isinstance(leaf, Tensor)]
    return nodes


# --- Tensors ------------------------------------------------------------------------------------------------


def outputs_of(
    machine: Machine,
    layer_id: int,
    inputs: Nest,
    specs: Nest,
    site: Site,
    arguments: CallArguments | None = None,
    extra: Nest = (),
) -> Nest:
    """Tensors for a layer's output specifications, and the call that made them.

    Without ``arguments`` the layer was called on its inputs alone. Within a ``call`` that is followed, no call of the
    functional graph makes them.
    """
    if machine.traced:
        return map_nest(Tensor, specs)
    taken: tuple[Tensor, ...] = ()
    given: tuple[Tensor | None, ...] = ()
    if machine.major == 3:
        node = machine.state.heap[layer_id]
        if arguments is None:
            arguments = CallArguments((Given(inputs, site),))
        if isinstance(node, Model) and node.kind == "Sequential" and node.outputs is None:
            forget_numbers(machine, layer_id)
        taken = taken_masks(machine, node, inputs, arguments, site)
        given = given_masks(machine, node, inputs, arguments, site)
    call = Call(layer_id, inputs if not extra else (inputs, extra), specs, site, taken)
    leaves = itertools.count()
    masks = itertools.chain(given, itertools.repeat(None))
    tensors = map_nest(lambda spec: Tensor(spec, call, next(leaves), mask=next(masks)), specs)
    machine.state.calls[layer_id] = (tensors, inputs)
    return tensors


def call_node(machine: Machine, layer_id: int, arguments: CallArguments, site: Site) -> Value:
    """``layer(inputs)``: a layer or model called on tensors, or a model on data."""
    bound = bind_names(("inputs",), arguments)
    node = machine.state.heap[layer_id]
    first = bound.pop("inputs", None)
    if first is None:
        # `attention(query=x, value=x)`: the first of the arguments that are tensors
        keyword = next((key for key, given in bound.items() if isinstance(given.value, Tensor)), None)
        first = bound.pop(keyword) if keyword is not None else None
    if first is None:
        return UNKNOWN
    open_ended = _told_more(node, arguments)
    if _is_data(machine, first.value):
        return UNKNOWN if open_ended else _call_on_data(machine, layer_id, first.value, site)
    value = first.value
    named = node.spec.tensors if isinstance(node, Layer) and node.spec is not None else ()
    if named:
        ordered = [given.value for given in arguments.positional[: len(named)]]
        ordered += [arguments.keywords[key].value for key in named if key in arguments.keywords]
        value = tuple(ordered)
    inputs = tensors_of(machine, value)
    extra = tuple(
        leaf
        for given in (*arguments.positional[1:], *bound.values())
        for leaf in flatten(tensors_of(machine, given.value))
        if leaf is not UNKNOWN_TENSOR and not any(leaf is seen for seen in flatten(inputs))
    )
    specs: Nest = UNKNOWN_TENSOR.spec
    if not open_ended:
        specs = run_node(machine, layer_id, inputs, arguments, site)
    scores = bound.get("return_attention_scores")
    if scores is not None and scores.value is not False and isinstance(specs, TensorSpec):
        specs = (specs, TensorSpec(UNRANKED, "")) if scores.value is True else TensorSpec(UNRANKED, "")
    result = outputs_of(machine, layer_id, inputs, specs, site, arguments, extra)
    if machine.traced and on_data(inputs):
        result = map_nest(lambda leaf: _as_data(leaf, node), result)
    if not machine.imported:
        machine.trace.calls.append((site, node, inputs, result))
    return machine.allocate(ListObject(result)) if isinstance(result, tuple) else result


def _told_more(node: Node, arguments: CallArguments) -> bool:
    """Whether the call of a package's layer is given something that may change what comes out."""
    if not isinstance(node, Layer) or node.spec is None or node.spec.home == KERAS:
        return False
    known = {"inputs", *node.spec.tensors, *node.spec.steady}
    most = max(1, len(node.spec.tensors))
    return (
        not arguments.complete or len(arguments.positional) > most or not arguments.keywords.keys() <= known
    )


def run_node(machine: Machine, node_id: int, inputs: Nest, arguments: CallArguments, site: Site) -> Nest:
    """The specifications that a layer or model gives for tensors; what it refuses is noted."""
    node = machine.state.heap[node_id]
    if machine.major == 3 and isinstance(node, Layer) and node.spec is not None and not node.built:
        # Keras 2 builds a layer in a graph of its own, which has numbers of its own.
        _count(machine, made_when_built(node.spec.name))
    followed = follow(machine, node_id, inputs, arguments, site)
    if followed is not None:
        return followed
    # Keras 3 traces the `call` of the program's own layers on TensorFlow's tensors, as `map` does its function.
    context = machine.data_context if machine.traced or on_data(inputs) else machine.context
    specs, faults = apply_layer(machine.state.heap, node_id, map_nest(spec_of, inputs), context)
    for found in faults:
        direct = found.layer.id == node_id
        note_fault(machine, found.fault, found.layer, inputs if direct else found.inputs, site)
    return specs


def _is_data(machine: Machine, value: Value) -> bool:
    if isinstance(value, ArraySpec):
        return True
    items = machine.sequence(value)
    return bool(items) and any(isinstance(item, ArraySpec) for item in items or ())


def data_spec(array: Any, *, batched: bool = True) -> TensorSpec:
    """An array as a layer sees it, its first axis any number where it is fed in batches."""
    if not isinstance(array, ArraySpec) or not isinstance(array.shape, tuple):
        return TensorSpec(UNRANKED, "")
    shape = array.shape
    if batched and shape:
        shape = (None, *shape[1:])
    return TensorSpec(shape, array.dtype)


def data_specs(machine: Machine, value: Value, *, batched: bool = True) -> Nest:
    """A nest of specifications from a nest of data."""
    items = machine.sequence(value)
    if items is not None:
        return tuple(data_specs(machine, item, batched=batched) for item in items)
    thing = machine.thing(value)
    if isinstance(thing, DictObject) and thing.exact:
        return {key: data_specs(machine, item, batched=batched) for key, item in thing.items.items()}
    return data_spec(value, batched=batched)


def _as_data(leaf: Any, node: Node) -> Any:
    """What a layer makes of data in a function that TensorFlow traces: data of that shape, which the layer gave it."""
    if not isinstance(leaf, Tensor) or leaf.data is not None or leaf.spec.shape is UNRANKED:
        return leaf
    return replace(leaf, data=_made_by(node, leaf.spec))


def _made_by(node: Node, spec: TensorSpec) -> ArraySpec:
    source = node.class_name if isinstance(node, Layer) else node.kind
    return ArraySpec(spec.shape, spec.dtype, make_facts(spec.dtype), source)


def _call_on_data(machine: Machine, layer_id: int, value: Value, site: Site) -> Value:
    """A layer or model called on an array: it is built, and what comes out is an array of that shape."""
    specs, faults = apply_layer(
        machine.state.heap, layer_id, data_specs(machine, value, batched=False), machine.data_context
    )
    for found in faults:
        note_fault(machine, found.fault, found.layer, found.inputs, site, from_data=True)
    node = machine.state.heap[layer_id]
    return map_nest(lambda spec: _made_by(node, spec) if spec.shape is not UNRANKED else UNKNOWN, specs)
