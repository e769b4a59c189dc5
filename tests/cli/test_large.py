"""Programs of a size and depth that nobody writes by hand: they take a while, but neither for ever nor all memory."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.commands import CONV, findings, started

KERAS = "from tensorflow import keras\nfrom tensorflow.keras import layers\n"

# Text of a depth or length, after which a mistake stands that is found all the same.
DEEP: dict[str, Callable[[int], str]] = {
    "brackets": lambda n: "x = " + "(" * n + "1" + ")" * n,
    "brackets that stay open": lambda n: "x = " + "(" * n,
    "lists": lambda n: "x = " + "[" * n + "]" * n,
    "dictionaries": lambda n: "x = " + "{1: " * n + "1" + "}" * n,
    "calls": lambda n: "x = " + "f(" * n + ")" * n,
    "layers": lambda n: "x = " + "layers.Dense(3)(" * n + "keras.Input((3,))" + ")" * n,
    "a sum": lambda n: "x = " + "1 + " * n + "1",
    "a chain of attributes": lambda n: "x = a" + ".b" * n,
    "a chain of calls": lambda n: "x = a" + "()" * n,
    "signs": lambda n: "x = " + "-" * n + "1",
    "conditions": lambda n: "x = " + "1 if a else " * n + "1",
    "assignments": lambda n: "x = " * n + "1",
    "a long string": lambda n: "x = '" + "é😀" * n + "'",
    "a long name": lambda n: "x" * n + " = 1",
    "a long comment": lambda n: "# " + "([{'\"" * n,
    "white space": lambda n: "x =" + " " * n + "1",
    "empty lines": lambda n: "\n" * n,
    "joined lines": lambda n: "x = 1 + \\\n" * n + "1",
    "arguments": lambda n: "f(" + "1, " * n + ")",
}


@pytest.mark.parametrize("depth", [200, 5_000])
def test_depth_and_length_are_survived(tmp_path: Path, depth: int) -> None:
    for name, text in DEEP.items():
        (tmp_path / f"{name}.py").write_text(f"{KERAS}{text(depth)}\n\n\n{CONV}", encoding="utf-8")
    done = started("check", "--keras", "3", "--output-format", "json", ".", cwd=tmp_path)
    assert done.stderr == b""
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert [file["path"] for file in document["files"]] == sorted(f"{name}.py" for name in DEEP)
    found = {path for path, code, _ in findings(done.stdout.decode()) if code == "KS101"}
    # An open bracket swallows what follows it, for which it has a syntax error.
    assert {f"{name}.py" for name in DEEP} - found <= {"brackets that stay open.py"}


def test_a_model_of_ten_thousand_layers_has_its_table(tmp_path: Path) -> None:
    layers = "".join("    layers.Dense(8),\n" for _ in range(10_000))
    program = f"{KERAS}model = keras.Sequential([\n    keras.Input((8,)),\n{layers}])\nmodel.summary()\n"
    (tmp_path / "deep.py").write_text(program, encoding="utf-8")
    done = started("summary", "--keras", "3", "--output-format", "json", "deep.py", cwd=tmp_path, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    ((table,),) = [file["summaries"] for file in json.loads(done.stdout)["files"]]
    assert len(table["layers"]) == 10_000
    assert table["layers"][-1]["name"] == "dense_9999"
    assert table["total_params"] == 10_000 * (8 * 8 + 8)


PART = '''
def load_{i}(path, limit=None):
    """Reads part {i} of the data."""
    rows = []
    with open(path) as stream:
        for number, line in enumerate(stream):
            if limit is not None and number >= limit:
                break
            parts = line.strip().split(",")
            rows.append([float(part) for part in parts[:-1]] + [int(parts[-1])])
    table = np.array(rows)
    return table[:, :-1], table[:, -1]


class Block{i}(layers.Layer):
    def __init__(self, units, rate=0.1, **kwargs):
        super().__init__(**kwargs)
        self.dense = layers.Dense(units, activation="relu")
        self.dropout = layers.Dropout(rate)

    def call(self, inputs, training=None):
        return self.dropout(self.dense(inputs), training=training)


def build_{i}(input_shape=(32, 32, 3), classes=10):
    # A small convolutional network.
    x = inputs = keras.Input(shape=input_shape)
    for filters in (16, 32, 64):
        x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
    model = keras.Model(inputs, layers.Dense(classes, activation="{activation}")(x), name="net_{i}")
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model


model_{i} = build_{i}()
'''


@pytest.mark.wide
def test_fifty_thousand_lines_are_checked_to_the_last(tmp_path: Path) -> None:
    lines = PART.count("\n")
    count = 50_000 // lines
    parts = [
        PART.format(i=i, activation="sigmoid" if i in (0, count - 1) else "softmax") for i in range(count)
    ]
    text = f"import numpy as np\n{KERAS}{''.join(parts)}"
    (tmp_path / "large.py").write_text(text, encoding="utf-8")
    assert text.count("\n") > 49_900
    before = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "kerascope", "check", "--keras", "3", "--output-format", "json", "large.py"],
        cwd=tmp_path, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    taken = time.monotonic() - before
    assert (done.returncode, done.stderr) == (0, b"")
    ((first, last),) = [file["findings"] for file in json.loads(done.stdout)["files"]]
    assert [first["code"], last["code"]] == ["KC201", "KC201"]
    assert last["range"]["start"]["line"] - first["range"]["start"]["line"] == (count - 1) * lines
    assert taken < 120
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 1_500_000
