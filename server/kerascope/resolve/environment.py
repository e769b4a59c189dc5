"""Which Keras an environment holds, found without importing anything of it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_DISTRIBUTION = re.compile(r"(?P<name>[A-Za-z0-9_.]+)-(?P<version>[^-]+)\.dist-info$")
_KERAS_INSIDE_TENSORFLOW = (2, 16)
"""From this TensorFlow on, ``tf.keras`` is Keras 3, a package of its own."""


def environment_python(folder: Path) -> Path | None:
    """The Python of the project around ``folder``: an activated environment, else a ``.venv`` beside the project."""
    around = (parent / name for parent in (folder, *folder.parents) for name in (".venv", "venv"))
    return activated_python() or next(filter(None, map(_python_in, around)), None)


def activated_python() -> Path | None:
    """The Python of the environment that was activated where this program was started."""
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    return _python_in(Path(active)) if active else None


def _python_in(environment: Path) -> Path | None:
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


def installed_packages(python: Path | None) -> dict[str, str]:
    """The packages of an environment, by names with underscores, and their versions."""
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
    return versions


_TENSORFLOWS = ("tensorflow", "tensorflow_cpu", "tensorflow_macos", "tensorflow_intel", "tf_nightly")


def installed_keras(python: Path | None) -> str | None:
    """The version of the Keras that ``tf.keras`` and ``keras`` mean in an environment, if it has any."""
    versions = installed_packages(python)
    if "keras" in versions:
        return versions["keras"]
    for name in _TENSORFLOWS:
        version = versions.get(name)
        if version is not None:
            numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
            return None if numbers >= _KERAS_INSIDE_TENSORFLOW else version
    return None


@dataclass(frozen=True, slots=True)
class Loadable:
    """A Keras that an environment can load: its package, ``keras`` or ``tf_keras``, and its version."""

    package: Literal["keras", "tf_keras"]
    version: str


def loadable_keras(python: Path | None, major: int, backend: str) -> Loadable | str:
    """The Keras of a major version in an environment, with its backend; else what is missing, in a few words.

    A Keras 2 that belongs to TensorFlow itself counts as ``tf_keras``.
    """
    versions = installed_packages(python)
    names = _TENSORFLOWS if backend == "tensorflow" or major == 2 else (backend,)
    if not any(name in versions for name in names):
        return "TensorFlow is not installed" if names is _TENSORFLOWS else f"{backend} is not installed"
    keras = versions.get("keras", "")
    if major == 3:
        return Loadable("keras", keras) if keras.startswith("3") else "Keras 3 is not installed"
    if "tf_keras" in versions:
        return Loadable("tf_keras", versions["tf_keras"])
    return Loadable("tf_keras", keras) if keras.startswith("2") else "tf_keras is not installed"
