r"""A metric name that Keras does not know

## What it does

Finds strings among `compile`'s `metrics` and `weighted_metrics` that Keras cannot turn into a metric.

## Why it matters

`compile` takes any string. The error comes at the first `fit` or `evaluate`, after the data was loaded:
`Could not interpret metric identifier: acuracy` (Keras 3), or `'str' object is not callable` (Keras 2). It is an error
where the file itself trains or evaluates the model, and a warning where it only compiles it.

The two Keras versions know different names: 3 takes `"auc"`, `"precision"`, `"recall"` and `"f1_score"`, 2 takes only the
names of the classes, `"AUC"` and `"Precision"`.

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
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["acuracy"])
                                                                                 ^^^^^^^^^ KC225
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
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

`"acc"` is `"accuracy"`, and names of classes are names too.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, (64, 1))

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["acc", "AUC", "Precision", "mse"])
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kerascope.domain.shapes import rank
from kerascope.findings import Fix
from kerascope.graph.metrics import (
    NEEDS_ARGUMENTS,
    NEEDS_COLUMNS,
    UnknownMetric,
    closest_metric,
    metric_class,
    resolve_metric,
    written_metrics,
)
from kerascope.graph.nodes import Compiled, Event, Tensor
from kerascope.rules.base import ERROR, WARNING, Program, Report, Rule, array_argument, fix
from kerascope.syntax.edits import is_string, quoted_like, replace

RULE = Rule(
    code="KC225",
    name="unknown-metric-name",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("C050p", "C050v", "F020"),
    looks_at="events",
)

_REGISTERS = ("custom_object", "register_keras_serializable")
"""Words by which a program makes metric names of its own; Keras 2 finds them."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``; what computes the metrics afterwards makes it an error."""
    if program.mentions(*_REGISTERS):
        return
    trained = {id(compiled): event for event, compiled in program.trainings() if event.certain}
    for event in program.events("compile"):
        compiled = event.graph.model.compiled
        if compiled is None or event.graph.model.kind == "Model":
            continue  # what a model's own `train_step` does with its metrics is not known
        training = trained.get(id(compiled))
        for metric in written_metrics(compiled, program.interpretation.made):
            unknown = resolve_metric(metric.value, program.major)
            if not isinstance(unknown, UnknownMetric):
                continue
            suggestion = closest_metric(unknown.identifier, program.major)
            raises = training is not None and _is_used(event, compiled, metric.argument)
            where = (
                f"`{training.kind}` raises"
                if raises and training is not None
                else "the first `fit` will raise"
            )
            yield Report(
                metric.site,
                f'Keras knows no metric named "{unknown.identifier}": `compile` takes it, {where}.'
                f"{_hint(suggestion)}",
                related=(
                    ((f"raises here, at `{training.kind}`", training.site),)
                    if raises and training is not None
                    else ()
                ),
                subjects=frozenset({("metric", id(metric.site.node))}),
                data={"suggestion": suggestion if _fits(suggestion, program, compiled) else None},
                severity=None if raises else WARNING,
                certain=event.certain,
                guarded=training is not None and training.guarded,
            )


def _is_used(event: Event, compiled: Compiled, argument: str) -> bool:
    """Whether Keras looks at every one of these metrics: a dictionary may have keys that no output has."""
    value = compiled.get(argument)
    if not isinstance(value, Mapping):
        return True
    makers = [event.graph.layer(leaf) for leaf in event.graph.output_tensors if isinstance(leaf, Tensor)]
    return set(value) <= {maker.name for maker in makers if maker is not None and isinstance(maker.name, str)}


def _hint(suggestion: str | None) -> str:
    if suggestion is None:
        return ""
    name = metric_class(suggestion)
    if name in NEEDS_COLUMNS or name in NEEDS_ARGUMENTS:
        return f" Use `keras.metrics.{name}(…)`."
    return f' Did you mean "{suggestion}"?'


def _fits(suggestion: str | None, program: Program, compiled: Compiled) -> bool:
    """Whether the suggested name can just be put there: an F-score needs labels with columns, an IoU arguments."""
    name = metric_class(suggestion) if suggestion is not None else None
    if suggestion is None or name in NEEDS_ARGUMENTS:
        return False
    if name not in NEEDS_COLUMNS:
        return True
    labels = [array_argument(event, "y") for event, other in program.trainings() if other is compiled]
    return (
        program.major == 3
        and bool(labels)
        and all(item is not None and rank(item.shape) == 2 for item in labels)
    )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The nearest name."""
    suggestion = report.data["suggestion"]
    if suggestion and is_string(report.site):
        yield from fix(
            f'Use "{suggestion}"', "safe", replace(report.site, quoted_like(report.site, suggestion))
        )
