r"""`sparse_categorical_crossentropy` over one unit

## What it does

Finds models that return one number per sample, with `sparse_categorical_crossentropy` as their loss. It is an error
where the file itself trains or evaluates the model on labels that are all 1 or more, and a warning elsewhere.

## Why it matters

The loss takes class ids from 0 to the number of units less one: over one unit, 0 is the only class there is. On a CPU
TensorFlow raises at the first other label, `Received a label value of 1 which is outside the valid range of [0, 1)`;
on JAX nothing is said and the loss is 0. And if every label is 0, there is nothing to tell apart.

## Example

One to five stars:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(1, 6, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KC205
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(1, 6, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(5, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y - 1, epochs=1)
```

## Near miss

Two classes have one unit with `sigmoid` and `binary_crossentropy`:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Fix safety

The fixes change what the model computes, so they are never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Edit, Fix
from kerascope.graph.losses import BINARY, SPARSE, Loss, loss_accepts, resolve_loss
from kerascope.graph.nodes import Compiled, Event
from kerascope.graph.queries import OutputActivation, output_activation, producers, single_output
from kerascope.rules.base import (
    ERROR,
    WARNING,
    Program,
    Report,
    Rule,
    array_argument,
    compile_subject,
    fix,
    layer_subjects,
)
from kerascope.syntax.edits import add_argument, is_string, quoted_like, replace, text_of

RULE = Rule(
    code="KC205",
    name="sparse-crossentropy-with-one-unit",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KC203", "KD311"),
    fixable="sometimes",
    evidence=("C003c", "C004d", "C004f", "C020h"),
    looks_at="events",
)

_MOST_CLASSES = 1000
"""Whole numbers beyond are hardly classes, and no fix makes units of them."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``, and at ``fit``; labels that are known not to be 0 make it an error."""
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        output = single_output(event.graph)
        if compiled is None or output is None:
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        shape = output.spec.shape
        if not isinstance(loss, Loss) or loss.name != SPARSE or not loss.plain:
            continue
        if loss.from_logits is not False or not isinstance(shape, tuple) or len(shape) != 2 or shape[1] != 1:
            continue
        trained = _trainings(program, compiled)
        if any(loss_accepts(SPARSE, labels.shape, shape, program.major) is Tri.NO for _, labels in trained):
            continue  # labels with several columns: another mistake
        # XLA and other backends read such labels as they please, without an error.
        raises = next(
            (
                (call, labels)
                for call, labels in trained
                if labels.facts.lo is not None
                and labels.facts.lo >= 1
                and call.certain
                and program.backend == "tensorflow"
                and compiled.get("jit_compile") in (None, False)
            ),
            None,
        )
        layer = next((layer for layer, _ in producers(event.graph, output)), None)
        related = [("the model returns one number per sample", layer.site)] if layer is not None else []
        what = "any other is out of range"
        if raises is not None:
            call, labels = raises
            what = f"but the labels begin at {labels.facts.lo:g}: `{call.kind}` raises"
            related.append(("these labels", call.sites.get("y", call.site)))
        yield Report(
            compiled.sites.get("loss", compiled.site),
            f"`{SPARSE}` over one unit knows one label only, 0; {what}. Use a unit per class with `softmax`, or `sigmoid` "
            "with `binary_crossentropy` for labels 0 and 1.",
            related=tuple(related),
            subjects=layer_subjects(layer) | compile_subject(compiled),
            data={"activation": output_activation(event.graph), "labels": [labels for _, labels in trained]},
            severity=None if raises is not None else WARNING,
            certain=event.certain,
            guarded=raises is not None and raises[0].guarded,
        )


def _trainings(program: Program, compiled: Compiled) -> list[tuple[Event, ArraySpec]]:
    """Calls that compute the loss of this ``compile`` on labels of which something is known."""
    found = []
    for event, other in program.trainings():
        labels = array_argument(event, "y")
        if other is compiled and labels is not None:
            found.append((event, labels))
    return found


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """As many units as the labels have classes, or the loss for two classes."""
    activation: OutputActivation | None = report.data["activation"]
    labels: list[ArraySpec] = report.data["labels"]
    if activation is None or activation.layer.class_name != "Dense" or not labels:
        return
    if any(
        item.facts.integral is not Tri.YES or item.facts.lo is None or item.facts.lo < 0 for item in labels
    ):
        return
    highest = [item.facts.hi for item in labels if item.facts.hi is not None]
    if len(highest) < len(labels) or not 1 <= max(highest) < _MOST_CLASSES:
        return
    layer, classes = activation.layer, int(max(highest)) + 1
    if classes == 2 and is_string(report.site):
        yield from fix(
            "Use sigmoid and binary_crossentropy for two classes",
            "unsafe",
            replace(report.site, quoted_like(report.site, BINARY)),
            *([] if activation.name == "sigmoid" else [_with(activation, "sigmoid")]),
        )
    units = layer.sites.get("units")
    if units is not None and text_of(units) == "1":
        yield from fix(
            f"Use {classes} units and softmax",
            "unsafe",
            replace(units, str(classes)),
            *([] if activation.name == "softmax" else [_with(activation, "softmax")]),
        )


def _with(activation: OutputActivation, name: str) -> Edit | None:
    """The edit that gives the layer this activation."""
    if activation.site is not None:
        return replace(activation.site, quoted_like(activation.site, name))
    return add_argument(activation.layer.site, f"activation={quoted_like(activation.layer.site, name)}")
