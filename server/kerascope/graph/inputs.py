"""Data against inputs: what becomes of arrays that a model with known inputs is fed."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import libcst as cst

from kerascope.domain.shapes import UNRANKED, Shape
from kerascope.domain.specs import ArraySpec, NestedLayer, TensorSpec
from kerascope.graph.nodes import Event, Layer, Model, ModelGraph, Nest, Node, Tensor, flatten, map_nest
from kerascope.graph.order import topological_calls
from kerascope.graph.propagation import context_for, returned
from kerascope.graph.queries import CONVOLUTIONS
from kerascope.layers.base import Arguments, Context, Weight
from kerascope.syntax.edits import text_of
from kerascope.syntax.units import Site

FEEDING = ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch")
"""The methods of a model that are given data as their first argument."""

_UNKNOWN_SPEC = TensorSpec(UNRANKED, "")
_MULTIPLIES = CONVOLUTIONS | {"Dense", "LSTM", "GRU", "SimpleRNN"}
# Layers whose arithmetic, and not only their ``build``, refuses such inputs.
_REFUSES = _MULTIPLIES | {
    "Add", "Average", "Concatenate", "Multiply", "Reshape", "Subtract",
    *(f"{kind}Pooling{n}D" for kind in ("Max", "Average") for n in (1, 2, 3)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fed:
    """One array given to one input of a model. ``shape`` is how the input sees it, rank adapted, batch axis open."""

    event: Event
    tensor: Tensor
    expected: tuple[Any, ...]
    array: ArraySpec
    data: tuple[Any, ...]
    site: Site
    shape: Shape


def fed_arrays(event: Event) -> tuple[Fed, ...]:
    """The arrays that a call feeds its model, one for each input; empty where they or the inputs are not known."""
    inputs = event.graph.input_tensors
    value = event.arguments.get("x")
    arrays = value if isinstance(value, tuple) else (value,)
    if isinstance(value, dict) and not isinstance(event.graph.model.inputs, dict):
        # A dictionary gives each input by its name.
        named = [event.graph.layer(tensor) for tensor in inputs if isinstance(tensor, Tensor)]
        arrays = tuple(value.get(layer.name) if layer is not None else None for layer in named)
    if event.kind not in FEEDING or not inputs or len(arrays) != len(inputs) or "x" not in event.sites:
        return ()
    found = []
    for tensor, array in zip(inputs, arrays, strict=True):
        if not isinstance(array, ArraySpec) or not isinstance(tensor, Tensor):
            return ()
        if not isinstance(array.shape, tuple) or not isinstance(tensor.spec.shape, tuple) or not array.shape:
            return ()
        expected = tensor.spec.shape
        found.append(
            Fed(event, tensor, expected, array, array.shape, event.sites["x"], adapted(array.shape, expected))
        )
    return tuple(found)


def adapted(data: tuple[Any, ...], expected: tuple[Any, ...]) -> Shape:
    """Data of a known number of axes as the model's first layers get it, ``UNRANKED`` where Keras refuses the number.

    A last axis of one is added or dropped. Source: ``Functional._adjust_input_rank`` (Keras 3) and
    ``_conform_to_reference_input`` (Keras 2).
    """
    batched = (None, *data[1:])
    if len(data) == len(expected):
        return batched
    if len(data) == len(expected) + 1 and data[-1] == 1:
        return batched[:-1]
    if len(data) == len(expected) - 1 and expected[-1] == 1:
        return (*batched, 1)
    return UNRANKED


# --- Whether a model refuses data -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refused:
    """A model refuses what it is fed: at the input itself, or at ``layer``, which gets ``shape`` there."""

    layer: Layer | None = None
    shape: Shape = UNRANKED


def refused(fed: Iterable[Fed], major: int) -> Refused | None:
    """Whether the model raises for certain on what it is fed; ``None`` if it may run.

    Keras 2 holds the sizes of the data against its inputs. Keras 3 holds only the number of axes against them, so that
    a layer has to refuse a size: one whose weights were made for another one, or one that cannot compute with it.
    """
    result = _replayed(tuple(fed), major)
    return result if isinstance(result, Refused) else None


@functools.lru_cache(maxsize=8)
def fed_output(event: Event, major: int) -> Shape | Refused:
    """The shape of a model's one output for the very data that it is fed; ``UNRANKED`` if that is not known."""
    result = _replayed(fed_arrays(event), major)
    if isinstance(result, Refused):
        return result
    leaves = list(flatten(result))
    return leaves[0].shape if len(leaves) == 1 and isinstance(leaves[0], TensorSpec) else UNRANKED


def _replayed(fed: tuple[Fed, ...], major: int) -> Refused | Nest:
    if not fed or not fed[0].event.graph.model.complete:
        return _UNKNOWN_SPEC
    if major == 2 and any(_input_differs(one.data, one.expected) for one in fed):
        return Refused()
    if major == 3 and any(one.shape is UNRANKED for one in fed):
        return Refused()
    graph = fed[0].event.graph
    specs = [TensorSpec((None, *one.data[1:]), one.array.dtype) for one in fed]
    try:
        return _Replay(graph.nodes, context_for(major)).model(graph.model, specs)
    except _Stopped as stopped:
        return Refused(stopped.layer, stopped.shape)


def agrees(fed: Fed) -> bool:
    """Whether the data has the sizes that its input asks for, as far as they are known."""
    return isinstance(fed.shape, tuple) and not any(
        type(got) is type(want) is int and got != want
        for got, want in zip(fed.shape[1:], fed.expected[1:], strict=True)
    )


def _input_differs(data: tuple[Any, ...], expected: tuple[Any, ...]) -> bool:
    """What ``assert_input_compatibility`` of Keras 2 finds: last axes of one are dropped, the shorter shape decides."""
    left = data[1:-1] if len(data) > 1 and data[-1] == 1 else data[1:]
    right = expected[1:-1] if len(expected) > 1 and expected[-1] == 1 else expected[1:]
    return any(
        isinstance(a, int) and isinstance(b, int) and a != b for a, b in zip(left, right, strict=False)
    )


class _Stopped(Exception):  # noqa: N818 - it is no error of ours
    def __init__(self, layer: Layer, shape: Shape) -> None:
        self.layer, self.shape = layer, shape


class _Replay:
    """Runs a built model on other specifications; raises ``_Stopped`` at a layer that refuses them for certain."""

    def __init__(self, nodes: Mapping[int, Node], context: Context) -> None:
        self.nodes, self.context = nodes, context

    def model(self, model: Model, specs: list[TensorSpec]) -> Nest:
        """The specifications that a model returns."""
        own = (
            [tensor for tensor in flatten(model.inputs) if isinstance(tensor, Tensor)] if model.inputs else []
        )
        if not model.complete or model.kind == "Model" or model.outputs is None or len(own) != len(specs):
            return _UNKNOWN_SPEC
        known: dict[int, TensorSpec] = {}
        for tensor, spec in zip(own, specs, strict=True):
            expected, shape = tensor.spec.shape, spec.shape
            if isinstance(shape, tuple) and shape and isinstance(expected, tuple):
                # Where Keras 2 can add or drop no axis, it goes on with the data as it is.
                shape = shape if adapted(shape, expected) is UNRANKED else adapted(shape, expected)
            known[id(tensor)] = TensorSpec(shape, spec.dtype)
        outputs: dict[int, Nest] = {}

        def value(tensor: Any) -> Any:
            if not isinstance(tensor, Tensor):
                return tensor
            if id(tensor) in known:
                return known[id(tensor)]
            made = outputs.get(id(tensor.call))
            leaves = list(flatten(made)) if made is not None else []
            return leaves[tensor.index] if tensor.index < len(leaves) else _UNKNOWN_SPEC

        for call in topological_calls(model.inputs, model.outputs):
            if any(True for _ in flatten(call.inputs)):
                outputs[id(call)] = self.node(self.nodes.get(call.layer_id), map_nest(value, call.inputs))
        return map_nest(value, returned(model))

    def node(self, node: Node | None, specs: Nest) -> Nest:
        """The specifications that a layer or a nested model returns."""
        leaves = list(flatten(specs))
        if isinstance(node, Model):
            return self.model(node, leaves)
        if isinstance(node, Layer) and node.again is not None:
            return node.again(specs)
        if node is None or node.spec is None or not all(isinstance(leaf, TensorSpec) for leaf in leaves):
            return _UNKNOWN_SPEC
        outcome = node.spec.apply(node.arguments, specs, self.context)
        if (outcome.faults and node.class_name in _REFUSES) or (
            _multiplies(node.class_name, node.arguments) and _weights_differ(node.weights, outcome.weights)
        ):
            raise _Stopped(node, leaves[0].shape)
        return outcome.outputs


def _multiplies(name: str, arguments: Arguments) -> bool:
    """Whether a layer multiplies its input with a kernel that has a row for each feature."""
    nested = arguments.get("layer")
    if name in {"Bidirectional", "TimeDistributed"} and isinstance(nested, NestedLayer):
        return nested.name in _MULTIPLIES
    return name in _MULTIPLIES


def _weights_differ(made: tuple[Weight, ...] | None, needed: tuple[Weight, ...] | None) -> bool:
    """Whether a layer would need weights of another shape than it has."""
    if not made or not needed or len(made) != len(needed):
        return False
    for one, other in zip(made, needed, strict=True):
        if not isinstance(one.shape, tuple) or not isinstance(other.shape, tuple):
            continue
        if any(type(a) is type(b) is int and a != b for a, b in zip(one.shape, other.shape, strict=False)):
            return True
    return False


# --- Where an input is written --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Declared:
    """The argument that gives an input its shape: the layer that it is written on, its name and its place."""

    layer: Layer
    name: str
    site: Site


def declared_input(graph: ModelGraph, tensor: Tensor) -> Declared | None:
    """Where the shape of an input is written: on an ``Input``, or on the first layer of a Sequential."""
    source = graph.layer(tensor)
    if not isinstance(source, Layer) or source.class_name != "InputLayer":
        return None
    for name in ("shape", "batch_shape", "input_shape", "batch_input_shape"):
        if name in source.sites:
            return Declared(source, name, source.sites[name])
    first = graph.nodes.get(graph.model.stack[1]) if len(graph.model.stack) > 1 else None
    if isinstance(first, Layer) and tensor.call is not None:
        for name in ("input_shape", "input_dim", "batch_input_shape"):
            if name in first.sites and (name != "input_dim" or first.class_name != "Embedding"):
                return Declared(first, name, first.sites[name])
    return None


def indexed(site: Site, index: str) -> str:
    """What stands at a place with an index behind it: ``x[..., None]``, ``(x / 255)[..., None]``."""
    text = text_of(site)
    bound = (cst.Name, cst.Attribute, cst.Subscript, cst.Call)
    return f"{text}[{index}]" if isinstance(site.node, bound) else f"({text})[{index}]"
