"""The data sets that come with Keras: keras/src/datasets/*.py of Keras 3 and tf_keras, and their docstrings.

Images are taken to have their channels last, which is what Keras is set to unless a program asks otherwise.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri
from kerascope.domain.specs import ArraySpec, ValueFacts
from kerascope.libraries.base import CallArguments, LibraryFunction, entry, exact_number, make_facts

Pair = tuple[ArraySpec, ArraySpec]

_IMDB_SIZE = 25_000
_REUTERS_SIZE = 11_228
_BOSTON_SIZE = 506
_CALIFORNIA_SIZES = {"large": 20_640, "small": 600}


def _images(source: str, train: int, test: int, sides: tuple[int, ...], labels: tuple[int, ...]) -> Any:
    def returns(args: CallArguments) -> Any:
        return _image_pair(source, train, sides, labels, 10), _image_pair(source, test, sides, labels, 10)

    return returns


def _image_pair(
    source: str,
    size: int,
    sides: tuple[int, ...],
    labels: tuple[int, ...],
    classes: int,
    attained: bool = True,
) -> Pair:
    # Each set of images has black and white pixels, and each of its classes has images in both parts.
    images = ArraySpec((size, *sides), "uint8", make_facts("uint8", 0, 255, attained=True), source)
    facts = make_facts("uint8", 0, classes - 1, attained=attained, gapless=attained)
    return images, ArraySpec((size, *labels), "uint8", facts, source)


def _cifar100(args: CallArguments) -> Any:
    mode = args.get(0, "label_mode", "fine")
    # Where the mode is not known, the labels are at most those of the finer one.
    classes = 20 if mode == "coarse" else 100
    attained = mode in ("fine", "coarse")
    source = "keras.datasets.cifar100"
    return (
        _image_pair(source, 50_000, (32, 32, 3), (1,), classes, attained),
        _image_pair(source, 10_000, (32, 32, 3), (1,), classes, attained),
    )


def _imdb(args: CallArguments) -> Any:
    source = "keras.datasets.imdb"
    size: Dim = _IMDB_SIZE if args.get(3, "maxlen") is None else UNKNOWN
    # Half of the reviews of each part praise, half do not: https://ai.stanford.edu/~amaas/data/sentiment
    whole = size is not UNKNOWN
    words = args.get(1, "num_words")
    return _texts(source, size, 2, whole, words), _texts(source, size, 2, whole, words)


def _reuters(args: CallArguments) -> Any:
    train: Dim
    test: Dim
    train, test = _split(_REUTERS_SIZE, args.get(4, "test_split", 0.2))
    if args.get(3, "maxlen") is not None:
        train = test = UNKNOWN
    words = args.get(1, "num_words")
    source = "keras.datasets.reuters"
    return _texts(source, train, 46, words=words), _texts(source, test, 46, words=words)


def _texts(source: str, size: Dim, classes: int, attained: bool = False, words: Any = None) -> Pair:
    """Lists of word indices of many lengths, and the class of each."""
    labels = make_facts("int64", 0, classes - 1, attained=attained)
    # Where long texts are left out, those that remain may be of one length, and make a matrix.
    shape: Shape = UNRANKED if size is UNKNOWN else (size,)
    most = words - 1 if type(words) is int and words > 0 else None
    # The bounds are those of the words within the lists.
    indices = ValueFacts(0, most, Tri.YES)
    return ArraySpec(shape, "object", indices, source), ArraySpec((size,), "int64", labels, source)


def _boston_housing(args: CallArguments) -> Any:
    train, test = _split(_BOSTON_SIZE, args.get(1, "test_split", 0.2))
    source = "keras.datasets.boston_housing"
    return _table(source, train, 13, "float64"), _table(source, test, 13, "float64")


def _california_housing(args: CallArguments) -> Any:
    version = args.get(0, "version", "large")
    size = _CALIFORNIA_SIZES.get(version, UNKNOWN) if isinstance(version, str) else UNKNOWN
    train, test = _split(size, args.get(2, "test_split", 0.2))
    source = "keras.datasets.california_housing"
    # Neither the docstring nor the code says which of the float types the file holds.
    return _table(source, train, 8, ""), _table(source, test, 8, "")


def _table(source: str, size: Dim, columns: int, dtype: str) -> Pair:
    return ArraySpec((size, columns), dtype, source=source), ArraySpec((size,), dtype, source=source)


def _split(size: Dim, test_split: Any) -> tuple[Dim, Dim]:
    """Sizes of the two parts, counted as the loaders do: ``int(len(x) * (1 - test_split))``."""
    fraction = exact_number(test_split)
    if not isinstance(size, int) or fraction is None or not 0 <= fraction < 1:
        return UNKNOWN, UNKNOWN
    train = int(size * (1 - fraction))
    return train, size - train


FUNCTIONS: tuple[LibraryFunction, ...] = (
    entry("keras.datasets.mnist.load_data", _images("keras.datasets.mnist", 60_000, 10_000, (28, 28), ())),
    entry(
        "keras.datasets.fashion_mnist.load_data",
        _images("keras.datasets.fashion_mnist", 60_000, 10_000, (28, 28), ()),
    ),
    entry(
        "keras.datasets.cifar10.load_data",
        _images("keras.datasets.cifar10", 50_000, 10_000, (32, 32, 3), (1,)),
    ),
    entry("keras.datasets.cifar100.load_data", _cifar100),
    entry("keras.datasets.imdb.load_data", _imdb),
    entry("keras.datasets.reuters.load_data", _reuters),
    entry("keras.datasets.boston_housing.load_data", _boston_housing),
    entry("keras.datasets.california_housing.load_data", _california_housing),
)
