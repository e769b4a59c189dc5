"""What ``keras_hub`` does to texts and tokens before a model sees them.

Source: ``keras_hub/src/tokenizers`` and ``keras_hub/src/layers/preprocessing`` 0.32. These layers run in a pipeline of
``tf.data``, on tensors that have values; the tests ask them there.
"""

from __future__ import annotations

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    UNKNOWN_OUTCOME,
    Arguments,
    Case,
    Context,
    Inputs,
    LayerSpec,
    Outcome,
    int_of,
    truth,
)
from kerascope.layers.packages.composition import HUB, TOKENIZERS, package_layer


def _tokens(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """A row of ``sequence_length`` tokens for each text; without it each row has a length of its own."""
    length = int_of(arguments["sequence_length"])
    shape = inputs.shape if isinstance(inputs, TensorSpec) and inputs.dtype == "string" else UNRANKED
    dtype = arguments["dtype"]
    if shape is UNRANKED or len(shape) > 1 or dtype not in ("int32", "int64"):
        return UNKNOWN_OUTCOME
    if "split" in arguments.values and truth(arguments["split"]) is not True:
        return UNKNOWN_OUTCOME
    return Outcome(TensorSpec((*shape, length or UNKNOWN), dtype))


def _packed(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    length, masked = int_of(arguments["sequence_length"]), truth(arguments["return_padding_mask"])
    shape = inputs.shape if isinstance(inputs, TensorSpec) else UNRANKED
    if length is None or masked is None or shape is UNRANKED or not 1 <= len(shape) <= 2:
        return UNKNOWN_OUTCOME
    packed = TensorSpec((*shape[:-1], length), inputs.dtype)
    return Outcome((packed, TensorSpec(packed.shape, "bool")) if masked else packed)


def _masked(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    length = int_of(arguments["mask_selection_length"])
    shape = inputs.shape if isinstance(inputs, TensorSpec) else UNRANKED
    if shape is UNRANKED or not 1 <= len(shape) <= 2 or inputs.dtype not in ("int32", "int64"):
        return UNKNOWN_OUTCOME
    # Without a length the rows are as long as what was chosen of each.
    chosen = UNRANKED if length is None else (*shape[:-1], length)
    return Outcome(
        {
            "token_ids": TensorSpec(shape, inputs.dtype),
            "mask_positions": TensorSpec(chosen, "int64"),
            "mask_ids": TensorSpec(chosen, inputs.dtype),
            "mask_weights": TensorSpec(chosen, "" if arguments.get("dtype") is not None else "float32"),
        }
    )


_WORDS = ("[PAD]", "[UNK]", "the", "cat", "sat")


def _tokenizer(name: str, parameters: str, given: dict[str, object]) -> LayerSpec:
    texts = TensorSpec((3,), "string")
    return package_layer(
        name,
        TOKENIZERS,
        parameters,
        _tokens,
        (
            Case({**given, "sequence_length": 6}, texts, output=(3, 6), params=0),
            Case({**given, "sequence_length": 6}, TensorSpec((), "string"), output=(6,), params=0),
        ),
    )


LAYERS = (
    _tokenizer(
        "WordPieceTokenizer",
        "vocabulary=None, sequence_length=None, lowercase=False, strip_accents=False, split=True, "
        "split_on_cjk=True, suffix_indicator='##', oov_token='[UNK]', special_tokens=None, "
        "special_tokens_in_strings=False, dtype='int32'",
        {"vocabulary": _WORDS},
    ),
    _tokenizer(
        "ByteTokenizer",
        "lowercase=True, sequence_length=None, normalization_form=None, errors='replace', "
        "replacement_char=65533, dtype='int32'",
        {},
    ),
    _tokenizer(
        "UnicodeCodepointTokenizer",
        "sequence_length=None, lowercase=True, normalization_form=None, errors='replace', "
        "replacement_char=65533, input_encoding='UTF-8', output_encoding='UTF-8', vocabulary_size=None, "
        "dtype='int32'",
        {},
    ),
    package_layer(
        "StartEndPacker",
        HUB,
        "sequence_length, start_value=None, end_value=None, pad_value=None, return_padding_mask=False, "
        "name=None, padding_side='right'",
        _packed,
        (
            Case(
                {"sequence_length": 5, "start_value": 1}, TensorSpec((2, 9), "int32"), output=(2, 5), params=0
            ),
            Case({"sequence_length": 5, "end_value": 2}, TensorSpec((3,), "int32"), output=(5,), params=0),
            Case(
                {"sequence_length": 5, "return_padding_mask": True},
                TensorSpec((2, 3), "int32"),
                output=[(2, 5), (2, 5)],
                params=0,
            ),
        ),
    ),
    package_layer(
        "MaskedLMMaskGenerator",
        HUB,
        "vocabulary_size, mask_selection_rate, mask_token_id, mask_selection_length=None, "
        "unselectable_token_ids=[0], mask_token_rate=0.8, random_token_rate=0.1",
        _masked,
        (
            Case(
                {
                    "vocabulary_size": 10,
                    "mask_selection_rate": 0.3,
                    "mask_token_id": 1,
                    "mask_selection_length": 4,
                },
                TensorSpec((2, 8), "int32"),
                params=0,
            ),
        ),
    ),
)
