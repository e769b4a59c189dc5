"""Generated probes: the catalogue agrees with real Keras, and knowing less never makes it refuse more."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import NestedLayer, TensorSpec
from kerascope.layers.catalogue import CATALOGUE, SELDOM
from layers import real_keras
from layers.probes import MAKERS, probes
from layers.real_keras import KerasUnavailableError, Probe

LAYERS = [
    pytest.param(name, major, id=f"{name}-keras{major}")
    for name, spec in CATALOGUE.items()
    for major in sorted(spec.majors)
]

TRACED_SLOWLY = frozenset(
    {
        "Bidirectional",
        "ConvLSTM1D",
        "ConvLSTM2D",
        "ConvLSTM3D",
        "GRU",
        "LSTM",
        "RNN",
        "SimpleRNN",
        "TimeDistributed",
    }
)
"""Keras 2 takes a tenth of a second to trace one call of these; the wide run gives them their full share."""

SELDOM_USED = frozenset(
    name for name, spec in CATALOGUE.items() if spec.call.__module__.rpartition(".")[2] in SELDOM
)

UNKNOWN_SHARE = 0.03
"""More than this share of unknown answers is a gap in the catalogue, not a rare corner."""


UNKNOWABLE = {"Lambda": 1.0, "TextVectorization": 0.1}
"""Layers with a larger share, for their output hangs on a function of the program or on words that `adapt` finds."""


def agree(name: str, major: int, count: int) -> None:
    """Holds ``count`` probes against real Keras."""
    try:
        tally = real_keras.tally(probes(name, major, count), major)
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    assert not tally.disagreements, "\n".join(tally.disagreements[:5])
    assert tally.tried == count
    assert tally.unknown <= max(3, UNKNOWABLE.get(name, UNKNOWN_SHARE) * count)


@pytest.mark.parametrize(("name", "major"), LAYERS)
def test_agrees_with_keras(name: str, major: int) -> None:
    """A few probes of layers that programs seldom use or that take long; the wide run makes many of all."""
    few = name in SELDOM_USED or (major == 2 and name in TRACED_SLOWLY)
    agree(name, major, 60 if few else 200)


@pytest.mark.wide
@pytest.mark.parametrize(("name", "major"), LAYERS)
def test_agrees_with_keras_at_length(name: str, major: int) -> None:
    agree(name, major, 1000)


def without(value: Any, rng: random.Random) -> Any:
    """``value`` with something in it made unknown."""
    if isinstance(value, tuple) and value and rng.random() < 0.6:
        index = rng.randrange(len(value))
        return (*value[:index], UNKNOWN, *value[index + 1 :])
    if isinstance(value, NestedLayer) and value.arguments and rng.random() < 0.8:
        name = rng.choice(sorted(value.arguments))
        return NestedLayer(value.name, {**value.arguments, name: UNKNOWN}, value.given)
    return UNKNOWN


def vaguer(probe: Probe, rng: random.Random) -> Iterator[Probe]:
    """Probes that say less than ``probe``."""
    for name, value in probe.arguments.items():
        yield Probe(probe.layer, {**probe.arguments, name: without(value, rng)}, probe.inputs)
    for inputs in vaguer_inputs(probe.inputs):
        yield Probe(probe.layer, probe.arguments, inputs)


def vaguer_inputs(inputs: Any) -> Iterator[Any]:
    """The same nest with one tensor of which less is known."""
    if isinstance(inputs, list):
        for index, given in enumerate(inputs):
            for less in vaguer_inputs(given):
                yield [*inputs[:index], less, *inputs[index + 1 :]]
        return
    if isinstance(inputs, dict):
        for key, given in inputs.items():
            for less in vaguer_inputs(given):
                yield {**inputs, key: less}
        return
    spec = inputs if isinstance(inputs, TensorSpec) else TensorSpec(inputs)
    yield TensorSpec(UNRANKED, spec.dtype)
    yield TensorSpec(spec.shape, "")
    if spec.shape is not UNRANKED:
        for index in range(len(spec.shape)):
            yield TensorSpec((*spec.shape[:index], UNKNOWN, *spec.shape[index + 1 :]), spec.dtype)


@pytest.mark.parametrize(("name", "major"), LAYERS)
def test_knowing_less_is_never_refused_more(name: str, major: int) -> None:
    """A probe that Keras could accept is not refused when something in it is made unknown, and what is then
    said of the output allows for what it was."""
    rng = random.Random(f"vaguer/{name}/{major}")
    for probe in probes(name, major, 60, seed=1):
        known = real_keras.ours(probe, major)
        if known.error:
            continue
        for less in vaguer(probe, rng):
            found = real_keras.ours(less, major)
            assert not found.error, f"{less}: {found.error}"
            assert real_keras.covers(found.outputs, known.outputs), f"{less}: {found.outputs}"
            assert real_keras.covers_weights(found.weights, known.weights), f"{less}: {found.weights}"


def test_every_layer_is_probed() -> None:
    assert MAKERS.keys() == CATALOGUE.keys()


@pytest.mark.parametrize("name", MAKERS)
def test_probes_are_mixed(name: str) -> None:
    """The generator makes legal and illegal probes; only layers that refuse nothing may lack the latter."""
    major = max(CATALOGUE[name].majors)
    made = probes(name, major, 200)
    refused = sum(bool(real_keras.ours(probe, major).error) for probe in made)
    assert refused <= 0.7 * len(made)
    assert made == probes(name, major, 200)
