r"""Labels beside a dataset that brings its own

## What it does

Finds `y=` in `fit` and `evaluate` where `x` is a `tf.data.Dataset`, a generator or a `PyDataset`.

## Why it matters

What comes step by step brings its labels along. Keras raises: `When providing x as a tf.data.Dataset, y should not be
passed`.

## Example

```python
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.randint(0, 2, 64)
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(data, y, epochs=1)
                ^ KD313
```

## Use instead

```python
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.randint(0, 2, 64)
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(data, epochs=1)
```

## Near miss

Arrays are given one beside the other.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Edit, Fix
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import remove_argument, text_of
from kerascope.syntax.units import Site
from kerascope.text.source import Span

RULE = Rule(
    code="KD313",
    name="y-with-dataset",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D010",),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call whose data comes step by step."""
    for event in program.events("fit", "evaluate"):
        data, site = event.dataset, event.sites.get("y")
        if data is None or site is None or event.arguments.get("y") is None:
            continue
        source = f" from {data.source}" if data.source else ""
        yield Report(
            site,
            f"The data, a {data.kind}{source}, comes step by step and brings its own labels: with `y` beside it "
            f"`{event.kind}` raises. Leave `y` out, and let each step be a pair `(x, y)`.",
            related=(("the data", event.sites["x"]),) if event.sites["x"].path == program.path else (),
            subjects=frozenset({("data", id(site.node))}),
            data={"event": event},
            certain=event.certain,
            guarded=event.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """No labels, where each step brings them."""
    event: Event = report.data["event"]
    data = event.dataset
    if data is None or not isinstance(data.element, tuple) or len(data.element) < 2:
        return
    if event.site.path == program.path:
        edit = remove_argument(event.site, "y") or _removed(event.site, report.site)
        yield from fix("Leave y out", "safe", edit)


def _removed(call: Site, given: Site) -> Edit | None:
    """The second argument taken out, with the comma before it."""
    node = call.node
    if not isinstance(node, cst.Call) or len(node.args) < 2 or node.args[1].value is not given.node:
        return None
    start, stop = call.unit.span(node.args[0].value).stop, call.unit.span(node.args[1].value).stop
    return Edit(Span(start, stop), "") if "#" not in text_of(call) else None
