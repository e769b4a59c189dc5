"""Which Keras an environment holds, found without importing anything of it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

_DISTRIBUTION = re.compile(r"(?P<name>[A-Za-z0-9_.]+)-(?P<version>[^-]+)\.dist-info$")
_KERAS_INSIDE_TENSORFLOW = (2, 16)
"""From this TensorFlow on, ``tf.keras`` is Keras 3, a package of its own."""


def environment_python(folder: Path) -> Path | None:
    """The Python of the project around ``folder``: an activated environment, else a ``.venv`` beside the project."""
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    candidates = [Path(active)] if active else []
    for parent in (folder, *folder.parents):
        candidates += [parent / ".venv", parent / "venv"]
    for environment in candidates:
        for python in (environment / "bin" / "python", environment / "Scripts" / "python.exe"):
            if python.exists():
                return python
    return None


def site_packages(python: Path | None) -> Iterator[Path]:
    """The folders that a Python's packages lie in; of the running one where none is given."""
    if python is None:
        yield from (Path(entry) for entry in sys.path if entry.endswith(("site-packages", "dist-packages")))
        return
    # The executable of a virtual environment is a link to another Python, so it is not followed.
    prefix = python.absolute().parent.parent
    yield from sorted(prefix.glob("lib*/python3*/site-packages"))
    yield from sorted(prefix.glob("lib*/python3*/dist-packages"))
    windows = python.absolute().parent / "Lib" / "site-packages"
    yield from (folder for folder in (windows, prefix / "Lib" / "site-packages") if folder.is_dir())


def installed_keras(python: Path | None) -> str | None:
    """The version of the Keras that ``tf.keras`` and ``keras`` mean in an environment, if it has any."""
    versions: dict[str, str] = {}
    for folder in site_packages(python):
        try:
            entries = [entry.name for entry in folder.iterdir()]
        except OSError:
            continue
        for entry in entries:
            match = _DISTRIBUTION.match(entry)
            if match is not None:
                name = match.group("name").lower().replace("-", "_")
                versions.setdefault(name, match.group("version"))
    if "keras" in versions:
        return versions["keras"]
    for name in ("tensorflow", "tensorflow_cpu", "tensorflow_macos", "tensorflow_intel"):
        version = versions.get(name)
        if version is not None:
            numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
            return None if numbers >= _KERAS_INSIDE_TENSORFLOW else version
    return None
