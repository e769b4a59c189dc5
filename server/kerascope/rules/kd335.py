r"""The largest of one number

## What it does

Finds `np.argmax` along the last axis of predictions that have one column.

## Why it matters

The largest of one number is always the first, so that every sample is of class 0.

## Example

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
classes = np.argmax(model.predict(x), axis=1)
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KD335
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
model.fit(x, y, epochs=1)
classes = (model.predict(x) > 0.5).astype("int32")
```

## Near miss

Of two columns one is the larger.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(2, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
classes = np.argmax(model.predict(x), axis=1)
```

## Fix safety

Where the one unit is no probability, 0.5 is not the threshold.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.nodes import Made
from kerascope.rules.base import WARNING, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of

RULE = Rule(
    code="KD335",
    name="argmax-on-single-unit",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("D042", "P017"),
    looks_at="made",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``np.argmax`` of what a model predicted."""
    for made in program.interpretation.made:
        if made.symbol != "numpy.argmax":
            continue
        values, axis = made.arguments.get("0"), made.arguments.get("axis", made.arguments.get("1"))
        if not isinstance(values, ArraySpec) or values.source != "model.predict" or axis not in (-1, 1):
            continue
        shape = values.shape
        if not isinstance(shape, tuple) or len(shape) != 2 or shape[1] != 1:
            continue
        yield Report(
            made.site,
            f"The predictions, {format_shape(shape)} from `predict`, have one column, and the largest of one number is "
            "always number 0: every sample gets class 0. Compare with 0.5.",
            subjects=frozenset({("argmax", id(made.site.node))}),
            data={"made": made},
            certain=made.certain,
            guarded=made.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """One half as the threshold."""
    made: Made = report.data["made"]
    given = made.sites.get("0")
    if given is not None and report.site.path == program.path and given.path == program.path:
        written = f'({text_of(given)} > 0.5).astype("int32")[:, 0]'
        yield from fix("Compare with 0.5", "unsafe", replace(report.site, written))
