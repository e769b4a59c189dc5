r"""Plain lists given to `fit`

## What it does

Finds inputs and labels given as Python lists of numbers.

## Why it matters

To Keras 3 a list means several inputs, so that it looks for arrays in it and finds numbers: `Unrecognized data type:
x=[…] (of type <class 'list'>)`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
y = np.array([1.0, 1.0, 0.0, 0.0])

model = keras.Sequential([
    keras.Input(shape=(2,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
          ^ KD304
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
y = np.array([1.0, 1.0, 0.0, 0.0])

model = keras.Sequential([
    keras.Input(shape=(2,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(np.array(x), y, epochs=1)
```

## Near miss

A list of arrays holds one for each input.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(4, 2)
y = np.array([1.0, 1.0, 0.0, 0.0])

model = keras.Sequential([
    keras.Input(shape=(2,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit([x], y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KD304",
    name="python-list-as-data",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D003b", "D003c"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at the inputs and labels of every call that feeds a model in batches."""
    for event in program.events("fit", "evaluate", "predict"):
        if event.dataset is not None:
            continue
        given = [name for name in ("x", "y") if _is_list(event.arguments.get(name)) and name in event.sites]
        if not given or not _clear(program.major, event, given):
            continue
        site = event.sites[given[0]]
        written = ", ".join(f"`{_short(event.sites[name])}`" for name in given)
        kinds = "a list of numbers" if len(given) == 1 else "lists of numbers"
        means = "several inputs" if "x" in given else "several outputs"
        yield Report(
            site,
            f"{written}: {kinds}, written in the program. To Keras a list means {means}: `{event.kind}` raises. Make an "
            "array of it with `np.array(…)`.",
            subjects=frozenset({("data", id(event.sites[name].node)) for name in given}),
            data={"sites": [event.sites[name] for name in given]},
            certain=event.certain,
            guarded=event.guarded,
        )


def _is_list(value: Any) -> bool:
    """Whether a value is a list of numbers, or of lists of numbers."""
    if not isinstance(value, tuple) or not value:
        return False
    return all(type(part) in (int, float, bool) or _is_list(part) for part in value)


def _clear(major: int, event: Event, given: list[str]) -> bool:
    """Keras 2 takes lists of numbers where inputs and labels both are such lists, or there are no labels."""
    if major == 3:
        return True
    others = [event.arguments.get(name) for name in ("x", "y") if name not in given]
    return any(isinstance(value, ArraySpec) for value in others)


def _short(site: Site) -> str:
    text = " ".join(text_of(site).split())
    return text if len(text) <= 30 else f"{text[:27]}…"


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Arrays of the lists."""
    array = program.name_for("numpy.array")
    sites: list[Site] = report.data["sites"]
    if array is not None and all(site.path == program.path for site in sites):
        edits = [replace(site, f"{array}({text_of(site)})") for site in sites]
        yield from fix("Make arrays of them" if len(sites) > 1 else "Make an array of it", "safe", *edits)
