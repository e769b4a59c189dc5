r"""`softmax` on what `softmax` returned

## What it does

Finds models for a categorical crossentropy whose output goes through `softmax` twice: a layer with
`activation="softmax"` followed by `Softmax()` or `Activation("softmax")`, or by a `Reshape` and a loss with
`from_logits=True`.

## Why it matters

Keras does not refuse this. The second `softmax` gets numbers between 0 and 1 and flattens them: with ten classes no
probability gets above 0.24 and the loss not much below 1.46. On handwritten digits 94.7 % of the test images are
right instead of 96.3 %, on an easier problem 89.5 % instead of 99.5 %.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="softmax"),
    layers.Activation("softmax"),
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KC212
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
    layers.Dense(10),
    layers.Activation("softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

Between two layers with `softmax` there are weights: the second one has logits of its own.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="softmax"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what the model computes, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.losses import CATEGORICAL, SPARSE, Loss, resolve_loss
from kerascope.graph.queries import (
    OutputActivation,
    activation_of,
    last_axis,
    producers,
    single_output,
    softmax_axis,
)
from kerascope.rules.base import WARNING, Program, Report, Rule, compile_subject, fix, layer_subjects
from kerascope.syntax.edits import is_call, remove_argument

RULE = Rule(
    code="KC212",
    name="softmax-applied-twice",
    severity={2: WARNING, 3: WARNING},
    supersedes=("KC211",),
    fixable="sometimes",
    evidence=("C012", "C010f", "P003", "P003b"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile`` and ``fit``: at what the output was made of, from its end."""
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        output = single_output(event.graph)
        if compiled is None or output is None:
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        units = last_axis(output)
        if not isinstance(loss, Loss) or loss.name not in {CATEGORICAL, SPARSE} or not loss.plain:
            continue
        if units is None or units < 2:
            continue
        softmaxes: list[OutputActivation] = []
        reshaped = False
        for layer, tensor in producers(event.graph, output):
            activation = activation_of(layer, tensor)
            if layer.class_name == "Reshape" and last_axis(tensor) == units:
                reshaped = True
                continue
            if activation is None or softmax_axis(activation) != -1 or last_axis(tensor) != units:
                break
            softmaxes.append(activation)
            if layer.class_name not in {"Softmax", "Activation"}:
                break
        loss_site = compiled.sites.get("loss", compiled.site)
        if len(softmaxes) > 1:
            second, first = softmaxes[0], softmaxes[1]
            site, because = second.layer.site, "the output of another `softmax`"
            related = (first.site or first.layer.site, "the first `softmax`")
        elif softmaxes and reshaped and loss.from_logits is True:
            first = softmaxes[0]
            site, because = (
                loss_site,
                "what `softmax` and a `Reshape` returned: the loss applies it (`from_logits=True`)",
            )
            related = (first.site or first.layer.site, "the model's `softmax`")
        else:
            continue
        yield Report(
            site,
            f"`softmax` is applied twice, here to {because}. Nothing is refused, but the probabilities are flattened, the "
            "loss stops far above 0 and accuracy suffers. Remove one of the two.",
            related=((related[1], related[0]),),
            subjects=layer_subjects(*(item.layer for item in softmaxes)) | compile_subject(compiled),
            data={"first": first.layer, "loss": loss_site if len(softmaxes) == 1 else None},
            certain=event.certain,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The loss on probabilities where the loss is the second softmax; else a first layer that returns logits."""
    loss = report.data["loss"]
    first = report.data["first"]
    if loss is not None:
        yield from fix(
            "Remove from_logits=True: the model returns probabilities",
            "unsafe",
            remove_argument(loss, "from_logits"),
        )
    elif first.class_name not in {"Softmax", "Activation"} and is_call(first.site):
        yield from fix("Remove the first softmax", "unsafe", remove_argument(first.site, "activation"))
