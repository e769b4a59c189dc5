"""Canonical names: every way of spelling a library's member, and of importing it, leads to one name.

``tf.keras.layers.Dense``, ``keras.layers.core.Dense`` and ``L.Dense`` after ``import tensorflow.keras.layers as
L`` all are ``keras.layers.Dense``.
"""

from __future__ import annotations

import functools
import re
import sys

from kerascope.layers.catalogue import layer_spec
from kerascope.libraries.catalogue import library_function

_PREFIXES: tuple[tuple[str, str], ...] = (
    ("tensorflow.python.keras", "keras"),
    ("tensorflow.contrib.keras", "keras"),
    ("tensorflow.compat.v2.keras", "keras"),
    ("tensorflow.compat.v1.keras", "keras"),
    ("tensorflow.keras", "keras"),
    ("tensorflow.compat.v2", "tf"),
    ("tensorflow", "tf"),
    ("tf.compat.v2.keras", "keras"),
    ("tf.compat.v1.keras", "keras"),
    ("tf.keras", "keras"),
    ("tf_keras", "keras"),
    ("keras.api._v2.keras", "keras"),
    ("keras.api", "keras"),
    ("keras.src", "keras"),
    ("keras.engine.sequential", "keras"),
    ("keras.engine.training", "keras"),
    ("keras.engine.functional", "keras"),
    ("keras.engine.Model", "keras.Model"),
    ("keras.engine", "keras.layers"),
    ("keras.backend.config", "keras.backend"),
    ("keras.models.Sequential", "keras.Sequential"),
    ("keras.models.Model", "keras.Model"),
    ("keras.models.Functional", "keras.Model"),
    ("keras.models.sequential", "keras"),
    ("keras.models.model", "keras"),
    ("keras.layers.Input", "keras.Input"),
    ("keras.utils.np_utils", "keras.utils"),
    ("keras.utils.numerical_utils", "keras.utils"),
    ("keras.layers.experimental.preprocessing", "keras.layers"),
)
_LAYER_MODULE = re.compile(r"keras\.layers\.(?:(?!(?:tf|tensorflow|keras|layers)\.)\w+\.)+([A-Z]\w*)$")
"""A layer under the name of the module that defines it. A name that begins anew, as while a line above one that begins
with ``tf.keras.layers`` is typed as far as its last dot, is none."""


@functools.lru_cache(maxsize=8192)
def canonical(name: str) -> str:
    """The canonical name of a dotted name as it is imported or written."""
    changed = True
    while changed:
        changed = False
        for prefix, replacement in _PREFIXES:
            if name == prefix or name.startswith(prefix + "."):
                name = replacement + name[len(prefix) :]
                changed = True
                break
    in_layers = _LAYER_MODULE.match(name)
    if in_layers is not None:
        return canonical("keras.layers." + in_layers.group(1))
    return name


LEGACY_ROOTS = ("tf_keras", "tensorflow.python.keras")
"""Modules that are Keras 2 whatever Keras is installed."""

_TRUSTED = frozenset(
    {
        "PIL", "absl", "cv2", "datasets", "gym", "h5py", "imageio", "joblib", "keras", "keras_cv", "keras_hub",
        "keras_nlp", "keras_tuner", "matplotlib", "nltk", "numpy", "pandas", "plotly", "requests", "scipy",
        "seaborn", "skimage", "sklearn", "tensorboard", "tensorflow_addons", "tensorflow_datasets",
        "tensorflow_hub", "tf", "tqdm", "transformers", "wandb", "pydot", "graphviz", "visualkeras",
        "keras_core", "mlflow", "IPython",
    }
)  # fmt: skip


def leaves_arguments_alone(symbol: str) -> bool:
    """Whether a function of this name is taken not to add layers to a model that it is given.

    True for the standard library and for well-known packages; a module that cannot be read and that nobody
    knows may do anything.
    """
    root = symbol.partition(".")[0]
    return root in _TRUSTED or root in sys.stdlib_module_names


def star_member(module: str, name: str) -> str | None:
    """The canonical name that ``from module import *`` brings under ``name``, if it is known to bring one."""
    candidate = canonical(f"{module}.{name}")
    if candidate.startswith("keras.layers.") and layer_spec(name) is not None:
        return candidate
    if candidate in {"keras.Sequential", "keras.Model", "keras.Input"}:
        return candidate
    if library_function(candidate) is not None:
        return candidate
    if candidate.startswith("keras.applications."):
        # The recordings are read by few programs.
        from kerascope.applications.catalogue import is_exported

        return candidate if is_exported(candidate) else None
    known_base = candidate in {"keras.layers.Layer", "keras.layers.Wrapper"}
    return (
        candidate
        if known_base or (module in {"keras.optimizers", "keras.losses"} and name[:1].isupper())
        else None
    )
