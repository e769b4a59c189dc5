"""The data sets: no data can be fetched here, so the figures are held against what Keras says of them.

Docstrings state most shapes and types, some of them as assertions. The loaders themselves run on stand-in
files with as many rows as the docstring names, which shows how they split and in what type the result comes.
The number of rows of ``boston_housing`` (506) is in no docstring: it is the published size of that table.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras.src.datasets import boston_housing, california_housing, imdb, reuters

from kerascope.domain.shapes import UNKNOWN, Tri
from kerascope.libraries import arithmetic
from kerascope.libraries.numpy_reductions import occurring
from libraries.agreement import call, disagreement

IMAGES = ("mnist", "fashion_mnist", "cifar10", "cifar100")


def loaded(name: str, *args: Any, **keywords: Any) -> Any:
    return call(f"keras.datasets.{name}.load_data", *args, **keywords)


@pytest.mark.parametrize("name", IMAGES)
def test_images_are_as_the_docstring_asserts(name: str) -> None:
    text = str(getattr(keras.datasets, name).load_data.__doc__)
    (x_train, y_train), (x_test, y_test) = loaded(name)
    stated = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    asserted = dict(re.findall(r"assert (\w+)\.shape == (\(.*\))", text))
    assert {part: ast.literal_eval(shape) for part, shape in asserted.items()} == {
        part: array.shape for part, array in stated.items()
    }
    assert set(re.findall(r"\*\*`(\w+)`\*\*: `uint8` NumPy array", text)) == set(stated)
    assert {array.dtype for array in stated.values()} == {"uint8"}
    classes = {int(last) for last in re.findall(r"integers in range 0-(\d+)", text)}
    assert {y_train.facts.hi, y_test.facts.hi} == classes
    assert all(array.facts.integral is Tri.YES and array.facts.lo == 0 for array in stated.values())
    assert (x_train.facts.hi, x_train.source) == (255, f"keras.datasets.{name}")


def test_labels_that_occur_in_both_parts() -> None:
    for name in (*IMAGES, "imdb"):
        for _, labels in loaded(name):
            assert labels.facts.attained is Tri.YES
            assert occurring(labels) == range(int(labels.facts.hi) + 1)
    for parts in (loaded("imdb", maxlen=80), loaded("reuters"), loaded("cifar100", UNKNOWN)):
        assert {labels.facts.attained for _, labels in parts} == {Tri.UNKNOWN}
        assert {occurring(labels) for _, labels in parts} == {None}


def test_coarse_labels_of_cifar100() -> None:
    text = str(keras.datasets.cifar100.load_data.__doc__)
    assert "grouped into 20 coarse-grained classes" in text
    assert loaded("cifar100", label_mode="coarse")[0][1].facts.hi == 19
    assert loaded("cifar100", UNKNOWN)[0][1].facts.hi == 99


@pytest.mark.parametrize("keywords", [{}, {"test_split": 0.3}, {"test_split": 0}])
def test_tables_split_as_the_loaders_do(
    keywords: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, rows, columns in (
        (boston_housing, "boston_housing", 506, 13),
        (california_housing, "california_housing", 20_640, 8),
    ):
        text = str(module.load_data.__doc__)
        assert re.search(rf"shape `\(num_samples, {columns}\)`", text)
        assert name == "boston_housing" or "20,640 samples" in text
        path = tmp_path / f"{name}.npz"
        np.savez(path, x=np.zeros((rows, columns)), y=np.zeros(rows))
        monkeypatch.setattr(module, "get_file", lambda *args, path=path, **options: path)
        assert disagreement(loaded(name, **keywords), module.load_data(**keywords)) is None
    assert loaded("boston_housing")[0][0].shape == (404, 13)
    assert "contains 600 samples" in str(california_housing.load_data.__doc__)
    assert loaded("california_housing", "small")[1][0].shape == (120, 8)
    assert loaded("california_housing", UNKNOWN)[1][0].shape == (UNKNOWN, 8)


@pytest.mark.parametrize("keywords", [{}, {"num_words": 50}, {"maxlen": 3}])
def test_texts_split_as_the_loaders_do(keywords: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "11,228 newswires from Reuters, labeled over 46 topics" in str(reuters.load_data.__doc__)
    assert "25,000 movies reviews" in str(imdb.load_data.__doc__)
    assert "integer labels (1 or 0)" in str(imdb.load_data.__doc__)
    for module, name, rows in ((reuters, "reuters", 11_228), (imdb, "imdb", 25_000)):
        texts = np.empty(rows, object)
        texts[:] = [[7] * (1 + number % 3) for number in range(rows)]
        labels = np.arange(rows) % (46 if name == "reuters" else 2)
        stand_in = {"x": texts, "y": labels}
        parts = {f"{part}_{half}": stand_in[part] for part in "xy" for half in ("train", "test")}
        monkeypatch.setattr(module, "get_file", lambda *args, **options: "")
        monkeypatch.setattr(module.npz_utils, "load_npz", lambda path, kept=stand_in | parts: kept)
        assert disagreement(loaded(name, **keywords), module.load_data(**keywords)) is None
    assert [half[0].shape for half in loaded("reuters")] == [(8982,), (2246,)]
    assert loaded("imdb", num_words=10_000)[1][0].shape == (25_000,)


def test_pixels_divided_by_255() -> None:
    (images, labels), _ = loaded("mnist")
    flat = call("ndarray.reshape", images, -1, 784)
    assert call("ndarray.astype", flat, "float32").shape == (60_000, 784)
    rows = call("keras.utils.to_categorical", labels, 10)
    assert (rows.shape, rows.facts.one_hot) == ((60_000, 10), Tri.YES)
    # The largest label occurs in the whole set, and may be missing from a part of it.
    assert call("keras.utils.to_categorical", labels).shape == (60_000, 10)
    assert call("keras.utils.to_categorical", arithmetic.index(labels, slice(9))).shape == (9, UNKNOWN)
