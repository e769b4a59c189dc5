r"""Another number of arrays than the model has inputs

## What it does

Finds `fit`, `evaluate` and `predict` with one array for a model of several inputs, with a list of arrays for a model of
one, or with too few or too many of them.

## Why it matters

A model takes one array for each `Input`, as a list in the order of its inputs or as a dictionary by their names. Keras
raises at the first batch: `expects 2 named input(s), but it received 1 input tensors`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 8)
y = np.random.rand(64, 1)

wide = keras.Input(shape=(8,))
deep = keras.Input(shape=(8,))
hidden = layers.Dense(16, activation="relu")(deep)
output = layers.Dense(1)(layers.Concatenate()([wide, hidden]))
model = keras.Model([wide, deep], output)
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
          ^ KS132
```

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

first = np.random.rand(64, 3)
second = np.random.rand(64, 5)
y = np.random.rand(64, 1)

inputs = keras.Input(shape=(8,))
model = keras.Model(inputs, layers.Dense(1)(inputs))
model.compile(optimizer="adam", loss="mse")
model.fit([first, second], y, epochs=1)
          ^^^^^^^^^^^^^^^ KS132
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 8)
y = np.random.rand(64, 1)

wide = keras.Input(shape=(8,))
deep = keras.Input(shape=(8,))
hidden = layers.Dense(16, activation="relu")(deep)
output = layers.Dense(1)(layers.Concatenate()([wide, hidden]))
model = keras.Model([wide, deep], output)
model.compile(optimizer="adam", loss="mse")
model.fit([x, x], y, epochs=1)
```

## Near miss

A dictionary may hold more than the model asks for, and a list of one is as good as the array itself.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 8)
y = np.random.rand(64, 1)

inputs = keras.Input(shape=(8,), name="features")
model = keras.Model(inputs, layers.Dense(1)(inputs))
model.compile(optimizer="adam", loss="mse")
model.fit([x], y, epochs=1)
model.fit({"features": x, "weights": y}, y, epochs=1)
```

## Fix safety

Which array belongs to which input is a guess, so the fix is only offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from kerascope.domain.shapes import format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.inputs import FEEDING
from kerascope.graph.nodes import Event, Tensor
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of

RULE = Rule(
    code="KS132",
    name="wrong-number-of-inputs",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S030", "S030b"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that feeds a model of known inputs with known arrays."""
    for event in program.events(*FEEDING):
        inputs = event.graph.input_tensors
        value, model = event.arguments.get("x"), event.graph.model
        given = _count(value)
        if given is None or not inputs or not model.complete or model.kind == "Model" or given == len(inputs):
            continue
        if isinstance(value, dict) and given > len(inputs):
            continue  # what no input asks for is left aside
        if model.kind == "Sequential" and program.major == 3:
            continue  # Keras 3 takes the first array of a list, without a word
        site = event.sites.get("x", event.site)
        yield Report(
            site,
            f"The model has {_inputs(inputs)}, but {_given(given, value)}: `{event.kind}` raises. Pass "
            + (
                "one array."
                if len(inputs) == 1
                else "a list with one array for each input, in the order of the inputs."
            ),
            related=_related(event, program.path),
            subjects=frozenset({("data", id(site.node))}),
            data={"event": event, "value": value},
            certain=event.certain,
            guarded=event.guarded,
        )


def _count(value: Any) -> int | None:
    """How many arrays are given; ``None`` where that is not known."""
    if isinstance(value, ArraySpec):
        return 1 if isinstance(value.shape, tuple) and value.shape else None
    parts = value if isinstance(value, tuple) else tuple(value.values()) if isinstance(value, dict) else ()
    known = all(
        isinstance(part, ArraySpec) and isinstance(part.shape, tuple) and part.shape for part in parts
    )
    return len(parts) if parts and known else None


def _inputs(inputs: tuple[Any, ...]) -> str:
    shapes = ", ".join(format_shape(leaf.spec.shape) for leaf in inputs if isinstance(leaf, Tensor))
    return f"one input, {shapes}" if len(inputs) == 1 else f"{len(inputs)} inputs, {shapes}"


def _given(count: int, value: Any) -> str:
    if isinstance(value, ArraySpec):
        return f"one array is given, {format_shape(value.shape)}"
    return "one array is given" if count == 1 else f"{count} arrays are given"


def _related(event: Event, path: str) -> tuple[tuple[str, Any], ...]:
    return (("the model", event.graph.model.site),) if event.graph.model.site.path == path else ()


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The same array for every input, or the arrays side by side, where the shapes say so."""
    event: Event = report.data["event"]
    value = report.data["value"]
    sides = [leaf.spec.shape[1:] for leaf in event.graph.input_tensors if isinstance(leaf.spec.shape, tuple)]
    if len(sides) != len(event.graph.input_tensors) or report.site.path != program.path:
        return
    text = text_of(report.site)
    if isinstance(value, ArraySpec) and isinstance(value.shape, tuple):
        if all(side == value.shape[1:] for side in sides) and isinstance(report.site.node, cst.Name):
            listed = ", ".join([text] * len(sides))
            yield from fix("Give each input this array", "unsafe", replace(report.site, f"[{listed}]"))
        return
    joined = _side_by_side(value)
    concatenate = program.name_for("numpy.concatenate")
    if len(sides) == 1 and joined == sides[0] and concatenate is not None:
        edit = replace(report.site, f"{concatenate}({text}, axis=-1)")
        yield from fix("Put the arrays side by side", "unsafe", edit)


def _side_by_side(value: Any) -> tuple[Any, ...] | None:
    """The sides of a sample of all arrays joined along their last axis, if they fit."""
    if not isinstance(value, tuple):
        return None
    shapes = [part.shape for part in value]
    if any(len(shape) < 2 or shape[:-1] != shapes[0][:-1] or type(shape[-1]) is not int for shape in shapes):
        return None
    return (*shapes[0][1:-1], sum(shape[-1] for shape in shapes))
