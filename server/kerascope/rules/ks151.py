r"""A single sample given to `predict`

## What it does

Finds `predict` with one sample, such as `model.predict(x[0])`.

## Why it matters

A model takes a batch, also if it is a batch of one: `(1, 28, 28, 1)` and not `(28, 28, 1)`. Keras takes the first axis
of the sample for the batch and raises, or, if the last axis is 1, adds an axis behind it: then a model that minds no
image size returns 28 predictions for one image.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 4)
y = np.random.rand(64, 1)

model = keras.Sequential([
    keras.Input(shape=(4,)),
    layers.Dense(8, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
model.predict(x[0])
              ^^^^ KS151
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 4)
y = np.random.rand(64, 1)

model = keras.Sequential([
    keras.Input(shape=(4,)),
    layers.Dense(8, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
model.predict(x[:1])
```

## Near miss

For an input of one number, each number is a sample.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 1)
y = 2 * x - 1

model = keras.Sequential([
    keras.Input(shape=(1,)),
    layers.Dense(1),
])
model.compile(optimizer="sgd", loss="mse")
model.fit(x, y, epochs=1)
model.predict(np.array([0.5]))
```

## Fix safety

Where `predict` runs nevertheless the fix changes what it returns, so it is only offered there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from kerascope.domain.shapes import format_shape
from kerascope.findings import Fix
from kerascope.graph.inputs import Fed, fed_arrays, indexed, refused
from kerascope.rules.base import ERROR, WARNING, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS151",
    name="predict-without-batch-axis",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KS148", "KS149", "KS150"),
    fixable="always",
    evidence=("S007", "S007b", "S007c"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``predict`` of a model with one known input."""
    for event in program.events("predict"):
        fed = fed_arrays(event)
        if len(fed) != 1 or not event.graph.model.complete or not _is_sample(fed[0]):
            continue
        raises = refused(fed, program.major) is not None
        sample = format_shape(fed[0].data)
        batch = format_shape((1, *fed[0].data))
        effect = "raises" if raises else f"takes it for {fed[0].data[0]} samples"
        yield Report(
            fed[0].site,
            f"This is one sample, {sample}, and the model takes batches, {format_shape(fed[0].expected)}: `predict` "
            f"{effect}. Make it a batch of one, {batch}.",
            subjects=frozenset({("data", id(fed[0].site.node))}),
            data={"raises": raises},
            severity=None if raises else WARNING,
            certain=event.certain,
            guarded=event.guarded,
        )


def _is_sample(fed: Fed) -> bool:
    """Whether the data is just what one sample is, and not a batch of numbers for an input of one."""
    sides = fed.expected[1:]
    if len(fed.data) != len(sides) or sides == (1,):
        return False
    pairs = list(zip(fed.data, sides, strict=True))
    if not all(isinstance(got, int) and (want is None or got == want) for got, want in pairs):
        return False
    return all(isinstance(side, int) for side in sides) or sides[-1] not in {None, 1}


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A batch of one: a slice where a number picks the sample, a new axis otherwise."""
    if report.site.path == program.path:
        text = _slice(report.site) or indexed(report.site, "None")
        edit = replace(report.site, text)
        yield from fix("Make it a batch of one", "safe" if report.data["raises"] else "unsafe", edit)


def _slice(site: Site) -> str | None:
    """``x[3:4]`` for ``x[3]``; ``None`` for what is no such index."""
    node: Any = site.node
    if not isinstance(node, cst.Subscript) or len(node.slice) != 1:
        return None
    index = node.slice[0].slice
    if not isinstance(index, cst.Index) or not isinstance(index.value, cst.Integer):
        return None
    first = index.value.evaluated_value
    return f"{text_of(Site(site.unit, node.value))}[{first}:{first + 1}]"
