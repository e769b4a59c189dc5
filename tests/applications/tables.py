"""Recorded graphs as tables, and the same models of real Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from judge.programs import judge
from kerascope.applications.base import RecordedGraph, RecordedLayer
from kerascope.applications.catalogue import application_graph
from kerascope.applications.replay import Replayed, replay
from kerascope.domain.specs import TensorSpec
from kerascope.graph.names import automatic_name, numbered_name
from kerascope.graph.nodes import Call, Tensor
from kerascope.graph.order import layer_order
from kerascope.graph.propagation import context_for
from kerascope.layers.base import Weight

# ImageNet's weights cannot be fetched here: the file and its reading are left out, nothing else.
WITHOUT_WEIGHTS = {
    3: "import keras\nfrom keras.src.utils import file_utils as files\n",
    2: "import tf_keras as keras\nfrom tf_keras.src.utils import data_utils as files\n",
}
PREPARED = (
    "def nothing(*args, **kwargs):\n    return 'weights.h5'\n"
    "files.get_file = nothing\n"
    "keras.Model.load_weights = nothing\n"
    "functional.Functional.load_weights = nothing\n"
)
FUNCTIONAL = {
    3: "import keras.src.models.functional as functional\n",
    2: "import tf_keras.src.engine.functional as functional\n",
}


def program(name: str, arguments: Mapping[str, Any], major: int) -> str:
    """The program that builds a model in Keras ``major``."""
    given = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return (
        WITHOUT_WEIGHTS[major]
        + FUNCTIONAL[major]
        + PREPARED
        + (f"model = keras.applications.{name}({given})\n")
    )


def real_table(name: str, arguments: Mapping[str, Any], major: int) -> dict[str, Any]:
    """Rows and totals of the model that real Keras builds."""
    code = program(name, arguments, major)
    ran = judge(major).run(code, "model")
    assert ran.error is None, f"{ran.error}\n{code}"
    table: dict[str, Any] = ran.tables["model"]
    return table


def own_table(name: str, arguments: Mapping[str, Any], major: int) -> dict[str, Any]:
    """Rows and totals of the recorded graph, replayed."""
    graph = application_graph(name, arguments, major)
    assert graph is not None, f"{name}({arguments}) is not known in Keras {major}"
    replayed = replay(graph, context_for(major))
    names = given_names(graph, major)
    rows = [
        [names[index], _class_name(step.layer), list(step.output.shape), sum(_sizes(step))]
        for index, step in ((index, replayed[index]) for index in printed_order(graph))
    ]
    weights = [weight for step in replayed for weight in step.weights or ()]
    trainable = sum(_size(weight) for weight in weights if weight.trainable)
    total = sum(_size(weight) for weight in weights)
    return {"rows": rows, "totals": [total, trainable, total - trainable]}


def given_names(graph: RecordedGraph, major: int) -> list[str]:
    """The names of the layers in a fresh process, automatic ones by Keras's counters."""
    counters: dict[str, Any] = {}
    drawn: dict[str, str] = {}
    return [_name(layer, major, counters, drawn) for layer in graph.layers]


def _name(layer: RecordedLayer, major: int, counters: dict[str, Any], drawn: dict[str, str]) -> str:
    name: Any = layer.name
    if name is None:
        name = (
            numbered_name(layer.stem, counters)
            if layer.is_operation
            else automatic_name(layer.class_name, major, counters)
        )
    elif "{" in name:
        counter = name.partition("{")[2].partition("}")[0]
        if counter not in drawn:
            counters[counter] = counters.get(counter, 0) + 1
            drawn[counter] = str(counters[counter])
        name = name.replace(f"{{{counter}}}", drawn[counter])
    for part in layer.parts:
        _name(part, major, counters, drawn)
    assert isinstance(name, str)
    return name


def _class_name(layer: RecordedLayer) -> str:
    return layer.class_name


def _size(weight: Weight) -> int:
    assert isinstance(weight.size, int)
    return weight.size


def _sizes(step: Replayed) -> list[int]:
    assert step.weights is not None
    assert not step.outcome.faults
    return [_size(weight) for weight in step.weights]


def printed_order(graph: RecordedGraph) -> tuple[int, ...]:
    """Indices of the layers in the order in which ``summary`` prints them: by depth, not as they were called."""
    tensors: list[Tensor] = []
    site: Any = None
    for index, layer in enumerate(graph.layers):
        inbound = layer.inbound
        inputs = tensors[inbound] if isinstance(inbound, int) else tuple(tensors[i] for i in inbound)
        spec = TensorSpec(())
        tensors.append(Tensor(spec, Call(index, inputs, spec, site)))
    return layer_order((tensors[0],), (tensors[-1],))
