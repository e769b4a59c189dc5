r"""A classifier that still has its image or sequence axes

## What it does

Finds models whose output has more than two axes, trained with a crossentropy on labels that are one per sample.

## Why it matters

`Dense` works on the last axis and leaves the others alone, so a convolution followed by `Dense(10)` returns
`(None, 26, 26, 10)`: a class for every pixel. Keras builds and compiles that without a word and raises at the first
batch of `fit`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 28, 28, 1)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Dense(10, activation="softmax"),
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KS118
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 28, 28, 1)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

A class for every pixel, with a label for every pixel, is segmentation.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 16, 16, 1)
y = np.random.randint(0, 3, (8, 16, 16, 1))

model = keras.Sequential([
    keras.Input(shape=(16, 16, 1)),
    layers.Conv2D(8, 3, padding="same", activation="relu"),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.domain.shapes import Shape, Tri, format_shape
from kerascope.findings import Edit, Fix
from kerascope.graph.losses import BINARY, CATEGORICAL, SPARSE, Loss, loss_accepts, resolve_loss
from kerascope.graph.nodes import Layer, ModelGraph, Tensor
from kerascope.graph.queries import KEEPS_SHAPE, producers, single_output
from kerascope.rules.base import (
    ERROR,
    Program,
    Report,
    Rule,
    array_argument,
    compile_subject,
    fix,
    layer_subjects,
    source_of,
)
from kerascope.syntax.edits import insert_in_stack, parents, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS118",
    name="missing-flatten-before-classifier",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KC207",),
    fixable="sometimes",
    evidence=("S009", "S009b", "S009c", "S009d", "S009e", "S009i", "S009j", "S035"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes a crossentropy on known labels."""
    for event, compiled in program.trainings():
        labels = array_argument(event, "y")
        output = single_output(event.graph)
        loss = resolve_loss(compiled.get("loss"), program.major)
        if labels is None or output is None or not isinstance(loss, Loss):
            continue
        shape = output.spec.shape
        if loss.name not in {SPARSE, CATEGORICAL, BINARY} or not isinstance(shape, tuple) or len(shape) < 3:
            continue
        if (
            not _one_per_sample(labels.shape, shape)
            or loss_accepts(loss.name, labels.shape, shape, program.major) is not Tri.NO
        ):
            continue
        head, entering = _head(event.graph, output)
        if head is None or head.site.path != program.path:
            continue
        yield Report(
            head.site,
            f"The model returns {format_shape(shape)}, but the labels are one per sample, "
            f"{format_shape(labels.shape)}: `{event.kind}` raises. `Dense` leaves the axes before the last one alone; put "
            "a `Flatten` (or a global pooling) before it.",
            related=(
                (
                    f"the labels: {source_of(format_shape(labels.shape), labels)}",
                    event.sites.get("y", event.site),
                ),
                (f"the loss is `{loss.name}`", compiled.sites.get("loss", compiled.site)),
            ),
            subjects=layer_subjects(head) | compile_subject(compiled),
            data={"head": head, "shape": entering},
            certain=event.certain,
            guarded=event.guarded,
        )


def _one_per_sample(labels: Shape, output: tuple[object, ...]) -> bool:
    """Whether there is one label per sample: a number, or a row that is no sequence of the output's length."""
    if not isinstance(labels, tuple) or not 1 <= len(labels) <= 2:
        return False
    return len(labels) == 1 or labels[1] == 1 or labels[1] == output[-1] or labels[1] != output[1]


def _head(graph: ModelGraph, output: Tensor) -> tuple[Layer | None, Shape]:
    """The first of the ``Dense`` layers that the model ends in, and the shape that enters it."""
    head: Layer | None = None
    entering: Shape = output.spec.shape
    for layer, tensor in producers(graph, output):
        if head is not None:
            entering = tensor.spec.shape
        if layer.class_name == "Dense":
            head = layer
        elif layer.class_name not in KEEPS_SHAPE:
            if head is None:
                return None, entering
            return head, tensor.spec.shape
    return head, entering


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """``Flatten``, where the sizes are known; a global pooling as the other way."""
    shape: Shape = report.data["shape"]
    if not isinstance(shape, tuple):
        return
    names = ["Flatten"] if all(isinstance(side, int) for side in shape[1:]) else []
    if len(shape) in (3, 4):
        names.append(f"GlobalAveragePooling{len(shape) - 2}D")
    for name in names:
        written = program.name_for(f"keras.layers.{name}", report.site)
        if written is not None:
            yield from fix(f"Put {name} before it", "safe", _insert(report.site, f"{written}()"))


def _insert(layer: Site, text: str) -> Edit | None:
    """Puts a layer before another: in its Sequential, or around the tensor that it is called on."""
    around = parents(layer)
    call = around[0] if around else None
    if isinstance(call, cst.Call) and call.func is layer.node and len(call.args) == 1:
        tensor = Site(layer.unit, call.args[0].value)
        return replace(tensor, f"{text}({text_of(tensor)})")
    return insert_in_stack(layer, text)
