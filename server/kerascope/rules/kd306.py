r"""Images divided to whole numbers

## What it does

Finds images of whole numbers from 0 to 255 that were divided with `//`, so that all but the brightest pixels are 0.

## Why it matters

It runs, and the model is trained on blank images: of ten classes 14 % are guessed right where `/ 255.0` gives all.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

images = np.random.randint(0, 256, (64, 8, 8, 1)).astype("uint8")
labels = np.random.randint(0, 2, 64)
images = images // 255

model = keras.Sequential([
    keras.Input(shape=(8, 8, 1)),
    layers.Flatten(),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(images, labels, epochs=1)
          ^^^^^^ KD306
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

images = np.random.randint(0, 256, (64, 8, 8, 1)).astype("uint8")
labels = np.random.randint(0, 2, 64)
images = images / 255.0

model = keras.Sequential([
    keras.Input(shape=(8, 8, 1)),
    layers.Flatten(),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(images, labels, epochs=1)
```

## Near miss

Images of zeros and ones from the beginning are left alone.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

masks = np.random.randint(0, 2, (64, 8, 8, 1)).astype("uint8")
labels = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(8, 8, 1)),
    layers.Flatten(),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(masks, labels, epochs=1)
```

## Fix safety

Another division gives other images, which is the point of it; it is not done without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.domain.shapes import format_shape
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.rules.base import WARNING, Program, Report, Rule, fix, source_of
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site, Unit

RULE = Rule(
    code="KD306",
    name="integer-division-of-images",
    severity={2: WARNING, 3: WARNING},
    fixable="sometimes",
    evidence=("D003k",),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks for divisions in the program, and for images that they went into."""
    divisions: list[Site] | None = None
    for event in program.events("fit"):
        images, site = event.arguments.get("x"), event.sites.get("x")
        if not isinstance(images, ArraySpec) or site is None or not _blank(images):
            continue
        if divisions is None:
            divisions = [division for unit in program.parsed.units for division in _divisions(unit)]
        if not divisions:
            return
        division = divisions[0]
        yield Report(
            site,
            f"The images, {source_of(format_shape(images.shape), images)}, were divided with `//`, which leaves 0 of every "
            "pixel but the brightest: the model sees blank images. Divide with `/ 255.0`.",
            related=(("divided here", division),),
            subjects=frozenset({("data", id(site.node))}),
            data={"division": division},
            certain=event.certain,
            guarded=event.guarded,
        )


def _blank(images: ArraySpec) -> bool:
    """Whether these are images of whole numbers from 0 to 1, as a division by 255 leaves them."""
    facts = images.facts
    several = isinstance(images.shape, tuple) and len(images.shape) >= 2
    return (
        several and (facts.lo, facts.hi) == (0, 1) and images.dtype in ("uint8", "int32", "int64", "uint16")
    )


def _divisions(unit: Unit) -> Iterator[Site]:
    """Where a statement divides by 255 with ``//``."""
    if "//" not in unit.tree.text:
        return
    pending: list[cst.CSTNode] = list(unit.body)
    while pending:
        node = pending.pop()
        if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.FloorDivide):
            divisor = node.right.evaluated_value if isinstance(node.right, (cst.Integer, cst.Float)) else 0
            if divisor in (255, 256):
                yield Site(unit, node)
        pending += node.children


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The division that keeps what is between."""
    division: Site = report.data["division"]
    node = division.node
    if isinstance(node, cst.BinaryOperation) and division.path == program.path:
        left, right = (text_of(Site(division.unit, side)) for side in (node.left, node.right))
        right = right if "." in right else f"{right}.0"
        yield from fix(f"Divide by {right}", "unsafe", replace(division, f"{left} / {right}"))
