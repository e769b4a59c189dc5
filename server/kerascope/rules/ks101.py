r"""A convolution on an input with too few axes

## What it does

Finds `Conv1D`, `Conv2D`, `Conv3D` and their kin on a tensor that has fewer axes than they need: batch, one to three
spatial axes, and channels.

## Why it matters

Keras raises while the model is built: `expected min_ndim=4, found ndim=3`. Grey images are the usual reason: they
are stored as `(28, 28)`, and a convolution wants `(28, 28, 1)`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 28, 28, 1)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    layers.Conv2D(8, 3, activation="relu", input_shape=(28, 28)),
                                                       ^^^^^^^^ KS101
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 28, 28, 1)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

A signal with one channel: `Conv1D` needs three axes, and `(100, 1)` with the batch makes three.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 100, 1)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(100, 1)),
    layers.Conv1D(8, 3, activation="relu"),
    layers.GlobalAveragePooling1D(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import format_shape
from kerascope.findings import Fix
from kerascope.graph.queries import CONVOLUTIONS, axis_names, shape_source, written_shape
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import append_to_tuple, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS101",
    name="input-rank-too-low-for-conv",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KL421",),
    fixable="sometimes",
    evidence=("S001", "S002", "S014", "S015c", "S015d", "S015h", "S035b"),
    looks_at="faults",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of a convolution for want of axes, unless data brought the shape."""
    for fault in program.faults:
        facts = fault.fault.facts
        needed = facts.get("min_ndim") or facts.get("expected")
        if (
            fault.fault.kind is not FaultKind.RANK
            or fault.layer.class_name not in CONVOLUTIONS
            or fault.from_data
        ):
            continue
        if not isinstance(needed, int) or facts["received"] >= needed:
            continue
        shown = program.shown(fault)
        if shown is None:
            continue
        shape_site = written_shape(fault.layer, shape_source(fault))
        site = shape_site if shape_site is not None and shape_site.path == program.path else shown
        name = fault.layer.class_name
        yield Report(
            site,
            f"`{name}` needs {needed} axes ({axis_names(needed, fault.layer)}), but gets {facts['received']}: "
            f"{format_shape(facts['shape'])}. {_remedy(facts['received'], needed, site)}",
            related=((f"`{name}` refuses it", fault.layer.site),) if site is not shown else (),
            subjects=layer_subjects(fault.layer),
            data={"missing": needed - facts["received"], "shape_site": site if site is not shown else None},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _remedy(received: int, needed: int, site: Site) -> str:
    if needed - received == 1:
        mended = append_to_tuple(site, "1")
        if mended is not None:
            return f"Add the channel axis: `{text_of(site).rstrip('), ]')}, 1)`."
        return "Add the channel axis."
    return "Move it before the layer that took the axes away, or bring them back with `Reshape`."


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The channel axis, where it is the one axis that is missing."""
    site = report.data["shape_site"]
    if report.data["missing"] == 1 and site is not None:
        yield from fix("Add the channel axis", "safe", append_to_tuple(site, "1"))
