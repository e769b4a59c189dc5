"""Layers of packages beside Keras, held against those packages where they are installed."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import random
import re
from pathlib import Path

import pytest

from kerascope.layers.base import Case
from kerascope.layers.catalogue import CATALOGUE, layer_spec, package_layers
from layers import real_keras
from layers.probes_packages import IN_PIPELINES, MAKERS, package_probes
from layers.real_keras import Probe
from layers.test_cases import check
from layers.test_generated import vaguer

LAYERS = [
    pytest.param(symbol, major, id=f"{symbol}-keras{major}")
    for symbol in MAKERS
    for major in sorted(package_layers()[symbol].majors)
]


def newest(symbol: str) -> int:
    """The last Keras that has the layer."""
    return max(package_layers()[symbol].majors)


def judge(symbol: str, major: int) -> real_keras.RealKeras:
    """The Keras that has the package of ``symbol``; the test is skipped where it cannot be had."""
    package = symbol.partition(".")[0]
    if package == "keras_hub" and major == 2:
        package = "keras_nlp"
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed, so it cannot be asked")
    version = tuple(
        int(part) for part in importlib.metadata.version(package.replace("_", "-")).split(".")[:2]
    )
    if package == "keras_nlp" and version >= (0, 15):
        pytest.skip("from 0.15 on keras_nlp is keras_hub, which has left Keras 2")
    try:
        return real_keras.keras(major)
    except real_keras.KerasUnavailableError as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("symbol", MAKERS)
def test_cases(symbol: str) -> None:
    """Each case is what the catalogue says, and what the package does on the last Keras that it is written for."""
    major = newest(symbol)
    spec = layer_spec(symbol)
    assert spec is not None
    assert spec.cases
    made: list[tuple[Probe, Case]] = [
        (Probe(symbol, case.arguments, case.inputs, symbol.endswith(IN_PIPELINES)), case)
        for case in spec.cases
    ]
    for probe, case in made:
        check(case, real_keras.ours(probe, major))
    answers = judge(symbol, major).ask([probe for probe, _ in made])
    for (_, case), real in zip(made, answers, strict=True):
        check(case, real)


@pytest.mark.parametrize(("symbol", "major"), LAYERS)
def test_agrees_with_the_package(symbol: str, major: int) -> None:
    """A pipeline takes up to a second to trace, so of layers that run in one there are fewer on Keras 3.

    The wide run has all; Keras 2 is asked by hand, where ``keras_nlp`` 0.14 is installed.
    """
    agree(symbol, major, 40 if symbol.endswith(IN_PIPELINES) and major == 3 else 200)


@pytest.mark.wide
@pytest.mark.parametrize(("symbol", "major"), LAYERS)
def test_agrees_with_the_package_at_length(symbol: str, major: int) -> None:
    agree(symbol, major, 400)


def agree(symbol: str, major: int, count: int) -> None:
    """Holds ``count`` probes against the package; most of what it does is known."""
    keras = judge(symbol, major)
    probes = package_probes(symbol, major, count)
    words = []
    for probe, real in zip(probes, keras.ask(probes), strict=True):
        word = real_keras.compare(real_keras.ours(probe, major), real)
        assert word in ("agree", "unknown"), f"{probe}: {word}"
        words.append((word, real.error))
    known = [word for word, error in words if not error]
    least = 0.4 if symbol.endswith("TransformerDecoder") and major == 2 else 0.75
    assert known.count("agree") >= least * len(known)
    assert len(known) >= 0.6 * len(words), next(error for _, error in words if error)


@pytest.mark.parametrize("symbol", MAKERS)
def test_nothing_is_refused_and_knowing_less_is_allowed_for(symbol: str) -> None:
    rng = random.Random(f"vaguer/{symbol}")
    major = newest(symbol)
    for probe in package_probes(symbol, major, 60, seed=1):
        known = real_keras.ours(probe, major)
        assert not known.error
        if known.weights is None:  # Something is refused in silence, which an unknown value would not be.
            continue
        for less in vaguer(probe, rng):
            found = real_keras.ours(less, major)
            assert not found.error
            assert real_keras.covers(found.outputs, known.outputs), f"{less}: {found.outputs}"
            assert real_keras.covers_weights(found.weights, known.weights), f"{less}: {found.weights}"


def test_every_layer_is_probed_and_goes_by_its_full_name_alone() -> None:
    assert MAKERS.keys() == package_layers().keys()
    assert not {spec.name for spec in package_layers().values()} & CATALOGUE.keys()
    assert layer_spec("TransformerEncoder") is None
    assert layer_spec("keras_nlp.layers.TransformerEncoder") is layer_spec(
        "keras_hub.layers.TransformerEncoder"
    )


def test_the_page_lists_every_layer_and_no_disagreement() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "packages.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    assert {symbol for symbol, *_ in rows} == package_layers().keys()
    for _, *numbers in rows:
        tried, agreed, unknown, disagreed = map(int, numbers)
        assert disagreed == 0
        assert tried == agreed + unknown
