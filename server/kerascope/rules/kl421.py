r"""`input_shape` on a layer

## What it does

Finds `input_shape=` and `input_dim=` on layers, and `InputLayer(input_shape=…)`.

## Why it matters

It works. Keras 3 warns: `Do not pass an input_shape/input_dim argument to a layer. When using Sequential models,
prefer using an Input(shape) object as the first layer`. Keras 2 has no objection.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([
    layers.Dense(8, activation="relu", input_shape=(20,)),
                                       ^^^^^^^^^^^^^^^^^ KL421
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

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(8, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

`input_dim` of an `Embedding` is the size of its vocabulary.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.randint(0, 100, (32, 10))
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(10,)),
    layers.Embedding(input_dim=100, output_dim=4),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Edit, Fix
from kerascope.graph.nodes import Layer
from kerascope.rules.base import HINT, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import argument, insert_in_stack, parents, remove_argument, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KL421",
    name="input-shape-on-layer",
    severity={3: HINT},
    fixable="sometimes",
    evidence=("S033d", "A063", "S033g"),
    looks_at="layers",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at the arguments of every layer."""
    for layer in program.layers:
        if layer.site.path != program.path:
            continue
        for keyword in ("input_shape", "input_dim"):
            if keyword not in layer.sites or (layer.class_name == "Embedding" and keyword == "input_dim"):
                continue
            if layer.spec is None:
                continue
            site = argument(layer.site, keyword)
            if site is None:
                continue
            if layer.class_name == "InputLayer":
                message = f"`InputLayer` calls it `shape` now; `{keyword}` works, with a warning."
            else:
                message = (
                    f"`{keyword}` on a layer works, but Keras 3 warns of it: put an `Input` first in the model, "
                    f"`Input(shape={_shape(layer, keyword)})`."
                )
            yield Report(
                site,
                message,
                subjects=layer_subjects(layer),
                data={"layer": layer, "keyword": keyword},
            )


def _shape(layer: Layer, keyword: str) -> str:
    written = text_of(layer.sites[keyword]) if keyword in layer.sites else ""
    return f"({written},)" if keyword == "input_dim" else written


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """An ``Input`` before the layer, where the layer is the first of a Sequential."""
    layer: Layer = report.data["layer"]
    keyword: str = report.data["keyword"]
    call = layer.site
    if layer.class_name == "InputLayer":
        item = argument(call, keyword)
        if item is not None and isinstance(item.node, cst.Arg) and keyword == "input_shape":
            shape = text_of(Site(call.unit, item.node.value))
            yield from fix("Call it shape", "safe", replace(item, f"shape={shape}"))
        return
    made = program.name_for("keras.Input") or program.name_for("keras.layers.Input", call)
    value = argument(call, keyword)
    if made is None or value is None or not isinstance(value.node, cst.Arg):
        return
    written = text_of(Site(call.unit, value.node.value))
    shape = f"({written},)" if keyword == "input_dim" else written
    inserted = _insert_first(call, f"{made}(shape={shape})")
    if inserted is not None:
        yield from fix("Put an Input before it", "safe", inserted, remove_argument(call, keyword))


def _insert_first(layer: Site, text: str) -> Edit | None:
    """Puts ``text`` before a layer, if nothing stands before it in its list."""
    around = parents(layer)
    stack = around[1] if len(around) > 1 else None
    if isinstance(stack, cst.List) and stack.elements[0].value is not layer.node:
        return None
    return insert_in_stack(layer, text)
