"""Which editors there are to drive, and what is missing where one cannot be driven."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
HERE = Path(__file__).parent
CLIENT = REPOSITORY / "vscode-client"

_INSTALL = "run tests/editors/install.sh"


def editors_folder() -> Path:
    named = os.environ.get("KERASCOPE_EDITORS")
    return Path(named).absolute() if named else REPOSITORY / ".cache" / "editors"


def copy_workspace(target: Path) -> None:
    """Give an editor files of its own to change."""
    shutil.copytree(HERE / "workspace", target, ignore=shutil.ignore_patterns(".*"))


def give_up(reason: str) -> None:
    """Skip, or fail where the editors are known to be there and a skip would hide that they are not."""
    if os.environ.get("KERASCOPE_EDITORS_REQUIRED") == "1":
        pytest.fail(f"KERASCOPE_EDITORS_REQUIRED is 1, but {reason}")
    pytest.skip(reason)


@dataclass(frozen=True)
class VsCode:
    """What a VS Code in a browser is made of."""

    folder: Path
    node: Path
    chromium: Path

    @property
    def entry(self) -> Path:
        return self.folder / "node_modules" / "code-server" / "out" / "node" / "entry.js"


def vscode() -> VsCode:
    folder = editors_folder()
    modules = folder / "node_modules"
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    found = VsCode(folder, modules / "node-linux" / "bin" / "node", Path(chromium or ""))
    if not found.entry.exists():
        give_up(f"there is no code-server in {folder} ({_INSTALL})")
    if not found.node.exists():
        give_up(f"there is no Node for code-server in {folder} ({_INSTALL})")
    if not (modules / "playwright-core").exists():
        give_up(f"there is no playwright-core in {folder} ({_INSTALL})")
    if chromium is None:
        give_up(f"there is no chromium on the search path ({_INSTALL})")
    if not (CLIENT / "node_modules" / "@vscode" / "vsce").exists():
        give_up(f"the packages that build the extension are not installed ({_INSTALL})")
    return found


def neovim() -> Path:
    found = shutil.which("nvim")
    if found is None:
        give_up(f"there is no nvim on the search path ({_INSTALL})")
    return Path(found or "")
