r"""`binary_crossentropy` on a softmax over several classes

## What it does

Finds models that end in `softmax` over three or more classes and are trained on one-hot labels with
`binary_crossentropy`.

## Why it matters

It is no failure: the model learns, on handwritten digits to 94.5 % where `categorical_crossentropy` gets to 96.3 %.
But the loss asks of each class by itself whether it holds, and what goes with it is misleading: `binary_accuracy`
said 0.89 after an epoch in which 0.13 of the samples were right, because most entries of a one-hot row are 0 and
easily guessed.

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
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
                                     ^^^^^^^^^^^^^^^^^^^^^ KC202
model.fit(x, y, epochs=1)
```

## Use instead

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

With two classes the one is what the other is not, and both losses ask the same:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = keras.utils.to_categorical(np.random.randint(0, 2, 64), 2)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(2, activation="softmax"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Fix safety

Both fixes change what the model is trained for, so they are never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri
from kerascope.findings import Fix
from kerascope.graph.losses import BINARY, CATEGORICAL, Loss, loss_accepts, resolve_loss
from kerascope.graph.queries import last_axis, output_activation, softmax_axis
from kerascope.rules.base import (
    INFORMATION,
    Program,
    Report,
    Rule,
    array_argument,
    compile_subject,
    fix,
    layer_subjects,
)
from kerascope.syntax.edits import is_string, quoted_like, replace

RULE = Rule(
    code="KC202",
    name="softmax-output-with-binary-crossentropy",
    severity={2: INFORMATION, 3: INFORMATION},
    fixable="sometimes",
    evidence=("C002", "C002a", "I002", "P001-softmax-binary_crossentropy-oh"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes the loss on one-hot labels."""
    for event, compiled in program.trainings():
        labels = array_argument(event, "y")
        activation = output_activation(event.graph)
        if labels is None or labels.facts.one_hot is not Tri.YES or activation is None:
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        if not isinstance(loss, Loss) or loss.name != BINARY or loss.from_logits is not False:
            continue
        shape, units = activation.output.spec.shape, last_axis(activation.output)
        if softmax_axis(activation) != -1 or units is None or units < 3:
            continue
        if loss_accepts(BINARY, labels.shape, shape, program.major) is Tri.NO:
            continue
        yield Report(
            compiled.sites.get("loss", compiled.site),
            f"`binary_crossentropy` asks of each of the {units} classes by itself, but `softmax` and one-hot labels mean "
            "that just one holds: it trains, and `binary_accuracy` looks far better than it is. Use "
            "`categorical_crossentropy`, or `sigmoid` if several may hold.",
            related=(("the output is a `softmax`", activation.site or activation.layer.site),),
            subjects=layer_subjects(activation.layer) | compile_subject(compiled),
            data={"activation": activation.site},
            certain=event.certain,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The loss for exclusive classes first, for the labels are one-hot."""
    if is_string(report.site):
        yield from fix(
            "Use categorical_crossentropy: each sample has exactly one class",
            "unsafe",
            replace(report.site, quoted_like(report.site, CATEGORICAL)),
        )
    written = report.data["activation"]
    if is_string(written) and written.path == program.path:
        yield from fix(
            "Use sigmoid: several classes may hold at once",
            "unsafe",
            replace(written, quoted_like(written, "sigmoid")),
        )
