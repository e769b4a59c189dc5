r"""A layer where its output was meant

## What it does

Finds layers and models that are given to another layer, or to `Model`, in the place of a tensor: `x = Dense(64)` and
then `Dense(10)(x)`, `Model(inputs, Dense(1))`, `GlobalAveragePooling2D()(base_model)`.

## Why it matters

`Dense(64)` makes a layer; only calling it on a tensor, `Dense(64)(x)`, makes a tensor. Keras raises on the spot:
`Only input tensors may be passed as positional arguments` (Keras 3), `Inputs to a layer should be tensors` (Keras 2).

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

inputs = keras.Input(shape=(20,))
x = layers.Dense(64, activation="relu")(inputs)
x = layers.Dense(32, activation="relu")
    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KS136
outputs = layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="mse")
model.fit(np.random.rand(64, 20), np.random.rand(64, 1), epochs=1)
```

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

inputs = keras.Input(shape=(20,))
model = keras.Model(inputs, layers.Dense(1))
                            ^^^^^^^^^^^^^^^ KS136
model.compile(optimizer="adam", loss="mse")
model.fit(np.random.rand(64, 20), np.random.rand(64, 1), epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

inputs = keras.Input(shape=(20,))
x = layers.Dense(64, activation="relu")(inputs)
x = layers.Dense(32, activation="relu")(x)
outputs = layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="mse")
model.fit(np.random.rand(64, 20), np.random.rand(64, 1), epochs=1)
```

## Near miss

A layer may be made first and called later, and some layers are made around another.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

inputs = keras.Input(shape=(10, 4))
shared = layers.Dense(8)
cells = layers.LSTM(8)
x = layers.TimeDistributed(shared)(inputs)
x = layers.Bidirectional(cells)(x)
outputs = layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
model.compile(optimizer="adam", loss="mse")
model.fit(np.random.rand(64, 10, 4), np.random.rand(64, 1), epochs=1)
```

## Fix safety

The tensor that the layer was to be called on is taken to be the last one made before it. Where that is not the name
itself, the fix is only offered.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import libcst as cst

from kerascope.findings import Fix
from kerascope.graph.nodes import UNKNOWN_TENSOR, Layer, Model, Node, flatten
from kerascope.interp.trace import Trace
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import parents, replace, text_of
from kerascope.syntax.nesting import inner_nodes
from kerascope.syntax.units import Site

RULE = Rule(
    code="KS136",
    name="layer-not-called",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("S031g", "S031b", "S031h"),
)


def check(program: Program) -> Iterator[Report]:
    """Looks at calls of layers on what is no tensor, and at the outputs of functional models."""
    made = _Made(program)
    # A call in a loop is in the trace once for each pass.
    uses = {id(use.node): use for use in _uses(program)}
    for use in uses.values():
        for written in _elements(use):
            found = made.behind(written)
            if found is None or _may_be_caught(written):
                continue
            node, site = found
            called = text_of(written)
            what = "layer" if isinstance(node, Layer) else "model"
            remedy = (
                "call it on a tensor"
                if isinstance(node, Layer)
                else f"take its output, `{called}.output`, or call it"
            )
            target = site if isinstance(node, Layer) else written
            yield Report(
                target,
                f"This is a {what}, and it is used as a tensor: {remedy}."
                if target is written
                else f"`{_class_name(site)}` is not called here, so `{called}` is a layer, and it is used as a tensor: "
                f"{remedy}, `{_class_name(site)}(…)(tensor)`.",
                related=((f"used as a tensor: `{called}`", written),) if target is not written else (),
                subjects=layer_subjects(node) if isinstance(node, Layer) else frozenset(),
                data={"node": node, "made": made, "written": written},
            )


def _class_name(call: Site) -> str:
    return text_of(Site(call.unit, call.node.func)) if isinstance(call.node, cst.Call) else text_of(call)


# --- Where a tensor is asked for ------------------------------------------------------------------------------


def _uses(program: Program) -> Iterator[Site]:
    """The expressions that stand for tensors and of which the interpreter knows no tensor."""
    for site in program.collected(_calls_on_what_is_unknown):
        if site.path == program.path:
            yield site
    for node in program.interpretation.model_nodes:
        if node.kind == "Functional" and node.site.path == program.path:
            yield from _ends(node)


def _calls_on_what_is_unknown(trace: Trace) -> list[Site]:
    """What layers of Keras are called on and is no tensor that the interpreter knows."""
    found = []
    for site, layer, inputs, _ in trace.calls:
        call = site.node
        if not isinstance(call, cst.Call) or not call.args:
            continue
        if isinstance(layer, Layer) and (layer.spec is None or layer.class_name == "Lambda"):
            continue  # a layer of the program's own, or a function, may take anything
        if isinstance(layer, Layer) and site.node is layer.site.node and _is_class(call):
            continue  # a Sequential calls its layers: the call that is written makes the layer
        if any(leaf is UNKNOWN_TENSOR for leaf in flatten(inputs)) and not call.args[0].star:
            found.append(Site(site.unit, call.args[0].value))
    return found


def _ends(model: Model) -> Iterator[Site]:
    """What ``Model(inputs, outputs)`` is given."""
    call = model.site.node
    if not isinstance(call, cst.Call) or any(item.star for item in call.args):
        return
    for index, item in enumerate(call.args):
        name = item.keyword.value if item.keyword is not None else ("inputs", "outputs", "")[min(index, 2)]
        nest = {"inputs": model.inputs, "outputs": model.outputs}.get(name, ())
        if any(leaf is UNKNOWN_TENSOR for leaf in flatten(nest)):
            yield Site(model.site.unit, item.value)


def _elements(written: Site) -> Iterator[Site]:
    """The expression itself, or what a list holds."""
    if isinstance(written.node, (cst.List, cst.Tuple)):
        for element in written.node.elements:
            if isinstance(element, cst.Element):
                yield Site(written.unit, element.value)
    else:
        yield written


def _is_class(call: cst.Call) -> bool:
    func = call.func
    name = (
        func.attr.value
        if isinstance(func, cst.Attribute)
        else func.value
        if isinstance(func, cst.Name)
        else ""
    )
    return name[:1].isupper()


def _may_be_caught(site: Site) -> bool:
    for node in parents(site):
        if isinstance(node, cst.Try):
            return True
        if isinstance(node, cst.With):
            entered = [text_of(Site(site.unit, item.item)) for item in node.items]
            if any(word in text for text in entered for word in ("aises", "suppress")):
                return True
    return False


# --- What stands behind an expression -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Assigned:
    """An assignment of a value to a name."""

    name: str
    value: Site


class _Made:
    """The layers and models of a program by the calls that make them."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @functools.cached_property
    def calls(self) -> dict[int, Node]:
        """Layers and models by the identity of the call that is their value."""
        program = self.program
        nodes: list[Node] = [*program.layers, *program.interpretation.nodes.values()]
        return {id(node.site.node): node for node in nodes if _is_made_by_its_call(node, program.path)}

    @functools.cached_property
    def tensors(self) -> set[int]:
        """The identities of the calls that give a tensor."""
        calls = self.program.interpretation.trace.calls
        return {id(site.node) for site, _, _, _ in calls} - set(self.calls)

    def behind(self, written: Site) -> tuple[Node, Site] | None:
        """The layer or model that an expression is for certain, and the call that makes it."""
        site = written
        if isinstance(written.node, cst.Name):
            if written.node.value in written.unit.hole_names:
                return None  # what is being typed may bind it to anything
            assigned = next(self.assigned(written, written.node.value), None)
            if assigned is None:
                return None
            site = assigned.value
        if not isinstance(site.node, cst.Call) or not _is_class(site.node):
            return None
        node = self.calls.get(id(site.node))
        return (node, site) if node is not None else None

    def assigned(self, at: Site, name: str | None = None) -> Iterator[_Assigned]:
        """Assignments to names before the statement at a place, the last one first, in the same run of statements.

        With a ``name`` only those to it; the walk ends at a statement that may bind it otherwise.
        """
        if self.program.mentions("global "):
            return
        for statement, site in self._before(at):
            if not isinstance(statement, cst.SimpleStatementLine):
                if name is None or _mentions(statement, name):
                    return
                continue
            for small in reversed(statement.body):
                if isinstance(small, cst.Assign) and len(small.targets) == 1:
                    target = small.targets[0].target
                    if isinstance(target, cst.Name):
                        if name is None or target.value == name:
                            yield _Assigned(target.value, Site(site.unit, small.value))
                        continue
                    if isinstance(target, (cst.Attribute, cst.Subscript)):
                        continue
                if isinstance(small, cst.Expr) and not _has_walrus(small):
                    continue
                if name is None or _mentions(small, name):
                    return

    def is_tensor(self, value: Site) -> bool:
        """Whether a value is a tensor: an input, or what a layer returns."""
        inputs = isinstance(value.node, cst.Call) and _class_name(value).rpartition(".")[2] == "Input"
        return inputs or id(value.node) in self.tensors

    def own_name(self, made: Site) -> str | None:
        """The name that a layer is assigned to."""
        for node in parents(made):
            if isinstance(node, cst.Assign) and node.value is made.node and len(node.targets) == 1:
                target = node.targets[0].target
                return target.value if isinstance(target, cst.Name) else None
        return None

    def _before(self, at: Site) -> Iterator[tuple[cst.CSTNode, Site]]:
        """The statements before that at a place, in its block, the nearest first."""
        around = parents(at)
        statement = next((node for node in around if isinstance(node, cst.BaseStatement)), None)
        if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) > 1:
            return
        block = around[around.index(statement) + 1]
        if isinstance(block, cst.IndentedBlock):
            body: Sequence[cst.CSTNode] = block.body
            yield from ((node, Site(at.unit, node)) for node in reversed(body[: _index(body, statement)]))
            return
        if not isinstance(block, cst.Module):
            return
        body = at.unit.body
        yield from ((node, Site(at.unit, node)) for node in reversed(body[: _index(body, statement)]))
        units = self.program.parsed.units
        here = next((index for index, unit in enumerate(units) if unit is at.unit), 0)
        for unit in reversed(units[:here]):
            yield from ((node, Site(unit, node)) for node in reversed(unit.body))


def _is_made_by_its_call(node: Node, path: str) -> bool:
    """Whether the value of the call at a node's place is the layer or model itself."""
    call = node.site.node
    if node.site.path != path or not isinstance(call, cst.Call):
        return False
    if isinstance(node, Layer):
        return node.spec is not None and node.class_name != "InputLayer" and _is_class(call)
    return _is_class(call) and (node.kind != "Model" or node.class_name == "Functional")


def _index(body: Sequence[cst.CSTNode], statement: cst.CSTNode) -> int:
    return next((index for index, node in enumerate(body) if node is statement), 0)


def _mentions(node: cst.CSTNode, name: str) -> bool:
    if isinstance(node, cst.ImportStar) or (isinstance(node, cst.Name) and node.value == name):
        return True
    return any(_mentions(child, name) for child in inner_nodes(node))


def _has_walrus(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.NamedExpr) or any(map(_has_walrus, inner_nodes(node)))


# --- Fixes ----------------------------------------------------------------------------------------------------


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The call on the tensor that was made last, or the model's output."""
    node, made, written = report.data["node"], report.data["made"], report.data["written"]
    if isinstance(node, Model):
        if node.kind == "Functional" or node.class_name == "Functional":
            yield from fix("Take the model's output", "safe", replace(written, f"{text_of(written)}.output"))
        return
    own = made.own_name(report.site)
    for assigned in made.assigned(report.site):
        if not made.is_tensor(assigned.value):
            continue
        safety: Literal["safe", "unsafe"] = "safe" if assigned.name == own else "unsafe"
        text = f"{text_of(report.site)}({assigned.name})"
        yield from fix(f"Call it on {assigned.name}", safety, replace(report.site, text))
        return
