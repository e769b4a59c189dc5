r"""A learning rate at which training falls apart

## What it does

Finds optimizers that a model is compiled with and whose learning rate is written as a number

- of 1 or more for `Adam`, `AdamW`, `Adamax`, `Nadam` and `RMSprop`, where a crossentropy trains a model with a hidden
  layer;
- above 1 for `SGD`, where a crossentropy trains a model with a hidden `relu` (10 or more if it normalises its batches or
  layers);
- below 0, for all of them.

A program that sets the rate later, by a callback or by hand, is left alone, and so are gradients that are clipped.

## Why it matters

A step of `Adam` moves every weight by about the learning rate, and weights are smaller than 1. On handwritten digits
`Adam` has 96 % at 0.001, 94 % at 0.1, and guesses at 1 and at 10, with 9 % and 10 %. `SGD` has 99 % at 1 and guesses
from 1.5 on. On an easy problem a model may get through all the same, which is why nobody notices. A negative rate
climbs instead of descending: the loss grows to 200 and no sample is right.

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
    optimizer=keras.optimizers.Adam(learning_rate=10.0),
                                                  ^^^^ KC257
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x, y, epochs=1)
```

## Example: the wrong way

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.rand(64, 1)

model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(-0.01), loss="mse")
                                             ^^^^^ KC257
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
    optimizer=keras.optimizers.Adam(learning_rate=0.001),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x, y, epochs=1)
```

## Near miss

One layer on numbers that are not scaled needs long steps to get there.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.rand(64, 1) * 100_000

model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.Adam(learning_rate=10.0), loss="mae")
model.fit(x, y, epochs=1)
```

## Near miss

`Adadelta` makes small steps, and 1.0 is its rate in the paper.

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
model.compile(optimizer=keras.optimizers.Adadelta(1.0), loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what the model learns, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.losses import BINARY, CATEGORICAL, SPARSE, Loss, resolve_loss
from kerascope.graph.nodes import Made, ModelGraph
from kerascope.graph.optimizers import (
    CHANGES_RATE,
    STEP_OF_RATE,
    callbacks_known,
    constructed,
    learning_rate_key,
    number,
    optimizer_class,
    swept,
)
from kerascope.graph.queries import activation_of, reachable_calls, single_output
from kerascope.rules.base import WARNING, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of

RULE = Rule(
    code="KC257",
    name="learning-rate-too-large",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("C040-adam-1", "C040-adam-10", "C040-sgd-1", "C040-sgd-10", "C040-neg", "P004", "P004b"),
    looks_at="events",
)

_CLIPS = frozenset({"clipnorm", "clipvalue", "global_clipnorm", "**"})
_NORMALISES = frozenset(
    {
        "BatchNormalization",
        "LayerNormalization",
        "GroupNormalization",
        "UnitNormalization",
        "RMSNormalization",
    }
)
_WITH_NORMALISATION = 10


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile`` and ``fit`` with an optimizer that is made in this program."""
    if program.mentions(*CHANGES_RATE):
        return
    made = program.interpretation.made
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        item = constructed(made, compiled) if compiled is not None else None
        name = optimizer_class(item.symbol) if item is not None else None
        key = learning_rate_key(item.arguments) if item is not None else None
        if compiled is None or item is None or name is None or key is None or swept(made, item):
            continue
        rate = number(item.arguments[key], program.major)
        loss = resolve_loss(compiled.get("loss"), program.major)
        if rate is None or not isinstance(loss, Loss) or key not in item.sites:
            continue
        if not callbacks_known(other for other, of in program.trainings() if of is compiled):
            continue
        crossentropy = loss.name in {BINARY, CATEGORICAL, SPARSE}
        if rate < 0:
            message = (
                f"A learning rate of {rate:g} has the loss grow instead of fall, without a word. "
                f"It must be positive, such as {_usual(name)}."
            )
        elif crossentropy and _falls_apart(event.graph, item, name, rate):
            steps = (
                f"a step of `{name}` is about as long as the rate"
                if name in STEP_OF_RATE
                else "the first steps throw the hidden layer out of its range"
            )
            message = (
                f"A learning rate of {rate:g} is far too large: {steps}, and the model ends up guessing, or with a loss "
                f"of `nan`. Keras says nothing. The usual rate of `{name}` is {_usual(name)}."
            )
        else:
            continue
        yield Report(
            item.sites[key],
            message,
            related=(("the model is compiled with it", compiled.site),),
            subjects=frozenset({("rate", id(item.site.node))}),
            data={"rate": rate, "usual": _usual(name)},
            certain=event.certain,
        )


def _usual(name: str) -> str:
    return "0.01" if name == "SGD" else "0.001"


def _falls_apart(graph: ModelGraph, item: Made, name: str, rate: float) -> bool:
    """Whether this is a model and a rate of the kind that was measured."""
    if set(item.arguments) & _CLIPS or single_output(graph) is None:
        return False
    layers = {layer.id: (layer, tensor) for layer, tensor in reachable_calls(graph)}
    trained = [layer for layer, _ in layers.values() if layer.weights and layer.trainable is True]
    if len([layer for layer in trained if layer.class_name not in _NORMALISES]) < 2:
        return False
    if name in STEP_OF_RATE:
        return rate >= 1
    activations = [activation_of(layer, tensor) for layer, tensor in layers.values()]
    hidden_relu = any(activation is not None and activation.name == "relu" for activation in activations)
    normalises = any(layer.class_name in _NORMALISES for layer, _ in layers.values())
    return name == "SGD" and hidden_relu and (rate >= _WITH_NORMALISATION if normalises else rate > 1)


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The usual rate, or the same one with the other sign."""
    text = text_of(report.site).strip()
    if report.data["rate"] < 0 and text.startswith("-"):
        yield from fix("Take the minus away", "unsafe", replace(report.site, text[1:].strip()))
    elif text[:1] in "0123456789.":
        usual = report.data["usual"]
        yield from fix(f"Use the usual rate, {usual}", "unsafe", replace(report.site, usual))
