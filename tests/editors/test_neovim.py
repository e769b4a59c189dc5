"""The real server in a real Neovim, whose client is not the one that the server was written against."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import installed
import pytest

pytestmark = pytest.mark.editor


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict:
    neovim = installed.neovim()
    folder = tmp_path_factory.mktemp("neovim")
    workspace = folder / "digits"
    installed.copy_workspace(workspace)
    written = folder / "report.json"
    environment = {
        **os.environ,
        "KERASCOPE_INTERPRETER": os.environ.get("KERASCOPE_INTERPRETER", sys.executable),
        "KERASCOPE_WORKSPACE": str(workspace),
        "KERASCOPE_REPORT": str(written),
        # Neovim keeps its logs and swap files here, and not in the user's folders.
        "HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_DATA_HOME": str(folder / "data"),
    }
    script = installed.HERE / "neovim.lua"
    command = [neovim, "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {script}"]
    result = subprocess.run(
        command, env=environment, cwd=workspace, capture_output=True, text=True, timeout=300, check=False
    )
    if not written.exists():
        pytest.fail(f"Neovim wrote no report:\n{result.stdout}\n{result.stderr}")
    found = json.loads(written.read_text(encoding="utf-8"))
    found["status"] = result.returncode
    return found


def seen(report: dict, step: str):
    entry = report["steps"][step]
    assert "error" not in entry, entry["error"]
    return entry["seen"]


def test_diagnostic_lies_on_what_is_to_be_changed(report: dict) -> None:
    (finding,) = seen(report, "diagnose")["model.py"]
    assert (finding["code"], finding["text"]) == ("KC201", '"sigmoid"')
    assert (finding["severity"], finding["source"]) == ("WARN", "kerascope")


def test_columns_are_right_behind_characters_outside_the_basic_plane(report: dict) -> None:
    (finding,) = seen(report, "diagnose")["typo.py"]
    assert (finding["code"], finding["text"]) == ("KC223", '"sparse_categorical_entropy"')


def test_quick_fix_menu_offers_the_preferred_one_first(report: dict) -> None:
    menu = seen(report, "quickfix")["menu"]
    assert [entry["preferred"] for entry in menu] == [True, False]


def test_quick_fix_mends_the_line_and_takes_the_finding_away(report: dict) -> None:
    fix = seen(report, "quickfix")
    assert fix["line"] == '    layers.Dense(10, activation="softmax"),'
    assert not fix["left"]


def test_fix_all_takes_the_safe_fixes_and_leaves_the_unsafe_one(report: dict) -> None:
    fixed = seen(report, "fix_all")
    assert [finding["code"] for finding in fixed["left"]] == ["KC201"]
    assert "    layers.LSTM(64, return_sequences=True)," in fixed["saved"]
    assert 'forecaster.compile(optimizer="adam", loss="mean_squared_error")' in fixed["saved"]
    assert '    layers.Dense(10, activation="sigmoid"),' in fixed["saved"]


def test_inlay_hints_are_answered(report: dict) -> None:
    assert any("(None, 3)" in hint["label"] for hint in seen(report, "shapes"))


def test_the_server_and_the_editor_end_cleanly(report: dict) -> None:
    assert seen(report, "exit") == [{"code": 0, "signal": 0}]
    assert report["status"] == 0
