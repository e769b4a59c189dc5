"""Which files a command is about."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kerascope.cli.files import find_files


def tree(root: Path, /, *names: str, **ignores: str) -> None:
    """Empty files, a repository's mark, and ``.gitignore`` files by folder ('' is written ``root``)."""
    (root / ".git").mkdir(parents=True, exist_ok=True)
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    for folder, text in ignores.items():
        file = root / ("" if folder == "root" else folder) / ".gitignore"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are given in the root of a repository."""
    monkeypatch.chdir(tmp_path)


def found(*paths: str) -> list[str]:
    """The files found, none of which made a problem."""
    result = find_files(paths)
    assert result.problems == []
    return [path.as_posix() for path in result.files]


def test_python_files_and_notebooks_are_found_in_order_by_the_names_given(tmp_path: Path) -> None:
    tree(tmp_path, "b.py", "a.ipynb", "a.txt", "c/d/e.py", "c/a.py", "py", "x.pyc")
    assert found(".") == ["a.ipynb", "b.py", "c/a.py", "c/d/e.py"]
    assert found("c") == ["c/a.py", "c/d/e.py"]
    assert found(str(tmp_path / "c")) == [f"{tmp_path.as_posix()}/c/a.py", f"{tmp_path.as_posix()}/c/d/e.py"]
    assert found("../" + tmp_path.name + "/c/d") == [f"../{tmp_path.name}/c/d/e.py"]


def test_folders_of_tools_and_environments_are_passed_over(tmp_path: Path) -> None:
    tree(
        tmp_path,
        ".venv/a.py",
        "node_modules/a.py",
        "x/__pycache__/a.py",
        "x/.ipynb_checkpoints/a.ipynb",
        "x/a.py",
    )
    assert found(".") == ["x/a.py"]
    assert found(".venv") == [".venv/a.py"]


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ("b.py\n", ["a.py", "d/a.py"]),
        ("/b.py\n", ["a.py", "d/a.py", "d/b.py", "d/e/b.py"]),
        ("d/\n", ["a.py", "b.py"]),
        ("b.py/\n", ["a.py", "b.py", "d/a.py", "d/b.py", "d/e/b.py"]),
        ("d/b.py\n", ["a.py", "b.py", "d/a.py", "d/e/b.py"]),
        ("**/e\n", ["a.py", "b.py", "d/a.py", "d/b.py"]),
        ("e/b.py\n", ["a.py", "b.py", "d/a.py", "d/b.py", "d/e/b.py"]),
        ("*.py\n!a.py\n", ["a.py", "d/a.py"]),
        ("*.py\n!/a.py\n", ["a.py"]),
        ("d/*\n!d/a.py\n", ["a.py", "b.py", "d/a.py"]),
        ("d/\n!d/a.py\n", ["a.py", "b.py"]),
        ("[ab].py\n# b.py\n\n", []),
        ("\\#.py\n", ["a.py", "b.py", "d/a.py", "d/b.py", "d/e/b.py"]),
    ],
)
def test_patterns_mean_what_they_mean_to_git(tmp_path: Path, patterns: str, left: list[str]) -> None:
    tree(tmp_path, "a.py", "b.py", "d/a.py", "d/b.py", "d/e/b.py", root=patterns)
    assert found(".") == left


def test_a_nearer_file_of_patterns_wins(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "d/a.py", "d/b.py", "d/e/a.py", root="a.py\n", d="!a.py\n/b.py\n")
    (tmp_path / "d" / "e" / ".gitignore").write_text("a.py\n", encoding="utf-8")
    assert found(".") == ["d/a.py"]


def test_patterns_above_the_folder_count_up_to_the_repositorys_root(tmp_path: Path) -> None:
    tree(tmp_path / "repository", "d/a.py", "d/b.py", "d/c.py", root="a.py\n")
    (tmp_path / ".gitignore").write_text("b.py\n", encoding="utf-8")
    (tmp_path / "repository" / "d" / ".gitignore").write_text("/c.py\n", encoding="utf-8")
    assert found("repository/d") == ["repository/d/b.py"]


def test_a_path_that_is_given_is_wanted_even_where_it_is_ignored(tmp_path: Path) -> None:
    tree(tmp_path, "build/a.py", "build/deep/b.py", "c.py", root="build/\nc.py\n")
    assert found(".") == []
    assert found("c.py") == ["c.py"]
    assert found("build/a.py") == ["build/a.py"]
    assert found("build") == ["build/a.py", "build/deep/b.py"]
    assert found("build/deep") == ["build/deep/b.py"]


def test_a_file_of_any_name_is_taken_where_it_is_given(tmp_path: Path) -> None:
    tree(tmp_path, "script")
    assert found("script") == ["script"]


@pytest.mark.parametrize("line", ["!", "\\", "b\\", "[z-a]", "[", "/", "//", "!/"])
def test_a_line_that_is_no_pattern_matches_nothing(tmp_path: Path, line: str) -> None:
    tree(tmp_path, "a.py", "b.py", root=f"{line}\nb.py\n")
    assert found(".") == ["a.py"]


def test_what_is_given_twice_is_found_once(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "d/b.py")
    assert found("a.py", "./a.py", ".", "d", str(tmp_path / "a.py"), "d/../a.py") == ["a.py", "d/b.py"]


@pytest.mark.parametrize("name", ["gone.py", "gone/", "a" * 300, "a.py/b.py", "nul\0l"])
def test_a_path_that_is_not_there_is_a_problem_and_the_rest_is_found(tmp_path: Path, name: str) -> None:
    tree(tmp_path, "a.py")
    result = find_files([name, "a.py"])
    assert [path.as_posix() for path in result.files] == ["a.py"]
    ((path, reason),) = result.problems
    assert path == name
    assert reason


def test_links_that_lead_in_circles_end(tmp_path: Path) -> None:
    tree(tmp_path, "d/a.py")
    (tmp_path / "d" / "self").symlink_to(tmp_path / "d")
    (tmp_path / "d" / "loop.py").symlink_to("loop.py")
    (tmp_path / "d" / "gone.py").symlink_to("nothing.py")
    (tmp_path / "d" / "link.py").symlink_to("a.py")
    (tmp_path / "d" / "folder.py").symlink_to(tmp_path, target_is_directory=True)
    assert found(".") == ["d/a.py", "d/link.py"]
    assert found("d/self") == ["d/self/a.py", "d/self/link.py"]


def test_a_folder_that_cannot_be_listed_is_a_problem_and_the_rest_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree(tmp_path, "a.py", "closed/b.py", "d.py")
    real = os.scandir

    def scandir(path: Path):
        # Simulated, since root may list every folder.
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    result = find_files(["."])
    assert [path.as_posix() for path in result.files] == ["a.py", "d.py"]
    assert result.problems == [("closed", "Permission denied")]


@pytest.mark.parametrize("paths", [["."], ["closed.py", "a.py"]])
def test_a_file_that_cannot_be_looked_at_is_a_problem_and_the_rest_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paths: list[str]
) -> None:
    tree(tmp_path, "a.py", "closed.py")
    real = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.name == "closed.py":
            raise PermissionError(13, "Permission denied")
        return real(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    result = find_files(paths)
    assert [path.as_posix() for path in result.files] == ["a.py"]
    assert result.problems == [("closed.py", "Permission denied")]
