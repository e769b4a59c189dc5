r"""No labels for a loss

## What it does

Finds `fit` and `evaluate` without labels on a model whose loss needs some: no `y`, or a dataset whose steps hold inputs
alone.

## Why it matters

Keras computes the loss of what is not there, and says no more than `None values not supported.`

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, epochs=1)
          ^ KD319
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

A dataset brings its labels.

```python
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(data, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.losses import Loss, resolve_loss
from kerascope.graph.nodes import Event, Layer
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of

RULE = Rule(
    code="KD319",
    name="missing-targets",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D030", "D030b", "D030c", "D030d", "D010j"),
    looks_at="events",
)


_KINDS = ("fit", "train_on_batch")
_NAMES = ("y", "labels", "targets", "target", "y_train")


def check(program: Program) -> Iterator[Report]:
    """Looks at every training of a model that Keras itself trains."""
    for event, compiled in program.trainings():
        if event.kind not in _KINDS and program.major == 2:
            continue  # Keras 2 evaluates to zero, without a word
        if event.arguments.get("y") is not None or not event.complete or not _plain(event):
            continue
        x = event.arguments.get("x")
        if not _known(x) or not isinstance(resolve_loss(compiled.get("loss"), program.major), Loss):
            continue
        if any(True for _ in _adds_loss(event)):
            continue
        site = event.sites.get("x", event.site)
        what = (
            "each step of the data holds inputs alone" if event.dataset is not None else "no labels are given"
        )
        source = next((f" The inputs are from {a.source}." for a in _arrays(x) if a.source), "")
        loss = compiled.sites.get("loss", compiled.site)
        yield Report(
            site,
            f"The loss needs labels, but {what}: `{event.kind}` raises.{source}",
            related=(("the loss", loss),) if loss.path == program.path else (),
            subjects=frozenset({("data", id(site.node))}),
            data={"event": event},
            certain=event.certain,
            guarded=event.guarded,
        )


def _plain(event: Event) -> bool:
    """Whether the model is one of Keras's own classes, whose training needs labels."""
    model = event.graph.model
    return model.kind != "Model" and model.complete and not model.compile_unseen and model.instance is None


def _arrays(value: Any) -> Iterator[ArraySpec]:
    if isinstance(value, ArraySpec):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _arrays(part)


def _known(value: Any) -> bool:
    if isinstance(value, tuple):
        return bool(value) and all(_known(part) for part in value)
    return isinstance(value, ArraySpec)


def _adds_loss(event: Event) -> Iterator[Layer]:
    """Layers of the program's own, which may add losses that need no labels, and those that are not known."""
    for node in event.graph.nodes.values():
        if isinstance(node, Layer) and node.spec is None and not node.is_operation:
            yield node


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The labels of the name that goes with that of the inputs, where there are as many."""
    event: Event = report.data["event"]
    x = event.arguments.get("x")
    name = text_of(report.site)
    if event.dataset is not None or not isinstance(x, ArraySpec) or not isinstance(x.shape, tuple):
        return
    wanted = {name.replace("x", "y", 1), name.replace("X", "y", 1), name.replace("X", "Y", 1)} - {name}
    for site, data in program.interpretation.trace.arrays.values():
        found = text_of(site)
        if found not in wanted or not isinstance(data, ArraySpec) or not isinstance(data.shape, tuple):
            continue
        if data.shape[:1] == x.shape[:1] and isinstance(x.shape[0], int):
            yield from fix(f"Give {found}", "safe", replace(report.site, f"{name}, {found}"))
            return
