"""The layers of a graph and their calls, in the order in which they run, as the worker replays them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from kerascope.domain.specs import TensorSpec
from kerascope.graph.nodes import Layer, Model, Nest, Node, Tensor, flatten
from kerascope.graph.propagation import returned
from kerascope.layers.packages.models import MODELS
from kerascope.oracle.wire import NotLiteral, encode_arguments, encode_known, encode_spec, layer_symbol
from kerascope.syntax.edits import text_of
from kerascope.syntax.units import Site

if TYPE_CHECKING:
    from kerascope.oracle.questions import Question

CELLS = frozenset({"LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells"})
"""Layers that take states beside their input, as a further argument."""

MOST_CALLS = 2000
"""Of one question; a deeper model is cut, and what lies behind the cut is taken as the analysis has it."""


class Recorder:
    """Collects what a question replays. A tensor whose making cannot be told is cut: it becomes an input.

    After a cut the question is no longer ``full``, for the analysis may be wrong about the shape there. Layers that are
    ``refused`` are cut as well.
    """

    def __init__(self, nodes: Mapping[int, Node], refused: frozenset[int] = frozenset()) -> None:
        self.nodes = nodes
        self.refused = refused
        self.layers: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.full = True
        self._layers: dict[int, int] = {}
        self._tensors: dict[int, list[int]] = {}  # identity of a tensor or a call to [call, output]
        self._kept: list[Any] = []  # what the identities belong to

    def question(self, at: int, doing: str) -> Question:
        """The question whether the layer raises at ``at``."""
        from kerascope.oracle.questions import Question

        body = {"kind": "build", "layers": self.layers, "calls": self.calls}
        return Question("build", body, self.full, at, doing)

    # --- Layers -------------------------------------------------------------------------------------------------

    def refusing_layer(self, layer: Layer) -> int:
        """The layer in question, with what can be told of its arguments. Raises ``NotLiteral``."""
        arguments, all_told = _written(layer)
        # Of a class of the program's own, only what it descends from can be made.
        self.full = self.full and all_told and layer.instance is None
        signature = layer.spec.signature(3) if layer.spec is not None else None
        required = {p.name for p in signature.parameters if p.required} if signature is not None else set()
        if any(name in required and name not in arguments for name in layer.arguments.given):
            raise NotLiteral
        return self._add_layer(layer, arguments)

    def _layer(self, layer: Layer) -> int:
        """A layer on the way. Raises ``NotLiteral`` where an argument cannot be told."""
        if layer.id in self._layers:
            return self._layers[layer.id]
        arguments, all_told = _written(layer)
        known = layer.spec is not None and layer.spec.home not in _NOT_MADE and layer.id not in self.refused
        if not all_told or layer.is_operation or not known or layer.instance is not None:
            raise NotLiteral
        return self._add_layer(layer, arguments)

    def add(self, layer: Layer) -> None:
        """A layer that may be called nowhere; one that cannot be told is left out."""
        try:
            self._layer(layer)
        except NotLiteral:
            self.full = False

    def _add_layer(self, layer: Layer, arguments: dict[str, Any]) -> int:
        if layer.id not in self._layers:
            self._layers[layer.id] = len(self.layers)
            self.layers.append({"make": _class_of(layer), "arguments": arguments})
        return self._layers[layer.id]

    # --- Calls --------------------------------------------------------------------------------------------------

    def call(self, layer: Layer, inputs: Nest) -> int:
        """The call in question; returns its number. Raises ``NotLiteral`` where its inputs cannot be told."""
        nest = self._nest(inputs)
        return self._add_call(layer, nest, inputs)

    def _add_call(self, layer: Layer, nest: dict[str, Any], inputs: Nest) -> int:
        separate = layer.class_name in CELLS or (layer.spec is not None and bool(layer.spec.tensors))
        spread = separate and isinstance(inputs, tuple)
        call: dict[str, Any] = {"layer": self._layers[layer.id], "inputs": nest}
        if spread:
            call = {"layer": self._layers[layer.id], "inputs": nest, "spread": True}
        self.calls.append(call)
        return len(self.calls) - 1

    def _nest(self, inputs: Nest) -> dict[str, Any]:
        if isinstance(inputs, tuple):
            return {"list": [self._nest(item) for item in inputs]}
        if isinstance(inputs, dict):
            return {"dict": [[key, self._nest(item)] for key, item in inputs.items()]}
        return {"tensor": self.tensor(inputs)}

    def tensor(self, leaf: Any) -> list[int]:
        """A tensor as ``[call, output]``, recorded with all that it is made from. Raises ``NotLiteral``."""
        if isinstance(leaf, TensorSpec):
            # Data came without a graph, so that there is nothing before it.
            return self._input(leaf)
        if not isinstance(leaf, Tensor):
            raise NotLiteral
        for tensor in _behind(leaf):
            if id(tensor) not in self._tensors:
                self._make(tensor)
        return self._tensors[id(leaf)]

    def _make(self, tensor: Tensor) -> None:
        """Records how a tensor is made, everything before it being recorded already; cuts where it cannot be."""
        self._kept.append(tensor)
        call = tensor.call
        node = self.nodes.get(call.layer_id) if call is not None else None
        if call is not None and id(call) in self._tensors:
            made = self._tensors[id(call)][0]
            self._tensors[id(tensor)] = [made, tensor.index]
            return
        try:
            if call is None or node is None or len(self.calls) > MOST_CALLS:
                raise NotLiteral
            if isinstance(node, Layer) and node.class_name == "InputLayer":
                self._tensors[id(tensor)] = self._input(tensor.spec)
                return
            if isinstance(node, Model):
                self._tensors[id(tensor)] = self._model_output(node, tensor)
                return
            if node.spec is None or _has_extra(call.inputs):
                raise NotLiteral
            nest = self._nest(call.inputs)
            self._layer(node)
            number = self._add_call(node, nest, call.inputs)
            self._tensors[id(call)] = [number, 0]
            self._tensors[id(tensor)] = [number, tensor.index]
        except NotLiteral:
            self.full = False
            self._tensors[id(tensor)] = self._input(tensor.spec)

    def _model_output(self, model: Model, tensor: Tensor) -> list[int]:
        """What a nested model returns, where it is called on tensors like its own inputs."""
        own = [leaf for leaf in flatten(model.inputs) if isinstance(leaf, Tensor)] if model.inputs else []
        call = tensor.call
        given = [leaf for leaf in flatten(call.inputs) if isinstance(leaf, Tensor)] if call else []
        made = list(flatten(returned(model))) if model.outputs is not None else []
        same = len(own) == len(given) and all(a.spec == b.spec for a, b in zip(own, given, strict=True))
        if not model.complete or not same or tensor.index >= len(made):
            raise NotLiteral
        return self.tensor(made[tensor.index])

    def _input(self, spec: TensorSpec) -> list[int]:
        self.calls.append({"input": encode_spec(spec)})
        return [len(self.calls) - 1, 0]


_NOT_MADE: Final = frozenset({MODELS, "tensorflow_addons.layers"})
"""What the worker makes nothing of: models need files, and a package for Keras 2 need not be there."""


def _behind(tensor: Tensor) -> list[Tensor]:
    """A tensor and all that it is made from, each after those that it needs; models are deeper than Python's stack."""
    ordered: list[Tensor] = []
    seen: set[int] = set()
    stack: list[tuple[Tensor, bool]] = [(tensor, False)]
    while stack:
        current, expanded = stack.pop()
        if expanded:
            ordered.append(current)
            continue
        if id(current) in seen:
            continue
        seen.add(id(current))
        stack.append((current, True))
        if current.call is not None and len(seen) <= MOST_CALLS:
            parents = [leaf for leaf in flatten(current.call.inputs) if isinstance(leaf, Tensor)]
            stack += [(parent, False) for parent in reversed(parents)]
    return ordered


def _has_extra(inputs: Nest) -> bool:
    """Whether tensors were given beside the inputs, as the states of a recurrent layer; which is which is not kept."""
    return isinstance(inputs, tuple) and len(inputs) == 2 and isinstance(inputs[1], tuple)


def _written(layer: Layer) -> tuple[dict[str, Any], bool]:
    """The arguments that the program gives, and whether all can be told."""
    given = {name: layer.arguments[name] for name in sorted(layer.arguments.given)}
    if layer.class_name == "InputLayer" and not given:
        given = {name: layer.arguments[name] for name in sorted(layer.arguments.values)}
    try:
        return encode_arguments(given), True
    except NotLiteral:
        return encode_known(given)


def _class_of(layer: Layer) -> str:
    """The name under which the layer is made."""
    func = getattr(layer.site.node, "func", None)
    if layer.class_name == "InputLayer":
        written = text_of(Site(layer.site.unit, func)) if func is not None else ""
        return "keras.layers.InputLayer" if written.endswith("InputLayer") else "keras.Input"
    return layer_symbol(layer.spec.symbol if layer.spec is not None else layer.class_name)
