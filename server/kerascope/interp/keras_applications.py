"""What ``keras.applications`` exports beside its models: preprocessing of images, and how much to pad.

Source: ``applications/imagenet_utils.py`` of Keras 3 and of ``tf_keras``.
"""

from __future__ import annotations

from typing import Any

from kerascope.applications.preprocessing import MODES
from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import NO_FACTS, ArraySpec
from kerascope.graph.nodes import Tensor
from kerascope.interp.binding import bind_names
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.tensor_operations import call_operation, operate, unknown_operation
from kerascope.interp.values import Value
from kerascope.syntax.units import Site


def call_application_function(machine: Machine, name: str, arguments: CallArguments, site: Site) -> Value:
    """A call of a function of ``keras.applications``; ``NotImplemented`` for a model or anything else."""
    module, _, member = name.removeprefix("keras.applications.").rpartition(".")
    if member == "correct_pad":
        return _correct_pad(machine, arguments)
    if member == "preprocess_input":
        return _preprocess(machine, module, arguments, site)
    return UNKNOWN if member == "decode_predictions" else NotImplemented


def _correct_pad(machine: Machine, arguments: CallArguments) -> Value:
    """The zeros to add before a strided convolution, as pairs for height and width."""
    bound = bind_names(("inputs", "kernel_size"), arguments)
    if not {"inputs", "kernel_size"} <= bound.keys():
        return UNKNOWN
    image, kernel = bound["inputs"].value, machine.plain(bound["kernel_size"].value)
    if isinstance(kernel, int):
        kernel = (kernel, kernel)
    if not isinstance(image, Tensor) or image.spec.shape is UNRANKED or len(image.spec.shape) != 4:
        return UNKNOWN
    first = 2 if machine.context.data_format == "channels_first" else 1
    sizes: tuple[Any, ...] = image.spec.shape[first : first + 2]
    if not (isinstance(kernel, tuple) and len(kernel) == 2 and all(isinstance(k, int) for k in kernel)):
        return UNKNOWN
    if not all(size is None or isinstance(size, int) for size in sizes):
        return UNKNOWN
    less = (1, 1) if sizes[0] is None else tuple(1 - size % 2 for size in sizes)
    return tuple((k // 2 - adjust, k // 2) for k, adjust in zip(kernel, less, strict=True))


def _preprocess(machine: Machine, module: str, arguments: CallArguments, site: Site) -> Value:
    bound = bind_names(("x", "data_format", "mode"), arguments)
    image = bound["x"].value if "x" in bound else UNKNOWN
    if module not in MODES or not arguments.complete:
        return unknown_operation(machine, arguments, site) if isinstance(image, Tensor) else UNKNOWN
    mode: Any = MODES[module]
    if mode is None:
        return image  # The model scales by itself.
    if "mode" in bound and module == "imagenet_utils":
        mode = bound["mode"].value
    if isinstance(image, ArraySpec):
        machine.havoc(image)  # An array of floats is scaled in place.
        dtype = image.dtype if image.dtype.startswith("float") else "float32" if image.dtype else ""
        return ArraySpec(image.shape, dtype, NO_FACTS)
    if not isinstance(image, Tensor):
        return UNKNOWN
    usual = "data_format" not in bound or bound["data_format"].value in (None, "channels_last")
    if mode == "tf":
        return operate(machine, "__sub__", (operate(machine, "__truediv__", (image, 127.5), site), 1.0), site)
    if not usual or machine.context.data_format != "channels_last" or mode not in {"caffe", "torch"}:
        return unknown_operation(machine, arguments, site)
    return _caffe(machine, image, site) if mode == "caffe" else _torch(machine, image, site)


def _caffe(machine: Machine, image: Tensor, site: Site) -> Value:
    """Colours in the order blue, green, red, less the mean of ImageNet's."""
    if machine.major == 2:
        reversed_colours = operate(machine, "__getitem__", (image, (Ellipsis, slice(None, None, -1))), site)
        return _shifted(machine, reversed_colours, site)
    colours = tuple(operate(machine, "__getitem__", (image, (Ellipsis, index)), site) for index in (2, 1, 0))
    stacked = _call(machine, "keras.ops.stack", (colours, -1), site)
    return _shifted(machine, stacked, site)


def _torch(machine: Machine, image: Tensor, site: Site) -> Value:
    """Scaled to between 0 and 1, less the mean of ImageNet's colours, divided by their spread."""
    shifted = _shifted(machine, operate(machine, "__truediv__", (image, 255.0), site), site)
    return operate(machine, "__truediv__", (shifted, ArraySpec((3,), "float32")), site)


def _shifted(machine: Machine, image: Value, site: Site) -> Value:
    """``image`` less one number a colour: the last axis is the colours'."""
    if machine.major == 2:
        return _call(machine, "keras.backend.bias_add", (image, ArraySpec((3,), "float32")), site)
    shape = image.spec.shape if isinstance(image, Tensor) else UNRANKED
    ndim = 4 if shape is UNRANKED else len(shape)
    return operate(machine, "__add__", (image, ArraySpec((*(1,) * (ndim - 1), 3), "float32")), site)


def _call(machine: Machine, name: str, values: tuple[Value, ...], site: Site) -> Value:
    return call_operation(machine, name, CallArguments(tuple(Given(value, site) for value in values)), site)
