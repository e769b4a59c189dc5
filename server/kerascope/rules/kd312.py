r"""Labels other than 0 and 1 with `binary_crossentropy`

## What it does

Finds `fit`, `evaluate` and their kin with `binary_crossentropy` where some labels are certain to lie outside 0 to 1,
such as classes counted 1 and 2, or -1 and 1.

## Why it matters

The loss takes a label for the share of the second class. A share of 2 makes it fall without end: measured, the loss
goes down to -7.0 while no more than half of the samples are classified rightly; with labels -1 and 1 the reported
accuracy is 0.31. Nothing warns. (`hinge` and `squared_hinge` take -1 and 1.)

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(6, 20)
y = np.array([1, 2, 2, 1, 2, 1])

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
             ^ KD312
```

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(6, 20)
signs = np.array([-1, 1, 1, -1, 1, -1])

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, signs, epochs=1)
             ^^^^^ KD312
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(6, 20)
y = np.array([1, 2, 2, 1, 2, 1])

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y - 1, epochs=1)
```

## Near miss

Shares between the two are what the loss is made for.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(6, 20)
y = np.array([0.1, 0.9, 1.0, 0.0, 0.7, 0.2])

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=1)
```

## Fix safety

The fixes change what the model is trained on, and every other call with such labels must be changed as well, so they
are never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.labels import Labels, labels_of
from kerascope.graph.losses import BINARY, Loss, loss_accepts, resolve_loss
from kerascope.graph.queries import last_axis, single_output
from kerascope.rules.base import (
    WARNING,
    Program,
    Report,
    Rule,
    compile_subject,
    fix,
    source_of,
)
from kerascope.syntax.edits import replace, text_of

RULE = Rule(
    code="KD312",
    name="binary-labels-not-0-1",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("C006g", "C006h", "C006k", "P028"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that computes the loss on labels whose smallest and largest are known."""
    for event, compiled in program.trainings():
        output = single_output(event.graph)
        loss = resolve_loss(compiled.get("loss"), program.major)
        if output is None or not isinstance(loss, Loss) or loss.name != BINARY:
            continue
        for labels in labels_of(event):
            accepted = loss_accepts(BINARY, labels.array.shape, output.spec.shape, program.major)
            if accepted is not Tri.YES or not _strays(labels.array):
                continue
            if last_axis(output) == 1 and not _two_classes(labels.array):
                continue  # several classes on one unit, which no other count of them would mend
            facts = labels.array.facts
            yield Report(
                labels.site,
                f"`{BINARY}` takes labels from 0 to 1, but these are "
                f"{source_of(f'{facts.lo:g} to {facts.hi:g}', labels.array)}: the loss falls below zero and the model "
                f"does not learn the classes. {_remedy(facts.lo, facts.hi)}",
                related=(("the loss", compiled.sites.get("loss", compiled.site)),),
                subjects=compile_subject(compiled),
                data={"labels": labels},
                certain=event.certain,
                guarded=event.guarded,
            )


def _strays(labels: ArraySpec) -> bool:
    """Whether some label is certain to lie outside 0 to 1."""
    facts = labels.facts
    if facts.lo is None or facts.hi is None:
        return False
    if facts.attained is Tri.YES:
        return facts.lo < 0 or facts.hi > 1
    return facts.lo > 1 or facts.hi < 0


def _two_classes(labels: ArraySpec) -> bool:
    """Whether the labels are 1 and 2, or -1 and 1, or other neighbours."""
    facts = labels.facts
    if facts.integral is not Tri.YES or facts.lo is None or facts.hi is None:
        return False
    return facts.hi - facts.lo <= 1 or (facts.lo, facts.hi) == (-1, 1)


def _remedy(lo: float | None, hi: float | None) -> str:
    if (lo, hi) == (-1, 1):
        return "Make them 0 and 1, `(y + 1) / 2`, or use `hinge` with `tanh`."
    if lo is not None and hi is not None and hi - lo == 1:
        return f"Make them 0 and 1: `y {'-' if lo > 0 else '+'} {abs(lo):g}`."
    return f"Scale them, `y / {hi:g}`." if lo == 0 else "Bring them to that range."


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Labels 0 and 1."""
    labels: Labels = report.data["labels"]
    lo, hi = labels.array.facts.lo, labels.array.facts.hi
    text = text_of(labels.site)
    if lo is None or hi is None or labels.site.path != program.path or not text.isidentifier():
        return
    mended = None
    if (lo, hi) == (-1, 1):
        mended = f"({text} + 1) / 2"
    elif hi - lo == 1:
        mended = f"{text} {'-' if lo > 0 else '+'} {abs(lo):g}"
    elif lo == 0:
        mended = f"{text} / {hi:g}"
    if mended is not None:
        yield from fix("Make the labels 0 and 1", "unsafe", replace(labels.site, mended))
