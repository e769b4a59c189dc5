"""Layers on symbolic tensors, without their weights.

Keras 3 makes variables without values inside ``StatelessScope(initialize_variables=False)``. For Keras 2 every variable
is made by ``UninitializedVariable``, a handle with a shape and no memory behind it.
"""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from typing import Any

from .naming import Impossible, is_layer_class, make, resolve


@contextlib.contextmanager
def weightless(keras: Any) -> Iterator[None]:
    """Inside, layers are built without anything being allocated. Raises ``Impossible`` where that cannot be done."""
    if is_three(keras):
        scope = importlib.import_module("keras.src.backend.common.stateless_scope").StatelessScope
        with scope(initialize_variables=False):
            yield
        return
    tf = importlib.import_module("tensorflow")
    variables = importlib.import_module("tensorflow.python.ops.resource_variable_ops")

    def without_value(next_creator: Any, **given: Any) -> Any:
        initial, shape = given.get("initial_value"), given.get("shape")
        if callable(initial) and shape is not None:
            return variables.UninitializedVariable(
                trainable=given.get("trainable"),
                shape=shape,
                dtype=given.get("dtype"),
                name=given.get("name"),
            )
        return next_creator(**given)

    with tf.variable_creator_scope(without_value):
        yield


def is_three(keras: Any) -> bool:
    """Whether this is Keras 3."""
    return str(version_of(keras)).startswith("3")


def version_of(keras: Any) -> str:
    """The version of a Keras, also of one inside TensorFlow, which keeps it elsewhere."""
    found = getattr(keras, "__version__", None)
    return str(found or importlib.import_module("tensorflow").__version__)


class Refused(Exception):  # noqa: N818 - it says what Keras did
    """Keras raised. ``at`` is the number of the call, or of the layer where making it raised."""

    def __init__(self, error: BaseException, at: int, doing: str) -> None:
        super().__init__(str(error))
        self.error, self.at, self.doing = error, at, doing


class Replay:
    """Runs calls of layers one after another; every layer is made when it is first called, and once."""

    def __init__(self, keras: Any, layers: list[Any], calls: list[Any]) -> None:
        self.keras, self.described, self.calls = keras, layers, calls
        self.layers: dict[int, Any] = {}
        self.results: list[list[Any]] = []
        self.last: Any = None

    def run(self) -> None:
        """Makes every call. Raises ``Refused`` where Keras raises."""
        for number, call in enumerate(self.calls):
            self.results.append(self._call(number, call))
        for number in range(len(self.described)):
            self.layer(number)

    def _call(self, number: int, call: Any) -> list[Any]:
        if "input" in call:
            spec = call["input"]
            return [self.keras.Input(batch_shape=tuple(spec["shape"]), dtype=spec["dtype"] or None)]
        layer = self.layer(call["layer"])
        inputs = self.nest(call["inputs"])
        try:
            output = layer(*inputs) if call.get("spread") else layer(inputs)
        except Exception as error:
            raise refusal(error, number, "call") from error
        self.last = output
        return flat(output)

    def layer(self, number: int) -> Any:
        """A layer by its number; made when it is first asked for."""
        if number not in self.layers:
            described = self.described[number]
            name = described["make"]
            if name != "keras.Input" and not is_layer_class(self.keras, resolve(self.keras, name)):
                raise Impossible(f"{name} is no layer")
            try:
                self.layers[number] = make(self.keras, name, described["arguments"])
            except Impossible:
                raise
            except Exception as error:
                raise refusal(error, number, "construct") from error
        return self.layers[number]

    def nest(self, wire: Any) -> Any:
        """Symbolic tensors for a nest of ``[call, output]``."""
        if "tensor" in wire:
            call, output = wire["tensor"]
            results = self.results[call]
            if output >= len(results):
                raise Impossible("the layer returned another number of tensors")
            return results[output]
        if "list" in wire:
            return [self.nest(item) for item in wire["list"]]
        return {key: self.nest(item) for key, item in wire["dict"]}


def refusal(error: Exception, at: int, doing: str) -> Exception:
    """What an exception means: that Keras refuses, or that asking it in this way is impossible."""
    if "stateless scope" in str(error) or isinstance(error, (MemoryError, RecursionError)):
        return Impossible(f"{type(error).__name__}: {str(error)[:200]}")
    return Refused(error, at, doing)


def build(keras: Any, question: dict[str, Any]) -> dict[str, Any]:
    """Replays calls of layers. Returns the outputs of the last call and the weights of its layer.

    With ``start`` a Sequential is made of that layer alone, which takes its input shape from the layer.
    """
    with weightless(keras):
        replay = Replay(keras, question["layers"], question["calls"])
        replay.run()
        if "start" in question:
            layer = replay.layer(question["start"])
            try:
                keras.Sequential([layer])
            except Exception as error:
                raise refusal(error, question["start"], "construct") from error
        if not question["calls"] or "layer" not in question["calls"][-1]:
            return {}
        layer = replay.layers[question["calls"][-1]["layer"]]
        return {
            "outputs": [spec_of(tensor) for tensor in replay.results[-1]],
            "form": form_of(replay.last),
            "weights": weights_of(layer),
        }


def form_of(output: Any) -> str:
    """How a layer returns its tensors: ``tensor``, ``sequence``, or ``other``."""
    if isinstance(output, (list, tuple)):
        return "sequence" if all(form_of(part) == "tensor" for part in output) else "other"
    return "other" if isinstance(output, dict) else "tensor"


def flat(nest: Any) -> list[Any]:
    """The tensors of a nest, dictionaries by sorted key."""
    if isinstance(nest, dict):
        return [leaf for key in sorted(nest, key=str) for leaf in flat(nest[key])]
    if isinstance(nest, (list, tuple)):
        return [leaf for part in nest for leaf in flat(part)]
    return [nest]


def spec_of(tensor: Any) -> dict[str, Any]:
    """Shape and type of a symbolic tensor."""
    dtype = tensor.dtype if isinstance(tensor.dtype, str) else tensor.dtype.name
    shape = tensor.shape
    if getattr(shape, "rank", 0) is None:
        return {"shape": None, "dtype": dtype}
    return {"shape": [None if side is None else int(side) for side in tuple(shape)], "dtype": dtype}


def weights_of(layer: Any) -> list[Any]:
    """Shape and trainability of every weight that ``summary`` counts, the trainable ones first."""
    found = [(weight, True) for weight in layer.trainable_weights]
    found += [(weight, False) for weight in layer.non_trainable_weights]
    return [
        [[0 if side is None else int(side) for side in weight.shape], trainable]
        for weight, trainable in found
        if hasattr(weight, "shape")
    ]
