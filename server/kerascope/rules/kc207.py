r"""Class ids given to `categorical_crossentropy`

## What it does

Finds `fit`, `evaluate` and their kin where the labels are one class id per sample, of shape `(n,)` or `(n, 1)`, and
the loss is `categorical_crossentropy` over several units.

## Why it matters

`categorical_crossentropy` compares each label row with a row of predictions, so it needs one-hot labels. Keras
raises at the first batch: ``Arguments `target` and `output` must have the same shape`` (Keras 3), or
`Shapes (32, 1) and (32, 10) are incompatible` (Keras 2), after the data was loaded.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(100, 20)
y = np.random.randint(0, 10, size=(100, 1))

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^ KC207
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(100, 20)
y = np.random.randint(0, 10, size=(100, 1))

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

One-hot labels are what `categorical_crossentropy` takes.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(100, 20)
y = keras.utils.to_categorical(np.random.randint(0, 10, size=(100, 1)), 10)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascope.domain.shapes import Tri, format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.losses import CATEGORICAL, Loss, loss_accepts, resolve_loss
from kerascope.graph.queries import last_axis, single_output
from kerascope.rules.base import ERROR, Program, Report, Rule, array_argument, compile_subject, fix, source_of
from kerascope.syntax.edits import is_string, quoted_like, replace, text_of

RULE = Rule(
    code="KC207",
    name="integer-labels-with-categorical-crossentropy",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("C005", "C005b", "C005c", "D030k", "D031d"),
    looks_at="events",
)


def _is_class_ids(labels: ArraySpec, output: tuple[Any, ...]) -> bool:
    """Whether there is one number where the output has a row: for a sample, a step, a pixel."""
    shape = labels.shape
    if not isinstance(shape, tuple):
        return False
    return len(shape) == len(output) - 1 or (len(shape) == len(output) and shape[-1] == 1)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes the loss on known labels."""
    for event, compiled in program.trainings():
        labels = array_argument(event, "y")
        output = single_output(event.graph)
        loss = resolve_loss(compiled.get("loss"), program.major)
        if labels is None or output is None or not isinstance(loss, Loss) or loss.name != CATEGORICAL:
            continue
        shape = output.spec.shape
        units = last_axis(output)
        if (
            not isinstance(shape, tuple)
            or len(shape) < 2
            or units is None
            or units < 2
            or not _is_class_ids(labels, shape)
        ):
            continue
        if loss_accepts(CATEGORICAL, labels.shape, shape, program.major) is not Tri.NO:
            continue
        site = compiled.sites.get("loss", compiled.site)
        labels_site = event.sites.get("y", event.site)
        whole = labels.facts.integral is Tri.YES
        place = "sample" if len(shape) == 2 else "pixel" if len(shape) == 4 else "place"
        kind = f"one class id per {place}" if whole else f"one number per {place}"
        mend = (
            f'Use `loss="sparse_categorical_crossentropy"`, or one-hot labels: `to_categorical(y, {units})`.'
            if whole
            else f"It needs labels of shape (n, {units})."
        )
        yield Report(
            site,
            f"`categorical_crossentropy` compares rows of {units} probabilities with one-hot rows, but the labels are "
            f"{kind}, {source_of(format_shape(labels.shape), labels)}: `{event.kind}` raises. {mend}",
            related=(
                (f"the labels: {source_of(format_shape(labels.shape), labels)}", labels_site),
                (f"the model returns {format_shape(shape)}", output.call.site if output.call else event.site),
            ),
            subjects=compile_subject(compiled),
            data={"units": units, "labels": labels, "labels_site": labels_site},
            certain=event.certain,
            guarded=event.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The sparse loss for class ids that the model has units for; one-hot labels otherwise."""
    labels: ArraySpec = report.data["labels"]
    units: int = report.data["units"]
    fits = labels.facts.integral is Tri.YES and (labels.facts.hi is None or labels.facts.hi < units)
    if not fits:
        return
    if is_string(report.site):
        yield from fix(
            "Use sparse_categorical_crossentropy for class ids",
            "safe",
            replace(report.site, quoted_like(report.site, "sparse_categorical_crossentropy")),
        )
    to_categorical = program.name_for("keras.utils.to_categorical")
    site = report.data["labels_site"]
    if to_categorical is not None and site.path == program.path:
        yield from fix(
            "Turn the labels into one-hot rows",
            "safe",
            replace(site, f"{to_categorical}({text_of(site)}, {units})"),
        )
