"""Child process that evaluates expressions on real tensors; it imports nothing of Kerascope.

Started as ``python operations_worker.py 3`` (``keras``) or ``2`` (``tf_keras``). Each line on stdin is a JSON list
of probes ``[code, traced, whole]``, each line on stdout the JSON list of their answers. In ``code``, ``t(None, 3,
dtype="int32")`` stands for a symbolic tensor: an input of a functional model, or where ``traced`` what TensorFlow
passes to the ``call`` of a layer. A functional model is made of it if ``whole``.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import sys
import warnings
from typing import Any

CLEAR_EVERY = 1000
"""Probes between two calls of ``clear_session``: Keras keeps what is made on the inputs."""


class Inputs(ast.NodeTransformer):
    """Takes the calls of ``t`` out of an expression and leaves names in their place."""

    def __init__(self) -> None:
        self.found: list[tuple[list[int | None], str]] = []

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not (isinstance(node.func, ast.Name) and node.func.id == "t"):
            return self.generic_visit(node)
        shape = [ast.literal_eval(item) for item in node.args]
        dtype = ast.literal_eval(node.keywords[0].value) if node.keywords else "float32"
        self.found.append((shape, dtype))
        return ast.copy_location(ast.Name(f"_t{len(self.found) - 1}", ast.Load()), node)


class Judge:
    """One Keras with its TensorFlow."""

    def __init__(self, major: int) -> None:
        self.major = major
        self.inputs: dict[Any, Any] = {}
        self.tf = importlib.import_module("tensorflow")
        self.tensor_util = importlib.import_module("tensorflow.python.framework.tensor_util")
        self.keras = importlib.import_module("keras" if major == 3 else "tf_keras")
        backend = (
            importlib.import_module("keras._tf_keras.keras.backend") if major == 3 else self.keras.backend
        )
        self.namespace = {
            "tf": self.tf,
            "keras": self.keras,
            "K": backend,
            "np": importlib.import_module("numpy"),
            "ops": getattr(self.keras, "ops", None),
            "StaticHashTable": self.table(),
            "StaticVocabularyTable": self.tf.lookup.StaticVocabularyTable(self.pairs(), 2),
            "some_int": 2,
            "some_float": 0.5,
        }

    def pairs(self) -> Any:
        """Two texts and the number of each."""
        return self.tf.lookup.KeyValueTensorInitializer(
            ["a", "b"], self.tf.constant([0, 1], self.tf.int64), key_dtype=self.tf.string
        )

    def table(self) -> Any:
        return self.tf.lookup.StaticHashTable(self.pairs(), default_value=-1)

    def answer(self, code: str, traced: bool, whole: bool) -> dict[str, Any]:
        """The value of ``code`` and the rows that it adds to a functional model, or what was raised."""
        try:
            if code.startswith("tfio."):
                self.namespace["tfio"] = importlib.import_module("tensorflow_io")
            inputs = Inputs()
            tree = ast.fix_missing_locations(inputs.visit(ast.parse(code, mode="eval")))
            compiled = compile(tree, "<probe>", "eval")
            return self.traced(compiled, inputs) if traced else self.functional(compiled, inputs, whole)
        except Exception as error:
            text = str(error).strip().replace("\n", " ")
            return {"error": type(error).__name__, "message": text[:300]}

    def traced(self, code: Any, inputs: Inputs) -> dict[str, Any]:
        """As inside of a layer's ``call``."""
        with self.tf.__internal__.FuncGraph("probe").as_default():
            names = {
                f"_t{index}": self.tf.compat.v1.placeholder(dtype, shape)
                for index, (shape, dtype) in enumerate(inputs.found)
            }
            return {"value": self.describe(eval(code, {**self.namespace, **names})), "rows": None}

    def functional(self, code: Any, inputs: Inputs, whole: bool) -> dict[str, Any]:
        """As on the inputs of a functional model, which is made if ``whole``."""
        tensors = [self.input(index, *found) for index, found in enumerate(inputs.found)]
        names = {f"_t{index}": tensor for index, tensor in enumerate(tensors)}
        value = eval(code, {**self.namespace, **names})
        outputs = [leaf for leaf in self.tf.nest.flatten(value) if hasattr(leaf, "_keras_history")]
        if whole and outputs and not any(output is tensor for output in outputs for tensor in tensors):
            model = self.keras.Model(tensors, outputs)
            layers = model._operations if self.major == 3 else model.layers
        else:
            layers = self.operations_behind(outputs)
        rows = [
            [type(layer).__name__, re.sub(r"_\d+$", "", layer.name), self.describe(layer.output)]
            for layer in layers
            if type(layer).__name__ != "InputLayer"
        ]
        return {"value": self.describe(value), "rows": rows}

    def input(self, index: int, shape: list[int | None], dtype: str) -> Any:
        """A symbolic tensor, made once: that takes Keras 2 longer than most operations."""
        key = (index, tuple(shape), dtype)
        if key not in self.inputs:
            self.inputs[key] = self.keras.Input(batch_shape=tuple(shape), dtype=dtype)
        return self.inputs[key]

    def operations_behind(self, outputs: list[Any]) -> list[Any]:
        """What made ``outputs``, and what made that."""
        found: dict[int, Any] = {}
        left = list(outputs)
        while left:
            history = left.pop()._keras_history
            maker = history.operation if self.major == 3 else history.layer
            if id(maker) not in found:
                found[id(maker)] = maker
                node = maker._inbound_nodes[history.node_index]
                left += node.input_tensors if self.major == 3 else node.keras_inputs
        return list(found.values())

    def clear(self) -> None:
        """Forgets what was made."""
        self.inputs.clear()
        self.keras.backend.clear_session()

    def describe(self, value: Any) -> Any:
        """Wire form of a nest of tensors and plain values."""
        tf = self.tf
        if isinstance(value, tf.TensorShape):
            return {"tuple": list(value)}
        if isinstance(value, list | tuple):
            return {"tuple": [self.describe(item) for item in value]}
        if value is None or isinstance(value, bool | int | float | str):
            return {"plain": value}
        if hasattr(value, "shape") and hasattr(value, "dtype"):
            shape = value.shape
            unranked = isinstance(shape, tf.TensorShape) and shape.rank is None
            dtype = value.dtype if isinstance(value.dtype, str) else value.dtype.name
            described = {
                "shape": None if unranked else [None if dim is None else int(dim) for dim in tuple(shape)],
                "dtype": dtype,
            }
            graph = isinstance(value, tf.Tensor) and not unranked
            if graph and dtype in ("int32", "int64") and len(described["shape"] or ()) <= 1:
                described["elements"] = self.elements(value)
            return described
        return {"object": type(value).__name__}

    def elements(self, value: Any) -> Any:
        """The elements of a tensor that TensorFlow knows before it runs."""
        if len(value.shape) == 0:
            known = self.tf.get_static_value(value)
            return [None if known is None else int(known)]
        shape = self.tensor_util.constant_value_as_shape(value)
        return None if shape.rank is None else list(shape)


def main(major: int) -> None:
    """Answers until stdin ends."""
    wire = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    warnings.simplefilter("ignore")
    judge = Judge(major)
    wire.write(json.dumps({"version": judge.keras.__version__, "tensorflow": judge.tf.__version__}) + "\n")
    wire.flush()
    done = 0
    for line in sys.stdin:
        request = json.loads(line)
        if isinstance(request, dict):
            wire.write(json.dumps(same_objects(judge, request["aliases"])) + "\n")
            wire.flush()
            continue
        answers = []
        for code, traced, whole in request:
            answers.append(judge.answer(code, traced, whole))
            done += 1
            if done % CLEAR_EVERY == 0:
                judge.clear()
        wire.write(json.dumps(answers) + "\n")
        wire.flush()


def same_objects(judge: Judge, pairs: list[list[str]]) -> list[bool]:
    """Whether both names of each pair are names of one function."""
    return [eval(one, judge.namespace) is eval(other, judge.namespace) for one, other in pairs]


if __name__ == "__main__":
    main(int(sys.argv[1]))
