"""Families of layers are imported when one of their layers is asked for."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kerascope.layers.catalogue import CATALOGUE, NO_FAMILIES, SELDOM

LOADED = """
import sys
from kerascope.layers.catalogue import layer_spec
assert layer_spec({name!r}) is not None
print(*(module.rpartition(".")[2] for module in sys.modules if module.startswith("kerascope.layers.")))
"""


def loaded(name: str) -> set[str]:
    """The modules that a fresh interpreter imports to look ``name`` up."""
    run = subprocess.run(
        [sys.executable, "-c", LOADED.format(name=name)], capture_output=True, text=True, check=True
    )
    return set(run.stdout.split())


@pytest.mark.parametrize("name", ["Dense", "AvgPool2D", "LSTM"])
def test_usual_layers_load_no_seldom_family(name: str) -> None:
    assert not loaded(name) & SELDOM


@pytest.mark.parametrize("name", ["ConvLSTM2D", "GroupQueryAttention", "TextVectorization"])
def test_every_layer_is_found(name: str) -> None:
    assert "base" in loaded(name)


def test_seldom_families_hold_layers() -> None:
    homes = {spec.call.__module__.rpartition(".")[2] for spec in CATALOGUE.values()}
    assert homes >= SELDOM
    assert not SELDOM & NO_FAMILIES
