r"""A dropout rate that is no share

## What it does

Finds `Dropout` and its kin with a rate below 0 or above 1, and in Keras 3 with one that is no number.

## Why it matters

The rate is the share of values that are dropped, so half of them is 0.5, not 50. Keras raises where the layer is made:
`Invalid value received for argument rate. Expected a float value between 0 and 1`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(8, activation="relu"),
    layers.Dropout(50),
                   ^^ KL409
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
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
    layers.Dense(8, activation="relu"),
    layers.Dropout(0.5),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

No dropout at all is a rate as well.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(8, activation="relu"),
    layers.Dropout(0),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascope.findings import Fix
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import is_string, replace, text_of

RULE = Rule(
    code="KL409",
    name="dropout-rate-out-of-range",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("A004b", "A004c", "A004d", "A004e"),
    looks_at="faults",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every rate that a constructor refused."""
    for fault in program.faults:
        facts, layer = fault.fault.facts, fault.layer
        if fault.fault.kind is not FaultKind.ARGUMENT or facts.get("argument") != "rate":
            continue
        shown = program.shown(fault)
        if "Dropout" not in layer.class_name or "received" not in facts or shown is None:
            continue
        rate = facts["received"]
        site = layer.sites.get("rate", shown)
        share = _share(rate)
        remedy = f"Write `{share}`." if share is not None else "Write a share, such as `0.5`."
        yield Report(
            site if site.path == program.path else shown,
            f"The rate of `{layer.class_name}` is the share that is dropped, from 0 to 1, but this is {rate!r}: Keras "
            f"raises. {remedy}",
            subjects=layer_subjects(layer),
            data={"share": share},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _share(rate: Any) -> str | None:
    """The share that was most likely meant: percent, or a number in quotes."""
    if isinstance(rate, str):
        try:
            return rate.strip() if 0 <= float(rate) <= 1 else None
        except ValueError:
            return None
    if isinstance(rate, int | float) and 2 <= rate < 100:
        return f"{rate / 100:g}"
    return None


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Percent as a share, a number without its quotes."""
    share: str | None = report.data["share"]
    written = text_of(report.site).replace(".", "", 1).isdecimal() or is_string(report.site)
    if share is not None and written:
        yield from fix(f"Write {share}", "safe", replace(report.site, share))
