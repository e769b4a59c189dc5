r"""An input shape that is no tuple

## What it does

Finds `Input(10)`, `Input(shape=(10))`, `input_shape=784` and `Input()`.

## Why it matters

A shape is a tuple, and the comma makes the tuple: `(784)` is the number 784. Keras 3 raises
`Cannot convert '784' to a shape`, and so does every Keras for an `Input` without any shape. Keras 2 took a bare number
in `Input`, though not in `input_shape`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 784)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    layers.Dense(32, activation="relu", input_shape=(784)),
                                        ^^^^^^^^^^^^^^^^^ KS142
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 784)
y = np.random.randint(0, 10, 64)

model = keras.Sequential([
    keras.Input(shape=(784,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

A list is as good as a tuple, and an empty one says that each sample is one number.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

numbers = keras.Input(shape=())
rows = keras.Input(shape=[10])
output = layers.Dense(1)(layers.Concatenate()([layers.Reshape((1,))(numbers), rows]))
model = keras.Model([numbers, rows], output)
model.compile(optimizer="adam", loss="mse")
model.fit([np.random.rand(64), np.random.rand(64, 10)], np.random.rand(64, 1), epochs=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Fix
from kerascope.graph.nodes import Layer, LayerFault, Tensor
from kerascope.interp.trace import Trace
from kerascope.layers.base import FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import argument, parents, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS142",
    name="input-shape-not-a-tuple",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KL421",),
    fixable="sometimes",
    evidence=("S033", "S033b", "S033f", "S033h"),
)

_SHAPES = ("shape", "batch_shape", "input_shape", "batch_input_shape")


def check(program: Program) -> Iterator[Report]:
    """Looks at what inputs refuse, and at numbers given to layers as ``input_shape``."""
    for fault in program.faults:
        if fault.fault.kind is FaultKind.ARGUMENT and fault.layer.class_name == "InputLayer":
            yield from _of_input(fault, program)
    for layer in _started(program):
        item = argument(layer.site, "input_shape")
        if item is None or layer.site.path != program.path or _may_be_caught(layer.site):
            continue
        yield Report(
            item,
            f"`input_shape` is a number, {layer.arguments['input_shape']}, and has to be a tuple: "
            f"`input_shape={_as_tuple(item)}`. The comma makes the tuple, the brackets do not.",
            subjects=layer_subjects(layer),
            data={"item": item},
        )


def _of_input(fault: LayerFault, program: Program) -> Iterator[Report]:
    facts, layer = fault.fault.facts, fault.layer
    name, received = facts.get("argument"), facts.get("received")
    shown = program.shown(fault)
    if shown is None or name not in _SHAPES or (received is not None and type(received) is not int):
        return
    item = _argument(layer.site, str(name)) if received is not None else None
    if item is None and program.major == 2 and _written(shown).endswith("InputLayer"):
        return  # an InputLayer of Keras 2 without a shape takes single numbers
    here = item is not None and shown.node is layer.site.node
    function = _written(shown)
    yield Report(
        item if item is not None and here else shown,
        f"`{function}` needs a shape: the sizes of one sample as a tuple, such as `shape=(784,)`."
        if item is None
        else f"A shape is a tuple, and this is the number {received}: write `{_as_tuple(item)}`. The comma makes the "
        "tuple, the brackets do not.",
        subjects=layer_subjects(layer),
        data={"item": item if here else None},
        certain=fault.certain,
        guarded=fault.guarded,
    )


def _written(site: Site) -> str:
    call = site.node
    return text_of(Site(site.unit, call.func)) if isinstance(call, cst.Call) else "Input"


def _argument(call: Site, name: str) -> Site | None:
    """The argument that gives the shape: by its keyword, or else the first one."""
    named = next(filter(None, (argument(call, other) for other in (name, *_SHAPES))), None)
    if named is not None or not isinstance(call.node, cst.Call) or not call.node.args:
        return named
    first = call.node.args[0]
    return Site(call.unit, first) if first.keyword is None and not first.star else None


def _started(program: Program) -> Iterator[Layer]:
    """Layers whose ``input_shape`` is a number where it is looked at: in Keras 2 by each, in Keras 3 by the first.

    Source: ``Layer.__init__`` of Keras 2, which makes a tuple of it; ``Sequential.add`` of Keras 3.
    """
    if program.major == 2:
        for layer in program.layers:
            if layer.spec is not None and layer.class_name != "InputLayer" and _is_number(layer):
                yield layer
        return
    yield from program.collected(_first_with_a_number)


def _first_with_a_number(trace: Trace) -> list[Layer]:
    """Layers that a Sequential asks for their ``input_shape``, where it is a number."""
    found = []
    for _, node, inputs, _ in trace.calls:
        call = inputs.call if isinstance(inputs, Tensor) else None
        if call is None or not isinstance(node, Layer) or not _is_number(node):
            continue
        if call.site.node is node.sites["input_shape"].node:
            found.append(node)
    return found


def _is_number(layer: Layer) -> bool:
    return "input_shape" in layer.sites and type(layer.arguments.get("input_shape")) is int


def _may_be_caught(site: Site) -> bool:
    for node in parents(site):
        if isinstance(node, cst.Try):
            return True
        if isinstance(node, cst.With):
            entered = [text_of(Site(site.unit, item.item)) for item in node.items]
            if any(word in text for text in entered for word in ("aises", "suppress")):
                return True
    return False


def _as_tuple(item: Site) -> str:
    value = item.node.value if isinstance(item.node, cst.Arg) else None
    assert value is not None
    text = text_of(Site(item.unit, value)).strip()
    for _ in getattr(value, "lpar", ()):
        text = text[1:-1].strip() if text.startswith("(") and text.endswith(")") else text
    return f"({text},)"


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The tuple of one element."""
    item: Site | None = report.data["item"]
    if item is None or not isinstance(item.node, cst.Arg):
        return
    keyword = f"{item.node.keyword.value}=" if item.node.keyword is not None else ""
    yield from fix("Make it a tuple", "safe", replace(item, f"{keyword}{_as_tuple(item)}"))
