"""Questions that rules ask of a model: what its last activation is, where a tensor comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Instance, NestedLayer, Symbol
from kerascope.graph.nodes import Layer, LayerFault, Model, ModelGraph, Node, Tensor, flatten
from kerascope.syntax.units import Site

RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
CONVOLUTIONS = frozenset(
    f"{kind}{n}D{suffix}"
    for n in (1, 2, 3)
    for kind, suffix in (("Conv", ""), ("Conv", "Transpose"), ("SeparableConv", ""), ("DepthwiseConv", ""))
)
KEEPS_SHAPE = frozenset(
    {"Dropout", "BatchNormalization", "Activation", "LeakyReLU", "ReLU", "LayerNormalization", "GaussianNoise",
     "ELU", "PReLU", "Masking", "AlphaDropout", "GaussianDropout", "ActivityRegularization", "SpatialDropout1D"}
)  # fmt: skip


def single_output(graph: ModelGraph) -> Tensor | None:
    """The output of a complete model that has just one."""
    outputs = graph.output_tensors
    return (
        outputs[0] if graph.model.complete and len(outputs) == 1 and isinstance(outputs[0], Tensor) else None
    )


def producers(graph: ModelGraph, tensor: Tensor) -> Iterator[tuple[Layer, Tensor]]:
    """The layers along a chain, last first, each with its output; it ends where a layer has several inputs.

    A nested model is looked into from its output, and left again by its single input.
    """
    outer: list[Tensor] = []
    current: Tensor | None = tensor
    for _ in range(10_000):
        if current is None or current.call is None:
            return
        node: Node | None = graph.nodes.get(current.call.layer_id)
        inputs = [leaf for leaf in flatten(current.call.inputs) if isinstance(leaf, Tensor)]
        if isinstance(node, Model):
            inner = (
                [leaf for leaf in flatten(node.outputs) if isinstance(leaf, Tensor)] if node.outputs else []
            )
            if not node.complete or len(inner) != 1 or len(inputs) != 1:
                return
            outer.append(inputs[0])
            current = inner[0]
            continue
        if node is None:
            return
        if node.class_name == "InputLayer" and outer:
            current = outer.pop()
            continue
        yield node, current
        if len(inputs) != 1:
            return
        current = inputs[0]


@dataclass(frozen=True, slots=True)
class OutputActivation:
    """The activation that makes a model's output: its name (``linear`` for none), where it is written, the layer."""

    name: str
    layer: Layer
    site: Site | None
    output: Tensor


_ACTIVATION_LAYERS = {
    "Softmax": "softmax",
    "ReLU": "relu",
    "LeakyReLU": "leaky_relu",
    "ELU": "elu",
    "PReLU": "prelu",
}
_WITH_ACTIVATION = frozenset(
    {"Dense", "Conv1D", "Conv2D", "Conv3D", "Conv2DTranspose", "Activation", "SeparableConv2D"}
)


def activation_name(value: Any) -> str | None:
    """The name of an activation given as a string, a function, or an object; ``None`` if not known."""
    if value is None:
        return "linear"
    if isinstance(value, str):
        return value
    if isinstance(value, (Symbol, Instance)):
        name = value.name if isinstance(value, Symbol) else value.symbol
        for prefix in ("keras.activations.", "tf.nn.", "tf.math.", "keras.ops.", "tf."):
            if name.startswith(prefix) and "." not in name[len(prefix) :]:
                return name[len(prefix) :]
    return None


def output_activation(graph: ModelGraph) -> OutputActivation | None:
    """What the last layer of a model with one output applies; ``None`` where that is not known."""
    output = single_output(graph)
    if output is None:
        return None
    for layer, tensor in producers(graph, output):
        return activation_of(layer, tensor)
    return None


def activation_of(layer: Layer, output: Tensor) -> OutputActivation | None:
    """What a layer applies last of all to make ``output``; ``None`` where that is not known."""
    if layer.is_operation:
        return None
    if layer.class_name in _ACTIVATION_LAYERS:
        return OutputActivation(_ACTIVATION_LAYERS[layer.class_name], layer, None, output)
    if layer.class_name not in _WITH_ACTIVATION:
        return None
    value = layer.arguments.get("activation")
    name = None if value is UNKNOWN else activation_name(value)
    return None if name is None else OutputActivation(name, layer, layer.sites.get("activation"), output)


def softmax_axis(activation: OutputActivation) -> int | None:
    """The axis, counted from the end, that a softmax runs over; ``None`` for what is none or not known."""
    shape = activation.output.spec.shape
    axis = activation.layer.arguments.get("axis", -1) if activation.layer.class_name == "Softmax" else -1
    if activation.name != "softmax" or not isinstance(shape, tuple) or type(axis) is not int:
        return None
    return axis if axis < 0 else axis - len(shape)


def reachable_calls(graph: ModelGraph) -> Iterator[tuple[Layer, Tensor]]:
    """Every layer on the way to the outputs of a complete model, nested models included, with what it returned."""
    waiting = [leaf for leaf in graph.output_tensors if isinstance(leaf, Tensor)]
    seen: set[int] = set()
    while graph.model.complete and waiting:
        tensor = waiting.pop()
        if id(tensor) in seen or tensor.call is None:
            continue
        seen.add(id(tensor))
        node = graph.nodes.get(tensor.call.layer_id)
        if isinstance(node, Layer):
            yield node, tensor
        elif node is not None and node.complete and node.outputs:
            waiting += [leaf for leaf in flatten(node.outputs) if isinstance(leaf, Tensor)]
        waiting += [leaf for leaf in flatten(tensor.call.inputs) if isinstance(leaf, Tensor)]


def last_axis(tensor: Tensor) -> int | None:
    """The size of the last axis, if it is a known number."""
    shape = tensor.spec.shape
    size = shape[-1] if isinstance(shape, tuple) and shape else None
    return size if isinstance(size, int) else None


# --- Where a refused tensor got its axes ----------------------------------------------------------------------


def shape_source(fault: LayerFault) -> Layer | None:
    """The layer that gave a refused tensor its axes: the nearest one that does not just hand on its shape."""
    tensor = fault.inputs if isinstance(fault.inputs, Tensor) else None
    for _ in range(20):
        producer = (
            fault.nodes.get(tensor.call.layer_id) if tensor is not None and tensor.call is not None else None
        )
        if tensor is None or tensor.call is None or not isinstance(producer, Layer):
            return None
        if producer.class_name not in KEEPS_SHAPE:
            return producer
        tensor = next((leaf for leaf in flatten(tensor.call.inputs) if isinstance(leaf, Tensor)), None)
    return None


def written_shape(layer: Layer, source: Layer | None) -> Site | None:
    """Where the input's shape is written, if ``source`` is an input: on the input, or on ``layer`` itself."""
    if source is None or source.class_name != "InputLayer":
        return None
    for name in ("shape", "batch_shape", "input_shape", "batch_input_shape"):
        if name in source.sites:
            return source.sites[name]
    return layer.sites.get("input_shape")


def axis_names(ndim: int, layer: Layer) -> str:
    """What the axes of an image, a series or a volume are called, in the layer's own ``data_format``."""
    spatial = {3: ["steps"], 4: ["height", "width"]}.get(ndim, ["depth", "height", "width"])
    first = layer.arguments.get("data_format") == "channels_first"
    return ", ".join(["batch", *(["channels", *spatial] if first else [*spatial, "channels"])])


def returns_last_state(layer: Layer) -> bool:
    """Whether a recurrent layer, also inside ``Bidirectional``, returns its last state and no sequence."""
    nested = layer.arguments.get("layer")
    if layer.class_name == "Bidirectional" and isinstance(nested, NestedLayer):
        return nested.name in RECURRENT and nested.arguments.get("return_sequences") is False
    return layer.class_name in RECURRENT and layer.arguments.get("return_sequences") is False
