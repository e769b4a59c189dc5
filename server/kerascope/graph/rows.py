"""The table that ``model.summary()`` prints: rows, totals, and the order Keras has them in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Unknown, dim_add
from kerascope.graph.nodes import Call, Layer, Model, ModelGraph, Node, Tensor, flatten, map_nest, sources
from kerascope.graph.order import layer_order, topological_calls
from kerascope.graph.propagation import returned, weights_of
from kerascope.syntax.units import Site

Count = int | Unknown


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a layer as the table shows it. ``output_shape`` is a nest of shapes."""

    name: str | Unknown
    class_name: str
    output_shape: Any
    params: Count
    site: Site
    inbound: tuple[str | Unknown, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A summary: rows and totals."""

    name: str | Unknown
    kind: str
    complete: bool
    rows: tuple[Row, ...]
    total: Count
    trainable: Count
    non_trainable: Count


def _count(dim: Dim) -> Count:
    return dim if isinstance(dim, int) else UNKNOWN


def node_params(nodes: Mapping[int, Node], node_id: int) -> Count:
    """Parameters of one layer or nested model."""
    total: Dim = 0
    for _, weights, _ in weights_of(nodes, node_id):
        if weights is None:
            return UNKNOWN
        for weight in weights:
            total = dim_add(total, weight.size)
    return _count(total)


def _totals(nodes: Mapping[int, Node], ids: Iterable[int], root: Model) -> tuple[Count, Count, Count]:
    seen: set[int] = set()
    trainable: Count = 0
    frozen: Count = 0
    for node_id in ids:
        for layer_id, weights, may_train in weights_of(nodes, node_id):
            if layer_id in seen:
                continue
            seen.add(layer_id)
            if weights is None:
                return UNKNOWN, UNKNOWN, UNKNOWN
            for weight in weights:
                size = _count(weight.size)
                if size is UNKNOWN:
                    return UNKNOWN, UNKNOWN, UNKNOWN
                trains = weight.trainable and _known_truth(may_train) and _known_truth(root.trainable)
                if weight.trainable and (may_train is UNKNOWN or root.trainable is UNKNOWN):
                    trainable = frozen = UNKNOWN
                elif trains and trainable is not UNKNOWN:
                    trainable += size
                elif frozen is not UNKNOWN:
                    frozen += size
    total: Dim = 0
    for node_id in seen:
        node = nodes[node_id]
        for weight in (node.weights or ()) if isinstance(node, Layer) else ():
            total = dim_add(total, weight.size)
    return _count(total), trainable, frozen


def _known_truth(value: Any) -> bool:
    return value is True


def _shape_of(outputs: Any) -> Any:
    return map_nest(lambda leaf: leaf.shape if hasattr(leaf, "shape") else UNRANKED, outputs)


def table(graph: ModelGraph, major: int) -> Table:
    """The table of a model as it stood when ``graph`` was taken."""
    model, nodes = graph.model, graph.nodes
    if model.kind == "Model":
        return Table(model.name, model.kind, False, (), UNKNOWN, UNKNOWN, UNKNOWN)
    if model.outputs is None:
        return _deferred(graph)
    calls = topological_calls(model.inputs, model.outputs)
    if model.kind == "Sequential":
        ids = tuple(
            layer_id for layer_id in model.stack if getattr(nodes[layer_id], "class_name", "") != "InputLayer"
        )
    else:
        ids = layer_order(model.inputs, model.outputs)
    by_layer: dict[int, list[Call]] = {}
    for call in calls:
        by_layer.setdefault(call.layer_id, []).append(call)
    for tensor in flatten(model.inputs):
        if isinstance(tensor, Tensor) and tensor.call is not None:
            by_layer.setdefault(tensor.call.layer_id, [tensor.call])
    shown = [node_id for node_id in ids if nodes[node_id].class_name != "?"]
    complete = model.complete and len(shown) == len(ids)
    masks = {mask.call.layer_id for call in calls for mask in call.masks if mask.call is not None}
    # A mask has no weights, however it is made.
    counted = model.complete and masks.issuperset(set(ids).difference(shown))
    rows = tuple(_row(nodes, node_id, by_layer.get(node_id, []), major) for node_id in shown)
    total, trainable, frozen = _totals(nodes, ids, model)
    if major == 3 and model.trained and (model.compiled is not None or model.compile_unseen):
        # Once trained, Keras 3 adds the optimizer's own variables to the total.
        total = UNKNOWN
    if not counted:
        total = trainable = frozen = UNKNOWN
    return Table(model.name, model.kind, complete, rows, total, trainable, frozen)


def _row(nodes: Mapping[int, Node], node_id: int, calls: list[Call], major: int) -> Row:
    node = nodes[node_id]
    shapes = [_shape_of(call.outputs) for call in calls]
    shape: Any = UNRANKED
    if shapes:
        # Keras 3 shows the last call of a shared layer; Keras 2 shows a shape only where all calls agree.
        shape = shapes[-1] if major == 3 or all(other == shapes[0] for other in shapes) else UNRANKED
    if major == 2 and isinstance(node, Model) and node.outputs is not None:
        # Keras 2 shows what a model within a model was built with, not what it was called on.
        shape = _shape_of(map_nest(lambda tensor: getattr(tensor, "spec", None), returned(node)))
    inbound = tuple(
        producer.name
        for call in calls
        for tensor in sources(call)
        if tensor.call is not None
        if (producer := nodes.get(tensor.call.layer_id)) is not None
    )
    return Row(node.name, _class_name(node), shape, node_params(nodes, node_id), node.site, inbound)


def _class_name(node: Node) -> str:
    return node.class_name


def _deferred(graph: ModelGraph) -> Table:
    """A Sequential that has no input shape yet: Keras 3 prints its layers without figures."""
    model, nodes = graph.model, graph.nodes
    unknown: Shape = UNRANKED
    rows = tuple(
        Row(
            nodes[layer_id].name,
            _class_name(nodes[layer_id]),
            unknown,
            node_params(nodes, layer_id),
            nodes[layer_id].site,
            (),
        )
        for layer_id in model.stack
        if layer_id in nodes
    )
    total, trainable, frozen = _totals(nodes, model.stack, model) if model.complete else (UNKNOWN,) * 3
    return Table(model.name, model.kind, model.complete, rows, total, trainable, frozen)
