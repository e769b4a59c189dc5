r"""`relu` right before `softmax`

## What it does

Finds models for a categorical crossentropy that end in a `Dense` layer with `relu`, followed by nothing but
`softmax`.

## Why it matters

`softmax` takes numbers of either sign: a negative one says that a class is unlikely. `relu` cuts these off, and a
class that is negative for every sample is never learnt again. Keras says nothing; on ten classes 89.5 % are right
instead of 99.5 %.

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
                                ^^^^^^ KC216
    layers.Softmax(),
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
    layers.Dense(10),
    layers.Softmax(),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

A mean over the image lies between the two, as in networks that end in a convolution:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 8, 8, 3)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(8, 8, 3)),
    layers.Conv2D(10, 1, activation="relu"),
    layers.GlobalAveragePooling2D(),
    layers.Activation("softmax"),
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
from kerascope.rules.base import WARNING, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import is_call, remove_argument

RULE = Rule(
    code="KC216",
    name="relu-before-softmax",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("C012b",),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile`` and ``fit``: at the two layers that make the output."""
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        output = single_output(event.graph)
        if compiled is None or output is None:
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        units = last_axis(output)
        if not isinstance(loss, Loss) or loss.name not in {CATEGORICAL, SPARSE}:
            continue
        if units is None or units < 2:
            continue
        last: list[OutputActivation | None] = []
        for layer, tensor in producers(event.graph, output):
            last.append(activation_of(layer, tensor))
            if len(last) == 2:
                break
        if len(last) < 2 or last[0] is None or last[1] is None:
            continue
        softmax, relu = last[0], last[1]
        if softmax.layer.class_name not in {"Softmax", "Activation"} or softmax_axis(softmax) != -1:
            continue
        if relu.layer.class_name != "Dense" or relu.name != "relu":
            continue
        yield Report(
            relu.site or relu.layer.site,
            f"`relu` right before `softmax` cuts off what speaks against a class: the {units} numbers that `softmax` gets "
            "should be of either sign. Keras trains it without a word, and some classes may never be learnt. "
            "Remove this `relu`.",
            related=(("the `softmax` comes here", softmax.layer.site),),
            subjects=layer_subjects(relu.layer),
            data={"layer": relu.layer},
            certain=event.certain,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A last layer that returns logits."""
    site = report.data["layer"].site
    if is_call(site) and site.path == program.path:
        yield from fix("Remove the relu", "unsafe", remove_argument(site, "activation"))
