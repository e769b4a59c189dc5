r"""An optimizer whose default learning rate is very small

## What it does

Finds models compiled with `Ftrl`, `Adadelta` or `Adagrad`, by name or as an object, and no learning rate.

## Why it matters

All optimizers have a default; that of these three is 0.001, and they make far smaller steps of it than `Adam` does.
After fifteen epochs on handwritten digits `Ftrl` and `Adadelta` still guess, with 8 % and 9 % right, and `Adagrad`
has 45 %, where `Adam` has 96 %. With `Ftrl(learning_rate=0.1)` it is 97 %, with `Adagrad(learning_rate=0.1)` 98 %, and
97 % with `Adadelta(learning_rate=1.0)`, the rate that the paper on Adadelta has.

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
model.compile(optimizer="adadelta", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
                        ^^^^^^^^^^ KC258
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
    optimizer=keras.optimizers.Adadelta(learning_rate=1.0),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x, y, epochs=1)
```

## Near miss

The defaults of the others learn.

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
model.compile(optimizer="adamax", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what the model learns, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.domain.specs import Instance
from kerascope.findings import Fix
from kerascope.graph.optimizers import (
    CHANGES_RATE,
    callbacks_known,
    class_of_name,
    constructed,
    learning_rate_key,
    optimizer_class,
)
from kerascope.rules.base import INFORMATION, Program, Report, Rule, fix
from kerascope.syntax.edits import add_argument, is_string, replace

RULE = Rule(
    code="KC258",
    name="slow-default-learning-rate",
    severity={2: INFORMATION, 3: INFORMATION},
    fixable="sometimes",
    evidence=("C041", "C041b", "C041c", "C041d", "P005", "P005b"),
    looks_at="events",
)

_WORKS = {"Adadelta": ("1.0", "9 %"), "Adagrad": ("0.1", "45 %"), "Ftrl": ("0.1", "8 %")}
"""A rate with which each of them learns, and what it got right on handwritten digits with its default."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``."""
    if program.mentions(*CHANGES_RATE):
        return
    for event in program.events("compile"):
        compiled = event.graph.model.compiled
        if compiled is None:
            continue
        value = compiled.get("optimizer")
        item = constructed(program.interpretation.made, compiled)
        if isinstance(value, str):
            name = class_of_name(value)
        elif isinstance(value, Instance):
            name = optimizer_class(value.symbol)
            # `lr` is the rate as well in older releases of Keras 2.
            if learning_rate_key(value.arguments) or {"lr", "**"} & set(value.arguments):
                continue
        else:
            continue
        trainings = [other for other, of in program.trainings() if of is compiled]
        if name not in _WORKS or not callbacks_known(trainings):
            continue
        rate, reached = _WORKS[name]
        site = item.site if item is not None else compiled.sites.get("optimizer", compiled.site)
        yield Report(
            site,
            f"`{name}` learns very slowly with its default learning rate, 0.001: in fifteen epochs on handwritten digits "
            f"it got {reached} right, `Adam` 96 %. Use `{name}(learning_rate={rate})`, or another optimizer.",
            subjects=frozenset({("rate", id(site.node))}),
            data={"name": name, "rate": rate},
            certain=event.certain,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A rate with which the same optimizer learns."""
    name, rate, site = report.data["name"], report.data["rate"], report.site
    if is_string(site):
        written = program.name_for(f"keras.optimizers.{name}")
        edit = replace(site, f"{written}(learning_rate={rate})") if written is not None else None
    else:
        edit = add_argument(site, f"learning_rate={rate}") if isinstance(site.node, cst.Call) else None
    yield from fix(f"Use a learning rate of {rate}", "unsafe", edit)
