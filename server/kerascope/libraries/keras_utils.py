"""``keras.utils`` for data: labels to one-hot rows, normalizing, padding of sequences.

Sources: numerical_utils.py and sequence_utils.py in keras/src/utils for Keras 3, np_utils.py and
data_utils.py in tf_keras/src/utils for Keras 2. Where the two differ, only what holds for both is stated.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri
from kerascope.domain.specs import UNKNOWN_ARRAY, ArraySpec, ValueFacts
from kerascope.libraries.base import (
    INTEGER_LIMITS,
    CallArguments,
    LibraryFunction,
    as_array_like,
    axis_index,
    bounds,
    cast,
    dim_argument,
    dtype_name,
    entry,
    holds_elements,
    make_facts,
)


def _labels(args: CallArguments) -> Any:
    """The first argument, which is ``x`` in Keras 3 and ``y`` in Keras 2."""
    given = args.get(None, "y", UNKNOWN)
    return args.get(0, "x", given)


def _to_categorical(args: CallArguments) -> Any:
    ids = as_array_like(_labels(args))
    classes: Dim = dim_argument(args.get(1, "num_classes"))
    if not isinstance(classes, int):
        given = args.get(1, "num_classes")
        classes = _largest(ids) if given is None else UNKNOWN
    elif classes == 0:
        classes = _largest(ids)
    # Keras 2 makes float32 or what `dtype` says, Keras 3 float64.
    given_dtype = args.get(2, "dtype")
    dtype = "" if given_dtype is None else dtype_name(given_dtype)
    facts = make_facts(dtype, 0, 1, Tri.YES, Tri.YES)
    shape = _class_rows(ids.shape, classes)
    if isinstance(classes, int) and classes > 1 and holds_elements(shape):
        # A row has a one, and zeros beside it.
        facts = replace(facts, attained=Tri.YES)
    return ArraySpec(shape, dtype, facts, ids.source)


def _class_rows(shape: Shape, classes: Dim) -> Shape:
    """Shape of one row per label; a last axis of size 1 goes."""
    if shape is UNRANKED:
        return UNRANKED
    if len(shape) > 1 and shape[-1] == 1:
        return (*shape[:-1], classes)
    if len(shape) > 1 and not isinstance(shape[-1], int):
        return UNRANKED
    return (*shape, classes)


def _largest(ids: ArraySpec) -> Dim:
    """One more than the largest label, where that is certain: a bound need not be reached."""
    facts = ids.facts
    reached = facts.attained is Tri.YES or facts.lo == facts.hi
    return int(facts.hi) + 1 if facts.hi is not None and reached else UNKNOWN


def _normalize(args: CallArguments) -> Any:
    given = args.get(0, "x", UNKNOWN)
    if not isinstance(given, ArraySpec):
        return UNKNOWN
    array = given
    dtype = (
        array.dtype if array.dtype.startswith("float") else "float64" if array.dtype in INTEGER_LIMITS else ""
    )
    lo, hi = bounds(array)
    facts = make_facts(dtype, 0 if lo is not None and lo >= 0 and hi is not None else None)
    result = ArraySpec(UNRANKED, dtype, facts, array.source)
    if array.shape is UNRANKED or not array.shape:
        return result
    if len(array.shape) == 1:
        # The norm becomes a matrix of one element, by which a vector is divided.
        return result.with_shape((1, *array.shape))
    position = axis_index(args.get(1, "axis", -1), len(array.shape))
    # Keras 3 takes an axis 0 for the last one when it divides.
    return result if position in (None, 0) else result.with_shape(array.shape)


def _pad_sequences(args: CallArguments) -> Any:
    sequences = args.get(0, "sequences", UNKNOWN)
    dtype = dtype_name(args.get(2, "dtype"), "int32")
    length = dim_argument(args.get(1, "maxlen"))
    size: Dim = UNKNOWN
    longest: Dim = UNKNOWN
    sample: tuple[Dim, ...] = ()
    facts = make_facts(dtype)
    source = "pad_sequences"
    if isinstance(sequences, tuple):
        items = [as_array_like(item) for item in sequences]
        shapes = [item.shape for item in items if item.shape is not UNRANKED and item.shape]
        size = len(sequences)
        if len(shapes) == len(items) and items:
            longest = _longest([shape[0] for shape in shapes])
            sample = next((shape[1:] for shape in shapes if shape[0] != 0), ())
            facts = _padded_facts(items, args, dtype)
    elif isinstance(sequences, ArraySpec):
        source = sequences.source or source
        if sequences.shape is not UNRANKED and sequences.shape:
            size = sequences.shape[0]
            if len(sequences.shape) > 1:
                longest, sample = sequences.shape[1], sequences.shape[2:]
                facts = _padded_facts([sequences], args, dtype)
            elif sequences.dtype == "object" and sequences.facts.hi is not None:
                # Lists of word indices, whose bounds the array of them carries.
                words = ArraySpec((UNKNOWN,), "int64", sequences.facts)
                facts = _padded_facts([words], args, dtype)
    if args.get(1, "maxlen") is None:
        length = longest
    if length is None:
        return UNKNOWN_ARRAY
    return ArraySpec((size, length, *sample), dtype, facts, source)


def _longest(lengths: list[Dim]) -> Dim:
    known = [length for length in lengths if isinstance(length, int)]
    return max(known) if len(known) == len(lengths) else UNKNOWN


def _padded_facts(items: list[ArraySpec], args: CallArguments, dtype: str) -> ValueFacts:
    padding = args.get(5, "value", 0.0)
    facts = cast(as_array_like(padding), dtype).facts
    for item in items:
        facts = facts.join(cast(item, dtype).facts)
    return replace(facts, one_hot=Tri.UNKNOWN, attained=Tri.UNKNOWN)


_CATEGORICAL_CASES = (
    "keras.utils.to_categorical([0, 2, 1], 3)",
    "keras.utils.to_categorical([0, 2, 1])",
    "keras.utils.to_categorical(np.array([[1], [0]]), num_classes=4)",
    "keras.utils.to_categorical(np.array([[1, 0], [0, 1]]), num_classes=2)",
    "keras.utils.to_categorical(np.zeros((3, 2, 1), 'int32'), 5)",
    "keras.utils.to_categorical(2, 4)",
    "keras.utils.to_categorical(np.ones(3))",
    "keras.utils.to_categorical(np.array([[1]]), num_classes=3)",
)
_PADDING_CASES = (
    "([[1], [2, 3], [4, 5, 6]])",
    "([[1], [2, 3], [4, 5, 6]], maxlen=2)",
    "([[1], [2, 3]], 4, padding='post', value=-1)",
    "(np.ones((3, 5)), maxlen=7, dtype='float32')",
    "([[[1, 2]], [[3, 4], [5, 6]]], maxlen=3)",
)

FUNCTIONS: tuple[LibraryFunction, ...] = (
    entry("keras.utils.to_categorical", _to_categorical, *_CATEGORICAL_CASES),
    entry("keras.utils.np_utils.to_categorical", _to_categorical),
    entry(
        "keras.utils.normalize",
        _normalize,
        "keras.utils.normalize(np.ones((2, 3), 'float32'))",
        "keras.utils.normalize(np.arange(6).reshape(2, 3), axis=1)",
        "keras.utils.normalize(np.arange(6).reshape(1, 2, 3), axis=1)",
        "keras.utils.normalize(np.arange(3))",
    ),
    entry(
        "keras.utils.pad_sequences",
        _pad_sequences,
        *(f"keras.utils.pad_sequences{case}" for case in _PADDING_CASES),
    ),
    entry(
        "keras.preprocessing.sequence.pad_sequences",
        _pad_sequences,
        *(f"keras.preprocessing.sequence.pad_sequences{case}" for case in _PADDING_CASES),
    ),
)
