r"""An output that cannot reach the targets

## What it does

Finds models trained with `mse`, `mae` or their kin whose last activation has a range that the targets are known to leave:
`sigmoid` (0 to 1), `tanh` (-1 to 1), `softmax` over one unit (always 1), and `relu` (0 and up) with negative targets.

## Why it matters

Keras says nothing, and the model ends at the edge of what it can return. With targets of 20 ± 6, `sigmoid`, `tanh` and
`softmax` over one unit predict 1.00 for every sample: an error of 19.8 instead of 0.28 without an activation. `relu` on
targets of either sign has 4.55; on targets that are never negative it is as good as none, 0.25.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.uniform(10, 30, (64, 1))

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
                               ^^^^^^^^^ KC217
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.uniform(10, 30, (64, 1))

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

Targets within the range of the activation, as an autoencoder has them:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(8, activation="relu"),
    layers.Dense(20, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, x, epochs=1)
```

## Near miss

`relu` for targets that are never negative:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.uniform(10, 30, (64, 1))

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="relu"),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what the model computes, and the targets may be scaled instead, so it is never applied without being asked
for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import libcst as cst

from kerascope.domain.shapes import Tri, format_shape
from kerascope.domain.specs import ArraySpec, ValueFacts
from kerascope.findings import Edit, Fix
from kerascope.graph.losses import Loss, resolve_loss
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
)
from kerascope.syntax.edits import argument, quoted_like, remove_argument, replace

RULE = Rule(
    code="KC217",
    name="bounded-activation-on-regression",
    severity={2: WARNING, 3: WARNING},
    supersedes=("KC203",),
    fixable="sometimes",
    evidence=("C020b", "C020c", "C020d", "C020e", "C020f"),
    looks_at="events",
)

_LOSSES = frozenset(
    {
        "mean_squared_error",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_logarithmic_error",
        "huber",
        "log_cosh",
    }
)
"""Losses that measure how far a number is from its target."""

_RANGES = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softmax": (0.0, 1.0), "relu": (0.0, math.inf)}

_BEYOND = 0.5
"""How far single targets must lie beyond the range: a little is noise, or a test set scaled by the training set."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes the loss on targets of which bounds are known."""
    for event, compiled in program.trainings():
        targets = array_argument(event, "y")
        activation = output_activation(event.graph)
        loss = resolve_loss(compiled.get("loss"), program.major)
        if targets is None or activation is None or activation.name not in _RANGES:
            continue
        if not isinstance(loss, Loss) or loss.name not in _LOSSES or event.graph.model.compile_unseen:
            continue
        if activation.name == "softmax" and last_axis(activation.output) != 1:
            continue  # several units and `softmax` are a classifier: another matter
        if activation.layer.class_name == "ReLU" and activation.layer.arguments.get("negative_slope"):
            continue
        beyond = _beyond(targets.facts, *_RANGES[activation.name])
        if beyond is None:
            continue
        yield Report(
            activation.site or activation.layer.site,
            f"`{activation.name}` {_returns(activation.name)}, but the targets go {beyond}: the model cannot reach them, and "
            f"`{loss.name}` pushes it to the edge of its range without a word. Remove the activation, or scale the targets.",
            related=(
                (f"the targets: {_described(targets)}", event.sites.get("y", event.site)),
                (f"the loss is `{loss.name}`", compiled.sites.get("loss", compiled.site)),
            ),
            subjects=layer_subjects(activation.layer) | compile_subject(compiled),
            data={"activation": activation},
            certain=event.certain,
        )


def _returns(name: str) -> str:
    return {
        "sigmoid": "returns numbers between 0 and 1",
        "tanh": "returns numbers between -1 and 1",
        "softmax": "over one unit returns 1 and nothing else",
        "relu": "returns no negative numbers",
    }[name]


def _beyond(facts: ValueFacts, low: float, high: float) -> str | None:
    """How far some targets are certain to lie outside of the range; ``None`` where that is not known."""
    lo, hi = facts.lo, facts.hi
    occur = facts.attained is Tri.YES
    if lo is not None and (lo > high or (hi is not None and hi < low)):
        return f"from {lo:g}" + (f" to {hi:g}" if hi is not None and hi < math.inf else "")
    if not occur or lo is None or hi is None:
        return None
    # With `relu` a few targets just below 0 hardly matter beside large ones.
    room = _BEYOND if high < math.inf else max(_BEYOND, 0.1 * hi)
    return f"from {lo:g} to {hi:g}" if hi > high + _BEYOND or lo < low - room else None


def _described(targets: ArraySpec) -> str:
    shape = format_shape(targets.shape)
    return f"{shape} from {targets.source}" if targets.source else shape


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A last layer without an activation."""
    edit = _without(report.data["activation"])
    yield from fix("Remove the activation", "unsafe", edit)


def _without(activation: OutputActivation) -> Edit | None:
    site, layer = activation.site, activation.layer
    if site is None or layer.class_name in {"ReLU", "Softmax"} or site.path != layer.site.path:
        return None
    if layer.class_name == "Activation":
        return replace(site, quoted_like(site, "linear"))
    if argument(layer.site, "activation") is not None:
        return remove_argument(layer.site, "activation")
    inside = layer.site.span.contains(site.span)
    return replace(site, "None") if inside and isinstance(site.node, cst.BaseExpression) else None
