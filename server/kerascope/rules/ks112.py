r"""A concatenation of tensors that differ elsewhere

## What it does

Finds `Concatenate` (and `concatenate`) on tensors that differ on another axis than the one they are joined along, or
in their number of axes.

## Why it matters

Tensors are joined along one axis and must agree on all the others. Keras raises while the model is built:
`requires inputs with matching shapes except for the concatenation axis`. A U-Net on an image whose sides cannot be
halved evenly is the usual place: pooling 15 gives 7, and upsampling makes 14 of it.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 30, 30, 1)
y = np.random.randint(0, 2, (8, 15, 15, 1))

inputs = keras.Input(shape=(30, 30, 1))
top = layers.MaxPooling2D()(layers.Conv2D(4, 3, padding="same")(inputs))
down = layers.Conv2D(8, 3, padding="same")(layers.MaxPooling2D()(top))
up = layers.UpSampling2D()(down)
merged = layers.Concatenate()([up, top])
         ^^^^^^^^^^^^^^^^^^^^ KS112
outputs = layers.Conv2D(1, 1, activation="sigmoid")(merged)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 32, 32, 1)
y = np.random.randint(0, 2, (8, 16, 16, 1))

inputs = keras.Input(shape=(32, 32, 1))
top = layers.MaxPooling2D()(layers.Conv2D(4, 3, padding="same")(inputs))
down = layers.Conv2D(8, 3, padding="same")(layers.MaxPooling2D()(top))
up = layers.UpSampling2D()(down)
merged = layers.Concatenate()([up, top])
outputs = layers.Conv2D(1, 1, activation="sigmoid")(merged)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

The axis along which tensors are joined may differ, and an axis of any length fits every other.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(8, 6, 4)
z = np.random.rand(8, 6, 7)
y = np.random.rand(8, 1)

first = keras.Input(shape=(6, 4))
second = keras.Input(shape=(None, 7))
merged = layers.Concatenate()([first, second])
outputs = layers.Dense(1)(layers.GlobalAveragePooling1D()(merged))
model = keras.Model([first, second], outputs)
model.compile(optimizer="adam", loss="mse")
model.fit([x, z], y, epochs=1)
```

## Fix safety

Padding, cropping, flattening and joining along another axis all make the shapes fit, but only the author knows which
of them was meant: the fixes are only offered.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import libcst as cst

from kerascope.domain.shapes import Ranked, Shape, format_shape
from kerascope.findings import Fix
from kerascope.graph.nodes import LayerFault, Tensor
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import add_argument, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS112",
    name="concatenate-shape-mismatch",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S017", "S017d", "S017e"),
    looks_at="faults",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every refusal of a ``Concatenate`` for the shapes of its inputs."""
    for fault in program.faults:
        shapes = fault.fault.facts.get("shapes", ())
        if (
            fault.layer.class_name != "Concatenate"
            or fault.fault.kind not in (FaultKind.DIM, FaultKind.RANK)
            or fault.from_data
        ):
            continue
        axis = fault.layer.arguments.get("axis")
        shown = program.shown(fault)
        pair = _differing(shapes, axis) if isinstance(axis, int) else None
        if shown is None or pair is None:
            continue
        yield Report(
            shown,
            _message(shapes[pair[0]], shapes[pair[1]], axis),
            related=_related(fault, pair, program.path),
            subjects=layer_subjects(fault.layer),
            data={"fault": fault, "shapes": shapes, "axis": axis},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _odd(one: Ranked, other: Ranked, axis: int) -> list[int]:
    """The axes that keep two shapes of one rank apart: numbers that differ, beside ``axis``."""
    return [
        place
        for place, (left, right) in enumerate(zip(one, other, strict=True))
        if isinstance(left, int) and isinstance(right, int) and left != right and place != axis % len(one)
    ]


def _differing(shapes: Sequence[Shape], axis: int) -> tuple[int, int] | None:
    """The places of two inputs that cannot be joined."""
    for i, j in itertools.combinations(range(len(shapes)), 2):
        one, other = shapes[i], shapes[j]
        if (
            isinstance(one, tuple)
            and isinstance(other, tuple)
            and (len(one) != len(other) or _odd(one, other, axis))
        ):
            return i, j
    return None


def _message(one: Ranked, other: Ranked, axis: int) -> str:
    pair = f"{format_shape(one)} and {format_shape(other)}"
    if len(one) != len(other):
        return (
            f"`Concatenate` needs inputs with the same number of axes, but gets {len(one)} and {len(other)}: {pair}. "
            "Bring them to one number of axes with `Flatten` or `Reshape`."
        )
    place = _odd(one, other, axis)[0]
    remedy = "Choose another `axis`, or give both the same size there."
    if len(one) > 2 and place in range(1, len(one) - 1):
        kind = f"{len(one) - 2}D"
        remedy = f"Pad or crop one of them (`ZeroPadding{kind}`, `Cropping{kind}`)"
        remedy += ", or start from sides that halve evenly." if abs(one[place] - other[place]) == 1 else "."  # type: ignore[operator]
    return (
        f"`Concatenate` joins along axis {axis % len(one)} only, but axis {place} differs, {one[place]} and "
        f"{other[place]}: {pair}. {remedy}"
    )


def _related(fault: LayerFault, pair: tuple[int, int], path: str) -> tuple[tuple[str, Site], ...]:
    inputs = fault.inputs if isinstance(fault.inputs, tuple) else ()
    tensors = [inputs[place] for place in pair if place < len(inputs) and isinstance(inputs[place], Tensor)]
    return tuple(
        (f"{format_shape(tensor.spec.shape)} comes from here", tensor.call.site)
        for tensor in tensors
        if tensor.call is not None and tensor.call.site.path == path
    )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Whatever brings two inputs together: a border, another axis, less of the larger one, ``Flatten``."""
    shapes, axis = report.data["shapes"], report.data["axis"]
    fault: LayerFault = report.data["fault"]
    if len(shapes) != 2 or not all(isinstance(shape, tuple) for shape in shapes):
        return
    elements = _elements(fault, program.path)
    if len(shapes[0]) != len(shapes[1]):
        yield from _flattened(elements, shapes, axis, report.site, program)
        return
    odd = _odd(shapes[0], shapes[1], axis)
    last = len(shapes[0]) - 1
    if axis % len(shapes[0]) == last and set(odd) <= set(range(1, last)):
        yield from _fitted(elements, shapes, odd, report.site, program)
    joined = shapes[0][axis], shapes[1][axis]
    same = joined[0] == joined[1] and (isinstance(joined[0], int) or axis % len(shapes[0]) == 0)
    if len(odd) == 1 and odd[0] > 0 and same:
        text = str(-1 if odd[0] == last else odd[0])
        given = fault.layer.sites.get("axis")
        if given is not None:
            edit = replace(given, text) if given.path == program.path else None
        else:
            own = report.site.node is fault.layer.site.node
            edit = add_argument(report.site, f"axis={text}") if own else None
        yield from fix(f"Join along axis {text}", "unsafe", edit)


def _elements(fault: LayerFault, path: str) -> list[Site]:
    """Where the tensors are written, if the call holds a list of two."""
    call = fault.site.node
    if not isinstance(call, cst.Call) or not call.args or fault.site.path != path:
        return []
    written = call.args[0].value
    if not isinstance(written, (cst.List, cst.Tuple)) or len(written.elements) != 2:
        return []
    if not all(isinstance(element, cst.Element) for element in written.elements):
        return []
    return [Site(fault.site.unit, element.value) for element in written.elements]


def _fitted(
    elements: list[Site], shapes: Sequence[Ranked], odd: list[int], near: Site, program: Program
) -> Iterator[Fix]:
    """Zeros at the end of the smaller one where one step is missing, else the middle of the larger one."""
    spatial = range(1, len(shapes[0]) - 1)
    gaps = [(shapes[1][place] or 0) - (shapes[0][place] or 0) if place in odd else 0 for place in spatial]  # type: ignore[operator]
    if not elements or not (all(gap >= 0 for gap in gaps) or all(gap <= 0 for gap in gaps)):
        return
    smaller = 0 if max(gaps) > 0 else 1
    sizes = [abs(gap) for gap in gaps]
    pads = max(sizes) == 1
    if not pads and any(
        size >= (shapes[smaller][place] or 0) for size, place in zip(sizes, spatial, strict=True) if size
    ):
        return
    name = f"{'ZeroPadding' if pads else 'Cropping'}{len(sizes)}D"
    written = program.name_for(f"keras.layers.{name}", near)
    borders = [f"({(0 if pads else size // 2)}, {size - (0 if pads else size // 2)})" for size in sizes]
    amount = borders[0] if len(borders) == 1 else f"({', '.join(borders)})"
    target = elements[smaller if pads else 1 - smaller]
    if written is not None:
        verb = "Pad the smaller one" if pads else "Crop the larger one"
        yield from fix(verb, "unsafe", replace(target, f"{written}({amount})({text_of(target)})"))


def _flattened(
    elements: list[Site], shapes: Sequence[Ranked], axis: int, near: Site, program: Program
) -> Iterator[Fix]:
    """``Flatten`` for the one that still has its image or sequence axes beside a flat one."""
    deeper = 0 if len(shapes[0]) > len(shapes[1]) else 1
    written = program.name_for("keras.layers.Flatten", near)
    known = all(isinstance(side, int) for side in shapes[deeper][1:])
    if elements and written is not None and known and len(shapes[1 - deeper]) == 2 and axis in (-1, 1):
        target = elements[deeper]
        yield from fix(
            "Flatten the one with more axes", "unsafe", replace(target, f"{written}()({text_of(target)})")
        )
