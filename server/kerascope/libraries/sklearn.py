"""scikit-learn: splits and scalers that data goes through before Keras.

Sources: sklearn/model_selection/_split.py (`_validate_shuffle_split`), sklearn/preprocessing/_data.py.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri
from kerascope.domain.specs import NO_FACTS, ArraySpec, Column, Frame, Instance
from kerascope.libraries.base import (
    FLOATS,
    INTEGER_LIMITS,
    CallArguments,
    LibraryFunction,
    as_array_like,
    dim_argument,
    entry,
    exact_number,
    make_facts,
    some_of,
    unified,
)
from kerascope.libraries.frames import with_rows

Returns = Callable[[CallArguments], Any]


def _train_test_split(args: CallArguments) -> Any:
    if not args.complete or not args.positional:
        return UNKNOWN
    samples = unified(_first_axis(item) for item in args.positional)
    size: Dim = UNKNOWN if samples is None or samples is UNRANKED else samples[0]
    train, test = _split_sizes(size, args.get(None, "train_size"), args.get(None, "test_size"))
    parts: list[Any] = []
    for item in args.positional:
        parts += [_rows(item, train), _rows(item, test)]
    return tuple(parts)


def _first_axis(value: Any) -> Shape:
    if isinstance(value, tuple):
        return (len(value),)
    if isinstance(value, Frame):
        return (value.rows,)
    if isinstance(value, Column):
        return _first_axis(value.array)
    if isinstance(value, ArraySpec) and value.shape is not UNRANKED and value.shape:
        return (value.shape[0],)
    return UNRANKED


def _rows(value: Any, size: Dim) -> Any:
    """Some rows of an array; a list stays one, and a table of another library answers for itself."""
    if isinstance(value, (Frame, Column)):
        return with_rows(value, size)
    if not isinstance(value, ArraySpec):
        return UNKNOWN
    facts = replace(some_of(value.facts), one_hot=value.facts.one_hot)
    if value.shape is UNRANKED or not value.shape:
        return replace(value, facts=facts)
    return replace(value, shape=(size, *value.shape[1:]), facts=facts)


def _split_sizes(size: Dim, train_size: Any, test_size: Any) -> tuple[Dim, Dim]:
    """The test part is rounded up and the train part down; what is not asked for is the rest."""
    if not isinstance(size, int) or UNKNOWN in (train_size, test_size):
        return UNKNOWN, UNKNOWN
    if train_size is None and test_size is None:
        test_size = 0.25
    train = _part(size, train_size, math.floor)
    test = _part(size, test_size, math.ceil)
    if train is UNKNOWN or test is UNKNOWN:
        return UNKNOWN, UNKNOWN
    if test is None and isinstance(train, int):
        return train, size - train
    return (size - test if train is None and isinstance(test, int) else train), test


def _part(size: int, asked: Any, step: Callable[[float], int]) -> Dim:
    """How many samples are asked for; ``None`` where nothing is."""
    if asked is None:
        return None
    number = exact_number(asked)
    if isinstance(number, float):
        return step(number * size) if 0 < number < 1 else UNKNOWN
    count = dim_argument(asked)
    return count if isinstance(count, int) and 0 < count < size else UNKNOWN


def _scaler(symbol: str) -> Returns:
    def returns(args: CallArguments) -> Any:
        return Instance(symbol)

    return returns


def _itself(args: CallArguments) -> Any:
    return args.get(0, "self", UNKNOWN)


def _scaled(args: CallArguments) -> Any:
    data = args.get(1, "X", UNKNOWN)
    if not isinstance(data, ArraySpec):
        return UNKNOWN
    dtype = "float64" if data.dtype in INTEGER_LIMITS else data.dtype if data.dtype in FLOATS else ""
    return replace(data, dtype=dtype, facts=NO_FACTS)


def _encoded(args: CallArguments) -> Any:
    """Labels as numbers from 0."""
    labels = as_array_like(args.get(1, "y", UNKNOWN))
    flat = labels.shape is not UNRANKED and len(labels.shape) == 1
    return ArraySpec(labels.shape if flat else (UNKNOWN,), "int64", _CLASS_IDS, labels.source)


def _one_hot(args: CallArguments) -> Any:
    """A row with a one for each column that was given: a sparse matrix unless an array is asked for."""
    encoder, data = args.get(0, "self", UNKNOWN), as_array_like(args.get(1, "X", UNKNOWN))
    if not isinstance(encoder, Instance) or "**" in encoder.arguments:
        return UNKNOWN
    known = data.shape is not UNRANKED and len(data.shape) == 2
    rows = data.shape[0] if isinstance(data.shape, tuple) and known else UNKNOWN
    single = isinstance(data.shape, tuple) and known and data.shape[1] == 1
    plain = single and not encoder.arguments.keys() - {"sparse", "sparse_output", "categories"}
    facts = make_facts("float64", 0, 1, Tri.YES, Tri.YES if plain else Tri.UNKNOWN)
    array = ArraySpec((rows, UNKNOWN), "float64", facts, data.source)
    dense = encoder.arguments.get("sparse_output", encoder.arguments.get("sparse", True))
    if dense is False:
        return array
    return Instance(SPARSE, {"array": array}) if dense is True else UNKNOWN


def _class_weights(args: CallArguments) -> Any:
    classes = as_array_like(args.get(None, "classes", UNKNOWN)).shape
    count = classes[0] if isinstance(classes, tuple) and len(classes) == 1 else UNKNOWN
    return ArraySpec((count,), "float64", source="compute_class_weight")


SPARSE = "scipy.sparse.csr_matrix"
"""What scikit-learn returns where most elements are zeros."""


def _dense(args: CallArguments) -> Any:
    matrix = args.get(0, "self", UNKNOWN)
    return matrix.arguments.get("array", UNKNOWN) if isinstance(matrix, Instance) else UNKNOWN


def _binarized(args: CallArguments) -> Any:
    """One column for two classes, else one-hot rows."""
    labels = as_array_like(args.get(1, "y", UNKNOWN))
    flat = labels.shape is not UNRANKED and len(labels.shape) == 1
    rows = labels.shape[0] if isinstance(labels.shape, tuple) and flat else UNKNOWN
    return ArraySpec((rows, UNKNOWN), "int64", make_facts("int64", 0, 1), labels.source)


_CLASS_IDS = make_facts("int64", 0)
_DATA = "np.arange(12.0).reshape(4, 3)"
_SCALERS = ("StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler")


def _entries() -> Iterator[LibraryFunction]:
    split = "sklearn.model_selection.train_test_split"
    yield entry(
        split,
        _train_test_split,
        f"{split}(np.zeros((10, 3)), np.arange(10))",
        f"{split}(np.zeros((10, 3)), np.arange(10), test_size=0.33, random_state=1)",
        f"{split}(np.zeros(101), test_size=7)",
        f"{split}(np.zeros(101), train_size=0.7)",
        f"{split}(np.zeros(101), train_size=10, test_size=0.15)",
        f"{split}(np.eye(7), train_size=0.5)",
    )
    for name in _SCALERS:
        symbol = f"sklearn.preprocessing.{name}"
        yield entry(symbol, _scaler(symbol), f"{symbol}()")
        yield entry(f"{symbol}.fit", _itself, f"{symbol}().fit({_DATA})")
        yield entry(
            f"{symbol}.fit_transform",
            _scaled,
            f"{symbol}().fit_transform({_DATA})",
            f"{symbol}().fit_transform({_DATA}.astype('float32'))",
            f"{symbol}().fit_transform({_DATA}.astype('int32'))",
        )
        yield entry(f"{symbol}.transform", _scaled, f"{symbol}().fit({_DATA}).transform({_DATA})")
        yield entry(
            f"{symbol}.inverse_transform", _scaled, f"{symbol}().fit({_DATA}).inverse_transform({_DATA})"
        )
    encoder = "sklearn.preprocessing.LabelEncoder"
    yield entry(encoder, _scaler(encoder), f"{encoder}()")
    yield entry(f"{encoder}.fit", _itself, f"{encoder}().fit(np.array([3, 5]))")
    yield entry(f"{encoder}.fit_transform", _encoded, f"{encoder}().fit_transform(np.array([3, 5, 3]))")
    yield entry(
        f"{encoder}.transform",
        _encoded,
        f"{encoder}().fit(np.array([3, 5])).transform(np.array([5, 5, 3]))",
    )

    weights = "sklearn.utils.class_weight.compute_class_weight"
    yield entry(weights, _class_weights)
    one_hot = "sklearn.preprocessing.OneHotEncoder"
    yield entry(f"{one_hot}.fit", _itself)
    for name in ("fit_transform", "transform"):
        yield entry(f"{one_hot}.{name}", _one_hot)
    for name in ("toarray", "todense"):
        yield entry(f"{SPARSE}.{name}", _dense)
    binarizer = "sklearn.preprocessing.LabelBinarizer"
    yield entry(binarizer, _scaler(binarizer), f"{binarizer}()")
    yield entry(f"{binarizer}.fit", _itself, f"{binarizer}().fit(np.array([3, 5]))")
    yield entry(f"{binarizer}.fit_transform", _binarized)
    yield entry(f"{binarizer}.transform", _binarized)


FUNCTIONS: tuple[LibraryFunction, ...] = tuple(_entries())
