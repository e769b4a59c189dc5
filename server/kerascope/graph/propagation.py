"""Shapes through layers and models: one call of a layer, a model called as a layer, a model replayed on data."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, replace
from typing import Any

from kerascope.domain.shapes import UNRANKED, rank
from kerascope.domain.specs import NestedLayer, TensorSpec
from kerascope.graph.nodes import Layer, Model, Nest, Node, Tensor, flatten, map_nest
from kerascope.graph.order import topological_calls
from kerascope.layers.base import Arguments, Context, Fault, Outcome, Weight
from kerascope.layers.catalogue import layer_spec

UNKNOWN_SPEC = TensorSpec(UNRANKED, "")


@dataclass(frozen=True, slots=True, eq=False)
class PropagationFault:
    """A fault met while a model was run on specifications: which layer, and on what."""

    fault: Fault
    layer: Layer
    inputs: Nest


def context_for(major: int, data_format: str = "channels_last", *, on_data: bool = False) -> Context:
    """The surroundings in which the catalogue's layers run: on symbolic tensors, or on data."""

    def apply_layer(name: str, arguments: Mapping[str, Any], inputs: Nest) -> Outcome:
        spec = layer_spec(name)
        if spec is None:
            return Outcome(UNKNOWN_SPEC, None)
        defaults = {parameter.name: parameter.default for parameter in spec.signature(major).parameters}
        bound = Arguments({**defaults, **arguments}, frozenset(arguments))
        return spec.apply(bound, inputs, context)

    context = Context(major, data_format, on_data, apply_layer)
    return context


def apply_layer(
    nodes: MutableMapping[int, Node], layer_id: int, specs: Nest, context: Context
) -> tuple[Nest, list[PropagationFault]]:
    """Runs a layer or model on input specifications; a layer called first time is built.

    Returns a nest of ``TensorSpec`` and what was refused.
    """
    node = nodes[layer_id]
    if isinstance(node, Model):
        return apply_model(nodes, node, specs, context)
    if node.spec is None:
        if node.again is not None:
            # An operation that cannot take these says nothing of what comes out.
            outputs = node.again(specs)
            return map_nest(lambda leaf: leaf if isinstance(leaf, TensorSpec) else UNKNOWN_SPEC, outputs), []
        if not node.is_operation:
            nodes[layer_id] = replace(node, built=True)
        return UNKNOWN_SPEC, []
    outcome = node.spec.apply(node.arguments, specs, context)
    if not node.built:
        weights = _with_activation(node, outcome, context)
        nodes[layer_id] = replace(node, built=True, weights=weights)
    return outcome.outputs, [PropagationFault(fault, node, specs) for fault in outcome.faults]


_ACTIVATED_BY_LAYERS = re.compile(r"Dense$|Conv\dD")
"""Layers that hand what they computed to their activation as it is."""


def _with_activation(node: Layer, outcome: Outcome, context: Context) -> tuple[Weight, ...] | None:
    """A layer's weights, with those of a layer that is its activation: Keras 2 counts them, Keras 3 does not."""
    activation = node.arguments.get("activation")
    if (
        context.major == 3
        or outcome.weights is None
        or not isinstance(activation, NestedLayer)
        or activation.name != "PReLU"
    ):
        return outcome.weights
    if not _ACTIVATED_BY_LAYERS.search(node.class_name) or context.apply_layer is None:
        return None
    own = context.apply_layer(activation.name, activation.arguments, outcome.outputs).weights
    return None if own is None else (*outcome.weights, *own)


def apply_model(
    nodes: MutableMapping[int, Node], model: Model, specs: Nest, context: Context
) -> tuple[Nest, list[PropagationFault]]:
    """Runs a model on input specifications, as a layer or on data."""
    if not model.complete or model.kind == "Model":
        return UNKNOWN_SPEC, []
    if model.outputs is None:
        if model.kind != "Sequential":
            return UNKNOWN_SPEC, []
        faults: list[PropagationFault] = []
        for layer_id in model.stack:
            specs, found = apply_layer(nodes, layer_id, specs, context)
            faults += found
            if found:
                break
        nodes[model.id] = replace(model, built=True)
        return specs, faults
    return _replay(nodes, model, specs, context)


def _replay(
    nodes: MutableMapping[int, Node], model: Model, specs: Nest, context: Context
) -> tuple[Nest, list[PropagationFault]]:
    known: dict[int, TensorSpec] = {}
    own = list(flatten(model.inputs))
    given = list(flatten(specs))
    if len(own) != len(given):
        return map_nest(lambda _: UNKNOWN_SPEC, returned(model)), []
    same = True
    for tensor, spec in zip(own, given, strict=True):
        adjusted = _adjust_rank(spec, tensor.spec)
        same = same and adjusted.shape == tensor.spec.shape
        known[id(tensor)] = adjusted
    outputs_nest = returned(model)
    if same:
        return map_nest(lambda tensor: tensor.spec, outputs_nest), []
    outputs_of: dict[int, Nest] = {}
    for call in topological_calls(model.inputs, model.outputs):
        inputs = map_nest(lambda tensor: _value(tensor, known, outputs_of), call.inputs)
        if not any(True for _ in flatten(call.inputs)):
            outputs_of[id(call)] = next((known[id(t)] for t in own if t.call is call), call.outputs)
            continue
        outputs, faults = apply_layer(nodes, call.layer_id, inputs, context)
        if faults:
            return map_nest(lambda _: UNKNOWN_SPEC, outputs_nest), faults
        outputs_of[id(call)] = outputs
    return map_nest(lambda tensor: _value(tensor, known, outputs_of), outputs_nest), []


def returned(model: Model) -> Nest:
    """What calling the model returns: a Sequential returns its one output by itself."""
    if model.kind == "Sequential" and isinstance(model.outputs, tuple) and len(model.outputs) == 1:
        return model.outputs[0]
    return model.outputs


def _value(tensor: Any, known: Mapping[int, TensorSpec], outputs_of: Mapping[int, Nest]) -> Any:
    if not isinstance(tensor, Tensor):
        return tensor
    if id(tensor) in known:
        return known[id(tensor)]
    if tensor.call is None or id(tensor.call) not in outputs_of:
        return UNKNOWN_SPEC
    leaves = list(flatten(outputs_of[id(tensor.call)]))
    return leaves[tensor.index] if tensor.index < len(leaves) else UNKNOWN_SPEC


def _adjust_rank(spec: TensorSpec, own: TensorSpec) -> TensorSpec:
    """A functional model adds or drops a last axis of size one.

    Source: ``Functional._adjust_input_rank`` (Keras 3) and ``_conform_to_reference_input`` (Keras 2).
    """
    ndim, own_ndim = rank(spec.shape), rank(own.shape)
    if ndim is None or own_ndim is None or spec.shape is UNRANKED or own.shape is UNRANKED:
        return spec
    if ndim == own_ndim + 1 and spec.shape[-1] == 1:
        return replace(spec, shape=spec.shape[:-1])
    if ndim == own_ndim - 1 and own.shape[-1] == 1:
        return replace(spec, shape=(*spec.shape, 1))
    return spec


def weights_of(
    nodes: Mapping[int, Node], layer_id: int
) -> list[tuple[int, tuple[Weight, ...] | None, bool | Any]]:
    """The weights below a node, each layer once: (layer id, its weights or ``None``, whether trainable)."""
    found: dict[int, tuple[int, tuple[Weight, ...] | None, Any]] = {}

    def visit(node_id: int, trainable: Any) -> None:
        node = nodes.get(node_id)
        if node is None or node_id in found:
            return
        own = _both(trainable, node.trainable)
        if isinstance(node, Model):
            if node.kind == "Model" and node.built:
                found[node_id] = (node_id, (), own)
                for member in node.stack:
                    visit(member, own)
                return
            if not node.complete or node.kind == "Model":
                found[node_id] = (node_id, None, own)
                return
            for member in members(node):
                visit(member, own)
            return
        found[node_id] = (node_id, node.weights if node.built or node.weights == () else None, own)
        for part in node.parts:
            visit(part, own)

    visit(layer_id, True)
    return list(found.values())


def _both(left: Any, right: Any) -> Any:
    if left is False or right is False:
        return False
    if left is True and right is True:
        return True
    return left if left is not True else right


def members(model: Model) -> tuple[int, ...]:
    """Ids of the layers that a model holds, its input layers included, in no promised order."""
    if model.kind == "Sequential":
        return model.stack
    if model.outputs is None:
        return ()
    calls = topological_calls(model.inputs, model.outputs)
    unused = [t.call.layer_id for t in flatten(model.inputs) if isinstance(t, Tensor) and t.call is not None]
    return tuple(dict.fromkeys([call.layer_id for call in calls] + unused))
