"""Whether this Keras has a module, a name in it, or an attribute of a model."""

from __future__ import annotations

import importlib
from typing import Any

from .building import Refused, is_three
from .naming import Impossible

ROOTS = ("keras", "tf_keras", "tensorflow")
"""Libraries that may be imported for a look at what they hold."""


def look_up(keras: Any, question: dict[str, Any]) -> dict[str, Any]:
    """Raises ``Refused`` where what is asked for is missing."""
    if "attribute" in question:
        return _attribute(keras, question)
    name, member = question["import"], question["member"]
    root = name.partition(".")[0]
    if root not in ROOTS or any(part.startswith("_") for part in name.split(".")):
        raise Impossible(f"{name} may not be imported")
    if root == "tf_keras" and is_three(keras):
        raise Impossible("this is Keras 3")
    try:
        if not member:
            importlib.import_module(name)
            return {}
        module, _, last = name.rpartition(".")
        if not hasattr(importlib.import_module(module), last):
            _import_member(name, module, last)
    except ImportError as error:
        raise Refused(error, 0, "construct") from error
    return {}


def _import_member(name: str, module: str, last: str) -> None:
    """A name that is no attribute may be a module; else Python says what it says of such a statement."""
    try:
        importlib.import_module(name)
    except ImportError:
        raise ImportError(f"cannot import name '{last}' from '{module}'") from None


def _attribute(keras: Any, question: dict[str, Any]) -> dict[str, Any]:
    owners = {"Sequential": keras.Sequential, "Functional": keras.Model, "Model": keras.Model}
    owner = owners[question["of"]]()
    try:
        getattr(owner, question["attribute"])
    except AttributeError as error:
        raise Refused(error, 0, "construct") from error
    except Exception:
        # An attribute that cannot be read yet is there.
        return {}
    return {}
