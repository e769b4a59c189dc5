r"""A target that `Reshape` cannot read

## What it does

Finds `Reshape` with a number instead of a tuple, with more than one `-1`, or with an entry that no axis can have.

## Why it matters

`Reshape` wants one entry for each axis after the batch, and can work out one `-1` from the others, not two. Keras
raises while the model is built: `'int' object is not iterable`, `There must be at most one unknown dimension`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 28, 28)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(28, 28)),
    layers.Reshape(784),
                   ^^^ KS111
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

x = np.random.rand(32, 28, 28)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(28, 28)),
    layers.Reshape((784,)),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

A single `-1` takes what the other axes leave, and a list does as well as a tuple.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 28, 28)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(28, 28)),
    layers.Reshape([-1]),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from kerascope.domain.shapes import format_shape
from kerascope.findings import Edit, Fix
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.units import Site
from kerascope.text.source import Span

RULE = Rule(
    code="KS111",
    name="reshape-bad-target",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S016d", "S016f"),
    looks_at="faults",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of a ``Reshape`` for its target alone, in the constructor or at a call."""
    for fault in program.faults:
        layer = fault.layer
        if (
            layer.class_name != "Reshape"
            or fault.fault.kind is not FaultKind.ARGUMENT
            or fault.fault.facts.get("argument") != "target_shape"
            or fault.from_data
        ):
            continue
        shown, target = program.shown(fault), layer.arguments.get("target_shape")
        written = _written(layer.site) if layer.site.path == program.path else ()
        message = _message(target, len(written))
        if shown is None or message is None:
            continue
        yield Report(
            Site(layer.site.unit, written[0].value) if len(written) == 1 else shown,
            message,
            subjects=layer_subjects(layer),
            data={"written": written if _is_number(target) else (), "unit": layer.site.unit},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _written(call: Site) -> tuple[cst.Arg, ...]:
    """The arguments that make the target: the one of that name, or all that have no name."""
    args = tuple(call.node.args) if isinstance(call.node, cst.Call) else ()
    if any(item.star for item in args):
        return ()
    named = tuple(item for item in args if item.keyword is not None and item.keyword.value == "target_shape")
    return named or tuple(item for item in args if item.keyword is None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _message(target: Any, count: int) -> str | None:
    """What is wrong with a target; ``None`` where that cannot be told from its value."""
    if _is_number(target) and count > 1:
        return f"`Reshape` needs one tuple, but gets {count} numbers: put brackets around them, `Reshape(({target}, …))`."
    if _is_number(target):
        return f"`Reshape` needs a tuple with one entry per axis, but gets the number {target}: write `({target},)`."
    if not isinstance(target, tuple):
        return None
    if target.count(-1) > 1:
        return (
            f"`Reshape` can work out one `-1`, but {format_shape(target)} has {target.count(-1)}: give all sizes but "
            "one as numbers."
        )
    negative = [side for side in target if _is_number(side) and side < -1]
    if negative:
        return (
            f"`Reshape` needs sizes, and at most one `-1`, but {format_shape(target)} holds {negative[0]}: write the "
            "number of elements of that axis."
        )
    if None in target:
        return f"`Reshape` needs integers, but {format_shape(target)} holds None: write `-1` for the size to be worked out."
    return None


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A tuple of the numbers."""
    written: tuple[cst.Arg, ...] = report.data["written"]
    if not written:
        return
    unit = report.data["unit"]
    start, stop = unit.span(written[0].value).start, unit.span(written[-1].value).stop
    closing = ",)" if len(written) == 1 else ")"
    yield from fix("Make it a tuple", "safe", Edit(Span(start, start), "("), Edit(Span(stop, stop), closing))
