"""Models of ``keras_hub``, which was ``keras_nlp``, as layers of other models: what one call of them gives.

A preset's sizes stand in a file that it is made from, so that weights and shapes are open but for the scores of a
classifier. Source: ``keras_hub/src/models`` 0.32, ``text_classifier.py`` above all. It runs on Keras 3; of the releases
for Keras 2 nothing is stated.
"""

from __future__ import annotations

import functools
import re
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import UNKNOWN_OUTCOME, Arguments, Context, Inputs, LayerSpec, Outcome, int_of

MODELS: Final = "keras_hub.models"
FAMILIES: Final = (
    "Albert", "Bart", "Bert", "Bloom", "DebertaV3", "DistilBert", "ESM", "FNet", "GPT2", "GPTNeoX", "Gemma", "Llama",
    "Llama3", "Mistral", "OPT", "Phi3", "Qwen", "Qwen3", "Roberta", "RoformerV2", "T5", "Whisper", "XLMRoberta",
    "XLNet",
)  # fmt: skip
"""Models of texts."""

COUNTED: Final = ("Dropout", "Gelu", "GetItem", "Multiply", "NotEqual", "Pad", "Softmax")
"""Classes of Keras that get automatic names while such a model is made."""

_MODEL: Final = re.compile(
    rf"keras_(?:hub|nlp)\.models\.((?:{'|'.join(FAMILIES)})"
    r"(?:Backbone|(?:Text)?Classifier|MaskedLM|CausalLM|Seq2SeqLM))(?:\.from_preset)?"
)


def model_spec(symbol: str) -> LayerSpec | None:
    """What such a model does as a layer, by the name of what makes it; ``None`` for any other name."""
    found = _MODEL.fullmatch(symbol)
    return None if found is None else _spec(found[1])


@functools.cache
def _spec(name: str) -> LayerSpec:
    call = _scores if name.endswith("Classifier") else _hidden
    return LayerSpec(name, {3: "**kwargs"}, call, home=MODELS)


def _hidden(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    return UNKNOWN_OUTCOME


def _scores(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """A score per class for each text."""
    classes = int_of(arguments.get("num_classes"))
    if classes is None or context.major == 2:
        return UNKNOWN_OUTCOME
    return Outcome(TensorSpec((_batch(inputs), classes), ""), None)


def _batch(inputs: Any) -> Dim:
    """The size of a batch of rows of tokens."""
    leaves = tuple(inputs.values()) if isinstance(inputs, dict) else (inputs,)
    sizes = {
        leaf.shape[0]
        if isinstance(leaf, TensorSpec) and leaf.shape is not UNRANKED and leaf.shape
        else UNKNOWN
        for leaf in leaves
    }
    return sizes.pop() if len(sizes) == 1 else UNKNOWN
