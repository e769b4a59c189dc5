r"""Class weights that are no dictionary

## What it does

Finds `class_weight` given as a string, a list or an array.

## Why it matters

Keras looks up each class in a dictionary: `'numpy.ndarray' object has no attribute 'get'`. The word `"balanced"` is
scikit-learn's, which computes weights from it.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.randint(0, 2, 64)
weights = np.array([1.0, 3.0])

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, class_weight=weights, epochs=1)
                             ^^^^^^^ KD322
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.randint(0, 2, 64)
weights = np.array([1.0, 3.0])

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, class_weight=dict(enumerate(weights)), epochs=1)
```

## Near miss

`None` is the default.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, class_weight=None, epochs=1)
```

## Fix safety

A list in the order of the classes means just what the dictionary says. Without weights, as where a word was given, the
rare class counts as little as before.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import remove_argument, replace, text_of

RULE = Rule(
    code="KD322",
    name="class-weight-type",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D020d", "D020e"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``fit`` with class weights."""
    for event in program.events("fit", "train_on_batch"):
        site, weights = event.sites.get("class_weight"), event.arguments.get("class_weight")
        if site is None or not isinstance(weights, (str, tuple, ArraySpec)):
            continue
        if isinstance(weights, ArraySpec):
            given = f"an array, {format_shape(weights.shape)}"
        else:
            given = "a string" if isinstance(weights, str) else "a list"
        remedy = (
            "Compute the weights, such as with scikit-learn's `compute_class_weight`, and give `{0: …, 1: …}`."
            if isinstance(weights, str)
            else "Make a dictionary of it: `dict(enumerate(…))`."
        )
        yield Report(
            site,
            f"`class_weight` is a dictionary from class ids to weights, but {given} is given: `{event.kind}` raises. "
            f"{remedy}",
            subjects=frozenset({("class_weight", id(event.site.node))}),
            data={"event": event, "weights": weights},
            certain=event.certain,
            guarded=event.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A dictionary of the weights in their order; none at all for a word."""
    event: Event = report.data["event"]
    if report.site.path != program.path:
        return
    if isinstance(report.data["weights"], str):
        yield from fix("Train without class weights", "unsafe", remove_argument(event.site, "class_weight"))
    else:
        text = text_of(report.site)
        yield from fix("Number the weights", "safe", replace(report.site, f"dict(enumerate({text}))"))
