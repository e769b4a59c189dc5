"""Tensors that stand for pieces of data: inside the functions that ``tf.data`` maps over a dataset.

TensorFlow runs such a function once on symbolic tensors, so shapes and types follow the catalogue of operations. What
is known of the elements, as their range and whether they are class ids, goes along where an operation keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Tri
from kerascope.domain.specs import (
    NO_FACTS,
    UNKNOWN_ARRAY,
    ArraySpec,
    Dataset,
    NamedParts,
    TensorSpec,
    ValueFacts,
)
from kerascope.graph.nodes import Tensor
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import DictObject, ListObject, Value, is_constant
from kerascope.libraries.arithmetic import binary
from kerascope.libraries.base import CallArguments as LibraryArguments
from kerascope.libraries.base import as_array_like, cast, dim_argument, make_facts, some_of
from kerascope.libraries.catalogue import library_function
from kerascope.libraries.frames import table_array

_SMALLER: Final = {"float64": "float32", "int64": "int32", "str": "string"}


def as_tensor_data(value: Any) -> ArraySpec:
    """A plain value as ``tf.convert_to_tensor`` takes it: Python's numbers become the smaller types."""
    value = table_array(value)
    array = as_array_like(value)
    if isinstance(value, ArraySpec):
        return replace(array, dtype="string") if array.dtype == "str" else array
    return replace(cast(array, _SMALLER.get(array.dtype, array.dtype)), source=array.source)


def tensors_of_data(machine: Machine, element: Any) -> Value:
    """A nest of arrays as a program's function gets it: tuples, dictionaries in the heap, tensors."""
    if isinstance(element, ArraySpec):
        return Tensor(TensorSpec(element.shape, element.dtype), data=element)
    if isinstance(element, NamedParts):
        return element.mapped(lambda part: tensors_of_data(machine, part))
    if isinstance(element, tuple):
        return tuple(tensors_of_data(machine, part) for part in element)
    if isinstance(element, dict):
        return machine.allocate(
            DictObject({key: tensors_of_data(machine, part) for key, part in element.items()})
        )
    return element


def data_of_tensors(machine: Machine, value: Value, depth: int = 0) -> Any:
    """What a mapped function returned, as a nest of arrays; a list stands for a tuple, as in ``tf.data``.

    A tensor of which nothing is known may stand for several: ``tf.py_function`` gives as many as ``Tout`` has types.
    """
    if isinstance(value, Tensor) and value.spec.shape is UNRANKED and not value.spec.dtype:
        return UNKNOWN
    if isinstance(value, Tensor):
        if value.data is None:
            return ArraySpec(value.spec.shape, value.spec.dtype, make_facts(value.spec.dtype))
        facts, source = value.data.facts, value.data.source
        return ArraySpec(value.spec.shape, value.spec.dtype, facts, source)
    if isinstance(value, (ArraySpec, Dataset)):
        return value
    if depth > 8 or value is UNKNOWN:
        return UNKNOWN
    if isinstance(value, tuple):
        return tuple(data_of_tensors(machine, part, depth + 1) for part in value)
    thing = machine.thing(value)
    if isinstance(thing, ListObject):
        if thing.items is None:
            return UNKNOWN
        plain = machine.plain(value)
        if is_constant(plain):
            return as_tensor_data(plain)
        return tuple(data_of_tensors(machine, part, depth + 1) for part in thing.items)
    if isinstance(thing, DictObject):
        if not thing.exact:
            return UNKNOWN
        return {key: data_of_tensors(machine, part, depth + 1) for key, part in thing.items.items()}
    return as_tensor_data(value) if is_constant(value) and value is not None else UNKNOWN


def set_shape(machine: Machine, tensor: Tensor, shape: Any) -> None:
    """``tensor.set_shape(shape)``: every name of the tensor in this scope knows its shape from here on."""
    if not isinstance(shape, tuple) or not all(dim is None or type(dim) is int for dim in shape):
        return
    data = replace(tensor.data, shape=shape) if tensor.data is not None else None
    told = Tensor(TensorSpec(shape, tensor.spec.dtype), data=data)
    for name, binding in list(machine.state.names(machine.frame).items()):
        if binding.value is tensor:
            machine.state.write(machine.frame, name, binding._replace(value=told))


# --- Functions that read and decode ---------------------------------------------------------------------------


def data_operation(machine: Machine, name: str, arguments: CallArguments) -> Value:
    """A function that the catalogue of libraries knows, on the tensors of a mapped function."""
    entry = library_function(name)
    if entry is None:
        return NotImplemented

    def plain(value: Value) -> Any:
        return data_of_tensors(machine, value) if isinstance(value, Tensor) else machine.plain(value)

    given = LibraryArguments(
        tuple(plain(item.value) for item in arguments.positional),
        {key: plain(item.value) for key, item in arguments.keywords.items()},
        arguments.complete,
    )
    return tensors_of_data(machine, entry.returns(given))


# --- What is known of the elements ----------------------------------------------------------------------------


def with_facts(name: str, given: Sequence[Value], keywords: dict[str, Value], result: TensorSpec) -> Tensor:
    """The tensor that an operation made, with what is known of its elements from those that it was given."""
    if not given:
        named = next((keywords[key] for key in ("images", "image", "x", "input") if key in keywords), None)
        given = () if named is None else (named,)
    values = [_array(value) for value in given]
    first = values[0] if values and isinstance(values[0], ArraySpec) else None
    known = [value.data for value in given if isinstance(value, Tensor) and value.data is not None]
    known += [value for value in given if isinstance(value, ArraySpec)]
    if not known:
        return Tensor(result)
    source = next((array.source for array in known if array.source), "")
    if (
        name.endswith("image.resize")
        and not result.dtype
        and keywords.get("method", "bilinear") == "bilinear"
    ):
        result = TensorSpec(result.shape, "float32")
    facts = told_facts(name, values, keywords, first, result)
    if facts == NO_FACTS:
        facts = make_facts(result.dtype)
    return Tensor(result, data=ArraySpec(result.shape, result.dtype, facts, source))


def told_facts(
    name: str, values: Sequence[Any], keywords: dict[str, Any], first: ArraySpec | None, result: TensorSpec
) -> ValueFacts:
    """Facts of what the operation ``name`` returns, as far as they are certain."""
    member = name.rpartition(".")[2]
    if first is None:
        return NO_FACTS
    operator = _OPERATORS.get(member)
    if operator is not None and len(values) > 1:
        sign, mirrored = operator
        pair = (values[1], first) if mirrored else (first, values[1])
        return _kept(_operated(sign, *pair), result)
    if member == "cast" and result.dtype:
        return cast(first, result.dtype).facts
    if member == "one_hot":
        return _one_hot(
            first, values[1] if len(values) > 1 else keywords.get("depth", UNKNOWN), keywords, result
        )
    if member in _KEEP_ROWS:
        same = (
            first.shape is not UNRANKED
            and result.shape is not UNRANKED
            and first.shape[-1:] == result.shape[-1:]
        )
        return first.facts if same else replace(first.facts, one_hot=Tri.UNKNOWN)
    if member in _KEEP_SOME:
        return some_of(first.facts)
    if member.startswith("resize"):
        nearest = keywords.get("method") == "nearest"
        bounded = set(keywords) <= {"images", "size", "method", "antialias", "preserve_aspect_ratio"}
        plain = bounded and keywords.get("method", "bilinear") in ("bilinear", "nearest", "area")
        facts = some_of(first.facts)
        return replace(facts, integral=facts.integral if nearest else Tri.UNKNOWN) if plain else NO_FACTS
    if member == "convert_image_dtype" and first.dtype == "uint8" and result.dtype.startswith("float"):
        return make_facts(result.dtype, 0, 1)
    return NO_FACTS


_OPERATORS: Final = {
    "__truediv__": ("/", False), "__rtruediv__": ("/", True), "divide": ("/", False), "truediv": ("/", False),
    "__mul__": ("*", False), "__rmul__": ("*", True), "multiply": ("*", False), "__add__": ("+", False),
    "__radd__": ("+", True), "add": ("+", False), "__sub__": ("-", False), "__rsub__": ("-", True),
    "subtract": ("-", False),
}  # fmt: skip
_KEEP_ROWS: Final = frozenset(
    {"expand_dims", "identity", "convert_to_tensor", "ensure_shape", "reshape", "squeeze", "stop_gradient"}
)
_KEEP_SOME: Final = frozenset(
    {"flip_left_right", "flip_up_down", "random_flip_left_right", "random_flip_up_down", "random_crop", "gather",
     "crop_to_bounding_box", "__getitem__", "slice", "transpose", "reverse", "shuffle", "grayscale_to_rgb", "tile",
     "repeat", "flip", "take", "rot90", "central_crop"}
)  # fmt: skip


def _array(value: Value) -> Any:
    if isinstance(value, Tensor):
        data = value.data
        return ArraySpec(value.spec.shape, value.spec.dtype, data.facts if data is not None else NO_FACTS)
    return value


def _operated(sign: str, left: Any, right: Any) -> ArraySpec:
    """NumPy's arithmetic on the same elements; in TensorFlow both sides are of one type."""
    if not isinstance(left, (ArraySpec, int, float)) or not isinstance(right, (ArraySpec, int, float)):
        return UNKNOWN_ARRAY
    result = binary(sign, left, right)
    return result if isinstance(result, ArraySpec) else UNKNOWN_ARRAY


def _kept(array: ArraySpec, result: TensorSpec) -> ValueFacts:
    facts = array.facts
    if array.dtype == result.dtype or (array.dtype, result.dtype) == ("float64", "float32"):
        return cast(array, result.dtype).facts if array.dtype != result.dtype else facts
    return NO_FACTS


def _one_hot(ids: ArraySpec, depth: Any, keywords: dict[str, Any], result: TensorSpec) -> ValueFacts:
    """Rows of ``tf.one_hot``; an id out of range makes a row of zeros."""
    if keywords.keys() & {"on_value", "off_value"}:
        return NO_FACTS
    count = dim_argument(depth)
    lo, hi = ids.facts.lo, ids.facts.hi
    inside = isinstance(count, int) and lo is not None and hi is not None and lo >= 0 and hi < count
    last = keywords.get("axis", -1) == -1
    return make_facts(result.dtype, 0, 1, Tri.YES, Tri.YES if inside and last else Tri.UNKNOWN)
