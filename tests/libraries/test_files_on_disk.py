"""Pipelines over files that exist: pictures, sounds and lines of text, against TensorFlow, Keras and Pillow."""

from __future__ import annotations

import textwrap
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import ArraySpec, Dataset
from libraries.agreement import disagreement
from libraries.flows import IMPORTS, dataset_disagreement, stated

HEAD = f"{IMPORTS}import os, random, re\nfrom glob import glob\nfrom keras import layers\n"
WORDS = "v = layers.TextVectorization(output_sequence_length=7)\nv.adapt(['a b c'])\n"
LETTERS = "v = layers.StringLookup(vocabulary=list('abc'))\n"

PIPELINES = {
    "pictures by their names": """
        def load(path):
            image = tf.image.decode_png(tf.io.read_file(path), channels=3)
            return tf.image.resize(images=image, size=[8, 6]) / 255.0
        names = sorted(glob(os.path.join(root, "*.png")))[:40]
        d = tf.data.Dataset.from_tensor_slices(names).map(load).batch(2, drop_remainder=True)
    """,
    "pictures and what their names say": """
        names = [n for n in os.listdir(root) if n.endswith(".png")]
        random.shuffle(names)
        labels = [n.split("_")[-1].split(".")[0] for n in names]
        def load(name, label):
            image = tf.io.decode_png(tf.io.read_file(root + "/" + name), channels=1)
            image = tf.transpose(tf.image.resize(image, [5, 9]), perm=[1, 0, 2])
            return {"image": image, "label": v(tf.strings.unicode_split(label, input_encoding="UTF-8"))}
        d = tf.data.Dataset.from_tensor_slices((np.array(names), np.array(labels))).map(load).batch(1)
    """,
    "pictures resized by Pillow": """
        def pictures():
            for name in glob(root + "/*.png"):
                picture = keras.utils.load_img(name)
                w, h = picture.size
                yield keras.utils.img_to_array(picture.resize((7, 4))), (1.0 / w, float(h), 2.0)
        xs, ys = [], []
        for name in sorted(glob(root + "/*.png")):
            picture = keras.utils.load_img(name)
            w, h = picture.size[:2]
            xs.append(keras.utils.img_to_array(picture.resize((7, 4))))
            ys.append((float("3") / w, float(h) / 2, len(name) / w))
        d = tf.data.Dataset.from_tensor_slices((np.asarray(xs), np.asarray(ys))).batch(3)
    """,
    "sounds": """
        def load(path):
            sound = tf.audio.decode_wav(tf.io.read_file(path), 1, 64).audio
            return sound, tf.squeeze(sound, -1)
        d = tf.data.Dataset.from_tensor_slices((tf.io.gfile.glob(root + "/*.wav"),)).map(load).batch(2)
    """,
    "lines with a tab": """
        with open(root + "/pairs.txt", encoding="utf-8") as f:
            lines = f.read().split("\\n")[:-1]
        pairs = []
        for line in lines:
            one, other = line.split("\\t")
            pairs.append((one, "[start] " + other + " [end]"))
        random.shuffle(pairs)
        def make(pairs):
            ones, others = zip(*pairs)
            data = tf.data.Dataset.from_tensor_slices((list(ones), list(others))).batch(2)
            return data.map(lambda a, b: ({"a": v(a), "b": v(b)[:, :-1]}, v(b)[:, 1:]))
        d = make(pairs[: int(0.8 * len(pairs))])
    """,
    "lines one by one": """
        lines = [line.strip().lower() for line in open(root + "/pairs.txt")]
        d = tf.data.Dataset.from_tensor_slices(lines).map(v)
    """,
    "lines under their names": """
        texts = {}
        with open(root + "/pairs.txt") as f:
            for line in f.readlines():
                texts[line.split("\\t")[0]] = line.split("\\t")[1]
        found = []
        for name in ["one", "two"]:
            found.append(texts.get(name, "none"))
        d = tf.data.Dataset.from_tensor_slices(np.array([[t] for t in found])).batch(2).map(v)
    """,
    "numbers of classes that a loop counts": """
        names, labels, number = [], [], 0
        for name in sorted(os.listdir(root)):
            names += [os.path.join(root, name)]
            labels += [number] * 1
            number += 1
        rng = np.random.RandomState(3)
        rng.shuffle(names)
        d = tf.data.Dataset.from_tensor_slices((names, np.array(labels))).batch(2)
    """,
    "parts of a set put together": """
        texts = np.array([line for line in open(root + "/pairs.txt")])
        marks = np.array([len(text) for text in texts])
        x = tf.concat((texts[marks > 3][:2], texts[marks <= 3]), 0)
        y = tf.concat([marks[marks > 3][:2], marks[marks <= 3]], 0)
        d = tf.data.Dataset.from_tensor_slices((x, y)).map(lambda a, b: (v(a), b)).batch(2)
    """,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three pictures of several sizes, three sounds and a file of lines."""
    image = pytest.importorskip("PIL.Image")
    folder = tmp_path_factory.mktemp("files")
    for index, sides in enumerate(((9, 5), (12, 8), (6, 6))):
        image.fromarray(np.full((*sides, 3), 40 * index, "uint8")).save(folder / f"p_{'abc'[index]}.png")
        with wave.open(str(folder / f"{index}.wav"), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(bytes(2 * (50 + 30 * index)))
    (folder / "pairs.txt").write_text("one\tun\ntwo\tdeux\nthree\ttrois\nx\ty\n", encoding="utf-8")
    return folder


def run(program: str) -> Any:
    """What the program leaves in ``d``."""
    pytest.importorskip("tensorflow")
    names: dict[str, Any] = {"__name__": "program"}
    exec(program, names)
    return names["d"]


def _written(name: str, root: Path) -> str:
    layer = LETTERS if "names say" in name else WORDS
    return f"{HEAD}{layer}root = {str(root)!r}\n{textwrap.dedent(PIPELINES[name])}"


@pytest.mark.parametrize("name", PIPELINES)
def test_what_is_said_of_a_pipeline_over_files_is_so(name: str, root: Path) -> None:
    program = _written(name, root)
    said = stated(program)
    assert isinstance(said, Dataset)
    leaves = _leaves(said.element)
    assert all(isinstance(leaf, ArraySpec) and isinstance(leaf.shape, tuple) for leaf in leaves), said
    assert all(UNKNOWN not in leaf.shape[1:] and leaf.dtype for leaf in leaves), said
    assert dataset_disagreement(said, run(program)) is None, said


NAMES = {
    "tf.io.gfile.glob(root + '/*.png')": 3,
    "tf.io.gfile.listdir(root)": 7,
    "[tf.io.gfile.join(root, 'a', 'b')]": 1,
    "tf.io.gfile.GFile(root + '/pairs.txt').readlines()": 4,
    "[tf.io.gfile.GFile(root + '/pairs.txt', 'r').read()]": 1,
    "[os.path.abspath(root), os.path.normpath(root), os.path.dirname(root), os.path.expanduser(root)]": 4,
    "[*os.path.split(root), *os.path.splitext(root), os.path.relpath(root), os.path.realpath(root)]": 6,
    "[keras.utils.get_file('x.txt', 'file://' + root + '/pairs.txt', cache_dir=root + '/kept')]": 1,
    "[tf_keras.utils.get_file('x.txt', 'file://' + root + '/pairs.txt', cache_dir=root + '/kept')]": 1,
}


@pytest.mark.parametrize("call", NAMES)
def test_names_and_lines_of_files_are_texts(call: str, root: Path) -> None:
    program = f"{HEAD}import tf_keras\nroot = {str(root)!r}\nfound = {call}\nd = np.array(found)\n"
    said, real = stated(program), run(program)
    assert isinstance(said, ArraySpec)
    assert said.dtype == "str"
    assert real.dtype.kind == "U"
    assert len(real) >= NAMES[call] > 0
    assert disagreement(said, real) is None


def test_texts_of_a_known_set_are_objects_to_numpy() -> None:
    """``tfds.as_numpy``; without the package there is nothing to hold it against."""
    tfds = pytest.importorskip("tensorflow_datasets")
    import tensorflow as tf

    texts, labels = tfds.as_numpy((tf.constant(["a", "b"]), tf.constant([1, 0], "int64")))
    program = (
        "import tensorflow_datasets as tfds\nx, d = tfds.as_numpy(\n"
        "    tfds.load('imdb_reviews', split='train', as_supervised=True, batch_size=-1))\n"
    )
    for name, real in (("d", labels), ("x", texts)):
        said = stated(program.replace("x, d", "d, x") if name == "x" else program)
        assert isinstance(said, ArraySpec)
        assert (said.shape, said.dtype) == ((25_000,), real.dtype.name)


def _leaves(nest: Any) -> list[Any]:
    if isinstance(nest, tuple):
        return [leaf for part in nest for leaf in _leaves(part)]
    return [leaf for part in nest.values() for leaf in _leaves(part)] if isinstance(nest, dict) else [nest]


@pytest.mark.parametrize("dtype", ["float64", "float16", "int64", "uint8", "bool", "str", "object"])
@pytest.mark.parametrize("call", ["tf.concat((a, a), 0)", "tf.concat([a, a[:1], a], axis=0)"])
def test_arrays_put_together_by_tensorflow_keep_their_type(call: str, dtype: str) -> None:
    numbers = "[['a', 'b']]" if dtype in ("str", "object") else "[[1, 0]]"
    program = f"{IMPORTS}a = np.array({numbers}).astype({dtype!r})\nd = {call}\n"
    said = stated(program)
    assert isinstance(said, ArraySpec)
    real = run(program)
    assert (said.shape, said.dtype) == (tuple(real.shape), real.dtype.name)
    assert dtype in ("str", "object") or disagreement(said, real.numpy()) is None


@pytest.mark.parametrize("elements", ["[1, 2]", "[0.5, 1.0]", "[True, False]", "[None, None]"])
def test_objects_that_are_no_texts_do_not_become_tensors(elements: str) -> None:
    with pytest.raises(ValueError, match="Unsupported object type"):
        run(f"{IMPORTS}a = np.array({elements}, dtype=object)\nd = tf.concat((a, a), 0)\n")
