"""Symbolic tensors in values: nests of them, their specifications, and whether a graph of them is whole."""

from __future__ import annotations

import functools
from typing import Any

from kerascope.domain.shapes import UNRANKED
from kerascope.domain.specs import TensorSpec
from kerascope.graph.nodes import UNKNOWN_TENSOR, Nest, Tensor, flatten
from kerascope.graph.order import topological_calls
from kerascope.interp.machine import Machine
from kerascope.interp.values import DictObject, ListObject, OneOf, Value, join_tensors


def tensors_of(machine: Machine, value: Value) -> Nest:
    """A nest of tensors from what a layer is called on; what is no symbolic tensor is an unknown one."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, tuple):
        return tuple(tensors_of(machine, part) for part in value)
    if isinstance(value, OneOf) and all(isinstance(part, Tensor) for part in value.alternatives):
        return functools.reduce(join_tensors, value.alternatives)
    thing = machine.thing(value)
    if isinstance(thing, ListObject) and thing.items is not None:
        return tuple(tensors_of(machine, part) for part in thing.items)
    if isinstance(thing, DictObject) and thing.exact:
        return {key: tensors_of(machine, part) for key, part in thing.items.items()}
    return UNKNOWN_TENSOR


def spec_of(tensor: Any) -> TensorSpec:
    """The specification of a leaf."""
    return tensor.spec if isinstance(tensor, Tensor) else TensorSpec(UNRANKED, "")


def on_data(inputs: Nest) -> bool:
    """Whether a layer is called on data among others: elements of a dataset, or what was computed from them."""
    return any(isinstance(leaf, Tensor) and leaf.data is not None for leaf in flatten(inputs))


def connected(inputs: Nest, outputs: Nest) -> bool:
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
