"""The program's own layers and models: their ``build`` and ``call`` followed, their weights counted.

Keras tracks what is assigned to attributes: layers and models, also inside lists, tuples and dictionaries, and
variables. ``keras/src/utils/tracking.py``, ``tensorflow/python/trackable/data_structures.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Shape
from kerascope.domain.specs import ArraySpec, Instance, Symbol, TensorSpec
from kerascope.graph.names import automatic_name
from kerascope.graph.nodes import Layer, Model, Nest, Tensor, flatten, map_nest
from kerascope.graph.propagation import apply_layer
from kerascope.interp.binding import bind_layer, bind_names
from kerascope.interp.layer_methods import weight_of
from kerascope.interp.machine import MOST_DEPTH, CallArguments, Given, Machine
from kerascope.interp.settings import with_settings
from kerascope.interp.tensors import connected, on_data, spec_of, tensors_of
from kerascope.interp.values import (
    BoundMethod,
    ClassObject,
    DictObject,
    Function,
    InstanceObject,
    ListObject,
    Module,
    Ref,
    Super,
    Value,
    is_constant,
)
from kerascope.layers.base import FLOATS, LayerSpec, Weight
from kerascope.layers.catalogue import layer_spec
from kerascope.syntax.units import Site

_WITHOUT_WEIGHTS = (
    "keras.metrics.", "keras.losses.", "keras.initializers.", "keras.optimizers.", "keras.regularizers.",
    "keras.constraints.", "keras.random.", "keras.activations.", "keras.callbacks.", "keras.ops.",
    "keras.backend.", "tf.nn.", "tf.math.", "tf.random", "numpy.",
)  # fmt: skip
"""Where objects come from that Keras does not count among a layer's weights."""


def follow(machine: Machine, node_id: int, inputs: Nest, arguments: CallArguments, site: Site) -> Nest | None:
    """What a layer or model of the program gives for these inputs, by its own ``call``; ``None`` if it has none."""
    node = machine.state.heap.get(node_id)
    if not isinstance(node, (Layer, Model)) or len(machine.active) >= MOST_DEPTH:
        return None
    if isinstance(node, Layer) and node.class_name == "Lambda":
        given = _lambda(machine, node, inputs, arguments, site)
        return _autocast(inputs, given)
    if node.instance is None:
        return None
    instance = machine.thing(Ref(node.instance))
    if not isinstance(instance, InstanceObject):
        return None
    call = machine.class_attribute(instance.cls, "call")
    owner = Ref(node.instance)
    if isinstance(node, Layer) and node.spec is not None:
        if any(machine.class_attribute(instance.cls, name) is not None for name in _CHANGES_WHAT_IT_COMPUTES):
            machine.state.heap[node_id] = replace(node, built=True, weights=None)
            return TensorSpec(UNRANKED, "")
        convolution = machine.class_attribute(instance.cls, "convolution_op")
        if call is None and convolution is None:
            return None
        apply_layer(machine.state.heap, node_id, map_nest(spec_of, inputs), machine.context)
        own = convolution if call is None else call
        if not isinstance(own, Function) or own.is_generator:
            return TensorSpec(UNRANKED, "")
        if call is None:
            return _convolved(
                machine, node_id, BoundMethod(owner, "convolution_op", convolution), arguments, site
            )
        result = _traced(
            machine, BoundMethod(owner, "call", call), _with_unknowns(machine, call, arguments, site), site
        )
        given = _specs(machine, result)
        if not _is_symbolic(machine, inputs):
            return given
        # Keras 3 asks the shape of the class that was extended, whatever its own ``call`` gives.
        base = node.spec.apply(node.arguments, map_nest(spec_of, inputs), machine.context).outputs
        return given if _shapes(given) == _shapes(base) else TensorSpec(UNRANKED, "")
    if not isinstance(call, Function) or call.is_generator:
        return None
    if not node.built:
        build = machine.class_attribute(instance.cls, "build")
        if isinstance(build, Function):
            shapes = map_nest(_shape_of, inputs)
            given = CallArguments((Given(_as_value(machine, shapes), site),))
            _traced(machine, BoundMethod(owner, "build", build), given, site)
    result = _traced(
        machine, BoundMethod(owner, "call", call), _with_unknowns(machine, call, arguments, site), site
    )
    _settle(machine, node_id, owner)
    given = _autocast(inputs, _specs(machine, result))
    told = machine.class_attribute(instance.cls, "compute_output_shape")
    if told is None or not _is_symbolic(machine, inputs):
        return given
    return _as_told(machine, BoundMethod(owner, "compute_output_shape", told), inputs, given, site)


def _is_symbolic(machine: Machine, inputs: Nest) -> bool:
    """Whether Keras 3 asks for shapes and runs nothing (keras/src/layers/layer.py, ``compute_output_spec``)."""
    return machine.major == 3 and not machine.traced and not on_data(inputs)


def _shapes(specs: Nest) -> Nest:
    return map_nest(lambda spec: spec.shape, specs)


def _as_told(
    machine: Machine, method: BoundMethod, inputs: Nest, given: Nest | None, site: Site
) -> Nest | None:
    """What the program's own ``compute_output_shape`` says, which Keras 3 believes without a look at ``call``."""
    if not isinstance(method.function, Function):
        return TensorSpec(UNRANKED, "")
    arguments = CallArguments((Given(_as_value(machine, map_nest(_shape_of, inputs)), site),))
    shape = machine.plain(machine.call(method, arguments, site))
    if given is not None and _shapes(given) == shape:
        return given
    if not isinstance(shape, tuple) or not all(
        side is None or side is UNKNOWN or type(side) is int for side in shape
    ):
        return TensorSpec(UNRANKED, "")
    return TensorSpec(shape, "")


def _autocast(inputs: Nest, outputs: Nest | None) -> Nest | None:
    """Outputs whose type is not told where floats went in that Keras casts to the layer's own type before ``call``."""
    if outputs is None or all(
        spec_of(leaf).dtype == "float32" or spec_of(leaf).dtype not in FLOATS for leaf in flatten(inputs)
    ):
        return outputs
    return map_nest(lambda spec: TensorSpec(spec.shape, "") if spec.dtype in FLOATS else spec, outputs)


def _convolved(
    machine: Machine, node_id: int, method: BoundMethod, arguments: CallArguments, site: Site
) -> Nest:
    """What a convolution gives whose ``convolution_op`` the program replaced: bias and activation keep its shape."""
    layer = machine.state.heap[node_id]
    if layer.arguments.get("padding") == "causal":
        return TensorSpec(UNRANKED, "")  # What is padded, and before which step, is not followed.
    kernel = Given(weight_of(layer, "kernel"), site)
    given = CallArguments((*arguments.positional[:1], kernel), complete=arguments.complete)
    return _specs(machine, _traced(machine, method, given, site))


def _lambda(machine: Machine, node: Layer, inputs: Nest, arguments: CallArguments, site: Site) -> Nest | None:
    """What a ``Lambda`` gives: its function is followed, and ``output_shape`` believed, as Keras believes it."""
    machine.state.heap[node.id] = replace(node, built=True, weights=())
    followed: Nest = TensorSpec(UNRANKED, "")
    if node.function is not None:
        followed = _specs(machine, _traced(machine, node.function, _first(arguments), site))
    stated = node.arguments.get("output_shape")
    if (
        stated is None
        or (machine.major == 2 and node.function is not None)
        or machine.traced
        or on_data(inputs)
    ):
        # Keras 2 runs the function to find out, as each Keras does for data, and looks at `output_shape` only
        # where that fails.
        return followed if node.function is not None else None
    dtype = followed.dtype if isinstance(followed, TensorSpec) else ""
    if isinstance(stated, int):
        stated = (stated,)
    if isinstance(stated, tuple) and all(d is None or isinstance(d, int) for d in stated):
        return TensorSpec((None, *stated), dtype)
    return TensorSpec(UNRANKED, "")


def _first(arguments: CallArguments) -> CallArguments:
    """What a ``Lambda`` hands to its function: the inputs."""
    return CallArguments(arguments.positional[:1], {}, True)


def _with_unknowns(machine: Machine, call: Function, arguments: CallArguments, site: Site) -> CallArguments:
    """Arguments that Keras fills in by itself: whether it trains, and masks that earlier layers made.

    A layer that no other one calls takes ``training`` from the signature of its own ``call``, if anywhere: step 5 of
    ``Layer.__call__`` in keras/src/layers/layer.py, ``_set_training_mode`` and ``_functional_construction_call`` in
    tf_keras/src/engine/base_layer.py (tests/interp/test_training.py).
    """
    declared = (*call.parameters.params[1:], *call.parameters.kwonly_params)
    named = {p.name.value for p in declared if p.default is None or machine.traced or p.name.value == "mask"}
    positional = {p.name.value for p in call.parameters.params[1 : 1 + len(arguments.positional)]}
    added: dict[str, Given] = {
        name: Given(UNKNOWN, site)
        for name in ("training", "mask")
        if name in named and name not in arguments.keywords and name not in positional
    }
    return CallArguments(arguments.positional, {**arguments.keywords, **added}, arguments.complete)


def _traced(machine: Machine, callee: Value, arguments: CallArguments, site: Site) -> Value:
    machine.traced += 1
    try:
        return machine.call(callee, arguments, site)
    finally:
        machine.traced -= 1


def _shape_of(tensor: Any) -> Any:
    return tensor.spec.shape if isinstance(tensor, Tensor) and tensor.spec.shape is not UNRANKED else UNKNOWN


def _as_value(machine: Machine, shapes: Nest) -> Value:
    """Shapes as ``build`` gets them: a tuple, or a list or dictionary of tuples."""
    if isinstance(shapes, dict):
        return machine.allocate(DictObject(shapes))
    if isinstance(shapes, tuple) and shapes and all(isinstance(shape, tuple) for shape in shapes):
        return machine.allocate(ListObject(shapes))
    return shapes


def _specs(machine: Machine, value: Value) -> Nest:
    """The specifications of what a ``call`` returned."""
    if isinstance(value, Tensor):
        return value.spec
    if isinstance(value, ArraySpec):
        return TensorSpec(value.shape, value.dtype)
    if isinstance(value, tuple):
        return tuple(_specs(machine, part) for part in value)
    thing = machine.thing(value)
    if isinstance(thing, ListObject) and thing.items is not None:
        return tuple(_specs(machine, part) for part in thing.items)
    if isinstance(thing, DictObject) and thing.exact:
        return {key: _specs(machine, part) for key, part in thing.items.items()}
    return TensorSpec(UNRANKED, "")


# --- Weights --------------------------------------------------------------------------------------------------


def _settle(machine: Machine, node_id: int, owner: Ref) -> None:
    """Once called, a layer is built: its parts and its own weights are all there."""
    instance = machine.thing(owner)
    node = machine.state.heap[node_id]
    found = _tracked(machine, instance) if isinstance(instance, InstanceObject) else None
    if isinstance(node, Model):
        known = found is not None and not found[1] and node.kind == "Model"
        stack = found[0] if known and found is not None else node.stack
        machine.state.heap[node_id] = replace(node, built=node.built or known, stack=stack)
        return
    if found is None:
        machine.state.heap[node_id] = replace(node, built=True, weights=None, parts=())
        return
    parts, variables = found
    for part in parts:
        _note_weightless(machine, part)
    weights = (*(node.own_weights or ()), *variables) if node.own_weights is not None else None
    machine.state.heap[node_id] = replace(node, built=True, weights=weights, parts=parts)


def _note_weightless(machine: Machine, part: int) -> None:
    """A part that was not called yet has no weights, if its class has none whatever it is called on."""
    node = machine.state.heap[part]
    if not isinstance(node, Layer) or node.built or node.spec is None or node.instance is not None:
        return
    tried = machine.state.heap.fork()
    _, faults = apply_layer(tried, part, TensorSpec(UNRANKED, ""), machine.context)
    if not faults and tried[part].weights == ():
        machine.state.heap[part] = replace(node, weights=())


def _tracked(machine: Machine, instance: InstanceObject) -> tuple[tuple[int, ...], tuple[Weight, ...]] | None:
    """The layers and the variables in an object's attributes; ``None`` where one of them may hide."""
    parts: list[int] = []
    variables: list[Weight] = []

    def look(value: Value, depth: int) -> bool:
        if is_constant(value) or isinstance(
            value, (Function, ClassObject, Module, Symbol, Tensor, ArraySpec)
        ):
            return True
        if isinstance(value, Instance):
            if value.symbol == "tf.Variable":
                # Keras 3 tracks its own variables and none of TensorFlow's.
                if machine.major == 2:
                    variables.append(_variable(machine, value))
                return True
            return value.symbol.startswith(_WITHOUT_WEIGHTS)
        if isinstance(value, tuple) and depth < 6:
            return all(look(part, depth + 1) for part in value)
        if isinstance(value, BoundMethod):
            return True
        thing = machine.thing(value)
        node = machine.node(value)
        if node is not None:
            parts.append(node.id)
            return True
        if isinstance(thing, ListObject):
            return thing.items is not None and look(thing.items, depth + 1)
        if isinstance(thing, DictObject):
            return thing.exact and look(tuple(thing.items.values()), depth + 1)
        return isinstance(thing, InstanceObject)

    known = all(look(value, 0) for value in instance.attributes.values())
    if not known or not instance.exact:
        return None
    return tuple(dict.fromkeys(parts)), tuple(variables)


def _variable(machine: Machine, made: Instance) -> Weight:
    trainable = made.arguments.get("trainable", made.arguments.get("1", True))
    return Weight(variable_spec(machine, made).shape, trainable is not False)


def variable_spec(machine: Machine, made: Instance) -> TensorSpec:
    """The shape of a ``tf.Variable``, from what it starts with."""
    initial = machine.plain(made.arguments.get("initial_value", made.arguments.get("0", UNKNOWN)))
    value = made.arguments.get("initial_value", made.arguments.get("0", UNKNOWN))
    if isinstance(value, Tensor):
        return value.spec
    if isinstance(initial, ArraySpec):
        return TensorSpec(initial.shape, initial.dtype)
    if isinstance(initial, (int, float)):
        return TensorSpec((), "float32" if isinstance(initial, float) else "int32")
    return TensorSpec(UNRANKED, "")


_ADD_WEIGHT = {
    3: ("shape", "initializer", "dtype", "trainable"),
    2: ("name", "shape", "dtype", "initializer", "regularizer", "trainable"),
}


def add_weight(machine: Machine, node: Layer, arguments: CallArguments) -> Value:
    """``self.add_weight(...)``: one more weight of the layer's own."""
    names = _ADD_WEIGHT[machine.major]
    first = arguments.positional[0].value if arguments.positional else None
    if machine.major == 2 and not isinstance(first, str) and first is not None:
        names = names[1:]
    bound = {name: machine.plain(given.value) for name, given in bind_names(names, arguments).items()}
    shape = _weight_shape(bound.get("shape", () if arguments.complete else UNKNOWN))
    trainable = bound.get("trainable", True)
    now = machine.state.heap[node.id]
    own = None if now.own_weights is None or not arguments.complete else now.own_weights
    if own is not None:
        own = (*own, Weight(shape, trainable is not False and trainable is not UNKNOWN))
    if trainable is UNKNOWN:
        own = None
    machine.state.heap[node.id] = replace(now, own_weights=own)
    dtype = bound.get("dtype")
    return Tensor(TensorSpec(shape, dtype if isinstance(dtype, str) else "float32"))


def _weight_shape(value: Any) -> Shape:
    if isinstance(value, int):
        return (value,)
    if value is None:
        return ()
    if isinstance(value, tuple) and all(isinstance(size, int) or size is UNKNOWN for size in value):
        return value
    return UNRANKED


# --- Functional models of a subclass ----------------------------------------------------------------------------


def as_functional(machine: Machine, model: Model, arguments: CallArguments) -> Model:
    """``super().__init__(inputs, outputs)``: a subclass of ``Model`` that is a functional model."""
    bound = bind_names(("inputs", "outputs"), arguments)
    if "inputs" not in bound or "outputs" not in bound:
        return model
    instance = machine.state.heap.get(model.instance) if model.instance is not None else None
    if isinstance(instance, InstanceObject) and any(
        machine.class_attribute(instance.cls, name) is not None for name in ("call", "__call__")
    ):
        return model  # It computes what its own method does, and not what the graph says.
    inputs = tensors_of(machine, bound["inputs"].value)
    outputs = tensors_of(machine, bound["outputs"].value)
    known = connected(inputs, outputs)
    return replace(model, kind="Functional", inputs=inputs, outputs=outputs, complete=known, built=True)


# --- Subclasses of Keras's own layers ------------------------------------------------------------------------------


def known_base(bases: tuple[str, ...]) -> LayerSpec | None:
    """The catalogue's entry of the one library class that a class descends from."""
    if len(bases) != 1 or not bases[0].startswith("keras.layers."):
        return None
    return layer_spec(bases[0].removeprefix("keras.layers."))


def as_known_layer(machine: Machine, node_id: int, spec: LayerSpec, arguments: CallArguments) -> None:
    """Gives a subclass of one of Keras's layers what the constructor of that layer was given."""
    node = machine.state.heap[node_id]
    bound = bind_layer(machine, spec.name, spec.signature(machine.major), arguments)
    machine.state.heap[node_id] = replace(
        node,
        spec=spec,
        arguments=with_settings(machine, bound.arguments),
        sites={**node.sites, **bound.sites},
    )


_CHANGES_WHAT_IT_COMPUTES = ("build", "compute_output_shape")
"""Methods of Keras's layers that a subclass replaces to compute something else."""


# --- super() ----------------------------------------------------------------------------------------------------


def call_base_method(
    machine: Machine, owner: Super, name: str, arguments: CallArguments, site: Site
) -> Value:
    """A method that a class of the program takes from a library's class: ``super().__init__(name="block")``."""
    instance = machine.thing(owner.instance)
    node_id = instance.node if isinstance(instance, InstanceObject) else None
    node = machine.state.heap.get(node_id) if node_id is not None else None
    if name == "add_weight" and isinstance(node, Layer):
        return add_weight(machine, node, arguments)
    if name == "call" and isinstance(node, Layer) and node.spec is not None and arguments.positional:
        inputs = tensors_of(machine, arguments.positional[0].value)
        specs, _ = apply_layer(machine.state.heap, node.id, map_nest(spec_of, inputs), machine.context)
        return map_nest(Tensor, specs)
    if name == "get_config":
        return machine.allocate(DictObject({}, exact=False))
    if name != "__init__" or node is None or node_id is None:
        return UNKNOWN
    keywords = {key: machine.plain(given.value) for key, given in arguments.keywords.items()}
    given_name = keywords.get("name")
    named: Any = UNKNOWN
    if isinstance(given_name, str):
        named = given_name
    elif given_name is None and arguments.complete:
        named = automatic_name(node.class_name, machine.major, machine.state.counters)
    if isinstance(node, Model):
        node = as_functional(machine, node, arguments)
    known = known_base(instance.cls.library_bases()) if isinstance(instance, InstanceObject) else None
    if known is not None:
        as_known_layer(machine, node_id, known, arguments)
        node = machine.state.heap[node_id]
    trainable = keywords.get("trainable", node.trainable)
    machine.state.heap[node_id] = replace(
        node, name=named, trainable=trainable if isinstance(trainable, bool) else UNKNOWN
    )
    return None
