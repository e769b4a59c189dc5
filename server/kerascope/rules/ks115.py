r"""An element-wise merge of shapes that do not fit

## What it does

Finds `Add`, `Subtract`, `Multiply`, `Average`, `Maximum` and `Minimum` (and `add`, …) on tensors whose shapes cannot
be brought together: two sizes of one axis that differ and of which neither is 1.

## Why it matters

These layers combine their inputs element by element. Keras raises while the model is built:
`Inputs have incompatible shapes`. In a residual block the main path changed the number of channels or, by its
strides, the size of the image, and the shortcut around it did not.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 28, 28, 16)
y = np.random.rand(8, 1)

inputs = keras.Input(shape=(28, 28, 16))
path = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(inputs)
path = layers.Conv2D(32, 3, padding="same")(path)
merged = layers.Add()([path, inputs])
         ^^^^^^^^^^^^ KS115
outputs = layers.Dense(1)(layers.GlobalAveragePooling2D()(merged))
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 28, 28, 16)
y = np.random.rand(8, 1)

inputs = keras.Input(shape=(28, 28, 16))
path = layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(inputs)
path = layers.Conv2D(32, 3, padding="same")(path)
shortcut = layers.Conv2D(32, 1, strides=2, padding="same")(inputs)
merged = layers.Add()([path, shortcut])
outputs = layers.Dense(1)(layers.GlobalAveragePooling2D()(merged))
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

An axis of size 1 is repeated to fit the other: squeeze-and-excitation weighs whole channels in this way.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 28, 28, 16)
y = np.random.rand(8, 1)

inputs = keras.Input(shape=(28, 28, 16))
weight = layers.GlobalAveragePooling2D(keepdims=True)(inputs)
weight = layers.Dense(16, activation="sigmoid")(weight)
merged = layers.Multiply()([inputs, weight])
outputs = layers.Dense(1)(layers.GlobalAveragePooling2D()(merged))
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

A projection makes the shapes fit and adds weights to the model. It is what residual networks do, but it is only
offered.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import libcst as cst

from kerascope.domain.shapes import Dim, Ranked, Shape, format_shape
from kerascope.findings import Fix
from kerascope.graph.nodes import LayerFault, Tensor, flatten
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS115",
    name="merge-shape-mismatch",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S018", "S018c", "S018e", "S018h"),
    looks_at="faults",
)

_MERGES = frozenset({"Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"})


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of an element-wise merge for the shapes of its inputs."""
    for fault in program.faults:
        name = fault.layer.class_name
        if name not in _MERGES or fault.fault.kind is not FaultKind.DIM or fault.from_data:
            continue
        shapes = fault.fault.facts["shapes"]
        shown, pair = program.shown(fault), _differing(shapes)
        if shown is None or pair is None:
            continue
        one, other = shapes[pair[0]], shapes[pair[1]]
        projection = _projection(fault, shapes)
        yield Report(
            shown,
            f"`{name}` works element by element, but {format_shape(one)} and {format_shape(other)} differ: "
            f"{_sizes(one, other)}. {_remedy(one, other, projection)}",
            related=_related(fault, pair, program.path),
            subjects=layer_subjects(fault.layer),
            data={"fault": fault, "projection": projection},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _apart(one: Ranked, other: Ranked) -> list[int]:
    """The axes, counted from the end, that keep two shapes apart; the batch axis is looked at where it stands."""
    places = [-place for place in range(min(len(one), len(other)) - 1, 0, -1)]
    odd = [
        place for place in places if _differ(one[place], other[place]) and 1 not in (one[place], other[place])
    ]
    return [-len(one), *odd] if _differ(one[0], other[0]) and len(one) == len(other) else odd


def _differ(one: Dim, other: Dim) -> bool:
    return isinstance(one, int) and isinstance(other, int) and one != other


def _differing(shapes: Sequence[Shape]) -> tuple[int, int] | None:
    """The places of two inputs that cannot be merged."""
    for i, j in itertools.combinations(range(len(shapes)), 2):
        one, other = shapes[i], shapes[j]
        if isinstance(one, tuple) and isinstance(other, tuple) and one and other and _apart(one, other):
            return i, j
    return None


def _sizes(one: Ranked, other: Ranked) -> str:
    places = _apart(one, other)
    shown = [f"{one[place]} and {other[place]}" for place in places]
    axes = [str(place % len(one)) if len(one) == len(other) else str(place) for place in places]
    return f"{', '.join(shown)} in {'axis' if len(axes) == 1 else 'axes'} {', '.join(axes)}"


def _remedy(one: Ranked, other: Ranked, projection: tuple[int, str, str] | None) -> str:
    if projection is not None:
        return f"Project the shortcut, for example with `{projection[1]}{projection[2]}`."
    if len(one) == len(other) > 2 and any(
        place % len(one) not in (0, len(one) - 1) for place in _apart(one, other)
    ):
        return 'Keep the size with `padding="same"`, or bring both to one size first.'
    if len(one) != len(other):
        return "Shapes are aligned at their last axis, and only a size of 1 is repeated."
    if _apart(one, other)[0] == -len(one):
        return "Give both the same batch size."
    return "Give both the same size there, or merge them with `Concatenate`."


def _projection(fault: LayerFault, shapes: Sequence[Shape]) -> tuple[int, str, str] | None:
    """Which of two inputs is the shortcut, and the layer that brings it to the other's shape."""
    tensors = fault.inputs
    if (
        not isinstance(tensors, tuple)
        or len(tensors) != 2
        or not all(isinstance(item, Tensor) for item in tensors)
    ):
        return None
    shortcut = next((place for place in (0, 1) if _leads_to(tensors[place], tensors[1 - place])), None)
    if shortcut is None:
        return None
    short, main = shapes[shortcut], shapes[1 - shortcut]
    if not isinstance(short, tuple) or not isinstance(main, tuple) or not 2 <= len(main) <= 5:
        return None
    if len(short) != len(main) or not isinstance(short[-1], int) or not isinstance(main[-1], int):
        return None
    if _differ(short[0], main[0]):
        return None
    if len(main) == 2:
        return shortcut, "Dense", f"({main[-1]})"
    pairs = list(zip(short[1:-1], main[1:-1], strict=True))
    steps = next((step for step in range(1, 9) if all(_strided(a, b, step) for a, b in pairs)), None)
    if steps is None:
        return None
    tail = f', strides={steps}, padding="same"' if steps > 1 else ""
    return shortcut, f"Conv{len(main) - 2}D", f"({main[-1]}, 1{tail})"


def _strided(before: Dim, after: Dim, step: int) -> bool:
    """Whether strides of ``step`` make ``after`` of ``before``."""
    if isinstance(before, int) and isinstance(after, int):
        return -(-before // step) == after
    return step == 1 and before is None and after is None


def _leads_to(earlier: Tensor, later: Tensor) -> bool:
    """Whether ``later`` was computed from ``earlier``."""
    pending = [later]
    seen: set[int] = set()
    while pending and len(seen) < 200:
        tensor = pending.pop()
        if tensor is not later and tensor.call is earlier.call and tensor.index == earlier.index:
            return tensor.call is not None
        if tensor.call is not None and id(tensor.call) not in seen:
            seen.add(id(tensor.call))
            pending += [leaf for leaf in flatten(tensor.call.inputs) if isinstance(leaf, Tensor)]
    return False


def _related(fault: LayerFault, pair: tuple[int, int], path: str) -> tuple[tuple[str, Site], ...]:
    inputs = fault.inputs if isinstance(fault.inputs, tuple) else ()
    tensors = [inputs[place] for place in pair if place < len(inputs) and isinstance(inputs[place], Tensor)]
    return tuple(
        (f"{format_shape(tensor.spec.shape)} comes from here", tensor.call.site)
        for tensor in tensors
        if tensor.call is not None and tensor.call.site.path == path
    )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """A projection around the shortcut, where the call names its two tensors."""
    fault: LayerFault = report.data["fault"]
    projection, call = report.data["projection"], fault.site.node
    if projection is None or program.mentions("channels_first") or fault.site.path != program.path:
        return
    shortcut, class_name, arguments = projection
    written = program.name_for(f"keras.layers.{class_name}", report.site)
    listed = call.args[0].value if isinstance(call, cst.Call) and call.args else None
    if written is None or not isinstance(listed, (cst.List, cst.Tuple)) or len(listed.elements) != 2:
        return
    element = listed.elements[shortcut]
    if all(isinstance(item, cst.Element) for item in listed.elements):
        target = Site(fault.site.unit, element.value)
        yield from fix(
            f"Project the shortcut with {class_name}",
            "unsafe",
            replace(target, f"{written}{arguments}({text_of(target)})"),
        )
