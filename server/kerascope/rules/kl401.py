r"""A keyword that the layer does not have

## What it does

Finds keywords in a layer's constructor that neither the layer nor `Layer` itself takes: misspelled ones, those of other
libraries, and those that Keras had once.

## Why it matters

Keras raises where the layer is made: `Unrecognized keyword arguments passed to Dense: {'use_biass': False}`.

## Example

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 10, 8)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(10, 8)),
    layers.LSTM(16, return_sequence=True),
                    ^^^^^^^^^^^^^^^^^^^^ KL401
    layers.LSTM(16),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

Of another library:

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(16, 28, 28, 1)
y = np.random.rand(16, 1)

model = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(8, 3, stride=2),
                        ^^^^^^^^ KL401
    layers.GlobalAveragePooling2D(),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Use instead

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 10, 8)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(10, 8)),
    layers.LSTM(16, return_sequences=True),
    layers.LSTM(16),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Near miss

Some keywords are those of every layer.

```python
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20)
y = np.random.rand(32, 1)

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(8, name="hidden", trainable=True, dtype="float32"),
    layers.Dense(1),
])
model.compile(optimizer="adam", loss="mse")
model.fit(x, y, epochs=1)
```

## Fix safety

A keyword under its right name is safe, for Keras would have raised. To leave one out is safe only if it asked for what
Keras does anyway; any other is never taken out without being asked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from kerascope.findings import Fix
from kerascope.graph.nodes import Layer
from kerascope.layers.base import LAYER_KEYWORDS, FaultKind
from kerascope.rules.base import ERROR, Program, Report, Rule, fix, layer_subjects
from kerascope.syntax.edits import argument, remove_argument, replace
from kerascope.syntax.units import Site

_SHAPES = (
    "KS101", "KS102", "KS103", "KS104", "KS105", "KS106", "KS109", "KS110", "KS112", "KS114", "KS115", "KS118",
    "KS119", "KS120", "KS121", "KS122", "KS148",
)  # fmt: skip
"""What a layer without the misspelled argument does to shapes says less than the misspelling."""

RULE = Rule(
    code="KL401",
    name="unknown-layer-keyword",
    severity={2: ERROR, 3: ERROR},
    supersedes=("KL412", *_SHAPES),
    fixable="sometimes",
    evidence=("A003", "A003r", "A003s", "A005b", "A005c", "A003y", "A007"),
    looks_at="faults",
)

_RENAMED = {
    "W_constraint": ("kernel_constraint", "embeddings_constraint"),
    "W_regularizer": ("kernel_regularizer", "embeddings_regularizer"),
    "U_regularizer": ("recurrent_regularizer",),
    "b_constraint": ("bias_constraint",),
    "b_regularizer": ("bias_regularizer",),
    "beta_init": ("beta_initializer",),
    "bias": ("use_bias",),
    "border_mode": ("padding",),
    "dilation": ("dilation_rate",),
    "dim_ordering": ("data_format",),
    "dropout_U": ("recurrent_dropout",),
    "dropout_W": ("dropout",),
    "dropout_rate": ("rate", "dropout"),
    "embedding_dim": ("output_dim", "key_dim"),
    "filter_length": ("kernel_size",),
    "gamma_init": ("gamma_initializer",),
    "head_size": ("key_dim",),
    "hidden_size": ("units",),
    "init": ("kernel_initializer", "embeddings_initializer"),
    "initializer": ("kernel_initializer", "embeddings_initializer"),
    "inner_activation": ("recurrent_activation",),
    "inner_init": ("recurrent_initializer",),
    "kernel": ("kernel_size",),
    "length": ("pool_size",),
    "nb_filter": ("filters",),
    "nb_filters": ("filters",),
    "num_embeddings": ("input_dim",),
    "num_filters": ("filters",),
    "num_units": ("units",),
    "out_channels": ("filters",),
    "out_features": ("units",),
    "output_dim": ("units",),
    "p": ("rate",),
    "pool_length": ("pool_size",),
    "regularizer": ("kernel_regularizer",),
    "stride": ("strides",),
    "subsample": ("strides",),
    "subsample_length": ("strides",),
}
"""What a keyword of Keras 1 or of another library is called; the layer takes the first that it has."""

_IDLE = frozenset(
    {"consume_less", "fused", "implementation", "input_length", "input_dtype", "unroll", "workers"}
)
"""Keywords that asked for speed or repeated what is known, so that nothing is lost without them."""

_EARLIER = frozenset(
    {
        "_reuse", "_scope", "adjustment", "bins", "causal", "conv_op", "enable_caching_device", "force_generator",
        "fused", "groups", "input_length", "kernel_constraint", "kernel_initializer", "kernel_regularizer",
        "max_tokens", "max_values", "noise_shape", "num_oov_tokens", "pool_function", "rank", "rate", "renorm",
        "renorm_clipping", "renorm_momentum", "return_runtime", "rng_type", "seed", "time_major", "unroll",
        "virtual_batch_size", "zero_output_for_mask",
    }
)  # fmt: skip
"""Keywords that some layer took in an earlier Keras 2 (parameters of 2.6 and 2.10) and takes no longer in the last."""


def check(program: Program) -> Iterator[Report]:
    """Looks at every keyword that a constructor refused."""
    for fault in program.faults:
        facts, layer = fault.fault.facts, fault.layer
        if (
            fault.fault.kind is not FaultKind.ARGUMENT
            or facts.get("reason") != "unknown"
            or layer.spec is None
        ):
            continue
        keyword = facts["argument"]
        shown = program.shown(fault)
        if shown is None or (program.major == 2 and keyword in _EARLIER):
            continue
        written = argument(layer.site, keyword) if layer.site.path == program.path else None
        suggestion = _closest(layer, keyword, program.major)
        hint = f" Did you mean `{suggestion}`?" if suggestion is not None else _hint(layer, program.major)
        yield Report(
            written or shown,
            f"`{layer.class_name}` has no argument `{keyword}`: Keras raises.{hint}",
            subjects=layer_subjects(layer),
            data={"layer": layer, "keyword": keyword, "suggestion": suggestion, "written": written},
            certain=fault.certain,
            guarded=fault.guarded,
        )


def _own(layer: Layer, major: int) -> list[str]:
    """The arguments that a layer takes, its own first."""
    assert layer.spec is not None
    return [parameter.name for parameter in layer.spec.signature(major).parameters]


def _hint(layer: Layer, major: int) -> str:
    names = _own(layer, major)
    if not names:
        return " It takes none of its own."
    shown = ", ".join(f"`{name}`" for name in names[:5])
    return f" It takes {shown}{' and others' if len(names) > 5 else ''}."


def _closest(layer: Layer, keyword: str, major: int) -> str | None:
    """The argument that was most likely meant, if it is not given already."""
    names = _own(layer, major)
    for name in _RENAMED.get(keyword, ()):
        if name in names:
            return None if name in layer.arguments.given else name
    import difflib  # imported once there is a name to mend

    free = [name for name in names if name not in layer.arguments.given]
    folded = {name.replace("_", ""): name for name in (*free, *sorted(LAYER_KEYWORDS[major]))}
    wanted = keyword.lower().replace("_", "")
    close = difflib.get_close_matches(wanted, list(folded), n=1, cutoff=0.8)
    found = folded[close[0]] if close else None
    return None if found in layer.arguments.given else found


def fixes(report: Report, program: Program) -> Iterator[Fix]:
    """The right name, or none at all."""
    layer: Layer = report.data["layer"]
    keyword: str = report.data["keyword"]
    suggestion: str | None = report.data["suggestion"]
    written: Site | None = report.data["written"]
    if written is None or not isinstance(written.node, cst.Arg) or written.node.keyword is None:
        return
    if suggestion is not None:
        name = Site(written.unit, written.node.keyword)
        yield from fix(f"Write {suggestion}", "safe", replace(name, suggestion))
    yield from fix(
        f"Remove {keyword}", "safe" if keyword in _IDLE else "unsafe", remove_argument(layer.site, keyword)
    )
