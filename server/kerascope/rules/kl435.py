r"""An optimizer of `keras.optimizers.legacy`

## What it does

Finds optimizers that are made from `keras.optimizers.legacy`.

## Why it matters

Keras 3 has the names and refuses to make the objects: ``ImportError: `keras.optimizers.legacy` is not supported in
Keras 3``. In Keras 2 from 2.11 on they are the optimizers of earlier releases, and work.

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
model.compile(optimizer=keras.optimizers.legacy.Adam(learning_rate=0.01), loss="mse")
                        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KL435
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

A rate that falls with every step is a schedule of its own, in both Kerases.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

rate = keras.optimizers.schedules.InverseTimeDecay(0.01, decay_steps=1, decay_rate=0.001)
model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Fix
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.conditions import chosen_by_release
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KL435",
    name="legacy-optimizers",
    severity={3: ERROR},
    fixable="sometimes",
    evidence=("C031k", "A054"),
    looks_at="made",
)

_LEGACY = ("keras.optimizers.legacy.", "tf.optimizers.legacy.")
_ARGUMENTS_THAT_CHANGED = frozenset({"lr", "decay", "**"})
"""With one of these the optimizer of today does not do the same, or refuses."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every optimizer that is made."""
    for made in program.interpretation.made:
        if not made.symbol.startswith(_LEGACY):
            continue
        if made.site.path == program.path and chosen_by_release(made.site):
            continue
        name = made.symbol.rpartition(".")[2]
        node = made.site.node
        yield Report(
            Site(made.site.unit, node.func) if isinstance(node, cst.Call) else made.site,
            f"Keras 3 has no `legacy` optimizers any more and raises where one is made. Use `keras.optimizers.{name}`.",
            subjects=frozenset({("optimizer", id(node))}),
            data={"made": made},
            certain=made.certain,
            guarded=made.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The optimizer of the same name, where its arguments mean the same."""
    written = text_of(report.site)
    if ".legacy." in written and not _ARGUMENTS_THAT_CHANGED & report.data["made"].arguments.keys():
        yield from fix(
            "Leave `legacy` out", "safe", replace(report.site, written.replace(".legacy.", ".", 1))
        )
