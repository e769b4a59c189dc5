r"""A loss that expects logits, and an output that has its activation already

## What it does

Finds losses with `from_logits=True` on a model that ends in `softmax` (for the categorical crossentropies) or
`sigmoid` (for `BinaryCrossentropy`).

## Why it matters

`from_logits=True` has the loss apply the activation itself. What happens to the one in the model depends on the
backend: on TensorFlow Keras ignores it while training and prints a warning, so that the model learns like the
correct one; on JAX the activation is applied twice without a word, and the loss cannot fall below 1.475 with ten
classes.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(
    optimizer="adam",
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                                                    ^^^^^^^^^^^^^^^^ KC211
    metrics=["accuracy"],
)
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(
    optimizer="adam",
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
model.fit(x, y, epochs=1)
```

## Near miss

Logits, as the loss expects them:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss=keras.losses.BinaryCrossentropy(from_logits=True))
model.fit(x, y, epochs=1)
```

## Fix safety

Both fixes change the program's meaning: without `from_logits=True` the loss is computed from probabilities, and
without the activation `predict` returns logits. They are never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.losses import BINARY, CATEGORICAL, SPARSE, Loss, resolve_loss
from kerascope.graph.queries import last_axis, output_activation
from kerascope.rules.base import WARNING, Program, Report, Rule, compile_subject, fix, layer_subjects
from kerascope.syntax.edits import argument, remove_argument

RULE = Rule(
    code="KC211",
    name="from-logits-with-activation",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("C010", "C010b", "C010c", "C010d"),
    looks_at="events",
)

_INSIDE = {CATEGORICAL: "softmax", SPARSE: "softmax", BINARY: "sigmoid"}
"""The activation that a loss with ``from_logits=True`` applies itself."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``, and at ``fit``, which may be what builds the model."""
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        activation = output_activation(event.graph)
        if compiled is None or activation is None:
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        if not isinstance(loss, Loss) or loss.from_logits is not True:
            continue
        if _INSIDE.get(loss.name) != activation.name:
            continue
        if activation.name == "softmax" and (last_axis(activation.output) or 0) < 2:
            continue
        if activation.layer.class_name == "Softmax" and activation.layer.arguments.get("axis", -1) != -1:
            continue
        loss_site = compiled.sites.get("loss", compiled.site)
        written = activation.site or activation.layer.site
        happens = (
            "Keras ignores the model's one while training"
            if program.backend == "tensorflow"
            else "it is applied twice"
        )
        yield Report(
            argument(loss_site, "from_logits") or loss_site,
            f"`from_logits=True` has the loss apply `{activation.name}`, but the model ends in `{activation.name}` already: "
            f"{happens}. Remove `from_logits=True`, or the activation.",
            related=((f"the output has `{activation.name}` here", written),),
            subjects=layer_subjects(activation.layer) | compile_subject(compiled),
            data={"loss": loss_site, "layer": activation.layer},
            certain=event.certain,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The loss on probabilities first, since the metrics and ``predict`` then stay as they are."""
    yield from fix(
        "Remove from_logits=True: the model returns probabilities",
        "unsafe",
        remove_argument(report.data["loss"], "from_logits"),
    )
    layer = report.data["layer"]
    if layer.class_name not in {"Activation", "Softmax"} and layer.site.path == program.path:
        yield from fix(
            "Remove the activation: the model returns logits",
            "unsafe",
            remove_argument(layer.site, "activation"),
        )
