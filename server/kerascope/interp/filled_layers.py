"""Layers that the catalogue does not describe and a library has: what they give is asked of the library itself.

Without ``facts`` such a layer gives what is not known. Until an answer comes it does so too.
"""

from __future__ import annotations

from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN
from kerascope.graph.nodes import Layer
from kerascope.interp.keras_layers import given_name
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.surroundings import Facts
from kerascope.interp.values import Ref
from kerascope.layers.base import UNKNOWN_OUTCOME, Arguments, Context, Inputs, LayerSpec, Outcome
from kerascope.layers.catalogue import layer_spec
from kerascope.layers.unsupported import UNSUPPORTED
from kerascope.syntax.units import Site

_LIBRARIES: Final = ("keras_hub.layers.", "keras_cv.layers.", "keras_nlp.layers.")


def fillable(symbol: str) -> bool:
    """Whether a name is that of a library's layer that the catalogue does not describe."""
    member = symbol.rpartition(".")[2]
    if not member[:1].isupper() or symbol.count(".") != 2:
        return False
    if symbol.startswith(_LIBRARIES):
        return layer_spec(symbol) is None
    return symbol.startswith("keras.layers.") and layer_spec(member) is None and member not in UNSUPPORTED


def filled_layer(machine: Machine, symbol: str, arguments: CallArguments, site: Site) -> Ref | None:
    """A layer of such a class; ``None`` where there is nobody to ask, or not all of its arguments are known."""
    if machine.facts is None or not arguments.complete or not fillable(symbol):
        return None
    values: dict[str, Any] = {
        str(index): machine.plain(given.value) for index, given in enumerate(arguments.positional)
    }
    values.update({name: machine.plain(given.value) for name, given in arguments.keywords.items()})
    sites = {name: given.site for name, given in arguments.keywords.items()}
    class_name = symbol.rpartition(".")[2]
    trainable = values.get("trainable", True)
    address = machine.fresh()
    layer = Layer(
        id=address,
        class_name=class_name,
        spec=_spec(symbol, machine.facts),
        arguments=Arguments(values, frozenset(values)),
        sites=sites,
        site=site,
        name=given_name(machine, class_name, values.get("name"), "name" in values),
        trainable=trainable if isinstance(trainable, bool) else UNKNOWN,
    )
    machine.state.heap[address] = layer
    if not machine.imported:
        machine.trace.layers.append(layer)
    return Ref(address)


def _spec(symbol: str, facts: Facts) -> LayerSpec:
    def call(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
        found = facts.outcome(symbol, arguments, inputs, context.major)
        return UNKNOWN_OUTCOME if found is None else found

    return LayerSpec(symbol, {2: "**kwargs", 3: "**kwargs"}, call)
