"""The options of one file: command line over ``pyproject.toml`` over defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerascope.engine.options import BadOption, Options, configuration_file, merge_options, read_configuration


@dataclass(slots=True)
class Settings:
    """Options by file; each configuration file is read once."""

    given: Mapping[str, Any]
    _files: dict[Path, Path | None] = field(default_factory=dict)
    _read: dict[Path | None, Options | BadOption] = field(default_factory=dict)

    def for_path(self, path: Path) -> Options:
        """The options that hold for a file. Raises ``BadOption`` where its configuration cannot be."""
        is_folder = os.path.isdir(path)  # noqa: PTH112 - never raises
        folder = path.absolute() if is_folder else path.absolute().parent
        if folder not in self._files:
            self._files[folder] = configuration_file(folder)
        file = self._files[folder]
        if file not in self._read:
            self._read[file] = self._options(file)
        options = self._read[file]
        if isinstance(options, BadOption):
            raise options
        return options

    def _options(self, file: Path | None) -> Options | BadOption:
        try:
            configured = read_configuration(file) if file is not None else {}
            options = merge_options(Options(), configured, str(file))
            given = merge_options(options, self.given, "command line")
            check_python(given, "command line" if "python" in self.given else str(file))
        except BadOption as error:
            return error
        return given


def check_python(options: Options, where: str) -> None:
    """Raises ``BadOption`` where the Python to be analysed is none: another one's Keras would be assumed for it."""
    if options.python is None:
        return
    if not os.path.exists(options.python):  # noqa: PTH110 - never raises
        raise BadOption(f"{where}: `python`: there is no {options.python}")
    if os.path.isdir(options.python):  # noqa: PTH112
        raise BadOption(f"{where}: `python`: {options.python} is a folder; name the program in it")
