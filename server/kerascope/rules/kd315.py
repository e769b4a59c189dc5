r"""A part of a dataset to validate on

## What it does

Finds `validation_split` where `x` is a `tf.data.Dataset`, a generator or a `PyDataset`.

## Why it matters

Keras splits arrays, whose samples it can count. Of anything else it says: `Argument validation_split is only supported
for tensors or NumPy arrays`.

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
model.fit(data, validation_split=0.2, epochs=1)
                                 ^^^ KD315
```

## Use instead

```python
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)
held, rest = data.take(1), data.skip(1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(rest, validation_data=held, epochs=1)
```

## Near miss

Arrays can be split.

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
model.fit(x, y, validation_split=0.2, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import UNKNOWN
from kerascope.findings import Fix
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import remove_argument

RULE = Rule(
    code="KD315",
    name="validation-split-needs-arrays",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D010c", "D010d"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``fit`` on data that comes step by step."""
    for event in program.events("fit"):
        data, site = event.dataset, event.sites.get("validation_split")
        split = event.arguments.get("validation_split")
        held = event.arguments.get("validation_data") if event.complete else UNKNOWN
        if (
            data is None
            or site is None
            or not isinstance(split, (int, float))
            or not split
            or held is not None
        ):
            continue
        source = f" from {data.source}" if data.source else ""
        yield Report(
            site,
            f"`validation_split` splits arrays, but the data is a {data.kind}{source}: `fit` raises. Set some steps "
            "apart with `take` and `skip`, and give them as `validation_data`.",
            related=(("the data", event.sites["x"]),) if event.sites["x"].path == program.path else (),
            subjects=frozenset({("validation", id(event.site.node))}),
            data={"event": event},
            certain=event.certain,
            guarded=event.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """No split; what would have been validated on is trained on then."""
    event: Event = report.data["event"]
    if event.site.path == program.path:
        yield from fix("Train without validating", "safe", remove_argument(event.site, "validation_split"))
