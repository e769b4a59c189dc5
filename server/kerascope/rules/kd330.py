r"""One-hot rows made of one-hot rows

## What it does

Finds `to_categorical` of labels that are one-hot rows already.

## Why it matters

Each number of a row is taken for a class, so that rows of ten become ten rows of two: the labels get an axis too many.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(60, 20)
y = keras.utils.to_categorical(np.tile(np.arange(3), 20), 3)
y = keras.utils.to_categorical(y)
                               ^ KD330

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(60, 20)
y = keras.utils.to_categorical(np.tile(np.arange(3), 20), 3)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

A column of class ids is taken as a row of them.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(60, 20)
y = keras.utils.to_categorical(np.tile(np.arange(3), 20).reshape(-1, 1), 3)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Fix safety

Labels with an axis more are other labels, if hardly ever those that were meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri, format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.nodes import Made
from kerascope.rules.base import WARNING, Program, Report, Rule, fix, source_of
from kerascope.syntax.edits import replace, text_of

RULE = Rule(
    code="KD330",
    name="to-categorical-off-by-one",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("D030g3",),
    looks_at="made",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call of ``to_categorical``."""
    for made in program.interpretation.made:
        if made.symbol != "keras.utils.to_categorical":
            continue
        name = next((key for key in ("0", "x", "y") if key in made.arguments), "0")
        labels = made.arguments.get(name)
        if not isinstance(labels, ArraySpec) or labels.facts.one_hot is not Tri.YES:
            continue
        shape = labels.shape
        if not isinstance(shape, tuple) or len(shape) < 2 or not isinstance(shape[-1], int) or shape[-1] < 2:
            continue
        yield Report(
            made.sites.get(name, made.site),
            f"The labels, {source_of(format_shape(shape), labels)}, are one-hot rows already: `to_categorical` makes rows "
            "of each of their numbers, and an axis too many. Leave it out.",
            subjects=frozenset({("labels", id(made.site.node))}),
            data={"made": made, "name": name},
            certain=made.certain,
            guarded=made.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The rows as they are."""
    made: Made = report.data["made"]
    given = made.sites.get(report.data["name"])
    if given is not None and made.site.path == given.path == program.path:
        yield from fix("Leave to_categorical out", "unsafe", replace(made.site, text_of(given)))
