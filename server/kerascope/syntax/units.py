"""A program as units: its top-level statements, each with its own libcst tree.

A unit is keyed by the digest of its text, so that an edit makes only the statements that it touches parse
again. Text that does not parse is mended first: the faulty statement is blanked in place, character for
character, and its extent becomes a *hole*.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import libcst as cst

from kerascope.syntax.depth import too_deep
from kerascope.syntax.nesting import parents_in
from kerascope.syntax.repair import mend, names_to_the_dot, without_names
from kerascope.syntax.spans import node_spans
from kerascope.syntax.suppressions import Suppressions, find_suppressions
from kerascope.text.differences import common_prefix, common_suffix
from kerascope.text.scan import logical_lines
from kerascope.text.source import Source, Span
from kerascope.text.unfinished import typed_lines

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
    def parents(self) -> Mapping[cst.CSTNode, cst.CSTNode]:
        """The node around each node that is code; made when first asked for."""
        return parents_in(self.module)

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
class Change:
    """In what a version differs from the one before, whose units were ``before``.

    Those at the indices ``old`` gave way to those at ``new``, in the lines that ``lines`` covers; all others stayed.
    """

    before: tuple[Unit, ...]
    old: range
    new: range
    lines: Span


@dataclass(frozen=True, slots=True)
class Parsed:
    """A program read. ``holes`` are the blanked stretches, as offsets in ``source.text``.

    ``origins`` tells where each unit stood in this very text; the units themselves move with later edits. ``change``
    tells which units of the version before stayed, where that is known.
    """

    source: Source
    units: tuple[Unit, ...]
    holes: tuple[Span, ...]
    faults: tuple[SyntaxFault, ...]
    suppressions: Suppressions = field(default_factory=Suppressions)
    origins: tuple[int, ...] = ()
    change: Change | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """A stretch of a program that is read by itself: a top-level statement, as one unit or as what could be mended.

    Offsets are relative to its beginning. What lies from ``reach`` on has no part in where it ends.
    """

    units: tuple[Unit, ...]
    length: int
    reach: int
    holes: tuple[Span, ...] = ()
    faults: tuple[SyntaxFault, ...] = ()
    suppressions: Suppressions | None = None

    @property
    def start(self) -> int:
        """Where it stands."""
        return self.units[0].origin


@dataclass(frozen=True, slots=True)
class _Version:
    """A program as it was read last: its text and its pieces, and those that more than their own text decides on."""

    text: str
    pieces: list[_Piece]
    units: tuple[Unit, ...]


MOST_CHARACTERS = 400_000
"""How much text's trees are kept that may be asked for again; a tree takes a hundred times the memory of its text."""


class TreeCache:
    """Trees of the texts seen last. It may be shared by all files of one thread.

    ``incremental`` says that versions of one file follow one another, so that only what changed is read again.
    """

    def __init__(self, capacity: int = MOST_CHARACTERS, *, incremental: bool = False) -> None:
        self._incremental = incremental
        self._trees: MutableMapping[bytes, tuple[Tree | SyntaxFault, int]] = {}
        self._capacity = capacity
        self._characters = 0
        self._versions: dict[str, _Version] = {}
        self.parsed = 0

    def last(self, path: str) -> _Version | None:
        """The version of a file that was read last."""
        return self._versions.get(path)

    def follow(self, path: str, version: _Version) -> None:
        """Notes the version of a file that was read last."""
        if self._incremental:
            self._versions[path] = version

    def knows(self, text: str) -> bool:
        """Whether ``text`` was seen before, so that asking for its tree costs nothing."""
        return _digest(text) in self._trees

    def forget(self, path: str) -> None:
        """Forgets the units of a file that was closed."""
        self._versions.pop(path, None)

    def tree(self, text: str) -> Tree | None:
        """The tree of ``text``, or ``None`` where it does not parse."""
        digest = _digest(text)
        known = self._trees.pop(digest, None)
        if known is None:
            self.parsed += 1
            known = _parse(text, digest), len(text)
            self._characters += len(text)
        self._trees[digest] = known
        while self._characters > self._capacity and len(self._trees) > 1:
            oldest = next(iter(self._trees))
            self._characters -= self._trees.pop(oldest)[1]
        return known[0] if isinstance(known[0], Tree) else None


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


def statement_spans(text: str, start: int = 0) -> Iterator[tuple[Span, int]]:
    """The top-level statements of a program from ``start`` on, where one must begin, each with its reach.

    Together the spans cover the rest of the text. They are found one by one, so that nobody needs to look further than
    he wants.
    """
    begin: int | None = None
    reach = start
    decorated = False
    for line, looked in typed_lines(text, start):
        if line.indent > 0:
            decorated = False
        else:
            if not decorated and not _CLAUSE.match(text, line.start):
                if begin is not None:
                    yield Span(begin, line.start), reach
                    begin, reach = line.start, line.start
                elif start == 0 and line.start > 0 and "\f" in text[: line.start]:
                    # libcst forgets a form feed just before a statement, and then places all that follows too early.
                    yield Span(0, line.start), line.start
                    begin = line.start
                else:
                    begin = start
            decorated = text[line.start] == "@"
        reach = max(reach, looked)
    if begin is None:
        begin = start
    if begin < len(text):
        yield Span(begin, len(text)), len(text) + 1


def _unfinished(text: str) -> bool:
    lines = logical_lines(text)
    return bool(lines) and lines[-1].open_brackets > 0


def _reads(text: str, cache: TreeCache) -> bool:
    """Whether every statement of ``text`` parses; those that stood there before are known already."""
    if _unfinished(text):
        return False
    return all(cache.tree(text[span.start : span.stop]) is not None for span, _ in statement_spans(text))


_NAME = re.compile(r"[^\W\d]\w*")


def parse(source: Source, cache: TreeCache) -> Parsed:
    """Reads a program. Never raises: what does not parse becomes holes and faults.

    Where the cache knows the version before, only what lies around the edit is looked at: from the statement above it
    to the first one below that begins where one began before.
    """
    text = source.text
    if text.startswith("\ufeff"):
        text = "\f" + text[1:]  # white space that leaves what follows at the beginning of its line
    known = cache.last(source.path)
    last = known if known is not None else _Version("", [], ())
    edit = _Edit.between(last, text)
    window = _Window(source.path, text, cache, last, edit)
    stop = len(text)
    for span, reach in statement_spans(text, edit.start):
        window.add(span, reach)
        after = edit.meets(span.stop)
        if after is not None:
            edit.past, stop = after, span.stop
            break
    else:
        edit.past = len(last.pieces)
    kept = last.pieces[edit.past :]
    if edit.shift:
        for piece in kept:
            for unit in piece.units:
                unit.origin += edit.shift
    pieces = [*last.pieces[: edit.first], *window.pieces, *kept]
    before, behind = edit.units_before, sum(len(piece.units) for piece in kept)
    units = (*last.units[:before], *window.units, *last.units[len(last.units) - behind :])
    cache.follow(source.path, _Version(text, pieces, units))
    change = Change(
        last.units,
        range(before, len(last.units) - behind),
        range(before, before + len(window.units)),
        Span(edit.start, stop),
    )
    return _parsed(source, pieces, units, change if known is not None else None)


def _parsed(source: Source, pieces: list[_Piece], units: tuple[Unit, ...], change: Change | None) -> Parsed:
    holes: list[Span] = []
    faults: list[SyntaxFault] = []
    whole_file: frozenset[str] = frozenset()
    at: dict[int, frozenset[str]] = {}
    for piece in pieces:
        if piece.holes:
            holes += [hole.shift(piece.start) for hole in piece.holes]
        if piece.faults:
            faults += [SyntaxFault(piece.start + fault.offset, fault.message) for fault in piece.faults]
        if piece.suppressions is not None:
            whole_file |= piece.suppressions.whole_file
            at.update((piece.start + offset, codes) for offset, codes in piece.suppressions.at.items())
    origins = tuple([unit.origin for unit in units])
    return Parsed(source, units, tuple(holes), tuple(faults), Suppressions(whole_file, at), origins, change)


@dataclass(slots=True)
class _Edit:
    """Where a text differs from the version before, in pieces: those from ``first`` to ``past`` are read again.

    ``start`` is the offset of the first of them, the same in both versions; offsets from ``tail`` on are those of
    before and ``shift``. ``starts`` are the offsets at which pieces began before.
    """

    starts: list[int]
    first: int
    past: int
    start: int
    tail: int
    shift: int
    units_before: int

    @classmethod
    def between(cls, last: _Version, text: str) -> _Edit:
        """Compares two versions."""
        same = common_prefix(last.text, text)
        shift = len(text) - len(last.text)
        tail = len(text) - min(common_suffix(last.text, text), len(text) - same, len(last.text) - same)
        pieces = last.pieces
        starts = [piece.start for piece in pieces]
        # The statement above may end elsewhere now, for it ends where the next one begins.
        first = max(0, bisect.bisect_right(starts, same) - 2)
        for index, piece in enumerate(pieces[:first]):
            if piece.reach > piece.length and starts[index] + piece.reach > same:
                first = index
                break
        start = starts[first] if pieces else 0
        before = bisect.bisect_left(last.units, start, key=lambda unit: unit.origin)
        past = bisect.bisect_left(starts, tail - shift)
        return cls(starts, first, past, start, tail, shift, before)

    def meets(self, offset: int) -> int | None:
        """The index of the piece that began at ``offset`` before, if all that is below stands as it did."""
        if offset < self.tail:
            return None
        old = offset - self.shift
        index = bisect.bisect_left(self.starts, old)
        return index if index < len(self.starts) and self.starts[index] == old else None


class _Window:
    """The pieces that are read anew; what stood there before and still does stays the same object."""

    def __init__(self, path: str, text: str, cache: TreeCache, last: _Version, edit: _Edit) -> None:
        self.pieces: list[_Piece] = []
        self.units: list[Unit] = []
        self._path, self._text, self._cache = path, text, cache
        self._pieces: dict[str, list[_Piece]] = {}
        self._begun: set[str] = set()
        self._typed = edit.tail if last.pieces else -1
        for piece in last.pieces[edit.first : edit.past]:
            self._pieces.setdefault(last.text[piece.start : piece.start + piece.length], []).append(piece)
            if not piece.faults:
                begin = piece.start
                self._begun.update(last.text[begin + start : begin + stop] for start, stop in piece.holes)

    def add(self, span: Span, reach: int) -> None:
        """Reads one statement."""
        text = self._text[span.start : span.stop]
        same = self._pieces.get(text)
        if same:
            piece = replace(same.pop(0), reach=reach - span.start)
            moved = span.start - piece.start
            for unit in piece.units:
                unit.origin += moved
        else:
            piece = self._half_typed(text, span.start, reach - span.start) or _read(
                self._path, text, span.start, reach - span.start, self._cache
            )
        self.pieces.append(piece)
        self.units += piece.units

    def _half_typed(self, text: str, origin: int, reach: int) -> _Piece | None:
        """A statement in which a line stands that is typed as far as a dot: the name on the line below is not its own.

        It is one only where that dot was typed just now, or where the line was half typed in the version before.
        """
        typed = self._typed - origin
        if not self._begun and not text.endswith(".", 0, max(typed, 0)):
            return None
        names = [
            name
            for name in names_to_the_dot(text)
            if name.stop == typed or text[name.start : name.stop] in self._begun
        ]
        if not names:
            return None
        whole, tree = self._cache.tree(text), self._cache.tree(without_names(text, names))
        if whole is None or tree is None:
            return None
        dots = {
            whole.spans[node.value].stop
            for node in whole.parents
            if isinstance(node, cst.Attribute) and not node.dot.whitespace_after.empty
        }
        holes = tuple(name for name in names if name.stop - 1 in dots)
        if len(holes) < len(names):
            tree = self._cache.tree(without_names(text, list(holes))) if holes else None
        if tree is None:
            return None
        suppressions = find_suppressions(text) if "kerascope:" in text else None
        return _Piece(
            (Unit(self._path, origin, tree, has_hole=True),), len(text), reach, holes, (), suppressions
        )


def _read(path: str, text: str, origin: int, reach: int, cache: TreeCache) -> _Piece:
    suppressions = find_suppressions(text) if "kerascope:" in text else None
    tree = cache.tree(text) if cache.knows(text) or not _unfinished(text) else None
    if tree is not None:
        return _Piece((Unit(path, origin, tree),), len(text), reach, suppressions=suppressions)
    mended = mend(text, lambda candidate: _reads(candidate, cache))
    holes = list(mended.holes)
    units: list[Unit] = []
    for part, _ in statement_spans(mended.text):
        tree = cache.tree(mended.text[part.start : part.stop])
        if tree is None:  # mend() gave up on this part: nothing in it is read
            tree = cache.tree(re.sub(r"[^\r\n]", " ", mended.text[part.start : part.stop]))
            assert tree is not None
            inside = [part]
            holes.append(part)
        else:
            inside = [hole for hole in mended.holes if part.start <= hole.start < part.stop]
        names = frozenset(
            name for hole in inside for name in _NAME.findall(text, hole.start, min(hole.stop, part.stop))
        )
        units.append(Unit(path, origin + part.start, tree, names, bool(inside)))
    faults = (SyntaxFault(mended.fault_offset, mended.message),) if mended.message else ()
    return _Piece(tuple(units), len(text), reach, tuple(holes), faults, suppressions)
