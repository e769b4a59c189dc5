"""Runs the literate specifications beside this file: Markdown that says what the interpreter understands.

A comment at the end of a line says what holds there: `# shape: (None, 64)` of the last layer called on that line,
`# error: [KS101]` that a finding of this code is shown on it, `# silent` that none above a hint is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from kerascope.engine.options import Options
from kerascope.engine.workspace import Workspace
from kerascope.findings import Severity
from kerascope.ide.hints import shape_hints
from kerascope.text.lines import LineIndex
from kerascope.text.source import Source

SPECS = Path(__file__).parent / "specs"
_BLOCK = re.compile(
    r"^## (?P<title>[^\n]+)$|^```python(?: file=(?P<file>\S+))?\n(?P<code>.*?)^```$", re.M | re.S
)
_CLAIM = re.compile(r"#\s(?P<kind>shape|error|silent)(?::\s*(?P<value>.+?))?\s*$")


@dataclass(frozen=True)
class Spec:
    """One program, with the other files that stand before it under the same title."""

    title: str
    code: str
    files: tuple[tuple[str, str], ...]
    place: str


def specs() -> list[Spec]:
    found = []
    for path in sorted(SPECS.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        title, files = "", []
        for match in _BLOCK.finditer(text):
            if match["title"]:
                title, files = match["title"], []
            elif match["file"]:
                files.append((match["file"], match["code"]))
            else:
                line = text.count("\n", 0, match.start()) + 1
                found.append(
                    Spec(f"{path.stem}: {title}", match["code"], tuple(files), f"{path.name}:{line}")
                )
    return found


SPEC_LIST = specs()


@pytest.mark.parametrize("spec", SPEC_LIST, ids=lambda spec: f"{spec.place} {spec.title}")
def test_the_interpreter_understands_what_the_specification_says(spec: Spec, tmp_path: Path) -> None:
    for name, code in spec.files:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    main = tmp_path / "main.py"
    main.write_text(spec.code, encoding="utf-8")
    analysis = Workspace().analyse(Source(str(main), spec.code), Options(keras="3"))
    index = LineIndex(spec.code)
    shapes: dict[int, str] = {}
    for hint in shape_hints(analysis):
        shapes[index.position(hint.offset)[0]] = hint.label
    shown: dict[int, set[str]] = {}
    for finding in analysis.findings:
        if finding.severity is not Severity.HINT:
            shown.setdefault(index.position(finding.span.start)[0], set()).add(finding.code)
    wrong = []
    claimed = 0
    for number, line in enumerate(spec.code.split("\n")):
        claim = _CLAIM.search(line)
        if claim is None:
            if shown.get(number):
                wrong.append(f"line {number + 1}: not said to have {shown[number]}")
            continue
        claimed += 1
        kind, value = claim["kind"], claim["value"]
        if kind == "shape" and shapes.get(number) != value:
            wrong.append(f"line {number + 1}: {line.strip()} -- is {shapes.get(number)}")
        if kind == "error" and shown.get(number) != {value.strip("[]")}:
            wrong.append(f"line {number + 1}: {line.strip()} -- has {shown.get(number)}")
        if kind == "silent" and shown.get(number):
            wrong.append(f"line {number + 1}: {line.strip()} -- has {shown[number]}")
    assert claimed, "a specification that claims nothing can not fail"
    assert not wrong, "\n".join(wrong)


def test_there_are_specifications_for_every_part_of_the_language_that_is_understood() -> None:
    files = {path.stem for path in SPECS.glob("*.md")}
    assert SPEC_LIST
    assert files >= {"values", "functions", "control-flow", "imports", "models", "data", "other-files"}
