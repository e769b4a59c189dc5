r"""A recurrent layer that hands on its last state only

## What it does

Finds an `LSTM`, `GRU` or `SimpleRNN`, also inside `Bidirectional`, without `return_sequences=True` whose output goes
into a layer that needs a sequence: another recurrent layer, a `Conv1D`, a 1D pooling, `TimeDistributed`.

## Why it matters

Without `return_sequences=True` a recurrent layer returns one vector per sample, `(None, units)`. The next layer
needs `(None, steps, units)` and Keras raises while the model is built: `expected ndim=3, found ndim=2`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 10, 4)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(10, 4)),
    layers.LSTM(8),
    ^^^^^^^^^^^^^^ KS102
    layers.LSTM(8),
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

x = np.random.rand(32, 10, 4)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(10, 4)),
    layers.LSTM(8, return_sequences=True),
    layers.LSTM(8),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

A `Dense` takes the last state as it is, and `RepeatVector` makes a sequence of it again.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 10, 4)
y = np.random.rand(32, 10, 8)

model = keras.Sequential([
    keras.Input(shape=(10, 4)),
    layers.LSTM(8),
    layers.RepeatVector(10),
    layers.LSTM(8, return_sequences=True),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.domain.shapes import format_shape
from kerascope.domain.specs import NestedLayer
from kerascope.findings import Fix
from kerascope.graph.nodes import Layer, LayerFault, Tensor, flatten
from kerascope.graph.queries import KEEPS_SHAPE, returns_last_state
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import add_argument, replace
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS102",
    name="stacked-rnn-without-return-sequences",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KS101",),
    fixable="sometimes",
    evidence=("S012", "S012b", "S034f", "S027b"),
    looks_at="faults",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal for want of an axis and asks where the axis went."""
    for fault in program.faults:
        facts = fault.fault.facts
        if (
            fault.fault.kind is not FaultKind.RANK
            or facts.get("received") != 2
            or not isinstance(fault.inputs, Tensor)
        ):
            continue
        if (facts.get("expected") or facts.get("min_ndim")) != 3:
            continue
        earlier = _recurrent_source(fault)
        if earlier is None or earlier.site.path != program.path:
            continue
        call = _recurrent_call(earlier)
        given = earlier.sites.get("return_sequences") if call is earlier.site else None
        name = _kind(earlier)
        units = facts["shape"][-1] if isinstance(facts["shape"], tuple) else None
        later = fault.layer.class_name
        yield Report(
            given if given is not None and given.path == program.path else call,
            f"This `{name}` returns its last state only, {format_shape((None, units))}, but the `{later}` after it needs "
            f"a sequence, (None, steps, {units}): add `return_sequences=True`.",
            related=((f"`{later}` needs 3 axes and gets 2", fault.layer.site),)
            if fault.layer.site.path == program.path
            else (),
            subjects=layer_subjects(earlier, fault.layer),
            data={"call": call, "given": given},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _kind(layer: Layer) -> str:
    nested = layer.arguments.get("layer")
    return f"Bidirectional({nested.name})" if isinstance(nested, NestedLayer) else layer.class_name


def _recurrent_source(fault: LayerFault) -> Layer | None:
    """The recurrent layer whose last state reaches the refusing layer, through layers that keep the shape."""
    tensor: Tensor | None = fault.inputs
    for _ in range(20):
        if tensor is None or tensor.call is None:
            return None
        producer = fault.nodes.get(tensor.call.layer_id)
        if not isinstance(producer, Layer):
            return None
        if returns_last_state(producer):
            return producer
        if producer.class_name not in KEEPS_SHAPE:
            return None
        tensor = next((leaf for leaf in flatten(tensor.call.inputs) if isinstance(leaf, Tensor)), None)
    return None


def _recurrent_call(layer: Layer) -> Site:
    """The call that makes the recurrent layer itself: for ``Bidirectional`` the one inside, if it is written there."""
    inner = layer.sites.get("layer")
    if layer.class_name == "Bidirectional" and inner is not None and isinstance(inner.node, cst.Call):
        return inner
    return layer.site


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """``return_sequences=True`` on the earlier layer."""
    given = report.data["given"]
    edit = (
        replace(given, "True")
        if given is not None
        else add_argument(report.data["call"], "return_sequences=True")
    )
    yield from fix("Add return_sequences=True", "safe", edit)
