"""Generated calls: the catalogue agrees with real Keras."""

from __future__ import annotations

import pytest

from kerascope.operations.catalogue import operations
from operations import real
from operations.draws import DRAWS, drawn_name, draws
from operations.real import KerasUnavailableError

ALWAYS_OPEN = {("==", (3, False))}
"""A symbolic tensor of Keras 3 has no ``==``: Python says whether both sides are one object."""


def agree(name: str, count: int) -> None:
    """Holds ``count`` calls against real Keras in every setting."""
    entry = operations()[drawn_name(name)]
    modes = [mode for mode in real.MODES if mode[0] in entry.majors]
    try:
        tallies = real.tallies(draws(name, count), modes)
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    wrong = [text for tally in tallies.values() for text in tally.disagreements]
    assert not wrong, "\n".join(wrong[:5])
    for mode, tally in tallies.items():
        assert tally.tried > 0.5 * count
        assert len(tally.missed) <= 0.15 * count + 3, "\n".join(tally.missed[:5])
        assert tally.unknown <= 0.3 * count + 3 or (name, mode) in ALWAYS_OPEN


@pytest.mark.parametrize("name", DRAWS)
def test_agrees_with_keras(name: str) -> None:
    agree(name, 20)


@pytest.mark.wide
@pytest.mark.parametrize("name", DRAWS)
def test_agrees_with_keras_at_length(name: str) -> None:
    agree(name, 300)


@pytest.mark.parametrize("name", DRAWS)
def test_calls_are_mixed(name: str) -> None:
    """Most calls are legal, some are not all alike, and they are the same each time."""
    made = draws(name, 200)
    assert made == draws(name, 200)
    assert len(set(made)) > 25
