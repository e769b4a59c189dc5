"""``kerascope summary``: the tables, as text and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerascope.__main__ import main

PROGRAM = """\
from tensorflow import keras
from tensorflow.keras import layers


def describe(m):
    m.summary()


net = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"),
    layers.Flatten(),
], name="net")
describe(net)
other = keras.Sequential([layers.Dense(3)])
net.add(layers.Dense(10))
net.summary()
"""


def summary_of(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> dict:
    file = tmp_path / "train.py"
    file.write_text(text, encoding="utf-8")
    assert main(["summary", "--keras", "3", "--output-format", "json", str(file)]) == 0
    (document,) = json.loads(capsys.readouterr().out)["files"]
    return document


def test_one_table_per_call_and_every_model_at_the_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = summary_of(PROGRAM, tmp_path, capsys)
    first, second = document["summaries"]
    # The call at module level and the argument that became `m` there, not the line inside `describe`.
    assert (first["line"], first["variable"], first["cell"]) == (14, "net", None)
    assert (second["line"], second["variable"]) == (17, "net")
    assert first["name"] == "net"
    assert first["kind"] == "Sequential"
    assert [(r["name"], r["class"], r["output_shape"], r["params"], r["line"]) for r in first["layers"]] == [
        ("conv2d", "Conv2D", [None, 26, 26, 32], 320, 11),
        ("flatten", "Flatten", [None, 21632], 0, 12),
    ]
    assert second["layers"][-1] == {
        "name": "dense_1", "class": "Dense", "output_shape": [None, 10], "params": 216330, "line": 16,
        "inbound": ["flatten"],
    }  # fmt: skip
    assert (second["total_params"], second["trainable_params"], second["non_trainable_params"]) == (
        216650,
        216650,
        0,
    )
    models = {model["variable"]: model for model in document["models"]}
    assert models["net"]["line"] == 9
    assert len(models["net"]["layers"]) == 3
    # A model without an input shape has no figures yet, and none are guessed.
    assert models["other"]["layers"][0]["output_shape"] == "?"
    assert models["other"]["total_params"] == "?"


def test_the_text_is_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "train.py"
    file.write_text(PROGRAM, encoding="utf-8")
    assert main(["summary", "--keras", "3", str(file)]) == 0
    out = capsys.readouterr().out
    assert " conv2d (Conv2D)    (None, 26, 26, 32)      320" in out
    assert " Total params: 216,650" in out


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["summary", str(tmp_path / "none.py")]) == 2
    assert "none.py" in capsys.readouterr().err


def test_a_summary_in_a_notebook_names_its_cell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [
        {
            "cell_type": "code",
            "source": "from tensorflow import keras\nm = keras.Sequential([keras.Input((2,))])",
        },
        {"cell_type": "markdown", "source": "text"},
        {"cell_type": "code", "source": "m.add(keras.layers.Dense(3))\n\nm.summary()"},
    ]
    file = tmp_path / "book.ipynb"
    file.write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")
    assert main(["summary", "--keras", "3", "--output-format", "json", str(file)]) == 0
    (document,) = json.loads(capsys.readouterr().out)["files"]
    (printed,) = document["summaries"]
    assert (printed["cell"], printed["line"], printed["variable"]) == (2, 3, "m")
    assert printed["layers"][0]["output_shape"] == [None, 3]
