"""Functions of Python's standard library that programs compute sizes with."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Final

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import ArraySpec, Instance
from kerascope.interp.argument_parsers import make_parser
from kerascope.interp.builtins import BUILTINS, constant_function
from kerascope.interp.data_classes import FIELD, namespace
from kerascope.interp.items import MOST_ITEMS, items_of
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.orders import BY_CHANCE
from kerascope.interp.texts import ON_FILES
from kerascope.interp.values import DictObject, ListObject, SetObject, Value
from kerascope.libraries.base import WEAK_FLOAT, WEAK_INT

_OF_MATH: Final = (
    "copysign", "exp", "fabs", "fsum", "hypot", "log", "log10", "log1p", "log2", "pow", "sqrt",
)  # fmt: skip
_WHOLE_OF_MATH: Final = ("ceil", "floor", "gcd", "isqrt", "trunc")
"""Functions of ``math`` that give whole numbers, of Python's own numbers."""


def _of_math(name: str, dtype: str) -> Callable[[Machine, CallArguments], Value]:
    """A function of ``math``: a number of type ``dtype``, which is known where what it is given is."""
    computed = constant_function(getattr(math, name))

    def number(machine: Machine, arguments: CallArguments) -> Value:
        known = computed(machine, arguments)
        return ArraySpec((), dtype) if known is UNKNOWN and arguments.complete else known

    return number


def _reduce(machine: Machine, arguments: CallArguments) -> Value:
    """``functools.reduce(function, items[, initial])``."""
    if len(arguments.positional) < 2 or not arguments.complete:
        return UNKNOWN
    function, sequence, *initial = arguments.positional
    items = items_of(machine, sequence.value)
    if items is None or len(items) > MOST_ITEMS or not (items or initial):
        machine.havoc(sequence.value)
        return UNKNOWN
    values = [*(given.value for given in initial), *items]
    result = values[0]
    for value in values[1:]:
        given = (Given(result, sequence.site), Given(value, sequence.site))
        result = machine.call(function.value, CallArguments(given), function.site)
    return result


def _sequences(machine: Machine, arguments: CallArguments) -> list[tuple[Value, ...]] | None:
    found = [items_of(machine, given.value) for given in arguments.positional]
    known = [items for items in found if items is not None]
    return known if arguments.complete and not arguments.keywords and len(known) == len(found) else None


def _chain(machine: Machine, arguments: CallArguments) -> Value:
    sequences = _sequences(machine, arguments)
    return UNKNOWN if sequences is None else tuple(itertools.chain(*sequences))


def _product(machine: Machine, arguments: CallArguments) -> Value:
    sequences = _sequences(machine, arguments)
    if sequences is None or math.prod(map(len, sequences)) > MOST_ITEMS:
        return UNKNOWN
    return tuple(itertools.product(*sequences))


def _field(machine: Machine, arguments: CallArguments) -> Value:
    return Instance(FIELD, {name: given.value for name, given in arguments.keywords.items()})


def _copied(machine: Machine, arguments: CallArguments) -> Value:
    """``copy.copy`` of a list, dictionary or set: another one with the same items."""
    value = arguments.positional[0].value if arguments.positional else UNKNOWN
    thing = machine.thing(value)
    return machine.allocate(thing) if isinstance(thing, (ListObject, DictObject, SetObject)) else UNKNOWN


STANDARD: Final[dict[str, Callable[[Machine, CallArguments], Value]]] = {
    **ON_FILES,
    **BY_CHANCE,
    **{f"math.{name}": _of_math(name, WEAK_FLOAT) for name in _OF_MATH},
    **{f"math.{name}": _of_math(name, WEAK_INT) for name in _WHOLE_OF_MATH},
    "collections.OrderedDict": BUILTINS["dict"],
    "copy.copy": _copied,
    "dataclasses.field": _field,
    "functools.reduce": _reduce,
    "itertools.chain": _chain,
    "itertools.product": _product,
    "types.SimpleNamespace": namespace,
    "argparse.ArgumentParser": make_parser,
    "argparse.Namespace": namespace,
}
"""Handlers by canonical name."""
