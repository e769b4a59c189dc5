"""The recorded parameter lists are those of the real constructors."""

from __future__ import annotations

import pytest

from kerascope.layers.base import Signature, signature
from kerascope.layers.catalogue import ALIASES, CATALOGUE, layer_spec
from kerascope.layers.unsupported import UNSUPPORTED
from layers import real_keras
from layers.real_keras import KerasUnavailableError


@pytest.fixture(scope="module", params=[2, 3])
def real(request: pytest.FixtureRequest) -> tuple[int, dict[str, str], dict[str, str]]:
    try:
        keras = real_keras.keras(request.param)
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    return request.param, keras.signatures(), keras.aliases()


def declared(signature: Signature) -> list[tuple[str, bool, object]]:
    """Positional parameters; the keyword-only ones are what Keras takes out of ``**kwargs``."""
    return [(p.name, p.required, p.default) for p in signature.parameters if not p.keyword_only]


def test_parameters(real: tuple[int, dict[str, str], dict[str, str]]) -> None:
    major, signatures, _ = real
    for name, spec in CATALOGUE.items():
        exported = real_keras.EXPORTED.get(name, name)
        assert (exported in signatures) == (major in spec.majors), name
        if major in spec.majors:
            theirs = signature(signatures[exported])
            assert declared(spec.signature(major)) == declared(theirs), name
            undeclared = {p.name for p in spec.signature(major).parameters if p.keyword_only}
            assert spec.signature(major).open <= theirs.open, name
            assert not undeclared & {p.name for p in theirs.parameters}, name


def test_every_class_is_described_or_excused(real: tuple[int, dict[str, str], dict[str, str]]) -> None:
    """What Keras exports is in the catalogue, or in the table of what is not, with a reason."""
    _, signatures, _ = real
    left_out = {name for name in signatures if layer_spec(name) is None}
    assert left_out <= UNSUPPORTED.keys()


def test_excuses_are_of_classes_that_exist() -> None:
    try:
        exported = {name for major in (2, 3) for name in real_keras.keras(major).signatures()}
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    assert UNSUPPORTED.keys() <= exported
    assert not any(layer_spec(name) for name in UNSUPPORTED)
    assert all(UNSUPPORTED.values())


def test_aliases(real: tuple[int, dict[str, str], dict[str, str]]) -> None:
    _, _, aliases = real
    assert aliases.items() <= ALIASES.items()
