r"""`metrics` that is no list

## What it does

Finds `compile(metrics=…)` and `weighted_metrics=…` with a name or a metric by itself, without a list around it.

## Why it matters

Keras 3 takes a list, a tuple or a dictionary, and `compile` raises for anything else: ``Expected `metrics` argument to
be a list, tuple, or dict``. Keras 2 accepted a single metric, so old programs have it.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics="accuracy")
                                                                    ^^^^^^^^^^ KC226
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

A tuple is as good as a list.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=("accuracy", keras.metrics.AUC()))
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from kerascope.domain.specs import Instance, Symbol
from kerascope.findings import Fix
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import argument, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KC226",
    name="metrics-must-be-a-list",
    severity={3: ERROR},
    fixable="always",
    evidence=("C050r", "C050s"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``."""
    for event in program.events("compile"):
        compiled = event.graph.model.compiled
        if compiled is None:
            continue
        for keyword in ("metrics", "weighted_metrics"):
            kind = _single(compiled.get(keyword))
            site = _written(compiled.site, keyword) or compiled.sites.get(keyword, compiled.site)
            if kind is None:
                continue
            text = text_of(site)
            shown = text if len(text) <= 40 and "\n" not in text else "…"
            yield Report(
                site,
                f"Keras 3 takes {keyword} as a list, a tuple or a dictionary, but this is {kind}: `compile` raises. "
                f"Write `{keyword}=[{shown}]`.",
                subjects=frozenset({("metric", id(site.node))}),
                certain=event.certain,
                guarded=event.guarded,
            )


def _single(value: Any) -> str | None:
    """What a single metric is called; ``None`` for lists, for nothing at all, and for what is not known."""
    if isinstance(value, str):
        return "a string" if value else None
    symbol = value.symbol if isinstance(value, Instance) else value.name if isinstance(value, Symbol) else ""
    return "a single metric" if symbol.startswith(("keras.metrics.", "keras.losses.")) else None


def _written(call: Site, keyword: str) -> Site | None:
    """The value as it stands in the ``compile``, also where it is a name for a constant written elsewhere."""
    found = argument(call, keyword)
    return (
        Site(call.unit, found.node.value) if found is not None and isinstance(found.node, cst.Arg) else None
    )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A list of one."""
    if isinstance(report.site.node, cst.BaseExpression):
        yield from fix("Put it into a list", "safe", replace(report.site, f"[{text_of(report.site)}]"))
