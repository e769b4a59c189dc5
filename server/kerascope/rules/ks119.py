r"""A regression that still has its image or sequence axes

## What it does

Finds models that end in `Dense` layers, return more than two axes, and are trained with `mse`, `mae`, `huber` or their
kin on targets that are one per sample.

## Why it matters

`Dense` works on the last axis and leaves the others alone, so a convolution followed by `Dense(1)` returns
`(None, 26, 26, 1)`: a prediction for every pixel. These losses subtract and let shapes broadcast, so with targets of
shape `(n,)` every pixel is compared with the targets of *all* samples of the batch. Training runs, the loss falls a
little, and nothing is learnt: R² 0.004 in our measurement, 0.968 with a `Flatten`. With targets of shape `(n, 1)` an
image raises at the first batch, and a sequence is trained at every step on the one target.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 28, 28, 1)
y = np.random.rand(64)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Dense(1),
    ^^^^^^^^^^^^^^^ KS119
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 28, 28, 1)
y = np.random.rand(64)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

A number for every pixel, with a target for every pixel: the targets may lack the last axis of one.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 16, 16, 3)
y = np.random.rand(8, 16, 16)

model = keras.Sequential([
    keras.Input(shape=(16, 16, 3)),
    layers.Conv2D(8, 3, padding="same", activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

Targets of shape `(n,)` go with predictions of shape `(n, 1)`.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 12, 4)
y = np.random.rand(64)

model = keras.Sequential([
    keras.Input(shape=(12, 4)),
    layers.Conv1D(8, 3, activation="relu"),
    layers.GlobalAveragePooling1D(),
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

import libcst as cst

from kerascope.domain.shapes import Shape, format_shape
from kerascope.findings import Edit, Fix
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
from kerascope.syntax.edits import insert_in_stack, parents, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS119",
    name="missing-flatten-regression-silent",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("S009f", "S009g", "F007"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes such a loss on known targets."""
    for event, compiled in program.trainings():
        found = comparison(event, compiled, program.major)
        if found is None or found.match not in {Match.BROADCAST, Match.EITHER, Match.REFUSED}:
            continue
        if not one_per_sample(found.targets, found.shape):
            continue
        head = head_of(event.graph, found.output)
        if head.dense is None or head.dense.site.path != program.path or returns_sequences(head.source):
            continue
        raises = found.match is Match.REFUSED
        yield Report(
            head.dense.site,
            f"The model returns {format_shape(found.shape)}, but the targets are one per sample, "
            f"{format_shape(found.targets)}: {_consequence(found)} `Dense` leaves the axes before the last one alone; put "
            "a `Flatten` or a global pooling before it.",
            related=(
                (
                    f"the targets: {source_of(format_shape(found.targets), found.array)}",
                    event.sites.get("y", event.site),
                ),
                (f"the loss is `{found.loss}`", compiled.sites.get("loss", compiled.site)),
            ),
            subjects=layer_subjects(head.dense) | compile_subject(compiled),
            data={"shape": head.entering, "raises": raises},
            severity=ERROR if raises else None,
            certain=event.certain,
            guarded=event.guarded,
        )


def _consequence(found: Comparison) -> str:
    if found.match is Match.REFUSED:
        return f"`{found.event.kind}` raises."
    if len(found.targets) == 1:
        return "each prediction is compared with the targets of all samples, and nothing is learnt."
    if found.match is Match.EITHER:
        return f"`{found.event.kind}` raises, or compares predictions with targets that are not theirs."
    return "every step is trained on the one target of its sample."


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """``Flatten``, where the sizes are known; a global pooling as the other way."""
    shape: Shape = report.data["shape"]
    if not isinstance(shape, tuple):
        return
    names = ["Flatten"] if all(isinstance(side, int) for side in shape[1:]) else []
    if len(shape) in {3, 4}:
        names.append(f"GlobalAveragePooling{len(shape) - 2}D")
    for name in names:
        written = program.name_for(f"keras.layers.{name}", report.site)
        if written is not None:
            edit = _insert(report.site, f"{written}()")
            yield from fix(f"Put {name} before it", "safe" if report.data["raises"] else "unsafe", edit)


def _insert(layer: Site, text: str) -> Edit | None:
    """Puts a layer before another: in its Sequential, or around the tensor that it is called on."""
    around = parents(layer)
    call = around[0] if around else None
    if isinstance(call, cst.Call) and call.func is layer.node and len(call.args) == 1:
        tensor = Site(layer.unit, call.args[0].value)
        return replace(tensor, f"{text}({text_of(tensor)})")
    return insert_in_stack(layer, text)
