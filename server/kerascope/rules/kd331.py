r"""Arguments of `image_dataset_from_directory` that it refuses

## What it does

Finds a `label_mode` that there is not, `validation_split` without `subset` or the other way round, and `target_size`, which
is the name of `ImageDataGenerator`.

## Why it matters

Keras raises where the dataset is made: `label_mode argument must be one of "int", "categorical", "binary", or None`; `If
subset is set, validation_split must be set, and inversely`.

## Example

```python
import pathlib
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow import keras

folder = pathlib.Path(tempfile.mkdtemp())
for name in ("cats", "dogs"):
    (folder / name).mkdir()
    for index in range(4):
        pixels = tf.io.encode_png(np.zeros((8, 8, 3), "uint8"))
        tf.io.write_file(str(folder / name / f"{index}.png"), pixels)

data = keras.utils.image_dataset_from_directory(folder, label_mode="sparse", image_size=(8, 8))
                                                                   ^^^^^^^^ KD331
```

## Use instead

```python
import pathlib
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow import keras

folder = pathlib.Path(tempfile.mkdtemp())
for name in ("cats", "dogs"):
    (folder / name).mkdir()
    for index in range(4):
        pixels = tf.io.encode_png(np.zeros((8, 8, 3), "uint8"))
        tf.io.write_file(str(folder / name / f"{index}.png"), pixels)

data = keras.utils.image_dataset_from_directory(folder, label_mode="int", image_size=(8, 8))
```

## Near miss

Both parts of a split are named.

```python
import pathlib
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow import keras

folder = pathlib.Path(tempfile.mkdtemp())
for name in ("cats", "dogs"):
    (folder / name).mkdir()
    for index in range(4):
        pixels = tf.io.encode_png(np.zeros((8, 8, 3), "uint8"))
        tf.io.write_file(str(folder / name / f"{index}.png"), pixels)

data = keras.utils.image_dataset_from_directory(
    folder, label_mode=None, image_size=(8, 8), validation_split=0.5, subset="training", seed=1)
```
"""

from __future__ import annotations

from collections.abc import Iterator

from kerascope.findings import Fix
from kerascope.graph.nodes import Made
from kerascope.rules.base import ERROR, Program, Report, Rule, fix
from kerascope.syntax.edits import is_string, quoted_like, replace
from kerascope.syntax.units import Site

RULE = Rule(
    code="KD331",
    name="directory-dataset-arguments",
    severity={2: ERROR, 3: ERROR},
    fixable="sometimes",
    evidence=("D031f", "D031g", "D031h"),
    looks_at="made",
)


_NAMES = ("image_dataset_from_directory", "text_dataset_from_directory", "audio_dataset_from_directory")
_MODES = ("int", "categorical", "binary", None)
_MEANT = {"sparse": "int", "integer": "int", "one_hot": "categorical", "onehot": "categorical"}


def check(program: Program) -> Iterator[Report]:
    """Looks at every call that reads a folder."""
    for made in program.interpretation.made:
        name = made.symbol.rpartition(".")[2]
        if name not in _NAMES or "**" in made.arguments:
            continue
        found = _wrong(made, name)
        if found is None:
            continue
        site, message, replacement = found
        yield Report(
            site,
            message,
            subjects=frozenset({("folder", id(made.site.node))}),
            data={"replacement": replacement},
            certain=made.certain,
            guarded=made.guarded,
        )


def _wrong(made: Made, name: str) -> tuple[Site, str, str | None] | None:
    """The first thing that is wrong: where, what, and what is meant, if that can be told."""
    given, sites = made.arguments, made.sites
    mode = given.get("label_mode", given.get("2", "int"))
    if (isinstance(mode, str) or mode is None) and mode not in _MODES:
        site = sites.get("label_mode", sites.get("2", made.site))
        meant = _MEANT.get(str(mode))
        message = (
            f'`label_mode` is "int", "categorical", "binary" or `None`, not "{mode}": `{name}` raises.'
            + (f' "{meant}" is what goes with the sparse loss.' if meant == "int" else "")
        )
        return site, message, meant
    split, subset = given.get("validation_split"), given.get("subset")
    if isinstance(split, float) and 0 < split < 1 and "subset" not in given and len(sites) < _FIRST_BY_NAME:
        return (
            sites["validation_split"],
            f'A `validation_split` needs a `subset` as well, `"training"` or `"validation"`: `{name}` raises.',
            None,
        )
    if isinstance(subset, str) and "validation_split" not in given and len(sites) < _FIRST_BY_NAME:
        return (
            sites["subset"],
            f"A `subset` needs a `validation_split` as well, such as `0.2`: `{name}` raises.",
            None,
        )
    if "target_size" in given and name.startswith("image"):
        return (
            sites["target_size"],
            f"`{name}` has no `target_size`: it raises. The name here is `image_size`.",
            None,
        )
    return None


_FIRST_BY_NAME = 9
"""With so many arguments some of them may be given by position."""


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The mode that is meant."""
    meant = report.data["replacement"]
    if meant is not None and is_string(report.site) and report.site.path == program.path:
        yield from fix(f"Use {meant}", "safe", replace(report.site, quoted_like(report.site, meant)))
