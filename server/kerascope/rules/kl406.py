r"""`Conv2D(8, 3, 3)`: the third number is the stride

## What it does

Finds convolutions over images that are given three numbers by position, in the order of Keras 1 (filters, rows, columns)
or of PyTorch (channels in, channels out, kernel size).

## Why it matters

It runs. The third number is the stride, so `Conv2D(8, 3, 3)` moves its window by three and returns a ninth of the
pixels; `Conv2D(3, 16, 3)` has 3 filters of 16 by 16. Nothing warns.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(16, 28, 28, 1)
y = np.random.rand(16, 1)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, 3, activation="relu"),
                        ^ KL406
    layers.GlobalAveragePooling2D(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

In the order of PyTorch:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(16, 64, 64, 3)
y = np.random.rand(16, 1)

model = keras.Sequential([
    keras.Input(shape=(64, 64, 3)),
    layers.Conv2D(3, 16, 3),
                  ^ KL406
    layers.GlobalAveragePooling2D(),
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

x = np.random.rand(16, 28, 28, 1)
y = np.random.rand(16, 1)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, (3, 3), activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

Strides that halve the size, and strides by name, are taken as they are meant.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(16, 27, 27, 1)
y = np.random.rand(16, 1)

model = keras.Sequential([
    keras.Input(shape=(27, 27, 1)),
    layers.Conv2D(8, 3, 2, activation="relu"),
    layers.Conv2D(8, 3, strides=3, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

The fixes change what the model computes, so they are never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Edit, Fix
from kerascope.graph.nodes import Layer
from kerascope.rules.base import WARNING, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.units import Site
from kerascope.text.source import Span

RULE = Rule(
    code="KL406",
    name="conv-positional-arguments",
    severity={2: WARNING, 3: WARNING},
    supersedes=("KS109",),
    fixable="sometimes",
    evidence=("A003e", "A003p"),
    looks_at="layers",
)

_LAYERS = frozenset({"Conv2D", "SeparableConv2D"})


def check(program: Program) -> Iterator[Report]:
    """Looks at every convolution over images that is written with three numbers."""
    for layer in program.layers:
        if layer.class_name not in _LAYERS or layer.site.path != program.path:
            continue
        numbers = _numbers(layer)
        if numbers is None:
            continue
        (filters, kernel, stride), sites = numbers
        if kernel == stride and kernel % 2 == 1 and kernel > 1:
            yield Report(
                sites[2],
                f"The third number of `{layer.class_name}` is the stride, so the window moves by {stride}. For a window "
                f"of {kernel} by {stride} write `{layer.class_name}({filters}, ({kernel}, {stride}), …)`.",
                subjects=layer_subjects(layer),
                data={"order": "rows", "sites": sites, "numbers": (filters, kernel, stride)},
            )
        elif filters in (1, 3) and kernel >= 8 and kernel % 8 == 0 and stride in (3, 5, 7):
            yield Report(
                sites[0],
                f"`{layer.class_name}({filters}, {kernel}, {stride})` has {filters} filters of {kernel} by {kernel} and a "
                f"stride of {stride}. Keras finds out the channels of its input: write "
                f"`{layer.class_name}({kernel}, {stride})` for {kernel} filters.",
                subjects=layer_subjects(layer),
                data={"order": "channels", "sites": sites, "numbers": (filters, kernel, stride)},
            )


def _numbers(layer: Layer) -> tuple[tuple[int, int, int], tuple[Site, Site, Site]] | None:
    """Three whole numbers that the program itself writes one after another, and where."""
    node = layer.site.node
    if not isinstance(node, cst.Call) or len(node.args) < 3:
        return None
    values = []
    for item in node.args[:3]:
        if item.keyword is not None or item.star or not isinstance(item.value, cst.Integer):
            return None
        values.append(item.value)
    given = layer.arguments.given
    if (
        "strides" not in given
        or "kernel_size" not in given
        or (len(node.args) > 3 and not node.args[3].keyword)
    ):
        return None
    first, second, third = values
    unit = layer.site.unit
    return (
        (first.evaluated_value, second.evaluated_value, third.evaluated_value),
        (Site(unit, first), Site(unit, second), Site(unit, third)),
    )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The numbers as they were meant."""
    filters, second, third = report.data["sites"]
    if report.data["order"] == "rows":
        start, stop = second.span.start, third.span.stop
        yield from fix(
            "Make it the size of the window",
            "unsafe",
            Edit(Span(start, start), "("),
            Edit(Span(stop, stop), ")"),
        )
    else:
        yield from fix(
            "Leave out the channels of the input",
            "unsafe",
            Edit(Span(filters.span.start, second.span.start), ""),
        )
