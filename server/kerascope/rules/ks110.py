r"""A `Reshape` to another number of elements

## What it does

Finds `Reshape` layers whose target has another number of elements than their input.

## Why it matters

A reshape arranges the same elements anew. Keras raises while the model is built: `The total size of the tensor must
be unchanged`. Often the target holds the batch size as well, which `Reshape` keeps by itself.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 784)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(784,)),
    layers.Reshape((28, 28, 3)),
                   ^^^^^^^^^^^ KS110
    layers.Conv2D(8, 3, activation="relu"),
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

x = np.random.rand(32, 784)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(784,)),
    layers.Reshape((28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

`-1` stands for whatever is left over.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 784)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(784,)),
    layers.Reshape((28, -1)),
    layers.LSTM(4),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

Dropping a leading batch size is safe. Another last axis is a guess at what was meant, so it is only offered.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from kerascope.domain.shapes import format_shape
from kerascope.findings import Fix
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import replace

RULE = Rule(
    code="KS110",
    name="reshape-size-mismatch",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S016", "S016b", "S016c", "S016e"),
    looks_at="faults",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of a ``Reshape``."""
    for fault in program.faults:
        if fault.fault.kind is not FaultKind.TOTAL_SIZE:
            continue
        shown = program.shown(fault)
        if shown is None:
            continue
        given = fault.layer.sites.get("target_shape")
        site = given if given is not None and given.path == program.path else shown
        received, target = fault.fault.facts["input_shape"], fault.fault.facts["target_shape"]
        mended = _mended(received, target)
        yield Report(
            site,
            f"`Reshape` keeps the number of elements, but {format_shape(received)} has {_size(received)} and "
            f"{format_shape(target)} {_size(target)}.{_remedy(mended)}",
            subjects=layer_subjects(fault.layer),
            data={"mended": mended, "given": given is not None},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _size(shape: tuple[int, ...]) -> str:
    known = [side for side in shape if isinstance(side, int) and side >= 0]
    product = math.prod(known)
    return f"a multiple of {product}" if len(known) < len(shape) else str(product)


def _mended(received: tuple[int, ...], target: tuple[int, ...]) -> tuple[tuple[int, ...], str] | None:
    """A target that fits, and what was changed: ``batch`` or ``last``."""
    if not all(isinstance(side, int) and side > 0 for side in received):
        return None
    total = math.prod(received)
    if -1 in target or not all(isinstance(side, int) and side > 0 for side in target):
        return None
    if len(target) > 1 and math.prod(target[1:]) == total:
        return target[1:], "batch"
    rest = math.prod(target[:-1])
    if len(target) > 1 and total % rest == 0:
        return (*target[:-1], total // rest), "last"
    return None


def _remedy(mended: tuple[tuple[int, ...], str] | None) -> str:
    if mended is None:
        return ""
    if mended[1] == "batch":
        return f" Leave the batch size out: `{format_shape(mended[0])}`."
    return f" `{format_shape(mended[0])}` would fit."


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The target that fits."""
    mended = report.data["mended"]
    if mended is None or not report.data["given"]:
        return
    target, changed = mended
    title = "Leave out the batch size" if changed == "batch" else f"Reshape to {format_shape(target)}"
    yield from fix(
        title, "safe" if changed == "batch" else "unsafe", replace(report.site, format_shape(target))
    )
