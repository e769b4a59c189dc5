"""The methods that a program calls on a model: ``compile``, ``fit`` and their kin, ``build``, ``pop``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import libcst as cst

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
from kerascope.domain.specs import ArraySpec, Column, Dataset, Frame, Symbol, TensorSpec
from kerascope.graph.nodes import Compiled, Event, Layer, Model, ModelGraph, Nest, Tensor, flatten, map_nest
from kerascope.graph.propagation import apply_layer, apply_model
from kerascope.interp import datasets
from kerascope.interp.binding import bind_method, bind_names
from kerascope.interp.frames import fed_tables
from kerascope.interp.keras_layers import data_specs, note_fault, outputs_of
from kerascope.interp.keras_models import add_layer, input_tensor, spoil
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.masks import forget_numbers
from kerascope.interp.objects import model_attribute
from kerascope.interp.saved_models import save, write_checkpoints
from kerascope.interp.tensors import spec_of
from kerascope.interp.values import Function, InstanceObject, ListObject, Ref, Value
from kerascope.layers.base import Arguments
from kerascope.syntax.edits import text_of
from kerascope.syntax.units import Site

_COMPILE = {
    3: ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics"),
    2: ("optimizer", "loss", "metrics", "loss_weights", "weighted_metrics"),
}
"""Keras 3 moved ``metrics`` behind ``loss_weights``; both are written without names now and then."""


_FIT = ("x", "y", "batch_size", "epochs", "verbose", "callbacks", "validation_split", "validation_data", "shuffle",
        "class_weight", "sample_weight", "initial_epoch", "steps_per_epoch")  # fmt: skip


_METHODS: dict[str, tuple[str, ...]] = {
    "fit": _FIT,
    "evaluate": ("x", "y", "batch_size", "verbose", "sample_weight", "steps"),
    "predict": ("x", "batch_size", "verbose", "steps"),
    "train_on_batch": ("x", "y", "sample_weight", "class_weight"),
    "test_on_batch": ("x", "y", "sample_weight"),
    "summary": (),
}


def call_model_method(
    machine: Machine, model: Model, name: str, arguments: CallArguments, site: Site
) -> Value:
    """``model.name(...)``."""
    if name == "add" and model.kind == "Sequential":
        bound = bind_names(("layer",), arguments)
        if "layer" in bound:
            add_layer(machine, model.id, bound["layer"].value)
            forget_numbers(machine, model.id)
        else:
            spoil(machine, model.id)
        return None
    if name == "compile":
        return _compile(machine, model, arguments, site)
    if name in _METHODS:
        return _event(machine, model, name, arguments, site)
    handler = _OTHERS.get(name)
    return UNKNOWN if handler is None else handler(machine, model, arguments)


def _compile(machine: Machine, model: Model, arguments: CallArguments, site: Site) -> Value:
    values, sites = bind_method(_COMPILE[machine.major], arguments)
    plain = {name: machine.plain(value) for name, value in values.items()}
    compiled = Compiled(plain, sites, site, arguments.complete)
    machine.state.heap[model.id] = replace(model, compiled=compiled, compile_unseen=False, trained=False)
    _note(machine, model.id, "compile", plain, sites, arguments.complete, site)
    return None


def _event(machine: Machine, model: Model, name: str, arguments: CallArguments, site: Site) -> Value:
    values, sites = bind_method(_METHODS[name], arguments)
    fed = datasets.fed_dataset(machine, values.get("x"), site)
    validation = datasets.fed_dataset(machine, values.get("validation_data"), site)
    plain = {key: fed_tables(machine.plain(value)) for key, value in values.items()}
    given = values.get("x")
    if isinstance(given, Function) and given.is_generator:
        plain["x"] = Symbol(f"{datasets.NOT_CALLED}{given.name}")
    if "x" in values and isinstance(values["x"], (Frame, Column)):
        values = {**values, "x": plain["x"]}
    if fed is not None:
        plain = {**plain, **_step(fed, plain)}
        values = {**values, "x": plain["x"]}
    if validation is not None:
        plain["validation_data"] = _validated(validation)
    own: tuple[Any, Any] | None = None
    if _steps_itself(machine, model, name):
        # What is fed goes to a method of the program's own, which may make other data of it.
        own = plain.get("x", UNKNOWN), plain.get("y")
        plain = {key: UNKNOWN if key in _DATA else value for key, value in plain.items()}
    elif _has_own(machine, model, "compute_loss"):
        # The labels go to a method of the program's own, which may compare others.
        plain = {key: UNKNOWN if key in _DATA and key != "x" else value for key, value in plain.items()}
        own = plain.get("x", UNKNOWN), UNKNOWN
    elif name != "summary" and "x" in values:
        _build_from_data(machine, model, values, name, sites.get("x", site), site, stepwise=fed is not None)
    if name == "fit" and _has_own(machine, model, "test_step") and "validation_data" in plain:
        plain["validation_data"] = UNKNOWN
    _note(machine, model.id, name, plain, sites, arguments.complete, site, (fed, validation, own))
    if name in {"fit", "train_on_batch"}:
        now = machine.state.heap[model.id]
        machine.state.heap[model.id] = now = replace(now, trained=True)
        if "callbacks" in values:
            write_checkpoints(machine, now, values["callbacks"])
            for callback in machine.sequence(values["callbacks"]) or ():
                thing = machine.thing(callback)
                if isinstance(thing, InstanceObject):
                    # Its methods run, and may note what they see.
                    machine.havoc(callback)
                    for method in thing.cls.attributes.values():
                        machine.havoc(method)
    if name == "predict" and "x" in values:
        return _predicted(machine, model.id, values["x"])
    return None if name == "summary" else UNKNOWN


_DATA = frozenset({"x", "y", "sample_weight", "validation_data", "class_weight"})
_STEPS = {"fit": "train_step", "train_on_batch": "train_step", "evaluate": "test_step", "test_on_batch": "test_step",
          "predict": "predict_step"}  # fmt: skip


def _steps_itself(machine: Machine, model: Model, name: str) -> bool:
    """Whether a model is of one of the program's classes that says itself what one step of ``name`` does."""
    return name in _STEPS and _has_own(machine, model, _STEPS[name])


def _has_own(machine: Machine, model: Model, method: str) -> bool:
    """Whether a model is of one of the program's classes, and that has a method of this name."""
    thing = machine.state.heap.get(model.instance) if model.instance is not None else None
    return isinstance(thing, InstanceObject) and machine.class_attribute(thing.cls, method) is not None


def _compile_from_config(machine: Machine, model: Model, arguments: CallArguments) -> Value:
    machine.state.heap[model.id] = replace(model, compiled=None, compile_unseen=True)
    return None


def _quantize(machine: Machine, model: Model, arguments: CallArguments) -> Value:
    """The kernels become whole numbers, with a scale each."""
    machine.havoc(Ref(model.id))
    return None


def _step(dataset: Dataset, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that one step of a dataset brings; what the call itself gives beside it stays as it is."""
    parts = zip(("x", "y", "sample_weight"), datasets.unpacked(dataset), strict=True)
    return {key: part for key, part in parts if key == "x" or (part is not None and key not in given)}


def _validated(dataset: Dataset) -> Any:
    """``validation_data`` as the parts of one step; ``UNKNOWN`` where there is nothing to compare with."""
    x, y, weights = datasets.unpacked(dataset)
    if x is UNKNOWN or y is None:
        return UNKNOWN
    return (x, y) if weights is None else (x, y, weights)


PREDICTED: Final = "model.predict"
"""The source of what a model has predicted."""


def _predicted(machine: Machine, model_id: int, data: Value) -> Value:
    """What ``predict`` returns: an array for each output, with a row for each row of the data."""
    model = machine.state.heap[model_id]
    if not isinstance(model, Model) or model.outputs is None or not isinstance(data, ArraySpec):
        return UNKNOWN
    specs, faults = apply_model(
        machine.state.heap.fork(), model, data_specs(machine, data, batched=False), machine.context
    )
    if faults:
        return UNKNOWN
    arrays = map_nest(
        lambda spec: (
            ArraySpec(spec.shape, spec.dtype, source=PREDICTED) if spec.shape is not UNRANKED else UNKNOWN
        ),
        specs,
    )
    return machine.allocate(ListObject(arrays)) if isinstance(arrays, tuple) else arrays


def _is_summary(node: cst.CSTNode) -> bool:
    return (
        isinstance(node, cst.Call)
        and isinstance(node.func, cst.Attribute)
        and node.func.attr.value == "summary"
    )


def _variable(machine: Machine, named: Site | None, site: Site) -> str | None:
    """What the module calls a model whose summary is printed; ``build::model`` where a function made it for itself."""
    if named is not None:
        return text_of(named)
    if machine.active and isinstance(site.node, cst.Call) and isinstance(site.node.func, cst.Attribute):
        return f"{machine.active[-1].name}::{text_of(Site(site.unit, site.node.func.value))}"
    return None


def _note(
    machine: Machine,
    model_id: int,
    kind: Any,
    values: dict[str, Any],
    sites: dict[str, Site],
    complete: bool,
    site: Site,
    steps: tuple[Dataset | None, Dataset | None, tuple[Any, Any] | None] = (None, None, None),
) -> None:
    if machine.imported:
        return
    graph: ModelGraph | None = machine.graph(model_id)
    if graph is None:
        return
    top = machine.call_sites[0] if machine.call_sites else site
    # The text is made for summaries alone: writing a node out costs more than most calls.
    named = machine.argument_sites.get(model_id if machine.call_sites else -1)
    if named is None and kind == "summary" and _is_summary(top.node):
        named = machine.argument_sites.get(-1)  # the program's own `summary`, which calls Keras's
    variable = _variable(machine, named, site) if kind == "summary" else None
    machine.trace.events.append(
        Event(
            kind,
            graph,
            values,
            sites,
            site,
            top,
            variable,
            certain=machine.uncertain == 0,
            guarded=machine.guards > 0,
            complete=complete,
            reached=not machine.speculative,
            dataset=steps[0],
            validation=steps[1],
            own_step=steps[2],
        )
    )


def _build_from_data(
    machine: Machine,
    model: Model,
    values: Mapping[str, Value],
    kind: str,
    at: Site,
    site: Site,
    *,
    stepwise: bool = False,
) -> None:
    """A Sequential without an input shape takes it from the data that it meets first."""
    data = values["x"]
    if model.kind != "Sequential" or model.outputs is not None or not model.complete or not model.stack:
        return
    specs = data_specs(machine, data, batched=kind in _BATCHED and not stepwise)
    if isinstance(specs, TensorSpec) and specs.shape is not UNRANKED and specs.shape:
        shape = specs.shape
        if kind in _BATCHED and not stepwise:
            shape = (_batch(machine, data, values, kind), *shape[1:])
        _set_input(machine, model, shape, site, from_data=True)
        return
    nodes = machine.state.heap.fork()
    _, faults = apply_model(nodes, model, specs, machine.context)
    for key in model.stack:
        machine.state.heap[key] = nodes[key]
    for found in faults:
        note_fault(machine, found.fault, found.layer, found.inputs, at, from_data=True)


_BATCHED = frozenset({"fit", "evaluate", "predict"})


def _batch(machine: Machine, data: Value, values: Mapping[str, Value], kind: str) -> Dim:
    """The batch axis that a Sequential takes on when data is what builds it.

    Batches of one size set it; where the last one is smaller it is open (measured in Keras 3.15 and tf_keras 2.21).
    """
    rows = (
        data.shape[0]
        if isinstance(data, ArraySpec) and data.shape is not UNRANKED and data.shape
        else UNKNOWN
    )
    size = values.get("batch_size")
    size = 32 if size is None else size
    if not isinstance(rows, int) or not isinstance(size, int) or size <= 0 or "validation_split" in values:
        return UNKNOWN
    if rows < size:
        return None if kind == "fit" or machine.major == 2 else UNKNOWN
    return size if rows % size == 0 else None


def _set_input(machine: Machine, model: Model, shape: Shape, site: Site, *, from_data: bool = False) -> None:
    """Gives a Sequential its input shape, batch axis included, and runs it through."""
    values = Arguments({"batch_shape": shape}, frozenset())
    name: str | None = None
    if machine.major == 2:
        first = machine.state.heap.get(model.stack[0])
        name = (
            f"{first.name}_input"
            if isinstance(first, (Layer, Model)) and isinstance(first.name, str)
            else None
        )
    tensor = input_tensor(machine, values, {}, site, name)
    assert tensor.call is not None
    output: Nest = tensor
    complete = True
    for layer_id in model.stack:
        specs, faults = apply_layer(machine.state.heap, layer_id, spec_of(output), machine.context)
        for found in faults:
            note_fault(machine, found.fault, found.layer, output, site, from_data=from_data)
        complete = complete and not faults
        made = outputs_of(machine, layer_id, output, specs, site)
        output = made[0] if isinstance(made, tuple) and made else made
    machine.state.heap[model.id] = replace(
        model,
        stack=(tensor.call.layer_id, *model.stack),
        inputs=(tensor,),
        outputs=(output,),
        complete=complete,
        built=True,
    )


def _build(machine: Machine, model: Model, arguments: CallArguments) -> Value:
    bound = bind_names(("input_shape",), arguments)
    shape = machine.plain(bound["input_shape"].value) if "input_shape" in bound else None
    waits = model.kind == "Sequential" and model.outputs is None and model.complete
    if (
        waits
        and isinstance(shape, tuple)
        and all(d is None or isinstance(d, int) or d is UNKNOWN for d in shape)
    ):
        _set_input(machine, model, shape, bound["input_shape"].site)
    return None


def _pop(machine: Machine, model: Model, arguments: CallArguments) -> Value:
    if model.kind != "Sequential" or not model.stack or not model.complete:
        spoil(machine, model.id)
        return UNKNOWN
    last = machine.state.heap.get(model.stack[-1])
    outputs = model.outputs
    if outputs is not None:
        call = outputs[0].call
        previous = next(iter(flatten(call.inputs)), None) if call is not None else None
        outputs = (previous,) if isinstance(previous, Tensor) else None
    machine.state.heap[model.id] = replace(
        model, stack=model.stack[:-1], outputs=outputs, complete=outputs is not None or model.outputs is None
    )
    forget_numbers(machine, model.id)
    return Ref(last.id) if isinstance(last, (Layer, Model)) else UNKNOWN


def _get_layer(machine: Machine, model: Model, arguments: CallArguments) -> Value:
    bound = bind_names(("name", "index"), arguments)
    layers = machine.sequence(model_attribute(machine, Ref(model.id), model, "layers"))
    if layers is None:
        return UNKNOWN
    if "index" in bound:
        index = bound["index"].value
        return layers[index] if isinstance(index, int) and -len(layers) <= index < len(layers) else UNKNOWN
    name = bound["name"].value if "name" in bound else UNKNOWN
    for layer in layers:
        node = machine.node(layer)
        if node is not None and isinstance(name, str) and node.name == name:
            return layer
    return UNKNOWN


_OTHERS: dict[str, Callable[[Machine, Model, CallArguments], Value]] = {
    "build": _build,
    "pop": _pop,
    "get_layer": _get_layer,
    "save": save,
    "compile_from_config": _compile_from_config,
    "quantize": _quantize,
}
