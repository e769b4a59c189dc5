r"""The number of samples in the input's shape

## What it does

Finds `Input(shape=x.shape)`, `input_shape=x.shape`, and shapes written out, where the whole shape of the data stands for
the shape of one sample.

## Why it matters

Keras adds the batch axis itself, so the input becomes `(None, 60000, 28, 28, 1)`: one sample more than the data is
deep. A `Conv2D` raises while the model is built (Keras 3), and a model of `Dense` layers is built without a word, with
the wrong shape all through, and raises at the first batch of `fit`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(100, 4)
y = np.random.rand(100, 1)

model = keras.Sequential([
    keras.Input(shape=x.shape),
                      ^^^^^^^ KS107
    layers.Dense(8, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(100, 28, 28, 1)
y = np.random.randint(0, 10, 100)

model = keras.Sequential([
    layers.Conv2D(8, 3, activation="relu", input_shape=(100, 28, 28, 1)),
                                                       ^^^^^^^^^^^^^^^^ KS107
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

x = np.random.rand(100, 4)
y = np.random.rand(100, 1)

model = keras.Sequential([
    keras.Input(shape=x.shape[1:]),
    layers.Dense(8, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

A table of one hundred rows may be one sample.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

table = np.random.rand(100, 4)

model = keras.Sequential([
    keras.Input(shape=table.shape),
    layers.Flatten(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(table[None], np.array([[1.0]]), epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from kerascope.domain.shapes import format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.inputs import FEEDING, Fed, declared_input, fed_arrays, refused
from kerascope.graph.nodes import Event, Layer, LayerFault, Tensor, flatten
from kerascope.rules.base import (
    ERROR,
    Program,
    Report,
    Rule,
    compile_subject,
    fix,
    layer_subjects,
    source_of,
)
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS107",
    name="batch-dim-in-input-shape",
    severity={2: ERROR, 3: ERROR},
    supersedes=(
        "KS101", "KS102", "KS103", "KS104", "KS105", "KS106", "KS109", "KS110", "KS111", "KS118", "KS119", "KS120",
        "KS121", "KS126", "KS148", "KS149", "KS150", "KS151", "KC207", "KC208", "KL421",
    ),
    fixable="sometimes",
    evidence=("S005", "S005b", "S033c"),
)  # fmt: skip


def check(program: Program) -> Iterator[Report]:
    """Looks at the data that models with a written input are trained on."""
    for event in program.events("fit", "train_on_batch"):
        fed = fed_arrays(event)
        if len(fed) != 1 or not _whole_data(fed[0]):
            continue
        declared = declared_input(event.graph, fed[0].tensor)
        if declared is None or declared.site.path != program.path or "batch" in declared.name:
            continue
        if not _is_batch(event, fed[0], declared.site):
            continue
        faults = [fault for fault in program.faults if _comes_from(fault, fed[0].tensor)]
        if not faults and refused(fed, program.major) is None:
            continue
        sample = format_shape(fed[0].data[1:])
        yield Report(
            declared.site,
            f"This is the shape of all the data, {format_shape(fed[0].data)}, and an input takes the shape of one sample, "
            f"{sample}: Keras adds the batch axis itself and gets {format_shape(fed[0].expected)}. Leave out the number of "
            "samples.",
            related=((f"the data: {source_of(format_shape(fed[0].data), fed[0].array)}", fed[0].site),),
            subjects=_subjects(event, fed[0], faults, program),
            data={"node": declared.site.node},
            certain=event.certain,
            guarded=event.guarded,
        )


def _whole_data(fed: Fed) -> bool:
    """Whether the input's sample has the very shape of the data."""
    known = all(type(side) is int for side in fed.data)
    return len(fed.data) >= 2 and known and fed.data == fed.expected[1:]


def _is_batch(event: Event, fed: Fed, written: Site) -> bool:
    """Whether the data is a batch, for it might be one sample that lacks its batch axis: there are as many targets, or
    the program takes the shape from the data."""
    targets = event.arguments.get("y")
    if isinstance(targets, ArraySpec) and isinstance(targets.shape, tuple) and targets.shape:
        return bool(targets.shape[0] == fed.data[0])
    node = written.node
    taken = isinstance(node, cst.Attribute) and node.attr.value == "shape"
    return taken and text_of(Site(written.unit, node.value)) == text_of(fed.site)  # type: ignore[attr-defined]


def _comes_from(fault: LayerFault, tensor: Tensor) -> bool:
    """Whether a layer refused what came from an input, while the model was built."""
    if fault.from_data or tensor.call is None:
        return False
    leaves = [leaf for leaf in flatten(fault.inputs) if isinstance(leaf, Tensor)]
    return tensor.call.layer_id in fault.nodes or any(leaf is tensor for leaf in leaves)


def _subjects(event: Event, fed: Fed, faults: list[LayerFault], program: Program) -> frozenset[Any]:
    """The layers of the model, its losses, what its layers refused, and all that it is ever fed."""
    layers = [node for node in event.graph.nodes.values() if isinstance(node, Layer)]
    subjects = layer_subjects(*layers, *(fault.layer for fault in faults))
    for other in program.events("compile", *FEEDING):
        if not any(leaf is fed.tensor for leaf in other.graph.input_tensors):
            continue
        if other.graph.model.compiled is not None:
            subjects |= compile_subject(other.graph.model.compiled)
        if "x" in other.sites:
            subjects |= {("data", id(other.sites["x"].node))}
    return subjects


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The shape without its first axis."""
    site, node = report.site, report.site.node
    text = None
    if isinstance(node, (cst.Tuple, cst.List)) and len(node.elements) > 1:
        sides = [text_of(Site(site.unit, element.value)) for element in node.elements[1:]]
        text = f"({sides[0]},)" if len(sides) == 1 else f"({', '.join(sides)})"
    elif isinstance(node, (cst.Name, cst.Attribute, cst.Call)):
        text = f"{text_of(site)}[1:]"
    if text is not None:
        yield from fix("Leave out the number of samples", "safe", replace(site, text))
