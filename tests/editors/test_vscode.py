"""The packed extension and the real server in a real VS Code, seen from inside by a probe extension."""

from __future__ import annotations

import json
import time
from pathlib import Path

import codeserver
import installed
import pytest
from take_screenshots import photograph

pytestmark = pytest.mark.editor

FILES = ["model.py", "conv.py", "recurrent.py", "typo.py"]


@pytest.fixture(scope="module")
def report(vscode: installed.VsCode, vsix: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """One visit to VS Code, in which the probe does everything that the tests then look at."""
    folder = tmp_path_factory.mktemp("vscode")
    probe = codeserver.pack_probe(folder / "probe.vsix")
    written = folder / "report.json"
    environment = {"KERASCOPE_PROBE_REPORT": str(written)}
    with codeserver.serve(vscode, folder, [vsix, probe], environment=environment) as window:
        browser = window.drive("connect.mjs", window.address(), str(written), "400", seconds=460)
    if not written.exists():
        pytest.fail(f"the probe wrote no report:\n{browser.stderr}\n{window.log.read_text(encoding='utf-8')}")
    return json.loads(written.read_text(encoding="utf-8"))


def seen(report: dict, step: str):
    entry = report["steps"][step]
    assert "error" not in entry, entry["error"]
    return entry["seen"]


def only(items: list[dict], code: str) -> dict:
    """The one finding with this code, of which there must not be a second."""
    found = [item for item in items if item["code"] == code]
    assert len(found) == 1, items
    return found[0]


def test_diagnostic_lies_on_what_is_to_be_changed(report: dict) -> None:
    finding = only(seen(report, "diagnose")["model.py"], "KC201")
    assert finding["text"] == '"sigmoid"'
    assert finding["severity"] == "Warning"
    assert finding["source"] == "kerascope"


def test_a_correct_model_with_one_mistake_has_one_finding(report: dict) -> None:
    assert [finding["code"] for finding in seen(report, "diagnose")["model.py"]] == ["KC201"]


def test_related_information_leads_to_the_other_place(report: dict) -> None:
    related = only(seen(report, "diagnose")["model.py"], "KC201")["related"]
    assert any("categorical_crossentropy" in place["text"] for place in related), related
    assert {place["file"] for place in related} == {"model.py"}
    assert all(place["message"] for place in related)


@pytest.mark.parametrize("file", FILES)
def test_the_code_is_a_link_to_the_page_of_the_rule(report: dict, file: str) -> None:
    for finding in seen(report, "diagnose")[file]:
        assert finding["target"].startswith("https://"), finding
        assert finding["code"] in finding["target"]


@pytest.mark.parametrize(
    ("file", "code"), [("conv.py", "KS101"), ("recurrent.py", "KS102"), ("typo.py", "KC223")]
)
def test_what_keras_refuses_is_an_error(report: dict, file: str, code: str) -> None:
    assert only(seen(report, "diagnose")[file], code)["severity"] == "Error"


def test_columns_are_right_behind_characters_outside_the_basic_plane(report: dict) -> None:
    assert only(seen(report, "diagnose")["typo.py"], "KC223")["text"] == '"sparse_categorical_entropy"'


@pytest.mark.parametrize("file", FILES)
def test_one_quick_fix_is_preferred_and_comes_first(report: dict, file: str) -> None:
    actions = seen(report, "quickFixes")[file]
    assert [action["preferred"] for action in actions] == [True] + [False] * (len(actions) - 1)
    assert {action["kind"] for action in actions} == {"quickfix"}


def test_both_ways_to_mend_the_activation_are_offered(report: dict) -> None:
    actions = seen(report, "quickFixes")["model.py"]
    assert len(actions) == 2
    assert "softmax" in actions[0]["title"]
    assert "binary_crossentropy" in actions[1]["title"]


@pytest.mark.parametrize(
    ("file", "code", "line"),
    [
        ("model.py", "KC201", '    layers.Dense(10, activation="softmax"),'),
        ("conv.py", "KS101", "    layers.Conv2D(32, 3, input_shape=(28, 28, 1)),"),
        ("recurrent.py", "KS102", "    layers.LSTM(64, return_sequences=True),"),
        (
            "typo.py",
            "KC223",
            'print("🚀 ready 🚀"); model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")',
        ),
    ],
)
def test_the_preferred_fix_mends_the_line_and_takes_the_finding_away(
    report: dict, file: str, code: str, line: str
) -> None:
    fix = seen(report, "preferredFix")[file]
    assert fix["fixed"] == code
    assert fix["changed"] == [line]
    assert code not in fix["left"]


@pytest.mark.parametrize("file", FILES)
def test_undoing_a_fix_brings_the_text_and_the_finding_back(report: dict, file: str) -> None:
    fix = seen(report, "preferredFix")[file]
    assert fix["undone"]
    assert fix["fixed"] in fix["afterUndo"]


def test_fix_all_takes_the_safe_fixes_and_leaves_the_unsafe_one(report: dict) -> None:
    fixed = seen(report, "fixAll")
    assert sorted(fixed["before"]) == ["KC201", "KC223", "KS102"]
    assert fixed["left"] == ["KC201"]
    assert fixed["text"] == mended()


def test_fix_all_on_saving(report: dict) -> None:
    assert seen(report, "fixOnSave")["saved"].rstrip("\n") + "\n" == mended()


def mended() -> str:
    """several.py as it should be after fix-all: the two errors mended, the warning left to its author."""
    text = (installed.HERE / "workspace" / "several.py").read_text(encoding="utf-8")
    mended = text.replace("LSTM(64)", "LSTM(64, return_sequences=True)").replace("eror", "error")
    assert mended.count("\n") == text.count("\n")
    return mended


def test_inlay_hints_show_the_shape_behind_every_layer(report: dict) -> None:
    hints = seen(report, "shapes")["hints"]
    lines = (installed.HERE / "workspace" / "model.py").read_text(encoding="utf-8").splitlines()
    shown = {lines[hint["line"]].strip().split("(")[0]: hint["text"].strip() for hint in hints}
    assert shown["layers.Conv2D"] == "(None, 11, 11, 64)"  # the second of the two
    assert shown["layers.Flatten"] == "(None, 1600)"
    assert shown["layers.Dense"] == "(None, 10)"
    assert any("(None, 26, 26, 32)" in hint["text"] for hint in hints)


def test_hovering_a_layer_tells_its_shape_and_parameters(report: dict) -> None:
    hover = "\n".join(seen(report, "shapes")["hover"])
    assert "(None, 26, 26, 32)" in hover
    assert "320" in hover


def test_findings_neither_vanish_nor_flash_while_a_layer_is_typed(report: dict) -> None:
    typing = seen(report, "typing")
    assert typing["typed"] == '    layers.Dense(64, activation="relu"),'
    assert typing["shown"], "nothing was published while the layer was typed"
    assert {tuple(codes) for codes in typing["shown"]} == {("KC201",)}
    assert typing["hints"] == ["(None, 64)"]


def test_findings_in_a_notebook_lie_in_the_right_cells(report: dict) -> None:
    cells = seen(report, "notebook")["diagnostics"]
    found = [[(finding["code"], finding["text"]) for finding in cell] for cell in cells]
    assert found == [[], [], [("KC201", '"sigmoid"')], [("KS102", "layers.LSTM(64)")]]


def test_related_information_crosses_cells(report: dict) -> None:
    (finding,) = seen(report, "notebook")["diagnostics"][2]
    assert any("categorical_crossentropy" in place["text"] for place in finding["related"]), finding


def test_findings_follow_when_cells_come_and_go(report: dict) -> None:
    finding = [["KC207", '"categorical_crossentropy"']]
    expected = {"before": finding, "shifted": finding, "without": [], "again": finding}
    assert seen(report, "notebookCells") == expected


def test_inlay_hints_in_a_cell(report: dict) -> None:
    assert any("(None, 26, 26, 32)" in hint for hint in seen(report, "notebook")["hints"])


def test_quick_fix_in_a_cell_is_offered_once_and_works(report: dict) -> None:
    book = seen(report, "notebook")
    titles = [action["title"] for action in book["actions"]]
    assert len(titles) == len(set(titles))
    assert 'activation="softmax"' in book["built"]
    assert "sigmoid" not in book["built"]


def test_fix_all_of_a_notebook_mends_the_other_cells(report: dict) -> None:
    changed = seen(report, "notebook")["compiled"].splitlines()[1]
    assert changed.startswith('print("🚀"); series = ')
    assert changed.endswith("layers.LSTM(64, return_sequences=True), layers.LSTM(32)])")


@pytest.mark.parametrize("file", ["code_first.ipynb", "digits.ipynb"])
def test_fix_all_on_saving_a_notebook(report: dict, file: str) -> None:
    assert "LSTM(64, return_sequences=True)" in seen(report, "notebookOnSave")[file]


def test_a_file_that_was_never_saved_is_checked(report: dict) -> None:
    untitled = seen(report, "untitled")
    assert untitled["scheme"] == "untitled"
    assert only(untitled["diagnostics"], "KC223")["text"] == '"sparse_categorical_entropy"'


def test_a_changed_setting_takes_effect_at_once(report: dict) -> None:
    assert seen(report, "setting") == {"before": ["KC201"], "ignored": [], "after": ["KC201"]}


@pytest.mark.parametrize("step", ["restart", "crash"])
def test_there_is_one_new_server_afterwards_and_it_answers(report: dict, step: str) -> None:
    after = seen(report, step)
    assert len(after["before"]) == 1
    assert len(after["after"]) == 1
    assert after["before"] != after["after"]
    assert (after["mended"], after["broken"]) == ([], ["KC223"])


def test_a_server_that_keeps_crashing_is_given_up_until_it_is_asked_for(report: dict) -> None:
    after = seen(report, "giveUp")
    # One crash was forgiven in the step before, and four are in three minutes.
    assert after["kills"] == 4
    assert after["left"] == []
    assert len(after["after"]) == 1
    assert (after["mended"], after["broken"]) == ([], ["KC223"])


def test_no_server_outlives_its_editor(report: dict) -> None:
    (server,) = seen(report, "giveUp")["after"]
    end = time.monotonic() + 15
    while _is_server(server) and time.monotonic() < end:
        time.sleep(0.1)
    assert not _is_server(server)


def test_what_a_person_sees_and_clicks(vscode: installed.VsCode, vsix: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    seen = json.loads(photograph(vscode, vsix, tmp_path / "window", pictures))
    assert any("KC201" in row for row in seen["file"]["problems"]), seen
    assert "softmax" in seen["file"]["fixes"][0]
    assert 'activation="softmax"' in seen["file"]["after"]
    assert any("KC207" in row for row in seen["notebook"]["problems"]), seen
    assert "sparse_categorical_crossentropy" in seen["notebook"]["fixes"][0]
    for name in ("vscode.png", "notebook.png"):
        assert (pictures / name).read_bytes().startswith(b"\x89PNG")


def test_a_missing_server_is_explained_with_a_way_out(
    vscode: installed.VsCode, vsix: Path, tmp_path: Path
) -> None:
    nowhere = str(tmp_path / "python")
    settings = {"kerascope.interpreter": nowhere}
    with codeserver.serve(vscode, tmp_path / "window", [vsix], settings=settings) as window:
        result = window.drive("missing_server.mjs", window.address(file="model.py"), seconds=120)
    assert result.returncode == 0, result.stderr
    seen = json.loads(result.stdout)
    assert f"cannot run its server with {nowhere}" in seen["message"]
    assert seen["buttons"] == ["Open Settings", "Show Output"]
    assert "kerascope.interpreter" in seen["searched"]


def _is_server(pid: int) -> bool:
    try:
        return b"kerascope" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False
