"""The recorded parameter lists are those of the real constructors."""

from __future__ import annotations

import pytest

from kerascope.layers.base import Signature, signature
from kerascope.layers.catalogue import ALIASES, CATALOGUE
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
        assert (name in signatures) == (major in spec.majors), name
        if major in spec.majors:
            assert declared(spec.signature(major)) == declared(signature(signatures[name])), name
            undeclared = {p.name for p in spec.signature(major).parameters if p.keyword_only}
            assert spec.signature(major).open <= signature(signatures[name]).open, name
            assert not undeclared & {p.name for p in signature(signatures[name]).parameters}, name


def test_aliases(real: tuple[int, dict[str, str], dict[str, str]]) -> None:
    _, _, aliases = real
    assert aliases.items() <= ALIASES.items()
