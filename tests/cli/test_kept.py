"""Answers kept on disk: given again while nothing that they rest on has changed, and never after."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.commands import CLEAN, SIGMOID, run
from kerascope.cli import check, kept

MAIN = """\
from tensorflow import keras
from sizes import UNITS

model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(UNITS, activation="softmax")])
model.compile(optimizer="adam", loss="categorical_crossentropy")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project of two files, and a folder of its own for answers."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("[tool.other]\n")
    (root / "main.py").write_text(MAIN)
    (root / "sizes.py").write_text("UNITS = 1\n")
    monkeypatch.setenv("KERASCOPE_CACHE_DIR", str(tmp_path / "answers"))
    monkeypatch.chdir(root)
    return root


def answers(project: Path) -> list[Path]:
    return [path for path in (project.parent / "answers").rglob("*") if path.is_file()]


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run(capsys, "check", "--output-format", "json", *(arguments or ("main.py",)))


def test_what_has_not_changed_is_not_checked_again(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "sigmoid.py").write_text(SIGMOID)
    first = checked(capsys, ".")
    assert first[1].count('"code"') >= 2
    assert len(answers(project)) == 3
    monkeypatch.setattr(check, "check", lambda *_: pytest.fail("checked again"))
    for output in ("json", "text", "sarif", "concise"):
        again = run(capsys, "check", "--output-format", output, ".")
        monkeypatch.undo()
        monkeypatch.setenv("KERASCOPE_CACHE_DIR", str(project.parent / "answers"))
        monkeypatch.chdir(project)
        assert again == run(capsys, "check", "--output-format", output, "--no-cache", ".")
        monkeypatch.setattr(check, "check", lambda *_: pytest.fail("checked again"))


def _rewrite(path: Path, text: str) -> None:
    """Changes a file and leaves its size and time as they were."""
    before = path.stat()
    assert before.st_size == len(text)
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _environment(project: Path) -> None:
    packages = project / ".venv" / "lib" / "python3.11" / "site-packages"
    (packages / "keras-2.12.0.dist-info").mkdir(parents=True)
    (project / ".venv" / "bin").mkdir()
    (project / ".venv" / "bin" / "python").write_text("")


CHANGES: dict[str, Callable[[Path], object]] = {
    "the file": lambda p: _rewrite(p / "main.py", MAIN.replace('"softmax"', '"sigmoid"')),
    "an imported file": lambda p: _rewrite(p / "sizes.py", "UNITS = 5\n"),
    "an imported file that goes": lambda p: (p / "sizes.py").unlink(),
    "an imported file that cannot be read": lambda p: (p / "sizes.py").write_bytes(b"UNITS = '\xff\xfe'\n"),
    "a package that takes its place": lambda p: (
        (p / "sizes").mkdir(), (p / "sizes" / "__init__.py").write_text("UNITS = 7\n"), (p / "sizes.py").unlink()
    ),
    "the root of the project": lambda p: (
        (p / "sub").mkdir(), (p / "sizes.py").rename(p / "sub" / "sizes.py")
    ),
    "the environment": _environment,
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_of_anything_that_an_answer_rests_on_is_seen(
    change: Callable[[Path], object], project: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    before = checked(capsys)
    assert before == checked(capsys)
    change(project)
    fresh = checked(capsys, "--no-cache", "main.py")
    assert checked(capsys) == fresh
    assert fresh != before


def test_a_module_that_was_looked_for_in_vain_is_seen_when_it_comes(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "sizes.py").unlink()
    before = checked(capsys)
    (project / "notes.txt").write_text("no module")
    (project / "sizes.py").write_text("UNITS = 1\n")
    after = checked(capsys)
    assert after != before
    assert after == checked(capsys, "--no-cache", "main.py")


def test_a_module_of_an_imported_file_is_seen(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "sizes.py").write_text("from inner.numbers import UNITS\n")
    (project / "inner").mkdir()
    (project / "inner" / "__init__.py").write_text("")
    (project / "inner" / "numbers.py").write_text("UNITS = 1\n")
    before = checked(capsys)
    _rewrite(project / "inner" / "numbers.py", "UNITS = 5\n")
    after = checked(capsys)
    assert after != before
    assert after == checked(capsys, "--no-cache", "main.py")


@pytest.mark.parametrize(
    "options",
    [["--keras", "2"], ["--select", "KX"], ["--ignore", "KC"], ["--possible"], ["--backend", "jax"]],
)
def test_answers_under_other_options_are_others(
    options: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checked(capsys)
    count = len(answers(project))
    assert checked(capsys, *options, "main.py") == checked(capsys, "--no-cache", *options, "main.py")
    assert len(answers(project)) == count + 1


def test_options_in_a_configuration_file_are_seen(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = checked(capsys)
    (project / "pyproject.toml").write_text('[tool.kerascope]\nignore = ["KC"]\n')
    after = checked(capsys)
    assert after != before
    assert after == checked(capsys, "--no-cache", "main.py")


def test_another_kerascope_keeps_answers_of_its_own(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    checked(capsys)
    count = len(answers(project))
    monkeypatch.setattr(kept, "program_digest", lambda: "another")
    checked(capsys)
    assert len(answers(project)) == count + 1


def test_the_digest_of_the_program_tells_its_files_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "__init__.py").write_text("")
    monkeypatch.setattr(kept.kerascope, "__file__", str(tmp_path / "__init__.py"))
    digests = [kept.program_digest()]
    (tmp_path / "rule.py").write_text("a = 1\n")
    digests.append(kept.program_digest())
    os.utime(tmp_path / "rule.py", ns=(1, 1))
    digests.append(kept.program_digest())
    monkeypatch.setattr(sys, "version", "3.12")
    digests.append(kept.program_digest())
    assert len(set(digests)) == 4


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"{}", b'{"content": 1}', b"\xff", b"null"])
def test_a_damaged_answer_is_none(damage: bytes, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = checked(capsys)
    for path in answers(project):
        path.write_bytes(damage)
    assert checked(capsys) == before


def test_nothing_is_kept_where_it_is_not_wanted_or_cannot_be(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for arguments in (["--no-cache", "main.py"], ["--fix", "main.py"], ["--diff", "main.py"]):
        run(capsys, "check", *arguments)
        assert not answers(project)
    (project.parent / "file").write_text("")
    monkeypatch.setenv("KERASCOPE_CACHE_DIR", str(project.parent / "file"))
    assert checked(capsys) == checked(capsys, "--no-cache", "main.py")


def test_an_answer_is_written_whole_or_not_at_all(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", interrupted)
        assert run(capsys, "check", "main.py")[0] == 130
    assert not answers(project)


def test_what_could_not_be_checked_is_not_kept(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "broken.py").write_bytes(b"\xff\xfe")
    assert checked(capsys, "broken.py")[0] == 2
    assert not answers(project)
    (project / "broken.py").write_text(CLEAN)
    assert checked(capsys, "broken.py")[0] == 0


def test_answers_that_nobody_asked_for_in_a_long_time_go(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    checked(capsys)
    (old,) = answers(project)
    os.utime(old, (1, 1))
    (project / "other.py").write_text(CLEAN)
    checked(capsys, "other.py")
    assert old not in answers(project)
    assert len(answers(project)) == 1
