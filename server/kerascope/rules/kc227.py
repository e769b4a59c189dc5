r"""`metrics.Accuracy()` on probabilities

## What it does

Finds the class `keras.metrics.Accuracy` among the metrics of a model that ends in `sigmoid` or `softmax`, or whose loss
has `from_logits=True`.

## Why it matters

The class counts how often a prediction is exactly equal to its label, and a probability is hardly ever exactly 0 or 1:
the accuracy is 0.0000 for ever, while the model is right for 99.5 % (ten classes) or 89 % (two classes) of new data.
With class ids for labels the shapes do not go together and `fit` raises. The string `"accuracy"` is something else: Keras
chooses the metric that fits the labels.

## Example

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
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=[keras.metrics.Accuracy()])
                                                                     ^^^^^^^^^^^^^^^^^^^^^^^^ KC227
model.fit(x, y, epochs=1)
```

## Use instead

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
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=[keras.metrics.BinaryAccuracy()])
model.fit(x, y, epochs=1)
```

## Near miss

The string is resolved by the labels, in any case.

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
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["Accuracy"])
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what is reported, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri
from kerascope.findings import Fix
from kerascope.graph.losses import SPARSE, Loss, loss_accepts, resolve_loss
from kerascope.graph.metrics import Metric, compared_row_by_row, resolve_metric, written_metrics
from kerascope.graph.nodes import Compiled, Event
from kerascope.graph.queries import OutputActivation, last_axis, output_activation
from kerascope.rules.base import ERROR, WARNING, Program, Report, Rule, array_argument, fix
from kerascope.syntax.edits import quoted_like, replace

RULE = Rule(
    code="KC227",
    name="accuracy-class-compares-raw-values",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("C050b", "C050c", "C050d"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``, and at ``fit``, which may be what builds the model."""
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        activation = output_activation(event.graph)
        if compiled is None or activation is None:
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        logits = isinstance(loss, Loss) and loss.from_logits is True and activation.name == "linear"
        if activation.name not in {"sigmoid", "softmax"} and not logits:
            continue
        for metric in written_metrics(compiled, program.interpretation.made):
            known = resolve_metric(metric.value, program.major)
            # Only the class: for the string Keras chooses another metric.
            if not isinstance(known, Metric) or known.name != "Accuracy":
                continue
            raising = next(_raising(program, compiled, activation), None)
            returned = "logits" if logits else "probabilities"
            outcome = (
                f"`{raising.kind}` raises, for class ids are no rows"
                if raising is not None
                else "it stays at 0 however good the model is"
            )
            yield Report(
                metric.site,
                f"`Accuracy()` counts predictions that are exactly equal to their labels, but the model returns {returned}: "
                f'{outcome}. Use the string `"accuracy"`, which picks the metric that fits the labels, or '
                f"`{_fitting(activation, loss)}()`.",
                related=(
                    (f"the model returns {returned}", activation.site or activation.layer.site),
                    *((("raises here", raising.site),) if raising is not None else ()),
                ),
                subjects=frozenset({("metric", id(metric.site.node))}),
                data={"direct": metric.direct, "taken": _has_accuracy(compiled)},
                severity=ERROR if raising is not None else None,
                certain=event.certain,
                guarded=raising is not None and raising.guarded,
            )


def _raising(program: Program, compiled: Compiled, activation: OutputActivation) -> Iterator[Event]:
    """Calls whose labels cannot be held against the predictions; Keras 2 also refuses ids in a column of their own."""
    output = activation.output.spec.shape
    for event, other in program.trainings():
        labels = array_argument(event, "y")
        if other is not compiled or labels is None or not event.certain or program.backend != "tensorflow":
            continue
        if loss_accepts(SPARSE, labels.shape, output, program.major) is not Tri.YES:
            continue
        columns = last_axis(activation.output)
        if program.major == 2:
            raises = isinstance(output, tuple) and len(output) == 2 and columns is not None and columns > 1
        else:
            raises = compared_row_by_row(labels.shape, output, event)
        if raises:
            yield event


def _fitting(activation: OutputActivation, loss: object) -> str:
    """The class that counts what was meant."""
    if last_axis(activation.output) == 1 or activation.name == "sigmoid":
        return "BinaryAccuracy"
    return (
        "SparseCategoricalAccuracy"
        if isinstance(loss, Loss) and loss.name == SPARSE
        else "CategoricalAccuracy"
    )


def _has_accuracy(compiled: Compiled) -> bool:
    """Whether the string is there already: Keras 2 refuses two metrics of one name."""
    value = compiled.get("metrics")
    return not isinstance(value, tuple) or any(
        isinstance(item, str) and item.lower() == "accuracy" for item in value
    )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The string, where the object stands in the ``compile`` and so has no other use."""
    if report.data["direct"] and not report.data["taken"]:
        yield from fix(
            'Use the string "accuracy"', "unsafe", replace(report.site, quoted_like(report.site, "accuracy"))
        )
