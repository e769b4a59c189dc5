r"""A number of epochs that is no whole number

## What it does

Finds `epochs` given as a float, as a quotient with `/` is.

## Why it matters

Keras counts epochs with `range`: `'float' object cannot be interpreted as an integer`. A quotient is a float, also where
it comes out even.

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
model.fit(x, y, epochs=10 / 5)
                       ^^^^^^ KD329
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
model.fit(x, y, epochs=10 // 5)
```

## Near miss

`int` makes a whole number of it.

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
model.fit(x, y, epochs=int(6.5))
```
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Fix
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KD329",
    name="epochs-value",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D010z4",),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that says how often or how much at once."""
    for event in program.events("fit"):
        site, value = event.sites.get("epochs"), event.arguments.get("epochs")
        if site is None or not isinstance(value, float):
            continue
        yield Report(
            site,
            f"`epochs` is a whole number, but {value:g} is a float: `{event.kind}` raises. Divide with `//`, or take "
            "`int(…)`.",
            subjects=frozenset({("epochs", id(site.node))}),
            data={"value": value},
            certain=event.certain,
            guarded=event.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The quotient that is whole; ``int`` of anything else."""
    node, text = report.site.node, text_of(report.site)
    if report.site.path != program.path:
        return
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Divide):
        left, right = (text_of(Site(report.site.unit, side)) for side in (node.left, node.right))
        yield from fix("Divide to a whole number", "safe", replace(report.site, f"{left} // {right}"))
    else:
        yield from fix("Make it a whole number", "safe", replace(report.site, f"int({text})"))
