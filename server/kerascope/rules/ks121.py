r"""Another number of predictions than of targets

## What it does

Finds models trained with `mse`, `mae`, `huber` or their kin that return another number of values per sample than the
targets have columns.

## Why it matters

These losses subtract and let shapes broadcast. If one of the two numbers is 1, Keras trains without a word: `Dense(1)`
on three columns of targets learns a compromise between the three, R² 0.41, 0.52 and 0.64 in our measurement where
`Dense(3)` has 1.0. If neither is 1, `fit` raises. Targets of shape `(n,)` and several units raise in Keras 3, unless
the batch happens to have as many samples as there are units, and broadcast in Keras 2.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 10)
y = np.random.rand(64, 3)

model = keras.Sequential([
    keras.Input(shape=(10,)),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
                 ^ KS121
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 10)
y = np.random.rand(64, 3)

model = keras.Sequential([
    keras.Input(shape=(10,)),
    layers.Dense(16, activation="relu"),
    layers.Dense(3),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

Targets of shape `(n,)` and one unit go together: Keras gives the targets their last axis.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 10)
y = np.random.rand(64)

model = keras.Sequential([
    keras.Input(shape=(10,)),
    layers.Dense(16, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

Where `fit` runs the fix changes what the model computes, so it is not applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.domain.shapes import format_shape
from kerascope.findings import Fix
from kerascope.graph.nodes import Event, Layer
from kerascope.graph.queries import CONVOLUTIONS, RECURRENT
from kerascope.graph.targets import Comparison, Match, comparison, last_steps
from kerascope.rules.base import (
    ERROR,
    WARNING,
    Program,
    Report,
    Rule,
    compile_subject,
    fix,
    layer_subjects,
    source_of,
)
from kerascope.syntax.edits import replace
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS121",
    name="regression-width-broadcast",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("S011", "S011b", "S011c", "S011d", "F006"),
    looks_at="events",
)

_WITH_UNITS = RECURRENT | {"Dense"}


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes such a loss on known targets."""
    for event, compiled in program.trainings():
        found = comparison(event, compiled, program.major)
        if found is None or found.match not in {Match.BROADCAST, Match.EITHER, Match.REFUSED}:
            continue
        columns, width = _widths(found)
        if columns is None or width is None or columns == width:
            continue
        layer = _maker(event, found)
        site = _width_site(layer, program) if layer is not None else None
        if site is None:
            site = compiled.sites.get("loss", compiled.site)
            if layer is not None and layer.site.path == program.path:
                site = layer.site
        raises = found.match is Match.REFUSED
        yield Report(
            site,
            f"The model returns {_numbers(width)}{_place(found)}, {format_shape(found.shape)}, but the targets have "
            f"{columns}, {format_shape(found.targets)}: {_consequence(found, columns, width)} The last layer needs "
            f"{_wanted(layer, columns)}.",
            related=(
                (
                    f"the targets: {source_of(format_shape(found.targets), found.array)}",
                    event.sites.get("y", event.site),
                ),
                (f"the loss is `{found.loss}`", compiled.sites.get("loss", compiled.site)),
            ),
            subjects=layer_subjects(layer) | compile_subject(compiled),
            data={"layer": layer, "columns": columns, "raises": raises},
            severity=ERROR if raises else None,
            certain=event.certain,
            guarded=event.guarded,
        )


def _widths(found: Comparison) -> tuple[int | None, int | None]:
    """How many numbers the targets and the predictions have on their last axis, all other axes being alike."""
    targets, shape = found.targets, found.shape
    if len(targets) == 1 and len(shape) == 2:
        targets = (*targets, 1)
    if len(targets) != len(shape) or len(shape) < 2:
        return None, None
    for left, right in zip(targets[1:-1], shape[1:-1], strict=True):
        if isinstance(left, int) and isinstance(right, int) and left != right:
            return None, None
    columns, width = targets[-1], shape[-1]
    return columns if isinstance(columns, int) else None, width if isinstance(width, int) else None


def _maker(event: Event, found: Comparison) -> Layer | None:
    """The layer that sets the width of the output."""
    made = list(last_steps(event.graph, found.output))
    return made[-1] if made and made[-1].class_name != "InputLayer" else None


def _width_site(layer: Layer, program: Program) -> Site | None:
    """Where the width is written, if it is written on the layer itself."""
    name = (
        "filters"
        if layer.class_name in CONVOLUTIONS
        else "units"
        if layer.class_name in _WITH_UNITS
        else None
    )
    site = layer.sites.get(name) if name is not None else None
    within = site is not None and site.path == layer.site.path and layer.site.span.contains(site.span)
    return site if within and layer.site.path == program.path else None


def _place(found: Comparison) -> str:
    return " per sample" if len(found.shape) == 2 else " on the last axis"


def _numbers(count: int) -> str:
    return "one number" if count == 1 else f"{count} numbers"


def _wanted(layer: Layer | None, columns: int) -> str:
    name = "filter" if layer is not None and layer.class_name in CONVOLUTIONS else "unit"
    return f"{columns} {name}" if columns == 1 else f"{columns} {name}s"


def _consequence(found: Comparison, columns: int, width: int) -> str:
    if found.match is Match.REFUSED:
        return f"`{found.event.kind}` raises."
    if found.match is Match.EITHER:
        return f"`{found.event.kind}` raises, or compares predictions with targets of other samples."
    if width == 1:
        return "the one number is trained on all of them and learns a compromise."
    return "all of them are trained on the one target."


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """As many units as the targets have columns, where the number is written on the layer."""
    layer: Layer | None = report.data["layer"]
    if layer is None or not isinstance(report.site.node, cst.Integer):
        return
    columns: int = report.data["columns"]
    yield from fix(
        f"Give the layer {_wanted(layer, columns)}",
        "safe" if report.data["raises"] else "unsafe",
        replace(report.site, str(columns)),
    )
