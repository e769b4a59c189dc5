"""Every case of the catalogue is evaluated by the real library and by the catalogue, and the two agree."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import sklearn.model_selection
import sklearn.preprocessing

from kerascope.domain.shapes import Tri
from kerascope.domain.specs import ValueFacts
from kerascope.libraries import arithmetic
from kerascope.libraries.catalogue import library_functions
from libraries.agreement import disagreement, evaluate, is_known

# Operators and keys have no entry of their own.
EXPRESSIONS = (
    "np.zeros((2, 3), 'uint8') / 255.0",
    "np.full((2, 3), 255, 'uint8') / 255",
    "np.full((2, 3), 0.1, 'float32') * 0.1",
    "np.full(3, 200, 'uint8') * 2",
    "np.arange(9) // 4 % 2",
    "1.0 - np.full(3, 0.1)",
    "-np.full(3, 200, 'uint8')",
    "~np.array([True, False])",
    "(np.arange(6).reshape(2, 3) - 127.5) / 127.5",
    "np.array([0.2, 0.7]) > 0.5",
    "(np.array([0.2, 0.7]) > 0.5).astype('int32')",
    "np.ones((2, 3)) @ np.ones((3, 4))",
    "np.ones(3) == [1, 2, 3]",
    "np.eye(10)[np.random.randint(0, 10, 32)]",
    "np.eye(10)[np.random.randint(0, 10, (4, 6))]",
    "np.eye(3)[1]",
    "np.eye(3)[:2]",
    "np.eye(3)[:, :2]",
    "np.eye(3)[[0, 2, 2]]",
    "np.eye(4, dtype='uint8').reshape(2, 2, 4)",
    "np.zeros((60, 28, 28))[..., np.newaxis]",
    "np.zeros((60, 28, 28))[:, :, :, None].shape",
    "np.zeros((60, 28, 28))[:10]",
    "np.zeros((60, 28, 28))[-20:, ::2]",
    "np.zeros((60, 28, 28))[0]",
    "np.zeros((60, 28, 28))[5, 1:-1, 3]",
    "np.zeros((60, 28))[np.zeros((5,), int), :3]",
    "np.zeros((60, 28, 3))[[1, 2], :, [0, 0]]",
    "np.zeros((60, 28, 3))[:, [1], ..., 0]",
    "np.zeros((60, 28, 3))[:, :, ..., 0]",
    "np.eye(3)[:, :, ...]",
    "np.arange(10)[np.arange(10) > 4]",
    "np.arange(12).reshape(3, 4)[:, 1].astype('float32')",
    "np.random.rand(100, 10).astype('float32')",
    "np.random.randint(0, 2, size=(100, 1)).astype('float32')",
    "np.prod(np.zeros((60, 28, 28)).shape[1:])",
    "np.random.rand(8, 4)[np.random.permutation(8)]",
    "np.array([[1, 2], [3, 4]]).T.reshape(-1, 1)[:, 0].max()",
)
# Arrays in which both bounds are certain to occur.
ATTAINED = (
    "np.array([3, 1, 2])",
    "np.array([[0.5, -1.5], [2, 0]], dtype='float32')",
    "np.array([True, False])",
    "np.zeros((2, 3))",
    "np.full((2, 2), 7, dtype='uint8')",
    "np.full_like(np.zeros(3, 'int8'), 3.7)",
    "np.ones_like([1, 2, 3])",
    "np.arange(5)",
    "np.arange(10, 0, -3, dtype='uint8')",
    "np.random.randint(0, 10, 640)",
    "np.random.randint(1, 4, size=(100, 2))",
    "np.random.randint(0, 256, (2, 96, 96, 3), dtype=np.uint8)",
    "np.random.default_rng(0).integers(0, 9, 640, endpoint=True)",
    "np.random.choice(5, 320)",
    "np.random.choice([1, 4, 9], size=(20, 10))",
    "np.random.permutation(np.arange(9))",
    "np.random.permutation(9)",
    "np.random.randint(0, 10, 640).reshape(-1, 1)",
    "np.random.randint(0, 10, 640).reshape(20, 32).T.flatten()",
    "np.expand_dims(np.arange(9), -1)",
    "np.arange(9)[:, None]",
    "np.arange(9)[..., np.newaxis].squeeze()",
    "np.arange(9).astype('float32') / 8.0",
    "np.arange(9).astype('uint8') + 1",
    "3 - np.arange(9)",
    "-np.arange(9)",
    "(np.arange(256, dtype='uint8') - 127.5) / -127.5",
    "np.arange(9).astype(bool)",
    "np.array([-0.5, 2.5]).astype('int32')",
    "np.concatenate([np.zeros(3), np.arange(4), np.random.rand(5)])",
    "np.vstack([np.arange(3), [5, -1, 2]])",
    "np.arange(9).max()",
    "np.arange(9).reshape(3, 3).min(axis=(0, 1))",
    "np.arange(9) - np.arange(9).min()",
)
# Arrays of which that cannot be said, though bounds of them are known.
NOT_ATTAINED = (
    "np.zeros((2, 0))",
    "np.arange(5, 2)",
    "np.random.randint(0, 10, 639)",
    "np.random.rand(1000)",
    "np.random.choice(5, 320, p=[1, 0, 0, 0, 0])",
    "np.random.choice([1, 4, 9], size=191)",
    "np.eye(1)",
    "np.arange(9)[1:]",
    "np.arange(10)[np.arange(10) > 4]",
    "np.arange(9)[::2]",
    "np.arange(256) + np.zeros(256, 'uint8')[0]",
    "np.arange(9) * np.arange(9)",
    "np.arange(9) ** 2",
    "np.arange(9) % 2",
    "2 / np.arange(1, 9)",
    "np.full(3, 200, 'uint8') + 100",
    "-np.arange(9, dtype='uint8')",
    "np.array([-1.5, 2.5]).astype(bool)",
    "np.array([-1, 300]).astype('uint8')",
    "np.concatenate([np.zeros(3), np.random.rand(5)])",
    "np.arange(9).reshape(3, 3).max(axis=0)",
    "np.repeat(np.arange(3), 0)",
    "np.tile(np.arange(3), 0)",
    "np.split(np.arange(6), 3)[0]",
    "np.clip(np.arange(3), -5, 5)",
    "np.where(np.arange(3) > 5, 1, 0)",
    "sklearn.model_selection.train_test_split(np.arange(10))[0]",
)
CASES = [case.code for function in library_functions().values() for case in function.cases]
# Calls whose result has a size that depends on the elements, a type that depends on the release, or neither.
OPEN = (
    "unique",
    "np.arange(10) > 4",
    "np.where(np.eye(3))",
    "nonzero",
    "to_categorical",
    "atleast",
    "keras.utils.normalize",
)


@pytest.fixture(scope="module", params=["keras", "tf_keras"])
def keras(request: pytest.FixtureRequest) -> Any:
    return pytest.importorskip(request.param)


@pytest.mark.parametrize("code", [code for code in CASES if not code.startswith("keras.")])
def test_numpy_and_scikit_learn_agree(code: str) -> None:
    check(code, None)


@pytest.mark.parametrize("code", [code for code in CASES if code.startswith("keras.")])
def test_keras_agrees(code: str, keras: Any) -> None:
    check(code, keras)


@pytest.mark.parametrize("code", EXPRESSIONS)
def test_operators_agree(code: str) -> None:
    check(code, None)


@pytest.mark.parametrize("code", ATTAINED)
def test_bounds_that_occur(code: str) -> None:
    check(code, None)
    assert evaluate(code).facts.attained is Tri.YES


@pytest.mark.parametrize("code", NOT_ATTAINED)
def test_bounds_that_need_not_occur(code: str) -> None:
    check(code, None)
    assert evaluate(code).facts.attained is Tri.UNKNOWN


def test_what_is_one_array_or_another_attains_what_both_do() -> None:
    digits, others, loose = evaluate("np.arange(9)"), evaluate("np.arange(8)"), evaluate("np.arange(9)[1:]")
    assert digits.join(evaluate("np.random.permutation(9)")).facts.attained is Tri.YES
    assert digits.join(others).facts == ValueFacts(0, 8, Tri.YES)
    assert digits.join(loose).facts == ValueFacts(0, 8, Tri.YES)


def test_what_is_written_into_an_array_takes_its_bounds_away() -> None:
    zeros, digits = evaluate("np.zeros(9)"), evaluate("np.arange(9)")
    assert arithmetic.assigned(zeros, 0).facts.attained is Tri.UNKNOWN
    assert arithmetic.assigned(digits, 12).facts == ValueFacts(0, 12, Tri.YES)


def test_labels_are_one_hot() -> None:
    for code in ("np.eye(3)[[0, 2]]", "keras.utils.to_categorical([0, 2], 3)", "np.eye(3)[np.arange(3)][1:]"):
        assert evaluate(code).facts.one_hot is Tri.YES
    for code in ("np.eye(3)[:, 1:]", "np.eye(3) * 2", "np.eye(3, k=1)", "np.eye(3).T", "np.zeros((2, 3))"):
        assert evaluate(code).facts.one_hot is Tri.UNKNOWN


def check(code: str, keras: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        real = eval(code, {"np": np, "keras": keras, "sklearn": sklearn})
    stated = evaluate(code)
    assert disagreement(stated, real) is None
    if not any(part in code for part in OPEN):
        assert is_known(stated), stated


DRAWN = (
    "Dataset.",
    "ndarray.numpy",
    "DataFrame.",
    "Series.",
    "pandas.",
    "tf.",
    "tensorflow_datasets.",
    "keras.preprocessing.",
    "keras.legacy.",
    "keras.utils.",
    "sklearn.preprocessing.",
    "sklearn.datasets.fetch_",
    "sklearn.utils.",
    "scipy.sparse.",
    "PIL.",
)


def test_most_entries_have_cases() -> None:
    without = {name for name, function in library_functions().items() if not function.cases}
    assert without <= {
        *(name for name in without if name.startswith("keras.datasets.")),
        # Held against the real library by programs: test_data_flows.py, test_files_on_disk.py.
        *(name for name in without if name.startswith(DRAWN)),
        "keras.utils.np_utils.to_categorical",
        "ndarray.tolist",
        "ndarray.item",
    }
