r"""More steps than a dataset has

## What it does

Finds `steps_per_epoch` that is larger than the number of steps of a `tf.data.Dataset` whose length is known.

## Why it matters

An epoch ends where the data ends, with a warning: `Your input ran out of data`. Keras 2 ends the training there.

## Example

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
model.fit(data, steps_per_epoch=10, epochs=1)
                                ^^ KD318
```

## Use instead

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

## Near miss

A dataset that repeats never runs out.

```python
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(16).repeat()

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(data, steps_per_epoch=10, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.nodes import Event
from kerascope.rules.base import WARNING, Program, Report, Rule, fix
from kerascope.syntax.edits import remove_argument

RULE = Rule(
    code="KD318",
    name="steps-per-epoch-too-large",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("D010h", "D010h2", "D010i2", "D010m"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``fit`` on a dataset of known length that says how many steps an epoch has."""
    for event in program.events("fit"):
        data, site, asked = (
            event.dataset,
            event.sites.get("steps_per_epoch"),
            event.arguments.get("steps_per_epoch"),
        )
        if data is None or site is None or type(asked) is not int or data.kind != "tf.data.Dataset":
            continue
        if not isinstance(data.steps, int) or data.steps >= asked:
            continue
        source = f" from {data.source}" if data.source else ""
        yield Report(
            site,
            f"An epoch is to have {asked} steps, but the dataset{source} ends after {data.steps}: the epoch is cut short, "
            "with a warning. Leave `steps_per_epoch` out, or let the dataset `repeat()`.",
            related=(("the dataset", event.sites["x"]),) if event.sites["x"].path == program.path else (),
            subjects=frozenset({("steps", id(event.site.node))}),
            data={"event": event},
            certain=event.certain,
            guarded=event.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """As many steps as there are."""
    event: Event = report.data["event"]
    if event.site.path == program.path:
        yield from fix("Leave steps_per_epoch out", "safe", remove_argument(event.site, "steps_per_epoch"))
