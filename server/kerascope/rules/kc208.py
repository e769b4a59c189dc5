r"""One-hot labels given to `sparse_categorical_crossentropy`

## What it does

Finds `fit`, `evaluate` and their kin where the labels have a column for every class and the loss is
`sparse_categorical_crossentropy`.

## Why it matters

The sparse loss takes one class id per sample, so a row of ten columns is ten labels for one prediction. Keras
raises at the first batch: ``Argument `output` must have rank (ndim) `target.ndim - 1` `` (Keras 3), or a
complaint of TensorFlow's about logits and labels (Keras 2).

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(100, 20)
y = keras.utils.to_categorical(np.random.randint(0, 10, size=100), 10)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KC208
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(100, 20)
y = keras.utils.to_categorical(np.random.randint(0, 10, size=100), 10)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

Class ids may stand in a column of their own.

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
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri, format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.losses import SPARSE, Loss, loss_accepts, resolve_loss
from kerascope.graph.queries import last_axis, single_output
from kerascope.rules.base import (
    ERROR,
    Program,
    Report,
    Rule,
    array_argument,
    compile_subject,
    fix,
    source_of,
)
from kerascope.syntax.edits import is_string, quoted_like, replace, text_of

RULE = Rule(
    code="KC208",
    name="one-hot-labels-with-sparse-crossentropy",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("C006", "D010p", "D030f", "D030k2", "D010v"),
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes the loss on labels with several columns."""
    for event, compiled in program.trainings():
        labels = array_argument(event, "y")
        output = single_output(event.graph)
        loss = resolve_loss(compiled.get("loss"), program.major)
        if labels is None or output is None or not isinstance(loss, Loss) or loss.name != SPARSE:
            continue
        shape, columns = output.spec.shape, labels.shape
        if not isinstance(shape, tuple) or len(shape) != 2:
            continue
        if (
            not isinstance(columns, tuple)
            or len(columns) != 2
            or not isinstance(columns[1], int)
            or columns[1] < 2
        ):
            continue
        if loss_accepts(SPARSE, columns, shape, program.major) is not Tri.NO:
            continue
        labels_site = event.sites.get("y", event.site)
        yield Report(
            compiled.sites.get("loss", compiled.site),
            f"`{SPARSE}` takes one class id per sample, but the labels have {columns[1]} columns, "
            f'{source_of(format_shape(columns), labels)}: `{event.kind}` raises. Use `loss="categorical_crossentropy"` for one-hot '
            "rows, or class ids: `y.argmax(-1)`.",
            related=((f"the labels: {source_of(format_shape(columns), labels)}", labels_site),),
            subjects=compile_subject(compiled),
            data={
                "fits": last_axis(output) == columns[1],
                "labels": labels_site,
                "one_hot": labels.facts.one_hot,
            },
            certain=event.certain,
            guarded=event.guarded,
        )

    yield from _in_loops(program)


def _in_loops(program: Program) -> Iterator[Report]:
    """Looks at losses that a training loop of the program's own calls on labels and predictions."""
    for made in program.interpretation.made:
        if made.symbol != "keras.losses.SparseCategoricalCrossentropy.__call__":
            continue
        labels = made.arguments.get("y_true", made.arguments.get("0"))
        output = made.arguments.get("y_pred", made.arguments.get("1"))
        site = made.sites.get("y_true", made.sites.get("0", made.site))
        if not isinstance(labels, ArraySpec) or not isinstance(output, ArraySpec):
            continue
        rows, shape = labels.shape, output.shape
        if not isinstance(rows, tuple) or not isinstance(shape, tuple) or len(rows) != 2 or len(shape) != 2:
            continue
        if (
            not isinstance(rows[1], int)
            or rows[1] < 2
            or loss_accepts(SPARSE, rows, shape, program.major) is not Tri.NO
        ):
            continue
        yield Report(
            site,
            f"`SparseCategoricalCrossentropy` takes one class id per sample, but the labels have {rows[1]} columns, "
            f"{source_of(format_shape(rows), labels)}: calling it raises. Use `CategoricalCrossentropy` for one-hot rows.",
            subjects=frozenset({("call", id(made.site.node))}),
            data={"fits": False, "labels": site, "one_hot": labels.facts.one_hot},
            certain=made.certain,
            guarded=made.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The other loss, where the model has a unit for each column; class ids out of one-hot rows."""
    if report.data["fits"] and is_string(report.site):
        yield from fix(
            "Use categorical_crossentropy for one-hot rows",
            "safe",
            replace(report.site, quoted_like(report.site, "categorical_crossentropy")),
        )
    labels = report.data["labels"]
    if report.data["one_hot"] is Tri.YES and labels.path == program.path and text_of(labels).isidentifier():
        yield from fix(
            "Turn the one-hot rows into class ids", "safe", replace(labels, f"{text_of(labels)}.argmax(-1)")
        )
