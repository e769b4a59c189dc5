r"""`TimeDistributed` without an axis of steps

## What it does

Finds `TimeDistributed` on a tensor of two axes, and `TimeDistributed` around a layer that has too few axes left once
the steps are taken away, such as `TimeDistributed(Conv2D(…))` on single images.

## Why it matters

`TimeDistributed` runs its layer on each slice of axis 1, so the input needs an axis for the steps besides those that
the layer needs: `(None, steps, features)` for a `Dense`, `(None, frames, height, width, channels)` for a `Conv2D`.
Keras raises while the model is built.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 10)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(10,)),
    layers.TimeDistributed(layers.Dense(8, activation="relu")),
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KS126
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(16, 28, 28, 3)
y = np.random.rand(16, 1)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 3)),
    layers.TimeDistributed(layers.Conv2D(4, 3)),
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KS126
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

x = np.random.rand(32, 10)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(10,)),
    layers.Dense(8, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

Images in a sequence:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 5, 28, 28, 3)
y = np.random.rand(8, 1)

model = keras.Sequential([
    keras.Input(shape=(5, 28, 28, 3)),
    layers.TimeDistributed(layers.Conv2D(4, 3)),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

Whether `TimeDistributed` is too much or the axis of steps is missing is a guess, so the fix is only offered.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.domain.shapes import format_shape
from kerascope.domain.specs import NestedLayer
from kerascope.findings import Fix
from kerascope.graph.nodes import Layer, Tensor
from kerascope.graph.propagation import context_for
from kerascope.graph.queries import returns_last_state, shape_source
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS126",
    name="timedistributed-needs-time-axis",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KL421",),
    fixable="sometimes",
    evidence=("S025", "S025b", "S034f"),
    looks_at="faults",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of a ``TimeDistributed`` for want of axes, unless data brought the shape."""
    for fault in program.faults:
        facts, layer = fault.fault.facts, fault.layer
        nested = layer.arguments.get("layer")
        if layer.class_name != "TimeDistributed" or fault.fault.kind is not FaultKind.RANK or fault.from_data:
            continue
        shape = fault.inputs.spec.shape if isinstance(fault.inputs, Tensor) else None
        shown, source = program.shown(fault), shape_source(fault)
        if shown is None or not isinstance(shape, tuple) or not isinstance(nested, NestedLayer):
            continue
        if len(shape) == 2 and source is not None and returns_last_state(source):
            continue  # a sequence was meant to come out of the recurrent layer: KS102 says so
        inner = facts.get("expected") or facts.get("min_ndim")
        if len(shape) < 3:
            problem = f"has no axis of steps: it is {format_shape(shape)}, and at least 3 axes are needed"
        elif isinstance(inner, int) and facts["received"] < inner:
            problem = (
                f"is {format_shape(shape)}: without the axis of steps `{nested.name}` gets {len(shape) - 1} axes, and it "
                f"needs {inner}"
            )
        else:
            continue
        yield Report(
            shown,
            f"The input of `TimeDistributed` {problem}. Use `{nested.name}` without `TimeDistributed`, or give the input "
            "an axis of steps after the batch axis.",
            subjects=layer_subjects(layer),
            data={
                "layer": layer,
                "fits": not context_for(program.major)
                .apply_layer(nested.name, nested.arguments, fault.inputs.spec)  # type: ignore[misc]
                .faults,
            },
            certain=fault.certain,
            guarded=fault.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The layer without its wrapper, where it takes the input as it is."""
    layer: Layer = report.data["layer"]
    inner = layer.sites.get("layer")
    if not report.data["fits"] or inner is None or layer.site.node is not report.site.node:
        return
    if inner.path == program.path and layer.site.span.contains(inner.span):
        text = _unwrapped(layer.site, inner)
        yield from fix("Remove TimeDistributed", "unsafe", replace(layer.site, text) if text else None)


def _unwrapped(wrapper: Site, inner: Site) -> str | None:
    """The inner layer's call with what else the wrapper was given, such as an ``input_shape``."""
    text = text_of(inner)
    if not isinstance(wrapper.node, cst.Call) or len(wrapper.node.args) == 1:
        return text
    if not isinstance(inner.node, cst.Call) or not inner.node.args or not text.endswith(")"):
        return None
    others = [item for item in wrapper.node.args if item.value is not inner.node]
    if any(item.keyword is None for item in others):
        return None
    moved = [
        f"{item.keyword.value}={text_of(Site(wrapper.unit, item.value))}" for item in others if item.keyword
    ]
    return ", ".join([text[:-1].rstrip().rstrip(","), *moved]) + ")"
