"""Models of packages beside Keras that no program builds itself: each is one layer of what it is put into."""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN
from kerascope.graph.names import stem_of
from kerascope.graph.nodes import Layer, Tensor
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import Ref, Value
from kerascope.layers.base import Arguments
from kerascope.layers.packages.models import COUNTED, MODELS, model_spec
from kerascope.syntax.units import Site


def make_model(machine: Machine, symbol: str, arguments: CallArguments, site: Site) -> Value:
    """``keras_nlp.models.BertClassifier.from_preset(...)``; ``NotImplemented`` where nothing is known of the name.

    The model's own name, and how many layers of Keras were named before those that come now, hang on the release.
    """
    spec = model_spec(symbol)
    if spec is None:
        return NotImplemented
    values: dict[str, Any] = {name: machine.plain(given.value) for name, given in arguments.keywords.items()}
    if len(arguments.positional) > 1 and not symbol.endswith(".from_preset"):
        values["num_classes"] = machine.plain(arguments.positional[1].value)
    if not arguments.complete:
        values["num_classes"] = UNKNOWN
    address = machine.fresh()
    machine.state.heap[address] = Layer(
        id=address,
        class_name=spec.name,
        spec=spec,
        arguments=Arguments(values, frozenset(values)),
        sites={},
        site=site,
        name=UNKNOWN,
    )
    known = list(machine.state.counters) if machine.major == 2 else []
    for stem in (*(stem_of(name, machine.major) for name in COUNTED), *known):
        machine.state.counters[stem] = UNKNOWN
    return Ref(address)


def is_part(machine: Machine, tensor: Tensor) -> bool:
    """Whether a tensor stands for all that such a model gives, which may be a dictionary of tensors."""
    node = machine.state.heap.get(tensor.call.layer_id) if tensor.call is not None else None
    return isinstance(node, Layer) and node.spec is not None and node.spec.home == MODELS
