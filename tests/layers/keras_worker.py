"""Child process that runs layers on real Keras; it imports nothing of Kerascope.

Started as ``python keras_worker.py 3`` (``keras``) or ``2`` (``tf_keras``). Each line on stdin is a JSON list
of probes, each line on stdout the JSON list of their answers. Whatever Keras itself prints goes to stderr.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import os
import sys
import types
import warnings
from typing import Any

CLEAR_EVERY = 64
"""Probes between two calls of ``clear_session``: Keras 2 keeps all symbolic calls in one growing graph."""

CALLED_ON_SEVERAL = {
    "MultiHeadAttention", "GroupQueryAttention", "LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells",
}  # fmt: skip
"""Layers that take their tensors as separate arguments: query, value and key, or input and states."""


def decode(keras: Any, value: Any) -> Any:
    """Python value of its wire form."""
    if isinstance(value, dict):
        if "tuple" in value:
            return tuple(decode(keras, item) for item in value["tuple"])
        if "dict" in value:
            return {key: decode(keras, item) for key, item in value["dict"].items()}
        if "symbol" in value:
            return functools.reduce(getattr, value["symbol"].split(".")[1:], keras)
        return getattr(keras.layers, value["layer"])(**decode_arguments(keras, value["arguments"]))
    return value


def decode_arguments(keras: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments of their wire form."""
    return {name: decode(keras, value) for name, value in arguments.items()}


def make_inputs(keras: Any, inputs: Any) -> Any:
    """Symbolic tensors for a nest of ``{"shape": …, "dtype": …}``."""
    if isinstance(inputs, list):
        return [make_inputs(keras, item) for item in inputs]
    if "dict" in inputs:
        return {key: make_inputs(keras, item) for key, item in inputs["dict"].items()}
    return keras.Input(batch_shape=tuple(inputs["shape"]), dtype=inputs["dtype"])


def describe(outputs: Any) -> Any:
    """Wire form of what a layer returned."""
    if isinstance(outputs, list | tuple):
        return [describe(item) for item in outputs]
    if isinstance(outputs, dict):
        return {"dict": {key: describe(item) for key, item in outputs.items()}}
    dtype = outputs.dtype if isinstance(outputs.dtype, str) else outputs.dtype.name
    return {"shape": [None if dim is None else int(dim) for dim in tuple(outputs.shape)], "dtype": dtype}


def weights_of(layer: Any) -> list[Any]:
    """Shape and trainability of every weight that ``summary`` counts.

    Keras 2 lists the table of a vocabulary among them, which has no shape and counts for nothing, as does a side
    without a length.
    """
    found = [(weight, True) for weight in layer.trainable_weights]
    found += [(weight, False) for weight in layer.non_trainable_weights]
    return [
        [[0 if side is None else int(side) for side in weight.shape], trainable]
        for weight, trainable in found
        if hasattr(weight, "shape")
    ]


def find_class(keras: Any, name: str) -> Any:
    """A class of ``keras.layers``, or of another package by its full name."""
    module, _, member = name.rpartition(".")
    if module.startswith("tensorflow_addons"):
        stand_in_for_keras_2()
    if module.startswith("keras_hub") and keras.__version__ < "3":
        module = module.replace("keras_hub", "keras_nlp", 1)
    return getattr(importlib.import_module(module) if module else keras.layers, member)


def stand_in_for_keras_2() -> None:
    """``tensorflow_addons`` looks for the tensors of Keras 2 in ``keras``; here they are those of ``tf_keras``."""
    if "keras.src.engine" not in sys.modules:
        engine = types.ModuleType("keras.src.engine")
        engine.keras_tensor = importlib.import_module("tf_keras.src.engine.keras_tensor")  # type: ignore[attr-defined]
        importlib.import_module("keras.src")
        sys.modules["keras.src.engine"] = engine


TEXTS = ["the cat sat", "", "on the mat, cat"]


def run_in_pipeline(layer: Any, inputs: Any) -> Any:
    """What a layer gives for one element of a ``tf.data`` pipeline, whose values are texts or small numbers."""
    tf = importlib.import_module("tensorflow")
    shape = tuple(inputs["shape"])
    if inputs["dtype"] == "string":
        count = int(functools.reduce(lambda size, side: size * side, shape, 1))
        values = tf.reshape(tf.constant([TEXTS[index % len(TEXTS)] for index in range(count)]), shape)
    else:
        values = tf.random.uniform(shape, 2, 9, dtype="int32")
        values = tf.cast(values, inputs["dtype"])
    elements = tf.data.Dataset.from_tensors(values).map(layer)
    return tf.nest.map_structure(lambda part: part, next(iter(elements)))


def run_on_data(layer: Any, inputs: Any, several: bool) -> Any:
    """What a layer gives for data of a shape and a type, traced as ``Dataset.map`` traces its function."""
    tf = importlib.import_module("tensorflow")

    def given(nest: Any) -> Any:
        if isinstance(nest, list):
            return [given(item) for item in nest]
        if "dict" in nest:
            return {name: given(item) for name, item in nest["dict"].items()}
        return tf.TensorSpec(nest["shape"], nest["dtype"] or "float32")

    def call(data: Any) -> Any:
        return layer(*data) if several else layer(data)

    return tf.function(call).get_concrete_function(given(inputs)).structured_outputs


def answer(keras: Any, probe: dict[str, Any]) -> dict[str, Any]:
    """Constructs the layer and calls it; says what came out or which exception was raised at which stage."""
    stage = "construct"
    try:
        layer = find_class(keras, probe["layer"])(**decode_arguments(keras, probe["arguments"]))
        stage = "call"
        if probe.get("pipeline"):
            return {
                "outputs": describe(run_in_pipeline(layer, probe["inputs"])),
                "weights": weights_of(layer),
            }
        if probe.get("on_data"):
            several = probe.get("several") or probe["layer"] in CALLED_ON_SEVERAL
            outputs = run_on_data(layer, probe["inputs"], several)
            return {"outputs": describe(outputs), "weights": weights_of(layer)}
        if probe["layer"] == "Input":
            return {"outputs": describe(layer), "weights": []}
        if probe["layer"] == "InputLayer":
            return {"outputs": describe(layer.output), "weights": []}
        inputs = make_inputs(keras, probe["inputs"])
        several = probe.get("several") or probe["layer"] in CALLED_ON_SEVERAL
        outputs = layer(*inputs) if several else layer(inputs)
        return {"outputs": describe(outputs), "weights": weights_of(layer)}
    except Exception as error:
        text = str(error).strip().replace("\n", " ")
        return {"error": type(error).__name__, "stage": stage, "message": text[:300]}


def catalogue(keras: Any) -> dict[str, dict[str, str]]:
    """Parameter lists of all layers and the names that are aliases of others."""
    signatures, aliases = {}, {}
    for name in dir(keras.layers):
        layer = getattr(keras.layers, name)
        if name[0] == "_" or not (inspect.isclass(layer) or name == "Input"):
            continue
        parameters = inspect.signature(
            layer.__init__ if inspect.isclass(layer) else layer
        ).parameters.values()
        signatures[name] = ", ".join(str(item) for item in parameters if item.name != "self")
        if layer.__name__ != name:
            aliases[name] = layer.__name__
    return {"signatures": signatures, "aliases": aliases}


def main(major: str) -> None:
    """Answers until stdin ends."""
    wire = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    if major == "2":
        # A few layers of Keras 2 reach for ``tf.keras``, which is Keras 2 only then.
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
    warnings.simplefilter("ignore")
    keras = importlib.import_module("keras" if major == "3" else "tf_keras")
    wire.write(json.dumps({"version": keras.__version__}) + "\n")
    wire.flush()
    wire.write(json.dumps(catalogue(keras)) + "\n")
    wire.flush()
    done = 0
    for line in sys.stdin:
        answers = []
        for probe in json.loads(line):
            answers.append(answer(keras, probe))
            done += 1
            if done % CLEAR_EVERY == 0:
                keras.backend.clear_session()
        wire.write(json.dumps(answers) + "\n")
        wire.flush()


if __name__ == "__main__":
    main(sys.argv[1])
