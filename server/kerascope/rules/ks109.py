r"""A window that is larger than what is left of the image

## What it does

Finds convolutions, poolings and croppings whose window, or whose cut, is larger than the axis that it works on.

## Why it matters

Every convolution without padding and every pooling makes the image smaller. When less than a window is left, no
output is left, and Keras raises: `Computed output size would be zero or negative` (Keras 3),
`Negative dimension size` (Keras 2).

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 10, 10, 1)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(10, 10, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(8, 3, activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(8, 3, activation="relu"),
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KS109
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

x = np.random.rand(32, 10, 10, 1)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(10, 10, 1)),
    layers.Conv2D(8, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(8, 3, padding="same", activation="relu"),
    layers.MaxPooling2D(),
    layers.Conv2D(8, 3, padding="same", activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

A window that just fits leaves one position.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 10, 4)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(10, 4)),
    layers.Conv1D(8, 10, activation="relu"),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

`padding="same"` keeps the size by computing with zeros around the image. A larger input or fewer layers are other
answers, so it is only offered.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Ranked, format_shape
from kerascope.domain.specs import NestedLayer
from kerascope.findings import Fix
from kerascope.graph.nodes import Layer
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import add_argument, is_string, quoted_like, replace

RULE = Rule(
    code="KS109",
    name="spatial-size-below-one",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S020", "S020b", "S020c", "S020e", "S020f", "S020h", "S029c"),
    looks_at="faults",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of a layer whose output would be empty, unless data brought the shape."""
    for fault in program.faults:
        if fault.fault.kind is not FaultKind.EMPTY_OUTPUT or fault.from_data:
            continue
        facts = fault.fault.facts
        shown = program.shown(fault)
        if shown is None:
            continue
        yield Report(
            shown,
            _message(fault.layer, facts["shape"], facts["axis"], facts.get("window")),
            subjects=layer_subjects(fault.layer),
            data={"layer": fault.layer, "padded": facts.get("window") is not None},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _message(layer: Layer, shape: Ranked, axis: int, window: int | None) -> str:
    nested = layer.arguments.get("layer")
    name = f"{layer.class_name}({nested.name})" if isinstance(nested, NestedLayer) else layer.class_name
    where = f"axis {axis} of its input has {shape[axis]}: {format_shape(shape)}"
    if window is None:
        return f"`{name}` takes away more than there is: {where}. Cut off less, or give it a larger input."
    stretched = layer.arguments.get("dilation_rate", 1) not in (1, (1,), (1, 1), (1, 1, 1))
    extent = f"a window of {window}" + (" (its dilation included)" if stretched else "")
    return (
        f'`{name}` needs {extent}, but {where}. Nothing would be left: use `padding="same"`, fewer or smaller '
        "layers that shrink the input before it, or a larger input."
    )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """``padding="same"``, for the layers that have a padding."""
    layer: Layer = report.data["layer"]
    if not report.data["padded"] or "padding" not in layer.arguments.values:
        return
    given = layer.sites.get("padding")
    title = "Keep the size with padding='same'"
    if given is not None:
        if given.path == program.path and is_string(given):
            yield from fix(title, "unsafe", replace(given, quoted_like(given, "same")))
    elif layer.site.node is report.site.node:
        text = f"padding={quoted_like(report.site, 'same')}"
        yield from fix(title, "unsafe", add_argument(report.site, text))
