"""Operations on symbolic tensors: what they return, and the rows that Keras makes of them in a functional model.

In a functional model an operation becomes a node of the graph, as Keras makes a layer or an ``Operation`` of it.
While the ``call`` of one of the program's own layers is followed, tensors are TensorFlow's and leave no node.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, Instance, TensorSpec
from kerascope.graph.names import automatic_name, numbered_name
from kerascope.graph.nodes import UNKNOWN_TENSOR, Call, Layer, Nest, Tensor, flatten, map_nest
from kerascope.interp.custom_layers import variable_spec
from kerascope.interp.data_tensors import data_operation, set_shape, with_facts
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.settings import image_data_format
from kerascope.interp.values import DictObject, ListObject, Value
from kerascope.layers.base import Arguments
from kerascope.libraries.base import is_scalar, make_facts
from kerascope.operations.base import Operation, OperationCall, Row
from kerascope.operations.catalogue import operation
from kerascope.operations.names import FAMILIES
from kerascope.syntax.units import Site

_UNKNOWN_SPEC = TensorSpec(UNRANKED, "")
_ROOTS = ("keras.ops.", "keras.backend.", "keras.activations.", "keras.random.", "tf.", "tensorflow_io.")


def tensors_in(machine: Machine, value: Value, depth: int = 0) -> Iterator[Tensor]:
    """The symbolic tensors in a value, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, slice):
        yield from tensors_in(machine, (value.start, value.stop, value.step), depth)
    elif depth > 8:
        return
    elif isinstance(value, tuple):
        for part in value:
            yield from tensors_in(machine, part, depth + 1)
    else:
        thing = machine.thing(value)
        if isinstance(thing, ListObject):
            yield from tensors_in(machine, thing.items or (), depth + 1)
        elif isinstance(thing, DictObject):
            yield from tensors_in(machine, tuple(thing.items.values()), depth + 1)


def _holds_array(machine: Machine, value: Value) -> bool:
    """Whether a value is an array, or a tuple or a list with one in it."""
    if isinstance(value, ArraySpec):
        return True
    parts = machine.sequence(value) or ()
    return any(isinstance(part, ArraySpec) and not is_scalar(part) for part in parts)


def call_operation(machine: Machine, name: str, arguments: CallArguments, site: Site) -> Value:
    """A call of a function of Keras or TensorFlow that may be one on tensors; ``NotImplemented`` for any other."""
    if not name.startswith(_ROOTS) or name == "tf.Variable":
        return NotImplemented  # A variable is an object that holds a tensor.
    values = arguments.values()
    leaves = [leaf for value in values for leaf in tensors_in(machine, value)]
    if not leaves and not any(_holds_array(machine, value) for value in values):
        made = _of_numbers(name, arguments)
        if made is not NotImplemented or name not in _FROM_NUMBERS:
            return made
    found = operation(name)
    if (
        found is not None
        and "data_format=None" in found.parameters
        and image_data_format(machine) != "channels_last"
    ):
        return _unknown(machine, leaves, site) if leaves else UNKNOWN
    if found is None:
        made = data_operation(machine, name, arguments) if machine.traced and leaves else NotImplemented
        if made is not NotImplemented:
            return made
        return _unknown(machine, leaves, site) if leaves else NotImplemented
    return _apply(machine, found, arguments, leaves, site)


def call_tensor_method(
    machine: Machine, owner: Tensor, name: str, arguments: CallArguments, site: Site
) -> Value:
    """``tensor.name(...)``: what TensorFlow's tensors have of methods gives other tensors, if it is known at all."""
    if name == "set_shape" and machine.traced and arguments.positional:
        set_shape(machine, owner, machine.plain(arguments.positional[0].value))
    if name in {"get_shape", "set_shape"}:
        return UNKNOWN if owner.spec.shape is UNRANKED or name == "set_shape" else owner.spec.shape
    found = operation(f"tensor.{name}")
    if found is None:
        return UNKNOWN
    given = CallArguments((Given(owner, site), *arguments.positional), arguments.keywords, arguments.complete)
    return _apply(
        machine, found, given, [leaf for v in given.values() for leaf in tensors_in(machine, v)], site
    )


_ON_NUMBERS: dict[str, Callable[..., Any]] = {
    "equal": operator.eq, "not_equal": operator.ne, "less": operator.lt, "less_equal": operator.le,
    "greater": operator.gt, "greater_equal": operator.ge, "add": operator.add, "subtract": operator.sub,
    "multiply": operator.mul, "floordiv": operator.floordiv, "maximum": max, "minimum": min, "reduce_prod": math.prod,
    "reduce_sum": sum,
}  # fmt: skip


def _of_numbers(name: str, arguments: CallArguments) -> Value:
    """``tf.math.equal(x.shape[-1], 16)`` and its kin on Python's own numbers."""
    module, _, member = name.rpartition(".")
    values = arguments.values()
    if module not in {"tf", "tf.math"} or member not in _ON_NUMBERS or not values or not arguments.complete:
        return NotImplemented
    if not all(_is_whole(value) for value in values) or arguments.keywords.keys() - {"x", "y"}:
        return NotImplemented
    try:
        return _ON_NUMBERS[member](*values)
    except (TypeError, ValueError, ArithmeticError):
        return NotImplemented


_FROM_NUMBERS = frozenset(
    f"{module}.{member}"
    for module in ("tf", "keras.ops", "keras.backend", "tf.random", "keras.random")
    for member in (
        "range", "arange", "zeros", "ones", "constant", "fill", "eye", "linspace", "normal", "uniform", "full",
        "convert_to_tensor", "random_normal", "random_uniform", "truncated_normal", "identity", "expand_dims",
    )
) | {"tf.signal.linear_to_mel_weight_matrix"}  # fmt: skip
"""Functions that make a tensor out of Python's numbers."""


def _is_whole(value: Value) -> bool:
    if isinstance(value, tuple):
        return all(_is_whole(part) for part in value)
    return isinstance(value, int)


def operate(machine: Machine, method: str, operands: tuple[Value, ...], site: Site) -> Value:
    """``tensor.__add__`` and its kin, with the tensor that Python asks first."""
    leaves = [leaf for value in operands for leaf in tensors_in(machine, value)]
    found = operation(f"tensor.{method}")
    if found is None:
        return _unknown(machine, leaves, site)
    given = tuple(Given(value, site) for value in operands)
    return _apply(machine, found, CallArguments(given), leaves, site)


def _plain(machine: Machine, value: Value, depth: int = 0) -> Any:
    """A value as the catalogue takes it: as elsewhere, and a tensor as its specification."""
    if isinstance(value, Tensor):
        return value.spec
    if isinstance(value, slice):
        return slice(*(_plain(machine, part) for part in (value.start, value.stop, value.step)))
    if isinstance(value, tuple) and depth < 8:
        return tuple(_plain(machine, part, depth + 1) for part in value)
    if isinstance(value, Instance) and value.symbol == "tf.Variable":
        return variable_spec(machine, value)
    thing = machine.thing(value)
    if isinstance(thing, ListObject):
        return UNKNOWN if thing.items is None else _plain(machine, thing.items, depth + 1)
    if isinstance(thing, DictObject) and thing.exact:
        return {key: _plain(machine, part, depth + 1) for key, part in thing.items.items()}
    return machine.plain(value)


_ARITHMETIC: Final = frozenset({"binary", "operators"})
"""Families of operations to which a number is a number, whichever it is."""


def _apply(
    machine: Machine, found: Operation, arguments: CallArguments, leaves: list[Tensor], site: Site
) -> Value:
    counts = FAMILIES.get(found.name) in _ARITHMETIC

    def plain(value: Value) -> Any:
        number = counts and isinstance(value, ArraySpec) and value.shape == () and is_scalar(value)
        return value if number else _plain(machine, value)

    call = OperationCall(
        tuple(plain(given.value) for given in arguments.positional),
        {key: plain(given.value) for key, given in arguments.keywords.items()},
        arguments.complete,
        machine.major,
        traced=machine.traced > 0,
    )
    outputs = found.returns(call)
    if not leaves and machine.traced == 0:
        if isinstance(outputs, TensorSpec):
            return _told(found, arguments, outputs).data or _as_data(outputs)
        return map_nest(_as_data, outputs)
    if found.name in _SHAPES:
        return _sizes(outputs, leaves)
    if not leaves and isinstance(outputs, TensorSpec) and outputs.shape == ():
        return UNKNOWN  # a constant, whose value TensorFlow knows and nobody here
    if machine.traced > 0 and isinstance(outputs, TensorSpec):
        return _told(found, arguments, outputs)
    if machine.traced > 0 or not any(isinstance(leaf, TensorSpec) for leaf in flatten(outputs)):
        return map_nest(lambda leaf: Tensor(leaf) if isinstance(leaf, TensorSpec) else leaf, outputs)
    rows = found.rows(call)
    if rows is None or not all(isinstance(leaf, TensorSpec) for leaf in flatten(outputs)):
        return map_nest(
            lambda leaf: leaf if not isinstance(leaf, TensorSpec) else _unknown(machine, leaves, site, leaf),
            outputs,
        )
    if not rows:
        return map_nest(Tensor, outputs)
    inputs: Nest = tuple(leaves)
    for index, row in enumerate(rows):
        again = _Again(found, call) if index == 0 and len(rows) == 1 else None
        inputs = _node(machine, row, inputs, site, again)
    return inputs


_SHAPES = frozenset({"tf.shape", "keras.backend.shape", "keras.ops.shape"})


def _sizes(outputs: Nest, leaves: list[Tensor]) -> Value:
    """The sizes of a tensor: a number where it is known, else a scalar that only running tells."""
    shape = leaves[0].spec.shape if leaves else UNRANKED
    if not isinstance(outputs, tuple) or shape is UNRANKED or len(shape) != len(outputs):
        return map_nest(lambda leaf: Tensor(leaf) if isinstance(leaf, TensorSpec) else leaf, outputs)
    return tuple(
        Tensor(TensorSpec((), "int32")) if size is UNKNOWN and dim is None else size
        for size, dim in zip(outputs, shape, strict=True)
    )


def _told(found: Operation, arguments: CallArguments, output: TensorSpec) -> Tensor:
    """The output of an operation with what is known of its elements."""
    given = tuple(item.value for item in arguments.positional)
    keywords = {key: item.value for key, item in arguments.keywords.items()}
    return with_facts(found.name, given, keywords, output)


def _as_data(leaf: Any) -> Any:
    """What an operation on data gives: an eager tensor, which Keras takes as it takes an array."""
    return ArraySpec(leaf.shape, leaf.dtype, make_facts(leaf.dtype)) if isinstance(leaf, TensorSpec) else leaf


class _Again:
    """The same operation on other tensors, for a model that is called on another shape."""

    def __init__(self, found: Operation, call: OperationCall) -> None:
        self._found = found
        self._call = call

    def __call__(self, specs: Nest) -> Nest:
        given = iter(flatten(specs))

        def other(value: Any) -> Any:
            if isinstance(value, TensorSpec):
                return next(given, _UNKNOWN_SPEC)
            if isinstance(value, slice):
                return slice(*(other(part) for part in (value.start, value.stop, value.step)))
            if isinstance(value, tuple):
                return tuple(other(part) for part in value)
            if isinstance(value, Mapping):
                return {key: other(part) for key, part in value.items()}
            return value

        call = self._call
        return self._found.returns(
            OperationCall(other(call.positional), other(call.keywords), call.complete, call.major)
        )


def _node(machine: Machine, row: Row, inputs: Nest, site: Site, again: Any) -> Nest:
    name = (
        automatic_name(row.class_name, machine.major, machine.state.counters)
        if machine.major == 3
        else numbered_name(row.stem, machine.state.counters)
    )
    return _operation_layer(machine, row.class_name, name, row.outputs, inputs, site, again)


def _operation_layer(
    machine: Machine, class_name: str, name: Any, outputs: Nest, inputs: Nest, site: Site, again: Any
) -> Nest:
    address = machine.fresh()
    layer = Layer(
        id=address,
        class_name=class_name,
        spec=None,
        arguments=Arguments({}),
        sites={},
        site=site,
        name=name,
        weights=(),
        built=True,
        is_operation=True,
        again=again,
    )
    machine.state.heap[address] = layer
    inputs = inputs[0] if isinstance(inputs, tuple) and len(inputs) == 1 else inputs
    call = Call(address, inputs, outputs, site)
    count = iter(range(sum(1 for _ in flatten(outputs))))
    tensors = map_nest(lambda spec: Tensor(spec, call, next(count)), outputs)
    machine.state.calls[address] = (tensors, inputs)
    return tensors


UNKNOWN_OPERATION = "?"
"""The class of an operation that the catalogue does not know; it is no row of a table."""


def unknown_operation(machine: Machine, arguments: CallArguments, site: Site) -> Value:
    """Something that cannot be seen, called on tensors: the graph goes on behind it, shape and row unknown."""
    leaves = [leaf for value in arguments.values() for leaf in tensors_in(machine, value)]
    return _unknown(machine, leaves, site)


def is_unknown_operation(machine: Machine, tensor: Tensor) -> bool:
    """Whether nothing is known of how a tensor was made, not even that it is one."""
    node = machine.state.heap.get(tensor.call.layer_id) if tensor.call is not None else None
    return isinstance(node, Layer) and node.class_name == UNKNOWN_OPERATION


def _unknown(machine: Machine, leaves: list[Tensor], site: Site, spec: TensorSpec = _UNKNOWN_SPEC) -> Value:
    """An operation of which only is known what it was applied to."""
    if machine.traced > 0 or not leaves:
        return Tensor(spec) if spec is not _UNKNOWN_SPEC else UNKNOWN_TENSOR
    return _operation_layer(machine, UNKNOWN_OPERATION, UNKNOWN, spec, tuple(leaves), site, None)
