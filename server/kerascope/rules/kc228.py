r"""Binary accuracy of several classes

## What it does

Finds `BinaryAccuracy` and `"binary_accuracy"` among the metrics of a model that ends in `softmax` over three classes or
more.

## Why it matters

The metric rounds each probability and counts every class by itself, so that the many classes which a sample rightly does
not have count as right: it reports 0.94 where 0.77 of the samples are right, and 0.89 where a model guesses at ten
classes. With class ids for labels it compares ids with rounded probabilities: on Keras 2 it reports 0.10 for a model
that is right for 0.82, on Keras 3 `fit` raises for labels of shape `(n,)`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = keras.utils.to_categorical(np.random.randint(0, 10, 64), 10)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["binary_accuracy"])
                                                                          ^^^^^^^^^^^^^^^^^ KC228
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = keras.utils.to_categorical(np.random.randint(0, 10, 64), 10)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

With `sigmoid` several labels may hold at once, and each counts by itself.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, (64, 10))

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["binary_accuracy"])
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what is reported, and its name in the history, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri
from kerascope.findings import Fix
from kerascope.graph.losses import BINARY, CATEGORICAL, SPARSE, Loss, loss_accepts, resolve_loss
from kerascope.graph.metrics import (
    Metric,
    WrittenMetric,
    compared_row_by_row,
    resolve_metric,
    written_metrics,
)
from kerascope.graph.nodes import Compiled, Event
from kerascope.graph.queries import OutputActivation, last_axis, output_activation, softmax_axis
from kerascope.rules.base import ERROR, WARNING, Program, Report, Rule, array_argument, fix
from kerascope.rules.fixing import other_metric

RULE = Rule(
    code="KC228",
    name="binary-accuracy-on-multiclass",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("C050e", "C050f", "C002a"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``, and at ``fit``, which may be what builds the model."""
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        activation = output_activation(event.graph)
        if compiled is None or activation is None or softmax_axis(activation) != -1:
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        classes = last_axis(activation.output)
        if classes is None or classes < 3:
            continue
        if not isinstance(loss, Loss) or loss.name not in {BINARY, CATEGORICAL, SPARSE}:
            continue
        for metric in written_metrics(compiled, program.interpretation.made):
            known = resolve_metric(metric.value, program.major)
            if not isinstance(known, Metric) or known.name != "BinaryAccuracy":
                continue
            yield _report(program, event, compiled, activation, loss, metric)


def _report(
    program: Program,
    event: Event,
    compiled: Compiled,
    activation: OutputActivation,
    loss: Loss,
    metric: WrittenMetric,
) -> Report:
    classes = last_axis(activation.output)
    ids = loss.name == SPARSE
    raising = next(_raising(program, compiled, activation), None) if ids else None
    if raising is not None:
        outcome = f"the labels are class ids, and `{raising.kind}` raises"
    elif ids:
        outcome = "it compares class ids with rounded probabilities, and what it reports means nothing"
    else:
        outcome = f"it counts each of the {classes} classes by itself and reports far too much"
    right = "sparse_categorical_accuracy" if ids else "categorical_accuracy"
    return Report(
        metric.site,
        f"Binary accuracy is for `sigmoid`; on a `softmax` over {classes} classes {outcome}. Use "
        f'`"accuracy"` or `"{right}"`.',
        related=(
            ("the `softmax`", activation.site or activation.layer.site),
            *((("raises here", raising.site),) if raising is not None else ()),
        ),
        subjects=frozenset({("metric", id(metric.site.node))}),
        data={"metric": metric, "right": right},
        severity=ERROR if raising is not None else None,
        certain=event.certain,
        guarded=raising is not None and raising.guarded,
    )


def _raising(program: Program, compiled: Compiled, activation: OutputActivation) -> Iterator[Event]:
    """Calls with class ids of shape ``(n,)``, which Keras 3 holds against rows as they are."""
    for event, other in program.trainings():
        labels = array_argument(event, "y")
        if other is not compiled or labels is None or not event.certain or program.backend != "tensorflow":
            continue
        output = activation.output.spec.shape
        if program.major == 2 or loss_accepts(SPARSE, labels.shape, output, 3) is not Tri.YES:
            continue
        if compared_row_by_row(labels.shape, output, event):
            yield event


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The accuracy that goes with the loss."""
    right: str = report.data["right"]
    edit = other_metric(program, report.data["metric"], right)
    yield from fix(f"Use {right}", "unsafe", edit)
