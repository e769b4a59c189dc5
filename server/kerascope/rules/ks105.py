r"""A convolution on an input with too many axes

## What it does

Finds `Conv1D`, `Conv2D`, `Conv3D` and their kin on a tensor with more axes than batch, one to three spatial axes and
channels: `Conv1D` on images, `Conv2D` on films, or an `Input` whose shape holds the number of samples as well.

## Why it matters

Keras 3 raises while the model is built: `Kernel shape must have the same length as input`. Keras 2 takes the further
axes of a plain convolution as more batch axes and says nothing, so code that was moved to Keras 3 stops there.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 28, 28, 1)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv1D(8, 3, activation="relu"),
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KS105
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

x = np.random.rand(32, 28, 28, 1)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

`TimeDistributed` runs a convolution on each picture of a film.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 5, 16, 16, 1)
y = np.random.rand(8, 1)

model = keras.Sequential([
    keras.Input(shape=(5, 16, 16, 1)),
    layers.TimeDistributed(layers.Conv2D(4, 3, activation="relu")),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

Whether the layer or the shape of the input is the wrong one is a guess: the fixes are only offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import libcst as cst

from kerascope.domain.shapes import UNRANKED, Ranked, format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Edit, Fix
from kerascope.graph.nodes import Layer
from kerascope.graph.queries import CONVOLUTIONS, axis_names, shape_source
from kerascope.layers.base import LAYER_KEYWORDS, FaultKind
from kerascope.layers.catalogue import layer_spec
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site
from kerascope.text.source import Span

RULE = Rule(
    code="KS105",
    name="conv-rank-too-high",
    severity={3: ERROR},
    supersedes=("KL421",),
    fixable="sometimes",
    evidence=("S015g", "S005"),
    looks_at="faults",
)

_SIZES = ("kernel_size", "strides", "dilation_rate", "output_padding")


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of a convolution for too many axes, unless data brought the shape."""
    for fault in program.faults:
        facts, name = fault.fault.facts, fault.layer.class_name
        if fault.fault.kind is not FaultKind.RANK or fault.from_data or name not in CONVOLUTIONS:
            continue
        needed, received = facts.get("expected"), facts["received"]
        shown = program.shown(fault)
        if not isinstance(needed, int) or received <= needed or shown is None:
            continue
        source = shape_source(fault)
        sibling = _sibling(name, received - 2)
        shape = _shape_of_one(fault.layer, source, received - 1) if received == needed + 1 else None
        steps = received == needed + 1 and source is not None and source.class_name == "TimeDistributed"
        yield Report(
            shown,
            f"`{name}` needs {needed} axes ({axis_names(needed, fault.layer)}), but gets {received}: "
            f"{format_shape(facts['shape'])}. {_remedy(sibling, shape is not None, steps)}",
            subjects=layer_subjects(fault.layer),
            data={
                "layer": fault.layer,
                "sibling": sibling,
                "shape": shape,
                "sample": facts["shape"][1:],
                "steps": steps,
            },
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _sibling(name: str, rank: int) -> str | None:
    """The same convolution for another number of spatial axes, if Keras has one."""
    sibling = re.sub(r"[123]D", f"{rank}D", name)
    return sibling if sibling in CONVOLUTIONS and layer_spec(sibling) is not None else None


def _shape_of_one(layer: Layer, source: Layer | None, length: int) -> Site | None:
    """Where the shape of one sample is written, as a tuple of ``length``, if the layer stands on an input."""
    if source is None or source.class_name != "InputLayer":
        return None
    site = next((source.sites[name] for name in ("shape", "input_shape") if name in source.sites), None)
    site = site or layer.sites.get("input_shape")
    written = (
        isinstance(site.node, (cst.Tuple, cst.List)) and len(site.node.elements) == length if site else False
    )
    return site if written else None


def _fits_data(program: Program, sample: Ranked) -> bool:
    """Whether the program has data whose samples have just this shape; a model that was refused has no `fit`."""
    arrays = (array for _, array in program.interpretation.trace.arrays.values())
    shapes = (array.shape for array in arrays if isinstance(array, ArraySpec))
    return any(shape is not UNRANKED and shape[1:] == sample for shape in shapes)


def _remedy(sibling: str | None, on_input: bool, steps: bool) -> str:
    use = f"use `{sibling}`" if sibling is not None else ""
    if steps:
        return "Wrap it in `TimeDistributed` like the layer before it."
    if on_input:
        drop = "if the first number of the input's shape counts the samples, leave it out"
        return f"{use[:1].upper()}{use[1:]}, or, {drop}." if use else f"{drop[:1].upper()}{drop[1:]}."
    return f"{use[:1].upper()}{use[1:]}." if use else "Make one axis of several first, with `Reshape`."


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The layer for each step, the sibling with the input's number of axes, or a shape without the samples."""
    layer: Layer = report.data["layer"]
    own = layer.site.node is report.site.node
    wrapper = program.name_for("keras.layers.TimeDistributed", report.site)
    if report.data["steps"] and own and wrapper is not None:
        wrapped = replace(report.site, f"{wrapper}({text_of(report.site)})")
        yield from fix("Wrap it in TimeDistributed", "unsafe", wrapped)
    shape: Site | None = report.data["shape"]
    sibling = report.data["sibling"]
    renamed = _renamed(layer, sibling, program) if sibling is not None and own else None
    offers = [fix(f"Use {sibling}", "unsafe", renamed)]
    # Where a sample of the data has this shape, no number in it counts samples.
    if shape is not None and shape.path == program.path and not _fits_data(program, report.data["sample"]):
        shorter = fix("Leave the number of samples out of the shape", "unsafe", _without_first(shape))
        offers.insert(0 if layer.class_name.startswith("Conv2D") else 1, shorter)
    for offer in offers:
        yield from offer


def _without_first(shape: Site) -> Edit | None:
    elements = shape.node.elements if isinstance(shape.node, (cst.Tuple, cst.List)) else ()
    if len(elements) < 3:
        return None
    first, second = (shape.unit.span(element.value) for element in elements[:2])
    return Edit(Span(first.start, second.start), "")


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
        if name not in known or value == "causal":
            return None
        if name not in _SIZES or isinstance(value, int) or value is None:
            continue
        number, place = _number(value), layer.sites.get(name)
        if number is None or place is None or place.path != layer.site.path or not call.contains(place.span):
            return None
        changes.append((place.span, str(number)))
    for span, new in sorted(changes, key=lambda change: change[0], reverse=True):
        text = text[: span.start - call.start] + new + text[span.stop - call.start :]
    return replace(layer.site, text)


def _number(value: Any) -> int | None:
    """The one number that a tuple of numbers is made of."""
    numbers = set(value) if isinstance(value, tuple) else set()
    return (
        next(iter(numbers)) if len(numbers) == 1 and all(isinstance(item, int) for item in numbers) else None
    )
