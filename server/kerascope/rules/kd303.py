r"""Text or objects as data

## What it does

Finds `fit`, `evaluate` and `predict` on NumPy arrays of text, and on arrays of objects such as the lists of word
indices that `keras.datasets.imdb` gives.

## Why it matters

A model computes with numbers. Keras 3 raises and says no more than `Invalid dtype: str96` or `Invalid dtype: object`;
in Keras 2 TensorFlow complains, `Cast string to int64 is not supported` or `Failed to convert a NumPy array to a
Tensor`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(6, 20)
y = np.array(["cat", "dog", "dog", "cat", "bird", "cat"])

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=1)
             ^ KD303
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(6, 20)
y = np.array(["cat", "dog", "dog", "cat", "bird", "cat"])
names, ids = np.unique(y, return_inverse=True)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(3, activation="softmax"),
])
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
model.fit(x, ids, epochs=1)
```

## Near miss

A layer that reads text takes a tensor of it.

```python
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

reviews = tf.constant(["a fine film", "a dull film", "very fine"])
y = np.array([1, 0, 1])

words = layers.TextVectorization(max_tokens=10, output_sequence_length=4)
words.adapt(reviews)
model = keras.Sequential([
    keras.Input(shape=(1,), dtype="string"),
    words,
    layers.Embedding(10, 8),
    layers.GlobalAveragePooling1D(),
    layers.Dense(1, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="binary_crossentropy")
model.fit(reviews, y, epochs=1)
```

## Fix safety

Numbers are given to the words in alphabetical order of those that occur. If the labels of two calls do not hold the
same words, their numbers differ, so it is never done without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kerascope.domain.specs import ArraySpec
from kerascope.findings import Fix
from kerascope.graph.labels import element, validation_parts
from kerascope.graph.losses import Loss, resolve_loss
from kerascope.graph.nodes import Event, Tensor
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, source_of
from kerascope.syntax.edits import replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KD303",
    name="string-labels-or-features",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D003", "D003d", "D003g", "D004g", "D004h"),
    looks_at="events",
)


def check(program: Program) -> Iterator[Report]:
    """Looks at the inputs and labels of every call that feeds a model in batches."""
    for event in program.events("fit", "evaluate", "predict"):
        given = [(name, event.arguments.get(name), event.sites.get(name, event.site)) for name in ("x", "y")]
        validated = validation_parts(event)
        site = event.sites.get("validation_data", event.site)
        given += [
            (name, value, element(site, index, len(validated)) or site)
            for index, (name, value) in enumerate(zip(("x", "y"), validated, strict=False))
        ]
        for name, value, where in given:
            for array, at in _arrays(value, where):
                if _refused(program, event, name, array):
                    yield _report(event, name, array, at)


def _arrays(value: Any, site: Site) -> Iterator[tuple[ArraySpec, Site]]:
    if isinstance(value, ArraySpec):
        yield value, site
    elif isinstance(value, tuple):
        for index, part in enumerate(value):
            yield from _arrays(part, element(site, index, len(value)) or site)


def _refused(program: Program, event: Event, name: str, array: ArraySpec) -> bool:
    """Whether Keras raises for an array of this type, whatever its elements are.

    Keras 3 takes no array of text at all, though a tensor of text, and an array of objects that are text, may be what
    the first layer reads; so may an array of text in Keras 2. As labels of a loss that is known all of them fail.
    """
    if array.dtype not in ("str", "object"):
        return False
    if array.dtype == "str" and program.major == 3:
        return True
    if name == "y":
        compiled = event.graph.model.compiled
        return compiled is not None and isinstance(resolve_loss(compiled.get("loss"), program.major), Loss)
    inputs = [tensor.spec.dtype for tensor in event.graph.input_tensors if isinstance(tensor, Tensor)]
    return len(inputs) == 1 and inputs[0].startswith(("float", "int", "uint"))


def _report(event: Event, name: str, array: ArraySpec, site: Site) -> Report:
    what = "inputs" if name == "x" else "labels"
    ragged = array.source in ("keras.datasets.imdb", "keras.datasets.reuters")
    if ragged:
        held = "lists of word indices of many lengths"
        remedy = "Make them equally long: `keras.utils.pad_sequences(…, maxlen=200)`."
    elif name == "y":
        held = "text" if array.dtype == "str" else "Python objects"
        remedy = (
            "Give the classes numbers: `np.unique(y, return_inverse=True)`, or scikit-learn's `LabelEncoder`."
        )
    elif array.dtype == "str":
        held = "text"
        remedy = 'Make numbers of it with `TextVectorization` or `StringLookup`, or `astype("float32")` if it spells some.'
    else:
        held = "Python objects"
        remedy = 'Make numbers of them, such as by `astype("float32")`; rows of several lengths must be padded first.'
    return Report(
        site,
        f"The {what}, {source_of(f'`{_short(site)}`', array)}, are {held}, not numbers: `{event.kind}` raises. {remedy}",
        subjects=frozenset({("data", id(site.node))}),
        data={"name": name, "array": array},
        certain=event.certain,
        guarded=event.guarded,
    )


def _short(site: Site) -> str:
    text = " ".join(text_of(site).split())
    return text if len(text) <= 40 else f"{text[:37]}…"


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """Numbers for words, where the labels are one column."""
    array: ArraySpec = report.data["array"]
    numpy = program.name_for("numpy.unique")
    if (
        report.data["name"] != "y"
        or array.dtype != "str"
        or numpy is None
        or report.site.path != program.path
    ):
        return
    if isinstance(array.shape, tuple) and len(array.shape) == 1:
        yield from fix(
            "Give the words numbers",
            "unsafe",
            replace(report.site, f"{numpy}({text_of(report.site)}, return_inverse=True)[1]"),
        )
