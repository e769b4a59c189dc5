r"""Arguments that `fit` had once

## What it does

Finds `workers`, `use_multiprocessing`, `max_queue_size` and `nb_epoch` in `fit`, `evaluate` and `predict`.

## Why it matters

In Keras 3 how data is loaded is said to the `PyDataset` that loads it, and `fit` raises: `got an unexpected keyword
argument 'workers'`. `nb_epoch` became `epochs` in Keras 2.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1, workers=4)
                                  ^ KD341
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

What `fit` has kept is no matter.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

class Batches(getattr(keras.utils, "PyDataset", keras.utils.Sequence)):
    def __len__(self):
        return 2

    def __getitem__(self, index):
        return np.random.rand(8, 20), np.random.rand(8)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(Batches(), epochs=1, shuffle=False)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import argument, remove_argument, replace
from kerascope.syntax.units import Site

RULE = Rule(
    code="KD341",
    name="removed-fit-arguments",
    severity={3: ERROR},
    fixable="sometimes",
    evidence=("D010r", "D010s"),
    looks_at="events",
)


_REMOVED = {
    "workers": "say it to the `PyDataset`: `super().__init__(workers=…)`",
    "use_multiprocessing": "say it to the `PyDataset`: `super().__init__(use_multiprocessing=…)`",
    "max_queue_size": "say it to the `PyDataset`: `super().__init__(max_queue_size=…)`",
    "nb_epoch": "it is `epochs` now",
}


def check(program: Program) -> Iterator[Report]:
    """Looks at the names of the arguments of every call that feeds a model."""
    for event in program.events("fit", "evaluate", "predict"):
        if program.major != 3 or event.graph.model.instance is not None:
            continue
        if program.mentions("transformers"):
            continue  # its models are Keras 2's, and so is `tf.keras` in a program that trains one
        given = [name for name in _REMOVED if name in event.sites]
        if not given:
            continue
        others = "" if len(given) == 1 else f", nor {', '.join(f'`{name}`' for name in given[1:])}"
        yield Report(
            event.sites[given[0]],
            f"`{event.kind}` of Keras 3 has no `{given[0]}`{others}: it raises. Leave it out, or {_REMOVED[given[0]]}.",
            subjects=frozenset({("arguments", id(event.site.node))}),
            data={"event": event, "given": given},
            certain=event.certain,
            guarded=event.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Without the arguments; the epochs under their name."""
    event: Event = report.data["event"]
    given: list[str] = report.data["given"]
    if event.site.path != program.path:
        return
    if given == ["nb_epoch"]:
        written = argument(event.site, "nb_epoch")
        node = event.site.node
        names = [item.keyword for item in getattr(node, "args", ()) if item.keyword is not None]
        keyword = next((name for name in names if name.value == "nb_epoch"), None)
        if written is not None and keyword is not None:
            yield from fix("Use epochs", "safe", replace(Site(event.site.unit, keyword), "epochs"))
    elif len(given) == 1:
        yield from fix(f"Remove {given[0]}", "safe", remove_argument(event.site, given[0]))
