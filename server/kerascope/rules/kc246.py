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
from kerascope.rules.fixing import called, likely_loss
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
    for event in () if program.mentions(*_OTHERWISE) else _uncompiled(program):
        model = event.graph.model
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


def _uncompiled(program: Program) -> list[Event]:
    """The calls on models that nothing has compiled; none where some ``compile`` of the file was not followed."""
    found = [
        event
        for event in program.events("fit", "evaluate", "train_on_batch", "test_on_batch")
        if event.reached and event.certain and _is_known_uncompiled(event)
    ]
    if not found:
        return []
    followed = {id(event.site.node) for event in program.events("compile")}
    units = program.parsed.units
    written = [node for unit in units for statement in unit.body for node in _compiles(statement)]
    return found if all(id(node) in followed for node in written) else []


def _is_known_uncompiled(event: Event) -> bool:
    model = event.graph.model
    return (
        model.kind != "Model"
        and model.complete
        and bool(model.stack or event.graph.output_tensors)
        and model.compiled is None
        and not model.compile_unseen
    )


def _compiles(node: cst.CSTNode) -> Iterator[cst.Call]:
    """Every ``….compile(…)`` below a node, but for those of regular expressions."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        owner = node.func.value
        if node.func.attr.value == "compile" and not (isinstance(owner, cst.Name) and owner.value == "re"):
            yield node
    for child in node.children:
        yield from _compiles(child)


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
