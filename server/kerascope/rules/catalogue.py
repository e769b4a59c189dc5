"""All rules, found by their files; a new rule needs no entry anywhere."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from types import ModuleType

import kerascope.rules
from kerascope.rules.base import Rule

_CODE_PREFIXES = ("kc", "kd", "kl", "ks", "kt")


@functools.cache
def rule_modules() -> tuple[ModuleType, ...]:
    """The modules of all rules, by code."""
    names = sorted(
        module.name
        for module in pkgutil.iter_modules(kerascope.rules.__path__)
        if module.name[:2] in _CODE_PREFIXES and module.name[2:].isdigit()
    )
    return tuple(importlib.import_module(f"kerascope.rules.{name}") for name in names)


def rules() -> tuple[Rule, ...]:
    """All rules, by code."""
    return tuple(module.RULE for module in rule_modules())
