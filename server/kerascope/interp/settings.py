"""Keras's own settings, which a program may read and change: the order of an image's axes and the type of floats.

A layer takes them when it is made. Where the program left them as Keras sets them nothing is noted; where it changed
them, every layer made from there on is as if the program had written the argument.

Source: keras/src/backend/config.py, keras/src/layers/layer.py and keras/src/dtype_policies; tf_keras/src/backend.py and
tf_keras/src/mixed_precision/policy.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN
from kerascope.interp.binding import bind_names
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.state import SETTINGS
from kerascope.interp.values import Value
from kerascope.layers.base import Arguments

_FORMATS = ("channels_last", "channels_first")
_ORDERINGS: Mapping[str, str] = {"tf": "channels_last", "th": "channels_first"}
"""The orders as Keras 1 called them; Keras 2 still had its functions."""
_FORMAT, _FLOATS, _EPSILON, _POLICY = "image_data_format", "floatx", "epsilon", "policy"


def image_data_format(machine: Machine) -> Value:
    """The order of an image's axes where none is given; ``UNKNOWN`` where the program may have set either."""
    return _setting(machine, _FORMAT, machine.context.data_format)


def _keeps_defaults(machine: Machine) -> bool:
    """Whether images have their channels last, and floats are of 32 bits, unless an argument says otherwise."""
    return not machine.state.heap[SETTINGS].items and machine.state.heap[SETTINGS].exact


def with_settings(machine: Machine, arguments: Arguments) -> Arguments:
    """A layer's arguments with what it takes from the settings, where the program changed them."""
    if _keeps_defaults(machine):
        return arguments
    values = dict(arguments.values)
    if "data_format" in values and values["data_format"] is None:
        values["data_format"] = image_data_format(machine)
    if values.get("dtype") is None and not _floats_of_32_bits(machine):
        # Some layers take the policy, some its type of variables, and some that give whole numbers neither.
        values["dtype"] = UNKNOWN
    return Arguments(values, arguments.given)


def _floats_of_32_bits(machine: Machine) -> bool:
    return all(_setting(machine, name, "float32") == "float32" for name in (_FLOATS, _POLICY))


def _setting(machine: Machine, name: str, default: Value) -> Value:
    settings = machine.state.heap[SETTINGS]
    if name in settings.items:
        return settings.items[name]
    return default if settings.exact else UNKNOWN


def _set(machine: Machine, name: str, value: Value) -> None:
    settings = machine.state.heap[SETTINGS]
    machine.state.heap[SETTINGS] = replace(settings, items={**settings.items, name: value})


def _set_format(machine: Machine, value: Value) -> None:
    chosen = str(value).lower() if isinstance(value, str) else UNKNOWN
    _set(machine, _FORMAT, chosen if chosen in _FORMATS else UNKNOWN)


def _set_ordering(machine: Machine, value: Value) -> None:
    _set(machine, _FORMAT, _ORDERINGS.get(value, UNKNOWN) if isinstance(value, str) else UNKNOWN)


def _ordering(machine: Machine) -> Value:
    chosen = image_data_format(machine)
    return next((old for old, name in _ORDERINGS.items() if name == chosen), UNKNOWN)


def _set_floats(machine: Machine, value: Value) -> None:
    _set(machine, _FLOATS, value if isinstance(value, str) else UNKNOWN)


def _set_epsilon(machine: Machine, value: Value) -> None:
    _set(machine, _EPSILON, value if isinstance(value, float) else UNKNOWN)


def _set_policy(machine: Machine, value: Value) -> None:
    _set(machine, _POLICY, value if isinstance(value, str) else UNKNOWN)


_READ: Mapping[str, Callable[[Machine], Value]] = {
    _FORMAT: image_data_format,
    "image_dim_ordering": _ordering,
    _FLOATS: lambda machine: _setting(machine, _FLOATS, "float32"),
    _EPSILON: lambda machine: _setting(machine, _EPSILON, 1e-7),
}
_WRITE: Mapping[str, Callable[[Machine, Value], None]] = {
    "set_image_data_format": _set_format,
    "set_image_dim_ordering": _set_ordering,
    "set_floatx": _set_floats,
    "set_epsilon": _set_epsilon,
    "set_global_policy": _set_policy,
    "set_dtype_policy": _set_policy,
    "set_policy": _set_policy,
}
_MODULES: Final = (
    "keras.backend",
    "keras.config",
    "keras.mixed_precision",
    "keras.mixed_precision.experimental",
)


def call_setting(machine: Machine, name: str, arguments: CallArguments) -> Any:
    """``keras.backend.image_data_format()`` and its kin; ``NotImplemented`` for any other function."""
    module, _, member = name.rpartition(".")
    if module not in _MODULES:
        return NotImplemented
    if member in _READ:
        return _READ[member](machine)
    if member in _WRITE:
        bound = bind_names(("value",), arguments)
        given = bound["value"].value if "value" in bound else next(iter(arguments.values()), UNKNOWN)
        _WRITE[member](machine, machine.plain(given))
        return None
    return NotImplemented


_IN_THE_ORDER_THAT_IS_SET = (
    "keras.applications.", "keras.datasets.cifar", "keras.utils.image_dataset_from_directory",
    "keras.utils.img_to_array", "keras.utils.array_to_img", "keras.preprocessing.image.",
    "keras.preprocessing.image_dataset_from_directory",
)  # fmt: skip


def hangs_on_the_order(machine: Machine, name: str) -> bool:
    """Whether a function gives images whose axes stand in another order than the catalogues say."""
    return name.startswith(_IN_THE_ORDER_THAT_IS_SET) and image_data_format(machine) != "channels_last"
