"""Vocabularies: ``StringLookup``, ``IntegerLookup``, ``TextVectorization``.

Facts: keras/src/layers/preprocessing/{index_lookup,string_lookup,integer_lookup,text_vectorization}.py and the
modules of the same name in tf_keras/src/layers/preprocessing. How many words ``adapt`` finds is not known, so the
width of an encoding is known only for a vocabulary that is written down, or one that is padded to its greatest size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    Weight,
    bad_argument,
    int_of,
    plain,
    refuse,
    single_input,
    truth,
)
from kerascope.layers.categories import check_countable, check_sparse, encoded, encoding_type, mode_of

Token: TypeAlias = Any

_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")


_MOST_PLACES = 10_000
"""More places for unknown words than this are not written out one by one."""


def _special_tokens(arguments: Arguments, mode: str, text: bool) -> tuple[Token, ...] | None:
    """What stands before the words of a vocabulary: the mask, for whole numbers, and places for unknown words."""
    mask = "" if text else arguments["mask_token"]
    unknown = "[UNK]" if text else arguments["oov_token"]
    count = 1 if text else arguments["num_oov_indices"]
    if not plain(mask) or not plain(unknown) or not isinstance(count, int) or count > _MOST_PLACES:
        return None
    return (mask,) * (mask is not None and mode == "int") + (unknown,) * count


def _vocabulary_size(arguments: Arguments, mode: str, text: bool) -> Dim:
    """Number of words with the special tokens, which a vocabulary may already begin with.

    Refuses a vocabulary with a word twice, an empty one, and one greater than ``max_tokens``.
    """
    vocabulary = arguments["vocabulary"]
    special = _special_tokens(arguments, mode, text)
    if vocabulary == ():
        raise bad_argument("vocabulary", vocabulary, "must not be empty")
    if not isinstance(vocabulary, tuple) or special is None or not plain(vocabulary):
        return UNKNOWN
    if len({type(word) for word in vocabulary}) > 1 or not isinstance(vocabulary[0], str | int):
        return UNKNOWN
    words = vocabulary[len(special) :] if vocabulary[: len(special)] == special else vocabulary
    twice = next((word for index, word in enumerate(words) if word in words[:index]), None)
    if twice is not None:
        raise bad_argument("vocabulary", vocabulary, f"must not hold {twice!r} twice")
    mask = "" if text else arguments["mask_token"]
    if mask is not None and mask in words:
        raise bad_argument("vocabulary", vocabulary, f"must not hold the mask {mask!r} among its words")
    unknown = "[UNK]" if text else arguments["oov_token"]
    if not text and unknown is not None and truth(arguments["invert"]) and unknown in words:
        raise bad_argument("vocabulary", vocabulary, f"must not hold {unknown!r} among its words")
    weights = arguments["idf_weights"]
    if mode == "tf_idf" and isinstance(weights, tuple) and len(weights) != len(vocabulary):
        raise bad_argument(
            "idf_weights", weights, f"must have the length of the vocabulary, {len(vocabulary)}"
        )
    size = len(words) + len(special)
    most = arguments["max_tokens"]
    if isinstance(most, int) and size > most:
        raise bad_argument(
            "vocabulary", vocabulary, f"must have at most max_tokens={most} words, it has {size}"
        )
    return size


def vocabulary_of(arguments: Arguments) -> tuple[Token, ...] | None:
    """What ``get_vocabulary`` of a ``StringLookup`` or ``IntegerLookup`` with a written vocabulary returns.

    ``None`` where it is not known. Source: ``get_vocabulary`` and ``vocabulary_size`` of
    ``layers/preprocessing/index_lookup.py`` of both versions, which agree.
    """
    mode = mode_of(arguments, _MODES)
    vocabulary = arguments["vocabulary"]
    if mode is None or not isinstance(vocabulary, tuple):
        return None
    special = _special_tokens(arguments, mode, text=False)
    size = _vocabulary_size(arguments, mode, text=False)
    if special is None or not isinstance(size, int):
        return None
    return (*special, *vocabulary[len(vocabulary) - (size - len(special)) :])


def _check_sizes(arguments: Arguments) -> None:
    most = arguments["max_tokens"]
    if isinstance(most, str | tuple) or (isinstance(most, int | float) and most <= 1):
        raise bad_argument("max_tokens", most, "must be greater than 1")
    if most is None and truth(arguments["pad_to_max_tokens"]):
        raise bad_argument("max_tokens", None, "must be given together with `pad_to_max_tokens`")


def _check_vocabulary(arguments: Arguments, mode: str | None, text: bool) -> None:
    idf = arguments["idf_weights"]
    if mode not in (None, "tf_idf") and idf is not None and plain(idf):
        raise bad_argument("idf_weights", idf, 'must be given only where `output_mode` is "tf_idf"')
    vocabulary = arguments["vocabulary"]
    if vocabulary is None or mode is None:
        return
    if mode == "tf_idf" and idf is None and plain(vocabulary):
        raise bad_argument("idf_weights", None, "must be given with the vocabulary")
    _vocabulary_size(arguments, mode, text)


def _check_lookup(arguments: Arguments, context: Context) -> None:
    _check_sizes(arguments)
    count = arguments["num_oov_indices"]
    if count is None or isinstance(count, str | tuple) or (isinstance(count, int | float) and count < 0):
        raise bad_argument("num_oov_indices", count, "must be a non-negative integer")
    mode = mode_of(arguments, _MODES)
    check_sparse(arguments)
    if truth(arguments["invert"]) and mode not in (None, "int"):
        raise bad_argument("invert", arguments["invert"], 'goes only together with output_mode="int"')
    _check_vocabulary(arguments, mode, text=False)


def _depth(arguments: Arguments, mode: str, text: bool) -> Dim:
    """How many categories there are."""
    padded = truth(arguments["pad_to_max_tokens"])
    if padded is None:
        return UNKNOWN
    if padded:
        return UNKNOWN if int_of(arguments["max_tokens"]) is None else int(arguments["max_tokens"])
    if arguments["vocabulary"] is None or arguments.get("vocabulary_size") is not None:
        return UNKNOWN
    return _vocabulary_size(arguments, mode, text)


def _frequencies(arguments: Arguments, mode: str | None, context: Context) -> tuple[Weight, ...] | None:
    """Keras 2 keeps the weights of words as a variable, and counts documents in another while it adapts."""
    if context.major == 3 or mode not in (None, "tf_idf"):
        return ()
    vocabulary = arguments["vocabulary"]
    if mode is None or not (vocabulary is None or isinstance(vocabulary, tuple | str)):
        return None
    words = Weight((0,), trainable=False)
    return (words, Weight((), trainable=False)) if vocabulary is None else (words,)


def _output_type(arguments: Arguments, mode: str, context: Context, strings: bool) -> str:
    """Keras 3 disregards ``dtype``, and gives words back on data alone; Keras 2 gives them where it inverts."""
    if context.major == 3 and context.on_data:
        inverted = truth(arguments["invert"])
        if mode == "tf_idf" or inverted is None:
            return "float32" if inverted is False else ""
        return "string" if inverted and strings else "int64"
    if context.major == 3:
        return "int64" if mode == "int" else "float32"
    inverted = truth(arguments["invert"])
    if inverted is None or (inverted and arguments.get("dtype") not in (None, "int64", "string")):
        return ""
    return "string" if inverted and strings else encoding_type(arguments, context)


def _lookup(arguments: Arguments, inputs: Inputs, context: Context, *, strings: bool) -> Outcome:
    spec, mode = single_input(inputs), mode_of(arguments, _MODES)
    weights = _frequencies(arguments, mode, context)
    if mode is None:
        return Outcome(TensorSpec(UNRANKED, ""), weights)
    dtype = _output_type(arguments, mode, context, strings)
    if context.major == 2 and truth(arguments["sparse"]) is not False:
        return Outcome(TensorSpec(UNRANKED, dtype), weights)
    check_countable(mode, dtype, context)
    output = encoded(spec.shape, mode, _depth(arguments, mode, text=False), context)
    return Outcome(TensorSpec(output, dtype), weights)


# --- TextVectorization --------------------------------------------------------------------------------------


def _check_choice(arguments: Arguments, name: str, allowed: Sequence[str]) -> None:
    value = arguments[name]
    if plain(value) and value is not None and value not in allowed:
        raise bad_argument(name, value, f"must be one of {', '.join(allowed)}, a function or None")


def _text_mode(arguments: Arguments, context: Context) -> str | None:
    """Keras 2 gives no one-hot codes of texts; with ``None`` it gives the words themselves."""
    if context.major == 2 and arguments["output_mode"] is None:
        return None
    return mode_of(arguments, _MODES if context.major == 3 else tuple(m for m in _MODES if m != "one_hot"))


def _check_text(arguments: Arguments, context: Context) -> None:
    _check_sizes(arguments)
    _check_choice(arguments, "standardize", ("lower_and_strip_punctuation", "lower", "strip_punctuation"))
    _check_choice(arguments, "split", ("whitespace", "character"))
    mode, length = _text_mode(arguments, context), arguments["output_sequence_length"]
    check_sparse(arguments)
    ngrams = arguments["ngrams"]
    if isinstance(ngrams, str | float):
        raise bad_argument("ngrams", ngrams, "must be an integer or a tuple of integers")
    if mode == "int" and isinstance(length, str | float | tuple):
        raise bad_argument("output_sequence_length", length, "must be an integer")
    if mode not in (None, "int") and length is not None and plain(length):
        raise bad_argument("output_sequence_length", length, 'goes only together with output_mode="int"')
    if mode not in (None, "int") and truth(arguments["ragged"]):
        raise bad_argument("ragged", arguments["ragged"], 'goes only together with output_mode="int"')
    _check_vocabulary(arguments, mode, text=True)


def _text(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec, mode = single_input(inputs), _text_mode(arguments, context)
    weights = _frequencies(arguments, mode, context)
    if mode is None:
        return Outcome(TensorSpec(UNRANKED, ""), weights if arguments["output_mode"] is not None else ())
    counted = "int64" if context.on_data and context.major == 3 else "float32"
    dtype = "int64" if mode == "int" else "float32" if mode == "tf_idf" else counted
    length: Dim = arguments["output_sequence_length"]
    if length is not None and int_of(length) is None:
        length = UNKNOWN
    depth = UNKNOWN if mode == "int" else _depth(arguments, mode, text=True)
    tokens = _tokens_2 if context.major == 2 else _tokens_of_data if context.on_data else _tokens_3
    shape = tokens(arguments, spec.shape, mode, length, depth, context)
    return Outcome(TensorSpec(shape, dtype), weights)


def _tokens_3(
    arguments: Arguments, shape: Shape, mode: str, length: Dim, depth: Dim, context: Context
) -> Shape:
    """Keras 3 gives the batch and the words whatever the input; encodings stand for the words of each text."""
    if shape is UNRANKED or not shape:
        return UNRANKED
    if mode == "int":
        return (shape[0], length)
    split = arguments["split"]
    if not (split is None or plain(split)):
        return UNRANKED
    if split is None:
        return encoded(shape if len(shape) > 1 else (*shape, 1), mode, depth, context)
    return encoded((*shape, None), mode, depth, context)


def _tokens_of_data(
    arguments: Arguments, shape: Shape, mode: str, length: Dim, depth: Dim, context: Context
) -> Shape:
    """What ``call`` of Keras 3 gives: each text is split where it stands, a text by itself into one row of words."""
    split = arguments["split"]
    if shape is UNRANKED or not (split is None or plain(split)):
        return UNRANKED
    if truth(arguments["ragged"]) is not False or truth(arguments["sparse"]) is not False:
        return UNRANKED
    if split is None:
        return _words_of_data(arguments, shape, mode, length, depth, context)
    if len(shape) > 1:
        _check_one_text(shape)
        if shape[-1] is UNKNOWN:
            return UNRANKED
        shape = shape[:-1]
    if not shape:
        return (length,) if mode == "int" else encoded((None,), mode, depth, context)
    if len(shape) == 1:
        # Words come as a ragged tensor that forgets the size of the batch, characters as one that does not.
        shape = (None if split == "whitespace" else shape[0] if split == "character" else UNKNOWN,)
    if mode == "int":
        return (*shape, length)
    return UNRANKED if mode == "one_hot" or len(shape) > 1 else (*shape, depth)


def _words_of_data(
    arguments: Arguments, shape: Shape, mode: str, length: Dim, depth: Dim, context: Context
) -> Shape:
    """Words that are not split any more: ``output_sequence_length`` cuts and fills their last axis."""
    if shape is UNRANKED or arguments["ngrams"] is not None:
        return UNRANKED
    if mode != "int":
        return encoded(shape, mode, depth, context)
    if length is None:
        return shape
    return (*shape[:-1], length) if shape else UNRANKED


def _check_one_text(shape: tuple[Dim, ...]) -> None:
    """A text per sample, with or without an axis of size one."""
    if shape[-1] not in (1, UNKNOWN):
        raise refuse(
            FaultKind.RANK,
            f"TextVectorization takes one text per sample, shape (None,) or (None, 1), received {shape}",
            expected=1,
            received=len(shape),
            shape=shape,
        )


def _tokens_2(
    arguments: Arguments, shape: Shape, mode: str, length: Dim, depth: Dim, context: Context
) -> Shape:
    """Keras 2 splits texts, one per sample."""
    split = arguments["split"]
    if shape is UNRANKED or truth(arguments["ragged"]) is not False or not (split is None or plain(split)):
        return UNRANKED
    if truth(arguments["sparse"]) is not False:
        return UNRANKED
    if split is not None and len(shape) > 1 and shape[-1] != 1:
        _check_one_text(shape)
        return UNRANKED
    if not shape and split in ("whitespace", "character"):
        # A text by itself makes one row, and TensorFlow forgets how long the words were cut to.
        return (None,) if mode == "int" else UNRANKED if mode == "one_hot" else (depth,)
    if len(shape) > 2 or not shape:
        return UNRANKED
    if split is not None:
        # Words come as a ragged tensor that forgets the size of the batch, characters as one that does not.
        batch = {"whitespace": None, "character": shape[0]}.get(split, UNKNOWN)
        return (batch, length if mode == "int" else depth)
    if mode == "int" and length is None and arguments["ngrams"] is None:
        return shape
    if mode == "int" or arguments["ngrams"] is not None:
        return UNRANKED
    return encoded(shape, mode, depth, context)


_STRING_HEAD = "max_tokens=None, num_oov_indices=1, mask_token=None, oov_token='[UNK]', vocabulary=None, "
_INTEGER_HEAD = (
    "max_tokens=None, num_oov_indices=1, mask_token=None, oov_token=-1, vocabulary=None, "
    "vocabulary_dtype='int64', idf_weights=None, invert=False, output_mode='int', sparse=False, "
    "pad_to_max_tokens=False, "
)
_TEXT = (
    "max_tokens=None, standardize='lower_and_strip_punctuation', split='whitespace', ngrams=None, "
    "output_mode='int', output_sequence_length=None, pad_to_max_tokens=False, vocabulary=None, "
    "idf_weights=None, sparse=False, ragged=False, encoding='utf-8', "
)
_HIDDEN = "*, vocabulary_size=None, has_input_vocabulary=None, **kwargs"
_WORDS = ("cat", "dog", "emu")


def _strings(*shape: int | None) -> TensorSpec:
    return TensorSpec(shape, "string")


def _integers(*shape: int | None) -> TensorSpec:
    return TensorSpec(shape, "int64")


LAYERS = (
    LayerSpec(
        name="StringLookup",
        parameters={
            3: _STRING_HEAD + "idf_weights=None, invert=False, output_mode='int', pad_to_max_tokens=False, "
            f"sparse=False, encoding='utf-8', name=None, salt=None, {_HIDDEN}",
            2: _STRING_HEAD + "idf_weights=None, encoding='utf-8', invert=False, output_mode='int', "
            f"sparse=False, pad_to_max_tokens=False, {_HIDDEN}",
        },
        check=_check_lookup,
        call=lambda arguments, inputs, context: _lookup(arguments, inputs, context, strings=True),
        cases=(
            Case({"vocabulary": _WORDS}, _strings(None, 4), output=(None, 4), params=0),
            Case({}, _strings(None, 4), output=(None, 4), params=0),
            Case(
                {"vocabulary": _WORDS, "output_mode": "one_hot"},
                _strings(None, 1),
                output=(None, 4),
                params=0,
            ),
            Case(
                {"vocabulary": _WORDS, "output_mode": "multi_hot", "num_oov_indices": 2},
                _strings(None, 7),
                output=(None, 5),
                params=0,
            ),
            Case(
                {"output_mode": "multi_hot", "max_tokens": 100, "pad_to_max_tokens": True},
                _strings(None, 7),
                output=(None, 100),
                params=0,
            ),
            Case({"vocabulary": ("cat", "cat")}, _strings(None, 1), raises=FaultKind.ARGUMENT),
            Case({"max_tokens": 1}, _strings(None, 1), raises=FaultKind.ARGUMENT),
            Case({"output_mode": "onehot"}, _strings(None, 1), raises=FaultKind.ARGUMENT),
            Case(
                {"vocabulary": _WORDS, "output_mode": "one_hot"},
                _strings(None, 3),
                raises=FaultKind.RANK,
                majors=(2,),
            ),
        ),
    ),
    LayerSpec(
        name="IntegerLookup",
        parameters={
            3: f"{_INTEGER_HEAD}oov_method='floormod', salt=None, name=None, {_HIDDEN}",
            2: f"{_INTEGER_HEAD}{_HIDDEN}",
        },
        check=_check_lookup,
        call=lambda arguments, inputs, context: _lookup(arguments, inputs, context, strings=False),
        cases=(
            Case({"vocabulary": (3, 5, 8)}, _integers(None, 4), output=(None, 4), params=0),
            Case(
                {"vocabulary": (-1, 3, 5, 8), "output_mode": "one_hot"},
                _integers(None, 1),
                output=(None, 4),
                params=0,
            ),
            Case({"num_oov_indices": -1}, _integers(None, 1), raises=FaultKind.ARGUMENT),
        ),
    ),
    LayerSpec(
        name="TextVectorization",
        parameters={3: f"{_TEXT}name=None, {_HIDDEN}", 2: f"{_TEXT}{_HIDDEN}"},
        check=_check_text,
        call=_text,
        cases=(
            Case({"max_tokens": 1000}, _strings(None, 1), output=(None, None), params=0),
            Case(
                {"max_tokens": 1000, "output_sequence_length": 50},
                _strings(None, 1),
                output=(None, 50),
                params=0,
            ),
            Case({"vocabulary": _WORDS, "output_mode": "count"}, _strings(None), output=(None, 4), params=0),
            Case(
                {"output_mode": "multi_hot", "output_sequence_length": 50},
                _strings(None, 1),
                raises=FaultKind.ARGUMENT,
            ),
            Case({"standardize": "upper"}, _strings(None, 1), raises=FaultKind.ARGUMENT),
            Case({}, _strings(None, 3), raises=FaultKind.RANK, majors=(2,)),
        ),
    ),
)
