"""Modules of the program on disk, resolved by jedi."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

MOST_BYTES = 2_000_000
"""Larger modules are not read for what they export."""


def absolute_path(path: str) -> Path:
    """``path`` from the root of the disk. A working folder that was deleted holds nothing, and neither does the one
    that stands for it here."""
    try:
        return Path(path).absolute()
    except FileNotFoundError:
        return Path(os.sep, "(deleted)", path)


class ModuleFinder:
    """Finds the file that an import means, if it is one of the project's own.

    jedi is imported when the first import needs it: where no file beside the program or at the project's root has
    the name of the module, the import is of an installed package and nothing is asked. Not thread-safe, as jedi
    is not.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._root = root
        self._found: dict[tuple[str, int, str], Path | None] = {}
        self._projects: dict[Path, Any] = {}

    def find(self, name: str, level: int, importer: str) -> Path | None:
        """The file of module ``name``, ``level`` dots above ``importer``; ``None`` for anything else."""
        file = absolute_path(importer)
        key = (name, level, str(file.parent))
        if key not in self._found:
            self._found[key] = self._resolve(name, level, file)
        return self._found[key]

    def deciding_folders(self, name: str, level: int, importer: str) -> set[Path]:
        """The folders whose modules decide what ``find`` answers, those included that are not there.

        jedi looks beside the importer, in every folder above it up to the project's root, in ``src``, and from there
        down along the dotted name.
        """
        file = absolute_path(importer)
        root = self.root_of(file)
        if level > 0:
            bases = {file.parents[min(level, len(file.parents)) - 1]}
        else:
            above = [folder for folder in file.parents if folder.is_relative_to(root)]
            bases = {file.parent, *above, root, root / "src"}
        parts = name.split(".") if name else []
        return {base.joinpath(*parts[:depth]) for base in bases for depth in range(len(parts) + 1)}

    def forget(self) -> None:
        """Forgets what was found; for when files come and go."""
        self._found.clear()

    def root_of(self, path: Path) -> Path:
        """The folder of the project around ``path``."""
        if self._root is not None:
            return self._root
        for parent in path.parents:
            if any(
                (parent / marker).exists() for marker in ("pyproject.toml", "setup.py", "setup.cfg", ".git")
            ):
                return parent
        return path.parent

    def _resolve(self, name: str, level: int, importer: Path) -> Path | None:
        root = self.root_of(importer)
        first = name.partition(".")[0]
        folders = {importer.parent, root, root / "src"} if level == 0 else set()
        if level == 0 and not any(
            (folder / f"{first}.py").is_file() or (folder / first).is_dir() for folder in folders
        ):
            return None
        found = self._ask_jedi(name, level, importer, root)
        if found is None or found.suffix != ".py" or not found.is_relative_to(root):
            return None
        inside = found.relative_to(root).parts
        if any(
            part in {"site-packages", "dist-packages", ".venv", "venv", "node_modules"} for part in inside
        ):
            return None
        try:
            return found if found.stat().st_size <= MOST_BYTES else None
        except OSError:
            return None

    def _ask_jedi(self, name: str, level: int, importer: Path, root: Path) -> Path | None:
        import jedi

        project = self._projects.get(root)
        if project is None:
            # The environment's own packages are of no interest here, so no environment is started.
            project = jedi.Project(root, added_sys_path=[str(root / "src")], smart_sys_path=True)
            self._projects[root] = project
        if level == 0:
            statement, column = f"import {name}", len("import ") + len(name)
        else:
            package, _, last = name.rpartition(".")
            statement = f"from {'.' * level}{package} import {last or '*'}"
            column = len(statement) if last else len(f"from {'.' * level}")
        try:
            script = jedi.Script(
                statement, path=importer, project=project, environment=jedi.InterpreterEnvironment()
            )
            for definition in script.goto(1, column, follow_imports=True):
                if definition.type == "module" and definition.module_path is not None:
                    return Path(definition.module_path)
        except Exception:
            # jedi answers what it can; an import that it stumbles over stays unresolved.
            return None
        return None
