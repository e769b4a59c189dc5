"""Every case of every layer, against the catalogue and against real Keras."""

from __future__ import annotations

from typing import Any

import pytest

from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import Case
from kerascope.layers.catalogue import CATALOGUE
from layers import real_keras
from layers.real_keras import KerasUnavailableError, Probe, Verdict

EXAMPLES = [
    pytest.param(name, case, major, id=f"{name}-{index}-keras{major}")
    for name, spec in CATALOGUE.items()
    for index, case in enumerate(spec.cases)
    for major in case.majors
]


def shapes(outputs: Any) -> Any:
    """Outputs as a case writes them."""
    return outputs.shape if isinstance(outputs, TensorSpec) else [shapes(item) for item in outputs]


def check(case: Case, verdict: Verdict) -> None:
    """Holds a verdict against what the case promises."""
    if case.raises is not None:
        assert verdict.error, f"nothing was raised, the output is {verdict.outputs}"
        return
    assert not verdict.error
    if case.output is not None:
        assert shapes(verdict.outputs) == case.output
    if case.params is not None:
        assert verdict.weights is not None
        assert sum(weight.size for weight in verdict.weights) == case.params


@pytest.mark.parametrize(("name", "case", "major"), EXAMPLES)
def test_catalogue(name: str, case: Case, major: int) -> None:
    verdict = real_keras.ours(Probe(name, case.arguments, case.inputs), major)
    check(case, verdict)
    if case.raises is not None:
        assert verdict.error.startswith(case.raises.value + ":")


@pytest.mark.parametrize("major", [2, 3])
def test_real_keras(major: int) -> None:
    try:
        keras = real_keras.keras(major)
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    examples = [
        (Probe(name, case.arguments, case.inputs), case)
        for name, spec in CATALOGUE.items()
        for case in spec.cases
        if major in case.majors
    ]
    wrong = []
    for (probe, case), verdict in zip(examples, keras.ask([p for p, _ in examples]), strict=True):
        try:
            check(case, verdict)
        except AssertionError as error:
            wrong.append(f"{probe}: {error} {verdict.error}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("major", [2, 3])
def test_two_inputs(major: int) -> None:
    """A layer called on its usual input twice: what we say of it is true, or we say that we do not know."""
    try:
        keras = real_keras.keras(major)
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    made = []
    for name, spec in CATALOGUE.items():
        if major not in spec.majors:
            continue
        case = next(case for case in spec.cases if case.raises is None and major in case.majors)
        if not isinstance(case.inputs, list):
            made.append(Probe(name, case.arguments, [case.inputs, case.inputs]))
    for probe, real in zip(made, keras.ask(made), strict=True):
        word = real_keras.compare(real_keras.ours(probe, major), real)
        assert word in ("agree", "refused", "unknown"), f"{probe}: {word}"


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_layer_has_cases(name: str) -> None:
    assert CATALOGUE[name].cases
