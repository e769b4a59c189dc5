r"""Metrics as the third argument of `compile`

## What it does

Finds `compile(optimizer, loss, ["accuracy"])`: metrics given by position.

## Why it matters

In Keras 2 the third argument of `compile` was `metrics`. Keras 3 put `loss_weights` in its place, so that the names of
metrics are taken for weights: `compile` or the first `fit` raises something that does not speak of metrics at all, such
as `dtype='string' is not a valid dtype for Keras type promotion`.

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
model.compile("adam", "sparse_categorical_crossentropy", ["accuracy"])
                                                         ^^^^^^^^^^^^ KC249
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
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

Optimizer and loss have kept their places.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.rand(64, 1)

model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(1)])
model.compile("adam", "mse")
model.fit(x, y, epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import libcst as cst

from kerascope.domain.specs import Instance, Symbol
from kerascope.findings import Fix
from kerascope.rules.base import ERROR, WARNING, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KC249",
    name="compile-third-positional-is-loss-weights",
    severity={3: ERROR},
    supersedes=("KC244",),
    fixable="always",
    evidence=("C070i",),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``; what computes the loss afterwards makes it an error, unless ``compile`` raises."""
    trained = {id(compiled): event for event, compiled in program.trainings() if event.certain}
    for event in program.events("compile"):
        compiled = event.graph.model.compiled
        site = _third(compiled.site) if compiled is not None else None
        if compiled is None or site is None or "metrics" in compiled.arguments:
            continue
        value = compiled.get("loss_weights")
        if not _is_metric(value) and not _are_metrics(value):
            continue
        training = trained.get(id(compiled))
        at_once = _is_metric(value)
        own = event.graph.model.kind == "Model"  # its `train_step` may leave the weights alone
        if at_once:
            where = "`compile` raises"
        elif training is not None:
            where = f"`{training.kind}` raises"
        else:
            where = "the first `fit` will raise"
        text = text_of(site)
        shown = text if len(text) <= 40 and "\n" not in text else "…"
        yield Report(
            site,
            f"In Keras 3 the third argument of `compile` is `loss_weights`, in Keras 2 it was `metrics`: {where}. "
            f"Write `metrics={shown if not at_once else f'[{shown}]'}`.",
            related=(("raises here", training.site),) if training is not None and not at_once else (),
            subjects=frozenset({("loss_weights", id(compiled.site.node))}),
            data={"at_once": at_once},
            severity=None if at_once or (training is not None and not own) else WARNING,
            certain=event.certain,
            guarded=event.guarded if at_once else training is not None and training.guarded,
        )


def _third(call: Site) -> Site | None:
    """The third argument of a call, if it is given by position; later ones must have names."""
    args = call.node.args if isinstance(call.node, cst.Call) else ()
    if len(args) < 3 or any(item.star or item.keyword is not None for item in args[:3]):
        return None
    if any(item.star or item.keyword is None for item in args[3:]):
        return None
    return Site(call.unit, args[2].value)


def _is_metric(value: Any) -> bool:
    if isinstance(value, str):
        return True
    symbol = value.symbol if isinstance(value, Instance) else value.name if isinstance(value, Symbol) else ""
    return symbol.startswith(("keras.metrics.", "keras.losses."))


def _are_metrics(value: Any) -> bool:
    """A list or dictionary of metrics and nothing else."""
    parts = tuple(value.values()) if isinstance(value, Mapping) else value if isinstance(value, tuple) else ()
    return bool(parts) and all(_is_metric(part) or _are_metrics(part) for part in parts)


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The argument by its name."""
    text = text_of(report.site)
    yield from fix(
        "Name the metrics",
        "safe",
        replace(report.site, f"metrics=[{text}]" if report.data["at_once"] else f"metrics={text}"),
    )
