"""Models that a program writes to a file and reads again, and models that it clones.

A file is known where the program itself wrote it: what ``load_model`` gives is a model with the same layers, names and
shapes, and with weights of its own. Sources: keras/src/saving/saving_api.py and keras/src/models/cloning.py of Keras 3,
tf_keras/src/saving/saving_api.py and tf_keras/src/models/cloning.py of Keras 2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Instance
from kerascope.graph.nodes import Call, Layer, Model, ModelGraph, Nest, Node, Tensor, flatten, map_nest
from kerascope.graph.order import topological_calls
from kerascope.interp.binding import bind_names
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.state import FILES, NO_FILES
from kerascope.interp.values import DictObject, ListObject, Ref, Value

_KERAS_3_ENDINGS: Final = (".keras", ".h5", ".hdf5")
"""Keras 3 neither writes nor reads a folder in the SavedModel format with these functions."""
_CHECKPOINT: Final = "keras.callbacks.ModelCheckpoint"


def save(machine: Machine, model: Model, arguments: CallArguments) -> Value:
    """``model.save(filepath)``: the file holds the model as it is now."""
    bound = bind_names(("filepath",), arguments)
    path = bound["filepath"].value if "filepath" in bound else UNKNOWN
    _write(machine, path, model)
    return None


def save_model(machine: Machine, arguments: CallArguments) -> Value:
    """``keras.models.save_model(model, filepath)``."""
    bound = bind_names(("model", "filepath"), arguments)
    node = machine.node(bound["model"].value) if "model" in bound else None
    path = bound["filepath"].value if "filepath" in bound else UNKNOWN
    _write(machine, path, node if isinstance(node, Model) else None)
    return None


def write_checkpoints(machine: Machine, model: Model, callbacks: Value) -> None:
    """What the ``ModelCheckpoint`` callbacks of ``fit`` leave behind; one that is not known may write any file."""
    thing = machine.thing(callbacks)
    items = thing.covered if isinstance(thing, ListObject) else callbacks
    for item in items if isinstance(items, tuple) else (items,):
        if item is UNKNOWN:
            _write(machine, UNKNOWN, None)
        if not isinstance(item, Instance) or item.symbol != _CHECKPOINT:
            continue
        path = item.arguments.get("filepath", item.arguments.get("0", UNKNOWN))
        weights_only = item.arguments.get("save_weights_only", item.arguments.get("4", False))
        if weights_only is True:
            continue
        plain = isinstance(path, str) and "{" not in path and weights_only is False
        _write(machine, path if plain else UNKNOWN, model)


def load_model(machine: Machine, arguments: CallArguments) -> Value:
    """``keras.models.load_model(filepath)``: unknown but for a file that the program has written before."""
    bound = bind_names(("filepath", "custom_objects", "compile"), arguments)
    path = bound["filepath"].value if "filepath" in bound else UNKNOWN
    files = machine.state.heap[FILES]
    address = files.items.get(_key(path)) if isinstance(path, str) else None
    graph = machine.graph(address.address) if isinstance(address, Ref) else None
    if graph is None or not arguments.complete or not _is_readable(graph, "custom_objects" in bound):
        return UNKNOWN
    compiles = bound["compile"].value if "compile" in bound else True
    # With what ``compile`` was given an optimizer is made and its variables are read, as if it had trained.
    compiled = _is_compiled(graph.model) and compiles is not False
    copied = copy_model(machine, graph)
    model = machine.state.heap[copied.address]
    machine.state.heap[copied.address] = replace(
        model, compiled=None, compile_unseen=compiled, trained=compiled
    )
    return copied


def clone_model(machine: Machine, arguments: CallArguments) -> Value:
    """``keras.models.clone_model(model)``: the same layers with new weights.

    Keras 2 leaves the clone without what ``compile`` was given, Keras 3.15 hands it on.
    """
    bound = bind_names(("model",), arguments)
    node = machine.node(bound["model"].value) if "model" in bound else None
    graph = machine.graph(node.id) if isinstance(node, Model) else None
    if graph is None or not arguments.complete or len(bound) != 1 or not _is_readable(graph, False):
        return UNKNOWN
    handed_on = machine.major == 3 and _is_compiled(graph.model)
    copied = copy_model(machine, graph)
    model = machine.state.heap[copied.address]
    machine.state.heap[copied.address] = replace(
        model, compiled=None, compile_unseen=handed_on, trained=handed_on
    )
    if machine.major == 3 and model.kind != "Sequential":
        _forget_input_names(machine, model)
    return copied


def _forget_input_names(machine: Machine, model: Model) -> None:
    """Keras 3 names a clone's inputs after the tensors, which count every tensor of the process."""
    for tensor in flatten(model.inputs):
        layer = machine.state.heap.get(tensor.call.layer_id) if tensor.call is not None else None
        if isinstance(layer, Layer) and "name" not in layer.arguments.given:
            machine.state.heap[layer.id] = replace(layer, name=UNKNOWN)


def _is_compiled(model: Model) -> bool:
    return model.compiled is not None or model.compile_unseen


def _key(path: str) -> str:
    return path.rstrip("/").removeprefix("./")


def _write(machine: Machine, path: Value, model: Model | None) -> None:
    """Notes a file. One with a name that is not known may be any of them."""
    files = machine.state.heap[FILES]
    if not isinstance(path, str):
        machine.state.heap[FILES] = NO_FILES
        return
    graph = machine.graph(model.id) if model is not None and machine.uncertain == 0 else None
    written = machine.major == 2 or path.endswith(_KERAS_3_ENDINGS)
    items = {key: value for key, value in files.items.items() if key != _key(path)}
    if graph is not None and written and _is_readable(graph, True):
        items[_key(path)] = copy_model(machine, graph)
    machine.state.heap[FILES] = DictObject(items)


def _is_readable(graph: ModelGraph, own_classes: bool) -> bool:
    """Whether a model that is read again is known to be what was written.

    Layers of the program's own classes are made again by their own ``get_config``, which may say anything.
    """
    model = graph.model
    if model.outputs is None or not model.complete or (model.instance is not None and not own_classes):
        return False
    for node in graph.nodes.values():
        if node is model:
            continue
        if isinstance(node, Layer):
            # A wrapper's parts would be shared with the model that was written.
            if node.instance is not None or node.parts or node.function is not None:
                return False
        elif node.instance is not None or not node.complete:
            return False
    return True


def copy_model(machine: Machine, graph: ModelGraph) -> Ref:
    """A model with layers of its own that are those of ``graph`` in all but identity."""
    addresses = {node_id: machine.fresh() for node_id in graph.nodes}
    tensors: dict[int, Nest] = {}
    calls: dict[int, Call] = {}

    def copied(tensor: Nest) -> Nest:
        if not isinstance(tensor, Tensor) or tensor.call is None or id(tensor.call) not in calls:
            return tensor
        if id(tensor) not in tensors:
            tensors[id(tensor)] = replace(tensor, call=calls[id(tensor.call)], mask=copied(tensor.mask))
        return tensors[id(tensor)]

    def copy_calls(model: Model) -> None:
        begins = [tensor.call for tensor in flatten(model.inputs) if tensor.call is not None]
        for call in (*begins, *topological_calls(model.inputs, model.outputs)):
            if id(call) not in calls and call.layer_id in addresses:
                inputs, masks = map_nest(copied, call.inputs), map_nest(copied, call.masks)
                calls[id(call)] = Call(addresses[call.layer_id], inputs, call.outputs, call.site, masks)

    def copy_node(node: Node) -> Node:
        if isinstance(node, Layer):
            return replace(node, id=addresses[node.id])
        return replace(
            node,
            id=addresses[node.id],
            stack=tuple(addresses.get(layer_id, layer_id) for layer_id in node.stack),
            inputs=map_nest(copied, node.inputs),
            outputs=map_nest(copied, node.outputs),
        )

    for node in graph.nodes.values():
        if isinstance(node, Model) and node.outputs is not None:
            copy_calls(node)
    for node_id, node in graph.nodes.items():
        machine.state.heap[addresses[node_id]] = copy_node(node)
        known = machine.state.calls.get(node_id)
        if known is not None:
            machine.state.calls[addresses[node_id]] = tuple(map_nest(copied, part) for part in known)
    return Ref(addresses[graph.model.id])
