r"""One `sigmoid` unit for more than two classes

## What it does

Finds models with one unit and `binary_crossentropy` that are trained on whole numbers which go beyond 1.

## Why it matters

One unit tells two classes apart, 0 and 1. For a label of 5 the loss has no lower end: it turns negative and falls for
ever (-260 after a few epochs), and nothing tells 5 from 7. On ten classes 12 % are right. Keras says nothing; the
negative loss is the sign of it.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
                                     ^^^^^^^^^^^^^^^^^^^^^ KC206
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

Two classes, made of many:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
digit = np.random.randint(0, 10, 64)
y = (digit == 7).astype("int32")

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what the model computes, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri, format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Edit, Fix
from kerascope.graph.losses import BINARY, SPARSE, Loss, loss_accepts, resolve_loss
from kerascope.graph.queries import OutputActivation, last_axis, output_activation
from kerascope.rules.base import (
    WARNING,
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

RULE = Rule(
    code="KC206",
    name="binary-crossentropy-single-unit-many-classes",
    severity={2: WARNING, 3: WARNING},
    supersedes=("KD312",),
    fixable="sometimes",
    evidence=("C004e", "C006g", "C006h"),
    looks_at="events",
)

_MOST_CLASSES = 1000
"""Whole numbers beyond are hardly classes, and no fix makes units of them."""

_DRAWN = frozenset({"np.random.randint", "Generator.integers"})
"""Sources in which every whole number between the bounds has the same chance."""

_PLENTY = 20
"""So many draws do not all miss what is above 1."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes the loss on labels of which bounds are known."""
    for event, compiled in program.trainings():
        labels = array_argument(event, "y")
        activation = output_activation(event.graph)
        loss = resolve_loss(compiled.get("loss"), program.major)
        if labels is None or activation is None or not isinstance(loss, Loss) or loss.name != BINARY:
            continue
        logits = loss.from_logits is True and activation.name == "linear"
        if last_axis(activation.output) != 1 or not (activation.name == "sigmoid" or logits):
            continue
        if loss_accepts(BINARY, labels.shape, activation.output.spec.shape, program.major) is Tri.NO:
            continue
        if not _goes_beyond_one(labels) or event.graph.model.compile_unseen:
            continue
        lo, hi = labels.facts.lo, labels.facts.hi
        described = source_of(format_shape(labels.shape), labels)
        yield Report(
            compiled.sites.get("loss", compiled.site),
            f"One unit with `binary_crossentropy` knows the classes 0 and 1, but the labels go from {lo:g} to {hi:g}: the "
            "loss turns negative and falls for ever, and the classes are not told apart. Use a unit per class with "
            "`softmax` and `sparse_categorical_crossentropy`.",
            related=(
                (f"the labels: {described}", event.sites.get("y", event.site)),
                ("the model returns one number per sample", activation.layer.site),
            ),
            subjects=layer_subjects(activation.layer) | compile_subject(compiled),
            data={"activation": activation, "lo": lo, "hi": hi},
            certain=event.certain,
        )


def _goes_beyond_one(labels: ArraySpec) -> bool:
    """Whether labels above 1 are certain to occur among more than two whole numbers.

    Two neighbours, such as 1 and 2, are two classes under other names: another mistake.
    """
    facts, shape = labels.facts, labels.shape
    if facts.integral is not Tri.YES or facts.lo is None or facts.hi is None:
        return False
    if facts.hi <= 1 or facts.hi - facts.lo < 2:
        return False
    rows = shape[0] if isinstance(shape, tuple) and shape else None
    drawn = labels.source in _DRAWN and isinstance(rows, int) and rows >= _PLENTY
    return facts.attained is Tri.YES or facts.lo > 1 or drawn


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """As many units as the labels have classes."""
    activation: OutputActivation = report.data["activation"]
    layer, lo, hi = activation.layer, report.data["lo"], report.data["hi"]
    units = layer.sites.get("units")
    if layer.class_name != "Dense" or units is None or text_of(units) != "1" or not is_string(report.site):
        return
    if lo < 0 or hi >= _MOST_CLASSES or units.path != program.path:
        return
    classes = int(hi) + 1
    yield from fix(
        f"Use {classes} units with softmax and {SPARSE}",
        "unsafe",
        replace(units, str(classes)),
        _softmax(activation),
        replace(report.site, quoted_like(report.site, SPARSE)),
    )


def _softmax(activation: OutputActivation) -> Edit | None:
    site = activation.site
    return replace(site, quoted_like(site, "softmax")) if site is not None and is_string(site) else None
