r"""A recurrent layer on rows without a time axis

## What it does

Finds an `LSTM`, `GRU` or `SimpleRNN`, also inside `Bidirectional`, on a tensor of two axes: a table, or what a
`Flatten`, a `Dense` on a table or a global pooling returns. Where a recurrent layer without `return_sequences=True`
returned it, KS102 speaks instead.

## Why it matters

A recurrent layer walks along time steps and needs `(batch, steps, features)`. Keras raises while the model is built:
`expected ndim=3, found ndim=2`. A series of single numbers is `(steps, 1)` for each sample, not `(steps,)`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 10, 1)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(10,)),
                      ^^^^^ KS103
    layers.LSTM(8),
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

x = np.random.rand(32, 10, 1)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(10, 1)),
    layers.LSTM(8),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

`Embedding` gives every step a vector, so a row of word numbers becomes a sequence.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.randint(0, 100, (32, 10))
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(10,)),
    layers.Embedding(100, 8),
    layers.LSTM(8),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

A row may be a series of single numbers, `(10, 1)`, or one step of many features, `(1, 10)`. The fix reads it as a
series and is only offered.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import format_shape
from kerascope.domain.specs import NestedLayer
from kerascope.findings import Fix
from kerascope.graph.nodes import Layer
from kerascope.graph.queries import RECURRENT, returns_last_state, shape_source, written_shape
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import append_to_tuple, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS103",
    name="rnn-needs-3d-input",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KL421",),
    fixable="sometimes",
    evidence=("S013", "S015f", "S033e"),
    looks_at="faults",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of a recurrent layer for want of its time axis, unless data brought the shape."""
    for fault in program.faults:
        facts, layer = fault.fault.facts, fault.layer
        if fault.fault.kind is not FaultKind.RANK or fault.from_data or not _recurrent(layer):
            continue
        shown, source = program.shown(fault), shape_source(fault)
        if (facts.get("expected"), facts["received"]) != (3, 2) or shown is None:
            continue
        if source is not None and returns_last_state(source):
            continue  # KS102 speaks of it
        shape_site = written_shape(layer, source)
        mended = append_to_tuple(shape_site, "1") if shape_site is not None else None
        site = (
            shape_site
            if mended is not None and shape_site is not None and shape_site.path == program.path
            else None
        )
        name = _name(layer)
        yield Report(
            site or shown,
            f"`{name}` needs 3 axes (batch, steps, features), but gets 2: {format_shape(facts['shape'])}. "
            f"{_remedy(site, source)}",
            related=((f"`{name}` refuses it", shown),)
            if site is not None and site.node is not shown.node
            else (),
            subjects=layer_subjects(layer),
            data={"shape_site": site},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _nested(layer: Layer) -> NestedLayer | None:
    nested = layer.arguments.get("layer")
    return nested if layer.class_name == "Bidirectional" and isinstance(nested, NestedLayer) else None


def _recurrent(layer: Layer) -> bool:
    nested = _nested(layer)
    return (nested.name if nested is not None else layer.class_name) in RECURRENT


def _name(layer: Layer) -> str:
    nested = _nested(layer)
    return f"Bidirectional({nested.name})" if nested is not None else layer.class_name


def _remedy(site: Site | None, source: Layer | None) -> str:
    if site is not None:
        series = f"{text_of(site).rstrip('), ]')}, 1)"
        return f"Give the input its features, `{series}` for single numbers, or put an `Embedding` before it for word ids."
    if source is not None and source.class_name == "Flatten":
        return "Instead of the `Flatten` before it, keep a sequence: `Reshape((steps, features))`."
    return "Make steps of the row first, with `Reshape((steps, features))` or `RepeatVector(steps)`."


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The axis of features, where the input's shape is written as a tuple."""
    site = report.data["shape_site"]
    if site is not None:
        yield from fix("Make it a series of single numbers", "unsafe", append_to_tuple(site, "1"))
