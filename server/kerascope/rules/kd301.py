r"""Inputs and labels of different lengths

## What it does

Finds `fit`, `evaluate` and `predict` on arrays that do not hold the same number of samples: inputs, labels, sample
weights, and the same in `validation_data`.

## Why it matters

Sample by sample, each input belongs to a label. Keras counts them before anything else and raises: `Data cardinality is
ambiguous. Make sure all arrays contain the same number of samples`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x_train, x_test = np.random.rand(100, 20), np.random.rand(40, 20)
y_train, y_test = np.random.randint(0, 2, 100), np.random.randint(0, 2, 40)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x_train, y_test, epochs=1)
                   ^^^^^^ KD301
```

Two inputs, of which one has lost its first rows:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

prices = np.random.rand(100, 5)
changes = prices[1:] - prices[:-1]

model = keras.Sequential([
    keras.Input(shape=(5,)),
    layers.Dense(5),
])
model.compile(optimizer="adam", loss="mse")
model.fit(prices, changes, epochs=1)
                  ^^^^^^^ KD301
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x_train, x_test = np.random.rand(100, 20), np.random.rand(40, 20)
y_train, y_test = np.random.randint(0, 2, 100), np.random.randint(0, 2, 40)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x_train, y_train, epochs=1)
```

## Near miss

Data to validate on have a length of their own.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x_train, x_test = np.random.rand(100, 20), np.random.rand(40, 20)
y_train, y_test = np.random.randint(0, 2, 100), np.random.randint(0, 2, 40)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x_train, y_train, validation_data=(x_test, y_test), epochs=1)
```

## Fix safety

Where a name that differs by `train` or `test` holds an array of the right length, it is put in, and Keras would have
raised. Cutting the longer array makes the lengths agree, but nobody knows whether the samples then belong together, so
it is never done without being asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.labels import element, validation_parts
from kerascope.graph.nodes import Event
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KD301",
    name="x-y-length-mismatch",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KC209",),
    fixable="sometimes",
    evidence=("D001", "D020j"),
    looks_at="events",
)

_WORDS = {"x": "inputs", "y": "labels", "sample_weight": "sample weights"}


@dataclass(frozen=True, slots=True)
class _Counted:
    """One array of samples: what it is, how many it holds, where it is written."""

    name: str
    size: int
    site: Site


def check(program: Program) -> Iterator[Report]:
    """Looks at the arrays of every call that feeds a model in batches."""
    for event in program.events("fit", "evaluate", "predict"):
        given = [(name, event.arguments.get(name), event.sites.get(name, event.site)) for name in _WORDS]
        validated = validation_parts(event)
        site = event.sites.get("validation_data", event.site)
        held = [
            (name, value, element(site, index, len(validated)) or site)
            for index, (name, value) in enumerate(zip(_WORDS, validated, strict=False))
        ]
        for group, where in ((given, ""), (held, "validation ")):
            yield from _mismatches(event, [item for part in group for item in _counted(*part)], where)


def _counted(name: str, value: Any, site: Site) -> Iterator[_Counted]:
    """The arrays in a nest whose number of samples is known."""
    if isinstance(value, ArraySpec):
        size = value.shape[0] if isinstance(value.shape, tuple) and value.shape else None
        if isinstance(size, int):
            yield _Counted(name, size, site)
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from _counted(name, part, element(site, index, len(value)) or site)
    elif isinstance(value, dict):
        for part in value.values():
            yield from _counted(name, part, site)


def _mismatches(event: Event, arrays: list[_Counted], where: str) -> Iterator[Report]:
    """The first array that has another number of samples than the first of all."""
    other = next((item for item in arrays if item.size != arrays[0].size), None)
    if other is None:
        return
    first = arrays[0]
    held = "" if text_of(other.site) == text_of(first.site) else f" (`{_short(other.site)}`)"
    yield Report(
        other.site,
        f"{first.size} {where}{_WORDS[first.name]}, but {other.size} {_WORDS[other.name]}{held}: `{event.kind}` raises. "
        "Samples go together one by one, so give arrays of one length.",
        related=((f"{first.size} samples", first.site),),
        subjects=frozenset({("data", id(other.site.node))}),
        data={"first": first, "other": other},
        certain=event.certain,
        guarded=event.guarded,
    )


def _short(site: Site) -> str:
    text = " ".join(text_of(site).split())
    return text if len(text) <= 40 else f"{text[:37]}…"


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The array of the sibling name, if it is as long as it must be; else the longer one cut."""
    first: _Counted = report.data["first"]
    other: _Counted = report.data["other"]
    for wrong, right in ((other, first), (first, other)):
        sibling = _sibling(wrong, right, program)
        if sibling is not None and wrong.site.path == program.path:
            yield from fix(f"Use {sibling}", "safe", replace(wrong.site, sibling))
    longer, shorter = (other, first) if other.size > first.size else (first, other)
    names = text_of(longer.site), text_of(shorter.site)
    if all(re.fullmatch(r"[\w.]+", name) for name in names) and longer.site.path == program.path:
        yield from fix(
            f"Use the first {shorter.size} of {names[0]}",
            "unsafe",
            replace(longer.site, f"{names[0]}[:len({names[1]})]"),
        )


def _sibling(wrong: _Counted, right: _Counted, program: Program) -> str | None:
    """The name that ``wrong`` has after the pattern of ``right``: ``y_train`` for ``y_test`` beside ``x_train``."""
    kinds = ("train", "test", "val", "valid")
    written, model = text_of(wrong.site), text_of(right.site)
    have = next((kind for kind in kinds if kind in re.split(r"[_\W]", written.lower())), None)
    want = next((kind for kind in kinds if kind in re.split(r"[_\W]", model.lower())), None)
    if have is None or want is None or have == want or not written.isidentifier():
        return None
    name = written.replace(have, want)
    fits = any(
        text_of(site) == name
        and isinstance(array, ArraySpec)
        and isinstance(array.shape, tuple)
        and array.shape[:1] == (right.size,)
        for site, array in program.interpretation.trace.arrays.values()
    )
    return name if fits else None
