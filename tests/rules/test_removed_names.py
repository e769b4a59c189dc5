"""The tables of names that Keras has no longer, and of where they went, held against both versions of Keras."""

from __future__ import annotations

import json

import pytest

from judge.programs import judge
from kerascope.layers.catalogue import ALIASES, CATALOGUE, layer_spec
from kerascope.rules import kl432, kl436, kl437

# Writes down which of a list of names can still be imported, as a module or from the module around them.
IMPORTS = """
import importlib
surviving = []
for name in {names}:
    parent, _, leaf = name.rpartition(".")
    try:
        importlib.import_module(name)
        surviving.append(name)
    except ImportError:
        pass
    try:
        exec(f"from {{parent}} import {{leaf}}", {{}})
        surviving.append(f"from {{parent}} import {{leaf}}")
    except ImportError:
        pass
assert not surviving, surviving
"""


def gone_in_2() -> list[str]:
    """The modules of which the rule speaks under Keras 2."""
    return [
        module
        for module in kl437.REMOVED
        if not any(module == name or module.startswith(f"{name}.") for name in kl437.PUBLIC_IN_2)
    ]


@pytest.mark.parametrize("root", ["keras", "tensorflow.keras"])
def test_removed_modules_are_gone_from_keras_3(root: str) -> None:
    names = [f"{root}.{module}" for module in kl437.REMOVED]
    assert judge(3).run(IMPORTS.format(names=names)).error is None


@pytest.mark.parametrize("root", ["tensorflow.keras", "tf_keras"])
def test_removed_modules_are_no_part_of_keras_2(root: str) -> None:
    names = [f"{root}.{module}" for module in gone_in_2()]
    assert len(names) > 40
    assert judge(2).run(IMPORTS.format(names=names)).error is None


def test_the_test_notices_a_module_that_is_there() -> None:
    ran = judge(3).run(IMPORTS.format(names=["keras.optimizers.schedules"]))
    assert ran.error is not None and "keras.optimizers.schedules" in ran.error


@pytest.mark.parametrize("root", ["keras", "tensorflow.keras"])
def test_what_the_fixes_import_is_where_they_import_it_from(root: str) -> None:
    wanted = {place: sorted(names) for place, names in kl437.EXPORTED.items()}
    layers = [name for name in (*CATALOGUE, *ALIASES) if (spec := layer_spec(name)) and spec.majors == {2, 3}]
    wanted["layers"] += layers
    assert set(kl437.REMOVED.values()) - {""} <= set(wanted)
    code = f"""
import importlib
missing = [
    (place, name)
    for place, names in {json.dumps(wanted)}.items()
    for name in names
    if not hasattr(importlib.import_module("{root}." + place), name)
]
assert not missing, missing
"""
    assert judge(3).run(code).error is None


MODELS = """
import numpy as np
from tensorflow import keras
inputs = keras.Input((4,))
models = [
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]),
    keras.Model(inputs, keras.layers.Dense(2)(inputs)),
    keras.Sequential([keras.Input((3, 4)), keras.layers.LSTM(2)]),
]
for model in models:
    model.compile("adam", "mse")
    model.fit(np.zeros((4, *model.input_shape[1:])), np.zeros((4, 2)), verbose=0)
there = [name for name in {names} for model in models if hasattr(model, name)]
"""


def test_removed_methods_are_gone_from_keras_3() -> None:
    code = MODELS.format(names=list(kl436.REMOVED)) + "assert not there, there"
    assert judge(3).run(code).error is None


def test_keras_2_has_the_methods_that_keras_3_dropped() -> None:
    names = ["fit_generator", "evaluate_generator", "predict_generator", "reset_states", "updates"]
    code = MODELS.format(names=names) + f"assert len(there) == {3 * len(names)}, there"
    assert judge(2).run(code).error is None


@pytest.mark.parametrize("name", sorted({symbol.rpartition(".")[2] for symbol in kl432.OPTIMIZERS}))
def test_optimizers_and_their_old_arguments(name: str) -> None:
    made = f"from tensorflow import keras\noptimizer = keras.optimizers.{name}"
    refused = judge(3).run(f"{made}(lr=0.5)").error
    assert refused is not None and "lr" in refused
    ignored = f"{made}(lr=0.5)\nassert float(optimizer.learning_rate) < 0.1, optimizer.learning_rate"
    assert judge(2).run(ignored).error is None
    decayed = judge(3).run(f"{made}(learning_rate=0.5, decay=0.1)")
    assert decayed.error is None
    assert any("`decay` is no longer supported" in warning for warning in decayed.warnings)
