r"""`lr` of an optimizer

## What it does

Finds `lr=` in the constructors of optimizers, which was the name of `learning_rate`.

## Why it matters

Keras 3 raises: `Argument(s) not recognized: {'lr': 0.001}`. Keras 2 took it for the learning rate up to 2.10; from 2.11
on it takes it and trains with the default all the same: measured, `Adam(lr=0.5)` learns at a rate of 0.001.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(lr=0.01), loss="mse")
                                              ^^^^^^^ KL432
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

The first argument needs no name.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)
lr = 0.01

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(lr), loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

In Keras 3 the new name is safe, for Keras would have raised. In Keras 2 the program then learns at the rate that it
names and did not have before, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import libcst as cst

from kerascope.findings import Fix
from kerascope.graph.nodes import Made
from kerascope.rules.base import ERROR, WARNING, Program, Report, Rule, fix
from kerascope.syntax.conditions import chosen_by_release
from kerascope.syntax.edits import argument, remove_argument, replace
from kerascope.syntax.units import Site

RULE = Rule(
    code="KL432",
    name="optimizer-lr-argument",
    severity={2: WARNING, 3: ERROR},
    fixable="sometimes",
    evidence=("C031d", "F002"),
    looks_at="made",
)

OPTIMIZERS = frozenset(
    f"{module}.{name}"
    for module in ("keras.optimizers", "tf.optimizers")
    for name in (
        "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lion", "Nadam", "RMSprop", "SGD",
    )
)  # fmt: skip
"""Optimizers of both major versions; the ``legacy`` ones of Keras 2 know ``lr``."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every optimizer that is made."""
    for made in program.interpretation.made:
        if made.symbol not in OPTIMIZERS or "lr" not in made.arguments:
            continue
        if made.site.path == program.path and chosen_by_release(made.site):
            continue
        name = made.symbol.rpartition(".")[2]
        happens = (
            "Keras raises"
            if program.major == 3
            else "from Keras 2.11 on it is taken and ignored, and the rate is the default"
        )
        yield Report(
            argument(made.site, "lr") or made.sites.get("lr", made.site),
            f"`{name}` calls it `learning_rate`; `lr` is its old name: {happens}.",
            subjects=frozenset({("optimizer", id(made.site.node))}),
            data={"made": made},
            certain=made.certain,
            guarded=made.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The new name, or one name where both are given."""
    made: Made = report.data["made"]
    written = argument(made.site, "lr")
    safety: Literal["safe", "unsafe"] = "safe" if program.major == 3 else "unsafe"
    if written is None or not isinstance(written.node, cst.Arg) or written.node.keyword is None:
        return
    if "learning_rate" in made.arguments or "0" in made.arguments:
        yield from fix("Remove lr", "safe", remove_argument(made.site, "lr"))
    elif "**" not in made.arguments:
        name = Site(written.unit, written.node.keyword)
        yield from fix("Write learning_rate", safety, replace(name, "learning_rate"))
