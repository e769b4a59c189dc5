r"""An activation that Keras does not know

## What it does

Finds names of activations that Keras has not: misspelled, in capital letters, the name of a layer, or `"none"`.

## Why it matters

Keras raises where the layer is made: `Could not interpret activation function identifier: Relu`. Names are told apart
by case. Keras 2 takes the names of some layers as well, such as `"LeakyReLU"`; Keras 3 does not.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(8, activation="Relu"),
                               ^^^^^^ KL404
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

No activation is `None`, or nothing at all:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(8, activation="relu"),
    layers.Dense(1, activation="none"),
                               ^^^^^^ KL404
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(8, activation="relu"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

A function of the program's own is given as it is.

```python
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

def bent(values):
    return values * tf.sigmoid(2.0 * values)

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(8, activation=bent),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.layers.base import ACTIVATIONS, FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import is_string, quoted_like, replace

RULE = Rule(
    code="KL404",
    name="unknown-activation",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("A002", "A002b", "A002d", "A002g", "A002h", "A002i", "F022"),
    looks_at="faults",
)

_REGISTERS = ("custom_object", "CustomObject", "register_keras_serializable")
"""Words by which a program makes names of its own, which Keras 2 and the first releases of Keras 3 look up."""

_NOTHING = frozenset({"", "none", "null", "identity", "no", "nil"})
_MEANT = {
    "leakyrelu": "leaky_relu",
    "lrelu": "leaky_relu",
    "logistic": "sigmoid",
    "sigmoidal": "sigmoid",
    "soft_max": "softmax",
    "hyperbolic_tangent": "tanh",
    "logsoftmax": "log_softmax",
    "hardsigmoid": "hard_sigmoid",
}
"""Other words for an activation."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every name that a constructor refused."""
    if program.mentions(*_REGISTERS):
        return
    for fault in program.faults:
        facts, layer = fault.fault.facts, fault.layer
        name = facts.get("received")
        if fault.fault.kind is not FaultKind.ARGUMENT or not isinstance(name, str):
            continue
        parameter = str(facts.get("argument"))
        shown = program.shown(fault)
        if not parameter.endswith("activation") or name in ACTIVATIONS[program.major] or shown is None:
            continue
        site = layer.sites.get(parameter, shown)
        nothing = name.strip().lower() in _NOTHING
        suggestion = None if nothing else _closest(name, program.major)
        if nothing:
            remedy = "Leave it out, or write `None`, for no activation."
        elif name.strip().lower() == "prelu":
            remedy = "It has weights, so it is a layer: put `PReLU()` after this one."
        else:
            remedy = (
                f'Did you mean "{suggestion}"?' if suggestion is not None else "Write one such as `relu`."
            )
        yield Report(
            site if site.path == program.path else shown,
            f'Keras knows no activation named "{name}": it raises where the layer is made. {remedy}',
            subjects=layer_subjects(layer),
            data={"nothing": nothing, "suggestion": suggestion, "required": layer.class_name == "Activation"},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _closest(name: str, major: int) -> str | None:
    """The name that was most likely meant."""
    names = sorted(item for item in ACTIVATIONS[major] if item.islower())
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    meant = _MEANT.get(wanted, _MEANT.get(wanted.replace("_", ""), wanted))
    if meant in names:
        return meant
    folded = {item.replace("_", ""): item for item in names}
    import difflib  # imported once there is a name to mend

    close = difflib.get_close_matches(wanted.replace("_", ""), list(folded), n=1, cutoff=0.7)
    return folded[close[0]] if close else None


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The nearest name, or none."""
    suggestion: str | None = report.data["suggestion"]
    if not is_string(report.site):
        return
    if suggestion is not None:
        yield from fix(
            f'Use "{suggestion}"', "safe", replace(report.site, quoted_like(report.site, suggestion))
        )
    elif report.data["nothing"]:
        linear = quoted_like(report.site, "linear") if report.data["required"] else "None"
        yield from fix("Use no activation", "safe", replace(report.site, linear))
