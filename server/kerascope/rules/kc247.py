r"""`compile` without a loss

## What it does

Finds models that are trained after a `compile` without a `loss`, where nothing else in the model makes one: no
regularizer, no `add_loss`, no layer or model of the program's own.

## Why it matters

`compile` takes it, for a model may have losses of its own. `fit` then raises: `No loss to compute. Provide a loss
argument in compile()` (Keras 3), `No loss found. You may have forgotten to provide a loss argument` (Keras 2). In
Keras 3 `evaluate` raises as well, in Keras 2 it returns 0.0.

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
model.compile(optimizer="adam", metrics=["accuracy"])
^^^^^^^^^^^^^ KC247
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

A regularizer is a loss too. Keras trains this, if only the weights of one layer towards 0.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.rand(64, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, kernel_regularizer="l2"),
])
model.compile(optimizer="adam")
model.fit(x, y, epochs=1)
```

## Near miss

Who only predicts needs no loss.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(1)])
model.compile(optimizer="adam")
model.predict(np.random.rand(64, 20))
```

## Fix safety

The loss of the fix is the one that goes with the output and the labels, which is a guess at what is meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascope.domain.specs import NestedLayer
from kerascope.findings import Fix
from kerascope.graph.nodes import Compiled, Layer
from kerascope.rules.base import ERROR, Program, Report, Rule, array_argument, compile_subject, fix
from kerascope.rules.fixing import called, likely_loss
from kerascope.syntax.edits import add_argument, quoted_like, replace
from kerascope.syntax.units import Site

RULE = Rule(
    code="KC247",
    name="compile-without-loss",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("C070b",),
    looks_at="events",
)

_COMPUTES = {2: ("fit", "train_on_batch"), 3: ("fit", "train_on_batch", "evaluate", "test_on_batch")}


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes the loss."""
    if program.mentions("add_loss", "compute_loss", "train_step"):
        return
    for event, compiled in program.trainings():
        model = event.graph.model
        if event.kind not in _COMPUTES[program.major] or model.kind == "Model" or model.compile_unseen:
            continue
        if not model.complete or not _has_no_loss(compiled) or not event.graph.output_tensors:
            continue
        if any(may_add_loss(node) for node in event.graph.nodes.values() if isinstance(node, Layer)):
            continue
        labels = array_argument(event, "y")
        name = likely_loss(event.graph, labels, program.major)
        advice = f'`loss="{name}"` goes with this output.' if name is not None else "Add `loss=…`."
        yield Report(
            called(compiled.site),
            f"`compile` is given no loss, and nothing in the model makes one: `{event.kind}` raises. {advice}",
            related=((f"raises here, at `{event.kind}`", event.site),),
            subjects=compile_subject(compiled),
            data={"loss": name, "compile": compiled.site, "written": compiled.sites.get("loss")},
            certain=event.certain,
            guarded=event.guarded,
        )


def _has_no_loss(compiled: Compiled) -> bool:
    return compiled.complete and compiled.get("loss") is None


def may_add_loss(layer: Layer) -> bool:
    """Whether a layer may have a loss of its own: a regularizer, or anything that the catalogue does not know."""
    return (
        layer.spec is None
        or layer.class_name in {"ActivityRegularization", "Lambda"}
        or _has_regularizer(layer.arguments.values)
    )


_HOLDS_LAYERS = frozenset({"layer", "cell", "backward_layer", "cells"})
"""Arguments that are layers; one that is not known may have regularizers."""


def _has_regularizer(arguments: Any) -> bool:
    for name, value in arguments.items():
        if name.endswith("regularizer") and value is not None:
            return True
        if isinstance(value, NestedLayer) and _has_regularizer(value.arguments):
            return True
        if name in _HOLDS_LAYERS and not (value is None or isinstance(value, NestedLayer)):
            return True
    return False


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The loss that goes with the output and the labels."""
    name, call = report.data["loss"], report.data["compile"]
    written: Site | None = report.data["written"]
    if name is None or call.path != program.path:
        return
    loss = quoted_like(call, name)
    if written is None:
        yield from fix(f"Add loss={name}", "unsafe", add_argument(call, f"loss={loss}"))
    elif written.path == call.path and call.span.contains(written.span):
        yield from fix(f"Use {name} as the loss", "unsafe", replace(written, loss))
