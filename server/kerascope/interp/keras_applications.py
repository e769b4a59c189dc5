"""What ``keras.applications`` exports beside its models: preprocessing of images, and how much to pad.

Source: ``keras/src/applications/imagenet_utils.py``, the same in Keras 2.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNRANKED
from kerascope.graph.nodes import Tensor
from kerascope.interp.binding import bind_names
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.tensor_operations import operate, unknown_operation
from kerascope.interp.values import Value
from kerascope.syntax.units import Site

_SCALES_TO_ONE = frozenset(
    {"inception_resnet_v2", "inception_v3", "mobilenet", "mobilenet_v2", "nasnet", "resnet_v2", "xception"}
)
"""Modules whose images are scaled to between -1 and 1."""

_LEAVES_AS_IT_IS = frozenset(
    {"convnext", "efficientnet", "efficientnet_v2", "mobilenet_v3", "regnet", "resnet_rs"}
)
"""Modules whose models scale by themselves."""


def call_application_function(machine: Machine, name: str, arguments: CallArguments, site: Site) -> Value:
    """A call of a function of ``keras.applications``; ``NotImplemented`` for a model or anything else."""
    module, _, member = name.removeprefix("keras.applications.").rpartition(".")
    if member == "correct_pad":
        return _correct_pad(machine, arguments)
    if member == "preprocess_input":
        return _preprocess(machine, module, arguments, site)
    return NotImplemented


def _correct_pad(machine: Machine, arguments: CallArguments) -> Value:
    """The zeros to add before a strided convolution, as pairs for height and width."""
    bound = bind_names(("inputs", "kernel_size"), arguments)
    if not {"inputs", "kernel_size"} <= bound.keys():
        return NotImplemented
    image, kernel = bound["inputs"].value, machine.plain(bound["kernel_size"].value)
    if isinstance(kernel, int):
        kernel = (kernel, kernel)
    if not isinstance(image, Tensor) or image.spec.shape is UNRANKED or len(image.spec.shape) != 4:
        return NotImplemented
    first = 2 if machine.context.data_format == "channels_first" else 1
    sizes: tuple[Any, ...] = image.spec.shape[first : first + 2]
    if not (isinstance(kernel, tuple) and len(kernel) == 2 and all(isinstance(k, int) for k in kernel)):
        return NotImplemented
    if not all(size is None or isinstance(size, int) for size in sizes):
        return NotImplemented
    less = (1, 1) if sizes[0] is None else tuple(1 - size % 2 for size in sizes)
    return tuple((k // 2 - adjust, k // 2) for k, adjust in zip(kernel, less, strict=True))


def _preprocess(machine: Machine, module: str, arguments: CallArguments, site: Site) -> Value:
    image = arguments.positional[0].value if arguments.positional else None
    if not isinstance(image, Tensor):
        return NotImplemented
    if module in _LEAVES_AS_IT_IS:
        return image
    if module in _SCALES_TO_ONE and len(arguments.positional) == 1 and not arguments.keywords:
        return operate(machine, "__sub__", (operate(machine, "__truediv__", (image, 127.5), site), 1.0), site)
    return unknown_operation(machine, arguments, site)
