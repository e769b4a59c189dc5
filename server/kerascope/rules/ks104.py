r"""A recurrent layer on images

## What it does

Finds an `LSTM`, `GRU` or `SimpleRNN`, also inside `Bidirectional`, on a tensor with more than three axes: straight
after a two-dimensional convolution or pooling, or after one inside `TimeDistributed`.

## Why it matters

A recurrent layer needs `(batch, steps, features)`: one vector for each step. Keras raises while the model is built:
`expected ndim=3, found ndim=4`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20, 16, 1)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20, 16, 1)),
    layers.Conv2D(4, 3, activation="relu"),
    layers.LSTM(8),
    ^^^^^^^^^^^^^^ KS104
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

x = np.random.rand(32, 20, 16, 1)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20, 16, 1)),
    layers.Conv2D(4, 3, activation="relu"),
    layers.Reshape((18, 56)),
    layers.LSTM(8),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

A global pooling inside `TimeDistributed` leaves one vector for each picture of a film.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 5, 16, 16, 1)
y = np.random.rand(8, 1)

model = keras.Sequential([
    keras.Input(shape=(5, 16, 16, 1)),
    layers.TimeDistributed(layers.Conv2D(4, 3, activation="relu")),
    layers.TimeDistributed(layers.GlobalAveragePooling2D()),
    layers.LSTM(8),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

The fix takes the first axis after the batch for time and makes one vector of the rest. Whether time runs along that
axis only the author knows, so it is only offered.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.domain.shapes import Ranked, format_shape, product
from kerascope.domain.specs import NestedLayer
from kerascope.findings import Edit, Fix
from kerascope.graph.nodes import Layer
from kerascope.graph.queries import RECURRENT
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import insert_in_stack, parents, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS104",
    name="rnn-on-image-tensor",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S013b", "S015e", "S035c"),
    looks_at="faults",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of a recurrent layer for too many axes, unless data brought the shape."""
    for fault in program.faults:
        facts, name = fault.fault.facts, _name(fault.layer)
        if fault.fault.kind is not FaultKind.RANK or fault.from_data or name is None:
            continue
        shown = program.shown(fault)
        if facts.get("expected") != 3 or facts["received"] < 4 or shown is None:
            continue
        target = _target(facts["shape"])
        remedy = "one vector for each step, for example with `TimeDistributed(Flatten())`"
        if target is not None:
            remedy = f"one vector for each step, for example with `Reshape({format_shape(target)})`"
        yield Report(
            shown,
            f"`{name}` needs 3 axes (batch, steps, features), but gets {facts['received']}: "
            f"{format_shape(facts['shape'])}. Make {remedy}.",
            subjects=layer_subjects(fault.layer),
            data={"target": target, "layer": fault.layer},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _name(layer: Layer) -> str | None:
    """How the message calls a recurrent layer; ``None`` for any other."""
    nested = layer.arguments.get("layer")
    if layer.class_name == "Bidirectional" and isinstance(nested, NestedLayer):
        return f"Bidirectional({nested.name})" if nested.name in RECURRENT else None
    return layer.class_name if layer.class_name in RECURRENT else None


def _target(shape: Ranked) -> tuple[int, int] | None:
    """Steps and features, with everything behind the steps as features; ``None`` where their number is not known."""
    features = product(shape[2:])
    if not isinstance(features, int) or features < 1:
        return None
    return (shape[1] if isinstance(shape[1], int) else -1), features


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A ``Reshape`` before it."""
    target = report.data["target"]
    written = program.name_for("keras.layers.Reshape", report.site)
    if target is None or written is None or report.data["layer"].site.node is not report.site.node:
        return
    text = f"{written}({format_shape(target)})"
    yield from fix(f"Put a Reshape to {format_shape(target)} before it", "unsafe", _insert(report.site, text))


def _insert(layer: Site, text: str) -> Edit | None:
    """Puts a layer before another: in its Sequential, or around the tensor that it is called on."""
    around = parents(layer)
    call = around[0] if around else None
    if isinstance(call, cst.Call) and call.func is layer.node and call.args and not call.args[0].star:
        tensor = Site(layer.unit, call.args[0].value)
        return replace(tensor, f"{text}({text_of(tensor)})")
    return insert_in_stack(layer, text)
