r"""Class ids outside the model's classes

## What it does

Finds `fit`, `evaluate` and their kin with `sparse_categorical_crossentropy` where some label is certain to be negative,
or as large as the number of units. It is an error on TensorFlow without XLA, and a warning elsewhere.

## Why it matters

The loss counts classes from 0: over 10 units, the labels are 0 to 9. On a CPU TensorFlow raises in the batch that holds
the first other label: `Received a label value of 10 which is outside the valid range of [0, 10)`. Compiled by XLA the
loss becomes `nan`, and JAX trains on without a word.

## Example

One to ten points:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(1000, 20)
y = np.random.randint(1, 11, size=1000)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
             ^ KD311
```

A unit short:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(6, 20)
y = np.array([0, 1, 2, 2, 1, 0])

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(2, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
             ^ KD311
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(1000, 20)
y = np.random.randint(1, 11, size=1000)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y - 1, epochs=1)
```

## Near miss

More units than classes cost a little and harm nothing.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(1000, 20)
y = np.random.randint(1, 11, size=1000)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(11, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Fix safety

More units are safe, for Keras would have raised. Labels that are counted from 0 are the better way, but every other
call with such labels must be changed as well, so that is never done without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri
from kerascope.findings import Edit, Fix
from kerascope.graph.labels import Labels, computes_on_all, labels_of, outside
from kerascope.graph.losses import SPARSE, Loss, loss_accepts, resolve_loss
from kerascope.graph.nodes import Compiled, Layer
from kerascope.graph.queries import last_axis, producers, single_output
from kerascope.rules.base import (
    ERROR,
    WARNING,
    Program,
    Report,
    Rule,
    compile_subject,
    fix,
    layer_subjects,
    source_of,
)
from kerascope.syntax.edits import replace, text_of

RULE = Rule(
    code="KD311",
    name="label-out-of-range",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("C006c", "C006e", "C006f", "D047", "D031i", "D004f"),
    looks_at="events",
)

_MOST_CLASSES = 1000
"""Whole numbers beyond are hardly classes, and no fix makes units of them."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes the loss on labels whose smallest and largest are known."""
    for event, compiled in program.trainings():
        output = single_output(event.graph)
        loss = resolve_loss(compiled.get("loss"), program.major)
        if output is None or not isinstance(loss, Loss) or loss.name != SPARSE or not loss.plain:
            continue
        units = last_axis(output)
        layer = next((layer for layer, _ in producers(event.graph, output)), None)
        if units is None or units < 1:
            continue
        for labels in labels_of(event):
            stray = outside(labels.array, 0, units - 1)
            accepted = loss_accepts(SPARSE, labels.array.shape, output.spec.shape, program.major)
            if stray is None or accepted is not Tri.YES:
                continue
            if not computes_on_all(event, validation=labels.validation):
                continue
            yield Report(
                labels.site,
                _message(program, compiled, labels, units, event.kind),
                related=((f"{units} units", layer.site),) if layer is not None else (),
                subjects=layer_subjects(layer) | compile_subject(compiled),
                data={"labels": labels, "units": units, "layer": layer},
                severity=None if _raises(program, compiled) else WARNING,
                certain=event.certain,
                guarded=event.guarded,
            )


def _raises(program: Program, compiled: Compiled) -> bool:
    """Whether labels are looked at: XLA and other backends read whatever number as they please."""
    return program.backend == "tensorflow" and compiled.get("jit_compile") in (None, False, "auto")


def _message(program: Program, compiled: Compiled, labels: Labels, units: int, kind: str) -> str:
    facts = labels.array.facts
    span = f"{facts.lo:g} to {facts.hi:g}"
    outcome = f"`{kind}` raises" if _raises(program, compiled) else "the loss is wrong without a word"
    remedy = f"Use {int(facts.hi or 0) + 1} units"
    if facts.lo == 1:
        remedy = f"Count the labels from 0, `y - 1`, or use {int(facts.hi or 0) + 1} units"
    elif facts.lo is not None and facts.lo < 0:
        remedy = f"Count the labels from 0, `y + {-int(facts.lo)}`"
    return (
        f"The labels, {source_of(span, labels.array)}, do not fit {units} units, which stand for 0 to {units - 1}: "
        f"{outcome}. {remedy}."
    )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Labels counted from 0, where they then fit, or as many units as it takes."""
    labels: Labels = report.data["labels"]
    units: int = report.data["units"]
    layer: Layer | None = report.data["layer"]
    facts = labels.array.facts
    assert facts.lo is not None and facts.hi is not None
    lo, hi = int(facts.lo), int(facts.hi)
    text = text_of(labels.site)
    if (lo == 1 or lo < 0) and hi - lo < units and labels.site.path == program.path and text.isidentifier():
        shifted = f"{text} - {lo}" if lo > 0 else f"{text} + {-lo}"
        yield from fix("Count the labels from 0", "unsafe", replace(labels.site, shifted))
    edit = _units(layer, hi + 1)
    if lo >= 0 and edit is not None and units < hi + 1 <= _MOST_CLASSES:
        yield from fix(f"Use {hi + 1} units", "safe", edit)


def _units(layer: Layer | None, count: int) -> Edit | None:
    """The edit that writes another number of units, where a number is written."""
    if layer is None or layer.class_name != "Dense":
        return None
    site = layer.sites.get("units")
    return replace(site, str(count)) if site is not None and text_of(site).isdecimal() else None
