"""What a program asks of a layer object: its weights by name, ``build``, ``compute_output_shape``, ``count_params``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, Column, Dataset, TensorSpec
from kerascope.graph.nodes import Layer, Nest, Tensor, map_nest
from kerascope.graph.propagation import apply_layer
from kerascope.graph.rows import node_params
from kerascope.interp.binding import bind_names
from kerascope.interp.frames import as_arrays
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import ListObject, Value
from kerascope.layers.base import Arguments, Refusal
from kerascope.libraries.base import TEXT, as_array_like

_WEIGHT_NAMES = {
    "Dense": ("kernel", "bias"),
    "EinsumDense": ("kernel", "bias"),
    "Conv1D": ("kernel", "bias"),
    "Conv2D": ("kernel", "bias"),
    "Conv3D": ("kernel", "bias"),
    "Conv1DTranspose": ("kernel", "bias"),
    "Conv2DTranspose": ("kernel", "bias"),
    "Conv3DTranspose": ("kernel", "bias"),
    "Embedding": ("embeddings",),
}
"""What layers call their weights, in the order in which the catalogue lists them."""


def weight_of(layer: Layer, name: str) -> Value:
    """The weight that a built layer has under ``name``; ``NotImplemented`` where that is not known."""
    names = _WEIGHT_NAMES.get(layer.class_name if layer.spec is None else layer.spec.name, ())
    if name not in names:
        return NotImplemented
    if not layer.built or layer.weights is None:
        return UNKNOWN
    at = names.index(name)
    return Tensor(TensorSpec(layer.weights[at].shape)) if at < len(layer.weights) else None


_ONE_PER_SIDE = frozenset({"kernel_size", "strides", "dilation_rate", "pool_size"})
"""Arguments of which a layer keeps a tuple with a size for each axis of the image."""

_SIDES = re.compile(r"([123])D(?:Transpose)?$")


def argument_of(layer: Layer, name: str) -> Value:
    """The attribute in which a layer keeps an argument; ``UNKNOWN`` where it keeps something else than it was given.

    An activation is kept as a function, an initializer as an object, and a single size as a tuple
    (``standardize_tuple`` of Keras 3, ``normalize_tuple`` of Keras 2).
    """
    value = layer.arguments.values[name]
    sides = _SIDES.search(layer.spec.name if layer.spec is not None else "")
    if name in _ONE_PER_SIDE and sides is not None:
        if name == "strides" and value is None:
            return argument_of(layer, "pool_size") if "pool_size" in layer.arguments.values else UNKNOWN
        return (value,) * int(sides[1]) if type(value) is int else value
    return value if isinstance(value, (bool, int, float, tuple)) else UNKNOWN


def call_layer_method(machine: Machine, layer: Layer, name: str, arguments: CallArguments) -> Value:
    """``layer.name(...)`` for a layer of the catalogue."""
    if name in {"enable_lora", "quantize"}:
        machine.state.heap[layer.id] = replace(layer, built=True, weights=None)
        return None
    if name == "count_params":
        return node_params(machine.state.heap, layer.id)
    if name in {"vocabulary_size", "get_vocabulary"} and layer.class_name in _LOOKUPS:
        return _vocabulary(machine, layer, name)
    if name == "convolution_op" and layer.spec is not None and layer.spec.name in _CONVOLUTIONS:
        return _convolution(machine, layer, arguments)
    if name == "adapt" and layer.spec is not None and layer.spec.name in _ADAPTED:
        return _adapt(machine, layer, arguments)
    if name not in {"build", "compute_output_shape"} or layer.spec is None:
        return UNKNOWN
    bound = bind_names(("input_shape",), arguments)
    shape = machine.plain(bound["input_shape"].value) if "input_shape" in bound else UNKNOWN
    specs = _as_specs(shape)
    if name == "build":
        apply_layer(machine.state.heap, layer.id, specs, machine.context)
        now = machine.state.heap[layer.id]
        machine.state.heap[layer.id] = replace(now, built=True)
        return None
    outputs = layer.spec.apply(layer.arguments, specs, machine.context).outputs
    return map_nest(lambda spec: UNKNOWN if spec.shape is UNRANKED else spec.shape, outputs)


_ADAPTED = frozenset({"Normalization", "TextVectorization"})
"""Layers that look at data before they are used, and whose input is of the type that this data has.

``StringLookup`` and its kin give a ``Sequential`` an input of the type of their output.
"""


def _adapt(machine: Machine, layer: Layer, arguments: CallArguments) -> Value:
    """``layer.adapt(data)``: the layer is built for data of that shape, and keeps the shape for a ``Sequential``.

    Keras 2 does so unless it was built before (``_adapt_maybe_build`` of
    tf_keras/src/engine/base_preprocessing_layer.py); Keras 3 builds ``Normalization`` alone.
    """
    bound = bind_names(("data", "batch_size", "steps"), arguments)
    spec = _adapted_to(machine, bound["data"].value) if "data" in bound else None
    statistics = layer.spec is not None and layer.spec.name == "Normalization"
    if spec is None or layer.built or (machine.major == 3 and not statistics):
        return None
    if machine.major == 2:
        # Only Keras 2 has the shape, under another name; the transfer function of the layer looks at it as well.
        seen = Arguments({**layer.arguments.values, "adapted_to": spec.shape}, layer.arguments.given)
        machine.state.heap[layer.id] = replace(layer, arguments=seen)
    apply_layer(machine.state.heap, layer.id, spec, machine.context)
    return None


def _adapted_to(machine: Machine, value: Value) -> TensorSpec | None:
    """The shape of one batch of the data that a layer is adapted to; ``None`` where its axes are not all told."""
    if isinstance(value, Dataset):
        array: Any = value.element
    elif isinstance(value, Column):
        # Keras 2 takes a column of a table for a table of one column.
        array = (
            value.array.with_shape((*value.array.shape, 1)) if isinstance(value.array.shape, tuple) else None
        )
    else:
        array = as_array_like(as_arrays(machine.data(value)))
    if not isinstance(array, ArraySpec) or not isinstance(array.shape, tuple) or not array.shape:
        return None
    return TensorSpec((None, *array.shape[1:]), "string" if array.dtype == TEXT else array.dtype)


_LOOKUPS = frozenset({"StringLookup", "IntegerLookup"})


def _vocabulary(machine: Machine, layer: Layer, name: str) -> Value:
    """The words of a lookup whose vocabulary the program wrote down, or how many there are."""
    from kerascope.layers.lookup import vocabulary_of

    try:
        words = vocabulary_of(layer.arguments)
    except Refusal:
        return UNKNOWN
    if words is None:
        return UNKNOWN
    return len(words) if name == "vocabulary_size" else machine.allocate(ListObject(words))


_CONVOLUTIONS = frozenset({"Conv1D", "Conv2D", "Conv3D"})
"""Layers whose ``call`` is ``convolution_op``, a bias, and an activation, in both Kerases."""


def _convolution(machine: Machine, layer: Layer, arguments: CallArguments) -> Value:
    """``layer.convolution_op(inputs, kernel)``: what the layer gives, if the kernel is its own or has its shape."""
    bound = bind_names(("inputs", "kernel"), arguments)
    inputs = bound["inputs"].value if "inputs" in bound else UNKNOWN
    kernel = bound["kernel"].value if "kernel" in bound else UNKNOWN
    own = weight_of(layer, "kernel")
    if not (isinstance(inputs, Tensor) and isinstance(kernel, Tensor) and isinstance(own, Tensor)):
        return UNKNOWN
    assert layer.spec is not None  # Only the catalogue's layers come here.
    if kernel.spec.shape != own.spec.shape:
        return Tensor(TensorSpec(UNRANKED, ""))
    outputs = layer.spec.apply(layer.arguments, inputs.spec, machine.context).outputs
    return map_nest(Tensor, outputs)


def _as_specs(shape: Any) -> Nest:
    if isinstance(shape, tuple) and all(isinstance(part, tuple) for part in shape) and shape:
        return tuple(_as_specs(part) for part in shape)
    if isinstance(shape, tuple) and all(d is None or isinstance(d, int) or d is UNKNOWN for d in shape):
        return TensorSpec(shape, "")
    return TensorSpec(UNRANKED, "")
