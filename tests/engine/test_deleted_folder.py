"""A program without a place on the disk is analysed although the working folder was deleted."""

from pathlib import Path

import pytest

from kerascope.engine.options import Options
from kerascope.engine.oracles import pythons_for
from kerascope.engine.workspace import Workspace
from kerascope.text.source import Source

PROGRAM = """\
import keras
from keras import layers

model = keras.Sequential([keras.Input((5, 4)), layers.LSTM(8), layers.LSTM(8)])
"""


def test_a_deleted_working_folder_costs_no_findings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    analysis = Workspace().analyse(Source("program.py", PROGRAM), Options(keras="3"))

    assert [finding.code for finding in analysis.findings] == ["KS102"]
    assert pythons_for("program.py", Options(keras="3"))[-1] is None
