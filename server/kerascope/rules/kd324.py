r"""Validation labels of another kind

## What it does

Finds `fit` where the labels in `validation_data` are class ids while those trained on are one-hot rows, or the other
way round.

## Why it matters

One loss serves both. The first epoch of training goes well; then Keras validates, and raises: ``Argument `output` must
have rank (ndim) `target.ndim - 1` ``, or ``Arguments `target` and `output` must have the same rank (ndim)``.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x_train, x_val = np.random.rand(100, 20), np.random.rand(40, 20)
y_train = keras.utils.to_categorical(np.random.randint(0, 10, 100), 10)
y_val = np.random.randint(0, 10, 40)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=1)
                                                    ^^^^^ KD324
```

The other way round:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x_train, x_val = np.random.rand(100, 20), np.random.rand(40, 20)
y_train = np.random.randint(0, 10, 100)
y_val = keras.utils.to_categorical(np.random.randint(0, 10, 40), 10)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=1)
                                                    ^^^^^ KD324
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x_train, x_val = np.random.rand(100, 20), np.random.rand(40, 20)
y_train = keras.utils.to_categorical(np.random.randint(0, 10, 100), 10)
y_val = keras.utils.to_categorical(np.random.randint(0, 10, 40), 10)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=1)
```

## Near miss

Class ids may stand in a column of their own in one of the two.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x_train, x_val = np.random.rand(100, 20), np.random.rand(40, 20)
y_train = np.random.randint(0, 10, (100, 1))
y_val = np.random.randint(0, 10, 40)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x_train, y_train, validation_data=(x_val, y_val), epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri, format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.labels import Labels, computes_on_all, validation_labels
from kerascope.graph.losses import BINARY, CATEGORICAL, SPARSE, Loss, loss_accepts, resolve_loss
from kerascope.graph.queries import last_axis, single_output
from kerascope.rules.base import ERROR, Program, Report, Rule, array_argument, fix
from kerascope.syntax.edits import replace, text_of

RULE = Rule(
    code="KD324",
    name="validation-data-encoding",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D010v",),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``fit`` whose loss takes the labels, and not those to validate on."""
    for event, compiled in program.trainings():
        output = single_output(event.graph)
        loss = resolve_loss(compiled.get("loss"), program.major)
        labels, held = array_argument(event, "y"), validation_labels(event)
        if output is None or held is None or labels is None or not isinstance(loss, Loss):
            continue
        if loss.name not in {SPARSE, CATEGORICAL, BINARY} or not computes_on_all(event, validation=True):
            continue
        taken, refused = (
            loss_accepts(loss.name, array.shape, output.spec.shape, program.major)
            for array in (labels, held.array)
        )
        if taken is not Tri.YES or refused is not Tri.NO:
            continue
        yield Report(
            held.site,
            f"The model trains on {_kind(labels)}, but validates on {_kind(held.array)}: `{loss.name}` takes one kind, so "
            f"`{event.kind}` raises after the first epoch. {_remedy(loss.name)}",
            related=((f"trained on {format_shape(labels.shape)}", event.sites.get("y", event.site)),),
            subjects=frozenset({("data", id(held.site.node))}),
            data={"labels": labels, "held": held, "units": last_axis(output), "loss": loss.name},
            certain=event.certain,
            guarded=event.guarded,
        )


def _kind(labels: ArraySpec) -> str:
    """What labels are, with their shape."""
    shape = labels.shape
    if labels.facts.one_hot is Tri.YES:
        return f"one-hot rows, {format_shape(shape)}"
    flat = isinstance(shape, tuple) and (len(shape) == 1 or (len(shape) == 2 and shape[1] == 1))
    return f"class ids, {format_shape(shape)}" if flat else f"labels of shape {format_shape(shape)}"


def _remedy(loss: str) -> str:
    if loss == SPARSE:
        return "Give class ids in both: `y.argmax(-1)` of one-hot rows."
    return "Encode both alike: `keras.utils.to_categorical`."


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The validation labels in the way of the others."""
    held: Labels = report.data["held"]
    labels: ArraySpec = report.data["labels"]
    text, units = text_of(held.site), report.data["units"]
    if held.site.path != program.path or not text.isidentifier():
        return
    if report.data["loss"] == SPARSE and held.array.facts.one_hot is Tri.YES:
        yield from fix(
            "Turn the one-hot rows into class ids", "safe", replace(held.site, f"{text}.argmax(-1)")
        )
    encode = program.name_for("keras.utils.to_categorical")
    ids = held.array.facts
    counted = ids.integral is Tri.YES and ids.lo is not None and ids.lo >= 0
    if labels.facts.one_hot is Tri.YES and counted and isinstance(units, int) and encode is not None:
        yield from fix(
            "Turn the class ids into one-hot rows", "safe", replace(held.site, f"{encode}({text}, {units})")
        )
