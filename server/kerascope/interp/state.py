"""What a program knows at one point: the names in each scope, the objects in the heap, Keras's name counters."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from kerascope.domain.shapes import UNKNOWN, Unknown
from kerascope.graph.nodes import Layer, Model, Node
from kerascope.interp.values import DictObject, InstanceObject, ListObject, Value, join, same
from kerascope.syntax.units import Site


class Binding(NamedTuple):
    """A name's value, and the expression that it was assigned."""

    value: Value
    origin: Site | None = None


@dataclass(slots=True)
class State:
    """One state; ``fork`` copies it at a branch and ``merge`` joins the branches again.

    ``alive`` is false once this point cannot be reached: after ``return``, ``raise``, ``break``.
    """

    frames: dict[int, dict[str, Binding]] = field(default_factory=dict)
    heap: dict[int, Any] = field(default_factory=dict)
    counters: dict[str, int | Unknown] = field(default_factory=dict)
    alive: bool = True

    def fork(self) -> State:
        """An independent copy; values are immutable, so the maps alone are copied."""
        return State(
            {address: dict(frame) for address, frame in self.frames.items()},
            dict(self.heap),
            dict(self.counters),
            self.alive,
        )


def merge(left: State, right: State) -> State:
    """The state after two branches: what cannot be reached does not count."""
    if not left.alive:
        return right
    if not right.alive:
        return left
    frames: dict[int, dict[str, Binding]] = {}
    for address in left.frames.keys() | right.frames.keys():
        a, b = left.frames.get(address), right.frames.get(address)
        frames[address] = dict(a or b or {}) if a is None or b is None else _merge_frames(a, b)
    heap = dict(right.heap)
    for address, thing in left.heap.items():
        other = heap.get(address)
        heap[address] = thing if other is None or other is thing else merge_objects(thing, other)
    counters: dict[str, int | Unknown] = {}
    for name in left.counters.keys() | right.counters.keys():
        x, y = left.counters.get(name, 0), right.counters.get(name, 0)
        counters[name] = x if x == y else UNKNOWN
    return State(frames, heap, counters, True)


def _merge_frames(left: dict[str, Binding], right: dict[str, Binding]) -> dict[str, Binding]:
    merged = dict(right)
    for name, binding in left.items():
        other = right.get(name)
        if other is None:
            # A name that only one branch binds: whoever reads it later relies on that branch.
            merged[name] = binding
        elif other is not binding:
            merged[name] = Binding(
                join(binding.value, other.value), binding.origin if binding.origin is other.origin else None
            )
    return merged


def merge_objects(left: Any, right: Any) -> Any:
    """One object as two branches left it."""
    if type(left) is not type(right):
        return ListObject(None)
    if isinstance(left, ListObject):
        if left.items is None or right.items is None or len(left.items) != len(right.items):
            return ListObject(None)
        return ListObject(tuple(join(a, b) for a, b in zip(left.items, right.items, strict=True)))
    if isinstance(left, DictObject):
        shared = {key: join(left.items[key], right.items[key]) for key in left.items if key in right.items}
        exact = left.exact and right.exact and left.items.keys() == right.items.keys()
        return DictObject(shared, exact)
    if isinstance(left, InstanceObject):
        shared = {
            key: join(left.attributes[key], right.attributes[key])
            for key in left.attributes
            if key in right.attributes
        }
        exact = left.exact and right.exact and left.attributes.keys() == right.attributes.keys()
        return replace(left, attributes=shared, exact=exact)
    if isinstance(left, Layer):
        return _merge_layers(left, right)
    if isinstance(left, Model):
        return _merge_models(left, right)
    return left if same(left, right) else ListObject(None)


def _merge_layers(left: Layer, right: Layer) -> Layer:
    if left.built != right.built:
        left = left if left.built else right
    weights = left.weights if left.weights == right.weights else None
    trainable = left.trainable if left.trainable == right.trainable else UNKNOWN
    return replace(left, weights=weights, trainable=trainable)


def _merge_models(left: Model, right: Model) -> Model:
    unchanged = (
        left.stack == right.stack
        and left.kind == right.kind
        and (left.inputs is None) == (right.inputs is None)
        and left.name == right.name
    )
    if not unchanged:
        return replace(left, complete=False, compiled=None, compile_unseen=True, trained=True)
    return replace(
        left,
        complete=left.complete and right.complete,
        compiled=left.compiled if left.compiled is right.compiled else None,
        compile_unseen=left.compile_unseen or right.compile_unseen or left.compiled is not right.compiled,
        trainable=left.trainable if left.trainable == right.trainable else UNKNOWN,
        trained=left.trained or right.trained,
        built=left.built and right.built,
    )


def havoc_node(node: Node) -> Node:
    """A layer or model that code we cannot see may have changed."""
    if isinstance(node, Model):
        return replace(
            node,
            complete=node.complete and node.kind == "Functional",
            trainable=UNKNOWN,
            compiled=None,
            compile_unseen=True,
        )
    return replace(node, trainable=UNKNOWN)
