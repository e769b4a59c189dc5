r"""A merge that does not get its tensors as one list

## What it does

Finds `Add`, `Concatenate`, `Multiply`, `Average`, `Maximum`, `Minimum`, `Subtract` and `Dot` called on one tensor, or
on several tensors that do not stand in a list, and `Subtract` and `Dot` on another number of tensors than two.

## Why it matters

A merging layer takes all its tensors as its first argument. Keras raises while the model is built:
`A merge layer should be called on a list of inputs`, or `too many positional arguments`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 8)
y = np.random.rand(32, 1)

inputs = keras.Input(shape=(8,))
hidden = layers.Dense(8, activation="relu")(inputs)
merged = layers.Add()(inputs, hidden)
         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KS114
model = keras.Model(inputs, layers.Dense(1)(merged))
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 8)
y = np.random.rand(32, 1)

inputs = keras.Input(shape=(8,))
hidden = layers.Dense(8, activation="relu")(inputs)
merged = layers.Add()([inputs, hidden])
model = keras.Model(inputs, layers.Dense(1)(merged))
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

A tuple is as good as a list, and more than two tensors are fine for most merging layers.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 8)
y = np.random.rand(32, 1)

inputs = keras.Input(shape=(8,))
hidden = layers.Dense(8, activation="relu")(inputs)
merged = layers.Add()((inputs, hidden, hidden))
model = keras.Model(inputs, layers.Dense(1)(merged))
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Edit, Fix
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.units import Site
from kerascope.text.source import Span

RULE = Rule(
    code="KS114",
    name="merge-layer-needs-list",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S017c", "S018i", "S018j", "S018g"),
    looks_at="faults",
)

_MERGES = frozenset(
    {"Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"}
)  # fmt: skip


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of a merging layer for the number of its inputs."""
    for fault in program.faults:
        facts, name = fault.fault.facts, fault.layer.class_name
        if name not in _MERGES or fault.fault.kind is not FaultKind.ARITY or fault.from_data:
            continue
        if not fault.inputs:
            continue  # the constructor refused its own arguments
        shown = fault.site if fault.site.path == program.path else program.shown(fault)
        if shown is None:
            continue
        single = not isinstance(facts["expected"], int)
        by_position = fault.site.node is fault.layer.site.node and isinstance(
            fault.layer.arguments.get("axis"), int
        )
        loose = _loose(shown) if single and not by_position else ()
        yield Report(
            shown,
            _message(name, facts["expected"], facts["received"], len(loose)),
            subjects=layer_subjects(fault.layer),
            data={"loose": loose},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _message(name: str, expected: int | str, received: int, loose: int) -> str:
    if loose > 1:
        return f"`{name}` takes its tensors as one list, but gets {loose} arguments: put brackets around them, `[a, b]`."
    if not isinstance(expected, int):
        return f"`{name}` needs its tensors as one list, but its first argument is a single tensor: call it on `[a, b]`."
    least = name in {"Subtract", "Dot"}
    return (
        f"`{name}` takes {'exactly' if least else 'at least'} {expected} tensors, but gets {received}: "
        + ("merge two at a time." if received > expected else "give it another one.")
    )


def _loose(call: Site) -> tuple[cst.Arg, ...]:
    """The arguments of a call that may all be tensors; none where one has a name, a star, or is no tensor."""
    args = tuple(call.node.args) if isinstance(call.node, cst.Call) else ()
    tensors = (cst.Name, cst.Call, cst.Attribute, cst.Subscript)
    plain = all(item.keyword is None and not item.star and isinstance(item.value, tensors) for item in args)
    return args if plain and len(args) > 1 else ()


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Brackets around the tensors."""
    loose: tuple[cst.Arg, ...] = report.data["loose"]
    if len(loose) < 2:
        return
    unit = report.site.unit
    start, stop = unit.span(loose[0].value).start, unit.span(loose[-1].value).stop
    yield from fix(
        "Put the tensors into a list", "safe", Edit(Span(start, start), "["), Edit(Span(stop, stop), "]")
    )
