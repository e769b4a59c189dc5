r"""Weights for an axis of unknown length

## What it does

Finds `Dense`, convolutions, normalizations and recurrent layers on an input whose axis of features is `None`, so that
Keras cannot tell how many weights to make.

## Why it matters

Batch, steps, height and width may be left open, but a kernel has a row for each feature. Keras raises while the model
is built: `Shapes used to initialize variables must be fully-defined` (Keras 3), `should be defined. Found None`
(Keras 2). `Flatten` after an input of any size is the usual reason: it makes one axis of unknown length.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 28, 28, 1)
y = np.random.randint(0, 10, 32)

model = keras.Sequential([
    keras.Input(shape=(None, None, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KS122
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
    keras.Input(shape=(None, None, 1)),
    layers.Conv2D(8, 3, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

The number of steps may stay open: a recurrent layer and a `Dense` make weights for the features only.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 10, 4)
y = np.random.rand(32, 10, 1)

model = keras.Sequential([
    keras.Input(shape=(None, 4)),
    layers.LSTM(8, return_sequences=True),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

A global pooling leaves one number for each channel where `Flatten` leaves them all, so it is only offered. A fixed
size in `Input` is the other answer.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Ranked, format_shape
from kerascope.domain.specs import NestedLayer
from kerascope.findings import Fix
from kerascope.graph.nodes import Layer, LayerFault, Tensor, flatten
from kerascope.graph.queries import CONVOLUTIONS, KEEPS_SHAPE, RECURRENT
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import replace
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS122",
    name="undefined-dimension-for-weights",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S023", "S023b", "S023c", "S022c"),
    looks_at="faults",
)

_NORMALIZATIONS = frozenset({"BatchNormalization", "LayerNormalization"})


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of a layer for an axis without a length, unless data brought the shape."""
    for fault in program.faults:
        facts, name = fault.fault.facts, _name(fault.layer)
        if fault.fault.kind is not FaultKind.DIM or fault.from_data or name is None:
            continue
        shape, axis = facts.get("shape"), facts["axis"]
        if facts["expected"] != "a number" or facts["received"] is not None or not isinstance(shape, tuple):
            continue
        if _kind(fault.layer) in RECURRENT and axis != 2:
            continue  # a stateful layer misses its batch size, an unrolled one its steps: no weights hang on them
        shown = program.shown(fault)
        if shown is None:
            continue
        flat = _flatten_before(fault)
        pooling = f"GlobalAveragePooling{len(flat[1]) - 2}D" if flat is not None else None
        yield Report(
            shown,
            f"`{name}` makes weights for axis {axis % len(shape)} of its input, but its length is not known: "
            f"{format_shape(shape)}. {_remedy(pooling)}",
            related=((f"`Flatten` makes one axis of {format_shape(flat[1])}", flat[0].site),)
            if flat is not None and flat[0].site.path == program.path
            else (),
            subjects=layer_subjects(fault.layer),
            data={"flatten": flat[0] if flat is not None else None, "pooling": pooling},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _kind(layer: Layer) -> str:
    nested = layer.arguments.get("layer")
    return (
        nested.name
        if layer.class_name == "Bidirectional" and isinstance(nested, NestedLayer)
        else layer.class_name
    )


def _name(layer: Layer) -> str | None:
    """How the message calls a layer that makes weights; ``None`` for any other."""
    kind = _kind(layer)
    if kind != "Dense" and kind not in CONVOLUTIONS | RECURRENT | _NORMALIZATIONS:
        return None
    return kind if kind == layer.class_name else f"{layer.class_name}({kind})"


def _flatten_before(fault: LayerFault) -> tuple[Layer, Ranked] | None:
    """The ``Flatten`` that made the open axis, and the shape that it made it of, if its channels are known."""
    tensor = fault.inputs if isinstance(fault.inputs, Tensor) else None
    for _ in range(20):
        if tensor is None or tensor.call is None:
            return None
        producer = fault.nodes.get(tensor.call.layer_id)
        before = next((leaf for leaf in flatten(tensor.call.inputs) if isinstance(leaf, Tensor)), None)
        if not isinstance(producer, Layer) or before is None:
            return None
        if producer.class_name == "Flatten":
            shape = before.spec.shape
            if not isinstance(shape, tuple) or not 3 <= len(shape) <= 5 or not isinstance(shape[-1], int):
                return None
            return producer, shape
        if producer.class_name not in KEEPS_SHAPE:
            return None
        tensor = before
    return None


def _remedy(pooling: str | None) -> str:
    if pooling is not None:
        return f"Use `{pooling}` instead of `Flatten`, or give `Input` a fixed size."
    return "Give that axis a fixed size, in `Input` or where it was lost."


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A global pooling in the place of the ``Flatten``."""
    layer: Layer | None = report.data["flatten"]
    if layer is None or layer.site.path != program.path or layer.arguments.given:
        return
    pooling = report.data["pooling"]
    written = program.name_for(f"keras.layers.{pooling}", layer.site)
    if written is not None:
        place: Site = layer.site
        yield from fix(f"Use {pooling} instead of Flatten", "unsafe", replace(place, f"{written}()"))
