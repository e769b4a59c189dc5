r"""`categorical_crossentropy` over one unit

## What it does

Finds models that return one number per sample, with `categorical_crossentropy` as their loss.

## Why it matters

The loss compares the shares that the classes have of the whole, and a single class has all of it: the loss is 0 from
the first step to the last, whatever the model returns. Nothing is learnt. Keras 3 prints a warning about the shape,
and the numbers look like a perfect model: loss 0.0, accuracy around one half on two classes.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
                                     ^^^^^^^^^^^^^^^^^^^^^^^^^^ KC204
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 2, 64)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Near miss

Two classes as two units, with one-hot labels:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = keras.utils.to_categorical(np.random.randint(0, 2, 64), 2)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(2, activation="softmax"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, epochs=1)
```

## Fix safety

The fix changes what the model computes, so it is never applied without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.domain.shapes import Tri
from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.losses import BINARY, CATEGORICAL, Loss, loss_accepts, resolve_loss
from kerascope.graph.nodes import Compiled
from kerascope.graph.queries import output_activation, producers, single_output
from kerascope.rules.base import (
    WARNING,
    Program,
    Report,
    Rule,
    array_argument,
    compile_subject,
    fix,
    layer_subjects,
)
from kerascope.syntax.edits import add_argument, is_string, quoted_like, replace

RULE = Rule(
    code="KC204",
    name="categorical-crossentropy-with-one-unit",
    severity={2: WARNING, 3: WARNING},
    supersedes=("KC203",),
    fixable="sometimes",
    evidence=("C003b", "C004", "C004b", "C005d", "C020l"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at every ``compile``, and at ``fit``, which may be what builds the model."""
    for event in program.events("compile", "fit"):
        compiled = event.graph.model.compiled
        output = single_output(event.graph)
        if compiled is None or output is None:
            continue
        loss = resolve_loss(compiled.get("loss"), program.major)
        if not isinstance(loss, Loss) or loss.name != CATEGORICAL or not loss.plain:
            continue
        shape = output.spec.shape
        if loss.from_logits is not False or not isinstance(shape, tuple) or len(shape) != 2 or shape[1] != 1:
            continue
        labels = _labels(program, compiled)
        if any(loss_accepts(CATEGORICAL, item.shape, shape, program.major) is Tri.NO for item in labels):
            continue  # the labels have several columns: that raises, and is another mistake
        layer = next((layer for layer, _ in producers(event.graph, output)), None)
        yield Report(
            compiled.sites.get("loss", compiled.site),
            "`categorical_crossentropy` over one unit is always 0: the model learns nothing, whatever the labels are. For "
            "two classes use `sigmoid` with `binary_crossentropy`, for more a unit per class; for numbers a loss such "
            "as `mse`.",
            related=(("the model returns one number per sample", layer.site),) if layer is not None else (),
            subjects=layer_subjects(layer) | compile_subject(compiled),
            data={
                "activation": output_activation(event.graph),
                "known": bool(labels),
                "binary": all(map(_is_binary, labels)),
            },
            certain=event.certain,
        )


def _labels(program: Program, compiled: Compiled) -> list[ArraySpec]:
    """The labels that the model is trained on after this ``compile``, as far as they are known."""
    arrays = (array_argument(event, "y") for event, other in program.trainings() if other is compiled)
    return [array for array in arrays if array is not None]


def _is_binary(labels: ArraySpec) -> bool:
    facts = labels.facts
    return facts.integral is Tri.YES and facts.lo is not None and facts.lo >= 0 and facts.hi in {0, 1}


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Sigmoid and ``binary_crossentropy``, where nothing speaks against labels of 0 and 1."""
    activation = report.data["activation"]
    if not report.data["binary"] or activation is None or not is_string(report.site):
        return
    edits = [replace(report.site, quoted_like(report.site, BINARY))]
    sigmoid = quoted_like(report.site, "sigmoid")
    if activation.name != "sigmoid":
        # Without a sigmoid and without known labels this may as well be a model for numbers.
        if not report.data["known"] or activation.layer.class_name != "Dense":
            return
        mended = (
            add_argument(activation.layer.site, f"activation={sigmoid}")
            if activation.site is None
            else replace(activation.site, quoted_like(activation.site, "sigmoid"))
        )
        if mended is None:
            return
        edits.append(mended)
    yield from fix("Use sigmoid and binary_crossentropy for two classes", "unsafe", *edits)
