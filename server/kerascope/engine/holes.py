"""What is said while a statement cannot be read: what was said before, as far as that statement does not concern it."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from kerascope.findings import Finding, Related
from kerascope.syntax.units import Parsed, Unit
from kerascope.text.differences import common_prefix, common_suffix
from kerascope.text.source import Source, Span

_LINE_END = re.compile(r"[ \t\f]*(?:[\r\n]|\Z)")


class Before(Protocol):
    """The last analysis of the same file."""

    @property
    def source(self) -> Source:
        """Its text."""

    @property
    def parsed(self) -> Parsed:
        """Its statements."""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was said of it."""


def keep(findings: list[Finding], parsed: Parsed, previous: Before) -> list[Finding]:
    """Findings while a statement cannot be read: what only that statement brings about or makes vanish is flicker.

    A finding stays, moved with the text, unless a statement that it speaks of was edited and reads well; a new one is
    taken only where such a statement has a part in it.
    """
    moved = _Movement(previous, parsed)
    fresh = {(finding.code, finding.span): finding for finding in findings}
    kept: dict[tuple[str, Span], Finding] = {}
    for finding in previous.findings:
        span = moved.span(finding.span)
        if span is None or (finding.code, span) in fresh:
            continue
        places = _own_spans(finding)
        if any(moved.was_edited(place) for place in places):
            continue
        related = tuple(
            Related(item.message, place, item.path)
            for item in finding.related
            if (place := item.span if item.path is not None else moved.span(item.span)) is not None
        )
        kept[finding.code, span] = replace(finding, span=span, related=related, fixes=())
    before = {(finding.code, moved.span(finding.span)) for finding in previous.findings}
    for key, finding in fresh.items():
        if key in before or any(moved.is_edited(place) for place in _own_spans(finding)):
            kept[key] = finding
    return list(kept.values())


def _own_spans(finding: Finding) -> list[Span]:
    """The places in the file itself that a finding speaks of."""
    return [finding.span, *(item.span for item in finding.related if item.path is None)]


class _Movement:
    """Where places of an earlier version are in a later one."""

    def __init__(self, previous: Before, parsed: Parsed) -> None:
        self._old, self._new = _Places(previous.parsed), _Places(parsed)
        self.first, self.last, self.between = _match_units(previous.parsed, parsed)
        self._between = frozenset(self.between.values())
        old, new = previous.source.text, parsed.source.text
        self.before = common_prefix(old, new)
        after = min(common_suffix(old, new), len(old) - self.before, len(new) - self.before)
        self.shift = len(new) - len(old)
        self.tail = len(old) - after
        self._old_text, self._old_holes = old, previous.parsed.holes

    def was_edited(self, span: Span) -> bool:
        """Whether the statement that held ``span`` before reads otherwise now, and reads well."""
        old = self._old.at(span.start)
        if old is not None and self._now(old) is not None:
            return False
        now = self.span(span)
        # What was edited itself has no place any more; the statement around the edit is where it was.
        new = self._new.at(now.start if now is not None else self.before)
        return new is None or not (self._new.units[new].has_hole or self._says_the_same(new))

    def is_edited(self, span: Span) -> bool:
        """Whether the statement that holds ``span`` now is one that did not stand there before, and reads well."""
        new = self._new.at(span.start)
        if new is None or self._new.units[new].has_hole:
            return False
        return not self._stayed(new) and not self._says_the_same(new)

    def span(self, span: Span) -> Span | None:
        """The same text's place now, with what was edited within; ``None`` where an end of it was edited."""
        old = self._old.at(span.start)
        if old is not None and span.stop <= self._old.stop(old):
            new = self._now(old)
            if new is not None:
                return span.shift(self._new.origins[new] - self._old.origins[old])
        if span.stop <= self.before:
            return span
        if span.start < self.before and self.tail < span.stop:
            return Span(span.start, span.stop + self.shift)
        return span.shift(self.shift) if span.start >= self.tail else None

    def _now(self, old: int) -> int | None:
        """The index of a statement of before, if it stands unchanged."""
        if old < self.first:
            return old
        if old >= len(self._old.units) - self.last:
            return old + len(self._new.units) - len(self._old.units)
        return self.between.get(old)

    def _stayed(self, new: int) -> bool:
        """Whether a statement stood there before, unchanged."""
        return new < self.first or new >= len(self._new.units) - self.last or new in self._between

    def _says_the_same(self, new: int) -> bool:
        """Whether all lines of a statement stood there before and could be read.

        Indented lines that nothing holds any more, since the first line of their statement is gone, are taken with
        the statement above: it reads otherwise then, but says the same.
        """
        origin = self._new.origins[new]
        code = Span(origin, origin + len(self._new.units[new].tree.text.rstrip()))
        if code.stop > self.before:
            code = code.shift(-self.shift)
            if code.start < self.tail:
                return False
        text = self._old_text
        begins = code.start == 0 or text[code.start - 1] in "\r\n"
        ends = _LINE_END.match(text, code.stop) is not None
        return (
            begins
            and ends
            and not any(hole.start < code.stop and code.start < hole.stop for hole in self._old_holes)
        )


class _Places:
    """The statements of a program where they stood in its very text."""

    def __init__(self, parsed: Parsed) -> None:
        self.units, self.origins = parsed.units, parsed.origins

    def at(self, offset: int) -> int | None:
        """The index of the statement that holds an offset."""
        index = bisect.bisect_right(self.origins, offset) - 1
        return index if index >= 0 and offset < self.stop(index) else None

    def stop(self, index: int) -> int:
        """Where a statement ended."""
        return self.origins[index] + len(self.units[index].tree.text)


def _match_units(previous: Parsed, parsed: Parsed) -> tuple[int, int, dict[int, int]]:
    """Statements that stand unchanged: how many before the first change, how many after the last one, and in between
    the index of each in the new version by that in the old one.

    In between only a text is matched that stands there once in both versions, for of two equal statements nobody can
    say which was edited.
    """
    old, new, change = previous.units, parsed.units, parsed.change
    first = last = 0
    if change is not None and change.before is old:
        first, last = change.old.start, len(old) - change.old.stop
    most = min(len(old), len(new))
    while first < most - last and old[first].tree.digest == new[first].tree.digest:
        first += 1
    while last < most - first and old[-1 - last].tree.digest == new[-1 - last].tree.digest:
        last += 1
    before, after = (_once(units, first, len(units) - last) for units in (old, new))
    return first, last, {index: after[digest] for digest, index in before.items() if digest in after}


def _once(units: Sequence[Unit], start: int, stop: int) -> dict[bytes, int]:
    """The indices of those units from ``start`` to ``stop`` whose text no other of them has."""
    digests = [unit.tree.digest for unit in units[start:stop]]
    counts = Counter(digests)
    return {digest: start + place for place, digest in enumerate(digests) if counts[digest] == 1}
