r"""A method that models had once

## What it does

Finds methods and attributes of models that Keras 3 has not: `fit_generator` and its kin, `predict_classes`,
`predict_proba`, `reset_states`, `to_yaml`, and inner ones such as `updates` or `get_input_at`.

## Why it matters

Keras raises where the name is read: `'Sequential' object has no attribute 'fit_generator'`. Keras 2 had most of them to
the end; `predict_classes`, `predict_proba` and `to_yaml` went in 2.6.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

def batches():
    while True:
        yield np.random.rand(8, 20), np.random.rand(8, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit_generator(batches(), steps_per_epoch=4, epochs=1)
^^^^^^^^^^^^^^^^^^^ KL436
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

def batches():
    while True:
        yield np.random.rand(8, 20), np.random.rand(8, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(batches(), steps_per_epoch=4, epochs=1)
```

## Near miss

A class of the program's own may have a method of such a name.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.head = layers.Dense(3, activation="softmax")

    def call(self, inputs):
        return self.head(inputs)

    def predict_classes(self, inputs):
        return self.predict(inputs).argmax(-1)

model = Classifier()
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(np.random.rand(8, 20), np.random.randint(0, 3, 8), epochs=1)
model.predict_classes(np.random.rand(8, 20))
```

## Fix safety

The fixes are safe, for Keras would have raised.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Edit, Fix
from kerascope.graph.nodes import Access, Model, Tensor
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.conditions import chosen_by_release, expected_to_raise
from kerascope.syntax.edits import parents, replace, text_of
from kerascope.syntax.units import Site
from kerascope.text.source import Span

RULE = Rule(
    code="KL436",
    name="removed-model-method",
    severity={3: ERROR},
    fixable="sometimes",
    evidence=(
        "A041", "A040-predict_classes", "A040-fit_generator", "A040-reset_states", "A040-to_yaml",
    ),
    looks_at="accesses",
)  # fmt: skip

_LAYERS_RESET = "Call `reset_states()` of each recurrent layer."
_PARTS = "Make a model of the part that you want: `keras.Model(inputs, layer.output)`."
REMOVED = {
    "fit_generator": "`fit` takes generators.",
    "evaluate_generator": "`evaluate` takes generators.",
    "predict_generator": "`predict` takes generators.",
    "predict_classes": "Take the largest output, `model.predict(x).argmax(-1)`, or `model.predict(x) > 0.5` of one unit.",
    "predict_proba": "`predict` returns the probabilities.",
    "reset_states": _LAYERS_RESET,
    "to_yaml": "Use `to_json`, or `get_config`.",
    "get_input_at": _PARTS,
    "get_output_at": _PARTS,
    "get_input_shape_at": _PARTS,
    "get_output_shape_at": _PARTS,
    "get_updates_for": "Keras applies updates itself.",
    "get_losses_for": "Read `losses`.",
    "add_update": "Keras applies updates itself.",
    "updates": "Keras applies updates itself.",
    "state_updates": "Keras applies updates itself.",
    "inbound_nodes": _PARTS,
    "outbound_nodes": _PARTS,
    "uses_learning_phase": "Give `training=` to the call of the model.",
    "total_loss": "`fit` and `evaluate` return the loss.",
    "sample_weights": "Give `sample_weight` to `fit`.",
    "targets": "Override `compute_loss` to see the labels.",
    "metrics_tensors": "Read `metrics`.",
    "container_nodes": _PARTS,
    "_make_predict_function": "Use `make_predict_function`.",
}
"""What Keras 3.15 has not, and what to use; a test holds it against both versions."""

_GENERATORS = {"fit_generator": "fit", "evaluate_generator": "evaluate", "predict_generator": "predict"}
_QUEUE = frozenset(
    {"max_queue_size", "workers", "use_multiprocessing", "pickle_safe", "max_q_size", "nb_worker"}
)
"""Arguments that ``fit`` of Keras 3 has not."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every attribute of a model that is read."""
    for access in program.interpretation.trace.accesses:
        if (
            not isinstance(access.node, Model)
            or access.name not in REMOVED
            or access.site.path != program.path
        ):
            continue
        if chosen_by_release(access.site) or expected_to_raise(access.site, "AttributeError"):
            continue
        yield Report(
            access.site,
            f"A model has no `{access.name}` in Keras 3: it raises. {REMOVED[access.name]}",
            subjects=frozenset({("access", id(access.site.node))}),
            data={"access": access},
            certain=access.certain,
            guarded=access.guarded,
        )


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The method that took its place, where the arguments go over."""
    access: Access = report.data["access"]
    node = access.site.node
    around = parents(access.site)
    call = around[0] if around and isinstance(around[0], cst.Call) and around[0].func is node else None
    if not isinstance(node, cst.Attribute) or call is None:
        return
    unit = access.site.unit
    name = Site(unit, node.attr)
    if access.name == "predict_proba":
        yield from fix("Use predict", "safe", replace(name, "predict"))
    elif access.name == "_make_predict_function":
        yield from fix("Use make_predict_function", "safe", replace(name, "make_predict_function"))
    elif access.name == "predict_classes":
        yield from _classes(access, Site(unit, call), name)
    elif access.name in _GENERATORS:
        edits = _arguments(Site(unit, call))
        if edits is not None:
            kept = _GENERATORS[access.name]
            yield from fix(f"Use {kept}", "safe", replace(name, kept), *edits)


def _classes(access: Access, call: Site, name: Site) -> Iterator[Fix]:
    """``argmax`` of several outputs, half as the threshold of one."""
    assert isinstance(access.node, Model)
    outputs = access.node.outputs if isinstance(access.node.outputs, tuple) else ()
    output = outputs[0] if len(outputs) == 1 and isinstance(outputs[0], Tensor) else None
    shape = output.spec.shape if output is not None else None
    units = shape[-1] if isinstance(shape, tuple) and shape else None
    if not isinstance(units, int):
        return
    start, stop = call.span.start, call.span.stop
    predict = replace(name, "predict")
    if units > 1:
        yield from fix("Take the largest output", "safe", predict, Edit(Span(stop, stop), ".argmax(-1)"))
    else:
        yield from fix(
            "Compare with 0.5",
            "safe",
            Edit(Span(start, start), "("),
            predict,
            Edit(Span(stop, stop), ' > 0.5).astype("int32")'),
        )


def _arguments(call: Site) -> list[Edit] | None:
    """The edits that turn the arguments into those of ``fit``; ``None`` where that cannot be told."""
    assert isinstance(call.node, cst.Call)
    edits = []
    items = call.node.args
    for index, item in enumerate(items):
        keyword = item.keyword.value if item.keyword is not None else None
        if item.star or (keyword is None and index > 0):
            return None
        if keyword == "generator" and item.keyword is not None:
            edits.append(replace(Site(call.unit, item.keyword), "x"))
        elif keyword in _QUEUE:
            if index == 0:
                return None
            before, after = call.unit.span(items[index - 1].value).stop, call.unit.span(item.value).stop
            if "#" in text_of(call):
                return None
            edits.append(Edit(Span(before, after), ""))
        elif keyword in {"samples_per_epoch", "nb_epoch", "nb_val_samples", "val_samples"}:
            return None
    return edits
