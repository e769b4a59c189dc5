"""Which files a command is about."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SUFFIXES = (".py", ".ipynb")
_SKIPPED = frozenset(
    {".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".ipynb_checkpoints", ".tox", ".nox",
     ".mypy_cache", ".pytest_cache", ".ruff_cache", "site-packages", "dist-packages"}
)  # fmt: skip


@dataclass(slots=True)
class Found:
    """The files, in order, and what could not be looked at: path and reason."""

    files: list[Path] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)


def find_files(paths: Iterable[str]) -> Found:
    """Python files and notebooks at and below ``paths``; ``.gitignore`` is respected, but not for paths given."""
    found = Found()
    seen: set[Path] = set()
    for text in paths:
        path = Path(text)
        try:
            is_folder, exists = path.is_dir(), path.exists()
        except OSError as error:
            found.problems.append((text, error.strerror or str(error)))
            continue
        if not exists:
            found.problems.append((text, "there is no such file or folder"))
            continue
        candidates: Iterable[Path] = _walk(path, found) if is_folder else [path]
        for candidate in candidates:
            key = _absolute(candidate)
            if key not in seen:
                seen.add(key)
                found.files.append(candidate)
    return found


def _absolute(path: Path) -> Path:
    """``path`` from the root on, without ``..``. Links are kept, since patterns speak of the names shown."""
    return Path(os.path.abspath(path))  # noqa: PTH100


@dataclass(frozen=True, slots=True)
class _Ignore:
    """The patterns of one ``.gitignore``."""

    folder: Path
    spec: Any

    def decision(self, path: Path, *, is_folder: bool) -> bool | None:
        """Whether ``path`` is ignored; ``None`` where these patterns say nothing of it."""
        relative = path.relative_to(self.folder).as_posix() + ("/" if is_folder else "")
        include: bool | None = self.spec.check_file(relative).include
        return include


def _read_ignore(folder: Path) -> _Ignore | None:
    file = folder / ".gitignore"
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    from pathspec import GitIgnoreSpec

    try:
        return _Ignore(folder, GitIgnoreSpec.from_lines(lines))
    except (ValueError, re.error):
        # A line that is no pattern matches nothing, as in git.
        return _Ignore(folder, GitIgnoreSpec.from_lines(line for line in lines if _is_pattern(line)))


def _is_pattern(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except (ValueError, re.error):
        return False
    return True


def _above(folder: Path) -> list[_Ignore]:
    """The ignore files of the folders above, up to the root of the repository."""
    ignores: list[_Ignore] = []
    for parent in (folder, *folder.parents):
        if parent != folder:
            ignore = _read_ignore(parent)
            if ignore is not None:
                ignores.insert(0, ignore)
        if (parent / ".git").exists():
            return ignores
    return []


def _ignored(ignores: list[_Ignore], path: Path, *, is_folder: bool) -> bool:
    for ignore in reversed(ignores):
        decision = ignore.decision(path, is_folder=is_folder)
        if decision is not None:
            return decision
    return False


def _walk(folder: Path, found: Found) -> Iterator[Path]:
    absolute = _absolute(folder)
    ignores = _above(absolute)
    if _ignored(ignores, absolute, is_folder=True):
        ignores = []  # the folder was given although it is ignored: then what it holds is wanted
    yield from _walk_in(folder, absolute, ignores, found)


def _walk_in(shown: Path, absolute: Path, ignores: list[_Ignore], found: Found) -> Iterator[Path]:
    own = _read_ignore(absolute)
    if own is not None:
        ignores = [*ignores, own]
    try:
        entries = sorted(os.scandir(absolute), key=lambda entry: entry.name)
    except OSError as error:
        found.problems.append((str(shown), error.strerror or str(error)))
        return
    for entry in entries:
        path = absolute / entry.name
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in _SKIPPED and not _ignored(ignores, path, is_folder=True):
                yield from _walk_in(shown / entry.name, path, ignores, found)
        elif entry.name.endswith(SUFFIXES) and not _ignored(ignores, path, is_folder=False):
            try:
                is_file = path.is_file()
            except OSError as error:
                found.problems.append((str(shown / entry.name), error.strerror or str(error)))
                continue
            if is_file:
                yield shown / entry.name
