"""What all tests share."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Assertions of the modules beside the tests are shown in full, too."""
    pytest.register_assert_rewrite("judge.programs", "rules.examples")


@pytest.fixture
def corpus_files() -> list[Path]:
    """Programs of other people that are known to run, from the folder that ``KERASCOPE_CORPUS`` names."""
    folder = os.environ.get("KERASCOPE_CORPUS")
    if folder is None:
        pytest.skip("KERASCOPE_CORPUS names no folder with other people's programs")
    listed = json.loads((Path(folder) / "clean_files.json").read_text(encoding="utf-8"))
    paths = {Path(folder) / "raw" / entry["label"] / entry["file"] for entry in listed}
    return sorted(path for path in paths if path.exists())
