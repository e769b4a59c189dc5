r"""Inputs in another order than the model's

## What it does

Finds lists of arrays that would fit the model's inputs in another order.

## Why it matters

Keras gives the first array to the first input: `expected shape=(None, 4), found shape=(None, 5)`.

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
model.fit([b, a], y, epochs=1)
          ^^^^^^ KS134
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
model.fit([a, b], y, epochs=1)
```

## Near miss

By their names the inputs may come in any order.

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

import itertools
from collections.abc import Iterator
from typing import Any

import libcst as cst

from kerascope.domain.shapes import format_shape
from kerascope.findings import Fix
from kerascope.graph.inputs import FEEDING, Fed, fed_arrays
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, source_of
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS134",
    name="inputs-in-wrong-order",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S030d",),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every list that is fed to a model with several inputs."""
    for event in program.events(*FEEDING):
        fed = fed_arrays(event)
        if not 2 <= len(fed) <= 5 or isinstance(event.arguments.get("x"), dict):
            continue
        wrong = [one for one in fed if not _fits(one, one.expected)]
        if len(wrong) < 2 or not all(_known(one) for one in fed):
            continue
        orders = [
            order
            for order in itertools.permutations(range(len(fed)))
            if all(_fits(fed[at], fed[place].expected) for place, at in enumerate(order))
        ]
        if len(orders) != 1:
            continue
        site = event.sites.get("x", event.site)
        takes = ", ".join(format_shape(one.expected) for one in fed)
        gets = ", ".join(source_of(format_shape(one.data), one.array) for one in fed)
        yield Report(
            site,
            f"The inputs are {takes} in this order, but the arrays are {gets}: `{event.kind}` raises. Give them in the "
            "order of the inputs, or in a dictionary by their names.",
            subjects=frozenset({("data", id(site.node))}),
            data={"order": orders[0]},
            certain=event.certain,
            guarded=event.guarded,
        )


def _known(fed: Fed) -> bool:
    """Whether every size is known on both sides."""
    return all(isinstance(side, int) for side in (*fed.data[1:], *fed.expected[1:]))


def _fits(fed: Fed, expected: tuple[Any, ...]) -> bool:
    return len(fed.data) == len(expected) and fed.data[1:] == expected[1:]


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The arrays in the order that fits."""
    node, order = report.site.node, report.data["order"]
    elements = node.elements if isinstance(node, (cst.List, cst.Tuple)) else ()
    if len(elements) != len(order) or report.site.path != program.path:
        return
    unit = report.site.unit
    texts = [text_of(Site(unit, element.value)) for element in elements]
    edits = [
        replace(Site(unit, element.value), texts[at])
        for place, (element, at) in enumerate(zip(elements, order, strict=True))
        if at != place
    ]
    yield from fix("Put them in order", "safe", *edits)
