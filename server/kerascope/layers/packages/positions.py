"""Embeddings of words and of their places, of ``keras_hub``.

Source: ``keras_hub/src/layers/modeling`` 0.32; ``keras_nlp`` 0.14 has the same on Keras 2.
"""

from __future__ import annotations

from kerascope.domain.shapes import UNRANKED
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
    single_input,
    truth,
)
from kerascope.layers.packages.composition import HUB, package_layer, sequence


def _fits(steps: object, most: int) -> bool:
    """Whether a table of places has one for each step; more steps raise."""
    return steps is None or (isinstance(steps, int) and steps <= most)


def _tokens_and_places(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    words, most, features = (
        int_of(arguments[name]) for name in ("vocabulary_size", "sequence_length", "embedding_dim")
    )
    shape, tied = single_input(inputs).shape, truth(arguments["tie_weights"])
    if words is None or most is None or features is None or tied is None:
        return UNKNOWN_OUTCOME
    if shape is UNRANKED or len(shape) != 2 or not _fits(shape[-1], most):
        return UNKNOWN_OUTCOME
    weights = [Weight((words, features)), Weight((most, features))]
    if not tied:
        weights.append(Weight((features, words)))
    return Outcome(TensorSpec((*shape, features), compute_dtype(arguments)), tuple(weights))


def _places(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    most = int_of(arguments["sequence_length"])
    shape = sequence(inputs)
    if most is None or shape is UNRANKED or not _fits(shape[1], most):
        return UNKNOWN_OUTCOME
    return Outcome(TensorSpec(shape, compute_dtype(arguments)), (Weight((most, shape[-1])),))


def _waves(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    shape = sequence(inputs)
    return UNKNOWN_OUTCOME if shape is UNRANKED else Outcome(TensorSpec(shape, compute_dtype(arguments)))


LAYERS = (
    package_layer(
        "TokenAndPositionEmbedding",
        HUB,
        "vocabulary_size, sequence_length, embedding_dim, tie_weights=True, embeddings_initializer='uniform', "
        "mask_zero=False",
        _tokens_and_places,
        (
            Case(
                {"vocabulary_size": 30, "sequence_length": 10, "embedding_dim": 4},
                TensorSpec((None, None), "int32"),
                output=(None, None, 4),
                params=160,
            ),
            Case(
                {"vocabulary_size": 30, "sequence_length": 10, "embedding_dim": 4, "tie_weights": False},
                TensorSpec((None, 7), "int32"),
                output=(None, 7, 4),
                params=280,
            ),
        ),
        steady=("start_index",),
    ),
    package_layer(
        "PositionEmbedding",
        HUB,
        "sequence_length, initializer='glorot_uniform'",
        _places,
        (Case({"sequence_length": 10}, (None, 7, 4), output=(None, 7, 4), params=40),),
        steady=("start_index",),
    ),
    package_layer(
        "SinePositionEncoding",
        HUB,
        "max_wavelength=10000",
        _waves,
        (Case({}, (None, 7, 4), output=(None, 7, 4), params=0),),
        steady=("start_index",),
    ),
)
