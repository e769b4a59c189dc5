r"""A loss name that Keras does not know

## What it does

Finds a `loss=` string that `keras.losses.get` cannot turn into a loss.

## Why it matters

`compile` takes any string. The error, `Could not interpret loss identifier`, comes at the first `fit`, after the
data was loaded. It is an error where the file itself trains or evaluates the model, and a warning where it only
compiles it.

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
])
model.compile(optimizer="adam", loss="sparse_categorical_entropy")
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KC223
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
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

Short names and class names are names too.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.rand(64, 1)

model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(1)])
model.compile(optimizer="adam", loss="MSE")
model.fit(x, y, epochs=1)
model.compile(optimizer="adam", loss="MeanAbsoluteError")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.losses import LOSS_NAMES, MISLEADING, UnknownLoss, resolve_loss
from kerascope.rules.base import ERROR, WARNING, Program, Report, Rule, compile_subject, fix
from kerascope.syntax.edits import is_string, quoted_like, replace

RULE = Rule(
    code="KC223",
    name="unknown-loss-name",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("C030", "C030b", "C030f", "C030g", "F019"),
    looks_at="events",
)

_REGISTERS = ("custom_object", "register_keras_serializable")
"""Words by which a program makes loss names of its own."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``; what computes the loss afterwards makes it an error."""
    if program.mentions(*_REGISTERS):
        return
    trained = {id(compiled): event for event, compiled in program.trainings() if event.certain}
    for event in program.events("compile"):
        compiled = event.graph.model.compiled
        loss = resolve_loss(compiled.get("loss"), program.major) if compiled is not None else None
        if compiled is None or not isinstance(loss, UnknownLoss):
            continue
        training = trained.get(id(compiled))
        suggestion = _closest(loss.identifier, program.major)
        hint = f' Did you mean "{suggestion}"?' if suggestion else ""
        where = f"`{training.kind}` raises" if training is not None else "the first `fit` will raise"
        yield Report(
            compiled.sites.get("loss", compiled.site),
            f'Keras knows no loss named "{loss.identifier}": `compile` takes it, {where}.{hint}',
            related=(
                ((f"raises here, at `{training.kind}`", training.site),) if training is not None else ()
            ),
            subjects=compile_subject(compiled),
            data={"suggestion": suggestion},
            severity=None if training is not None else WARNING,
            certain=event.certain,
            guarded=training is not None and training.guarded,
        )


def _closest(identifier: str, major: int) -> str | None:
    """The name that was most likely meant."""
    known = MISLEADING[major].get(identifier.lower())
    if known is not None:
        return known
    names = sorted(
        name for name in LOSS_NAMES[major] if name.islower() and len(name) > 2 and "is_" not in name
    )
    folded = {name.replace("_", ""): name for name in names}
    wanted = identifier.strip().lower().replace("-", "").replace("_", "").replace(" ", "")
    if wanted in folded:
        return folded[wanted]
    import difflib  # imported once there is a name to mend

    close = difflib.get_close_matches(wanted, list(folded), n=1, cutoff=0.75)
    return folded[close[0]] if close else None


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The nearest name."""
    suggestion = report.data["suggestion"]
    if suggestion and is_string(report.site):
        yield from fix(
            f'Use "{suggestion}"', "safe", replace(report.site, quoted_like(report.site, suggestion))
        )
