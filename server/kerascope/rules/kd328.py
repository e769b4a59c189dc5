r"""A batch size that is no whole number

## What it does

Finds `batch_size` given as a float, as a quotient with `/` is. Numbers below zero are found as well.

## Why it matters

Batches are cut from arrays: `Expected int32 passed to parameter 'size' of op 'Slice'`. A quotient is a float, also where
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
model.fit(x, y, batch_size=len(x) / 4)
                           ^^^^^^^^^^ KD328
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
model.fit(x, y, batch_size=len(x) // 4)
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
model.fit(x, y, batch_size=int(6.5))
```
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KD328",
    name="batch-size-value",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D010z", "D010z2"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that says how often or how much at once."""
    for event in program.events("fit", "evaluate", "predict"):
        site, value = event.sites.get("batch_size"), event.arguments.get("batch_size")
        if site is None or not isinstance(value, float) or event.dataset is not None or not _on_arrays(event):
            continue
        yield Report(
            site,
            f"`batch_size` is a whole number, but {value:g} is a float: `{event.kind}` raises. Divide with `//`, or take "
            "`int(…)`.",
            subjects=frozenset({("batch_size", id(site.node))}),
            data={"value": value},
            certain=event.certain,
            guarded=event.guarded,
        )


def _on_arrays(event: Event) -> bool:
    """Whether the data is known to be an array, which is cut into batches."""
    return isinstance(event.arguments.get("x"), ArraySpec)


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
