"""What a user can set: the same keys on the command line, in ``pyproject.toml`` and in an editor."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from kerascope.engine.versions import KerasVersion, parse_version

_CODE = re.compile(r"K([A-Z](\d{0,3}))?")


class BadOption(ValueError):  # noqa: N818 - reads as a sentence where it is raised
    """A setting that cannot be; the message names the key and says what it may be."""


def _setting(default: Any, description: str, *choices: str) -> Any:
    metadata = {"description": description, "choices": choices}
    if isinstance(default, (tuple, list)):
        return field(default_factory=lambda: tuple(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Options:
    """Every setting of the analysis. The description of each is what the documentation shows."""

    keras: str | None = _setting(
        None,
        "The Keras whose behaviour is assumed: `2`, `3`, or an exact version. Default: the environment's own.",
    )
    python: str | None = _setting(
        None,
        "The Python whose packages are analysed. Default: the project's virtual environment, else the running one.",
    )
    backend: str = _setting("tensorflow", "The backend that Keras 3 runs on.", "tensorflow", "jax", "torch")
    select: tuple[str, ...] = _setting((), "Codes, or beginnings of codes, to report. Default: all.")
    ignore: tuple[str, ...] = _setting((), "Codes, or beginnings of codes, not to report.")
    possible: bool = _setting(False, "Also report what holds on some paths only, never as an error.")
    oracle: bool = _setting(
        True, "In an editor: try errors on the environment's own Keras, in a process of its own."
    )
    fail_on: str = _setting(
        "error",
        "The severity from which `check` exits with status 1.",
        "error", "warning", "information", "never",
    )  # fmt: skip

    @property
    def version(self) -> KerasVersion | None:
        """The Keras asked for, if any."""
        return parse_version(self.keras) if self.keras is not None else None

    def reports(self, code: str) -> bool:
        """Whether findings of this code are wanted."""
        chosen = not self.select or any(code.startswith(prefix) for prefix in self.select)
        return chosen and not any(code.startswith(prefix) for prefix in self.ignore)


def merge_options(base: Options, given: Mapping[str, Any], where: str) -> Options:
    """``base`` with further settings. Raises ``BadOption`` for an unknown key or an impossible value."""
    known = {item.name: item for item in fields(Options)}
    changes: dict[str, Any] = {}
    for key, value in given.items():
        name = key.replace("-", "_")
        if name not in known:
            raise BadOption(f"{where}: unknown key `{key}`; known are {', '.join(known).replace('_', '-')}")
        changes[name] = _checked(known[name], key, value, where)
    return replace(base, **changes)


def _checked(item: Any, key: str, value: Any, where: str) -> Any:
    choices = item.metadata["choices"]
    default = getattr(Options(), item.name)
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise BadOption(f"{where}: `{key}` must be true or false, not {value!r}")
    elif isinstance(default, tuple):
        if isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise BadOption(f"{where}: `{key}` must be a list of codes, not {value!r}")
        codes = tuple(part.strip().upper() for part in value)
        wrong = next((code for code in codes if not _CODE.fullmatch(code)), None)
        if wrong is not None:
            raise BadOption(
                f"{where}: `{key}`: {wrong} is neither a code such as KC201 nor the beginning of one"
            )
        return codes
    elif not isinstance(value, str):
        if item.name != "keras" or not isinstance(value, int) or isinstance(value, bool):
            # A number with a point loses its last zero: 3.10 would be 3.1.
            raise BadOption(f"{where}: `{key}` must be a string in quotes, not {value!r}")
        value = str(value)
    if choices and value not in choices:
        raise BadOption(f"{where}: `{key}` must be one of {', '.join(choices)}, not {value!r}")
    if item.name == "keras":
        try:
            parse_version(value)
        except ValueError as error:
            raise BadOption(f"{where}: `{key}`: {error}") from None
    return value


def configuration_file(path: Path) -> Path | None:
    """The nearest ``pyproject.toml`` above ``path`` that has a ``[tool.kerascope]`` table, or that may have one but
    cannot be read.
    """
    folder = path if os.path.isdir(path) else path.parent  # noqa: PTH112 - never raises
    for parent in (folder, *folder.parents):
        candidate = parent / "pyproject.toml"
        try:
            if not candidate.is_file():
                continue
        except OSError:
            continue  # a folder far above that is closed to us says nothing of ours
        try:
            mentioned = b"kerascope" in candidate.read_bytes()
        except OSError:
            return candidate
        if mentioned and _table(candidate) is not None:
            return candidate
    return None


def _table(path: Path) -> Any:
    """What stands under ``tool.kerascope``; ``None`` for nothing, and the error for a file that is broken."""
    import tomllib  # imported only where there is a table to read

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        return BadOption(f"{path}: it cannot be read ({error.strerror or error})")
    except UnicodeDecodeError as error:
        return BadOption(f"{path}: it is not utf-8 ({error})")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return BadOption(f"{path}: it is not TOML ({error})")
    tool = document.get("tool")
    return tool.get("kerascope") if isinstance(tool, dict) else None


def read_configuration(path: Path) -> dict[str, Any]:
    """The ``[tool.kerascope]`` table of a file. Raises ``BadOption`` where it cannot be read.

    A relative path of a Python is meant from the file's own folder on, wherever a command is given.
    """
    table = _table(path)
    if isinstance(table, BadOption):
        raise table
    if table is not None and not isinstance(table, dict):
        raise BadOption(f"{path}: [tool.kerascope] must be a table")
    table = dict(table or {})
    if isinstance(table.get("python"), str):
        table["python"] = str(path.parent / os.path.expanduser(table["python"]))  # noqa: PTH111 - never raises
    return table
