r"""`CategoricalAccuracy` with class ids for labels

## What it does

Finds `CategoricalAccuracy`, `TopKCategoricalAccuracy` and their names among the metrics of a model whose loss is
`sparse_categorical_crossentropy`.

## Why it matters

The sparse loss takes class ids; the metric takes one-hot rows and looks for the place of the largest number in each.
In a class id there is only one place, so that it reports nonsense: 0.10 or 0.05 for a model that is right for every
sample, 0.065 on handwritten digits instead of 0.964. Keras says nothing; only `TopKCategoricalAccuracy` with
labels of shape `(n,)` raises on Keras 3.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=[keras.metrics.CategoricalAccuracy()])
                                                                                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KC229
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
    layers.Dense(10, activation="softmax"),
])
model.compile(
    optimizer="adam",
    loss="sparse_categorical_crossentropy",
    metrics=[keras.metrics.SparseCategoricalAccuracy()],
)
model.fit(x, y, epochs=1)
```

## Near miss

One-hot rows, with the loss for one-hot rows:

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
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=[keras.metrics.CategoricalAccuracy()])
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what is reported, and its name in the history, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import rank
from kerascope.findings import Fix
from kerascope.graph.losses import SPARSE, Loss, resolve_loss
from kerascope.graph.metrics import Metric, metric_class, resolve_metric, written_metrics
from kerascope.graph.nodes import Compiled, Event
from kerascope.graph.queries import last_axis, single_output
from kerascope.rules.base import ERROR, WARNING, Program, Report, Rule, array_argument, fix
from kerascope.rules.fixing import other_metric

RULE = Rule(
    code="KC229",
    name="categorical-accuracy-with-integer-labels",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("C050g", "C050h", "C050x", "P033"),
    looks_at="events",
)

_SPARSE_KIN = {
    "CategoricalAccuracy": "sparse_categorical_accuracy",
    "TopKCategoricalAccuracy": "sparse_top_k_categorical_accuracy",
}


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``, and at ``fit``, which may be what builds the model."""
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        output = single_output(event.graph)
        if compiled is None or output is None:
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        classes = last_axis(output)
        if not isinstance(loss, Loss) or loss.name != SPARSE or classes is None or classes < 2:
            continue
        for metric in written_metrics(compiled, program.interpretation.made):
            known = resolve_metric(metric.value, program.major)
            if not isinstance(known, Metric) or known.name not in _SPARSE_KIN:
                continue
            top_k = known.name == "TopKCategoricalAccuracy"
            raising = (
                next(_raising(program, compiled), None) if top_k and rank(output.spec.shape) == 2 else None
            )
            right = _SPARSE_KIN[known.name]
            outcome = (
                f"`{raising.kind}` raises"
                if raising is not None
                else "it reports nonsense, however good the model is"
            )
            yield Report(
                metric.site,
                f"`{known.name}` takes one-hot rows, but with `{SPARSE}` the labels are class ids: {outcome}. "
                f'Use `{metric_class(right)}()` or `"{right if top_k else "accuracy"}"`.',
                related=(
                    (f"the loss is `{SPARSE}`", compiled.sites.get("loss", compiled.site)),
                    *((("raises here", raising.site),) if raising is not None else ()),
                ),
                subjects=frozenset({("metric", id(metric.site.node))}),
                data={"metric": metric, "right": right},
                severity=ERROR if raising is not None else None,
                certain=event.certain,
                guarded=raising is not None and raising.guarded,
            )


def _raising(program: Program, compiled: Compiled) -> Iterator[Event]:
    """Calls with labels of shape ``(n,)``: the largest of all of them is no row of places for the top k of Keras 3."""
    for event, other in program.trainings():
        labels = array_argument(event, "y")
        if other is not compiled or labels is None or not event.certain or program.backend != "tensorflow":
            continue
        if program.major == 3 and rank(labels.shape) == 1:
            yield event


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The metric for class ids."""
    right: str = report.data["right"]
    yield from fix(
        f"Use {metric_class(right)}", "unsafe", other_metric(program, report.data["metric"], right)
    )
