"""Models: making them, adding to them, and the methods that a program calls on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import Instance, Symbol
from kerascope.graph.nodes import (
    UNKNOWN_TENSOR,
    Call,
    Layer,
    Model,
    Tensor,
    flatten,
)
from kerascope.interp.binding import bind_layer, bind_names
from kerascope.interp.intermediate_inputs import begin_at, is_intermediate
from kerascope.interp.keras_applications import call_application_function
from kerascope.interp.keras_layers import (
    call_node,
    given_name,
    make_layer,
    note_fault,
    outputs_of,
    run_node,
)
from kerascope.interp.known_applications import call_application, forget_numbers
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.saved_models import clone_model, load_model, save_model
from kerascope.interp.settings import call_setting, hangs_on_the_order, with_settings
from kerascope.interp.tensors import connected, tensors_of
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
    made = call_setting(machine, name, arguments)
    if made is not NotImplemented:
        return made
    if hangs_on_the_order(machine, name):
        if name.startswith("keras.applications.") and name.rpartition(".")[2][:1].isupper():
            return unknown_application(machine, name, arguments, site)
        return UNKNOWN
    if name == "keras.Input":
        return _input(machine, arguments, site)
    if name == "keras.Sequential":
        return _sequential(machine, arguments, site)
    if name in {"keras.Model", "keras.Functional"}:
        return _model(machine, arguments, site)
    if name in {"keras.backend.clear_session", "keras.utils.clear_session"}:
        for stem in machine.state.counters:
            machine.state.counters[stem] = 0
        machine.log.whole = True
        return None
    if name in _FILES:
        return _FILES[name](machine, arguments)
    if name in _LOOKUPS:
        return _looked_up(machine, name, arguments)
    if name.startswith("keras.applications."):
        made = call_application_function(machine, name, arguments, site)
        if made is NotImplemented:
            made = call_application(machine, name, arguments, site)
        if made is not NotImplemented:
            return made
        if name.rpartition(".")[2][:1].isupper():
            return unknown_application(machine, name, arguments, site)
    if name.startswith("keras.layers."):
        member = name.removeprefix("keras.layers.")
        if member in _MERGES:
            return _merge(machine, _MERGES[member], arguments, site)
        if member[:1].isupper() and "." not in member:
            return make_layer(machine, member, arguments, site)
    return NotImplemented


_FILES = {
    **{
        f"keras.{module}.{function.__name__}": function
        for module in ("models", "saving")
        for function in (load_model, save_model)
    },
    "keras.models.clone_model": clone_model,
}
_LOOKUPS = frozenset(
    f"keras.{module}.get" for module in ("activations", "initializers", "regularizers", "constraints")
)


def _looked_up(machine: Machine, name: str, arguments: CallArguments) -> Value:
    """``keras.activations.get("relu")`` and its kin: what the identifier stands for."""
    bound = bind_names(("identifier",), arguments)
    value = bound["identifier"].value if "identifier" in bound else UNKNOWN
    module = name.removesuffix("get")
    if module == "keras.activations.":
        if value is None:
            return Symbol("keras.activations.linear")
        return Symbol(f"{module}{value}") if isinstance(value, str) else value
    return Instance(f"{module}{value}") if isinstance(value, str) else value


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
    return input_tensor(machine, with_settings(machine, bound.arguments), dict(bound.sites), site)


def input_tensor(
    machine: Machine, values: Arguments, sites: dict[str, Site], site: Site, name: Any = None
) -> Tensor:
    """The tensor of a new input layer, with the layer."""
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
    machine.state.calls[address] = (tensor, tensor)
    if not machine.imported:
        machine.trace.calls.append((site, layer, (), tensor))
    return tensor


def _first_input_shape(machine: Machine, layer: Layer) -> Any:
    """The batch shape that a Sequential's first layer brings: ``None`` if it brings none.

    Source: ``Layer.__init__`` of both versions; in Keras 2 also ``Embedding`` and ``RNN``, which make a shape of
    ``input_length``.
    """
    values = layer.arguments
    adapted_to = values.get("adapted_to")
    if isinstance(adapted_to, tuple) and values.get("batch_input_shape") is values.get("input_shape") is None:
        # A layer that splits texts takes one in each row; for what it was adapted to otherwise it cannot be called.
        open_ = layer.class_name == "TextVectorization" and len(adapted_to) != 1
        return UNKNOWN if open_ else (None,) * len(adapted_to)
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
            spoil(machine, address)
        for item in items or ():
            add_layer(machine, address, item)
    return Ref(address)


def spoil(machine: Machine, address: int) -> None:
    """Something happened to the model that is not followed: it is no longer complete."""
    machine.state.heap[address] = replace(machine.state.heap[address], complete=False)


def add_layer(machine: Machine, address: int, value: Value) -> None:
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
        spoil(machine, address)
        return
    if isinstance(node, Layer) and node.class_name == "InputLayer":
        if model.stack:
            spoil(machine, address)
            return
        outcome = node.spec.apply(node.arguments, (), machine.context) if node.spec is not None else None
        if outcome is None:
            spoil(machine, address)
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
    faults = len(machine.trace.faults)
    given = CallArguments((Given(output, node.site),))
    specs = run_node(machine, node.id, output, given, node.site)
    refused = len(machine.trace.faults) > faults
    result = outputs_of(machine, node.id, output, specs, node.site)
    first = result[0] if isinstance(result, tuple) and result else result
    if not isinstance(first, Tensor):
        first = UNKNOWN_TENSOR
    if not machine.imported and isinstance(node, Layer):
        machine.trace.calls.append((node.site, node, output, result))
    machine.state.heap[address] = replace(
        model, stack=stack, outputs=(first,), complete=model.complete and not refused, built=True
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
        if node.class_name == "TextVectorization" and dtype is None:
            dtype = "string"
    if shape is None:
        return model
    name: Any = None
    if machine.major == 2 and isinstance(node.name, str):
        name = f"{node.name}_input"
    site = node.sites.get("input_shape", node.site) if isinstance(node, Layer) else node.site
    values = Arguments(
        {"batch_shape": shape, "dtype": dtype if isinstance(dtype, str) else None}, frozenset()
    )
    tensor = input_tensor(machine, values, {}, site, name)
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
    whole = connected(inputs, outputs)
    if whole and any(is_intermediate(tensor) for tensor in flatten(inputs)):
        inputs, outputs = begin_at(machine, inputs, outputs, site)
    address = machine.fresh()
    machine.state.heap[address] = Model(
        id=address,
        kind="Functional",
        class_name="Functional",
        name=given_name(machine, "Functional", name, name is not None),
        site=site,
        inputs=inputs,
        outputs=outputs,
        complete=arguments.complete and whole,
        built=True,
    )
    return Ref(address)


def unknown_application(machine: Machine, name: str, arguments: CallArguments, site: Site) -> Ref:
    """A model of ``keras.applications`` whose setting is not known: so are the numbers that its layers' names take."""
    forget_numbers(machine, name)
    address = foreign_model(machine, "Functional", arguments, site, named=False)
    given = machine.plain(arguments.keywords["name"].value) if "name" in arguments.keywords else UNKNOWN
    if isinstance(given, str):
        machine.state.heap[address] = replace(machine.state.heap[address], name=given)
    return Ref(address)


def foreign_model(
    machine: Machine, class_name: str, arguments: CallArguments, site: Site, *, named: bool = True
) -> int:
    """A model whose inside is not known: a subclass, or one that a library builds.

    Without ``named`` its name is left open.
    """
    name = machine.plain(arguments.keywords["name"].value) if "name" in arguments.keywords else None
    address = machine.fresh()
    machine.state.heap[address] = Model(
        id=address,
        kind="Model",
        class_name=class_name,
        name=given_name(machine, class_name, name, name is not None) if named else UNKNOWN,
        site=site,
        complete=False,
        compile_unseen=True,
    )
    return address
