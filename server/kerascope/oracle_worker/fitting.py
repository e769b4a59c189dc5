"""``compile``, ``fit`` and their kin on a stand-in: a model with the shapes of the real one and a single weight."""

from __future__ import annotations

import importlib
from typing import Any

from .building import Replay, is_three, refusal, weightless
from .naming import Impossible, make, resolve, value_of

MOST_ELEMENTS = 2000000
"""Of one generated array."""

WITH_SPLIT = 2000
"""Rows of a batch of which a part is split off."""


def train(keras: Any, question: dict[str, Any]) -> dict[str, Any]:
    """Compiles the stand-in and calls the method in question. Raises ``Refused`` where Keras raises."""
    model = stand_in(keras, question["model"])
    compiled = question.get("compile")
    if compiled is not None:
        # What making an optimizer or a loss raises, the program meets as well.
        arguments = _values(keras, compiled, "compile")
        try:
            model.compile(**arguments)
        except Exception as error:
            raise refusal(error, 0, "compile") from error
    method = question.get("method")
    if method is None:
        return {}
    data = Data(question)
    given = {name: data.nest(name, item) for name, item in question["data"].items()}
    given.update(_values(keras, question["arguments"], "fit"))
    if method in ("fit", "evaluate", "predict"):
        given.setdefault("verbose", 0)
    try:
        x = given.pop("x")
        getattr(model, method)(x, **given)
    except Exception as error:
        raise refusal(error, 0, "fit") from error
    if "graph" in question:
        feed_layers(keras, question["graph"], question["fed"])
    return {}


def feed_layers(keras: Any, graph: dict[str, Any], fed: list[Any]) -> None:
    """Builds the layers of a model on its own inputs, and runs them on tensors of other shapes, as ``fit`` does.

    Raises ``Refused`` where Keras raises. The layers compute on tensors of TensorFlow here, not on Keras's own, for
    which many of them only work out a shape.
    """
    with weightless(keras):
        replay = Replay(keras, graph["layers"], graph["calls"])
        replay.run()
        inputs, outputs = (
            [replay.results[call][at] for call, at in graph[end]] for end in ("inputs", "outputs")
        )
        model = keras.Model(inputs[0] if len(inputs) == 1 else inputs, outputs)
        try:
            _trace(keras, model, fed)
        except Exception as error:
            raise refusal(error, 0, "fit") from error


def _trace(keras: Any, model: Any, fed: list[Any]) -> None:
    if is_three(keras):
        backend = importlib.import_module("keras.src.backend")
        tensors = [keras.KerasTensor(tuple(spec["shape"]), spec["dtype"] or "float32") for spec in fed]
        backend.compute_output_spec(
            lambda *given: model(given[0] if len(given) == 1 else list(given)), *tensors
        )
        return
    tf = importlib.import_module("tensorflow")
    # Keras 2 makes a column of a row of numbers.
    shapes = [spec["shape"] if len(spec["shape"]) > 1 else [None, 1] for spec in fed]
    specs = [tf.TensorSpec(shape, spec["dtype"] or "float32") for shape, spec in zip(shapes, fed)]
    tf.function(lambda *given: model(given[0] if len(given) == 1 else list(given))).get_concrete_function(
        *specs
    )


def make_object(keras: Any, question: dict[str, Any]) -> dict[str, Any]:
    """Makes an optimizer, a loss, a metric by its name."""
    found = resolve(keras, question["make"])
    if not callable(found):
        raise Impossible(f"{question['make']} cannot be called")
    try:
        make(keras, question["make"], question["arguments"])
    except Impossible:
        raise
    except Exception as error:
        raise refusal(error, 0, "compile") from error
    return {}


def _values(keras: Any, wire: dict[str, Any], doing: str) -> dict[str, Any]:
    try:
        return {name: _value(keras, item) for name, item in wire.items()}
    except Impossible:
        raise
    except Exception as error:
        raise refusal(error, 0, doing) from error


def _value(keras: Any, wire: Any) -> Any:
    """A value; for the loss that is not in question one that takes whatever it is given."""
    if not isinstance(wire, dict) or "neutral" not in wire:
        return value_of(keras, wire)
    mean = keras.ops.mean if is_three(keras) else importlib.import_module("tensorflow").reduce_mean

    def neutral(y_true: Any, y_pred: Any) -> Any:
        return mean(y_pred)

    return neutral


# --- The model ------------------------------------------------------------------------------------------------


def stand_in(keras: Any, described: dict[str, Any]) -> Any:
    """A model that takes and returns tensors of given shapes, whatever it is fed."""
    inputs = [
        keras.Input(batch_shape=tuple(spec["shape"]), dtype=spec["dtype"] or None, **_named(spec))
        for spec in described["inputs"]
    ]
    layer = _layer_class(keras)
    if described["kind"] == "Sequential":
        return keras.Sequential(
            [inputs[0], layer(described["outputs"][0], **_named(described["outputs"][0]))]
        )
    outputs = [layer(spec, **_named(spec))(inputs) for spec in described["outputs"]]
    single = len(inputs) == 1 and not described.get("input_list"), len(outputs) == 1
    return keras.Model(inputs[0] if single[0] else inputs, outputs[0] if single[1] else outputs)


def _named(spec: dict[str, Any]) -> dict[str, Any]:
    return {"name": spec["name"]} if spec.get("name") else {}


def _layer_class(keras: Any) -> Any:
    """The layer whose output has a given shape: as many rows as come in, each number as likely as any other."""
    tf = None if is_three(keras) else importlib.import_module("tensorflow")

    class StandIn(keras.layers.Layer):  # type: ignore[misc]  # Keras is loaded by name
        """Returns one number everywhere; a weight multiplies it, so that there is something to train."""

        def __init__(self, spec: dict[str, Any], **given: Any) -> None:
            super().__init__(**given)
            self.made, self.made_dtype = (
                [1 if side is None else side for side in spec["shape"][1:]],
                spec["dtype"],
            )
            self.width = self.made[-1] if self.made else 1
            # A loss looks for the logits behind a sigmoid or a softmax.
            self.activation = keras.activations.get(spec.get("activation") or "linear")

        def build(self, input_shape: Any) -> None:
            """One weight."""
            self.scale = self.add_weight(name="scale", shape=(), initializer="ones")
            self.built = True

        def call(self, inputs: Any) -> Any:
            """The same number for all; a softmax of equal logits, where there are several."""
            first = inputs[0] if isinstance(inputs, (list, tuple)) else inputs
            ops = keras.ops if tf is None else tf
            shape = (ops.shape(first)[0], *self.made)
            if tf is None:
                ones = keras.ops.ones(shape, dtype="float32")
            else:
                ones = tf.reshape(tf.ones([tf.reduce_prod(tf.stack(shape))]), tf.stack(shape))
                ones.set_shape((None, *self.made))
            if self.activation is not keras.activations.linear:
                return self.activation(ones * self.scale)
            return ops.cast(ones * (1.0 / max(self.width, 2)) * self.scale, self.made_dtype or "float32")

        def compute_output_shape(self, input_shape: Any) -> Any:
            """The given shape, with an open batch axis."""
            return (None, *self.made)

    return StandIn


# --- The data -------------------------------------------------------------------------------------------------


class Data:
    """Arrays of the shapes, types and values that the question tells of; no more rows than one batch needs."""

    def __init__(self, question: dict[str, Any]) -> None:
        self.numpy = importlib.import_module("numpy")
        self.rows: dict[str, dict[int, int]] = {}
        batch = question["arguments"].get("batch_size")
        batch = batch if isinstance(batch, int) and batch > 0 else 32
        if question.get("method") in ("train_on_batch", "test_on_batch"):
            batch = 4096
        if question["arguments"].get("validation_split"):
            batch = WITH_SPLIT
        for names in (("x", "y", "sample_weight"), ("validation_data",)):
            arrays = [array for name in names for array in _arrays(question["data"].get(name))]
            rows = self._fewer([array["shape"] for array in arrays if array["shape"]], batch)
            for name in names:
                self.rows[name] = rows

    @staticmethod
    def _fewer(shapes: list[Any], batch: int) -> dict[int, int]:
        """How many rows stand for how many: equal numbers for equal ones, different ones for different ones."""
        counts = sorted({shape[0] for shape in shapes})
        if len(counts) <= 1:
            return {count: min(count, batch) for count in counts}
        largest = max(size_of(shape) for shape in shapes)
        divisor = -(-largest // MOST_ELEMENTS)
        fewer: dict[int, int] = {}
        for count in counts:
            fewer[count] = max(count // divisor, max(fewer.values(), default=-1) + 1, 1 if count else 0)
        return fewer

    def nest(self, name: str, wire: Any) -> Any:
        """The data of one argument."""
        if wire is None:
            return None
        if "tuple" in wire:
            return tuple(self.nest(name, item) for item in wire["tuple"])
        if "list" in wire:
            return [self.nest(name, item) for item in wire["list"]]
        if "dict" in wire:
            return {key: self.nest(name, item) for key, item in wire["dict"]}
        return self.array(wire, self.rows[name])

    def array(self, wire: dict[str, Any], rows: dict[int, int]) -> Any:
        """One array: both ends of the range where they are known to occur, else a number from within."""
        np = self.numpy
        shape = tuple(wire["shape"])
        if shape:
            shape = (rows.get(shape[0], shape[0]), *shape[1:])
        if size_of(shape) > 50 * MOST_ELEMENTS:
            raise Impossible(f"an array would have {size_of(shape)} elements")
        dtype = wire["dtype"] or "float32"
        if dtype in ("object", "str", "string") or dtype.startswith(("<U", "U")):
            return np.full(shape, "a", dtype="object" if dtype in ("object", "string") else "U1")
        low, high = wire.get("lo"), wire.get("hi")
        if wire.get("one_hot") and shape:
            made = np.zeros(shape, dtype=dtype)
            made[..., 0] = 1
            return made
        if low is None or high is None:
            return np.full(shape, low if low is not None else high if high is not None else 0, dtype=dtype)
        if not wire.get("attained"):
            middle = (low + high) / 2
            return np.full(shape, int(middle) if wire.get("integral") else middle).astype(dtype)
        made = np.full(shape, low).astype(dtype)
        if made.size:
            made.reshape(-1)[-1] = high
        return made


def _arrays(wire: Any) -> list[dict[str, Any]]:
    if wire is None:
        return []
    if "shape" in wire:
        return [wire]
    parts = wire.get("tuple") or wire.get("list") or [item for _, item in wire.get("dict", [])]
    return [array for part in parts for array in _arrays(part)]


def size_of(shape: Any) -> int:
    """How many elements an array of this shape has."""
    size = 1
    for side in shape:
        size *= side
    return size
