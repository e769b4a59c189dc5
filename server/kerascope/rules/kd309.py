r"""Ids beyond the rows of an `Embedding`

## What it does

Finds ids that are fed to an `Embedding` and are larger than its `input_dim` allows: 0 to `input_dim - 1`.

## Why it matters

On a CPU Keras raises: `indices[0,0] = 50 is not in [0, 50)`. On a GPU it does not, and trains on rows of zeros.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

users = np.tile(np.arange(1, 51), 10)
ratings = np.random.rand(500)

model = keras.Sequential([
    keras.Input(shape=(1,)),
    layers.Embedding(50, 4),
                     ^^ KD309
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(users, ratings, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

users = np.tile(np.arange(1, 51), 10)
ratings = np.random.rand(500)

model = keras.Sequential([
    keras.Input(shape=(1,)),
    layers.Embedding(51, 4),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(users, ratings, epochs=1)
```

## Near miss

Ids from 0 to 49 are 50.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

users = np.tile(np.arange(50), 10)
ratings = np.random.rand(500)

model = keras.Sequential([
    keras.Input(shape=(1,)),
    layers.Embedding(50, 4),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(users, ratings, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.inputs import fed_arrays
from kerascope.graph.labels import computes_on_all, outside
from kerascope.graph.nodes import Event, Layer, Tensor
from kerascope.graph.queries import reachable_calls
from kerascope.rules.base import ERROR, WARNING, Program, Report, Rule, fix, source_of
from kerascope.syntax.edits import replace

RULE = Rule(
    code="KD309",
    name="embedding-input-dim-too-small",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D004c", "D004i", "D004e"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at what every call feeds to a model that begins with an ``Embedding``."""
    told: set[int] = set()
    for event in program.events("fit", "train_on_batch"):
        fed = fed_arrays(event)
        for one in fed:
            layer = _embedding(event, one.tensor)
            rows = layer.arguments.get("input_dim") if layer is not None else None
            if layer is None or type(rows) is not int or layer.id in told:
                continue
            most = _beyond(one.array, rows)
            if most is None or layer.site.path != program.path:
                continue
            told.add(layer.id)
            certain = outside(one.array, 0, rows - 1) is not None and computes_on_all(event)
            site = layer.sites.get("input_dim", layer.site)
            yield Report(
                site,
                f"The ids, {source_of(format_shape(one.data), one.array)}, reach {most}, but this `Embedding` has rows for 0 "
                f"to {rows - 1} only: `{event.kind}` raises on a CPU, and on a GPU reads zeros. Give it {most + 1} rows.",
                related=((f"the ids: {source_of(format_shape(one.data), one.array)}", one.site),),
                subjects=frozenset({("layer", layer.id)}),
                data={"rows": most + 1, "written": "input_dim" in layer.sites},
                severity=None if certain else WARNING,
                certain=event.certain,
                guarded=event.guarded,
            )


def _beyond(ids: ArraySpec, rows: int) -> int | None:
    """The largest id, where it is beyond the rows and occurs, or is that of a vocabulary that was asked for."""
    facts = ids.facts
    if facts.hi is None or facts.hi < rows:
        return None
    vocabulary = ids.source in ("keras.datasets.imdb", "keras.datasets.reuters")
    return int(facts.hi) if vocabulary or outside(ids, 0, rows - 1) is not None else None


def _embedding(event: Event, tensor: Tensor) -> Layer | None:
    """The embedding that an input goes into at once."""
    found = [
        node
        for node, output in reachable_calls(event.graph)
        if node.class_name == "Embedding" and output.call is not None and output.call.inputs is tensor
    ]
    return found[0] if len(found) == 1 else None


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """As many rows as there are ids."""
    if report.data["written"]:
        yield from fix(
            f"Give it {report.data['rows']} rows", "safe", replace(report.site, str(report.data["rows"]))
        )
