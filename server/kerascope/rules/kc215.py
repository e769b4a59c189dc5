r"""A crossentropy on an output with `relu` or `tanh`

## What it does

Finds models that end in `relu` or `tanh` and whose loss is a crossentropy on probabilities:
`categorical_crossentropy` or `sparse_categorical_crossentropy` over several units, `binary_crossentropy` over one.

## Why it matters

`relu` returns numbers above 1 and rows of nothing but zeros, `tanh` returns negative numbers, and Keras refuses
neither. On handwritten digits `relu` with `categorical_crossentropy` ends in a loss of `nan` and 8.6 % of the test
images right, with the sparse loss 11.6 %, and `tanh` with `categorical_crossentropy` 10.8 %: guessing.
On two classes `relu` with `binary_crossentropy` gets 73 % right instead of 89 %.

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
    layers.Dense(10, activation="relu"),
                                ^^^^^^ KC215
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

Numbers that are never negative, and a loss for numbers:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.rand(64, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="relu"),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what the model computes, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import rank
from kerascope.findings import Fix
from kerascope.graph.losses import BINARY, CATEGORICAL, SPARSE, Loss, resolve_loss
from kerascope.graph.queries import last_axis, output_activation
from kerascope.rules.base import WARNING, Program, Report, Rule, compile_subject, fix, layer_subjects
from kerascope.syntax.edits import quoted_like, replace

RULE = Rule(
    code="KC215",
    name="relu-or-tanh-output-with-crossentropy",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=(
        "C001c",
        "C001d",
        "C001e",
        "C011e",
        "C011f",
        "P001-relu-categorical_crossentropy-oh",
        "P001-relu-sparse_categorical_crossentropy-i",
        "P001-tanh-categorical_crossentropy-oh",
    ),
    looks_at="events",
)

_RIGHT = {CATEGORICAL: "softmax", SPARSE: "softmax", BINARY: "sigmoid"}


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``, and at ``fit``, which may be what builds the model."""
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        activation = output_activation(event.graph)
        if compiled is None or activation is None or activation.name not in {"relu", "tanh"}:
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        units = last_axis(activation.output)
        if not isinstance(loss, Loss) or loss.name not in _RIGHT or loss.from_logits is not False:
            continue
        if loss.name == SPARSE and activation.name == "tanh":
            continue  # has not been measured
        if loss.name == BINARY:
            # An autoencoder of images may well end in `relu`: only classifiers with one unit were measured.
            if units != 1 or rank(activation.output.spec.shape) != 2:
                continue
        elif units is None or units < 2:
            continue
        if activation.layer.class_name == "ReLU" and activation.layer.arguments.get("max_value") is not None:
            continue  # may end at 1
        right = _RIGHT[loss.name]
        loss_site = compiled.sites.get("loss", compiled.site)
        returned = "any number from 0 up" if activation.name == "relu" else "numbers from -1 to 1"
        needed = "rows of probabilities" if right == "softmax" else "a probability"
        yield Report(
            activation.site or activation.layer.site,
            f"`{activation.name}` at the output does not go with `{loss.name}`: it returns {returned}, the loss needs "
            f"{needed}. Keras trains it without a word, and badly. Use `{right}` at the output.",
            related=((f"the loss is `{loss.name}`, on probabilities", loss_site),),
            subjects=layer_subjects(activation.layer) | compile_subject(compiled),
            data={"right": right, "layer": activation.layer, "written": activation.site},
            certain=event.certain,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The activation that goes with the loss."""
    right = report.data["right"]
    text = quoted_like(report.site, right)
    if report.data["written"] is None:
        activation = program.name_for("keras.layers.Activation", near=report.data["layer"].site)
        if activation is None:
            return
        text = f"{activation}({text})"
    yield from fix(f"Use {right} at the output", "unsafe", replace(report.site, text))
