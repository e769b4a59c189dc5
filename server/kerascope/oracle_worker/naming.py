"""What may be named on the wire, and the Python values that it stands for.

Only what a library exports under a public name can be reached, and of that only layers, losses, metrics, optimizers and
what they are given: no function that reads or writes files, loads weights or runs code.
"""

from __future__ import annotations

import importlib
import types
from typing import Any

MAKEABLE = (
    "activations",
    "constraints",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "optimizers",
    "optimizers.legacy",
    "optimizers.schedules",
    "regularizers",
)
"""The modules of ``keras`` whose classes may be made and whose functions may be handed on."""

FUNCTIONS = ("tf.nn", "tf.math", "tf.keras.backend", "keras.ops", "keras.backend")
"""Further modules whose functions may be handed on, not called."""

DTYPES = frozenset(
    {
        "bfloat16", "bool", "float16", "float32", "float64", "int8", "int16", "int32", "int64", "string", "uint8",
        "uint16", "uint32", "uint64",
    }
)  # fmt: skip
"""Types that TensorFlow exports by name."""

OTHER_LIBRARIES = ("keras_hub", "keras_cv", "keras_nlp")
"""Libraries whose layers may be made."""

FORMER_NAMES = {"keras_hub": "keras_nlp"}
"""Libraries that older releases export the same layers from."""

NEVER = frozenset(
    {"Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper", "deserialize", "get", "serialize"}
)
"""Exported names that run code, read files, or look something up by a string of the program's."""


class Impossible(Exception):  # noqa: N818 - it is no error of Keras
    """The question cannot be put to this Keras; the text says why."""


def resolve(keras: Any, name: str) -> Any:
    """The class or function of a canonical name such as ``keras.layers.Dense``. Raises ``Impossible``."""
    module, _, member = name.rpartition(".")
    if not member or member.startswith("_") or member in NEVER:
        raise Impossible(f"{name} may not be used")
    if name == "keras.Input":
        return keras.Input
    root, _, inner = module.partition(".")
    if root == "keras" and inner in MAKEABLE:
        return _member(keras, inner, member, name)
    if root in OTHER_LIBRARIES and inner == "layers":
        return _member(_library(root), inner, member, name)
    if module in FUNCTIONS:
        if root == "keras":
            return _member(keras, inner, member, name)
        return _member(importlib.import_module("tensorflow"), inner, member, name)
    if root == "tf" and not inner and member in DTYPES:
        return getattr(importlib.import_module("tensorflow"), member)
    raise Impossible(f"{name} may not be used")


def _library(name: str) -> Any:
    """A library of layers, by its former name where it has the present one not yet. Raises ``Impossible``."""
    reason = ""
    for root in (name, FORMER_NAMES.get(name)):
        if root is None:
            continue
        try:
            return importlib.import_module(root)
        except Exception as error:
            reason = reason or f"{root} cannot be imported: {error}"
    raise Impossible(reason)


def _member(library: Any, module: str, member: str, name: str) -> Any:
    found = library
    for part in (*module.split("."), member):
        found = getattr(found, part, None)
        if found is None:
            raise Impossible(f"this Keras has no {name}")
    if isinstance(found, types.ModuleType):
        raise Impossible(f"{name} is a module")
    return found


def is_layer_class(keras: Any, found: Any) -> bool:
    """Whether ``found`` is a class of layers."""
    return isinstance(found, type) and issubclass(found, keras.layers.Layer)


def value_of(keras: Any, wire: Any) -> Any:
    """The Python value of its form on the wire. Raises ``Impossible``; what Keras raises passes through."""
    if not isinstance(wire, dict):
        if isinstance(wire, list):
            raise Impossible("a list has no meaning here")
        return wire
    if "tuple" in wire:
        return tuple(value_of(keras, item) for item in wire["tuple"])
    if "list" in wire:
        return [value_of(keras, item) for item in wire["list"]]
    if "dict" in wire:
        made = {value_of(keras, key): value_of(keras, item) for key, item in wire["dict"]}
        if {"class_name", "module", "registered_name"} & {key for key in made if isinstance(key, str)}:
            raise Impossible("a configuration is not deserialized")
        return made
    if "symbol" in wire:
        return resolve(keras, wire["symbol"])
    if "make" in wire:
        return make(keras, wire["make"], wire["arguments"])
    raise Impossible("an unknown form")


def make(keras: Any, name: str, arguments: dict[str, Any]) -> Any:
    """An object of a library's class; positional arguments stand under the digits of their position."""
    found = resolve(keras, name)
    positional = [arguments[key] for key in sorted((k for k in arguments if k.isdigit()), key=int)]
    keywords = {key: item for key, item in arguments.items() if not key.isdigit()}
    given = [value_of(keras, item) for item in positional]
    named = {key: value_of(keras, item) for key, item in keywords.items()}
    if not callable(found):
        raise Impossible(f"{name} cannot be called")
    return found(*given, **named)
