r"""An import of a module that Keras has not

## What it does

Finds imports from modules of Keras that are gone: those of Keras 1 and 2 such as `keras.layers.core`,
`keras.layers.advanced_activations`, `keras.utils.np_utils`, `keras.engine`, `keras.objectives` and
`keras.optimizers.adam_v2`, and `keras.layers.experimental`. Under Keras 2 it speaks of `tensorflow.keras` alone, whose
modules no release had.

## Why it matters

Python raises at the import: `No module named 'keras.layers.core'`. What they held is mostly one level up.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras.layers.core import Activation, Dense
     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ KL437

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([keras.Input(shape=(20,)), Dense(8), Activation("relu"), Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

A whole module:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras.utils import np_utils
                                   ^^^^^^^^ KL437

x = np.random.rand(32, 20)
y = np_utils.to_categorical(np.random.randint(0, 3, 32), 3)

model = keras.Sequential([keras.Input(shape=(20,)), keras.layers.Dense(3, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras.layers import Activation, Dense
from tensorflow.keras.utils import to_categorical

x = np.random.rand(32, 20)
y = to_categorical(np.random.randint(0, 3, 32), 3)

model = keras.Sequential([keras.Input(shape=(20,)), Dense(8), Activation("relu"), Dense(3, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x, y, epochs=1)
```

## Near miss

An import that may fail, because another one stands by:

```python
import numpy as np

try:
    from keras.utils.np_utils import to_categorical
except ImportError:
    from keras.utils import to_categorical

print(to_categorical(np.array([0, 1, 2]), 3))
```

## Fix safety

The fixes are safe, for Python would have raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import libcst as cst

from kerascope.findings import Fix
from kerascope.graph.nodes import Imported
from kerascope.layers.catalogue import layer_spec
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.conditions import chosen_by_release
from kerascope.syntax.edits import parents, replace, text_of
from kerascope.syntax.units import Site

RULE = Rule(
    code="KL437",
    name="removed-module-import",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=(
        "A050:keras.utils.np_utils", "A050:keras.layers.core:Dense",
        "A050:keras.layers.advanced_activations:LeakyReLU", "A050:keras.layers.experimental:preprocessing",
        "A050:keras.wrappers.scikit_learn:KerasClassifier", "A050:keras.engine:Layer", "A050:keras.optimizers:adam_v2",
    ),
    looks_at="imports",
)  # fmt: skip


def _inside(package: str, text: str, place: str = "") -> dict[str, str]:
    return {f"{package}.{name}": place for name in text.split()}


REMOVED: Mapping[str, str] = {
    **_inside(
        "layers",
        "core convolutional convolutional_recurrent advanced_activations recurrent recurrent_v2 normalization "
        "normalization_v2 embeddings merge merging pooling wrappers noise local cudnn_recurrent dense_attention "
        "multi_head_attention experimental preprocessing kernelized einsum_dense",
        "layers",
    ),
    **_inside("utils", "np_utils vis_utils generic_utils data_utils layer_utils io_utils", "utils"),
    **_inside("utils", "training_utils multi_gpu_utils conv_utils tf_utils losses_utils test_utils"),
    "engine": "layers",
    "engine.training": "models",
    "engine.sequential": "models",
    "objectives": "",
    **_inside(
        "optimizers",
        "adam adam_v2 gradient_descent_v2 sgd rmsprop adagrad adadelta adamax nadam",
        "optimizers",
    ),
    **_inside("optimizers", "experimental optimizer_v2 optimizer_experimental", "optimizers"),
    "optimizer_v1": "",
    "optimizer_v2": "",
    "callbacks.callbacks": "callbacks",
    "callbacks.experimental": "callbacks",
    **_inside("backend", "tensorflow_backend theano_backend common load_backend experimental"),
    "wrappers.scikit_learn": "",
    "experimental": "",
    "models.experimental": "",
    "mixed_precision.experimental": "",
    **_inside("legacy", "interfaces layers models"),
    **_inside("initializers", "initializers_v1 initializers_v2"),
    "saving.hdf5_format": "",
    "saving.saved_model": "",
    "premade": "",
    "feature_column": "",
    "estimator": "",
    "preprocessing.timeseries": "",
    "preprocessing.image_dataset": "",
}
"""Modules of Keras that Keras 3.15 has neither as ``keras`` nor as ``tensorflow.keras``, and where their contents are.

A test imports each of them from both versions.
"""

PUBLIC_IN_2 = (
    "layers.experimental", "optimizers.experimental", "callbacks.experimental", "backend.experimental", "experimental",
    "models.experimental", "mixed_precision.experimental", "wrappers", "estimator", "premade", "feature_column",
    "legacy",
)  # fmt: skip
"""Those that some release of Keras 2 had as ``tensorflow.keras``, from 2.4 on."""

EXPORTED: Mapping[str, frozenset[str]] = {
    "layers": frozenset(
        {"Input", "InputSpec", "Layer", "Wrapper", "add", "average", "concatenate", "dot", "maximum", "minimum", "multiply",
         "subtract", "StringLookup", "IntegerLookup", "TextVectorization"}
    ),
    "models": frozenset({"Model", "Sequential", "load_model", "model_from_json", "save_model"}),
    "utils": frozenset(
        {"CustomObjectScope", "Progbar", "Sequence", "custom_object_scope", "deserialize_keras_object",
         "get_custom_objects", "get_file", "get_source_inputs", "model_to_dot", "normalize", "plot_model",
         "register_keras_serializable", "serialize_keras_object", "to_categorical"}
    ),
    "optimizers": frozenset(
        {"Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Nadam", "Optimizer", "RMSprop", "SGD"}
    ),
    "callbacks": frozenset(
        {"BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback",
         "LearningRateScheduler", "ModelCheckpoint", "ProgbarLogger", "ReduceLROnPlateau", "RemoteMonitor",
         "TensorBoard", "TerminateOnNaN"}
    ),
}  # fmt: skip
"""What Keras 3 exports there of all that the old modules held, layers apart."""

_ADVICE = {
    "wrappers.scikit_learn": "Use the package `scikeras`, or `keras.wrappers.SKLearnClassifier`.",
    "objectives": "Losses are in `keras.losses`.",
    "backend.tensorflow_backend": "Call TensorFlow itself, or `keras.ops`.",
    "preprocessing.timeseries": "Use `keras.utils.timeseries_dataset_from_array`.",
    "preprocessing.image_dataset": "Use `keras.utils.image_dataset_from_directory`.",
    "estimator": "Use `model.fit`.",
}


def check(program: Program) -> Iterator[Report]:
    """Looks at every import that is made whatever happens."""
    for imported in program.interpretation.trace.imports:
        root, _, inner = _split(imported.name)
        module = _removed(inner)
        if imported.tried or module is None or not _is_gone(program, root, module):
            continue
        if imported.site.path != program.path or chosen_by_release(imported.site):
            continue
        statement = next(
            (node for node in parents(imported.site) if isinstance(node, (cst.Import, cst.ImportFrom))), None
        )
        # What is gone is the module itself, unless it is the very name that is imported from the one around it.
        by_name = imported.member and inner == module
        site = imported.site
        if isinstance(statement, cst.ImportFrom) and statement.module is not None and not by_name:
            site = Site(imported.site.unit, statement.module)
        advice = _ADVICE.get(module, "")
        if REMOVED[module]:
            advice = f"Most of what it held is in `{root}.{REMOVED[module]}`."
        release = "3" if root != "tf_keras" and program.major == 3 else "2"
        yield Report(
            site,
            f"Keras {release} has no module `{root}.{module}`: the import raises. {advice}".rstrip(),
            subjects=frozenset({("import", id(statement))}),
            data={"imported": imported, "statement": statement, "root": root, "module": module},
        )


def _split(name: str) -> tuple[str, str, str]:
    """The package that is imported from, and the name inside it."""
    for root in ("tensorflow.keras", "tf_keras", "keras"):
        if name.startswith(root + "."):
            return root, ".", name[len(root) + 1 :]
    return "", "", ""


def _removed(inner: str) -> str | None:
    """The module that is gone, of those that a dotted name goes through."""
    parts = inner.split(".")
    names = [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    return next((name for name in names if name in REMOVED), None)


def _is_gone(program: Program, root: str, module: str) -> bool:
    """Whether no release that is assumed has the module: ``keras`` itself was another package in Keras 2."""
    if root != "tf_keras" and program.major == 3:
        return True
    public = any(module == name or module.startswith(name + ".") for name in PUBLIC_IN_2)
    return root != "keras" and not public


def _exports(place: str, name: str) -> bool:
    """Whether ``keras.layers`` and its kin export a name in Keras 3."""
    if name in EXPORTED.get(place, ()):
        return True
    spec = layer_spec(name) if place == "layers" else None
    return spec is not None and spec.majors == {2, 3}


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The same names from where they are; the package around a module under the module's name."""
    imported: Imported = report.data["imported"]
    statement = report.data["statement"]
    root, module = report.data["root"], report.data["module"]
    place, unit = REMOVED[module], imported.site.unit
    if not isinstance(statement, cst.ImportFrom) or isinstance(statement.names, cst.ImportStar):
        return
    if not place or statement.module is None:
        return
    written = text_of(Site(unit, statement.module))
    names = [text_of(Site(unit, alias.name)) for alias in statement.names]
    found = next((item for item in (place, "models") if all(_exports(item, name) for name in names)), None)
    if written.startswith(f"{root}.{module}") and found is not None:
        target = Site(unit, statement.module)
        yield from fix(f"Import from {root}.{found}", "safe", replace(target, f"{root}.{found}"))
    # A module is imported by its name: the package that holds the same names now takes it.
    alone = len(names) == 1 and not statement.lpar
    if alone and f"{written}.{names[0]}" in (f"{root}.{module}", f"{root}.layers.experimental.preprocessing"):
        alias = statement.names[0]
        bound = text_of(Site(unit, alias.asname.name)) if alias.asname is not None else names[0]
        whole = Site(unit, statement)
        yield from fix(
            f"Import {root}.{place} as {bound}",
            "safe",
            replace(whole, f"from {root} import {place} as {bound}"),
        )
