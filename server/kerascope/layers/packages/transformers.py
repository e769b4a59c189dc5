"""Encoders and decoders of ``keras_hub``.

Source: ``keras_hub/src/layers/modeling`` 0.32; ``keras_nlp`` 0.14 has the same on Keras 2.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNRANKED, Ranked
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    UNKNOWN_OUTCOME,
    Arguments,
    Case,
    Context,
    Inputs,
    Outcome,
    Weight,
    compute_dtype,
    int_of,
)
from kerascope.layers.packages.composition import HUB, package_layer, parts, sequence


def _feed_forward(
    arguments: Arguments, features: TensorSpec, shape: Ranked
) -> list[tuple[str, dict[str, Any], Inputs]]:
    """The two ``Dense`` layers of a block, and the normalization beside them."""
    units = int_of(arguments["intermediate_dim"])
    return [
        ("Dense", {"units": units, "activation": arguments["activation"]}, features),
        ("Dense", {"units": shape[-1]}, TensorSpec((*shape[:-1], units), features.dtype)),
        ("LayerNormalization", {}, features),
    ]


def _attention(arguments: Arguments, shape: Ranked) -> dict[str, Any] | None:
    """Arguments of the attention within a block; ``None`` where the heads are too many or not known."""
    heads = int_of(arguments["num_heads"])
    features = shape[-1]
    if heads is None or heads <= 0 or not isinstance(features, int) or features < heads:
        return None
    return {"num_heads": heads, "key_dim": features // heads}


def _known(arguments: Arguments) -> bool:
    return int_of(arguments["intermediate_dim"]) is not None


def _encoder(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    shape = sequence(inputs)
    attention = None if shape is UNRANKED else _attention(arguments, shape)
    if shape is UNRANKED or attention is None or not _known(arguments):
        return UNKNOWN_OUTCOME
    features = TensorSpec(shape, compute_dtype(arguments))
    weights = parts(
        context,
        ("MultiHeadAttention", attention, (features, features)),
        ("LayerNormalization", {}, features),
        *_feed_forward(arguments, features, shape),
    )
    return UNKNOWN_OUTCOME if weights is None else Outcome(features, weights)


def _decoder(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    given = inputs if isinstance(inputs, tuple) else (inputs,)
    shapes = [sequence(item) for item in given]
    shape = shapes[0] if shapes else UNRANKED
    attention = None if shape is UNRANKED else _attention(arguments, shape)
    if shape is UNRANKED or UNRANKED in shapes or attention is None or not _known(arguments):
        return UNKNOWN_OUTCOME
    features = TensorSpec(shape, compute_dtype(arguments))
    described: list[tuple[str, dict[str, Any], Inputs]] = [
        ("MultiHeadAttention", attention, (features, features)),
        ("LayerNormalization", {}, features),
        *_feed_forward(arguments, features, shape),
    ]
    if len(shapes) == 2:
        encoded = TensorSpec(shapes[1], features.dtype)
        described += [
            ("MultiHeadAttention", {**attention, "value_dim": attention["key_dim"]}, (features, encoded)),
            ("LayerNormalization", {}, features),
        ]
    weights = parts(context, *described) if len(shapes) <= 2 else None
    if weights is None:
        return UNKNOWN_OUTCOME
    # With an early release on Keras 2 keras.io printed 919,296 weights more (neural_machine_translation_with_keras_nlp,
    # 2023-05) than 0.14 makes, so that the number is not known there.
    return Outcome(features, None if len(shapes) == 2 and context.major == 2 else weights)


def _f_net(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    shape = sequence(inputs)
    if shape is UNRANKED or not _known(arguments):
        return UNKNOWN_OUTCOME
    features = TensorSpec(shape, compute_dtype(arguments))
    weights = parts(context, ("LayerNormalization", {}, features), *_feed_forward(arguments, features, shape))
    return UNKNOWN_OUTCOME if weights is None else Outcome(features, weights)


def _masked_words(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """``MaskedLMHead``: a score for each word at each of the masked positions."""
    words = int_of(arguments["vocabulary_size"])
    if not (isinstance(inputs, tuple) and len(inputs) == 2) or words is None:
        return UNKNOWN_OUTCOME
    shape, positions = sequence(inputs[0]), inputs[1]
    if shape is UNRANKED or not isinstance(positions, TensorSpec) or positions.shape is UNRANKED:
        return UNKNOWN_OUTCOME
    if len(positions.shape) != 2 or arguments["token_embedding"] is not None:
        return UNKNOWN_OUTCOME
    dtype = compute_dtype(arguments)
    gathered = TensorSpec((*positions.shape, shape[-1]), dtype)
    weights = parts(
        context,
        ("Dense", {"units": shape[-1], "activation": arguments["intermediate_activation"]}, gathered),
        ("LayerNormalization", {}, gathered),
    )
    if weights is None:
        return UNKNOWN_OUTCOME
    own = (Weight((shape[-1], words)), Weight((words,)))
    return Outcome(TensorSpec((*positions.shape, words), dtype), (*weights, *own))


_BLOCK = (
    "intermediate_dim, num_heads, dropout=0, activation='relu', layer_norm_epsilon=1e-05, "
    "kernel_initializer='glorot_uniform', bias_initializer='zeros', normalize_first=False"
)
_SMALL = {"intermediate_dim": 8, "num_heads": 2}

LAYERS = (
    package_layer(
        "TransformerEncoder",
        HUB,
        _BLOCK,
        _encoder,
        (
            Case(
                {"intermediate_dim": 16, "num_heads": 2}, (None, None, 8), output=(None, None, 8), params=600
            ),
            Case(_SMALL, (None, 5, 7), output=(None, 5, 7)),
        ),
        steady=("padding_mask", "attention_mask"),
    ),
    package_layer(
        "TransformerDecoder",
        HUB,
        _BLOCK,
        _decoder,
        (
            Case(_SMALL, [(None, 5, 8)], output=(None, 5, 8)),
            Case(_SMALL, [(None, 5, 8), (None, 4, 6)], output=(None, 5, 8)),
        ),
        tensors=("decoder_sequence", "encoder_sequence"),
        steady=(
            "decoder_padding_mask",
            "decoder_attention_mask",
            "encoder_padding_mask",
            "encoder_attention_mask",
            "use_causal_mask",
        ),
    ),
    package_layer(
        "FNetEncoder",
        HUB,
        "intermediate_dim, dropout=0, activation='relu', layer_norm_epsilon=1e-05, "
        "kernel_initializer='glorot_uniform', bias_initializer='zeros'",
        _f_net,
        (Case({"intermediate_dim": 16}, (None, None, 8), output=(None, None, 8), params=312),),
    ),
    package_layer(
        "MaskedLMHead",
        HUB,
        "vocabulary_size=None, token_embedding=None, intermediate_activation='relu', activation=None, "
        "layer_norm_epsilon=1e-05, kernel_initializer='glorot_uniform', bias_initializer='zeros'",
        _masked_words,
        (
            Case(
                {"vocabulary_size": 20},
                [(None, 9, 8), TensorSpec((None, 3), "int32")],
                output=(None, 3, 20),
                params=268,
            ),
        ),
        tensors=("inputs", "mask_positions"),
    ),
)
