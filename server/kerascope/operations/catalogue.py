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

_ROOTS: Final = ("tensor.", "keras.ops.", "keras.backend.", "keras.random.", "keras.activations.", "tf.")
_KERAS_MODULES: Final = ("numpy", "nn", "math", "linalg", "core")
"""Parts of ``keras.ops`` whose members ``keras.ops`` exports too."""


def operation(name: str) -> Operation | None:
    """The entry with the canonical ``name``, or of which it is another name; ``None`` if there is none.

    Families are imported when the first name of theirs is looked up, so that starting the program does not wait.
    """
    if not name.startswith(_ROOTS):
        return None
    return operations().get(name) or operations().get(aliases().get(_flat(name), ""))


def _flat(name: str) -> str:
    """``keras.ops.numpy.mean`` is ``keras.ops.mean``."""
    parts = name.split(".")
    if len(parts) == 4 and parts[:2] == ["keras", "ops"] and parts[2] in _KERAS_MODULES:
        del parts[2]
    return ".".join(parts)


@functools.cache
def operations() -> Mapping[str, Operation]:
    """All entries by canonical name, read from the ``OPERATIONS`` of the modules in this package."""
    found: dict[str, Operation] = {}
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if module.name == __name__:
            continue
        for entry in getattr(importlib.import_module(module.name), "OPERATIONS", ()):
            if entry.name in found:
                raise ValueError(f"two entries for {entry.name}")
            found[entry.name] = entry
    return MappingProxyType(found)


@functools.cache
def aliases() -> Mapping[str, str]:
    """Canonical names by the other names of their entries."""
    from kerascope.operations.aliases import ALIASES

    return MappingProxyType({name: name for name in operations()} | dict(ALIASES))
