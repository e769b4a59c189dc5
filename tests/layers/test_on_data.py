"""Layers on data: what ``call`` gives, as in ``Dataset.map``, where Keras 3 says other things of symbolic tensors."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from kerascope.domain.shapes import UNRANKED
from kerascope.domain.specs import TensorSpec
from kerascope.layers.catalogue import CATALOGUE
from layers import real_keras
from layers.probes import MAKERS, probes
from layers.real_keras import KerasUnavailableError, Probe

TYPES = ("", "", "float32", "float64", "int32", "int64", "uint8")
NO_LAYERS_TO_CALL = frozenset({"Input", "InputLayer"})
LAYERS = [
    pytest.param(name, major, id=f"{name}-keras{major}")
    for name, spec in CATALOGUE.items()
    for major in sorted(spec.majors)
    if name in MAKERS and name not in NO_LAYERS_TO_CALL
]


def typed(inputs: Any, dtype: str) -> Any:
    """The inputs of a probe with another element type; texts stay texts."""
    if isinstance(inputs, list):
        return [typed(item, dtype) for item in inputs]
    if isinstance(inputs, dict):
        return {key: typed(item, dtype) for key, item in inputs.items()}
    spec = inputs if isinstance(inputs, TensorSpec) else TensorSpec(inputs)
    if spec.dtype == "string" or spec.shape is UNRANKED:
        return spec
    return TensorSpec(spec.shape, dtype or spec.dtype or "float32")


def on_data(name: str, major: int, count: int) -> list[Probe]:
    """Probes of a layer that is called on data of several types."""
    rng = random.Random(f"on data/{name}/{major}")
    return [
        replace(probe, inputs=typed(probe.inputs, rng.choice(TYPES)), on_data=True)
        for probe in probes(name, major, count, seed=5)
    ]


def agree(name: str, major: int, count: int) -> None:
    """Shape, type and refusals; that ``call`` refuses more types than we know of is a miss and no mistake."""
    hold(on_data(name, major, count), major)


def hold(made: list[Probe], major: int) -> None:
    """Holds what we say of calls on data against what Keras gives."""
    try:
        answers = real_keras.keras(major).ask(made)
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    for probe, real in zip(made, answers, strict=True):
        word = real_keras.compare(real_keras.ours(probe, major), real)
        assert real.error or word in ("agree", "unknown"), f"{probe}: {word}"


@pytest.mark.parametrize(("name", "major"), LAYERS)
def test_agrees_with_keras_on_data(name: str, major: int) -> None:
    agree(name, major, 8 if major == 3 else 3)


@pytest.mark.wide
@pytest.mark.parametrize(("name", "major"), LAYERS)
def test_agrees_with_keras_on_data_at_length(name: str, major: int) -> None:
    agree(name, major, 60)


@pytest.mark.parametrize("major", [2, 3])
def test_one_text_by_itself(major: int) -> None:
    """As ``map`` hands it over where the dataset is not batched yet."""
    texts = [
        replace(probe, inputs=TensorSpec((), "string")) for probe in on_data("TextVectorization", major, 60)
    ]
    known = [real_keras.ours(probe, major).outputs for probe in texts]
    assert sum(spec is not None and spec.shape is not UNRANKED for spec in known) > 20
    hold(texts, major)


def test_what_keras_says_of_data_and_of_symbolic_tensors_differs() -> None:
    """One text by itself, whole numbers, and a declared ``output_shape``."""
    text = Probe("TextVectorization", {"output_sequence_length": 7}, TensorSpec((), "string"), on_data=True)
    whole = Probe("MaxPooling1D", {}, TensorSpec((None, 8, 4), "int32"))
    sum_ = Probe("Add", {}, [TensorSpec((None, None, 4), "float32"), TensorSpec((None, 8, 4), "float32")])
    made = [text, whole, replace(whole, on_data=True), sum_, replace(sum_, on_data=True)]
    wanted = [
        TensorSpec((7,), "int64"),
        TensorSpec((None, 4, 4), "float32"),
        TensorSpec((None, 4, 4), "int32"),
        TensorSpec((None, None, 4), "float32"),
        TensorSpec((None, 8, 4), "float32"),
    ]
    try:
        answers = real_keras.keras(3).ask(made)
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    assert [answer.outputs for answer in answers] == wanted
    assert all(
        real_keras.covers(real_keras.ours(probe, 3).outputs, real)
        for probe, real in zip(made, wanted, strict=True)
    )
