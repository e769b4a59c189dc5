r"""A required argument that is missing

## What it does

Finds layers that are made without an argument that they cannot do without: `Conv2D(8)`, `Dropout()`, `Embedding(10)`.

## Why it matters

Python raises where the layer is made: `Conv2D.__init__() missing 1 required positional argument: 'kernel_size'`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(16, 28, 28, 1)
y = np.random.rand(16, 1)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, activation="relu"),
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KL412
    layers.GlobalAveragePooling2D(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

A pair where two arguments are wanted:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(4, 64, 64, 3)
y = np.random.rand(4, 1)

model = keras.Sequential([
    keras.Input(shape=(64, 64, 3)),
    layers.Resizing((32, 32)),
    ^^^^^^^^^^^^^^^^^^^^^^^^^ KL412
    layers.Flatten(),
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
    layers.Conv2D(8, 3, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

Pooling needs no size; it is 2 unless another is given.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(16, 28, 28, 1)
y = np.random.rand(16, 1)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.MaxPooling2D(),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

A pair taken apart is safe, for Keras would have raised. A size that the program does not name can only be guessed, so
it is never put in without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Edit, Fix
from kerascope.graph.nodes import Layer, LayerFault
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import add_argument, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KL412",
    name="missing-required-argument",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("A003o", "A004g", "A006b", "A002j", "S026f", "A065d", "A065e"),
    looks_at="faults",
)

_CUSTOMARY = {
    "activation": '"relu"',
    "kernel_size": "3",
    "rate": "0.5",
    "scale": "1 / 255",
    "stddev": "0.1",
}
"""What is customary where nothing is said."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every constructor that lacks arguments, once with all of them."""
    lacking: dict[int, list[LayerFault]] = {}
    for fault in program.faults:
        facts = fault.fault.facts
        if fault.fault.kind is FaultKind.ARGUMENT and facts.get("reason") == "missing":
            lacking.setdefault(fault.layer.id, []).append(fault)
    for faults in lacking.values():
        layer, shown = faults[0].layer, program.shown(faults[0])
        if shown is None or layer.spec is None:
            continue
        names = list(dict.fromkeys(fault.fault.facts["argument"] for fault in faults))
        wanted = " and ".join(f"`{name}`" for name in names)
        required = ", ".join(
            parameter.name
            for parameter in layer.spec.signature(program.major).parameters
            if parameter.required
        )
        yield Report(
            shown,
            f"`{layer.class_name}` needs {wanted} as well: Keras raises. Write `{layer.class_name}({required})`.",
            subjects=layer_subjects(layer),
            data={"layer": layer, "names": names},
            certain=faults[0].certain,
            guarded=faults[0].guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A tuple of the arguments taken apart; customary sizes."""
    layer: Layer = report.data["layer"]
    names: list[str] = report.data["names"]
    if layer.site.path != program.path:
        return
    unpacked = _unpacked(layer, len(names))
    if unpacked is not None:
        yield from fix("Take the pair apart", "safe", unpacked)
    elif all(name in _CUSTOMARY for name in names):
        given = ", ".join(f"{name}={_CUSTOMARY[name]}" for name in names)
        yield from fix(f"Add {given}", "unsafe", add_argument(layer.site, given))


def _unpacked(layer: Layer, missing: int) -> Edit | None:
    """``Resizing(32, 32)`` for ``Resizing((32, 32))``."""
    node = layer.site.node
    if not isinstance(node, cst.Call) or not node.args or node.args[0].keyword is not None:
        return None
    first = node.args[0].value
    if not isinstance(first, (cst.Tuple, cst.List)) or len(first.elements) != missing + 1:
        return None
    parts = [text_of(Site(layer.site.unit, element.value)) for element in first.elements]
    return replace(Site(layer.site.unit, first), ", ".join(parts))
