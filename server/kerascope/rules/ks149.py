r"""A last axis of one that Keras adds or drops

## What it does

Finds `fit`, `evaluate` and `predict` where the data lacks the last axis of size one that the model's input has, or has
one that the input lacks.

## Why it matters

It works, in Keras 2 and 3: data of shape `(n, 28, 28)` is given its channel axis for `Input((28, 28, 1))`, `(n, 12)`
becomes `(n, 12, 1)` for an `LSTM` over one feature, and `(n, 28, 28, 1)` loses an axis for `Input((28, 28))`. It is
worth knowing because nothing else of the shape is mended, and because a model that is called directly, or that has no
`Input`, is not helped. Written out, the program says what it does.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 28, 28)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
          ^ KS149
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 28, 28)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x[..., None], y, epochs=1)
```

## Near miss

Nothing is said of one number per sample for an input of one feature.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64)
y = 2 * x - 1

model = keras.Sequential([
    keras.Input(shape=(1,)),
    layers.Dense(1),
])
model.compile(optimizer="sgd", loss="mse")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import format_shape
from kerascope.findings import Fix
from kerascope.graph.inputs import FEEDING, Fed, fed_arrays, indexed
from kerascope.rules.base import HINT, Program, Report, Rule, fix, source_of
from kerascope.syntax.edits import replace

RULE = Rule(
    code="KS149",
    name="implicit-channel-axis",
    severity={2: HINT, 3: HINT},
    fixable="sometimes",
    evidence=("S006", "S006b", "S006d", "S013c"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at the data that a model is given first."""
    known: set[int] = set()
    for event in program.events(*FEEDING):
        fed = fed_arrays(event)
        if len(fed) != 1 or not event.graph.model.complete or event.graph.model.id in known:
            continue
        if not _mended(fed[0]):
            continue
        known.add(event.graph.model.id)
        missing = len(fed[0].data) < len(fed[0].expected)
        change = "gives it the last axis" if missing else "drops its last axis"
        yield Report(
            fed[0].site,
            f"The data is {source_of(format_shape(fed[0].data), fed[0].array)}, and the model's input is "
            f"{format_shape(fed[0].expected)}: Keras {change}. `[..., {None if missing else 0}]` says so in the program.",
            subjects=frozenset({("data", id(fed[0].site.node))}),
            data={"missing": missing},
            certain=event.certain,
        )


def _mended(fed: Fed) -> bool:
    """Whether the numbers of axes differ, and all that differs is a last axis of one."""
    if len(fed.data) == len(fed.expected) or not isinstance(fed.shape, tuple):
        return False
    if min(len(fed.data), len(fed.expected)) < 2:
        return False  # one number per sample, in a column or not
    pairs = zip(fed.shape[1:], fed.expected[1:], strict=True)
    return all(want is None or (isinstance(side, int) and side == want) for side, want in pairs)


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The axis written out."""
    if report.site.path == program.path:
        title = "Add the axis" if report.data["missing"] else "Drop the axis"
        text = indexed(report.site, "..., None" if report.data["missing"] else "..., 0")
        yield from fix(title, "safe", replace(report.site, text))
