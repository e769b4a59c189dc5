r"""`softmax` over one unit

## What it does

Finds `softmax` over an axis of size 1: at the output of a model, and further inside where the program itself asks
for one unit or one filter.

## Why it matters

`softmax` makes the values along an axis sum to one, and where there is only one value it is exactly 1, whatever
comes in. The model predicts 1 for everything and its accuracy stays where it began (0.51 on two classes). On
TensorFlow the loss does not show it: `binary_crossentropy` looks through the `softmax` and falls from 0.73 to 0.25
as if all were well.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="softmax"),
                               ^^^^^^^^^ KC203
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

One score for each step, and a `softmax` over the steps:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 7, 20)
y = np.random.rand(64, 7, 1)

model = keras.Sequential([
    keras.Input(shape=(7, 20)),
    layers.Dense(1),
    layers.Softmax(axis=1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what the model computes, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.losses import BINARY, Loss, resolve_loss
from kerascope.graph.nodes import Event, Layer, ModelGraph, Tensor, flatten
from kerascope.graph.queries import OutputActivation, activation_of, reachable_calls, softmax_axis
from kerascope.rules.base import WARNING, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import quoted_like, replace, text_of

RULE = Rule(
    code="KC203",
    name="softmax-with-one-unit",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("C003", "C003b", "C003d", "I003", "S038"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every layer of every model that is used; a ``compile`` comes first, for it tells the loss."""
    uses = [*program.events("compile"), *program.events("fit", "evaluate", "predict", "summary")]
    seen: set[tuple[object, ...]] = set()
    for event in uses:
        outputs = event.graph.output_tensors
        model = event.graph.model
        # A model that is used ten times is gone through once, while what is said of it would be the same.
        use = (*map(id, outputs), id(model.compiled), model.complete, event.certain)
        if use in seen:
            continue
        seen.add(use)
        for layer, tensor in reachable_calls(event.graph):
            activation = activation_of(layer, tensor)
            axis = softmax_axis(activation) if activation is not None else None
            if activation is None or axis is None or not _is_one(tensor, axis):
                continue
            single = len(outputs) == 1 and outputs[0] is tensor
            if single or _asks_for_one(event.graph, layer, tensor):
                yield _report(program, event, activation, axis, single)


def _report(program: Program, event: Event, activation: OutputActivation, axis: int, single: bool) -> Report:
    compiled = event.graph.model.compiled
    loss = resolve_loss(compiled.get("loss"), program.major) if compiled is not None else None
    if single:
        message = (
            "`softmax` over one unit is always exactly 1: the model predicts 1 for every sample and its accuracy "
            'never changes. Use `activation="sigmoid"` for two classes, or as many units as there are classes.'
        )
    else:
        message = (
            f"`softmax` over an axis of size 1 is always exactly 1 (here axis {axis}): nothing of what comes in is left. "
            "Use `sigmoid` for a single value, or `Softmax(axis=…)` over the axis whose values are to sum to one."
        )
    return Report(
        activation.site or activation.layer.site,
        message,
        subjects=layer_subjects(activation.layer),
        data={
            "binary": single and isinstance(loss, Loss) and loss.name == BINARY,
            "layer": activation.layer,
            "written": activation.site,
        },
        certain=event.certain,
    )


def _is_one(tensor: Tensor, axis: int) -> bool:
    """A size that is known to be 1, on an axis that is not the batch."""
    shape = tensor.spec.shape
    return isinstance(shape, tuple) and 0 < len(shape) + axis < len(shape) and shape[axis] == 1


def _asks_for_one(graph: ModelGraph, layer: Layer, tensor: Tensor) -> bool:
    """Whether a ``1`` stands in the program as the number of units, of this layer or of the one before.

    A number that is computed may be 1 for once in a program that is right for every other.
    """
    before = list(flatten(tensor.call.inputs)) if tensor.call is not None else []
    nodes = [layer, *(graph.layer(leaf) for leaf in before if isinstance(leaf, Tensor))]
    return any(
        isinstance(node, Layer) and site is not None and text_of(site) == "1"
        for node in nodes
        if isinstance(node, Layer)
        for site in (node.sites.get("units"), node.sites.get("filters"))
    )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A sigmoid, which is what goes with one unit and ``binary_crossentropy``."""
    if not report.data["binary"]:
        return
    sigmoid = quoted_like(report.site, "sigmoid")
    if report.data["written"] is None:
        activation = program.name_for("keras.layers.Activation", near=report.data["layer"].site)
        sigmoid = f"{activation}({sigmoid})" if activation is not None else ""
    if sigmoid:
        yield from fix("Use sigmoid for two classes", "unsafe", replace(report.site, sigmoid))
