r"""Not an optimizer

## What it does

Finds what `compile(optimizer=…)` cannot take: a name that Keras does not know, a class that is not called, a loss, a
metric, a plain number or a learning rate schedule, and on Keras 3 an optimizer of `tf.compat.v1`.

## Why it matters

`compile` raises at once: `Could not interpret optimizer identifier: adamm` (Keras 3), `Unknown optimizer: 'adamm'`
(Keras 2). Case does not matter, `"Adam"` and `"ADAM"` are both fine. Optimizers of `tf.compat.v1.train` still work in
Keras 2.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.rand(64, 1)

model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(1)])
model.compile(optimizer="adamm", loss="mse")
                        ^^^^^^^ KC224
model.fit(x, y, epochs=1)
```

## Example: a class

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.rand(64, 1)

model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(1)])
model.compile(optimizer=keras.optimizers.RMSprop, loss="mse")
                        ^^^^^^^^^^^^^^^^^^^^^^^^ KC224
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.rand(64, 1)

model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=0.01), loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

Names are looked up in lower case.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.rand(64, 1)

model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(1)])
model.compile(optimizer="RMSProp", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

Which optimizer is to have a learning rate or a schedule that stands alone is a guess: that fix is only offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import libcst as cst

from kerascope.domain.specs import Instance, Symbol
from kerascope.findings import Edit, Fix
from kerascope.graph.losses import LOSS_NAMES
from kerascope.graph.nodes import Compiled
from kerascope.graph.optimizers import (
    MISLEADING_OPTIMIZERS,
    OPTIMIZER_NAMES,
    constructed,
    is_optimizer_name,
    optimizer_class,
)
from kerascope.rules.base import ERROR, Program, Report, Rule, compile_subject, fix
from kerascope.syntax.edits import is_string, quoted_like, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KC224",
    name="unknown-optimizer",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KC223",),
    fixable="sometimes",
    evidence=("C031", "C031b", "C031j", "C070e", "F021"),
    looks_at="events",
)

_REGISTERS = ("custom_object", "register_keras_serializable")
"""Words by which a program makes optimizer names of its own."""

_V1 = "tf.compat.v1.train."


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``."""
    registers = program.mentions(*_REGISTERS)
    for event in program.events("compile"):
        compiled = event.graph.model.compiled
        if compiled is None:
            continue
        value = compiled.get("optimizer")
        swapped = _swapped(compiled, program.major)
        message = _what_is_wrong(value, program.major, swapped)
        if message is None or (registers and isinstance(value, str)):
            continue
        made = constructed(program.interpretation.made, compiled)
        yield Report(
            made.site if made is not None else compiled.sites.get("optimizer", compiled.site),
            message,
            subjects=compile_subject(compiled) if swapped else frozenset(),
            data={"value": value, "loss": compiled.sites.get("loss") if swapped else None},
            certain=event.certain,
            guarded=event.guarded,
        )


def _swapped(compiled: Compiled, major: int) -> bool:
    """Whether optimizer and loss are names, and stand in each other's place."""
    optimizer, loss = compiled.get("optimizer"), compiled.get("loss")
    return (
        isinstance(optimizer, str)
        and isinstance(loss, str)
        and optimizer in LOSS_NAMES[major]
        and is_optimizer_name(loss, major)
    )


def _what_is_wrong(value: Any, major: int, swapped: bool) -> str | None:
    """The message; ``None`` for what Keras takes or for what is not known."""
    if isinstance(value, str):
        return _name_is_wrong(value, major, swapped)
    if isinstance(value, Symbol):
        name = optimizer_class(value.name)
        if name is not None:
            return (
                f"`{name}` is a class, and `compile` needs an optimizer made from it: it raises. "
                f"Call it, `{name}()`."
            )
        kind = _other_kind(value.name)
        return None if kind is None else f"This is a {kind}, no optimizer: `compile` raises."
    if isinstance(value, Instance):
        if value.symbol.startswith(_V1) and value.symbol.endswith("Optimizer"):
            name = value.symbol.rpartition(".")[2].removesuffix("Optimizer")
            return (
                None
                if major == 2
                else f"Keras 3 takes no optimizer of `tf.compat.v1`: `compile` raises. Use that of Keras, such as "
                f"`keras.optimizers.{_MODERN.get(name, 'Adam')}`."
            )
        kind = _other_kind(value.symbol)
        if kind is None:
            return None
        hint = " Give it to one: `Adam(learning_rate=…)`." if kind == "learning rate schedule" else ""
        return f"This is a {kind}, no optimizer: `compile` raises.{hint}"
    if _is_number(value):
        return f"A number is no optimizer: `compile` raises. Give it to one: `Adam(learning_rate={value!r})`."
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_MODERN = {
    "Adadelta": "Adadelta",
    "Adagrad": "Adagrad",
    "Adam": "Adam",
    "Ftrl": "Ftrl",
    "GradientDescent": "SGD",
    "RMSProp": "RMSprop",
}
"""Optimizers of ``tf.compat.v1.train`` without their suffix, and what Keras calls them."""


def _name_is_wrong(name: str, major: int, swapped: bool) -> str | None:
    if is_optimizer_name(name, major):
        return None
    if swapped:
        return f'"{name}" is a loss: `compile` takes the optimizer first, then the loss, and raises.'
    if name.lower() in OPTIMIZER_NAMES[5 - major]:
        return f'Keras {major} finds no optimizer named "{name}", Keras {5 - major} does: `compile` raises.'
    suggestion = _closest(name, major)
    hint = f' Did you mean "{suggestion}"?' if suggestion else ""
    return f'Keras knows no optimizer named "{name}": `compile` raises.{hint}'


def _other_kind(symbol: str) -> str | None:
    """What an object of Keras is that cannot be an optimizer."""
    for prefix, kind in (
        ("keras.losses.", "loss"),
        ("keras.metrics.", "metric"),
        ("keras.optimizers.schedules.", "learning rate schedule"),
    ):
        if symbol.startswith(prefix):
            return kind
    return None


def _closest(name: str, major: int) -> str | None:
    """The name that was most likely meant."""
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    known = MISLEADING_OPTIMIZERS.get(wanted)
    if known is not None:
        return known
    names = sorted(
        item for item in OPTIMIZER_NAMES[major] if "optimizer" not in item and "experimental" not in item
    )
    wanted = wanted.replace("_", "").removesuffix("optimizer")
    if wanted in names:
        return wanted
    import difflib  # imported once there is a name to mend

    close = difflib.get_close_matches(wanted, names, n=1, cutoff=0.7)
    return close[0] if close else None


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The nearest name, the two arguments exchanged, the class called, or an optimizer around the rate."""
    value, site = report.data["value"], report.site
    loss: Site | None = report.data["loss"]
    if isinstance(value, str) and is_string(site):
        if loss is not None and is_string(loss) and loss.path == site.path:
            yield from fix(
                "Exchange the optimizer and the loss",
                "safe",
                replace(site, text_of(loss)),
                replace(loss, text_of(site)),
            )
            return
        suggestion = _closest(value, program.major)
        if suggestion and loss is None:
            yield from fix(f'Use "{suggestion}"', "safe", replace(site, quoted_like(site, suggestion)))
    elif isinstance(value, Symbol) and optimizer_class(value.name) is not None:
        if isinstance(site.node, (cst.Name, cst.Attribute)):
            yield from fix("Call the class", "safe", replace(site, f"{text_of(site)}()"))
    elif isinstance(value, Instance) and value.symbol.startswith(_V1):
        yield from fix("Use the optimizer of Keras", "unsafe", _modern(program, value, site))
    elif isinstance(value, float) or (
        isinstance(value, Instance) and _other_kind(value.symbol) == "learning rate schedule"
    ):
        adam = program.name_for("keras.optimizers.Adam")
        given = f"{adam}(learning_rate={text_of(site)})"
        yield from fix("Give it to Adam", "unsafe", replace(site, given) if adam is not None else None)


def _modern(program: Program, value: Instance, site: Site) -> Edit | None:
    """Keras's optimizer with the same learning rate, if nothing else was given."""
    name = _MODERN.get(value.symbol.rpartition(".")[2].removesuffix("Optimizer"))
    written = program.name_for(f"keras.optimizers.{name}") if name is not None else None
    if (
        written is None
        or not isinstance(site.node, cst.Call)
        or set(value.arguments) - {"0", "learning_rate"}
    ):
        return None
    rate = [text_of(Site(site.unit, item.value)) for item in site.node.args]
    return replace(site, f"{written}({', '.join(f'learning_rate={text}' for text in rate)})")
