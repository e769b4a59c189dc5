"""Fixtures for the tests that drive real editors."""

from __future__ import annotations

from pathlib import Path

import codeserver
import installed
import pytest


@pytest.fixture(scope="session")
def vscode() -> installed.VsCode:
    return installed.vscode()


@pytest.fixture(scope="session")
def vsix(vscode: installed.VsCode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return codeserver.pack_extension(tmp_path_factory.mktemp("vsix") / "kerascope.vsix")
