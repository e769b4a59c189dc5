"""Finds the entries of all families by name, and by the other names that Keras and TensorFlow have for them."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import kerascope.operations as package
from kerascope.operations.base import Operation

_ROOTS: Final = (
    "tensor.",
    "keras.ops.",
    "keras.backend.",
    "keras.random.",
    "keras.activations.",
    "tf.",
    "tensorflow_io.",
)
_KERAS_MODULES: Final = ("numpy", "nn", "math", "linalg", "core")
"""Parts of ``keras.ops`` whose members ``keras.ops`` exports too."""


def operation(name: str) -> Operation | None:
    """The entry with the canonical ``name``, or of which it is another name; ``None`` if there is none.

    A family is imported when a name of its own is looked up, so that a program pays for what it uses.
    """
    if not name.startswith(_ROOTS):
        return None
    from kerascope.operations.names import ALIASES, FAMILIES

    canonical = ALIASES.get(name, name)
    family = FAMILIES.get(canonical)
    if family is None:
        canonical = _flat(name)
        family = FAMILIES.get(canonical)
    return None if family is None else _family(family)[canonical]


def _flat(name: str) -> str:
    """``keras.ops.numpy.mean`` is ``keras.ops.mean``."""
    parts = name.split(".")
    if len(parts) == 4 and parts[:2] == ["keras", "ops"] and parts[2] in _KERAS_MODULES:
        del parts[2]
    return ".".join(parts)


@functools.cache
def _family(name: str) -> Mapping[str, Operation]:
    """The entries of one module, read from its ``OPERATIONS``."""
    found: dict[str, Operation] = {}
    for entry in getattr(importlib.import_module(f"{package.__name__}.{name}"), "OPERATIONS", ()):
        if entry.name in found:
            raise ValueError(f"two entries for {entry.name}")
        found[entry.name] = entry
    return MappingProxyType(found)


def families() -> Mapping[str, Mapping[str, Operation]]:
    """The entries of every module of this package that has some, by the module's name."""
    modules = [module.name for module in pkgutil.iter_modules(package.__path__)]
    return {name: entries for name in modules if name != "catalogue" and (entries := _family(name))}


def operations() -> Mapping[str, Operation]:
    """All entries by canonical name."""
    return {name: entry for entries in families().values() for name, entry in entries.items()}
