r"""Data with other sizes than the model's input

## What it does

Finds `fit`, `evaluate` and `predict` where the data has as many axes as the model's input and another size on one of
them: another number of features, another image size, other channels.

## Why it matters

Weights are made for the sizes that the input names. Keras 2 holds the data against the input and raises. Keras 3 raises
where the first layer with weights meets the other size: `expected axis -1 of input shape to have value 4, but received
input with shape (None, 5)`. Where no layer minds, as with another image size before a global pooling, Keras 3 runs and
Kerascope says nothing.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 5)
y = np.random.rand(64, 1)

model = keras.Sequential([
    keras.Input(shape=(4,)),
                      ^^^^ KS150
    layers.Dense(8, activation="relu"),
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

x = np.random.rand(64, 5)
y = np.random.rand(64, 1)

model = keras.Sequential([
    keras.Input(shape=x.shape[1:]),
    layers.Dense(8, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

An axis of `None` takes every size.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 30, 5)
y = np.random.rand(64, 1)

model = keras.Sequential([
    keras.Input(shape=(None, 5)),
    layers.LSTM(8),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
model.predict(x[:, :10])
```
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import libcst as cst

from kerascope.domain.shapes import UNRANKED, format_shape
from kerascope.findings import Fix
from kerascope.graph.inputs import (
    FEEDING,
    Declared,
    Fed,
    Refused,
    agrees,
    declared_input,
    fed_arrays,
    refused,
)
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects, source_of
from kerascope.syntax.edits import replace
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS150",
    name="feature-count-mismatch",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KL421",),
    fixable="sometimes",
    evidence=("S008", "D031", "D031b", "D031c"),
    looks_at="events",
)

_TRAINING = ("fit", "train_on_batch")


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that feeds a model of known inputs with known arrays."""
    fitting: set[int] = set()
    reported: set[tuple[int, tuple[Any, ...]]] = set()
    for event in program.events(*FEEDING):
        fed = fed_arrays(event)
        differing = [one for one in fed if one.shape is not UNRANKED and not agrees(one)]
        if fed and not differing and event.kind in _TRAINING:
            fitting.add(event.graph.model.id)
        if len(differing) != 1 or _is_sample(differing[0]):
            continue
        found = refused(fed, program.major)
        key = (event.graph.model.id, differing[0].data[1:])
        if found is None or key in reported:
            continue
        reported.add(key)
        trains = event.kind in _TRAINING and event.graph.model.id not in fitting
        yield _report(event, differing[0], found, program, trains=trains)


def _known_to_differ(one: Any, other: Any) -> bool:
    return type(one) is type(other) is int and one != other


def _is_sample(fed: Fed) -> bool:
    """A single sample without its batch axis is another mistake."""
    return fed.data == fed.expected[1:]


def _report(event: Event, fed: Fed, found: Refused, program: Program, *, trains: bool) -> Report:
    declared = declared_input(event.graph, fed.tensor) if trains else None
    if declared is not None and declared.site.path != program.path:
        declared = None
    data = source_of(format_shape(fed.data), fed.array)
    by = f" at `{found.layer.class_name}`" if found.layer is not None else ""
    origin = fed.tensor.call.site if fed.tensor.call is not None else event.graph.model.site
    related: list[tuple[str, Site]] = []
    if declared is not None:
        related.append((f"the data: {data}", fed.site))
    elif origin.path == program.path:
        related.append((f"the model's input, {format_shape(fed.expected)}", origin))
    if found.layer is not None and found.layer.site.path == program.path:
        related.append((f"`{found.layer.class_name}` gets {format_shape(found.shape)}", found.layer.site))
    return Report(
        declared.site if declared is not None else fed.site,
        f"The model takes {format_shape(fed.expected)}, but the data is {data}: {_axes(fed)}. "
        f"`{event.kind}` raises{by}."
        + (
            " Set the input to the data's shape."
            if declared is not None
            else " Give it data of the input's shape."
        ),
        related=tuple(related),
        subjects=frozenset({("data", id(fed.site.node))})
        | layer_subjects(found.layer, declared.layer if declared is not None else None),
        data={"declared": declared, "shape": _mended(fed)},
        certain=event.certain,
        guarded=event.guarded,
    )


def _axes(fed: Fed) -> str:
    """Which axes differ, in words."""
    assert isinstance(fed.shape, tuple)
    differing = [
        f"axis {axis} is {got} instead of {want}"
        for axis, (got, want) in enumerate(zip(fed.shape, fed.expected, strict=True))
        if axis and _known_to_differ(got, want)
    ]
    return ", ".join(differing)


def _mended(fed: Fed) -> tuple[int | None, ...] | None:
    """The input's shape with the sizes of the data, open axes left open; ``None`` where a size is not known."""
    assert isinstance(fed.shape, tuple)
    sides = tuple(
        None if want is None else got for got, want in zip(fed.shape[1:], fed.expected[1:], strict=True)
    )
    known = all(side is None or isinstance(side, int) for side in sides)
    return sides if known else None  # type: ignore[return-value]


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The data's sizes in the input's shape, where that is written out."""
    declared: Declared | None = report.data["declared"]
    shape: Sequence[int | None] | None = report.data["shape"]
    if declared is None or shape is None:
        return
    node = report.site.node
    if declared.name == "input_dim" and isinstance(node, cst.Integer) and len(shape) == 1:
        yield from fix("Set it to the data's features", "safe", replace(report.site, str(shape[0])))
    if declared.name in {"shape", "input_shape"} and isinstance(node, (cst.Tuple, cst.List)):
        written = format_shape(tuple(shape))
        yield from fix(f"Set it to {written}", "safe", replace(report.site, written))
