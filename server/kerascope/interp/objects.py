"""Attributes: reading them from objects, and setting them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, Column, Dataset, Frame, Instance, NamedParts, Symbol
from kerascope.graph.nodes import Layer, Model, Nest, Tensor, flatten, map_nest
from kerascope.graph.order import layer_order
from kerascope.graph.propagation import members
from kerascope.interp.data_classes import MEMBER, class_attribute
from kerascope.interp.datasets import dataset_attribute
from kerascope.interp.frames import accessor_attribute, column_attribute, frame_attribute
from kerascope.interp.imports import canonical
from kerascope.interp.layer_methods import argument_of, weight_of
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.state import Binding
from kerascope.interp.tensor_operations import UNKNOWN_OPERATION
from kerascope.interp.values import (
    BoundMethod,
    ClassObject,
    DictObject,
    Function,
    InstanceObject,
    ListObject,
    Module,
    OneOf,
    ParserObject,
    Ref,
    SetObject,
    Super,
    Value,
    join,
)
from kerascope.layers.base import Arguments
from kerascope.layers.packages.models import MODELS
from kerascope.libraries.base import CallArguments as LibraryArguments
from kerascope.libraries.catalogue import library_function


def get_attribute(machine: Machine, owner: Value, name: str) -> Value:
    """``owner.name``."""
    if isinstance(owner, OneOf):
        results = [get_attribute(machine, alternative, name) for alternative in owner.alternatives]
        if any(isinstance(result, BoundMethod) for result in results):
            return BoundMethod(owner, name)
        joined = results[0]
        for result in results[1:]:
            joined = join(joined, result)
        return joined
    if isinstance(owner, Symbol):
        return _symbol_attribute(owner, name)
    if isinstance(owner, Super):
        return _base_attribute(machine, owner, name)
    if isinstance(owner, Module):
        binding = machine.state.read(owner.frame, name)
        return binding.value if binding is not None else UNKNOWN
    if isinstance(owner, NamedParts):
        return owner.part(name)
    if isinstance(owner, ArraySpec):
        return _array_attribute(owner, name)
    if isinstance(owner, Tensor):
        return _tensor_attribute(owner, name)
    if isinstance(owner, ClassObject):
        found = machine.class_attribute(owner, name)
        if isinstance(found, Function) and found.kind == "classmethod":
            return BoundMethod(owner, name, found)
        return UNKNOWN if found is None else found
    if isinstance(owner, Instance) and owner.symbol == MEMBER and name in owner.arguments:
        return owner.arguments[name]
    if isinstance(owner, Dataset):
        return dataset_attribute(owner, name)
    if isinstance(owner, Frame):
        return frame_attribute(machine, owner, name)
    if isinstance(owner, Column):
        return column_attribute(owner, name)
    if isinstance(owner, BoundMethod) and isinstance(owner.owner, Column):
        return accessor_attribute(owner, name)
    if isinstance(owner, Instance):
        entry = library_function(f"{owner.symbol}.{name}")
        if entry is not None and entry.is_attribute:
            return entry.returns(LibraryArguments((owner,)))
    if isinstance(owner, (str, Instance)):
        return BoundMethod(owner, name)
    thing = machine.thing(owner)
    if isinstance(thing, DictObject) and name in thing.items and not hasattr(dict, name):
        return thing.items[name]  # a `Bunch`, whose items are attributes as well
    if isinstance(thing, (ListObject, DictObject, SetObject, ParserObject)):
        return BoundMethod(owner, name)
    if isinstance(thing, InstanceObject):
        return _instance_attribute(machine, owner, thing, name)
    if isinstance(thing, Layer):
        return _layer_attribute(machine, owner, thing, name)
    if isinstance(thing, Model):
        return model_attribute(machine, owner, thing, name)
    return UNKNOWN


_CONSTANTS: dict[str, Any] = {
    "math.e": 2.718281828459045,
    "math.pi": 3.141592653589793,
    "numpy.pi": 3.141592653589793,
    "numpy.newaxis": None,
    "tf.newaxis": None,
    "sys.maxsize": 2**63 - 1,
}


def _symbol_attribute(owner: Symbol, name: str) -> Value:
    if owner.name == "tf" and name == "keras":
        return Symbol("keras")
    full = canonical(f"{owner.name}.{name}")
    return _CONSTANTS[full] if full in _CONSTANTS else Symbol(full)


def _base_attribute(machine: Machine, owner: Super, name: str) -> Value:
    thing = machine.thing(owner.instance)
    order = thing.cls.order() if isinstance(thing, InstanceObject) else owner.cls.order()
    start = next((at for at, cls in enumerate(order) if cls is owner.cls), len(order))
    for cls in order[start + 1 :]:
        found = cls.attributes.get(name)
        if isinstance(found, Function):
            return BoundMethod(owner.instance, name, found)
        if found is not None:
            return found
    return BoundMethod(owner, name)


def _array_attribute(owner: ArraySpec, name: str) -> Value:
    entry = library_function(f"ndarray.{name}")
    if entry is not None and entry.is_attribute:
        return entry.returns(LibraryArguments((owner,)))
    return BoundMethod(owner, name)


def _tensor_attribute(owner: Tensor, name: str) -> Value:
    if name == "shape":
        return UNKNOWN if owner.spec.shape is UNRANKED else owner.spec.shape
    if name == "dtype":
        return owner.spec.dtype or UNKNOWN
    if name == "ndim":
        return UNKNOWN if owner.spec.shape is UNRANKED else len(owner.spec.shape)
    return UNKNOWN if name == "name" else BoundMethod(owner, name)


def _instance_attribute(machine: Machine, owner: Ref, thing: InstanceObject, name: str) -> Value:
    if name in thing.attributes:
        return thing.attributes[name]
    if name == "__dict__":
        machine.havoc(owner)  # Whoever holds it may set any attribute.
        return UNKNOWN
    found = machine.class_attribute(thing.cls, name)
    if isinstance(found, Function):
        if found.kind == "property":
            return machine.call(
                BoundMethod(owner, name, found), CallArguments(), machine.site(found.parameters)
            )
        if found.kind == "classmethod":
            return BoundMethod(thing.cls, name, found)
        return found if found.kind == "staticmethod" else BoundMethod(owner, name, found)
    if found is not None:
        return class_attribute(thing, found)
    node = machine.state.heap.get(thing.node) if thing.node is not None else None
    if isinstance(node, (Layer, Model)) and name in {"name", "trainable"}:
        return getattr(node, name)
    if isinstance(node, Model) and name in _OF_MODELS and thing.node is not None:
        return model_attribute(machine, Ref(thing.node), node, name)
    if isinstance(node, Layer) and node.spec is not None:
        return _layer_attribute(machine, owner, node, name)
    return BoundMethod(owner, name) if node is not None else UNKNOWN


_OF_MODELS = frozenset({"layers", "input", "output", "inputs", "outputs", "input_shape", "output_shape"})


def shapes_of(nest: Nest) -> Value:
    """The shapes of a nest of tensors, a single one unwrapped."""
    return map_nest(
        lambda t: t.spec.shape if isinstance(t, Tensor) and t.spec.shape is not UNRANKED else UNKNOWN, nest
    )


def _layer_attribute(machine: Machine, owner: Ref, layer: Layer, name: str) -> Value:
    if name == "name":
        return layer.name
    if name == "trainable":
        return layer.trainable
    if layer.spec is not None and layer.spec.home == MODELS:
        # What it holds is of its own, and is not what it was called on.
        return BoundMethod(owner, name) if name not in _OF_MODELS else UNKNOWN
    if name in {"output", "output_shape", "input", "input_shape"}:
        call = machine.state.calls.get(layer.id)
        if call is None:
            return UNKNOWN
        nest = call[0] if name.startswith("output") else call[1]
        return shapes_of(nest) if name.endswith("shape") else nest
    if layer.spec is not None and name in layer.arguments.values and name != "vocabulary_size":
        return argument_of(layer, name)
    weight = weight_of(layer, name)
    if weight is not NotImplemented:
        return weight
    return BoundMethod(owner, name)


def model_attribute(machine: Machine, owner: Ref, model: Model, name: str) -> Value:
    """An attribute of a model object."""
    if name == "name":
        return model.name
    if name == "trainable":
        return model.trainable
    if name == "layers":
        return machine.allocate(ListObject(_layer_refs(machine, model)))
    if name in {"output", "output_shape", "outputs", "input", "input_shape", "inputs"}:
        nest = model.outputs if name.startswith("output") else model.inputs
        if nest is None or not model.complete:
            return UNKNOWN
        if name in {"outputs", "inputs"}:
            return machine.allocate(ListObject(tuple(flatten(nest))))
        nest = nest[0] if isinstance(nest, tuple) and len(nest) == 1 else nest
        return shapes_of(nest) if name.endswith("shape") else nest
    return BoundMethod(owner, name)


def _layer_refs(machine: Machine, model: Model) -> tuple[Value, ...] | None:
    if not model.complete or model.kind == "Model":
        return None
    if model.kind == "Functional":
        ids = layer_order(model.inputs, model.outputs)
    else:
        ids = tuple(
            layer_id
            for layer_id in members(model)
            if getattr(machine.state.heap.get(layer_id), "class_name", "") != "InputLayer"
        )
    nodes = [machine.state.heap.get(layer_id) for layer_id in ids]
    operations = [isinstance(node, Layer) and node.is_operation for node in nodes]
    if any(
        is_one and node.class_name == UNKNOWN_OPERATION
        for node, is_one in zip(nodes, operations, strict=True)
    ):
        return None
    return tuple(
        Ref(layer_id)
        for layer_id, is_one in zip(ids, operations, strict=True)
        if machine.major == 2 or not is_one  # in Keras 3 an operation is no layer
    )


def set_attribute(machine: Machine, owner: Value, name: str, value: Value) -> None:
    """``owner.name = value``."""
    targets = owner.alternatives if isinstance(owner, OneOf) else (owner,)
    strong = len(targets) == 1
    for target in targets:
        thing = machine.thing(target)
        if isinstance(target, ClassObject):
            changed = machine.state.heap.get(target.address)
            items = changed.items if isinstance(changed, DictObject) else {}
            known = value if strong else UNKNOWN
            machine.state.heap[target.address] = DictObject({**items, name: known})
        elif isinstance(target, Module):
            machine.state.write(target.frame, name, Binding(value if strong else UNKNOWN))
        elif isinstance(thing, InstanceObject) and _is_managed(machine, thing, name):
            machine.havoc(target)  # A setter may do anything to its object.
        elif isinstance(thing, InstanceObject):
            known = value if strong else join(value, thing.attributes.get(name, UNKNOWN))
            machine.state.heap[target.address] = replace(thing, attributes={**thing.attributes, name: known})
            if name == "trainable" and thing.node is not None:
                set_attribute(machine, Ref(thing.node), name, value)
        elif isinstance(target, ArraySpec) and name in {"shape", "dtype"}:
            machine.write_array(target, ArraySpec(UNRANKED, "", source=target.source))
        elif target is UNKNOWN and name == "trainable":
            _freeze_any(machine)
        elif isinstance(thing, (Layer, Model)) and name == ("name" if machine.major == 3 else "_name"):
            known = value if strong and isinstance(value, str) else UNKNOWN
            machine.state.heap[target.address] = replace(thing, name=known)
        elif isinstance(thing, Layer) and name in _COMPUTED_BY:
            machine.state.heap[target.address] = replace(thing, spec=None, built=True, weights=None)
        elif isinstance(thing, Model) and name in _COMPUTED_BY:
            machine.havoc(target)
            havocked = machine.state.heap[target.address]
            machine.state.heap[target.address] = replace(havocked, kind="Model", outputs=None, complete=False)
        elif isinstance(thing, DictObject):
            known = value if strong else join(value, thing.items.get(name, UNKNOWN))
            machine.state.heap[target.address] = DictObject({**thing.items, name: known}, thing.exact)
        elif isinstance(thing, (Layer, Model)) and name == "trainable":
            known = value if strong and isinstance(value, bool) else UNKNOWN
            machine.state.heap[target.address] = replace(thing, trainable=known)
            if isinstance(thing, Model):
                _freeze(machine, thing, known)
        elif isinstance(thing, Layer) and name in thing.arguments.values:
            # What a layer is given after it was made is not followed: `dense.activation = …` may be anything.
            arguments = Arguments({**thing.arguments.values, name: UNKNOWN}, thing.arguments.given)
            machine.state.heap[target.address] = replace(thing, arguments=arguments)
        elif isinstance(thing, Model) and name not in {
            "name",
            "_name",
            "optimizer",
            "stop_training",
            "history",
        }:
            machine.havoc(target)


_COMPUTED_BY = frozenset(
    {
        "call", "build", "compute_output_shape", "compute_output_spec", "__class__", "train_step", "test_step",
        "predict_step", "compute_loss", "fit", "evaluate", "predict", "compile", "make_train_function",
    }
)  # fmt: skip
"""What a layer or a model does no longer as its class does it, once a program puts another there."""


def _freeze_any(machine: Machine) -> None:
    """``trainable`` was set on what may be any of the layers."""
    machine.log.whole = True
    for address, node in list(machine.state.heap.unlogged().items()):
        if isinstance(node, (Layer, Model)) and node.trainable is not UNKNOWN:
            machine.state.heap[address] = replace(node, trainable=UNKNOWN)


def _is_managed(machine: Machine, thing: InstanceObject, name: str) -> bool:
    """Whether the class has a property of that name, or something that may be a descriptor."""
    found = machine.class_attribute(thing.cls, name)
    return (
        found is UNKNOWN
        or isinstance(machine.thing(found), InstanceObject)
        or (isinstance(found, Function) and found.kind == "property")
    )


def _freeze(machine: Machine, model: Model, trainable: Any) -> None:
    """Setting ``trainable`` on a model sets it on every layer of the model, as Keras does."""
    for member in members(model):
        node = machine.state.heap.get(member)
        if isinstance(node, (Layer, Model)):
            machine.state.heap[member] = replace(node, trainable=trainable)
            if isinstance(node, Model):
                _freeze(machine, node, trainable)
