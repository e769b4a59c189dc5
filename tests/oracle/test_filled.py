"""Layers that the catalogue does not describe: their shapes and weights come from the library itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.engine.analysis import Analysis, analyse
from kerascope.engine.facts import FilledFacts, analyse_filled
from kerascope.engine.options import Options
from kerascope.graph.nodes import Tensor
from kerascope.interp import filled_layers, keras_layers
from kerascope.layers.catalogue import layer_spec
from kerascope.oracle.child import Environment
from kerascope.oracle.client import Oracle
from kerascope.oracle.store import Store
from kerascope.report.tables import final_models
from kerascope.text.source import Source
from oracle.asking import environment_with_keras_hub, real_oracle

NEW = "UnitNormalization", "Bidirectional", "Discretization"
"""Layers that the catalogue is made to forget, as if Keras had got them since."""


@pytest.fixture
def newer_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(name: str) -> object:
        return None if name in NEW else layer_spec(name)

    for module in (filled_layers, keras_layers):
        monkeypatch.setattr(module, "layer_spec", forgetful)


def filled(text: str, oracle: Oracle, facts: FilledFacts | None = None) -> Analysis:
    """An analysis with whatever real Keras tells."""
    known = FilledFacts() if facts is None else facts
    options = Options(keras=oracle.version)
    return analyse_filled(lambda: analyse(Source("program.py", text), options, facts=known), known, oracle)


def output_of(analysis: Analysis) -> object:
    assert analysis.interpretation is not None
    (tensor,) = analysis.interpretation.models[-1].graph.output_tensors
    assert isinstance(tensor, Tensor)
    return tensor.spec.shape


MODEL = """\
import keras
inputs = keras.Input((7, 5))
x = keras.layers.UnitNormalization(axis=-1)(inputs)
x = keras.layers.Bidirectional(keras.layers.LSTM(3))(x)
outputs = keras.layers.Dense(2)(x)
model = keras.Model(inputs, outputs)
"""


@pytest.mark.parametrize("major", (3, 2))
def test_an_unknown_layer_has_the_shape_and_the_weights_that_keras_gives_it(
    newer_keras: None, major: int
) -> None:
    oracle = real_oracle(major)
    analysis = filled(MODEL, oracle)
    assert output_of(analysis) == (None, 2)
    (table,) = final_models(analysis)
    rows = {row.class_name: (row.output_shape, row.params) for row in table.table.rows}
    assert rows["UnitNormalization"] == ((None, 7, 5), 0)
    assert rows["Bidirectional"] == ((None, 6), 2 * 4 * (5 + 3 + 1) * 3)
    assert table.table.total == 216 + 14


def test_without_anybody_to_ask_it_stays_unknown(newer_keras: None) -> None:
    plain = analyse(Source("program.py", MODEL), Options(keras="3"))
    assert output_of(plain) in (UNRANKED, (UNKNOWN, 2), (UNKNOWN, UNKNOWN))
    waiting = FilledFacts()
    missing = analyse_filled(
        lambda: analyse(Source("program.py", MODEL), Options(keras="3"), facts=waiting), waiting, "no Keras"
    )
    assert output_of(missing) in (UNRANKED, (UNKNOWN, 2), (UNKNOWN, UNKNOWN))
    assert waiting.waits_for(3)
    assert not waiting.waits_for(2)


def test_mistakes_after_an_unknown_layer_are_found(newer_keras: None) -> None:
    text = MODEL.replace("Dense(2)", "Conv2D(2, 3)")
    assert [
        finding.code for finding in analyse(Source("program.py", text), Options(keras="3")).findings
    ] == []
    assert [finding.code for finding in filled(text, real_oracle(3)).findings] == ["KS101"]


@pytest.mark.parametrize(
    "call",
    [
        "Discretization(bin_boundaries=something())(inputs)",
        "Discretization(**options)(inputs)",
        "UnitNormalization(axis=-1, unknown=1)(inputs)",
        "UnitNormalization()(something())",
        "TFSMLayer('folder')(inputs)",
        "NoSuchLayer(3)(inputs)",
    ],
)
def test_what_cannot_be_told_or_is_refused_is_not_claimed(newer_keras: None, call: str) -> None:
    text = f"import keras\ninputs = keras.Input((7,))\nmodel = keras.Model(inputs, keras.layers.{call})\n"
    analysis = filled(text, real_oracle(3))
    assert [finding.code for finding in analysis.findings if finding.severity.value == "error"] == []


def test_layers_of_keras_hub_come_from_keras_hub(tmp_path: Path) -> None:
    real_oracle(3)
    python = environment_with_keras_hub(tmp_path / "env")
    oracle = Oracle(Environment(python), real_oracle(3).version, Store(tmp_path / "store"))
    try:
        text = (
            "import keras, keras_hub\n"
            "inputs = keras.Input((5,))\n"
            "layer = keras_hub.layers.Doubling(3)\n"
            "model = keras.Model(inputs, keras.layers.Dense(2)(layer(inputs)))\n"
        )
        analysis = filled(text, oracle)
        assert output_of(analysis) == (None, 2)
        (table,) = final_models(analysis)
        assert [row.params for row in table.table.rows] == [0, 5, 32]
    finally:
        oracle.close()
