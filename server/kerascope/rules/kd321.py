r"""Class weights where Keras takes none

## What it does

Finds `class_weight` beside a Python generator, and for a model with several outputs.

## Why it matters

Keras 3 gives weights to the classes of arrays, of `tf.data` and of a `PyDataset`, with one output. Elsewhere it raises:
`Argument class_weight is not supported for Python generator inputs`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.randint(0, 2, 64)

def batches():
    for start in range(0, 64, 16):
        yield x[start:start + 16], y[start:start + 16]

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(batches(), class_weight={0: 1.0, 1: 3.0}, epochs=1)
                                  ^^^^^^^^^^^^^^^^ KD321
```

## Use instead

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
model.fit(x, y, class_weight={0: 1.0, 1: 3.0}, epochs=1)
```

## Near miss

A `tf.data.Dataset` goes with class weights.

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
model.fit(data, class_weight={0: 1.0, 1: 3.0}, epochs=1)
```

## Fix safety

Without weights the rare class counts as little as it did before anybody thought of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import remove_argument

RULE = Rule(
    code="KD321",
    name="class-weight-unsupported",
    severity={3: ERROR},
    fixable="sometimes",
    evidence=("D010o",),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``fit`` with class weights."""
    for event in program.events("fit"):
        site, weights = event.sites.get("class_weight"), event.arguments.get("class_weight")
        data = event.dataset
        if site is None or not isinstance(weights, dict) or not weights or data is None or program.major != 3:
            continue
        if not data.kind.startswith("generator"):
            continue
        yield Report(
            site,
            f"`class_weight` does not go with a Python generator, {data.source or 'such as this one'}: `fit` raises. Yield "
            "a weight for each sample as a third part, or give the data as arrays.",
            related=(("the generator", event.sites["x"]),) if event.sites["x"].path == program.path else (),
            subjects=frozenset({("class_weight", id(event.site.node))}),
            data={"event": event},
            certain=event.certain,
            guarded=event.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """No class weights."""
    event: Event = report.data["event"]
    if event.site.path == program.path:
        yield from fix("Train without class weights", "unsafe", remove_argument(event.site, "class_weight"))
