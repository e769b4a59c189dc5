"""What is kept between analyses: trees, modules, environments, and the last analysis of each file.

The only package with state that changes; it belongs to one thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kerascope.engine.analysis import Analysis, History, analyse
from kerascope.engine.digests import digest
from kerascope.engine.options import Options
from kerascope.engine.reading import Unreadable, decode, read_data, source_from
from kerascope.engine.versions import KerasVersion, version_for
from kerascope.interp.surroundings import Facts
from kerascope.resolve.environment import environment_python, installed_keras
from kerascope.resolve.files import ModuleFinder, absolute_path
from kerascope.syntax.units import Parsed, TreeCache, parse
from kerascope.text.source import Source

ENVIRONMENT_SECONDS: Final = 2.0
"""For how long it is not asked again whether a project has an environment of its own now."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What an analysis rests on beside the file's own text.

    That is what stands in the modules that it read, as digests, none for what could not be read, and the folders in
    which modules were looked for, be it in vain.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    folders: frozenset[str] = frozenset()


@dataclass(slots=True)
class Workspace:
    """One analysis thread's memory. ``open_source`` gives the text of a file that an editor holds.

    ``incremental`` is for an editor's server: versions of one file follow one another, and what an edit cannot reach is
    not interpreted again. ``facts`` tells of layers that the catalogue does not describe.
    """

    open_source: Callable[[Path], Source | None] = lambda path: None
    incremental: bool = False
    facts: Facts | None = None
    cache: TreeCache = field(default_factory=TreeCache)
    finder: ModuleFinder = field(default_factory=ModuleFinder)
    _versions: dict[str | None, KerasVersion | None] = field(default_factory=dict)
    _pythons: dict[Path, tuple[Path | None, float]] = field(default_factory=dict)
    _parsed: dict[Path, tuple[object, Parsed, str]] = field(default_factory=dict)
    _asked: set[tuple[str, int, str]] = field(default_factory=set)
    _used: dict[str, set[Path]] = field(default_factory=dict)
    _histories: dict[str, History] = field(default_factory=dict)
    _importer: str = ""

    def __post_init__(self) -> None:
        if self.incremental:
            self.cache = TreeCache(incremental=True)

    def analyse(self, source: Source, options: Options, previous: Analysis | None = None) -> Analysis:
        """Analyses one version of one file."""
        self._importer = source.path
        self._used[source.path] = set()
        self._asked = set()
        return analyse(
            source,
            options,
            cache=self.cache,
            found=self.environment_version(source.path, options),
            modules=self,
            previous=previous,
            history=self.history_of(source.path),
            with_fixes=not self.incremental,
            facts=self.facts,
        )

    def history_of(self, path: str) -> History | None:
        """What is remembered of a file's last run, where versions of it follow one another."""
        return self._histories.setdefault(path, History()) if self.incremental else None

    def forget_runs(self) -> None:
        """What is known of libraries has changed, so that no statement need do what it did before."""
        for history in self._histories.values():
            history.memory.forget()

    def closed(self, path: str) -> None:
        """A file was closed: nothing of its last run is of use any more."""
        self._histories.pop(path, None)
        self._used.pop(path, None)
        self.cache.forget(path)

    def version_of(self, source: Source, options: Options) -> KerasVersion:
        """The Keras that is assumed for a file."""
        return version_for(source, options.version, self.environment_version(source.path, options))

    def environment_version(self, path: str, options: Options) -> KerasVersion | None:
        """The Keras of the environment that ``path`` belongs to; looked up once per environment."""
        if options.version is not None:
            return None
        python = Path(options.python) if options.python else self._python_around(path)
        key = str(python) if python is not None else None
        if key not in self._versions:
            found = installed_keras(python) or (installed_keras(None) if options.python is None else None)
            self._versions[key] = KerasVersion(found) if found is not None else None
        return self._versions[key]

    def _python_around(self, path: str) -> Path | None:
        """The Python of the project around a file; the disk is asked again after ``ENVIRONMENT_SECONDS``."""
        folder = absolute_path(path).parent
        now = time.monotonic()
        found, until = self._pythons.get(folder, (None, 0.0))
        if now >= until:
            found = environment_python(folder)
            self._pythons[folder] = found, now + ENVIRONMENT_SECONDS
        return found

    def find(self, name: str, level: int, importer: str) -> Parsed | None:
        """The interpreter's way to other files: a module of the project, read and parsed."""
        path = self.finder.find(name, level, importer)
        if not self.incremental:
            self._asked.add((name, level, importer))
        if path is None:
            return None
        self._used.setdefault(self._importer, set()).add(path)
        opened = self.open_source(path)
        try:
            stamp: object = opened if opened is not None else (path.stat().st_mtime_ns, path.stat().st_size)
            known = self._parsed.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            data = read_data(path) if opened is None else b""
            source = (
                opened if opened is not None else source_from(str(path), decode(data, notebook=False).text)
            )
            parsed = parse(source, self.cache)
        except (OSError, Unreadable):
            return None
        self._parsed[path] = (stamp, parsed, digest(data))
        return parsed

    def evidence(self, path: str) -> Evidence:
        """What the last analysis rests on, which was that of ``path``."""
        files = {
            str(used): self._parsed[used][2] if used in self._parsed else "" for used in self._used[path]
        }
        folders = {
            str(folder)
            for name, level, importer in self._asked
            for folder in self.finder.deciding_folders(name, level, importer)
        }
        return Evidence(files, frozenset(folders))

    def source_of(self, path: str) -> Source | None:
        """The text of a module that an analysis read, by its path: places in it are offsets there."""
        known = self._parsed.get(Path(path))
        return known[1].source if known is not None else None

    def users_of(self, path: Path) -> tuple[str, ...]:
        """The files whose last analysis read ``path``."""
        return tuple(user for user, used in self._used.items() if path in used)
