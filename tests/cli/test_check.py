"""The command line as people and scripts use it: output, exit status, fixes, configuration."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from cli.commands import BRANCH, CLEAN, CONV, SIGMOID, findings, run


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text('[tool.kerascope]\nkeras = "3"\n', encoding="utf-8")
    (tmp_path / "sigmoid.py").write_text(SIGMOID, encoding="utf-8")
    (tmp_path / "conv.py").write_text(CONV, encoding="utf-8")
    (tmp_path / "clean.py").write_text(CLEAN, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_json_has_every_file_and_the_contract_s_fields(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "check", "--output-format", "json", ".")
    document = json.loads(out)
    assert status == 1
    assert err == ""
    assert [file["path"] for file in document["files"]] == ["clean.py", "conv.py", "sigmoid.py"]
    assert document["counts"] == {"error": 1, "warning": 1, "information": 0, "hint": 0}
    assert document["files"][0] == {"path": "clean.py", "keras": "3.15.1", "findings": []}
    (conv,) = document["files"][1]["findings"]
    # Columns count code points from 1, ends are exclusive: the emoji before it is one.
    assert conv["range"] == {"start": {"line": 4, "column": 72}, "end": {"line": 4, "column": 80}}
    assert conv["code"] == "KS101"
    assert conv["name"] == "input-rank-too-low-for-conv"
    assert conv["certainty"] == "definite"
    assert conv["cell"] is None
    assert conv["verified"] is None
    assert conv["url"].endswith("KS101.md")
    assert conv["fixes"][0]["applicability"] == "safe"
    assert conv["fixes"][0]["edits"][0]["text"] == ", 1"
    (sigmoid,) = document["files"][2]["findings"]
    assert sigmoid["range"] == {"start": {"line": 6, "column": 33}, "end": {"line": 6, "column": 42}}
    assert sigmoid["related"][0]["range"]["start"] == {"line": 8, "column": 38}
    assert [fix["applicability"] for fix in sigmoid["fixes"]] == ["unsafe", "unsafe"]


def test_text_shows_the_line_and_marks_what_is_meant(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, "check", "sigmoid.py")
    lines = out.splitlines()
    assert status == 0
    assert lines[0] == "sigmoid.py:6:33: warning KC201 sigmoid-output-with-categorical-crossentropy"
    assert lines[2] == '  6 |     layers.Dense(10, activation="sigmoid"),'
    assert lines[3] == "    |                                 ^^^^^^^^^"
    assert "note: the loss is `categorical_crossentropy` (sigmoid.py:8:38)" in out
    assert lines[-1] == "1 warning (1 file checked)"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["sigmoid.py"], 0),
        (["--fail-on", "warning", "sigmoid.py"], 1),
        (["conv.py"], 1),
        (["--fail-on", "never", "conv.py"], 0),
        (["--ignore", "KS", "conv.py"], 0),
        (["--select", "KC201", "conv.py"], 0),
        (["--select", "KS,KC", "."], 1),
        (["--keras", "4", "."], 2),
        (["--output-format", "nonsense", "."], 2),
        (["--unheard-of"], 2),
        (["--sel", "KS", "."], 2),
        (["--select", "sigmoid", "."], 2),
        (["--python", "no/such/python", "."], 2),
        (["--python", ".", "."], 2),
        (["--possible", "clean.py"], 0),
        (["--fail-on", "information", "."], 1),
        (["-j", "0", "."], 2),
        (["missing.py"], 2),
        (["-j", "2", "."], 1),
    ],
)
def test_the_exit_status_says_what_happened(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int
) -> None:
    assert run(capsys, "check", *arguments)[0] == status


def test_several_processes_say_what_one_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = run(capsys, "check", "--output-format", "json", ".")
    two = run(capsys, "check", "--output-format", "json", "-j", "2", ".")
    assert one == two


def test_what_cannot_be_read_is_named_and_the_rest_is_checked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "latin.py").write_bytes(b"x = '\xe9'\n")
    (folder / "null.py").write_bytes(b"x = 1\x00\n")
    (folder / "broken.ipynb").write_text("{not json", encoding="utf-8")
    status, out, err = run(capsys, "check", "--output-format", "json", ".")
    assert status == 2
    assert len(err.splitlines()) == 3
    assert all(
        name in err
        for name in ("latin.py: it is not utf-8", "null.py: it contains a null byte", "broken.ipynb")
    )
    assert ("conv.py", "KS101", "error") in findings(out)


def test_a_file_that_does_not_parse_is_checked_as_far_as_it_can_be(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "half.py").write_text(CONV + "print(\n", encoding="utf-8")
    status, out, _ = run(capsys, "check", "--output-format", "json", "half.py")
    assert status == 1
    assert findings(out) == [("half.py", "KS101", "error"), ("half.py", "KX001", "warning")]


def test_fix_applies_safe_fixes_and_leaves_the_rest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "check", "--fix", "--output-format", "json", ".")
    assert (folder / "sigmoid.py").read_text(encoding="utf-8") == SIGMOID
    mended = (folder / "conv.py").read_text(encoding="utf-8")
    assert "keras.Input(shape=(28, 28, 1)), layers.Conv2D(8, 3)" in mended
    assert mended.endswith("# grey\n")
    assert status == 0
    assert findings(out) == [("sigmoid.py", "KC201", "warning")]


def test_unsafe_fixes_are_made_when_asked_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, _ = run(capsys, "check", "--fix", "--unsafe-fixes", "sigmoid.py")
    assert status == 0
    assert (folder / "sigmoid.py").read_text(encoding="utf-8") == SIGMOID.replace("sigmoid", "softmax")


def test_findings_on_some_path_only_are_shown_when_asked_for_and_are_no_errors(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "branch.py").write_text(BRANCH, encoding="utf-8")
    assert run(capsys, "check", "branch.py")[:2] == (0, "nothing to report (1 file checked)\n")
    status, out, _ = run(capsys, "check", "--possible", "branch.py")
    assert status == 0
    assert "branch.py:6:35: warning (possible) KS101" in out
    status, out, _ = run(
        capsys, "check", "--possible", "--fail-on", "warning", "--output-format", "json", "branch.py"
    )
    (finding,) = json.loads(out)["files"][0]["findings"]
    assert (status, finding["certainty"], finding["severity"]) == (1, "possible", "warning")


def test_each_file_fails_by_its_own_options(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text(
        '[tool.kerascope]\nkeras = "3"\nfail-on = "warning"\n', encoding="utf-8"
    )
    (inner / "sigmoid.py").write_text(SIGMOID, encoding="utf-8")
    assert run(capsys, "check", "clean.py", "sigmoid.py")[0] == 0
    assert run(capsys, "check", "clean.py", "sigmoid.py", "inner/sigmoid.py")[0] == 1
    assert run(capsys, "check", "inner/sigmoid.py", "clean.py")[0] == 1


def test_statistics_count_findings_by_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "second.py").write_text(SIGMOID, encoding="utf-8")
    _, out, _ = run(capsys, "check", "--statistics", ".")
    lines = out.splitlines()
    assert lines[-3:-1] == [
        "     2  KC201  sigmoid-output-with-categorical-crossentropy",
        "     1  KS101  input-rank-too-low-for-conv",
    ]
    assert lines[-1].startswith("1 error, 2 warnings (4 files checked")
    _, out, _ = run(capsys, "check", "--statistics", "--output-format", "json", ".")
    assert json.loads(out)["counts"]["warning"] == 2


def test_a_syntax_error_can_be_switched_off_like_any_other(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "half.py").write_text("x = 1\nprint(x\n", encoding="utf-8")
    for arguments in (["--ignore", "KX"], ["--select", "KS"]):
        assert run(capsys, "check", *arguments, "half.py")[1] == "nothing to report (1 file checked)\n"
    assert "KX001" in run(capsys, "check", "--select", "KX001", "half.py")[1]
    (folder / "half.py").write_text("# kerascope: ignore-file[KX001]\nprint(x\n", encoding="utf-8")
    assert "KX001" not in run(capsys, "check", "half.py")[1]


def test_related_places_in_another_file_are_places_in_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "models.py").write_text(
        "\n\nfrom tensorflow import keras\n\n\ndef build():\n"
        "    return keras.Sequential([keras.Input((20,)), keras.layers.Dense(10, activation='softmax')])\n",
        encoding="utf-8",
    )
    (folder / "train.py").write_text(
        "import numpy as np\nfrom models import build\n\nm = build()\n"
        "m.compile(loss='categorical_crossentropy')\n"
        "m.fit(np.zeros((8, 20)), np.zeros((8,), dtype='int32'))\n",
        encoding="utf-8",
    )
    _, out, _ = run(capsys, "check", "--output-format", "json", "train.py")
    ((finding,),) = [file["findings"] for file in json.loads(out)["files"]]
    others = [item for item in finding["related"] if item["path"] != "train.py"]
    assert [(item["path"], item["range"]["start"]["line"]) for item in others] == [("models.py", 7)]
    assert "(models.py:7:" in run(capsys, "check", "train.py")[1]


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("# kerascope: ignore[KS101]", []),
        ("# kerascope: ignore[KS]", []),
        ("# kerascope: ignore", []),
        ("# kerascope: ignore[KC201]", ["KS101"]),
        ("# noqa", ["KS101"]),
    ],
)
def test_a_comment_switches_findings_off(
    folder: Path, capsys: pytest.CaptureFixture[str], comment: str, left: list[str]
) -> None:
    (folder / "conv.py").write_text(CONV.replace("# grey", comment), encoding="utf-8")
    _, out, _ = run(capsys, "check", "--output-format", "json", "conv.py")
    assert [code for _, code, _ in findings(out)] == left


def test_a_comment_on_the_statement_s_first_line_counts(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SIGMOID.replace("keras.Sequential([", "keras.Sequential([  # kerascope: ignore[KC201]")
    (folder / "sigmoid.py").write_text(text, encoding="utf-8")
    _, out, _ = run(capsys, "check", "--output-format", "json", "sigmoid.py")
    assert findings(out) == []


def test_ignore_file_switches_a_whole_file_off(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "conv.py").write_text("# kerascope: ignore-file\n" + CONV, encoding="utf-8")
    assert run(capsys, "check", "conv.py")[0] == 0


def test_configuration_comes_from_the_nearest_pyproject(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inner = folder / "inner"
    inner.mkdir()
    (inner / "conv.py").write_text(CONV, encoding="utf-8")
    (inner / "pyproject.toml").write_text(
        '[tool.kerascope]\nignore = ["KS"]\nkeras = "2"\n', encoding="utf-8"
    )
    _, out, _ = run(capsys, "check", "--output-format", "json", ".")
    by_path = {file["path"]: file for file in json.loads(out)["files"]}
    assert by_path["inner/conv.py"]["findings"] == []
    assert by_path["inner/conv.py"]["keras"] == "2"
    assert by_path["conv.py"]["findings"] != []


def test_an_unknown_key_is_an_error_that_names_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "pyproject.toml").write_text("[tool.kerascope]\nselekt = []\n", encoding="utf-8")
    status, _, err = run(capsys, "check", ".")
    assert status == 2
    assert "`selekt`" in err
    assert "pyproject.toml" in err


def test_standard_input_is_checked_under_the_name_given(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(CONV.encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    status, out, _ = run(capsys, "check", "--output-format", "json", "--stdin-filename", "typed.py", "-")
    assert status == 1
    assert findings(out) == [("typed.py", "KS101", "error")]


def test_a_notebook_is_one_program_and_findings_land_in_their_cell(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# A model\n"]},
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1,
         "source": ["%matplotlib inline\n", "from tensorflow import keras\n", "!pip list\n"]},
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 2,
         "source": ["model = keras.Sequential([\n", "    keras.layers.Conv2D(8, 3, input_shape=(28, 28)),\n", "])"]},
    ]  # fmt: skip
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    before = json.dumps(document, indent=1) + "\n"
    (folder / "book.ipynb").write_text(before, encoding="utf-8")
    _, out, _ = run(capsys, "check", "--output-format", "json", "book.ipynb")
    ((finding,),) = [file["findings"] for file in json.loads(out)["files"]]
    assert (finding["code"], finding["cell"], finding["range"]["start"]) == (
        "KS101",
        2,
        {"line": 2, "column": 43},
    )
    run(capsys, "check", "--fix", "--ignore", "KL", "book.ipynb")
    after = (folder / "book.ipynb").read_text(encoding="utf-8")
    assert after == before.replace("input_shape=(28, 28)", "input_shape=(28, 28, 1)")


def test_github_annotations(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "check", "--output-format", "github", "conv.py")
    assert out.startswith("::error file=conv.py,line=4,col=72,endLine=4,endColumn=80,title=KS101 input-rank")


def test_rules_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "rule")
    assert status == 0
    assert "KC201  sigmoid-output-with-categorical-crossentropy" in out
    _, page, _ = run(capsys, "rule", "kc201")
    assert "## Why it matters" in page
    _, listed, _ = run(capsys, "rule", "--output-format", "json")
    assert {"KC201", "KS101"} <= {rule["code"] for rule in json.loads(listed)}
    status, _, err = run(capsys, "rule", "KZ999")
    assert status == 2
    assert "KZ999" in err


def test_check_imports_neither_the_server_nor_jedi_nor_tensorflow(folder: Path) -> None:
    code = (
        "import sys\nfrom kerascope.__main__ import main\nmain(['check', '.'])\n"
        "heavy = ('pygls', 'lsprotocol', 'jedi', 'tensorflow', 'keras', 'numpy', 'rich')\n"
        "print(sorted(name for name in heavy if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
