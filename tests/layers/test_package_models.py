"""Models of ``keras_hub`` as layers of other models, held against the package where it is installed."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from kerascope.domain.shapes import UNKNOWN
from kerascope.engine.analysis import Analysis, analyse
from kerascope.engine.options import Options
from kerascope.graph.nodes import Layer, Tensor
from kerascope.interp.interpreter import MAIN_FRAME
from kerascope.layers.packages.models import FAMILIES, model_spec
from kerascope.text.source import Source

SIZES = {
    "vocabulary_size": 30, "num_layers": 1, "num_heads": 2, "hidden_dim": 8, "intermediate_dim": 8,
    "max_sequence_length": 12, "embedding_dim": 4, "bucket_size": 4, "num_query_heads": 2, "num_key_value_heads": 1,
    "head_dim": 4, "head_size": 4,
}  # fmt: skip
CLASSIFIERS = ("Albert", "Bert", "DebertaV3", "DistilBert", "FNet", "Roberta", "RoformerV2", "XLMRoberta")
LAYERS = (
    "Activation('relu')", "Add()", "Dense(2)", "Dropout(0.1)", "EinsumDense('ab,bc->ac', 3)", "Embedding(3, 4)",
    "GlobalAveragePooling1D()", "Lambda(abs)", "LayerNormalization()", "Multiply()", "MultiHeadAttention(1, 2)",
    "ReLU()", "Reshape((1,))", "Softmax()",
)  # fmt: skip


def sizes(hub: Any, family: str) -> dict[str, int]:
    """Arguments of a small model."""
    parameters = inspect.signature(getattr(hub.models, f"{family}Backbone").__init__).parameters
    return {name: size for name, size in SIZES.items() if name in parameters}


def backbone(hub: Any, family: str) -> str:
    """An expression that makes one."""
    given = ", ".join(f"{name}={size}" for name, size in sizes(hub, family).items())
    return f"keras_hub.models.{family}Backbone({given})"


def run(program: str) -> tuple[dict[str, Any], Analysis]:
    """What a program binds, and what we say of it."""
    keras = pytest.importorskip("keras")
    keras.utils.clear_session()
    names: dict[str, Any] = {}
    exec(program, names)
    return names, analyse(Source("models.py", program), Options(keras="3"))


def said(analysis: Analysis, name: str) -> Any:
    assert analysis.interpretation is not None
    machine = analysis.interpretation._machine
    binding = machine.state.names(MAIN_FRAME).get(name)
    assert binding is not None
    return machine.thing(binding.value) or binding.value


@pytest.mark.parametrize("kind", ["Classifier", "TextClassifier"])
@pytest.mark.parametrize("family", CLASSIFIERS)
def test_a_classifier_gives_a_score_per_class(family: str, kind: str) -> None:
    hub = pytest.importorskip("keras_hub")
    if not hasattr(hub.models, family + kind):
        pytest.skip("this family has no older name")
    inputs = list(getattr(hub.models, f"{family}Backbone")(**sizes(hub, family)).input)
    program = (
        "import keras\nimport keras_hub\n"
        f"made = keras_hub.models.{family}{kind}({backbone(hub, family)}, num_classes=3)\n"
        f"tokens = {{name: keras.Input((7,), dtype='int32', name=name) for name in {inputs!r}}}\n"
        "scores = made(tokens)\nagain = made(tokens)\nboth = keras.layers.Add()([scores, again])\n"
        "model = keras.Model(tokens, both)\n"
    )
    real, analysis = run(program)
    scores = said(analysis, "scores")
    assert isinstance(scores, Tensor)
    assert scores.spec.shape == tuple(real["scores"].shape) == (None, 3)
    assert not analysis.findings
    model = said(analysis, "model")
    assert model.complete
    classes = [type(layer).__name__ for layer in real["model"].layers if "Input" not in type(layer).__name__]
    assert classes == [f"{family}TextClassifier", "Add"]


@pytest.mark.parametrize("kind", ["Backbone", "TextClassifier", "MaskedLM", "CausalLM", "Seq2SeqLM"])
@pytest.mark.parametrize("family", FAMILIES)
def test_names_that_come_after_a_model_are_not_stated_wrongly(family: str, kind: str) -> None:
    hub = pytest.importorskip("keras_hub")
    if not hasattr(hub.models, family + kind):
        pytest.skip("the package has no such model")
    made = "".join(f"layer_{n} = keras.layers.{layer}\n" for n, layer in enumerate(LAYERS))
    model = backbone(hub, family)
    if kind != "Backbone":
        classes = ", num_classes=3" if kind == "TextClassifier" else ""
        model = f"keras_hub.models.{family}{kind}(backbone={model}, preprocessor=None{classes})"
    real, analysis = run(f"import keras\nimport keras_hub\nmodel = {model}\n{made}")
    assert isinstance(said(analysis, "model"), Layer)
    for n, layer in enumerate(LAYERS):
        stated = said(analysis, f"layer_{n}").name
        assert stated is UNKNOWN or stated == real[f"layer_{n}"].name, layer


def test_what_a_model_gives_may_be_several_tensors() -> None:
    program = (
        "import keras\nimport keras_nlp\nmade = keras_nlp.models.BertBackbone.from_preset('bert_tiny_en_uncased')\n"
        "x = keras.Input((7,), dtype='int32')\nout = made({'token_ids': x})\n"
        "whole = out['sequence_output']\nfirst = whole[:, 0, :]\npooled = out['pooled_output']\n"
        "model = keras.Model(x, keras.layers.Dense(2)(pooled))\nshape = made.output_shape\n"
        "frozen = isinstance(made, keras.Model)\n"
    )
    analysis = analyse(Source("models.py", program), Options(keras="3"))
    assert not analysis.findings
    assert said(analysis, "model").complete
    assert said(analysis, "whole") is said(analysis, "out")
    assert said(analysis, "first") is not said(analysis, "whole")
    assert said(analysis, "shape") is UNKNOWN
    assert said(analysis, "frozen") is UNKNOWN


def test_what_is_no_model_of_a_known_family_is_left_alone() -> None:
    for name in ("BertTokenizer", "BertPreprocessor", "Backbone", "TextClassifier", "ViTBackbone"):
        assert model_spec(f"keras_hub.models.{name}") is None
        assert model_spec(f"keras_hub.models.{name}.from_preset") is None
    assert model_spec("keras_hub.models.BertBackbone.presets") is None
    assert model_spec("keras_nlp.models.BertBackbone") is model_spec(
        "keras_hub.models.BertBackbone.from_preset"
    )
