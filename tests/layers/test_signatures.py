"""The recorded parameter lists are those of the real constructors."""

from __future__ import annotations

import pytest

from judge.programs import judge
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.layers.base import Signature, signature
from kerascope.layers.catalogue import ALIASES, CATALOGUE, layer_spec
from kerascope.layers.inherited import INHERITED, TAKES_ANYTHING
from kerascope.layers.unsupported import UNSUPPORTED
from kerascope.text.source import Source
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


VALUES = {"score_mode": "dot", "data_format": "channels_last", "oov_method": "floormod"}


@pytest.mark.parametrize("name", sorted(INHERITED))
def test_keywords_that_a_base_takes_are_taken(name: str) -> None:
    """Keras makes the layer with each of them, and no error says that it would not."""
    spec = CATALOGUE[name]
    plain = next(
        case.arguments
        for case in spec.cases
        if case.raises is None and 3 in case.majors and all(map(is_written, case.arguments.values()))
    )
    lines = ["import keras"]
    for keyword in sorted(INHERITED[name]):
        given = {**plain, keyword: VALUES.get(keyword)}
        lines.append(f"keras.layers.{name}({', '.join(f'{key}={value!r}' for key, value in given.items())})")
    program = "\n".join(lines) + "\n"
    assert judge(3).run(program).error is None
    findings = analyse(Source("program.py", program), Options(keras="3")).findings
    assert not [found for found in findings if found.code == "KL401"]


def test_a_layer_that_looks_at_no_keyword_takes_any() -> None:
    for name in TAKES_ANYTHING:
        program = f"import keras\nkeras.layers.{name}(5, time_major=True)\n"
        assert judge(3).run(program).error is None
        assert not analyse(Source("program.py", program), Options(keras="3")).findings


def is_written(value: object) -> bool:
    """Whether an argument of a case can be written as it is."""
    return isinstance(value, (bool, int, float, str, tuple, type(None)))
