r"""A learning rate at which nothing is learnt

## What it does

Finds optimizers that a model is compiled with and whose learning rate is written as a number below 0.000001. For `SGD`,
whose steps are as long as the gradients are large, only with a crossentropy and data that is known to be scaled, or for
a rate of 0 or next to it. A program that sets the rate later, by a callback or by hand, is left alone.

## Why it matters

A step of `Adam` moves a weight by about the learning rate. At 1e-10 neither accuracy nor loss change in the fourth digit
(0.0825 before, 0.0825 after); at 9e-7, fifteen epochs on handwritten digits leave the accuracy at 8.7 %, against 96 %
at 0.001. Nothing is printed. Often an exponent was mistyped, or a rate was to be scheduled and is not.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=1e-10),
                                                  ^^^^^ KC256
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.001),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x, y, epochs=1)
```

## Near miss

A scheduler that looks for a good rate begins low.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.Adam(learning_rate=1e-8), loss="sparse_categorical_crossentropy")
raise_rate = keras.callbacks.LearningRateScheduler(lambda epoch: 1e-8 * 10 ** epoch)
model.fit(x, y, epochs=2, callbacks=[raise_rate])
```

## Near miss

`SGD` on numbers that are not scaled may need a small rate.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.uniform(500, 1500, (64, 4))
y = np.random.rand(64, 1) * 100

model = keras.Sequential([keras.Input(shape=(4,)), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(learning_rate=1e-7), loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what the model learns, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.losses import BINARY, CATEGORICAL, SPARSE, Loss, resolve_loss
from kerascope.graph.nodes import Compiled, Event
from kerascope.graph.optimizers import (
    CHANGES_RATE,
    STEP_OF_RATE,
    callbacks_known,
    constructed,
    learning_rate_key,
    number,
    optimizer_class,
    swept,
)
from kerascope.rules.base import WARNING, Program, Report, Rule, array_argument, fix
from kerascope.syntax.edits import replace, text_of

RULE = Rule(
    code="KC256",
    name="learning-rate-too-small",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("C040-adam-1e-10", "C040-sgd-1e-10", "C040-adam-1e-06", "C040-zero", "P004"),
    looks_at="events",
)

_LEAST = 1e-6
_NOTHING = 1e-10
"""A rate at which no data is large enough to make ``SGD`` learn."""

_USUAL = {"SGD": "0.01", "Adadelta": "1.0", "Adagrad": "0.1", "Ftrl": "0.1"}
_MEASURED = STEP_OF_RATE | {"SGD", "Adadelta", "Adagrad", "Ftrl", "Lion"}
_SCALED = 10
"""Numbers beyond are not scaled, and make the steps of every optimizer count for more."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile`` with an optimizer that is made in this program."""
    if program.mentions(*CHANGES_RATE):
        return
    made = program.interpretation.made
    for event in program.events("compile"):
        compiled = event.graph.model.compiled
        item = constructed(made, compiled) if compiled is not None else None
        name = optimizer_class(item.symbol) if item is not None else None
        key = learning_rate_key(item.arguments) if item is not None else None
        if compiled is None or item is None or name not in _MEASURED or key is None or swept(made, item):
            continue
        rate = number(item.arguments[key], program.major)
        if rate is None or not 0 <= rate < _LEAST or key not in item.sites:
            continue
        trainings = [other for other, of in program.trainings() if of is compiled]
        if not callbacks_known(trainings) or not _is_too_small(program, compiled, trainings, name, rate):
            continue
        usual = _USUAL.get(name, "0.0003" if name == "Lion" else "0.001")
        steps = (
            f"the steps of `{name}` are about as long as the rate"
            if name in STEP_OF_RATE
            else f"the steps of `{name}` come to nothing"
        )
        yield Report(
            item.sites[key],
            f"With a learning rate of {rate:g} {'nothing' if rate == 0 else 'next to nothing'} is learnt: {steps}, and "
            f"accuracy stays what it was at the start. Keras says nothing. The usual rate is {usual}.",
            related=(("the model is compiled with it", compiled.site),),
            subjects=frozenset({("rate", id(item.site.node))}),
            data={"usual": usual},
            certain=event.certain,
        )


def _is_too_small(
    program: Program, compiled: Compiled, trainings: list[Event], name: str, rate: float
) -> bool:
    """Whether the data is not so large that even this rate teaches something."""
    if rate == 0:
        return True
    inputs = [array_argument(event, "x") for event in trainings]
    bounds = [(array.facts.lo, array.facts.hi) if array is not None else (None, None) for array in inputs]
    scaled = [lo is not None and hi is not None and lo >= -_SCALED and hi <= _SCALED for lo, hi in bounds]
    beyond = [(lo is not None and lo < -_SCALED) or (hi is not None and hi > _SCALED) for lo, hi in bounds]
    if name != "SGD":
        return not any(beyond)
    loss = resolve_loss(compiled.get("loss"), program.major)
    if not isinstance(loss, Loss) or loss.name not in {BINARY, CATEGORICAL, SPARSE}:
        return False
    return rate <= _NOTHING or (bool(scaled) and all(scaled))


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The usual rate."""
    usual = report.data["usual"]
    if text_of(report.site)[:1] in "0123456789.":
        yield from fix(f"Use the usual rate, {usual}", "unsafe", replace(report.site, usual))
