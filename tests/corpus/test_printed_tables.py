"""Other people's programs, whose printed tables are known: every row of them, from a folder that a variable names.

``KERASCOPE_CORPUS`` is a folder with ``summaries.json`` (printed tables) and ``raw/`` (the programs); without it there
is nothing to compare with.
"""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import Any

import pytest

from kerascope.engine.options import Options
from kerascope.engine.reading import read_source
from kerascope.engine.workspace import Workspace
from kerascope.report.machine import summary_document

FOLDER = os.environ.get("KERASCOPE_CORPUS")
LABEL = "keras-io@2024-02"
PROGRAMS = [
    ("examples/vision/autoencoder.py", "autoencoder"),
    ("examples/generative/vae.py", "decoder"),
    ("examples/keras_recipes/sklearn_metric_callbacks.py", "model"),
    ("examples/generative/dcgan_overriding_train_step.py", "discriminator"),
    ("examples/generative/dcgan_overriding_train_step.py", "generator"),
    ("examples/nlp/bidirectional_lstm_imdb.py", "model"),
    ("examples/vision/gradient_centralization.py", "model"),
]

pytestmark = [
    pytest.mark.wide,
    pytest.mark.skipif(
        FOLDER is None, reason="KERASCOPE_CORPUS names no folder with other people's programs"
    ),
]


@functools.cache
def printed() -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = json.loads(
        (Path(FOLDER or "") / "summaries.json").read_text(encoding="utf-8")
    )
    return tables


@pytest.mark.parametrize(("file", "variable"), PROGRAMS)
def test_the_table_is_the_printed_one_row_for_row(file: str, variable: str) -> None:
    truths = [
        table
        for table in printed()
        if table["label"] == LABEL and table.get("md_source_py") == file and table["variable"] == variable
    ]
    assert truths
    path = Path(FOLDER or "") / "raw" / LABEL / file
    analysis = Workspace().analyse(read_source(path), Options(keras=str(truths[0]["keras_format"])))
    (document,) = summary_document([(file, analysis)])["files"]
    stated = [table for table in document["summaries"] if table["variable"] == variable]
    assert len(stated) >= len(truths)
    for truth, table in zip(truths, stated, strict=False):
        rows = [[row["name"], row["type"], row["output_shape"], row["params"]] for row in truth["rows"]]
        assert [[r["name"], r["class"], r["output_shape"], r["params"]] for r in table["layers"]] == rows
        for total in ("total_params", "trainable_params", "non_trainable_params"):
            assert table[total] == truth[total]
