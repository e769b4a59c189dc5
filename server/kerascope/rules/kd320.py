r"""A generator that Keras cannot read

## What it does

Finds `fit` on a generator function that was not called, and, in Keras 3, generators that yield lists.

## Why it matters

A function is no data: `Unrecognized data type: x=<function …>`. And of what a generator yields Keras 3 takes a tuple for
inputs and labels, while a list means several inputs: `the generator must return a tuple`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)

def batches():
    for start in range(0, 64, 16):
        yield x[start:start + 16], y[start:start + 16]

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(batches, epochs=1)
          ^^^^^^^ KD320
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)

def batches():
    for start in range(0, 64, 16):
        yield x[start:start + 16], y[start:start + 16]

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(batches(), epochs=1)
```

## Near miss

The parentheses around a tuple change nothing, nor does a name.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)

def batches():
    for start in range(0, 64, 16):
        yield (x[start:start + 16], y[start:start + 16])

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
data = batches()
model.fit(data, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.specs import Symbol
from kerascope.findings import Fix
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of

RULE = Rule(
    code="KD320",
    name="generator-protocol",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D010n", "D010l"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at what every call that feeds a model is fed."""
    for event in program.events("fit", "evaluate", "predict"):
        site, value = event.sites.get("x"), event.arguments.get("x")
        if site is None:
            continue
        if isinstance(value, Symbol) and value.name.startswith("builtins.generator_function."):
            name = value.name.rpartition(".")[2]
            message = f"`{name}` is a function, and no data: `{event.kind}` raises. Call it: `{name}()`."
        elif (
            event.dataset is not None
            and event.dataset.kind == "generator that yields lists"
            and program.major == 3
        ):
            name = event.dataset.source
            message = (
                f"`{name}` yields lists, which mean several inputs: `{event.kind}` raises. Yield a tuple of inputs and "
                "labels: `yield x, y`."
            )
        else:
            continue
        yield Report(
            site,
            message,
            subjects=frozenset({("data", id(site.node))}),
            data={"called": isinstance(value, Symbol)},
            certain=event.certain,
            guarded=event.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The call, where the function stands by its name."""
    text = text_of(report.site)
    if report.data["called"] and text.isidentifier():
        yield from fix(f"Call {text}", "safe", replace(report.site, f"{text}()"))
