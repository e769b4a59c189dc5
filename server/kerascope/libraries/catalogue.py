"""Finds the entries of all library files by name."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import kerascope.libraries
from kerascope.libraries.base import LibraryFunction


def library_function(name: str) -> LibraryFunction | None:
    """The entry with the canonical ``name``; ``None`` for what the catalogue does not describe."""
    return library_functions().get(name)


@lru_cache(maxsize=1)
def library_functions() -> Mapping[str, LibraryFunction]:
    """All entries by canonical name, read from the ``FUNCTIONS`` of the modules in this package.

    The modules are imported when the first name is looked up, so that starting the program does not wait.
    """
    found: dict[str, LibraryFunction] = {}
    for module in pkgutil.iter_modules(kerascope.libraries.__path__, "kerascope.libraries."):
        if module.name == __name__:
            continue
        for function in getattr(importlib.import_module(module.name), "FUNCTIONS", ()):
            if function.name in found:
                raise ValueError(f"two entries for {function.name}")
            found[function.name] = function
    return MappingProxyType(found)
