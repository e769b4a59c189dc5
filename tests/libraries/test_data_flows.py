"""Datasets, folders and tables against TensorFlow, Keras and pandas, over programs that are drawn."""

from __future__ import annotations

import random
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, Dataset
from libraries.agreement import disagreement
from libraries.flows import IMPORTS, dataset_disagreement, mapped_layers, pipelines, stated

COMMON = ("batch", "take", "skip", "repeat", "shuffle", "map", "prefetch", "cache")


def _known(said: Any) -> bool:
    return isinstance(said, Dataset) and said.element is not UNKNOWN


def test_pipelines_agree_with_tensorflow() -> None:
    pytest.importorskip("tensorflow")
    tally: Counter[str] = Counter()
    judged = known = 0
    for program, real in pipelines(7, tally):
        said = stated(program)
        assert dataset_disagreement(said, real) is None, (
            f"{program}\n{said}\n{dataset_disagreement(said, real)}"
        )
        judged += 1
        known += _known(said)
        if min(tally[name] for name in COMMON) >= 200:
            break
    assert known > 0.9 * judged


def test_layers_in_pipelines_agree_with_keras() -> None:
    pytest.importorskip("tensorflow")
    known = 0
    for program, real in islice(mapped_layers(11), 120):
        said = stated(program)
        assert dataset_disagreement(said, real) is None, (
            f"{program}\n{said}\n{dataset_disagreement(said, real)}"
        )
        known += _known(said)
    assert known > 108


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tf = pytest.importorskip("tensorflow")
    root = tmp_path_factory.mktemp("photos")
    for name in ("a", "b"):
        (root / name).mkdir()
        for index in range(4):
            pixels = np.random.randint(0, 256, (6, 7, 3), dtype=np.uint8)
            (root / name / f"{index}.png").write_bytes(tf.io.encode_png(pixels).numpy())
            (root / name / f"{index}.txt").write_text("some words")
    return root


def _folder_calls(root: Path, count: int) -> list[str]:
    draw = random.Random(3)
    calls = []
    for _ in range(count):
        options = [f"{str(root)!r}"]
        if draw.random() < 0.7:
            options.append(f"label_mode={draw.choice(['int', 'binary', 'categorical', None])!r}")
        if draw.random() < 0.2 and "label_mode=None" not in options:
            options.append("class_names=['a', 'b']")
        if draw.random() < 0.3:
            options.append(f"batch_size={draw.choice([1, 3, None])}")
        if draw.random() < 0.3:
            options += ["validation_split=0.5", f"subset={draw.choice(['training', 'both'])!r}", "seed=1"]
        if draw.random() < 0.6:
            image = [f"image_size=({draw.randint(2, 9)}, {draw.randint(2, 9)})"]
            image += draw.choice([[], [f"color_mode={draw.choice(['rgb', 'grayscale', 'rgba'])!r}"]])
            calls.append(
                f"keras.utils.image_dataset_from_directory({', '.join([*options, *image])}, verbose=False)"
            )
        else:
            calls.append(f"keras.utils.text_dataset_from_directory({', '.join(options)}, verbose=False)")
    return calls


def test_folders_agree_with_keras(folder: Path) -> None:
    import keras

    for call in _folder_calls(folder, 400):
        real = eval(call, {"keras": keras})
        pair = "subset='both'" in call
        program = f"{IMPORTS}d{', e' if pair else ''} = {call}\n"
        said = stated(program)
        assert _known(said), program
        assert dataset_disagreement(said, real[0] if pair else real) is None, f"{program}\n{said}"


def test_series_agree_with_keras() -> None:
    keras = pytest.importorskip("keras")
    draw = random.Random(5)
    for _ in range(200):
        rows = draw.randint(8, 30)
        data = draw.choice(
            [f"np.arange({rows}.0)", f"np.random.rand({rows}, 3)", f"np.arange({rows}).astype('float32')"]
        )
        targets = draw.choice(["None", f"np.arange({rows})", f"np.random.rand({rows}, 2)"])
        size = draw.choice(["", ", batch_size=4", ", batch_size=None"])
        call = f"keras.utils.timeseries_dataset_from_array({data}, {targets}, {draw.randint(2, 4)}{size})"
        real = eval(call, {"keras": keras, "np": np})
        said = stated(f"{IMPORTS}d = {call}\n")
        assert _known(said)
        assert dataset_disagreement(said, real) is None, f"{call}\n{said}"


# --- Tables -------------------------------------------------------------------------------------------------

_TABLE = """\
import pandas as pd
f = pd.DataFrame({"a": [1, 2, 3, 4, 5, 6], "b": [0.5, 1.5, 2.5, 3.5, 4.5, 5.5], "c": list("xyzxyz"), "k": [True] * 6})
"""
_STEPS = (
    'f["d"] = f["a"] * 2', 'f["e"] = f["b"] / 2 + 1', 'f = f.drop("c", axis=1)', 'f = f.drop(columns=["c", "k"])',
    'f = f[["a", "b"]]', "f = f.head(4)", "f = f.sample(frac=1)", "f = f.dropna()", "f = f.reset_index(drop=True)",
    "f = f.copy()", 'f = f[f["a"] > 2]', "f = f.iloc[:, :2]", "f = f.iloc[1:5]", 'f.drop("a", axis=1, inplace=True)',
    'g = f.pop("b")', "f = pd.concat([f, f])", 'f = f.astype({"b": "float32"})', "f = f.fillna(0)", "f = f.tail(3)",
    'f = f.loc[:, ["a", "b"]]', "f = f.reset_index()", "f = f.sort_values('a')", 'f = f.assign(z=1)',
    'f = f.rename(columns={"b": "e"})', 'f = f.rename({"a": "b"}, axis=1)', "f = f.rename(columns=str.upper)",
    'f = f.rename({1: 2})', 'f.rename(columns={"c": "d"}, inplace=True)', 'f = f.set_index("c")',
    'f = f.set_index("b", drop=False)', 'f.set_index(["c", "k"], inplace=True)', 'f = pd.DataFrame(f["a"])',
    'f = pd.DataFrame(f["a"]).rename(columns={"a": "b"})',
)  # fmt: skip
_ENDS = (
    "d = f.values", "d = f.to_numpy()", 'd = f["a"].values', 'd = f["b"].to_numpy()', "d = f.iloc[:, 0].values",
    "d = f.iloc[:, -1].to_numpy()", "d = np.array(f)", "d = np.asarray(f['a'])", "d = f.iloc[:, :-1].values",
    'd = f[["a"]].values', 'd = f["a"].map({1: 0, 2: 1}).values', 'd = f["a"].astype("float32").values',
    'd = f["a"].astype("category").cat.codes.values', 'd = (f["a"] + 1).values', 'd = (f["a"] > 2).values',
    'd = f.loc[:, "a"].values', "d = StandardScaler().fit_transform(f[['a', 'b']])",
    "d = train_test_split(f, test_size=0.5)[0].values", "d = train_test_split(f['a'], test_size=2)[1].values",
)  # fmt: skip


def test_tables_agree_with_pandas() -> None:
    pytest.importorskip("pandas")
    draw = random.Random(11)
    head = "import numpy as np\nfrom sklearn.preprocessing import StandardScaler\n"
    head += "from sklearn.model_selection import train_test_split\n" + _TABLE
    judged = ranked = 0
    while judged < 2000:
        lines = [draw.choice(_STEPS) for _ in range(draw.randint(0, 4))] + [draw.choice(_ENDS)]
        names: dict[str, Any] = {}
        try:
            exec(head + "\n".join(lines), names)
        except Exception:
            continue
        said = stated(head + "\n".join(lines) + "\n")
        judged += 1
        if isinstance(said, ArraySpec):
            ranked += said.shape is not UNRANKED
            real = names["d"]
            assert disagreement(said, np.asarray(real)) is None, f"{lines}\n{said}\n{real.shape} {real.dtype}"
    assert ranked > 0.9 * judged


HIDDEN = (
    "d = d.map(lambda a, b: tf.py_function(lambda x, y: (x, y), [a, b], (tf.float64, tf.float64)))",
    "d = d.map(lambda a, b: tf.numpy_function(lambda x, y: (x, y), [a, b], (tf.float64, tf.float64)))",
    "d = d.map(lambda a, b: tf.py_function(lambda x: x, [a], tf.float64))",
    "d = d.map(lambda a, b: (tf.py_function(lambda x: x, [a], tf.float64), b))",
    "d = d.map(lambda a, b: tf.py_function(lambda x, y: (x, y), [a, b], [tf.float64, tf.float64]))",
    "d = d.map(lambda a, b: tf.numpy_function(lambda x, y: [x, y], [a, b], [tf.float64, tf.float64]))",
    "d = d.map(lambda a, b: tf.numpy_function(lambda x: x.astype('int32'), [a], Tout=tf.int32))",
    "d = d.map(lambda a, b: tf.numpy_function(lambda x: np.array(['a']), [a], tf.string))",
    "d = d.map(lambda a, b: tf.py_function(func=lambda x: x, inp=[a], Tout=[tf.float64]))",
    "def f(a, b):\n    x, y = tf.numpy_function(lambda x, y: (x, y), [a, b], [tf.float64, tf.float64])\n"
    "    x.set_shape([3])\n    y.set_shape(())\n    return x, y\nd = d.map(f)",
)


@pytest.mark.parametrize("line", HIDDEN)
def test_a_hidden_function_gives_as_many_tensors_as_it_names_types(line: str) -> None:
    tf = pytest.importorskip("tensorflow")
    made = "d = tf.data.Dataset.from_tensor_slices((np.zeros((4, 3)), np.zeros(4)))"
    names: dict[str, Any] = {"np": np, "tf": tf}
    exec(f"{made}\n{line}", names)
    said = stated(f"{IMPORTS}{made}\n{line}\n")
    assert said.steps == 4
    assert dataset_disagreement(said, names["d"]) is None
