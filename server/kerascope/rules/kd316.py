r"""Single examples where batches are needed

## What it does

Finds datasets, generators and `PyDataset`s that bring one example at a step to a model that takes batches.

## Why it matters

The first axis of what a step brings is taken for the batch: `Invalid input shape for input Tensor("data:0", shape=(20,))`.

## Example

```python
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)
data = tf.data.Dataset.from_tensor_slices((x, y))

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(data, epochs=1)
          ^^^^ KD316
```

## Use instead

```python
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(64, 20), np.random.rand(64)
data = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(data, epochs=1)
```

## Near miss

Slices of what was cut into batches before are batches.

```python
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x, y = np.random.rand(4, 16, 20), np.random.rand(4, 16)
data = tf.data.Dataset.from_tensor_slices((x, y))

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(data, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.domain.shapes import Tri, format_shape
from kerascope.domain.specs import ArraySpec, Dataset
from kerascope.findings import Fix
from kerascope.graph.inputs import Fed, fed_arrays, refused
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of

RULE = Rule(
    code="KD316",
    name="unbatched-dataset",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KS148", "KS149", "KS150", "KS151"),
    fixable="sometimes",
    evidence=("D010e",),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call whose data comes step by step and is known to be single examples."""
    for event in program.events("fit", "evaluate", "predict"):
        data = event.dataset
        fed = fed_arrays(event)
        if data is None or not fed or not event.graph.model.complete or not all(map(_is_sample, fed)):
            continue
        if refused(fed, program.major) is None and not _no_axis(event, program.major):
            continue
        site = event.sites["x"]
        one = fed[0]
        shape = format_shape(tuple(one.data[:1]) + tuple(one.data[1:]))
        remedy = (
            "Put `.batch(32)` behind it."
            if data.kind == "tf.data.Dataset"
            else "Let each step bring several samples, with a first axis for the batch."
        )
        source = f", from {data.source}" if data.source else ""
        yield Report(
            site,
            f"Each step brings one example, {shape}{source}, but the model takes batches, {format_shape(one.expected)}: "
            f"`{event.kind}` raises. {remedy}",
            subjects=frozenset({("data", id(site.node))}),
            data={"dataset": data},
            certain=event.certain,
            guarded=event.guarded,
        )


def _is_sample(fed: Fed) -> bool:
    """Whether what a step brings has the sides of the input without its batch axis, of which there is more than one."""
    sides = fed.expected[1:]
    if len(fed.data) != len(sides) or not sides:
        return False
    pairs = list(zip(fed.data, sides, strict=True))
    if any(isinstance(got, int) and isinstance(want, int) and got != want for got, want in pairs):
        return False
    return fed.event.dataset is not None and (fed.event.dataset.batched is Tri.NO or _by_hand(fed.event))


def _by_hand(event: Event) -> bool:
    return event.dataset is not None and event.dataset.kind in ("generator", "PyDataset")


def _no_axis(event: Event, major: int) -> bool:
    """Whether a label is a number without any axis, which Keras 3 refuses of a generator and a ``PyDataset``."""
    label = event.arguments.get("y")
    return major == 3 and _by_hand(event) and isinstance(label, ArraySpec) and label.shape == ()


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Batches of 32, which is what arrays are cut into."""
    data: Dataset = report.data["dataset"]
    text = text_of(report.site)
    bound = isinstance(report.site.node, (cst.Name, cst.Attribute, cst.Call, cst.Subscript))
    if data.kind == "tf.data.Dataset" and report.site.path == program.path and bound:
        yield from fix("Cut it into batches of 32", "safe", replace(report.site, f"{text}.batch(32)"))
