r"""Data with another number of axes than the model's input

## What it does

Finds `fit`, `evaluate` and `predict` where the data has more or fewer axes than the model's input, so that Keras
cannot bring them together.

## Why it matters

A model with an input of `(None, 28, 28, 3)` raises on `(32, 28, 28)` at the first batch. One difference is allowed:
Keras adds or drops a last axis of size one, so `(100, 28, 28)` fits `Input((28, 28, 1))`, and Kerascope says nothing
of it.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 784)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
          ^ KS148
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 784)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x.reshape(-1, 28, 28, 1), y, epochs=1)
```

## Near miss

Keras adds the missing last axis of size one: each number is a sample with one feature.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64)
y = 2 * x - 1

model = keras.Sequential([
    keras.Input(shape=(1,)),
    layers.Dense(1),
])
model.compile(optimizer="sgd", loss="mse")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from kerascope.domain.shapes import Shape, format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.labels import element, validation_parts
from kerascope.graph.nodes import Event, Layer, Tensor
from kerascope.graph.queries import CONVOLUTIONS
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, array_argument, fix, layer_subjects, source_of
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS148",
    name="fit-data-rank-mismatch",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KS101", "KS102", "KC209"),
    fixable="sometimes",
    evidence=("S006c", "S006e", "S006f", "S007b", "S013d"),
)


def check(program: Program) -> Iterator[Report]:
    """Looks at data for models with an input, and at layers that refused the data of a model without one."""
    for event in program.events("fit", "evaluate", "predict", "train_on_batch", "test_on_batch"):
        data = array_argument(event, "x")
        inputs = event.graph.input_tensors
        if (
            data is None
            or len(inputs) != 1
            or not event.graph.model.complete
            or not isinstance(inputs[0], Tensor)
        ):
            continue
        if not _refused(data.shape, inputs[0].spec.shape):
            yield from _validated(event, inputs[0], program)
            continue
        site = event.sites.get("x", event.site)
        expected = inputs[0].spec.shape
        yield Report(
            site,
            f"The model takes {format_shape(expected)}, but the data is {source_of(format_shape(data.shape), data)}: "
            f"`{event.kind}` "
            f"raises. {_remedy(data.shape, expected)}",
            related=_related(event, inputs[0], data, program.path),
            subjects=frozenset({("data", id(site.node))}),
            data={"target": _target(data.shape, expected)},
            certain=event.certain,
            guarded=event.guarded,
        )
    yield from _refused_by_layers(program)


def _validated(event: Event, tensor: Tensor, program: Program) -> Iterator[Report]:
    """The inputs of ``validation_data``, which the model refuses after the first epoch."""
    parts = validation_parts(event)
    data = parts[0] if parts else None
    expected = tensor.spec.shape
    if not isinstance(data, ArraySpec) or not _refused(data.shape, expected):
        return
    whole = event.sites.get("validation_data", event.site)
    site = element(whole, 0, len(parts)) or whole
    yield Report(
        site,
        f"The model takes {format_shape(expected)}, but the data to validate on is "
        f"{source_of(format_shape(data.shape), data)}: `fit` raises after the first epoch. {_remedy(data.shape, expected)}",
        related=_related(event, tensor, data, program.path),
        subjects=frozenset({("data", id(site.node))}),
        data={"target": _target(data.shape, expected)},
        certain=event.certain,
        guarded=event.guarded,
    )


def _refused(data: Shape, expected: Shape) -> bool:
    """Whether the number of axes differs and Keras neither adds nor drops one.

    Source: ``Functional._adjust_input_rank``; Keras 2 gives its models an ``InputSpec`` with
    ``allow_last_axis_squeeze``, to the same effect.
    """
    if not isinstance(data, tuple) or not isinstance(expected, tuple) or len(data) == len(expected):
        return False
    if len(data) == len(expected) + 1:
        return isinstance(data[-1], int) and data[-1] != 1
    if len(data) == len(expected) - 1:
        return isinstance(expected[-1], int) and expected[-1] != 1
    return True


def _target(data: Shape, expected: Shape) -> tuple[str, str] | None:
    """How the data can be brought to the model's shape: a title, and what is written behind the data."""
    if not isinstance(data, tuple) or not isinstance(expected, tuple):
        return None
    sides = expected[1:]
    if data == sides and all(isinstance(side, int) for side in sides):
        return "Make it a batch of one", "[None]"
    rest = data[1:]
    known = all(isinstance(side, int) for side in (*sides, *rest))
    if known and math.prod(sides) == math.prod(rest):  # type: ignore[arg-type]
        written = ", ".join(str(side) for side in sides)
        return f"Reshape it to (-1, {written})", f".reshape(-1, {written})"
    return None


def _remedy(data: Shape, expected: Shape) -> str:
    target = _target(data, expected)
    if target is None:
        return "Only a last axis of size one is added or dropped by Keras."
    return (
        "A single sample needs a batch axis." if target[1] == "[None]" else f"`{target[1]}` brings it there."
    )


def _related(event: Event, tensor: Tensor, data: ArraySpec, path: str) -> tuple[tuple[str, Site], ...]:
    site = tensor.call.site if tensor.call is not None else event.graph.model.site
    note = f"the model's input, {format_shape(tensor.spec.shape)}"
    source = source_of(format_shape(data.shape), data)
    return ((f"{note}; the data: {source}", site),) if site.path == path else ()


def _refused_by_layers(program: Program) -> Iterator[Report]:
    """A model without an input shape takes it from the data, and its first layers refuse it."""
    for fault in program.faults:
        facts = fault.fault.facts
        if not fault.from_data or fault.fault.kind is not FaultKind.RANK or fault.site.path != program.path:
            continue
        event = _event_at(program, fault.site)
        data = array_argument(event, "x") if event is not None else None
        first = _first_layer(event)
        if event is None or data is None or first is None or first.id != fault.layer.id:
            continue
        site = event.sites.get("x", event.site)
        needed = facts.get("expected") or facts.get("min_ndim")
        missing_channel = fault.layer.class_name in CONVOLUTIONS and needed == facts["received"] + 1
        yield Report(
            site,
            f"The first layer, `{fault.layer.class_name}`, needs {needed} axes, but the data is "
            f"{format_shape(data.shape)}: `{event.kind}` raises."
            + (" Add the channel axis with `[..., None]`." if missing_channel else ""),
            related=((f"`{fault.layer.class_name}` refuses it", fault.layer.site),)
            if fault.layer.site.path == program.path
            else (),
            subjects=layer_subjects(fault.layer) | {("data", id(site.node))},
            data={"target": ("Add the channel axis", "[..., None]") if missing_channel else None},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _event_at(program: Program, site: Site) -> Event | None:
    for event in program.events("fit", "evaluate", "predict", "train_on_batch", "test_on_batch"):
        written = event.sites.get("x")
        if event.site.node is site.node or (written is not None and written.node is site.node):
            return event
    return None


def _first_layer(event: Event | None) -> Layer | None:
    if event is None:
        return None
    for layer_id in event.graph.model.stack:
        node = event.graph.nodes.get(layer_id)
        if isinstance(node, Layer) and node.class_name != "InputLayer":
            return node
    return None


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The reshape that leads there, where there is just one."""
    target = report.data["target"]
    if target is not None:
        title, written = target
        text = text_of(report.site)
        wrapped = (
            text
            if text.replace("_", "").replace(".", "").isalnum() or text.endswith((")", "]"))
            else f"({text})"
        )
        yield from fix(title, "safe", replace(report.site, f"{wrapped}{written}"))
