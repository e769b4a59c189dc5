"""The shape of the code itself: who imports whom, what is generated, how things are called."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "server" / "kerascope"
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_import_contracts_hold() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    command = str(program) if program.exists() else shutil.which("lint-imports")
    assert command is not None, "import-linter belongs to the development tools"
    done = subprocess.run([command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_module_is_called_after_nothing() -> None:
    names = {path.stem for path in MODULES}
    assert not names & {"utils", "util", "helpers", "helper", "misc", "common", "manager"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_small_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 620, "a module past 500 lines wants a reason, and one past 620 wants dividing"
    if path.name != "__init__.py":
        assert ast.get_docstring(ast.parse(text)), "a module begins with a docstring"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_functions_and_classes_have_docstrings(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bare = [
        node.name
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert bare == []


def test_only_text_knows_encodings() -> None:
    for path in MODULES:
        if path.parent.name in {"text", "lsp"}:
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"utf.?16", text, re.IGNORECASE), path


def test_user_code_is_never_run() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"exec", "eval", "compile", "__import__"}, path


def test_every_invariant_of_the_architecture_names_its_guard() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split("## Invariants")[1].split("\n## ")[0]
    invariants = re.findall(r"^\d+\. .+?(?=^\d+\. |\Z)", section, re.MULTILINE | re.DOTALL)
    assert len(invariants) >= 8
    for invariant in invariants:
        guards = re.findall(r"`(tests/[\w/.]+|pyproject\.toml)`", invariant)
        assert guards, invariant
        assert all((ROOT / guard).exists() for guard in guards), guards


def test_links_between_documents_lead_somewhere() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
