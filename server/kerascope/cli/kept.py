"""What was found in files, kept on disk, so that what has not changed is not checked again.

An answer is given again only if everything that it rests on is as it was: the file's bytes, its options, the Keras
assumed, this program, the modules that were read, and, in every folder in which modules were looked for, which ones
there are. All of that is compared by content, so that an answer cannot be stale.

The answers lie in the user's own folder for such things, or in the one that ``KERASCOPE_CACHE_DIR`` names, a small JSON
file for each file that was checked. They are written whole or not at all, and read as nothing but data.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import kerascope
from kerascope.cli.checking import Job, Outcome
from kerascope.engine.digests import digest
from kerascope.engine.reading import Unreadable, decode, read_data, source_from
from kerascope.engine.versions import KerasVersion
from kerascope.engine.workspace import Evidence
from kerascope.findings import Edit, Finding, Fix, Related, Severity
from kerascope.report.checked import Checked
from kerascope.resolve.files import MOST_BYTES, ModuleFinder
from kerascope.text.notebook import lines_in_file
from kerascope.text.source import Span

_MODULES: Final = (".py", ".pyi", ".so", ".pyd", ".pth", ".dist-info", ".egg-link")
DAYS_KEPT: Final = 30
_ANALYSED_BY: Final = ("libcst", "jedi", "parso")


def cache_folder() -> Path | None:
    """Where answers are kept; ``None`` where the system names no place."""
    named = os.environ.get("KERASCOPE_CACHE_DIR")
    if named:
        return Path(named)
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return Path(local) / "kerascope" / "cache" if local else None
    try:
        home = Path.home()
    except RuntimeError:
        return None
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "kerascope"
    named = os.environ.get("XDG_CACHE_HOME")
    return (Path(named) if named and Path(named).is_absolute() else home / ".cache") / "kerascope"


def _file_digest(path: str) -> str:
    try:
        return digest(Path(path).read_bytes())
    except OSError:
        return ""


def _may_be_module(entry: os.DirEntry[str]) -> bool:
    return entry.name.endswith(_MODULES) or (entry.name.isidentifier() and entry.name != "__pycache__")


def _shown(entry: os.DirEntry[str]) -> str:
    """A name, and what kind of thing has it: a module is not read where it is too large."""
    if entry.is_dir():
        return entry.name + "/"
    return entry.name + ("!" if entry.name.endswith(".py") and entry.stat().st_size > MOST_BYTES else "")


def modules_in(folder: str) -> str:
    """A digest of the names of all modules and packages in a folder; empty for a folder that is not there."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(map(_shown, filter(_may_be_module, entries)))
    except OSError:
        return ""
    return digest(*(name.encode("utf-8", "surrogateescape") for name in names))


def program_digest() -> str:
    """A digest of this program and of what it reads programs with: every file of them, by name, time and size."""
    found: list[str] = [sys.version, kerascope.__version__]
    pending = [str(Path(kerascope.__file__).parent)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != "__pycache__":
                        pending.append(entry.path)
                else:
                    about = entry.stat()
                    found.append(f"{entry.path} {about.st_mtime_ns} {about.st_size}")
    for name in _ANALYSED_BY:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            about = os.stat(spec.origin)  # noqa: PTH116
            found.append(f"{spec.origin} {about.st_mtime_ns} {about.st_size}")
    found += [f"{folder} {modules_in(folder)}" for folder in sys.path]
    return digest(*(line.encode("utf-8", "surrogateescape") for line in sorted(found)))


class Kept:
    """The answers on disk. A folder that cannot be read or written means that nothing is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program = program_digest()
        self._finder = ModuleFinder()
        self._modules: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._roots: dict[Path, Path] = {}
        self._written = 0

    def find(self, job: Job, found: KerasVersion | None) -> Outcome | None:
        """The answer of an earlier run, if it would be the same now; ``found`` is the environment's Keras."""
        try:
            data = read_data(Path(job.path))
            entry = json.loads(self._place(job, found).read_bytes())
            if entry["content"] != digest(data) or not self._holds(entry):
                return None
            text = decode(data, notebook=job.path.endswith(".ipynb")).text
            source = source_from(job.path, text)
            findings = tuple(_finding_from(item) for item in entry["findings"])
        except (OSError, ValueError, KeyError, TypeError, Unreadable):
            return None
        lines = lines_in_file(text) if findings and source.cells else {}
        return Outcome(job.path, Checked(job.path, source, entry["keras"], findings, lines))

    def put(self, job: Job, found: KerasVersion | None, outcome: Outcome) -> None:
        """Keeps an answer. Nobody ever sees a half-written one."""
        checked, evidence = outcome.checked, outcome.evidence
        if checked is None or evidence is None or outcome.content is None:
            return
        if outcome.problem is not None or checked.others:
            return
        entry = {
            "content": outcome.content,
            "keras": checked.keras,
            "findings": [_as_json(finding) for finding in checked.findings],
            "files": dict(evidence.files),
            "folders": {folder: self._modules_in(folder) for folder in sorted(evidence.folders)},
            "packages": _packages(evidence),
        }
        place = self._place(job, found)
        new = place.with_name(f"{place.name}.{os.getpid()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(json.dumps(entry), encoding="utf-8", errors="surrogatepass")
            new.replace(place)
        except (OSError, ValueError):
            return
        finally:
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
        self._written += 1

    def close(self) -> None:
        """Takes away what nobody has asked for in a long time, where something was written."""
        if not self._written:
            return
        oldest = time.time() - DAYS_KEPT * 86400
        with contextlib.suppress(OSError):
            for entry in self._folder.glob("*/*"):
                if entry.stat().st_mtime < oldest:
                    entry.unlink(missing_ok=True)

    def _place(self, job: Job, found: KerasVersion | None) -> Path:
        """Where the answer for a file lies: under its path, and all that a run can set."""
        path = Path(job.path).absolute()
        if path.parent not in self._roots:
            self._roots[path.parent] = self._finder.root_of(path)
        key = digest(
            self._program.encode(),
            os.fsencode(path),
            os.fsencode(job.path),
            os.fsencode(self._roots[path.parent]),
            repr(job.options).encode("utf-8", "surrogateescape"),
            (found.text if found is not None else "").encode(),
        )
        return self._folder / key[:2] / f"{key[2:]}.json"

    def _holds(self, entry: Mapping[str, Any]) -> bool:
        return (
            all(self._modules_in(folder) == names for folder, names in entry["folders"].items())
            and all(self._content_of(path) == content for path, content in entry["files"].items())
            and all(self._content_of(path) == content for path, content in entry["packages"].items())
        )

    def _modules_in(self, folder: str) -> str:
        if folder not in self._modules:
            self._modules[folder] = modules_in(folder)
        return self._modules[folder]

    def _content_of(self, path: str) -> str:
        if path not in self._files:
            self._files[path] = _file_digest(path)
        return self._files[path]


def _packages(evidence: Evidence) -> dict[str, str]:
    """What stands in the packages that names were looked for in: it may bind a name that is a module as well."""
    paths: Iterable[str] = (os.path.join(folder, "__init__.py") for folder in evidence.folders)  # noqa: PTH118
    return {path: content for path in paths if (content := _file_digest(path))}


# --- Findings as JSON -------------------------------------------------------------------------------------


def _as_json(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "certainty": finding.certainty,
        "message": finding.message,
        "span": list(finding.span),
        "related": [[item.message, list(item.span), item.path] for item in finding.related],
        "fixes": [
            [fix.title, [[list(edit.span), edit.text] for edit in fix.edits], fix.applicability]
            for fix in finding.fixes
        ],
        "tags": list(finding.tags),
    }


def _finding_from(item: Mapping[str, Any]) -> Finding:
    return Finding(
        item["code"],
        item["name"],
        Severity(item["severity"]),
        item["certainty"],
        item["message"],
        Span(*item["span"]),
        tuple(Related(message, Span(*span), path) for message, span, path in item["related"]),
        tuple(
            Fix(title, tuple(Edit(Span(*span), text) for span, text in edits), applicability)
            for title, edits, applicability in item["fixes"]
        ),
        tuple(item["tags"]),
    )
