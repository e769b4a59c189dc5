r"""A dictionary of inputs that lacks one

## What it does

Finds dictionaries of inputs in which a name of one of the model's inputs is missing.

## Why it matters

Keras looks for each input under its name: `Missing data for input "b". You passed a data dictionary with keys
['a', 'x']`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

a, b, y = np.random.rand(32, 4), np.random.rand(32, 5), np.random.rand(32, 1)

model_inputs = keras.Input((4,), name="a"), keras.Input((5,), name="b")
joined = layers.concatenate(list(model_inputs))
model = keras.Model(list(model_inputs), layers.Dense(1)(joined))
model.compile(optimizer="adam", loss="mse")
model.fit({"a": a, "bb": b}, y, epochs=1)
          ^^^^^^^^^^^^^^^^^ KS133
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

a, b, y = np.random.rand(32, 4), np.random.rand(32, 5), np.random.rand(32, 1)

model_inputs = keras.Input((4,), name="a"), keras.Input((5,), name="b")
joined = layers.concatenate(list(model_inputs))
model = keras.Model(list(model_inputs), layers.Dense(1)(joined))
model.compile(optimizer="adam", loss="mse")
model.fit({"a": a, "b": b}, y, epochs=1)
```

## Near miss

The order in a dictionary is no matter.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

a, b, y = np.random.rand(32, 4), np.random.rand(32, 5), np.random.rand(32, 1)

model_inputs = keras.Input((4,), name="a"), keras.Input((5,), name="b")
joined = layers.concatenate(list(model_inputs))
model = keras.Model(list(model_inputs), layers.Dense(1)(joined))
model.compile(optimizer="adam", loss="mse")
model.fit({"b": b, "a": a}, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from kerascope.findings import Fix
from kerascope.graph.inputs import FEEDING
from kerascope.graph.nodes import Event, Layer, Tensor
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import quoted_like, replace
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS133",
    name="input-dict-key-unknown",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S030c",),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every dictionary that is fed to a model whose inputs have known names."""
    for event in program.events(*FEEDING):
        value, model = event.arguments.get("x"), event.graph.model
        if not isinstance(value, dict) or not model.complete or model.kind != "Functional":
            continue
        names = [input_name(event, tensor) for tensor in event.graph.input_tensors]
        if not names or isinstance(model.inputs, dict) or not all(isinstance(name, str) for name in names):
            continue
        missing = [name for name in names if name not in value]
        if len(value) < len(names) or not missing:
            continue
        surplus = [key for key in value if key not in names]
        near = surplus[0] if len(surplus) == len(missing) == 1 else None
        site = event.sites.get("x", event.site)
        yield Report(
            site,
            f"The model has an input `{missing[0]}`, but the dictionary has {_listed(value)}: `{event.kind}` raises."
            + (f" Call `{near}` so." if near is not None else ""),
            subjects=frozenset({("data", id(site.node))}),
            data={"wrong": near, "right": missing[0]},
            certain=event.certain,
            guarded=event.guarded,
        )


def input_name(event: Event, tensor: Any) -> Any:
    """The name of an input, by which dictionaries give it."""
    layer = event.graph.layer(tensor) if isinstance(tensor, Tensor) else None
    return layer.name if isinstance(layer, Layer) else None


def _listed(value: dict[Any, Any]) -> str:
    return ", ".join(f"`{key}`" for key in value)


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The input's name, where only one is wrong."""
    node = report.site.node
    if report.data["wrong"] is None or not isinstance(node, cst.Dict) or report.site.path != program.path:
        return
    for element in node.elements:
        key = element.key if isinstance(element, cst.DictElement) else None
        if isinstance(key, cst.SimpleString) and key.evaluated_value == report.data["wrong"]:
            site, right = Site(report.site.unit, key), report.data["right"]
            yield from fix(f"Call it {right}", "safe", replace(site, quoted_like(site, right)))
