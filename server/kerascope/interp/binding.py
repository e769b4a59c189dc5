"""Arguments held against parameters: of the program's functions, of layers, of models' methods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import UNKNOWN
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.values import Value, is_constant
from kerascope.layers.base import LAYER_KEYWORDS, Arguments, Fault, FaultKind, Signature
from kerascope.layers.inherited import INHERITED, TAKES_ANYTHING
from kerascope.syntax.units import Site


@dataclass(frozen=True, slots=True)
class Bound:
    """Arguments by parameter name. ``faults`` are what Python or Keras refuses about their names."""

    arguments: Arguments
    sites: Mapping[str, Site]
    faults: tuple[Fault, ...] = ()


def bind_names(names: Sequence[str], arguments: CallArguments) -> dict[str, Given]:
    """Arguments by name; positional ones take ``names`` in order, surplus ones are dropped."""
    bound = dict(zip(names, arguments.positional, strict=False))
    bound.update(arguments.keywords)
    return bound


def place(given: Given) -> Site:
    """Where the value of an argument is to be changed: a constant where it was written, data where it is used."""
    return given.origin if given.origin is not None and is_constant(given.value) else given.site


def bind_layer(machine: Machine, class_name: str, signature: Signature, arguments: CallArguments) -> Bound:
    """A layer's constructor arguments as plain values, defaults filled in.

    An unknown or missing argument is a fault only where nothing can hide in a star.
    """
    values: dict[str, Any] = {}
    sites: dict[str, Site] = {}
    faults: list[Fault] = []
    slots = [parameter.name for parameter in signature.parameters if not parameter.keyword_only]
    if len(arguments.positional) > len(slots):
        faults.append(
            Fault(
                FaultKind.ARITY,
                f"takes at most {len(slots)} positional arguments, received {len(arguments.positional)}",
                {"expected": len(slots), "received": len(arguments.positional)},
            )
        )
    accepted = signature.names | (LAYER_KEYWORDS[machine.major] if signature.open else frozenset())
    if machine.major == 3:
        accepted |= INHERITED.get(class_name, frozenset())
    anything = machine.major == 3 and class_name in TAKES_ANYTHING
    for name, given in bind_names(slots, arguments).items():
        values[name] = machine.plain(given.value)
        sites[name] = place(given)
        if name not in accepted and not anything:
            reason = f"`{name}` is no argument of `{class_name}`"
            faults.append(Fault(FaultKind.ARGUMENT, reason, {"argument": name, "reason": "unknown"}))
    written = frozenset(values)
    for parameter in signature.parameters:
        if parameter.name in values:
            continue
        if not arguments.complete:
            values[parameter.name] = UNKNOWN
        elif parameter.required:
            values[parameter.name] = UNKNOWN
            reason = f"`{class_name}` needs `{parameter.name}`"
            faults.append(
                Fault(FaultKind.ARGUMENT, reason, {"argument": parameter.name, "reason": "missing"})
            )
        else:
            values[parameter.name] = parameter.default
    return Bound(Arguments(values, written), sites, tuple(faults))


def bind_method(names: Sequence[str], arguments: CallArguments) -> tuple[dict[str, Value], dict[str, Site]]:
    """A method's arguments: values as they are, and where they are written."""
    bound = bind_names(names, arguments)
    return {name: given.value for name, given in bound.items()}, {
        name: place(given) for name, given in bound.items()
    }
