"""Models of ``keras.applications``: their recorded layers become nodes of the graph, as if the program made them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import TensorSpec
from kerascope.graph.names import automatic_name, numbered_name, stem_of
from kerascope.graph.nodes import Call, Layer, Model, Nest, Tensor, flatten, map_nest
from kerascope.interp.binding import bind_names
from kerascope.interp.intermediate_inputs import begin_at, is_intermediate
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import Ref, Value
from kerascope.layers.base import Arguments
from kerascope.layers.catalogue import layer_spec
from kerascope.syntax.units import Site

if TYPE_CHECKING:
    from kerascope.applications.base import RecordedGraph, RecordedLayer


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
    image = bound["input_tensor"].value if recorded.from_tensor else None
    return _made(machine, recorded, image, site)


def call_backbone(machine: Machine, name: str, arguments: CallArguments, site: Site) -> Value:
    """The model that ``keras_cv.models.ResNet50Backbone(...)`` makes; ``NotImplemented`` where it is not known."""
    from kerascope.applications.backbones import backbone, backbone_graph, is_from_preset

    preset: Any = None
    keywords = dict(arguments.keywords)
    positional = arguments.positional
    if is_from_preset(name):
        given = positional[0] if positional else keywords.pop("preset", None)
        preset = None if given is None else given.value
        positional = ()
        keywords.pop("load_weights", None)
    known = backbone(name, machine.major, preset)
    if known is None:
        return NotImplemented
    bound = bind_names(
        [parameter.name for parameter in known.signature.parameters], CallArguments(positional, keywords)
    )
    values = {
        key: given.value.spec if isinstance(given.value, Tensor) else machine.plain(given.value)
        for key, given in bound.items()
    }
    recorded = backbone_graph(known, values, machine.major) if arguments.complete else None
    if recorded is None:
        _forget(machine, known.every_layer())
        return NotImplemented
    image = bound["input_tensor"].value if recorded.from_tensor else None
    made = _made(machine, recorded, image, site)
    if not isinstance(recorded.name, str):
        machine.state.counters[stem_of(recorded.class_name, machine.major)] = UNKNOWN
    return made


def _made(machine: Machine, recorded: RecordedGraph, image: Tensor | None, site: Site) -> Ref:
    """The model of ``recorded``, on ``image`` or on an input of its own."""
    if image is None:
        image = _image(machine, recorded.layers[0].arguments["batch_shape"], site)
    numbers: dict[str, Any] = {}
    tensors: list[Nest] = [image]
    accepted = True
    for layer in recorded.layers[1:]:
        back = layer.inbound
        inputs = tensors[back] if isinstance(back, int) else tuple(tensors[index] for index in back)
        output, refused = _called(machine, layer, inputs, numbers, site)
        tensors.append(output)
        accepted = accepted and not refused  # An image may be too small for a layer deep inside.
    begin, outputs = _sources(image), tensors[-1]
    if recorded.class_name != "Functional" and is_intermediate(image):
        begin, outputs = begin_at(machine, image, outputs, site)
    address = machine.fresh()
    machine.state.heap[address] = Model(
        id=address,
        kind="Functional",
        class_name=recorded.class_name,
        name=_chosen(machine, recorded.class_name, recorded.name),
        site=site,
        inputs=begin,
        outputs=outputs,
        complete=accepted,
        built=True,
    )
    return Ref(address)


def _chosen(machine: Machine, class_name: str, name: Any) -> Any:
    return automatic_name(class_name, machine.major, machine.state.counters) if name is None else name


def forget_numbers(machine: Machine, name: str) -> None:
    """Once a model was made of which not even the layers are known, nor are the numbers that automatic names take."""
    from kerascope.applications.catalogue import every_layer

    _forget(machine, every_layer(name, machine.major))


def _sources(image: Tensor) -> Nest:
    """The inputs that a tensor came from: a model of ``keras.applications`` begins there, and not at the tensor.

    Source: ``get_source_inputs`` in ``keras/src/ops/operation_utils.py`` and ``tf_keras/src/utils/layer_utils.py``.
    """
    if not is_intermediate(image):
        return image
    found: dict[int, Tensor] = {}
    seen: set[int] = set()
    pending = [image]
    while pending:
        tensor = pending.pop()
        if id(tensor.call) in seen or tensor.call is None:
            continue
        seen.add(id(tensor.call))
        if is_intermediate(tensor):
            pending += [t for t in reversed(list(flatten(tensor.call.inputs))) if isinstance(t, Tensor)]
        else:
            found.setdefault(id(tensor.call), tensor)
    sources = tuple(found.values())
    return sources[0] if len(sources) == 1 else sources


def _forget(machine: Machine, layers: Iterable[RecordedLayer]) -> None:
    for layer in layers:
        if layer.name is not None:
            continue
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


def _called(
    machine: Machine, layer: RecordedLayer, inputs: Nest, numbers: dict[str, Any], site: Site
) -> tuple[Nest, bool]:
    """A recorded layer as a node, called on ``inputs``; and whether it refuses them."""
    from kerascope.applications.replay import call, layer_arguments, spec_of

    specs = map_nest(lambda tensor: tensor.spec, inputs)
    outcome = call(layer, specs, machine.context)
    outputs = outcome.outputs if isinstance(outcome.outputs, TensorSpec) else TensorSpec(UNRANKED, "")
    address = machine.fresh()
    plain = not layer.is_operation and not layer.parts and spec_of(layer.class_name) is not None
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
    return tensor, bool(outcome.faults)


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
