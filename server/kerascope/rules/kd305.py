r"""Images that were never scaled

## What it does

Finds `fit` on images with values from 0 to 255 where nothing in the model scales or normalizes them.

## Why it matters

The weights that a layer begins with are made for inputs around 1. With inputs up to 255 the first steps throw the model
about. Measured on small images, a dense network reaches an accuracy of 0.11 with Adam, and 1.0 once they are divided by
255; on handwritten digits the same step takes SGD from 0.19 to 0.87 and Adam from 0.92 to 0.96. Nothing warns.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

images = np.random.randint(0, 256, (64, 28, 28)).astype("float32")
ids = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(28, 28)),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(images, ids, epochs=1)
          ^^^^^^ KD305
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

images = np.random.randint(0, 256, (64, 28, 28)).astype("float32")
ids = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(28, 28)),
    layers.Rescaling(1 / 255),
    layers.Flatten(),
    layers.Dense(32, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(images, ids, epochs=1)
```

## Near miss

A model that normalizes on its way is hardly troubled:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

images = np.random.randint(0, 256, (64, 28, 28, 1)).astype("float32")
ids = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, use_bias=False),
    layers.BatchNormalization(),
    layers.ReLU(),
    layers.GlobalAveragePooling2D(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(images, ids, epochs=1)
```

So are images that were divided before:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

images = np.random.randint(0, 256, (64, 28, 28)).astype("float32") / 255.0
ids = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(28, 28)),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(images, ids, epochs=1)
```

## Fix safety

The fixes change what the model computes. With images divided outside of the model every other call must be given such
images as well, so they are never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.nodes import Layer, ModelGraph, Tensor, flatten
from kerascope.rules.base import (
    WARNING,
    Program,
    Report,
    Rule,
    array_argument,
    fix,
    layer_subjects,
    source_of,
)
from kerascope.syntax.edits import insert_in_stack, replace, text_of

RULE = Rule(
    code="KD305",
    name="images-not-rescaled",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("D003j", "P008"),
    looks_at="events",
)

_IMAGES = frozenset(f"keras.datasets.{name}" for name in ("mnist", "fashion_mnist", "cifar10", "cifar100"))
_WEIGHTED = frozenset(
    {"Dense", "Conv1D", "Conv2D", "Conv3D", "SeparableConv2D", "DepthwiseConv2D", "LSTM", "GRU", "SimpleRNN"}
)
_OTHERS = frozenset(
    {
        "Activation", "Add", "AveragePooling2D", "Bidirectional", "Concatenate", "Conv2DTranspose", "Cropping2D",
        "Dropout", "ELU", "Flatten", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling2D",
        "InputLayer", "LeakyReLU", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "Permute", "RandomFlip",
        "RandomRotation", "RandomTranslation", "RandomZoom", "ReLU", "Reshape", "Softmax", "SpatialDropout2D",
        "TimeDistributed", "UpSampling2D", "ZeroPadding2D",
    }
)  # fmt: skip
"""Layers that leave values about as large as they are. With any other in the model nothing is said."""


def check(program: Program) -> Iterator[Report]:
    """Looks at the images of every training of a model that is known to the last layer."""
    told: set[int] = set()
    for event in program.events("fit", "train_on_batch"):
        images = array_argument(event, "x")
        if images is None or not _unscaled(images) or event.graph.model.id in told:
            continue
        first = _first_weighted(event.graph)
        if first is None:
            continue
        told.add(event.graph.model.id)
        yield Report(
            event.sites.get("x", event.site),
            f"These images, {source_of('0 to 255', images)}, reach `{first.class_name}` as they are: the model learns "
            "slowly or not at all. Put `Rescaling(1 / 255)` first in the model, or divide them by 255.",
            related=(("the first layer with weights", first.site),),
            subjects=layer_subjects(first),
            data={"graph": event.graph},
            certain=event.certain,
            guarded=event.guarded,
        )


def _unscaled(images: ArraySpec) -> bool:
    """Whether an array holds images of values 0 to 255, by where it comes from or by its axes."""
    facts = images.facts
    if (facts.lo, facts.hi) != (0, 255) or facts.integral is not Tri.YES:
        return False
    known_set = images.source in _IMAGES
    axes = len(images.shape) if isinstance(images.shape, tuple) else 0
    return known_set or (facts.attained is Tri.YES and axes >= 3)


def _first_weighted(graph: ModelGraph) -> Layer | None:
    """The layer with weights that the images reach first; ``None`` if a layer of the model may scale them."""
    layers = _all_layers(graph)
    if layers is None or any(
        layer.class_name not in _WEIGHTED | _OTHERS or layer.is_operation or layer.spec is None
        for layer in layers
    ):
        return None
    weighted = [layer for layer in layers if layer.class_name in _WEIGHTED]
    return weighted[-1] if weighted else None


def _all_layers(graph: ModelGraph) -> list[Layer] | None:
    """Every layer on the way to the outputs, nested models included; ``None`` where one may hide."""
    if not graph.model.complete:
        return None
    layers: list[Layer] = []
    waiting, seen = list(graph.output_tensors), set[int]()
    while waiting:
        tensor = waiting.pop()
        if not isinstance(tensor, Tensor) or tensor.call is None:
            return None
        if id(tensor) in seen:
            continue
        seen.add(id(tensor))
        node = graph.nodes.get(tensor.call.layer_id)
        if isinstance(node, Layer):
            layers.append(node)
        elif node is None or not node.complete or not node.outputs:
            return None
        else:
            waiting += flatten(node.outputs)
        waiting += flatten(tensor.call.inputs)
    return layers


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A ``Rescaling`` after the ``Input`` of a Sequential; images divided by 255."""
    graph: ModelGraph = report.data["graph"]
    stack = [graph.nodes.get(node) for node in graph.model.stack]
    if graph.model.kind == "Sequential" and len(stack) > 1 and isinstance(stack[1], Layer):
        first, second = stack[0], stack[1]
        made = program.name_for("keras.layers.Rescaling", second.site)
        written = (
            isinstance(first, Layer) and first.class_name == "InputLayer" and first.site is not second.site
        )
        if (
            made is not None
            and written
            and "input_shape" not in second.sites
            and second.site.path == program.path
        ):
            edit = insert_in_stack(second.site, f"{made}(1 / 255)")
            yield from fix("Put Rescaling(1 / 255) first", "unsafe", edit)
    text = text_of(report.site)
    if report.site.path == program.path and text.isidentifier():
        yield from fix("Divide the images by 255", "unsafe", replace(report.site, f"{text} / 255.0"))
