r"""`categorical_crossentropy` on a sigmoid output

## What it does

Finds models whose last activation is `sigmoid` over several units and whose loss is `categorical_crossentropy` or
`sparse_categorical_crossentropy`.

## Why it matters

Keras does not refuse this. On TensorFlow the loss looks through the sigmoid, takes the values before it and
computes the softmax loss: the training curve is the one of a softmax model, number for number. What `predict`
returns is still the sigmoid: rows that do not sum to one (2.14 on average in the experiment), and a loss that
`evaluate` reports as 0.158 where the predictions themselves give 0.811.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = keras.utils.to_categorical(np.random.randint(0, 10, 64), 10)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(10, activation="sigmoid"),
                                ^^^^^^^^^ KC201
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Use instead

`softmax`, if each sample has exactly one class:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = keras.utils.to_categorical(np.random.randint(0, 10, 64), 10)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

Several classes may hold at once: that is what `sigmoid` with `binary_crossentropy` is for.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, (64, 10))

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
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
from kerascope.syntax.edits import is_string, quoted_like, replace

RULE = Rule(
    code="KC201",
    name="sigmoid-output-with-categorical-crossentropy",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("C001", "C001b", "I001", "I004", "P001", "P002"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``, and at ``fit`` for models that take their shape from the data."""
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        activation = output_activation(event.graph)
        if compiled is None or activation is None or activation.name != "sigmoid":
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        units = last_axis(activation.output)
        if (
            not isinstance(loss, Loss)
            or loss.name not in {CATEGORICAL, SPARSE}
            or loss.from_logits is not False
        ):
            continue
        if units is None or units < 2:
            continue
        site = activation.site or activation.layer.site
        loss_site = compiled.sites.get("loss", compiled.site)
        yield Report(
            site,
            f"`sigmoid` over {units} classes does not go with `{loss.name}`: Keras trains it as if it were `softmax`, "
            "without a word, and `predict` returns rows that do not sum to one. Use `softmax`, or "
            "`binary_crossentropy` if several classes may hold at once.",
            related=((f"the loss is `{loss.name}`", loss_site),),
            subjects=layer_subjects(activation.layer) | compile_subject(compiled),
            data={"loss": loss_site if loss.name == CATEGORICAL else None},
            certain=event.certain,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Softmax first; the other loss where several classes may hold at once."""
    yield from fix(
        "Use softmax: each sample has exactly one class",
        "unsafe",
        replace(report.site, quoted_like(report.site, "softmax")),
    )
    loss = report.data["loss"]
    if is_string(loss):
        yield from fix(
            "Use binary_crossentropy: several classes may hold at once",
            "unsafe",
            replace(loss, quoted_like(loss, "binary_crossentropy")),
        )
