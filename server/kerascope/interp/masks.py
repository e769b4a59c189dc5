"""Masks in the functional models of Keras 3: tensors that layers make, take and hand on, each with rows of its own.

Source: steps 6 to 8 of ``Layer.__call__`` in ``keras/src/layers/layer.py``. A mask is an argument of a call's node
only where Keras fills it into the very dictionary that it was called with, which it does unless it converts arguments
first: ``layer(x, training=False)``, a list, and a tensor of another type than the layer computes in are converted.
"""

from __future__ import annotations

from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, rank
from kerascope.domain.specs import NestedLayer
from kerascope.graph.names import stem_of
from kerascope.graph.nodes import Layer, Model, Nest, Node, Tensor, flatten, map_nest
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.tensor_operations import call_operation, is_unknown_operation, unknown_operation
from kerascope.interp.values import BoundMethod, Function, InstanceObject, Ref, Value
from kerascope.layers.base import KERAS, compute_dtype
from kerascope.layers.masking import PASSES, UNMASKED, Masking
from kerascope.syntax.units import Site

_HIDDEN: Final = Masking(gives="hidden")


def taken_masks(
    machine: Machine, node: Node, inputs: Nest, arguments: CallArguments, site: Site
) -> tuple[Tensor, ...]:
    """The masks that become inputs of a call because earlier layers made them."""
    masks = tuple(mask for mask in flatten(_masks_of(inputs)) if mask is not None)
    if not masks or _is_given(arguments):
        return ()
    takes = _takes(machine, node)
    if takes is False:
        return ()
    if isinstance(node, Model) and node.kind == "Functional":
        return masks
    alone = len(arguments.positional) == 1 and not arguments.keywords and arguments.complete
    if arguments.complete and not (alone and isinstance(inputs, Tensor)):
        return ()
    known = takes and alone and isinstance(inputs, Tensor) and inputs.spec.dtype != ""
    if not known:
        return (_hidden(machine, inputs, site),)
    assert isinstance(inputs, Tensor)
    dtype = compute_dtype(node.arguments) if isinstance(node, Layer) else "float32"
    if dtype == "":
        return (_hidden(machine, inputs, site),)
    return masks if inputs.spec.dtype == dtype else ()


def given_masks(
    machine: Machine, node: Node, inputs: Nest, arguments: CallArguments, site: Site
) -> tuple[Tensor | None, ...]:
    """The masks of the tensors that a call returns, in their order; those that are left out are ``None``."""
    if isinstance(node, Layer) and node.spec is not None and node.spec.tensors and isinstance(inputs, tuple):
        inputs = inputs[0] if inputs else ()
    before: Nest = _masks_of(inputs)
    if _is_given(arguments):
        mask = arguments.keywords["mask"].value
        before = mask if isinstance(mask, Tensor) else _hidden(machine, inputs, site)
    own = _own_masks(machine, node, inputs, before, site)
    if own is not None:
        return own
    gives = _masking(machine, node).gives
    if gives == "nothing":
        return ()
    leaves = tuple(flatten(before))
    if gives == "hidden":
        creates = not isinstance(node, Layer) or node.spec is None or node.arguments.get("mask_zero") is True
        some = creates or any(mask is not None for mask in leaves)
        return (_hidden(machine, inputs, site),) if some else ()
    if gives == "the same":
        return leaves
    if gives == "the first":
        return (_operate(machine, "convert_to_tensor", leaves[0], site=site),) if leaves and leaves[0] else ()
    assert isinstance(node, Layer)  # Models hand on nothing.
    if gives in ("not zero", "not the value"):
        return (_made(machine, node, inputs, gives == "not zero", site),)
    if gives == "of the steps":
        return _of_the_steps(machine, node, leaves[0] if leaves else None, inputs, site)
    return (_merged(machine, node, inputs, leaves, joined=gives == "joined", site=site),)


def forget_numbers(machine: Machine, model_id: int) -> None:
    """Leaves open how the next masks will be called, after a stack that makes some was called layer by layer.

    Keras 3 does so, and numbers the operations on, whenever a ``Sequential`` has grown or shrunk, and where one gets
    its shape from what it is called on.
    """
    model = machine.state.heap.get(model_id)
    if machine.major != 3 or not isinstance(model, Model):
        return
    nodes = [machine.state.heap.get(layer_id) for layer_id in model.stack]
    kinds = {_masking(machine, node).gives for node in nodes if isinstance(node, Layer)}
    if kinds & {"not zero", "not the value", "hidden"}:
        for operation in ("NotEqual", "Any"):
            machine.state.counters[stem_of(operation, 3)] = UNKNOWN


# --- What a layer does with masks -----------------------------------------------------------------------------


def _masks_of(inputs: Nest) -> Nest:
    return map_nest(lambda leaf: leaf.mask if isinstance(leaf, Tensor) else None, inputs)


def _is_given(arguments: CallArguments) -> bool:
    return "mask" in arguments.keywords and arguments.keywords["mask"].value is not None


def _instance(machine: Machine, node: Node) -> InstanceObject | None:
    thing = machine.thing(Ref(node.instance)) if node.instance is not None else None
    return thing if isinstance(thing, InstanceObject) else None


def _takes(machine: Machine, node: Node) -> bool | None:
    """Whether ``call`` has the parameter ``mask``; ``None`` where nobody can see it."""
    instance = _instance(machine, node)
    call = machine.class_attribute(instance.cls, "call") if instance is not None else None
    if isinstance(call, Function):
        parameters = call.parameters
        named = (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
        return any(parameter.name.value == "mask" for parameter in named)
    if call is not None:
        return None
    if isinstance(node, Model):
        return True if node.kind != "Model" else None
    if node.spec is None:
        return None
    return node.spec.masking.takes


def _masking(machine: Machine, node: Node) -> Masking:
    """What a layer does by ``supports_masking``, or by the ``compute_mask`` of its class in Keras."""
    instance = _instance(machine, node)
    if instance is not None and (isinstance(node, Model) or node.spec is None):
        supports = instance.attributes.get("supports_masking")
        if supports is None:
            supports = machine.class_attribute(instance.cls, "supports_masking")
        if supports is False or (supports is None and instance.exact):
            return UNMASKED
        return PASSES if supports is True else _HIDDEN
    if isinstance(node, Model):
        return UNMASKED if node.kind != "Model" else _HIDDEN
    if node.spec is None or node.spec.home != KERAS:
        return _HIDDEN
    if node.class_name == "Lambda" and node.arguments.get("mask") is not None:
        return _HIDDEN
    return node.spec.masking


def _own_masks(
    machine: Machine, node: Node, inputs: Nest, before: Nest, site: Site
) -> tuple[Tensor | None, ...] | None:
    """What the ``compute_mask`` of one of the program's own classes returns; ``None`` where it has none."""
    instance = _instance(machine, node)
    method = machine.class_attribute(instance.cls, "compute_mask") if instance is not None else None
    if method is None or node.instance is None:
        return None
    result: Value = UNKNOWN
    if isinstance(method, Function) and not isinstance(inputs, dict):
        given = CallArguments((Given(inputs, site), Given(before, site)))
        result = machine.call(BoundMethod(Ref(node.instance), "compute_mask", method), given, site)
    items = machine.sequence(result)
    masks = [*items] if items is not None else [result]
    return tuple(
        mask if mask is None or isinstance(mask, Tensor) else _hidden(machine, inputs, site) for mask in masks
    )


# --- Masks as operations --------------------------------------------------------------------------------------


def _operate(machine: Machine, name: str, *values: Any, site: Site, **keywords: Any) -> Tensor:
    """An operation of ``keras.ops`` that makes one tensor of the graph."""
    given = CallArguments(
        tuple(Given(value, site) for value in values),
        {key: Given(value, site) for key, value in keywords.items()},
    )
    result = call_operation(machine, f"keras.ops.{name}", given, site)
    return result if isinstance(result, Tensor) else _hidden(machine, values, site)


def _hidden(machine: Machine, inputs: Nest, site: Site) -> Tensor:
    """A mask of which nobody can say how it is made, or whether it is there: a table with it is not complete."""
    leaves = [leaf for leaf in flatten(inputs) if isinstance(leaf, Tensor)]
    result = unknown_operation(machine, CallArguments(tuple(Given(leaf, site) for leaf in leaves)), site)
    assert isinstance(result, Tensor)
    return result


def compute_mask(machine: Machine, layer: Layer, inputs: Value, site: Site) -> Value:
    """``layer.compute_mask(inputs)`` of an ``Embedding`` or a ``Masking``; ``UNKNOWN`` for any other."""
    gives = layer.spec.masking.gives if layer.spec is not None and layer.instance is None else "hidden"
    if machine.major != 3 or gives not in ("not zero", "not the value") or not isinstance(inputs, Tensor):
        return UNKNOWN
    return _made(machine, layer, inputs, gives == "not zero", site)


def _made(machine: Machine, layer: Layer, inputs: Nest, is_embedding: bool, site: Site) -> Tensor | None:
    """Where an ``Embedding`` or a ``Masking`` finds something else than zero, or than its value."""
    if is_embedding:
        wanted = layer.arguments.get("mask_zero")
        if wanted is False:
            return None
        if not isinstance(wanted, bool):
            return _hidden(machine, inputs, site)
        return _operate(machine, "not_equal", inputs, 0, site=site)
    differs = _operate(machine, "not_equal", inputs, 0.0, site=site)
    return _operate(machine, "any", differs, site=site, axis=-1)


def _of_the_steps(
    machine: Machine, layer: Layer, mask: Tensor | None, inputs: Nest, site: Site
) -> tuple[Tensor | None, ...]:
    """A recurrent layer hands the mask on with its whole sequence; ``Bidirectional`` with both, if it returns two."""
    if mask is None:
        return ()
    inner = layer.arguments.get("layer") if layer.class_name == "Bidirectional" else None
    if isinstance(inner, NestedLayer):
        whole = inner.arguments.get("return_sequences", False)
    else:
        whole = layer.arguments.get("return_sequences") if inner is None else UNKNOWN
    if not isinstance(whole, bool):
        return (_hidden(machine, inputs, site),)
    both = inner is not None and layer.arguments.get("merge_mode") is None
    return (mask,) * (1 + both) if whole else ()


def _merged(
    machine: Machine,
    layer: Layer,
    inputs: Nest,
    masks: tuple[Tensor | None, ...],
    *,
    joined: bool,
    site: Site,
) -> Tensor | None:
    """The mask of a sum or a concatenation; ``None`` where it has none."""
    present = [mask for mask in masks if mask is not None]
    if not present or not isinstance(inputs, tuple) or (not joined and len(present) < len(masks)):
        return None
    shapes = [tensor.spec.shape for tensor in (*present, *flatten(inputs)) if isinstance(tensor, Tensor)]
    hidden = any(is_unknown_operation(machine, mask) for mask in present)
    flat = len(masks) == len(inputs) and all(isinstance(tensor, Tensor) for tensor in inputs)
    if hidden or not flat or UNRANKED in shapes:
        return _hidden(machine, inputs, site)
    if not joined:
        merged = present[0]
        for mask in present[1:]:
            merged = _operate(machine, "logical_or", merged, mask, site=site)
        return merged
    parts = [
        _as_wide(machine, tensor, mask, site)
        if mask is not None
        else _operate(machine, "ones_like", tensor, site=site, dtype="bool")
        for tensor, mask in zip(inputs, masks, strict=True)
    ]
    axis = layer.arguments.get("axis")
    whole = _operate(machine, "concatenate", tuple(parts), site=site, axis=axis)
    return _operate(machine, "any", whole, site=site, axis=-1, keepdims=False)


def _as_wide(machine: Machine, tensor: Tensor, mask: Tensor, site: Site) -> Tensor:
    """A mask with the shape of the tensor that it belongs to."""
    own, whole = rank(mask.spec.shape), rank(tensor.spec.shape)
    if own is None or whole is None or own >= whole:
        return mask
    wide = _operate(machine, "expand_dims", mask, site=site, axis=-1)
    zeros = _operate(machine, "zeros_like", tensor, site=site, dtype="bool")
    return _operate(machine, "logical_or", wide, zeros, site=site)
