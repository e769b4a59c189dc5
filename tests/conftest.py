"""What all tests share."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import settings


def pytest_configure(config: pytest.Config) -> None:
    """Assertions of the modules beside the tests are shown in full, too."""
    pytest.register_assert_rewrite("judge.programs", "rules.examples")
    # The ordinary run draws the same examples each time, so that it tells of the change and not of the draw.
    wide = config.getoption("markexpr") == "wide"
    settings.register_profile("kerascope", derandomize=not wide, database=None)
    settings.load_profile("kerascope")


@pytest.fixture(autouse=True, scope="session")
def kept_answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the answers that ``check`` keeps, away from the user's own."""
    folder = tmp_path_factory.mktemp("kept")
    os.environ["KERASCOPE_CACHE_DIR"] = str(folder)
    return folder


@pytest.fixture
def corpus_files() -> list[Path]:
    """Programs of other people that are known to run, from the folder that ``KERASCOPE_CORPUS`` names."""
    folder = os.environ.get("KERASCOPE_CORPUS")
    if folder is None:
        pytest.skip("KERASCOPE_CORPUS names no folder with other people's programs")
    listed = json.loads((Path(folder) / "clean_files.json").read_text(encoding="utf-8"))
    paths = {Path(folder) / "raw" / entry["label"] / entry["file"] for entry in listed}
    return sorted(path for path in paths if path.exists())
