"""Models: making them, adding to them, and the methods that a program calls on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.graph.nodes import (
    UNKNOWN_TENSOR,
    Call,
    Compiled,
    Event,
    Layer,
    Model,
    ModelGraph,
    Nest,
    Tensor,
    flatten,
)
from kerascope.graph.order import topological_calls
from kerascope.graph.propagation import apply_layer, apply_model
from kerascope.interp.binding import bind_layer, bind_method, bind_names
from kerascope.interp.keras_layers import (
    call_node,
    data_specs,
    given_name,
    make_layer,
    note_fault,
    outputs_of,
    spec_of,
    tensors_of,
)
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.objects import model_attribute
from kerascope.interp.values import Ref, Value
from kerascope.layers.base import Arguments, signature
from kerascope.layers.catalogue import layer_spec
from kerascope.syntax.units import Site

MODEL_CLASSES = frozenset({"keras.Model", "keras.Sequential", "keras.Functional"})

# ``Input`` as each Keras declares it: keras/src/layers/core/input_layer.py, tf_keras/src/engine/input_layer.py.
_INPUT = {
    3: signature(
        "shape=None, batch_size=None, dtype=None, sparse=None, ragged=None, batch_shape=None, name=None, "
        "tensor=None, optional=False"
    ),
    2: signature(
        "shape=None, batch_size=None, name=None, dtype=None, sparse=None, tensor=None, ragged=None, "
        "type_spec=None, batch_shape=None"
    ),
}
_MERGES = {
    "add": "Add", "average": "Average", "concatenate": "Concatenate", "dot": "Dot", "maximum": "Maximum",
    "minimum": "Minimum", "multiply": "Multiply", "subtract": "Subtract",
}  # fmt: skip


def call_keras(machine: Machine, name: str, arguments: CallArguments, site: Site) -> Value:
    """A call of something in Keras's own namespace; ``NotImplemented`` where it is nothing of the graph."""
    if name == "keras.Input":
        return _input(machine, arguments, site)
    if name == "keras.Sequential":
        return _sequential(machine, arguments, site)
    if name in {"keras.Model", "keras.Functional"}:
        return _model(machine, arguments, site)
    if name in {"keras.backend.clear_session", "keras.utils.clear_session"}:
        machine.state.counters.clear()
        return None
    if name.startswith("keras.applications."):
        return Ref(foreign_model(machine, "Functional", arguments, site))
    if name.startswith("keras.layers."):
        member = name.removeprefix("keras.layers.")
        if member in _MERGES:
            return _merge(machine, _MERGES[member], arguments, site)
        if member[:1].isupper() and "." not in member:
            return make_layer(machine, member, arguments, site)
    return NotImplemented


def _merge(machine: Machine, class_name: str, arguments: CallArguments, site: Site) -> Value:
    """``keras.layers.concatenate([a, b], axis=1)`` and its kin: a layer made and called at once."""
    bound = bind_names(("inputs", "axis"), arguments)
    inputs = bound.pop("inputs", None)
    layer = make_layer(machine, class_name, CallArguments((), bound, arguments.complete), site)
    if inputs is None:
        return UNKNOWN
    return call_node(machine, layer.address, CallArguments((inputs,)), site)


# --- Inputs -------------------------------------------------------------------------------------------------


def _input(machine: Machine, arguments: CallArguments, site: Site) -> Value:
    bound = bind_layer(machine, "Input", _INPUT[machine.major], arguments)
    return _input_tensor(machine, bound.arguments, dict(bound.sites), site)


def _input_tensor(
    machine: Machine, values: Arguments, sites: dict[str, Site], site: Site, name: Any = None
) -> Tensor:
    spec = layer_spec("InputLayer")
    assert spec is not None
    address = machine.fresh()
    chosen = (
        name
        if name is not None
        else given_name(machine, "InputLayer", values.get("name"), "name" in values.given)
    )
    layer = Layer(
        id=address,
        class_name="InputLayer",
        spec=spec,
        arguments=values,
        sites=sites,
        site=site,
        name=chosen,
        weights=(),
        built=True,
    )
    machine.state.heap[address] = layer
    outcome = spec.apply(values, (), machine.context)
    for fault in outcome.faults:
        note_fault(machine, fault, layer, (), site)
    output = outcome.outputs
    tensor = Tensor(output, Call(address, (), output, site))
    machine.last_calls[address] = (tensor, tensor)
    if not machine.imported:
        machine.trace.calls.append((site, layer, (), tensor))
    return tensor


def _first_input_shape(machine: Machine, layer: Layer) -> Any:
    """The batch shape that a Sequential's first layer brings: ``None`` if it brings none.

    Source: ``Layer.__init__`` of both versions; in Keras 2 also ``Embedding`` and ``RNN``, which make a shape of
    ``input_length``.
    """
    values = layer.arguments
    if values.get("batch_input_shape") is not None:
        return values.get("batch_input_shape") if machine.major == 2 else None
    batch = values.get("batch_size") if machine.major == 2 else None
    if values.get("input_shape") is not None:
        shape = values["input_shape"]
        if isinstance(shape, int) and not isinstance(shape, bool):
            shape = (shape,)
        return (batch, *shape) if isinstance(shape, tuple) else UNKNOWN
    if layer.class_name == "Embedding":
        if machine.major != 2:
            return None
        length = values.get("input_length")
        return (
            (batch, *length)
            if isinstance(length, tuple)
            else (batch, length or None)
            if length is not UNKNOWN
            else UNKNOWN
        )
    if machine.major == 2 and layer.class_name in {"LSTM", "GRU", "SimpleRNN", "RNN"}:
        if "input_dim" in values.given or "input_length" in values.given:
            return (batch, values.get("input_length"), values.get("input_dim"))
        return None
    if values.get("input_dim") is not None:
        return (batch, values["input_dim"])
    return None


# --- Sequential ---------------------------------------------------------------------------------------------


def _sequential(machine: Machine, arguments: CallArguments, site: Site) -> Value:
    names = ("layers", "trainable", "name") if machine.major == 3 else ("layers", "name")
    bound = bind_names(names, arguments)
    name = machine.plain(bound["name"].value) if "name" in bound else None
    address = machine.fresh()
    machine.state.heap[address] = Model(
        id=address,
        kind="Sequential",
        class_name="Sequential",
        name=given_name(machine, "Sequential", name, name is not None),
        site=site,
        complete=arguments.complete,
    )
    layers = bound.get("layers")
    if layers is not None and layers.value is not None:
        items = machine.sequence(layers.value)
        if items is None:
            single = machine.node(layers.value)
            items = (layers.value,) if single is not None and machine.major == 2 else None
        if items is None:
            _spoil(machine, address)
        for item in items or ():
            _add(machine, address, item)
    return Ref(address)


def _spoil(machine: Machine, address: int) -> None:
    machine.state.heap[address] = replace(machine.state.heap[address], complete=False)


def _add(machine: Machine, address: int, value: Value) -> None:
    """``model.add(value)``."""
    model: Model = machine.state.heap[address]
    if isinstance(value, Tensor) and value.call is not None:
        made_by = machine.state.heap.get(value.call.layer_id)
        if isinstance(made_by, Layer) and made_by.class_name == "InputLayer" and not model.stack:
            machine.state.heap[address] = replace(
                model, stack=(made_by.id,), inputs=(value,), outputs=(value,)
            )
            return
    node = machine.node(value)
    if node is None or not model.complete:
        _spoil(machine, address)
        return
    if isinstance(node, Layer) and node.class_name == "InputLayer":
        if model.stack:
            _spoil(machine, address)
            return
        outcome = node.spec.apply(node.arguments, (), machine.context) if node.spec is not None else None
        if outcome is None:
            _spoil(machine, address)
            return
        tensor = Tensor(outcome.outputs, Call(node.id, (), outcome.outputs, node.site))
        machine.state.heap[node.id] = replace(node, built=True, weights=())
        machine.state.heap[address] = replace(model, stack=(node.id,), inputs=(tensor,), outputs=(tensor,))
        return
    if not model.stack:
        model = _start(machine, model, node)
    output = model.outputs[0] if model.outputs else None
    stack = (*model.stack, node.id)
    if output is None:
        machine.state.heap[address] = replace(model, stack=stack)
        return
    specs, faults = apply_layer(machine.state.heap, node.id, spec_of(output), machine.context)
    for found in faults:
        direct = found.layer.id == node.id
        note_fault(machine, found.fault, found.layer, output if direct else found.inputs, node.site)
    result = outputs_of(machine, node.id, output, specs, node.site)
    first = result[0] if isinstance(result, tuple) and result else result
    if not isinstance(first, Tensor):
        first = UNKNOWN_TENSOR
    if not machine.imported and isinstance(node, Layer):
        machine.trace.calls.append((node.site, node, output, result))
    machine.state.heap[address] = replace(
        model, stack=stack, outputs=(first,), complete=model.complete and not faults, built=True
    )


def _start(machine: Machine, model: Model, node: Layer | Model) -> Model:
    """The input layer that a Sequential gives itself when its first layer names an input shape."""
    if isinstance(node, Model):
        own = [tensor for tensor in flatten(node.inputs) if isinstance(tensor, Tensor)] if node.inputs else []
        shape: Any = own[0].spec.shape if len(own) == 1 and node.complete else None
        dtype: Any = own[0].spec.dtype if own else None
        if shape is UNRANKED:
            shape = None
    else:
        shape, dtype = _first_input_shape(machine, node), node.arguments.get("dtype")
    if shape is None:
        return model
    name: Any = None
    if machine.major == 2 and isinstance(node.name, str):
        name = f"{node.name}_input"
    site = node.sites.get("input_shape", node.site) if isinstance(node, Layer) else node.site
    values = Arguments(
        {"batch_shape": shape, "dtype": dtype if isinstance(dtype, str) else None}, frozenset()
    )
    tensor = _input_tensor(machine, values, {}, site, name)
    assert tensor.call is not None
    return replace(model, stack=(tensor.call.layer_id,), inputs=(tensor,), outputs=(tensor,))


# --- Functional ---------------------------------------------------------------------------------------------


def _model(machine: Machine, arguments: CallArguments, site: Site) -> Value:
    bound = bind_names(("inputs", "outputs", "name"), arguments)
    if "inputs" not in bound or "outputs" not in bound:
        return Ref(foreign_model(machine, "Model", arguments, site))
    inputs = tensors_of(machine, bound["inputs"].value)
    outputs = tensors_of(machine, bound["outputs"].value)
    name = machine.plain(bound["name"].value) if "name" in bound else None
    address = machine.fresh()
    machine.state.heap[address] = Model(
        id=address,
        kind="Functional",
        class_name="Functional",
        name=given_name(machine, "Functional", name, name is not None),
        site=site,
        inputs=inputs,
        outputs=outputs,
        complete=arguments.complete and _connected(inputs, outputs),
        built=True,
    )
    return Ref(address)


def _connected(inputs: Nest, outputs: Nest) -> bool:
    """Whether every tensor on the way from ``inputs`` to ``outputs`` is known."""
    given = {id(tensor) for tensor in flatten(inputs)}
    leaves = [*flatten(inputs), *flatten(outputs)]
    if not leaves or any(not isinstance(leaf, Tensor) or leaf.call is None for leaf in leaves):
        return False
    for call in topological_calls(inputs, outputs):
        parents = list(flatten(call.inputs))
        if any(not isinstance(parent, Tensor) or parent.call is None for parent in parents):
            return False
        if not parents and not any(tensor.call is call for tensor in flatten(inputs)):
            return False
    return bool(given)


def foreign_model(machine: Machine, class_name: str, arguments: CallArguments, site: Site) -> int:
    """A model whose inside is not known: a subclass, or one that a library builds."""
    name = machine.plain(arguments.keywords["name"].value) if "name" in arguments.keywords else None
    address = machine.fresh()
    machine.state.heap[address] = Model(
        id=address,
        kind="Model",
        class_name=class_name,
        name=given_name(machine, class_name, name, name is not None),
        site=site,
        complete=False,
    )
    return address


# --- Methods ------------------------------------------------------------------------------------------------

_COMPILE = {
    3: ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics"),
    2: ("optimizer", "loss", "metrics", "loss_weights", "weighted_metrics"),
}
"""Keras 3 moved ``metrics`` behind ``loss_weights``; both are written without names now and then."""

_FIT = ("x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data", "shuffle",
        "class_weight", "sample_weight", "initial_epoch", "steps_per_epoch")  # fmt: skip
_METHODS: dict[str, tuple[str, ...]] = {
    "fit": _FIT,
    "evaluate": ("x", "y", "batch_size", "verbose", "sample_weight", "steps"),
    "predict": ("x", "batch_size", "verbose", "steps"),
    "train_on_batch": ("x", "y", "sample_weight", "class_weight"),
    "test_on_batch": ("x", "y", "sample_weight"),
    "summary": (),
}


def call_model_method(
    machine: Machine, model: Model, name: str, arguments: CallArguments, site: Site
) -> Value:
    """``model.name(...)``."""
    if name == "add" and model.kind == "Sequential":
        bound = bind_names(("layer",), arguments)
        if "layer" in bound:
            _add(machine, model.id, bound["layer"].value)
        else:
            _spoil(machine, model.id)
        return None
    if name == "compile":
        return _compile(machine, model, arguments, site)
    if name in _METHODS:
        return _event(machine, model, name, arguments, site)
    handler = _OTHERS.get(name)
    return UNKNOWN if handler is None else handler(machine, model, arguments)


def _compile(machine: Machine, model: Model, arguments: CallArguments, site: Site) -> Value:
    values, sites = bind_method(_COMPILE[machine.major], arguments)
    plain = {name: machine.plain(value) for name, value in values.items()}
    compiled = Compiled(plain, sites, site, arguments.complete)
    machine.state.heap[model.id] = replace(model, compiled=compiled, trained=False)
    _note(machine, model.id, "compile", plain, sites, arguments.complete, site)
    return None


def _event(machine: Machine, model: Model, name: str, arguments: CallArguments, site: Site) -> Value:
    values, sites = bind_method(_METHODS[name], arguments)
    plain = {key: machine.plain(value) for key, value in values.items()}
    if name != "summary" and "x" in values:
        _build_from_data(machine, model, values["x"], name, sites.get("x", site), site)
    _note(machine, model.id, name, plain, sites, arguments.complete, site)
    if name in {"fit", "train_on_batch"}:
        now = machine.state.heap[model.id]
        machine.state.heap[model.id] = replace(now, trained=True)
    return None if name == "summary" else UNKNOWN


def _note(
    machine: Machine,
    model_id: int,
    kind: Any,
    values: dict[str, Any],
    sites: dict[str, Site],
    complete: bool,
    site: Site,
) -> None:
    if machine.imported:
        return
    graph: ModelGraph | None = machine.graph(model_id)
    if graph is None:
        return
    top = machine.call_sites[0] if machine.call_sites else site
    variable = (
        machine.argument_text.get(-1) if not machine.call_sites else machine.argument_text.get(model_id)
    )
    machine.trace.events.append(
        Event(
            kind,
            graph,
            values,
            sites,
            site,
            top,
            variable,
            certain=machine.uncertain == 0,
            guarded=machine.guards > 0,
            complete=complete,
            reached=not machine.speculative,
        )
    )


def _build_from_data(machine: Machine, model: Model, data: Value, kind: str, at: Site, site: Site) -> None:
    """A Sequential without an input shape takes it from the data that it meets first."""
    if model.kind != "Sequential" or model.outputs is not None or not model.complete or not model.stack:
        return
    batched = kind in {"fit", "evaluate", "predict"}
    specs = data_specs(machine, data, batched=batched)
    if isinstance(specs, TensorSpec) and specs.shape is not UNRANKED and machine.major == 3:
        _set_input(machine, model, specs.shape, site, from_data=True)
        return
    nodes = dict(machine.state.heap)
    _, faults = apply_model(nodes, model, specs, machine.context)
    machine.state.heap.update({key: nodes[key] for key in model.stack})
    for found in faults:
        note_fault(machine, found.fault, found.layer, found.inputs, at, from_data=True)


def _set_input(machine: Machine, model: Model, shape: Shape, site: Site, *, from_data: bool = False) -> None:
    """Gives a Sequential its input shape, batch axis included, and runs it through."""
    values = Arguments({"batch_shape": shape}, frozenset())
    tensor = _input_tensor(machine, values, {}, site)
    assert tensor.call is not None
    output: Nest = tensor
    complete = True
    for layer_id in model.stack:
        specs, faults = apply_layer(machine.state.heap, layer_id, spec_of(output), machine.context)
        for found in faults:
            note_fault(machine, found.fault, found.layer, output, site, from_data=from_data)
        complete = complete and not faults
        made = outputs_of(machine, layer_id, output, specs, site)
        output = made[0] if isinstance(made, tuple) and made else made
    machine.state.heap[model.id] = replace(
        model,
        stack=(tensor.call.layer_id, *model.stack),
        inputs=(tensor,),
        outputs=(output,),
        complete=complete,
        built=True,
    )


def _build(machine: Machine, model: Model, arguments: CallArguments) -> Value:
    bound = bind_names(("input_shape",), arguments)
    shape = machine.plain(bound["input_shape"].value) if "input_shape" in bound else None
    waits = model.kind == "Sequential" and model.outputs is None and model.complete
    if (
        waits
        and isinstance(shape, tuple)
        and all(d is None or isinstance(d, int) or d is UNKNOWN for d in shape)
    ):
        _set_input(machine, model, shape, bound["input_shape"].site)
    return None


def _pop(machine: Machine, model: Model, arguments: CallArguments) -> Value:
    if model.kind != "Sequential" or not model.stack or not model.complete:
        _spoil(machine, model.id)
        return UNKNOWN
    last = machine.state.heap.get(model.stack[-1])
    outputs = model.outputs
    if outputs is not None:
        call = outputs[0].call
        previous = next(iter(flatten(call.inputs)), None) if call is not None else None
        outputs = (previous,) if isinstance(previous, Tensor) else None
    machine.state.heap[model.id] = replace(
        model, stack=model.stack[:-1], outputs=outputs, complete=outputs is not None or model.outputs is None
    )
    return Ref(last.id) if isinstance(last, (Layer, Model)) else UNKNOWN


def _get_layer(machine: Machine, model: Model, arguments: CallArguments) -> Value:
    bound = bind_names(("name", "index"), arguments)
    layers = machine.sequence(model_attribute(machine, Ref(model.id), model, "layers"))
    if layers is None:
        return UNKNOWN
    if "index" in bound:
        index = bound["index"].value
        return layers[index] if isinstance(index, int) and -len(layers) <= index < len(layers) else UNKNOWN
    name = bound["name"].value if "name" in bound else UNKNOWN
    for layer in layers:
        node = machine.node(layer)
        if node is not None and isinstance(name, str) and node.name == name:
            return layer
    return UNKNOWN


_OTHERS: dict[str, Callable[[Machine, Model, CallArguments], Value]] = {
    "build": _build,
    "pop": _pop,
    "get_layer": _get_layer,
}
