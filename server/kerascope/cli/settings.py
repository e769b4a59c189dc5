"""The options of one file: command line over ``pyproject.toml`` over defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerascope.engine.options import Options, configuration_file, merge_options, read_configuration


@dataclass(slots=True)
class Settings:
    """Options by file; each configuration file is read once. Raises ``BadOption`` where one cannot be."""

    given: Mapping[str, Any]
    _by_folder: dict[Path, Options] = field(default_factory=dict)
    _by_file: dict[Path | None, Options] = field(default_factory=dict)

    def for_path(self, path: Path) -> Options:
        """The options that hold for a file."""
        folder = path.absolute() if path.is_dir() else path.absolute().parent
        if folder not in self._by_folder:
            file = configuration_file(folder)
            if file not in self._by_file:
                configured = read_configuration(file) if file is not None else {}
                options = merge_options(Options(), configured, str(file))
                self._by_file[file] = merge_options(options, self.given, "command line")
            self._by_folder[folder] = self._by_file[file]
        return self._by_folder[folder]
