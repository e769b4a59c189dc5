"""Models of ``keras.applications``: their recorded layers become nodes of the graph, as if the program made them."""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import TensorSpec
from kerascope.graph.names import automatic_name, numbered_name, stem_of
from kerascope.graph.nodes import Call, Layer, Model, Nest, Tensor, map_nest
from kerascope.interp.binding import bind_names
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import Ref, Value
from kerascope.layers.base import Arguments
from kerascope.layers.catalogue import layer_spec
from kerascope.syntax.units import Site


def call_application(machine: Machine, name: str, arguments: CallArguments, site: Site) -> Value:
    """The model that ``keras.applications.ResNet50(...)`` makes; ``NotImplemented`` where it is not known."""
    # The recordings are read by few programs.
    from kerascope.applications.catalogue import application, application_graph

    known = application(name, machine.major)
    if known is None or not arguments.complete:
        return NotImplemented
    bound = bind_names([parameter.name for parameter in known.signature.parameters], arguments)
    values: dict[str, Any] = {}
    for key, given in bound.items():
        values[key] = given.value.spec if isinstance(given.value, Tensor) else machine.plain(given.value)
    recorded = application_graph(name, values, machine.major)
    if recorded is None:
        return NotImplemented
    if recorded.from_tensor:
        image = bound["input_tensor"].value
        if not isinstance(image, Tensor):
            return NotImplemented
    else:
        image = _image(machine, recorded.layers[0].arguments["batch_shape"], site)
    numbers: dict[str, Any] = {}
    tensors: list[Nest] = [image]
    for layer in recorded.layers[1:]:
        back = layer.inbound
        inputs = tensors[back] if isinstance(back, int) else tuple(tensors[index] for index in back)
        tensors.append(_called(machine, layer, inputs, numbers, site))
    address = machine.fresh()
    machine.state.heap[address] = Model(
        id=address,
        kind="Functional",
        class_name="Functional",
        name=_chosen(machine, "Functional", recorded.name),
        site=site,
        inputs=image,
        outputs=tensors[-1],
        complete=True,
        built=True,
    )
    return Ref(address)


def _chosen(machine: Machine, class_name: str, name: Any) -> Any:
    return automatic_name(class_name, machine.major, machine.state.counters) if name is None else name


def forget_numbers(machine: Machine, name: str) -> None:
    """Once a model was made of which not even the layers are known, nor are the numbers that automatic names take."""
    from kerascope.applications.catalogue import nameless_layers

    for layer in nameless_layers(name, machine.major):
        own = layer.is_operation and machine.major == 2
        machine.state.counters[layer.stem if own else stem_of(layer.class_name, machine.major)] = UNKNOWN


def _image(machine: Machine, shape: Any, site: Site) -> Tensor:
    spec = layer_spec("InputLayer")
    address = machine.fresh()
    made = TensorSpec(shape)
    machine.state.heap[address] = Layer(
        id=address,
        class_name="InputLayer",
        spec=spec,
        arguments=Arguments({"batch_shape": shape, "dtype": "float32"}),
        sites={},
        site=site,
        name=automatic_name("InputLayer", machine.major, machine.state.counters),
        weights=(),
        built=True,
    )
    tensor = Tensor(made, Call(address, (), made, site))
    machine.state.calls[address] = (tensor, tensor)
    return tensor


def _called(machine: Machine, layer: Any, inputs: Nest, numbers: dict[str, Any], site: Site) -> Nest:
    """A recorded layer as a node, called on ``inputs``."""
    from kerascope.applications.replay import call, layer_arguments, spec_of

    specs = map_nest(lambda tensor: tensor.spec, inputs)
    outcome = call(layer, specs, machine.context)
    outputs = outcome.outputs if isinstance(outcome.outputs, TensorSpec) else TensorSpec(UNRANKED, "")
    address = machine.fresh()
    plain = not layer.is_operation and not layer.parts
    machine.state.heap[address] = Layer(
        id=address,
        class_name=layer.class_name,
        spec=spec_of(layer.class_name) if plain else None,
        arguments=layer_arguments(layer, machine.major) if plain else Arguments(layer.arguments),
        sites={},
        site=site,
        name=_name(machine, layer, numbers),
        weights=outcome.weights,
        built=True,
        is_operation=layer.is_operation,
        again=None if plain else lambda other: call(layer, other, machine.context).outputs,
    )
    tensor = Tensor(outputs, Call(address, inputs, outputs, site))
    machine.state.calls[address] = (tensor, inputs)
    return tensor


def _name(machine: Machine, layer: Any, numbers: dict[str, Any]) -> Any:
    if layer.name is None:
        if layer.is_operation and machine.major == 2:
            return numbered_name(layer.stem, machine.state.counters)
        return automatic_name(layer.class_name, machine.major, machine.state.counters)
    head, brace, rest = layer.name.partition("{")
    if not brace:
        return layer.name
    counter, _, tail = rest.partition("}")
    if counter not in numbers:
        numbers[counter] = _drawn(machine, counter)
    return UNKNOWN if numbers[counter] is UNKNOWN else f"{head}{numbers[counter]}{tail}"


def _drawn(machine: Machine, counter: str) -> Any:
    """The next number of one of Keras 2's own counters (``backend.get_uid``), the first being 1."""
    key = f"uid {counter}"
    count = machine.state.counters.get(key, 0)
    if count is UNKNOWN:
        return UNKNOWN
    machine.state.counters[key] = count + 1
    return count + 1
