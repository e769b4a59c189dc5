"""Questions to real Keras, made from what the interpreter recorded.

A question reproduces one stage of the program: the layers up to the one that refuses, a ``compile``, a ``fit``. It is
``full`` where nothing was left out or guessed: only then does it mean something that Keras does not raise.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import ArraySpec, TensorSpec
from kerascope.graph.inputs import Fed, agrees, fed_arrays
from kerascope.graph.nodes import (
    Access,
    Compiled,
    Event,
    Imported,
    Layer,
    LayerFault,
    Made,
    Model,
    ModelGraph,
    Nest,
    Node,
    Tensor,
    flatten,
)
from kerascope.graph.queries import activation_of, producers
from kerascope.layers.base import ACTIVATIONS
from kerascope.oracle.replay import Recorder
from kerascope.oracle.wire import (
    LARGEST_QUESTION,
    NotLiteral,
    as_lists,
    canonical_json,
    digest,
    encode,
    encode_arguments,
    encode_data,
    encode_known,
    encode_spec,
)

Stage: TypeAlias = Literal["build", "compile", "fit"]


@dataclass(frozen=True)
class Question:
    """What is asked: the ``body`` goes to the worker as it is.

    ``at`` is the number of the call, or of the layer, that is to raise, and ``doing`` what it does there; ``None``
    where any refusal is the one. It is ``guessed`` where labels were made up, which Keras may refuse by themselves.
    """

    stage: Stage
    body: Mapping[str, Any]
    full: bool
    at: int | None = None
    doing: str | None = None
    guessed: bool = False

    @functools.cached_property
    def key(self) -> str:
        """A name that equal questions share."""
        return digest(self.body)

    @property
    def fits(self) -> bool:
        """Whether it is small enough to be asked."""
        return len(canonical_json(self.body)) <= LARGEST_QUESTION


# --- Building ---------------------------------------------------------------------------------------------------


def of_fault(fault: LayerFault, nodes: Mapping[int, Node]) -> Question | None:
    """The layers up to the one that refuses. ``nodes`` are all that the program makes; those of the fault go first."""
    recorder = Recorder({**nodes, **fault.nodes})
    at_construction = not any(True for _ in flatten(fault.inputs))
    try:
        number = recorder.refusing_layer(fault.layer)
        if at_construction:
            return recorder.question(at=number, doing="construct")
        call = recorder.call(fault.layer, fault.inputs)
    except NotLiteral:
        return None
    return recorder.question(at=call, doing="call")


def of_layer(layer: Layer) -> Question | None:
    """A layer made, and where it brings an input shape made the first of a Sequential. It refutes nothing."""
    recorder = Recorder({})
    try:
        number = recorder.refusing_layer(layer)
    except NotLiteral:
        return None
    body = {"kind": "build", "layers": recorder.layers, "calls": [], "start": number}
    return Question("build", body, full=False)


def of_calls(
    layers: Iterable[Layer], results: Iterable[Nest], nodes: Mapping[int, Node], refused: frozenset[int]
) -> Question | None:
    """All layers of a program and their calls, as far as they can be told, those ``refused`` left out."""
    recorder = Recorder(nodes, refused)
    for leaf in (leaf for result in results for leaf in flatten(result)):
        try:
            recorder.tensor(leaf)
        except NotLiteral:
            recorder.full = False
    for layer in layers:
        recorder.add(layer)
    if not recorder.layers:
        return None
    body = {"kind": "build", "layers": recorder.layers, "calls": recorder.calls}
    return Question("build", body, recorder.full)


def of_layer_call(symbol: str, arguments: Mapping[str, Any], inputs: Nest) -> Question | None:
    """What a layer of a library that the catalogue does not describe makes of symbolic tensors."""
    try:
        calls: list[dict[str, Any]] = []
        nest = _inputs(inputs, calls)
        layer = {"make": symbol, "arguments": encode_arguments(arguments)}
    except NotLiteral:
        return None
    calls.append({"layer": 0, "inputs": nest})
    return Question("build", {"kind": "build", "layers": [layer], "calls": calls}, full=True)


def _inputs(nest: Nest, calls: list[dict[str, Any]]) -> dict[str, Any]:
    if isinstance(nest, tuple):
        return {"list": [_inputs(part, calls) for part in nest]}
    if isinstance(nest, dict):
        return {"dict": [[key, _inputs(part, calls)] for key, part in nest.items()]}
    if not isinstance(nest, TensorSpec):
        raise NotLiteral
    calls.append({"input": encode_spec(nest)})
    return {"tensor": [len(calls) - 1, 0]}


# --- Objects, names ---------------------------------------------------------------------------------------------


def of_made(made: Made) -> Question | None:
    """An optimizer, a loss or a metric made."""
    if "**" in made.arguments:
        return None
    try:
        arguments = encode_arguments(made.arguments)
    except NotLiteral:
        return None
    return Question("compile", {"kind": "make", "make": made.symbol, "arguments": arguments}, full=True)


def of_access(access: Access) -> Question | None:
    """An attribute of a model."""
    if not isinstance(access.node, Model):
        return None
    body = {"kind": "look", "of": access.node.kind, "attribute": access.name}
    return Question("build", body, full=access.node.kind != "Model")


def of_import(imported: Imported) -> Question | None:
    """An import from a library."""
    body = {"kind": "look", "import": imported.name, "member": imported.member}
    return Question("build", body, full=True)


# --- Compiling and training -------------------------------------------------------------------------------------

_FED = ("x", "y", "sample_weight", "validation_data")
_TOLD = (
    "batch_size", "epochs", "initial_epoch", "steps_per_epoch", "steps", "validation_split", "class_weight",
)  # fmt: skip
_LEFT_OUT = frozenset({"verbose", "callbacks", "validation_freq", "shuffle"})
"""Arguments that have no part in whether the first batch goes well."""


def of_event(event: Event, keep: frozenset[str] | None = None) -> Question | None:
    """A ``compile``, or a call that feeds the model, on a stand-in of the model's shapes.

    ``keep`` names the arguments of ``compile`` that are in question: the others are left out or replaced by what suits
    anything, so that no other mistake of the same call is taken for this one. Such a question refutes nothing.
    """
    compiled = event.graph.model.compiled
    if event.kind == "summary" or (compiled is None and (event.kind == "compile" or keep is not None)):
        return None
    try:
        return _asked(event, compiled, keep)
    except NotLiteral:
        return None


def _asked(event: Event, compiled: Compiled | None, keep: frozenset[str] | None) -> Question:
    trains = event.kind != "compile"
    model, whole = _model(event, guess=not trains or compiled is None)
    full = keep is None and (whole or not trains)
    told: dict[str, Any] | None = None
    if compiled is not None:
        known, all_told = encode_known(compiled.arguments)
        told = {name: as_lists(value) for name, value in known.items()}
        full = full and all_told and compiled.complete
        if keep is not None:
            told = {name: value for name, value in told.items() if name in keep}
            told.update({name: value for name, value in _NEUTRAL.items() if name not in keep})
        lacking = {name for name in compiled.arguments if name not in told and (keep is None or name in keep)}
        if lacking & _NEUTRAL.keys():
            raise NotLiteral
    body: dict[str, Any] = {
        "kind": "fit", "model": model, "compile": told, "method": None, "data": {}, "arguments": {},
    }  # fmt: skip
    if not trains:
        # Losses and metrics are looked up at the first step in Keras 3, so that `compile` alone bears nothing out.
        return Question("compile", body, full=False)
    full = full and event.complete and not event.graph.model.compile_unseen
    full = full and not _minds_values(event) and _all_named(event)
    data, all_data, guessed = _data(event, model, replace_x=bool(keep))
    arguments, all_arguments = _arguments(event)
    body.update(method=event.kind, data=data, arguments=arguments)
    fed = fed_arrays(event)
    agree = all(map(agrees, fed))
    if not agree and not keep:
        # The stand-in takes what the model's own layers may refuse.
        body.update(_layers_fed(event, fed))
    return Question("fit", body, full and all_data and all_arguments and agree, guessed=guessed)


_VALUES_MATTER = frozenset(
    {"Embedding", "CategoryEncoding", "IntegerLookup", "StringLookup", "TextVectorization"}
)
"""Layers that may refuse a value of the data; the stand-in looks at shapes alone."""


def _minds_values(event: Event) -> bool:
    """Whether a layer of the model may refuse what the data holds."""
    return any(
        isinstance(node, Layer) and node.class_name in _VALUES_MATTER for node in event.graph.nodes.values()
    )


def _all_named(event: Event) -> bool:
    """Whether every keyword that the program writes is one that the question knows of."""
    written = (getattr(argument, "keyword", None) for argument in getattr(event.site.node, "args", ()))
    return all(keyword is None or keyword.value in event.arguments for keyword in written)


_NEUTRAL: Mapping[str, Any] = {"loss": {"neutral": "loss"}, "optimizer": "sgd"}
"""What stands for the loss and the optimizer where they are not in question."""


def _data(event: Event, model: Mapping[str, Any], *, replace_x: bool) -> tuple[dict[str, Any], bool, bool]:
    """What the model is fed, whether it stands for the program's own data, and whether its labels are guessed.

    With ``replace_x`` the inputs are made to fit the model, as many as there are labels.
    """
    data: dict[str, Any] = {}
    full = all(map(_values_known, flatten(event.arguments.get("y"))))
    for name in _FED:
        try:
            told = encode_data(event.arguments.get(name))
        except NotLiteral:
            full = False
            continue
        if told is not None:
            data[name] = told if name == "validation_data" else as_lists(told)
    # A dataset, or a generator, brings its labels itself.
    brought = "x" not in data and event.arguments.get("y") is None
    guessed = (
        "y" not in data and event.kind != "predict" and (brought or event.arguments.get("y") is not None)
    )
    if guessed:
        data["y"] = _suiting_labels(event, model, data)
    if "x" not in data or replace_x:
        data["x"] = _features(model, data)
        full = False
    return data, full and not guessed, guessed


def _suiting_labels(event: Event, model: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    """Labels that suit the model and its loss, for data of which nothing is known."""
    compiled = event.graph.model.compiled
    loss = compiled.get("loss") if compiled is not None else None
    name = str(getattr(loss, "name", getattr(loss, "symbol", loss))).lower()
    inputs = data.get("x")
    rows = inputs["shape"][0] if isinstance(inputs, dict) and inputs.get("shape") else 32
    arrays = []
    for spec in model["outputs"]:
        sides = [rows, *(8 if side is None else side for side in spec["shape"][1:])]
        sparse = "sparse" in name and len(sides) > 1
        arrays.append({"shape": sides[:-1] if sparse else sides, "dtype": "int64" if sparse else "float32"})
    return arrays[0] if len(arrays) == 1 else {"list": arrays}


def _arguments(event: Event) -> tuple[dict[str, Any], bool]:
    """The other arguments of the call, and whether these are all. Raises ``NotLiteral``.

    What comes step by step is put as one array, which says nothing of how the steps are taken.
    """
    full = event.dataset is None and event.validation is None
    arguments: dict[str, Any] = {}
    for name, value in event.arguments.items():
        if name in _TOLD:
            arguments[name] = encode(value)
        elif name not in _FED and name not in _LEFT_OUT:
            full = False
    if isinstance(arguments.get("epochs"), int):
        arguments["epochs"] = min(arguments["epochs"], arguments.get("initial_epoch", 0) + 1)
    return arguments, full


def _values_known(array: Any) -> bool:
    """Whether labels can be made that stand for the program's own: both ends of their range are known."""
    if array is None:
        return True
    facts = array.facts if isinstance(array, ArraySpec) else None
    return facts is not None and facts.lo is not None and facts.hi is not None


def _features(model: Mapping[str, Any], data: Mapping[str, Any]) -> Any:
    """Inputs that the model takes, with as many rows as there are labels."""
    labels = data.get("y")
    rows = labels["shape"][0] if isinstance(labels, dict) and labels.get("shape") else 32
    arrays = []
    for spec in model["inputs"]:
        sides = [8 if side is None else side for side in spec["shape"][1:]]
        arrays.append({"shape": [rows, *sides], "dtype": spec["dtype"]})
    return arrays[0] if len(arrays) == 1 else {"list": arrays}


def _layers_fed(event: Event, fed: tuple[Fed, ...]) -> dict[str, Any]:
    """The model's layers, to be built on its inputs and then run on other data; empty if not all can be told."""
    recorder = Recorder(event.graph.nodes)
    try:
        outputs = [recorder.tensor(tensor) for tensor in event.graph.output_tensors]
        inputs = [recorder.tensor(tensor) for tensor in event.graph.input_tensors]
    except NotLiteral:
        return {}
    if not recorder.full:
        return {}
    graph = {"layers": recorder.layers, "calls": recorder.calls, "inputs": inputs, "outputs": outputs}
    shapes = [{"shape": [None, *one.data[1:]], "dtype": one.array.dtype} for one in fed]
    return {"graph": graph, "fed": shapes}


def _model(event: Event, *, guess: bool) -> tuple[dict[str, Any], bool]:
    """What the stand-in takes and returns, and whether the model does just that.

    Where that hangs on nothing, as for ``compile``, a model that is not known may be guessed. Raises ``NotLiteral``.
    """
    graph = event.graph
    model = graph.model
    kind = "Sequential" if model.kind == "Sequential" else "Functional"
    inputs, outputs = graph.input_tensors, graph.output_tensors
    whole = model.complete and bool(inputs) and bool(outputs) and model.kind != "Model"
    try:
        if not whole:
            raise NotLiteral
        described_outputs: list[dict[str, Any]] = [
            {**_end(graph.nodes, tensor), "activation": _activation(graph, tensor)} for tensor in outputs
        ]
        described: dict[str, Any] = {
            "kind": kind,
            "inputs": [_end(graph.nodes, tensor) for tensor in inputs],
            "outputs": described_outputs,
            "input_list": isinstance(model.inputs, tuple) and kind == "Functional",
        }
    except NotLiteral:
        if not guess:
            raise
        guessed: dict[str, Any] = {"shape": [None, 1], "dtype": "float32"}
        return {
            "kind": kind, "inputs": [guessed], "outputs": [{**guessed, "activation": None}], "input_list": False,
        }, False  # fmt: skip
    if isinstance(model.inputs, dict) or isinstance(model.outputs, dict):
        raise NotLiteral
    taken = {end["name"] for end in described["inputs"]}
    for end in described_outputs:
        # A model may return what it is given; the stand-in cannot, and takes another name.
        end["name"] = None if end["name"] in taken else end["name"]
    open_axes = any(side is None for end in described_outputs for side in end["shape"][1:])
    known = [end["name"] and end["activation"] is not None for end in described_outputs]
    # A class of the program's own may train in its own way.
    return described, not open_axes and all(known) and model.instance is None


def _end(nodes: Mapping[int, Node], tensor: Any) -> dict[str, Any]:
    """An input or output of a model, under the name that Keras gives it."""
    if not isinstance(tensor, Tensor):
        raise NotLiteral
    node = nodes.get(tensor.call.layer_id) if tensor.call is not None else None
    name = node.name if node is not None and node.name is not UNKNOWN else None
    return {**encode_spec(tensor.spec), "name": name}


def _activation(graph: ModelGraph, tensor: Any) -> str | None:
    """The activation that makes an output, if Keras knows it by name: a loss looks behind a sigmoid or a softmax."""
    for layer, made in producers(graph, tensor):
        found = activation_of(layer, made)
        if found is not None:
            return found.name if found.name in ACTIVATIONS[2] & ACTIVATIONS[3] else None
        applies_none = layer.spec is not None and layer.arguments.get("activation") is None
        return "linear" if applies_none and layer.class_name not in _MAY_ACTIVATE else None
    return None


_MAY_ACTIVATE = frozenset({"Lambda", "TimeDistributed", "Bidirectional", "Pipeline", "RNN"})
"""Layers that run others, or code, of which one may be an activation."""


def raised_by(question: Question) -> str:
    """What is tried, for a log line."""
    made = [layer["make"].rpartition(".")[2] for layer in question.body.get("layers", ())]
    return f"{question.stage} of {', '.join(made[-3:])}" if made else question.stage
