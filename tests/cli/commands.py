"""Programs with one mistake each, and commands given to the program as people give them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kerascope.__main__ import main

SIGMOID = """\
from tensorflow import keras
from tensorflow.keras import layers

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(10, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
"""
"""One warning, KC201, with fixes that are not safe."""

CONV = """\
from tensorflow import keras
from tensorflow.keras import layers

label = "😀"; model = keras.Sequential([layers.Conv2D(8, 3, input_shape=(28, 28))])  # grey
"""
"""One error, KS101, with a safe fix."""

MENDED = CONV.replace(
    "layers.Conv2D(8, 3, input_shape=(28, 28))", "keras.Input(shape=(28, 28, 1)), layers.Conv2D(8, 3)"
)
"""What ``--fix`` makes of it, by KS101 and then by KL421."""

BRANCH = """\
import sys
from tensorflow import keras
from tensorflow.keras import layers

layer = layers.Conv2D(8, 3) if len(sys.argv) > 1 else layers.Dense(8)
outputs = layer(keras.Input(shape=(28, 28)))
"""
"""An error on one of two paths."""

CLEAN = "x = 1\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Gives a command in this process: exit status, standard output, standard error."""
    try:
        status = main(arguments)
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def started(*arguments: str, **settings: Any) -> subprocess.CompletedProcess[bytes]:
    """Gives a command in a process of its own."""
    environment = {**os.environ, **settings.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "kerascope", *arguments],
        capture_output=settings.pop("capture_output", True),
        check=False,
        env=environment,
        **settings,
    )


def findings(text: str) -> list[tuple[str, str, str]]:
    """Path, code and severity of each finding in a JSON document."""
    return [
        (file["path"], item["code"], item["severity"])
        for file in json.loads(text)["files"]
        for item in file["findings"]
    ]


def notebook(*cells: str, **more: Any) -> str:
    """A notebook of code cells as Jupyter writes it."""
    written = [
        {"cell_type": "code", "execution_count": None, "id": f"c{index}", "metadata": {}, "outputs": [],
         "source": text.splitlines(keepends=True)}
        for index, text in enumerate(cells)
    ]  # fmt: skip
    document = {"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def write(folder: Path, **files: str | bytes) -> None:
    """Files by name, without their ending: ``book_ipynb`` is ``book.ipynb``, every other one a Python file."""
    for name, content in files.items():
        stem, _, ending = name.rpartition("_") if name.endswith("_ipynb") else (name, "", "py")
        data = content if isinstance(content, bytes) else content.encode()
        (folder / f"{stem}.{ending}").write_bytes(data)
