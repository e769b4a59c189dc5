r"""A loss on probabilities, and an output that has none

## What it does

Finds models whose last layer has no activation and whose loss is `categorical_crossentropy` or
`sparse_categorical_crossentropy` as Keras gives it by name, that is on probabilities.

## Why it matters

Keras does not refuse this. The loss clips and normalises numbers that are no probabilities, and the model hardly
learns: on handwritten digits 17 % (`categorical_crossentropy`) and 40 % (`sparse_categorical_crossentropy`) of the
test images are right, against 96 % with `softmax`.

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
    layers.Dense(10),
    ^^^^^^^^^^^^^^^^ KC213
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
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
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

The loss is told that it gets logits:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(10),
])
model.compile(
    optimizer="adam",
    loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    metrics=["accuracy"],
)
model.fit(x, y, epochs=1)
```

## Fix safety

Both fixes change what the model computes, so they are never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.losses import CATEGORICAL, SPARSE, Loss, resolve_loss
from kerascope.graph.queries import last_axis, output_activation
from kerascope.rules.base import WARNING, Program, Report, Rule, compile_subject, fix, layer_subjects
from kerascope.syntax.edits import add_argument, is_string, quoted_like, replace

RULE = Rule(
    code="KC213",
    name="logits-output-with-probability-loss",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("C011", "C011b", "P001"),
    looks_at="events",
)

_CLASSES = {CATEGORICAL: "CategoricalCrossentropy", SPARSE: "SparseCategoricalCrossentropy"}


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``, and at ``fit`` for models that take their shape from the data."""
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        activation = output_activation(event.graph)
        if compiled is None or activation is None or activation.name != "linear":
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        units = last_axis(activation.output)
        if not isinstance(loss, Loss) or loss.name not in _CLASSES or loss.from_logits is not False:
            continue
        if units is None or units < 2 or activation.layer.class_name == "Activation":
            continue
        loss_site = compiled.sites.get("loss", compiled.site)
        yield Report(
            activation.site or activation.layer.site,
            f"The last layer returns {units} plain numbers, but `{loss.name}` needs probabilities: Keras trains it "
            'without a word and it hardly learns. Add `activation="softmax"`, or give the loss '
            f"`{_CLASSES[loss.name]}(from_logits=True)`.",
            related=((f"the loss is `{loss.name}`, on probabilities", loss_site),),
            subjects=layer_subjects(activation.layer) | compile_subject(compiled),
            data={
                "layer": activation.layer,
                "loss_site": loss_site,
                "loss": loss.name,
                "written": activation.site,
            },
            certain=event.certain,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A softmax, or a loss that is told of the logits."""
    written = report.data["written"]
    layer = report.data["layer"]
    softmax = quoted_like(report.site, "softmax")
    yield from fix(
        "Add a softmax to the last layer",
        "unsafe",
        replace(written, softmax)
        if written is not None
        else add_argument(layer.site, f"activation={softmax}"),
    )
    loss_site = report.data["loss_site"]
    loss_class = program.name_for(f"keras.losses.{_CLASSES[report.data['loss']]}")
    if loss_class is not None and is_string(loss_site):
        yield from fix(
            "Tell the loss that it gets logits",
            "unsafe",
            replace(loss_site, f"{loss_class}(from_logits=True)"),
        )
