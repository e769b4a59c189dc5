r"""A prediction for every step, and one target per sample

## What it does

Finds models whose last recurrent layer has `return_sequences=True`, so that they return a prediction for every step,
while `mse` or one of its kin is given one target per sample.

## Why it matters

The output is `(None, steps, 1)`. Keras takes targets of shape `(n, 1)` for it without a word and trains every step on
the one target, also the first step, which has seen next to nothing: R² 0.70 on held-out data where the corrected model
has 0.996. Targets of shape `(n,)` are worse: each step is compared with the targets of all samples of the batch.
`predict` returns a number for every step.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 7, 3)
y = np.random.rand(64, 1)

model = keras.Sequential([
    keras.Input(shape=(7, 3)),
    layers.LSTM(8, return_sequences=True),
                   ^^^^^^^^^^^^^^^^^^^^^ KS120
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

x = np.random.rand(64, 7, 3)
y = np.random.rand(64, 1)

model = keras.Sequential([
    keras.Input(shape=(7, 3)),
    layers.LSTM(8),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

A target for every step.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 7, 3)
y = np.random.rand(64, 7)

model = keras.Sequential([
    keras.Input(shape=(7, 3)),
    layers.LSTM(8, return_sequences=True),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what the model computes, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import libcst as cst

from kerascope.domain.shapes import format_shape
from kerascope.findings import Fix
from kerascope.graph.nodes import Layer
from kerascope.graph.targets import Comparison, Match, comparison, head_of, one_per_sample, returns_sequences
from kerascope.rules.base import (
    ERROR,
    WARNING,
    Program,
    Report,
    Rule,
    compile_subject,
    fix,
    layer_subjects,
    source_of,
)
from kerascope.syntax.edits import argument, insert_in_stack, remove_argument
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS120",
    name="sequence-output-for-scalar-target",
    severity={2: WARNING, 3: WARNING},
    supersedes=("KS119",),
    fixable="sometimes",
    evidence=("S010", "S010b", "S010e", "F005"),
    looks_at="events",
)

_ANY_RANK = frozenset(
    {"Dense", "Dropout", "Activation", "ReLU", "LeakyReLU", "ELU", "BatchNormalization", "LayerNormalization",
     "GaussianNoise", "GaussianDropout", "AlphaDropout"}
)  # fmt: skip


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes such a loss on known targets."""
    for event, compiled in program.trainings():
        found = comparison(event, compiled, program.major)
        if found is None or found.match not in {Match.BROADCAST, Match.EITHER, Match.REFUSED}:
            continue
        if not one_per_sample(found.targets, found.shape) or len(found.shape) != 3:
            continue
        head = head_of(event.graph, found.output)
        recurrent = head.source
        if recurrent is None or not returns_sequences(recurrent) or recurrent.site.path != program.path:
            continue
        call = _recurrent_call(recurrent)
        written = argument(call, "return_sequences")
        raises = found.match is Match.REFUSED
        yield Report(
            written if written is not None else call,
            f"The model returns a prediction for every step, {format_shape(found.shape)}, but the targets are one per "
            f"sample, {format_shape(found.targets)}: {_consequence(found)} Without `return_sequences=True` the last "
            "recurrent layer hands on its last state, and there is one prediction per sample.",
            related=(
                (
                    f"the targets: {source_of(format_shape(found.targets), found.array)}",
                    event.sites.get("y", event.site),
                ),
                (f"the loss is `{found.loss}`", compiled.sites.get("loss", compiled.site)),
            ),
            subjects=layer_subjects(recurrent, head.dense) | compile_subject(compiled),
            data={
                "call": call,
                "raises": raises,
                "plain": all(layer.class_name in _ANY_RANK for layer in head.behind),
                "dense": head.dense,
            },
            severity=ERROR if raises else None,
            certain=event.certain,
            guarded=event.guarded,
        )


def _consequence(found: Comparison) -> str:
    if found.match is Match.REFUSED:
        return f"`{found.event.kind}` raises."
    if len(found.targets) == 1:
        return "each step is compared with the targets of all samples."
    if found.match is Match.EITHER:
        return f"`{found.event.kind}` raises, or compares predictions with targets that are not theirs."
    return "every step is trained on the one target of its sample."


def _recurrent_call(layer: Layer) -> Site:
    """The call that makes the recurrent layer itself: for ``Bidirectional`` the one inside, if it is written there."""
    inner = layer.sites.get("layer")
    if layer.class_name == "Bidirectional" and inner is not None and isinstance(inner.node, cst.Call):
        return inner
    return layer.site


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The last state, where all that follows takes it; a pooling over the steps as the other way."""
    safety: Literal["safe", "unsafe"] = "safe" if report.data["raises"] else "unsafe"
    if report.data["plain"]:
        edit = remove_argument(report.data["call"], "return_sequences")
        yield from fix("Remove return_sequences=True", safety, edit)
    dense: Layer | None = report.data["dense"]
    if dense is None or dense.class_name != "Dense" or dense.site.path != program.path:
        return
    pooling = program.name_for("keras.layers.GlobalAveragePooling1D", dense.site)
    if pooling is not None:
        inserted = insert_in_stack(dense.site, f"{pooling}()")
        yield from fix("Put GlobalAveragePooling1D before the Dense", safety, inserted)
