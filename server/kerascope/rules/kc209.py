r"""Another number of outputs than the labels have columns

## What it does

Finds `fit`, `evaluate` and their kin where the model has another number of units than the labels have columns and the
loss is `categorical_crossentropy` or `binary_crossentropy`; and `binary_crossentropy` over several units with one label
per sample.

## Why it matters

Both losses compare each prediction with a label of its own. Keras raises at the first batch: ``Arguments `target` and
`output` must have the same shape. Received: target.shape=(32, 11), output.shape=(32, 10)`` (Keras 3), or
`Shapes (32, 11) and (32, 10) are incompatible` (Keras 2). Eleven columns for ten classes often are labels from 1 to 10
that went through `to_categorical`, which counts from 0.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = keras.utils.to_categorical(np.random.randint(0, 3, 64), 3)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(2, activation="softmax"),
                 ^ KC209
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Example: one label per sample

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(2, activation="softmax"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
                                     ^^^^^^^^^^^^^^^^^^^^^ KC209
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = keras.utils.to_categorical(np.random.randint(0, 3, 64), 3)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

The sparse loss takes class ids, whatever the number of units.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(2, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

One unit takes labels with a column or without.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Fix safety

Where the number of units is no plain number in the layer itself, the fix may touch other uses of it, and is only offered.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Ranked, Tri, format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.losses import BINARY, CATEGORICAL, SPARSE, Loss, loss_accepts, resolve_loss
from kerascope.graph.nodes import Compiled, Event, Layer, Tensor
from kerascope.graph.queries import (
    CONVOLUTIONS,
    KEEPS_SHAPE,
    OutputActivation,
    last_axis,
    output_activation,
    producers,
    single_output,
)
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
from kerascope.syntax.edits import is_string, quoted_like, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KC209",
    name="output-units-differ-from-one-hot-width",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KC202", "KC203"),
    fixable="sometimes",
    evidence=("C006b", "D030g", "D030k4", "D030j", "C002b", "C002c", "C050ad", "C050ae", "C050ac"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes the loss on known labels."""
    for event, compiled in program.trainings():
        labels = array_argument(event, "y")
        output = single_output(event.graph)
        loss = resolve_loss(compiled.get("loss"), program.major)
        if labels is None or output is None or not isinstance(loss, Loss):
            continue
        rows, shape = labels.shape, output.spec.shape
        if not isinstance(rows, tuple) or not isinstance(shape, tuple) or not _refuses(program, event, loss):
            continue
        columns = rows[-1] if len(rows) == len(shape) else 1
        units = shape[-1]
        if not isinstance(columns, int) or not isinstance(units, int) or columns == units:
            continue
        if columns == 1 and len(shape) == 2:
            if loss.name == BINARY and units > 1:
                yield _one_label_each(program, event, compiled, labels, output, rows, units)
        elif columns > 1 and len(rows) == len(shape) and _rest_agrees(rows, shape):
            yield _another_width(program, event, compiled, loss, labels, output, columns)


def _refuses(program: Program, event: Event, loss: Loss) -> bool:
    """Whether Keras raises for these shapes.

    Keras 2 lets ``binary_crossentropy`` broadcast, but not where it goes back to the logits of an activation.
    """
    labels, output = array_argument(event, "y"), single_output(event.graph)
    if labels is None or output is None or loss.name not in {BINARY, CATEGORICAL}:
        return False
    if loss_accepts(loss.name, labels.shape, output.spec.shape, program.major) is Tri.NO:
        return True
    activation = output_activation(event.graph)
    strict = loss.from_logits is True or (
        activation is not None and activation.name in {"sigmoid", "softmax"}
    )
    if program.major != 2 or loss.name != BINARY or not strict:
        return False
    return loss_accepts(CATEGORICAL, labels.shape, output.spec.shape, 2) is Tri.NO


def _data(event: Event) -> frozenset[tuple[str, int]]:
    """What the call is fed: where that is refused already, nothing need be said of its columns."""
    return frozenset(("data", id(event.sites[name].node)) for name in ("x", "y") if name in event.sites)


def _rest_agrees(rows: Ranked, shape: Ranked) -> bool:
    return all(
        a == b or not isinstance(a, int) or not isinstance(b, int)
        for a, b in zip(rows[1:-1], shape[1:-1], strict=True)
    )


def _sizing_layer(event: Event, output: Tensor) -> Layer | None:
    """The layer whose units are the last axis of the output."""
    for layer, _ in producers(event.graph, output):
        if layer.class_name == "Dense" or layer.class_name in CONVOLUTIONS:
            return layer
        if layer.class_name not in KEEPS_SHAPE | {"Softmax"}:
            return None
    return None


def _units_site(layer: Layer | None, program: Program) -> Site | None:
    sites = [layer.sites.get("units", layer.sites.get("filters")), layer.site] if layer is not None else []
    return next((site for site in sites if site is not None and site.path == program.path), None)


def _another_width(
    program: Program,
    event: Event,
    compiled: Compiled,
    loss: Loss,
    labels: ArraySpec,
    output: Tensor,
    columns: int,
) -> Report:
    layer = _sizing_layer(event, output)
    loss_site = compiled.sites.get("loss", compiled.site)
    shape, rows = format_shape(output.spec.shape), format_shape(labels.shape)
    units = last_axis(output)
    hint = (
        f" If the labels are {columns} because `to_categorical` counts from 0, subtract 1 first."
        if units is not None and columns == units + 1 and labels.facts.one_hot is Tri.YES
        else ""
    )
    return Report(
        _units_site(layer, program) or loss_site,
        f"The model returns {shape}, but the labels have {columns} columns, {source_of(rows, labels)}, and `{loss.name}` compares "
        f"column with column: `{event.kind}` raises. The last layer needs {columns} units.{hint}",
        related=(
            (f"the labels: {source_of(rows, labels)}", event.sites.get("y", event.site)),
            (f"the loss is `{loss.name}`", loss_site),
        ),
        subjects=layer_subjects(layer) | compile_subject(compiled) | _data(event),
        data={"units": columns, "layer": layer},
        certain=event.certain,
        guarded=event.guarded,
    )


def _one_label_each(
    program: Program,
    event: Event,
    compiled: Compiled,
    labels: ArraySpec,
    output: Tensor,
    rows: Ranked,
    units: int,
) -> Report:
    layer = _sizing_layer(event, output)
    facts = labels.facts
    ids = facts.integral is Tri.YES and (facts.lo is None or facts.lo >= 0)
    ids = ids and (facts.hi is None or facts.hi < units)
    binary = ids and facts.hi == 1
    advice = (
        "Use `sparse_categorical_crossentropy` for class ids" + (", or one unit" if binary else "")
        if ids
        else "Use one unit"
    )
    return Report(
        compiled.sites.get("loss", compiled.site),
        f"`binary_crossentropy` needs a label for each of the {units} units, but the labels are one per sample, "
        f"{format_shape(rows)}: `{event.kind}` raises. {advice}.",
        related=(
            (f"the labels: {source_of(format_shape(rows), labels)}", event.sites.get("y", event.site)),
            *(((f"the model returns {units} numbers per sample", layer.site),) if layer is not None else ()),
        ),
        subjects=layer_subjects(layer) | compile_subject(compiled) | _data(event),
        data={
            "layer": layer,
            "activation": output_activation(event.graph),
            "ids": ids,
            "binary": binary,
            "logits": compiled.get("loss") != BINARY,
        },
        certain=event.certain,
        guarded=event.guarded,
    )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """As many units as the labels have columns; for class ids the sparse loss or one unit."""
    layer: Layer | None = report.data["layer"]
    if "units" in report.data:
        yield from _with_units(layer, report.data["units"], program)
        return
    activation: OutputActivation | None = report.data["activation"]
    if activation is None or not report.data["ids"] or report.data["logits"] or not is_string(report.site):
        return
    sparse = replace(report.site, quoted_like(report.site, SPARSE))
    if activation.name == "softmax":
        yield from fix("Use sparse_categorical_crossentropy for class ids", "safe", sparse)
        return
    if activation.name != "sigmoid":
        return
    if report.data["binary"]:
        yield from _with_units(layer, 1, program)
    written = activation.site
    if written is not None and is_string(written) and written.path == program.path:
        softmax = replace(written, quoted_like(written, "softmax"))
        yield from fix("Use softmax and sparse_categorical_crossentropy", "safe", sparse, softmax)


def _with_units(layer: Layer | None, units: int, program: Program) -> Iterator[Fix]:
    """The layer with another number of units, where that is a plain number."""
    site = layer.sites.get("units", layer.sites.get("filters")) if layer is not None else None
    if layer is None or site is None or site.path != program.path or not text_of(site).isdigit():
        return
    inside = layer.site.path == site.path and layer.site.span.contains(site.span)
    title = "Use 1 unit" if units == 1 else f"Use {units} units"
    yield from fix(title, "safe" if inside else "unsafe", replace(site, str(units)))
