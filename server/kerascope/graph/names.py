"""The names that Keras gives to layers and models without one.

Source: ``keras/src/utils/naming.py`` (Keras 3) and ``_init_set_name`` of ``tf_keras/src/engine/base_layer.py``
(Keras 2); the tests hold both against the real ones.
"""

from __future__ import annotations

import functools
import re
from collections.abc import MutableMapping

from kerascope.domain.shapes import UNKNOWN, Unknown


@functools.cache
def snake_case(class_name: str) -> str:
    """``MaxPooling2D`` becomes ``max_pooling2d``."""
    name = re.sub(r"\W+", "", class_name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


_KERAS_2_PREFIX = {"Functional": "model", "Model": "model", "InputLayer": "input"}


def automatic_name(
    class_name: str, major: int, counters: MutableMapping[str, int | Unknown]
) -> str | Unknown:
    """The next free name for an object of ``class_name``; ``counters`` are advanced.

    Keras 2 counts inputs from one, everything else counts from zero, and the zeroth has no number.
    """
    stem = stem_of(class_name, major)
    if major == 2 and class_name == "InputLayer":
        count = counters.get(stem, 0)
        counters[stem] = UNKNOWN if count is UNKNOWN else count + 1
        return UNKNOWN if count is UNKNOWN else f"{stem}_{count + 1}"
    return numbered_name(stem, counters)


def stem_of(class_name: str, major: int) -> str:
    """What the automatic names of a class begin with, which is also the name of its counter."""
    return (_KERAS_2_PREFIX.get(class_name) if major == 2 else None) or snake_case(class_name)


def numbered_name(prefix: str, counters: MutableMapping[str, int | Unknown]) -> str | Unknown:
    """``prefix`` with the next number; the first has none."""
    count = counters.get(prefix, 0)
    if count is UNKNOWN:
        return UNKNOWN
    counters[prefix] = count + 1
    return prefix if count == 0 else f"{prefix}_{count}"
