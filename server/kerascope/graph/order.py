"""The order in which Keras lists the layers of a functional model: by depth, then by traversal.

Source: ``map_graph`` in ``keras/src/ops/function.py`` and ``_map_graph_network`` in
``tf_keras/src/engine/functional.py``, which agree.
"""

from __future__ import annotations

import functools
from typing import Any

from kerascope.graph.nodes import Call, Nest, Tensor, flatten, sources


class _Identity:
    """A nest as a key: the same object, not an equal one."""

    __slots__ = ("nest",)

    def __init__(self, nest: Nest) -> None:
        self.nest = nest

    def __hash__(self) -> int:
        return id(self.nest)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, _Identity) and self.nest is other.nest


def topological_calls(inputs: Nest, outputs: Nest) -> tuple[Call, ...]:
    """All calls between ``inputs`` and ``outputs``, each after those that it needs.

    The walk goes back from each output, inputs of a call in order, and stops at the model's inputs. It is
    iterative, since real models are deeper than Python's stack. Graphs do not change, so that the last few are kept:
    each call of a model and each rule asks for the same one again.
    """
    return _walked(_Identity(inputs), _Identity(outputs))


@functools.lru_cache(maxsize=16)
def _walked(begin: _Identity, end: _Identity) -> tuple[Call, ...]:
    inputs, outputs = begin.nest, end.nest
    stop_at = {id(tensor) for tensor in flatten(inputs)}
    finished: set[int] = set()
    ordered: list[Call] = []
    for output in flatten(outputs):
        if not isinstance(output, Tensor) or output.call is None:
            continue
        stack: list[tuple[Tensor, bool]] = [(output, False)]
        while stack:
            tensor, expanded = stack.pop()
            call = tensor.call
            if call is None or id(call) in finished:
                continue
            if expanded:
                finished.add(id(call))
                ordered.append(call)
                continue
            parents = list(sources(call))
            if parents and id(tensor) in stop_at:
                finished.add(id(call))
                continue
            stack.append((tensor, True))
            stack += [(parent, False) for parent in reversed(parents) if parent.call is not None]
    return tuple(ordered)


def _first_seen(inputs: Nest, outputs: Nest) -> dict[int, int]:
    """Layer ids by the order in which the walk back from the outputs first meets them."""
    stop_at = {id(tensor) for tensor in flatten(inputs)}
    finished: set[int] = set()
    order: dict[int, int] = {}
    for output in flatten(outputs):
        stack: list[Tensor] = [output] if isinstance(output, Tensor) else []
        while stack:
            tensor = stack.pop()
            call = tensor.call
            if call is None or id(call) in finished:
                continue
            finished.add(id(call))
            parents = list(sources(call))
            if parents and id(tensor) in stop_at:
                continue
            order.setdefault(call.layer_id, len(order))
            stack += reversed(parents)
    return order


def layer_order(inputs: Nest, outputs: Nest) -> tuple[int, ...]:
    """Layer ids in the order in which a functional model lists its layers."""
    calls = topological_calls(inputs, outputs)
    traversal = _first_seen(inputs, outputs)
    producer = {id(call): call for call in calls}
    call_depth: dict[int, int] = {}
    layer_depth: dict[int, int] = {}
    for call in reversed(calls):
        depth = max(call_depth.get(id(call), 0), layer_depth.get(call.layer_id, 0))
        layer_depth[call.layer_id] = depth
        call_depth[id(call)] = depth
        for tensor in sources(call):
            if id(tensor.call) in producer:
                call_depth[id(tensor.call)] = max(depth + 1, call_depth.get(id(tensor.call), 0))
    for tensor in flatten(inputs):
        made_by = tensor.call if isinstance(tensor, Tensor) else None
        if made_by is None or made_by.layer_id in layer_depth or any(True for _ in flatten(made_by.inputs)):
            continue
        layer_depth[made_by.layer_id] = 0
        traversal[made_by.layer_id] = -1
    return tuple(sorted(layer_depth, key=lambda layer: (-layer_depth[layer], traversal.get(layer, 0))))
