r"""`decay` of an optimizer

## What it does

Finds `decay=` in the constructors of optimizers, which made the learning rate smaller with every step.

## Why it matters

Keras 3 ignores it: ``Argument `decay` is no longer supported and will be ignored``, says a warning, and the learning
rate stays what it is. (Up to Keras 2.10 it worked, and from 2.11 on Keras 2 raises, so that a program which is
prepared for that runs into nothing now.)

## Example

A program that was made ready for Keras 2.11:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

try:
    optimizer = keras.optimizers.SGD(learning_rate=0.1, decay=1e-3)
                                                        ^^^^^^^^^^ KL433
except ValueError:
    schedule = keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 1e-3)
    optimizer = keras.optimizers.SGD(learning_rate=schedule)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer=optimizer, loss="mse")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

schedule = keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 1e-3)
optimizer = keras.optimizers.SGD(learning_rate=schedule)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer=optimizer, loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

`weight_decay` is something else: it makes the weights smaller, and Keras knows it.

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
model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1, weight_decay=1e-3), loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

A schedule makes the learning rate smaller again, as it was meant, and so changes what is trained. To leave the argument
out changes nothing, but then nothing tells of the mistake any more. Neither is done without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Fix
from kerascope.graph.nodes import Made
from kerascope.rules.base import WARNING, Program, Report, Rule, fix
from kerascope.syntax.conditions import chosen_by_release
from kerascope.syntax.edits import argument, remove_argument, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KL433",
    name="optimizer-decay-argument",
    severity={3: WARNING},
    fixable="sometimes",
    evidence=("C031e",),
    looks_at="made",
)

OPTIMIZERS = frozenset(
    f"{module}.{name}"
    for module in ("keras.optimizers", "tf.optimizers")
    for name in (
        "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lion", "Nadam", "RMSprop", "SGD",
    )
)  # fmt: skip


def check(program: Program) -> Iterator[Report]:
    """Looks at every optimizer that is made; no decay at all is no mistake."""
    for made in program.interpretation.made:
        if made.symbol not in OPTIMIZERS or "decay" not in made.arguments:
            continue
        if made.site.path == program.path and chosen_by_release(made.site):
            continue
        if made.arguments["decay"] in (None, 0):
            continue
        name = made.symbol.rpartition(".")[2]
        yield Report(
            argument(made.site, "decay") or made.sites.get("decay", made.site),
            f"`{name}` ignores `decay` in Keras 3: the learning rate stays as it is. Give it a schedule, such as "
            "`learning_rate=keras.optimizers.schedules.InverseTimeDecay(rate, 1, decay)`.",
            subjects=frozenset({("optimizer", id(made.site.node))}),
            data={"made": made},
            certain=made.certain,
            guarded=made.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A schedule that decays as the argument did; or nothing, which is what it does."""
    made: Made = report.data["made"]
    removed = remove_argument(made.site, "decay")
    rate, decay = argument(made.site, "learning_rate"), argument(made.site, "decay")
    schedule = program.name_for("keras.optimizers.schedules.InverseTimeDecay", made.site)
    if rate is not None and decay is not None and schedule is not None:
        assert isinstance(rate.node, cst.Arg) and isinstance(decay.node, cst.Arg)
        old = Site(rate.unit, rate.node.value)
        speed = text_of(Site(decay.unit, decay.node.value))
        edit = replace(old, f"{schedule}({text_of(old)}, 1, {speed})")
        yield from fix("Let a schedule lower the learning rate", "unsafe", edit, removed)
    if removed is not None:
        yield from fix("Remove decay", "unsafe", removed)
