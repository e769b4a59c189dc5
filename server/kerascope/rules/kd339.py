r"""Labels given to `predict`

## What it does

Finds `predict(x, y)`: an array in the place of the batch size.

## Why it matters

`predict` takes no labels, and its second argument is `batch_size`: `The truth value of an array with more than one element
is ambiguous`.

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
predictions = model.predict(x, y)
                               ^ KD339
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
predictions = model.predict(x)
```

## Near miss

A number there is the batch size.

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
predictions = model.predict(x, 16)
```
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.domain.shapes import format_shape, product
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Edit, Fix
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import text_of
from kerascope.text.source import Span

RULE = Rule(
    code="KD339",
    name="predict-second-positional",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D030e",),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at the second argument of every ``predict``."""
    for event in program.events("predict"):
        site, value = event.sites.get("batch_size"), event.arguments.get("batch_size")
        if site is None or not isinstance(value, ArraySpec) or not holds_several(value):
            continue
        yield Report(
            site,
            f"The second argument of `predict` is the batch size, but an array is given, {format_shape(value.shape)}: it "
            "raises. `predict` needs no labels; `evaluate` compares with them.",
            subjects=frozenset({("data", id(site.node))}),
            data={"event": event},
            certain=event.certain,
            guarded=event.guarded,
        )


def holds_several(array: ArraySpec) -> bool:
    """Whether an array is known to have more than one element, so that it has no truth."""
    size = product(array.shape) if isinstance(array.shape, tuple) else None
    return isinstance(size, int) and size > 1


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The labels left out."""
    event: Event = report.data["event"]
    node = event.site.node
    if not isinstance(node, cst.Call) or event.site.path != program.path or "#" in text_of(event.site):
        return
    for index, item in enumerate(node.args):
        if index and item.value is report.site.node:
            start = event.site.unit.span(node.args[index - 1].value).stop
            stop = event.site.unit.span(item.value).stop
            yield from fix("Leave the labels out", "safe", Edit(Span(start, stop), ""))
