"""A program as units: its top-level statements, each with its own libcst tree.

A unit is keyed by the digest of its text, so that an edit makes only the statements that it touches parse
again. Text that does not parse is mended first: the faulty statement is blanked in place, character for
character, and its extent becomes a *hole*.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import libcst as cst

from kerascope.syntax.depth import too_deep
from kerascope.syntax.repair import mend, mend_open_string
from kerascope.syntax.spans import node_spans
from kerascope.syntax.suppressions import Suppressions, find_suppressions
from kerascope.text.scan import LogicalLine, logical_lines
from kerascope.text.source import Source, Span

try:
    # hashlib loads OpenSSL for its other functions, which every command would wait for.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b


class Tree:
    """The parsed text of a unit, shared by all units with the same text."""

    __slots__ = ("__dict__", "digest", "module", "text")

    def __init__(self, text: str, digest: bytes, module: cst.Module) -> None:
        self.text = text
        self.digest = digest
        self.module = module

    @functools.cached_property
    def spans(self) -> Mapping[cst.CSTNode, Span]:
        """The span of every node, relative to the unit's origin; made when first asked for."""
        return node_spans(self.module)

    @functools.cached_property
    def imports(self) -> tuple[cst.Import | cst.ImportFrom, ...]:
        """The import statements that stand at the top level."""
        return tuple(
            small
            for statement in self.module.body
            if isinstance(statement, cst.SimpleStatementLine)
            for small in statement.body
            if isinstance(small, (cst.Import, cst.ImportFrom))
        )


@dataclass(slots=True, eq=False)
class Unit:
    """A top-level statement where it stands. ``origin`` is the offset of its text in the program.

    A statement that an edit leaves alone stays the same object, and ``origin`` moves along with it; nothing else of a
    unit ever changes. So places and values that were found in it stay good.
    """

    path: str
    origin: int
    tree: Tree
    hole_names: frozenset[str] = frozenset()
    has_hole: bool = False

    @property
    def stop(self) -> int:
        """Offset past the unit's text."""
        return self.origin + len(self.tree.text)

    @property
    def body(self) -> tuple[cst.BaseStatement | cst.SimpleStatementLine, ...]:
        """The unit's statements: one, or several joined by semicolons, or none for comments alone."""
        return tuple(self.tree.module.body)

    def span(self, node: cst.CSTNode) -> Span:
        """Where ``node`` stands in the program."""
        return self.tree.spans[node].shift(self.origin)


class Site(NamedTuple):
    """A place in a program: a node of a unit. It survives edits above it, since it holds no offset."""

    unit: Unit
    node: cst.CSTNode

    @property
    def path(self) -> str:
        """The file that the place lies in."""
        return self.unit.path

    @property
    def span(self) -> Span:
        """Offsets in the program."""
        return self.unit.span(self.node)

    @property
    def key(self) -> tuple[str, int, int]:
        """Equal for equal places."""
        span = self.span
        return (self.unit.path, span.start, span.stop)


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """Text that does not parse: where, and Python's own word on it."""

    offset: int
    message: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """A program read. ``holes`` are the blanked stretches, as offsets in ``source.text``.

    ``spans`` tells where each unit stood in this very text; the units themselves move with later edits.
    ``changed`` are the lines in which it differs from the version before, where that is known.
    """

    source: Source
    units: tuple[Unit, ...]
    holes: tuple[Span, ...]
    faults: tuple[SyntaxFault, ...]
    suppressions: Suppressions = field(default_factory=Suppressions)
    spans: tuple[Span, ...] = ()
    changed: Span | None = None


class TreeCache:
    """Trees of the texts seen last. It may be shared by all files of one thread.

    ``incremental`` says that versions of one file follow one another, so that their units are kept as well.
    """

    def __init__(self, capacity: int = 20_000, *, incremental: bool = False) -> None:
        self._incremental = incremental
        self._trees: MutableMapping[bytes, Tree | SyntaxFault] = {}
        self._capacity = capacity
        self._units: dict[str, dict[Any, list[Unit]]] = {}
        self.parsed = 0

    def settle(self, path: str, units: list[Unit]) -> list[Unit]:
        """The units of a program, those that stood in its last version as the same objects, moved."""
        if not self._incremental:
            return units
        known = self._units.get(path, {})
        settled: list[Unit] = []
        table: dict[Any, list[Unit]] = {}
        for unit in units:
            key = (unit.tree.digest, unit.hole_names, unit.has_hole)
            same = known.get(key)
            if same:
                kept = same.pop(0)
                kept.origin = unit.origin
                unit = kept
            table.setdefault(key, []).append(unit)
            settled.append(unit)
        self._units[path] = table
        return settled

    def knows(self, text: str) -> bool:
        """Whether ``text`` was seen before, so that asking for its tree costs nothing."""
        return _digest(text) in self._trees

    def forget(self, path: str) -> None:
        """Forgets the units of a file that was closed."""
        self._units.pop(path, None)

    def tree(self, text: str) -> Tree | None:
        """The tree of ``text``, or ``None`` where it does not parse."""
        digest = _digest(text)
        found = self._trees.pop(digest, None)
        if found is None:
            self.parsed += 1
            found = _parse(text, digest)
        self._trees[digest] = found
        if len(self._trees) > self._capacity:
            self._trees.pop(next(iter(self._trees)))
        return found if isinstance(found, Tree) else None


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _parse(text: str, digest: bytes) -> Tree | SyntaxFault:
    if too_deep(text):
        return SyntaxFault(0, "nested too deeply")
    try:
        return Tree(text, digest, cst.parse_module(text))
    except cst.ParserSyntaxError as error:
        return SyntaxFault(0, error.message)
    except Exception as error:
        # libcst raises plain exceptions for a few inputs (a null byte, a lone surrogate, very deep nesting);
        # what cannot be read is a hole like any other.
        return SyntaxFault(0, str(error))


_CLAUSE = re.compile(r"(?:else|elif|except|finally)\b")


def unit_spans(text: str, lines: list[LogicalLine]) -> list[Span]:
    """Cuts a program into top-level statements; together the spans cover the whole text."""
    starts: list[int] = []
    decorated = False
    for line in lines:
        if line.indent > 0:
            decorated = False
            continue
        if not decorated and not _CLAUSE.match(text, line.start):
            starts.append(line.start)
        decorated = text[line.start] == "@"
    if not starts:
        return [Span(0, len(text))] if text else []
    if "\f" in text[: starts[0]]:
        # libcst forgets a form feed just before a statement, and then places all that follows too early.
        starts.insert(0, 0)
    starts[0] = 0
    return [Span(start, stop) for start, stop in zip(starts, [*starts[1:], len(text)], strict=True)]


def _unfinished(text: str) -> bool:
    lines = logical_lines(text)
    return bool(lines) and lines[-1].open_brackets > 0


def _reads(text: str, cache: TreeCache) -> bool:
    """Whether every statement of ``text`` parses; those that stood there before are known already."""
    lines = logical_lines(text)
    if lines and lines[-1].open_brackets > 0:
        return False
    return all(cache.tree(text[span.start : span.stop]) is not None for span in unit_spans(text, lines))


_NAME = re.compile(r"[^\W\d]\w*")


def parse(source: Source, cache: TreeCache) -> Parsed:
    """Reads a program. Never raises: what does not parse becomes holes and faults."""
    text = source.text
    if text.startswith("\ufeff"):
        text = "\f" + text[1:]  # white space that leaves what follows at the beginning of its line
    units: list[Unit] = []
    holes: list[Span] = []
    faults: list[SyntaxFault] = []
    lines = logical_lines(text)
    mended = mend_open_string(text, lines[-1].start) if lines else None
    if mended is not None:
        text, lines = mended.text, logical_lines(mended.text)
        holes += mended.holes
        faults.append(SyntaxFault(mended.fault_offset, mended.message))
    for span in unit_spans(text, lines):
        _read(source.path, text[span.start : span.stop], span.start, cache, units, holes, faults)
    if mended is not None:
        (hole,) = mended.holes
        names = frozenset(_NAME.findall(source.text, *hole))
        units = [
            replace(unit, hole_names=unit.hole_names | names, has_hole=True)
            if unit.origin <= hole.start < unit.stop
            else unit
            for unit in units
        ]
    units = cache.settle(source.path, units)
    spans = tuple(Span(unit.origin, unit.stop) for unit in units)
    return Parsed(source, tuple(units), tuple(holes), tuple(faults), find_suppressions(text), spans)


def _read(
    path: str,
    text: str,
    origin: int,
    cache: TreeCache,
    units: list[Unit],
    holes: list[Span],
    faults: list[SyntaxFault],
) -> None:
    # A bracket that is never closed takes the rest of the file along, which is not worth parsing to find out.
    tree = cache.tree(text) if cache.knows(text) or not _unfinished(text) else None
    if tree is not None:
        units.append(Unit(path, origin, tree))
        return
    mended = mend(text, lambda candidate: _reads(candidate, cache))
    faults.append(SyntaxFault(origin + mended.fault_offset, mended.message))
    holes += [hole.shift(origin) for hole in mended.holes]
    for part in unit_spans(mended.text, logical_lines(mended.text)):
        tree = cache.tree(mended.text[part.start : part.stop])
        if tree is None:  # mend() gave up on this part: nothing in it is read
            tree = cache.tree(re.sub(r"[^\r\n]", " ", mended.text[part.start : part.stop]))
            assert tree is not None
            inside = [part]
            holes.append(part.shift(origin))
        else:
            inside = [hole for hole in mended.holes if part.start <= hole.start < part.stop]
        names = frozenset(
            name for hole in inside for name in _NAME.findall(text, hole.start, min(hole.stop, part.stop))
        )
        units.append(Unit(path, origin + part.start, tree, names, bool(inside)))
