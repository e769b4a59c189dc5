r"""A pooling, padding, cropping or upsampling layer of another dimension than its input

## What it does

Finds `MaxPooling2D`, `GlobalAveragePooling1D`, `UpSampling2D`, `ZeroPadding2D`, `Cropping1D` and their kin on a tensor
with more or fewer axes than they take: batch, one to three spatial axes, and channels.

## Why it matters

These layers accept one number of axes and no other. Keras raises while the model is built:
`expected ndim=4, found ndim=3`. Usually the `1D` and the `2D` were mixed up, or a `Flatten` stands too early.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 100, 4)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(100, 4)),
    layers.Conv1D(8, 3, activation="relu"),
    layers.MaxPooling2D(pool_size=(2, 2)),
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KS106
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

x = np.random.rand(32, 100, 4)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(100, 4)),
    layers.Conv1D(8, 3, activation="relu"),
    layers.MaxPooling1D(pool_size=2),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

`TimeDistributed` takes the steps away before the pooling looks at the axes.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 5, 16, 16, 1)
y = np.random.rand(8, 1)

model = keras.Sequential([
    keras.Input(shape=(5, 16, 16, 1)),
    layers.TimeDistributed(layers.Conv2D(4, 3, activation="relu")),
    layers.TimeDistributed(layers.GlobalAveragePooling2D()),
    layers.GlobalAveragePooling1D(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

Which layer was meant, or whether the input lacks its channel axis, is a guess: the fixes are only offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kerascope.domain.shapes import format_shape
from kerascope.findings import Edit, Fix
from kerascope.graph.nodes import Layer, flatten
from kerascope.graph.queries import (
    axis_names,
    returns_last_state,
    shape_source,
    written_shape,
)
from kerascope.layers.base import LAYER_KEYWORDS, FaultKind
from kerascope.layers.catalogue import layer_spec
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import append_to_tuple, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS106",
    name="pooling-rank-mismatch",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KL421",),
    fixable="sometimes",
    evidence=("S015", "S015b", "S029", "S029b"),
    looks_at="faults",
)

_NAME = re.compile(
    r"(?P<kind>(?:Global)?(?:Max|Average)Pooling|UpSampling|ZeroPadding|Cropping)(?P<rank>[123])D"
)
_SIZES = ("pool_size", "strides", "size", "padding", "cropping")


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of such a layer for its number of axes, unless data brought the shape."""
    for fault in program.faults:
        facts, name = fault.fault.facts, fault.layer.class_name
        named = _NAME.fullmatch(name)
        if fault.fault.kind is not FaultKind.RANK or named is None or fault.from_data:
            continue
        needed, received = int(named["rank"]) + 2, facts["received"]
        shown, source = program.shown(fault), shape_source(fault)
        if shown is None or needed == received:
            continue
        if (received, needed) == (2, 3) and source is not None and returns_last_state(source):
            continue  # a sequence was meant to come out of the recurrent layer: KS102 says so
        shape_site = written_shape(fault.layer, source) if needed - received == 1 else None
        yield Report(
            shown,
            f"`{name}` needs {needed} axes ({axis_names(needed, fault.layer)}), but gets {received}: "
            f"{format_shape(facts['shape'])}. {_remedy(named['kind'], received, needed, source, shape_site)}",
            subjects=layer_subjects(fault.layer),
            data={
                "layer": fault.layer,
                "sibling": f"{named['kind']}{received - 2}D" if 3 <= received <= 5 else None,
                "steps": received == needed + 1
                and source is not None
                and source.class_name == "TimeDistributed",
                "shape_site": shape_site,
            },
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _remedy(kind: str, received: int, needed: int, source: Layer | None, shape_site: Site | None) -> str:
    if shape_site is not None and append_to_tuple(shape_site, "1") is not None:
        return f"Add the channel axis, `{text_of(shape_site).rstrip('), ]')}, 1)`, or use `{kind}{received - 2}D`."
    if received == needed + 1 and source is not None and source.class_name == "TimeDistributed":
        return "Wrap it in `TimeDistributed` like the layer before it."
    if 3 <= received <= 5:
        return f"Use `{kind}{received - 2}D`."
    if source is not None and source.class_name == "Flatten" and kind.endswith("Pooling"):
        return "Move it before the `Flatten`."
    return "Move it before the layer that took the axes away, or bring them back with `Reshape`."


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The channel axis, the layer for each step, or the sibling with the input's number of axes."""
    layer: Layer = report.data["layer"]
    shape_site: Site | None = report.data["shape_site"]
    if shape_site is not None and shape_site.path == program.path:
        yield from fix("Add the channel axis", "unsafe", append_to_tuple(shape_site, "1"))
    if layer.site.node is not report.site.node:
        return
    wrapper = program.name_for("keras.layers.TimeDistributed", report.site) if report.data["steps"] else None
    if wrapper is not None:
        wrapped = replace(report.site, f"{wrapper}({text_of(report.site)})")
        yield from fix("Wrap it in TimeDistributed", "unsafe", wrapped)
    sibling = report.data["sibling"]
    edit = _renamed(layer, sibling, program) if sibling is not None else None
    yield from fix(f"Use {sibling}", "unsafe", edit)


def _renamed(layer: Layer, sibling: str, program: Program) -> Edit | None:
    """The layer's call with another name; its sizes become plain numbers, which fit any number of axes."""
    written = program.name_for(f"keras.layers.{sibling}", layer.site)
    spec = layer_spec(sibling)
    func = getattr(layer.site.node, "func", None)
    if written is None or spec is None or func is None:
        return None
    known = spec.signature(program.major).names | LAYER_KEYWORDS[program.major]
    call, text = layer.site.span, text_of(layer.site)
    changes = [(Site(layer.site.unit, func).span, written)]
    for name in layer.arguments.given:
        value = layer.arguments.get(name)
        if name not in known:
            return None
        if name not in _SIZES or isinstance(value, (int, str)) or value is None:
            continue
        number, place = _number(value), layer.sites.get(name)
        if number is None or place is None or place.path != layer.site.path or not call.contains(place.span):
            return None
        changes.append((place.span, str(number)))
    for span, new in sorted(changes, key=lambda change: change[0], reverse=True):
        text = text[: span.start - call.start] + new + text[span.stop - call.start :]
    return replace(layer.site, text)


def _number(value: Any) -> int | None:
    """The one number that a nest of numbers is made of."""
    numbers = set(flatten(value)) if isinstance(value, tuple) else set()
    return (
        next(iter(numbers)) if len(numbers) == 1 and all(isinstance(item, int) for item in numbers) else None
    )
