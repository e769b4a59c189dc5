r"""Training before `compile`

## What it does

Finds `fit`, `evaluate`, `train_on_batch` and `test_on_batch` of a `Sequential` or functional model that no path through
the program has compiled before.

## Why it matters

Keras raises: ``You must call `compile()` before using the model`` (Keras 3), `You must compile your model before
training/testing` (Keras 2). `predict` needs no `compile`. In a notebook the cell with `compile` may stand below, and
work only in the order in which it happened to be run.

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
model.fit(x, y, epochs=1)
^^^^^^^^^ KC246
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
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

A function of the program compiles the model.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

def ready(model, rate=0.01):
    model.compile(optimizer=keras.optimizers.Adam(rate), loss="mse")
    return model

model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(1)])
ready(model)
model.fit(np.random.rand(64, 20), np.random.rand(64, 1), epochs=1)
```

## Near miss

`predict` needs no `compile`, nor does a loop of one's own.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(1)])
model.predict(np.random.rand(64, 20))
```

## Fix safety

Optimizer and loss of the fix are a guess: the loss is the one that goes with the output and the labels.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Edit, Fix
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, array_argument, fix
from kerascope.rules.kc247 import called, likely_loss
from kerascope.syntax.edits import quoted_like, statement_start, text_of
from kerascope.syntax.units import Site
from kerascope.text.source import Span

RULE = Rule(
    code="KC246",
    name="fit-before-compile",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("C070", "C070c", "D049"),
)

_OTHERWISE = ("Model.compile(", "Sequential.compile(", "setattr(", "globals(", "exec(", "%run")
"""Ways to compile a model, or to put another in its place, that the analysis does not follow."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that needs a compiled model and is sure to be reached."""
    if program.mentions(*_OTHERWISE):
        return
    for event in program.events("fit", "evaluate", "train_on_batch", "test_on_batch"):
        model = event.graph.model
        if model.kind == "Model" or not model.complete or not (model.stack or event.graph.output_tensors):
            continue
        if model.compiled is not None or model.compile_unseen or not event.reached or not event.certain:
            continue
        site = event.site if event.site.path == program.path else event.top
        later = next(
            (
                other
                for other in program.events("compile")
                if other.graph.model.id == model.id and other.site.path == program.path
            ),
            None,
        )
        advice = (
            "The `compile` below comes too late."
            if later is not None
            else "Call `compile(optimizer=…, loss=…)` first."
        )
        yield Report(
            called(site),
            f"The model is not compiled when `{event.kind}` is called: it raises. {advice}",
            related=(
                *((("it is compiled only here", later.site),) if later is not None else ()),
                ("the model is made here", model.site),
            ),
            subjects=frozenset({("compile", model.id)}),
            data={"event": event, "later": later, "call": site},
            certain=event.certain,
            guarded=event.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A ``compile`` right before the call, with the loss that goes with output and labels."""
    event: Event = report.data["event"]
    name = likely_loss(event.graph, array_argument(event, "y"), program.major)
    call: Site = report.data["call"]
    if name is None or report.data["later"] is not None or event.site.node is not call.node:
        return
    yield from fix("Compile the model first", "unsafe", _compile_before(call, name))


def _compile_before(call: Site, loss: str) -> Edit | None:
    """A ``compile`` of the same model on a line before the statement of ``call``."""
    start = statement_start(call)
    func = call.node.func if isinstance(call.node, cst.Call) else None
    if start is None or not isinstance(func, cst.Attribute) or not isinstance(func.value, cst.Name):
        return None
    model = text_of(Site(call.unit, func.value))
    adam, named = quoted_like(call, "adam"), quoted_like(call, loss)
    offset, margin = start
    return Edit(Span(offset, offset), f"{margin}{model}.compile(optimizer={adam}, loss={named})\n")
