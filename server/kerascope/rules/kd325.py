r"""`validation_split` in percent

## What it does

Finds `fit(validation_split=…)` with 1 or more, and `validation_split` beside `validation_data`.

## Why it matters

The split is a share, so 20 % is 0.2. With 20 nothing is left to train on. Keras 3 says `Your input ran out of data`,
trains nothing and returns a history with `val_loss` alone: measured, not one weight changes. Keras 2 raises: `Expected
input data to be non-empty`. With 1 both raise. Beside `validation_data` the split is ignored.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(100, 20)
y = np.random.rand(100)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, validation_split=20, epochs=1)
                                 ^^ KD325
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(100, 20)
y = np.random.rand(100)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, validation_split=0.2, epochs=1)
```

## Near miss

No split at all:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(100, 20)
y = np.random.rand(100)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, validation_split=0.0, epochs=1)
```

## Fix safety

Where Keras would have raised, the fix is safe. Keras 3 would have run, to no purpose, so there it is never applied
without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, INFORMATION, WARNING, Program, Report, Rule, fix
from kerascope.syntax.edits import remove_argument, replace, text_of

RULE = Rule(
    code="KD325",
    name="validation-split-range",
    severity={2: ERROR, 3: WARNING},
    fixable="sometimes",
    evidence=("D010x", "D010x2", "F004", "D010w"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at the split of every ``fit``."""
    for event in program.events("fit"):
        split = event.arguments.get("validation_split")
        if isinstance(split, bool) or not isinstance(split, int | float):
            continue
        held = event.arguments.get("validation_data") if event.complete else None
        if "validation_data" in event.sites and held is not None:
            if split and isinstance(held, tuple):
                yield _ignored(event)
        elif (split == 1 or split >= 2) and event.complete:
            yield _percent(program, event, split)


def _ignored(event: Event) -> Report:
    return Report(
        event.sites["validation_split"],
        "`validation_split` is ignored beside `validation_data`: all of the data are trained on. Give one of the two.",
        related=(("validated on", event.sites["validation_data"]),),
        subjects=frozenset({("validation", id(event.site.node))}),
        data={"event": event, "percent": None},
        severity=INFORMATION,
        certain=event.certain,
        guarded=event.guarded,
    )


def _percent(program: Program, event: Event, split: float) -> Report:
    percent = split / 100 if 2 <= split < 100 else None
    if split == 1:
        message = "`validation_split=1` leaves nothing to train on: `fit` raises. Give a share below 1, such as `0.2`."
    else:
        happens = (
            "`fit` raises"
            if program.major == 2
            else "`fit` returns without having changed a single weight, and no more than a warning"
        )
        meant = f"`{percent:g}`" if percent is not None else "such as `0.2`"
        message = f"`validation_split` is a share, and {split:g} leaves nothing to train on: {happens}. Write it as {meant}."
    raises = program.major == 2 or split == 1
    return Report(
        event.sites["validation_split"],
        message,
        subjects=frozenset({("validation", id(event.site.node))}),
        data={"event": event, "percent": percent, "raises": raises},
        severity=ERROR if raises else None,
        certain=event.certain,
        guarded=event.guarded,
    )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Percent as a share; no split beside validation data."""
    event: Event = report.data["event"]
    percent: float | None = report.data["percent"]
    if percent is not None and text_of(report.site).replace(".", "", 1).isdecimal():
        edit = replace(report.site, f"{percent:g}")
        yield from fix(f"Write {percent:g}", "safe" if report.data["raises"] else "unsafe", edit)
    elif report.severity is INFORMATION:
        yield from fix("Remove validation_split", "safe", remove_argument(event.site, "validation_split"))
