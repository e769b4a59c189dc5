"""What is said while a statement cannot be read: what was said before, as far as that statement does not concern it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from kerascope.findings import Finding, Related
from kerascope.syntax.units import Parsed, Unit
from kerascope.text.differences import common_prefix, common_suffix
from kerascope.text.source import Source, Span


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
        self.old_spans, self.new_spans = spans_of(previous.parsed), spans_of(parsed)
        self.new_units = parsed.units
        self.matched = _match_units(previous.parsed, parsed)
        self.unedited = set(self.matched.values())
        old, new = previous.source.text, parsed.source.text
        self.before = common_prefix(old, new)
        after = min(common_suffix(old, new), len(old) - self.before, len(new) - self.before)
        self.shift = len(new) - len(old)
        self.tail = len(old) - after

    def was_edited(self, span: Span) -> bool:
        """Whether the statement that held ``span`` before reads otherwise now, and reads well."""
        if any(
            place.start <= span.start < place.stop and old in self.matched
            for old, place in enumerate(self.old_spans)
        ):
            return False
        now = self.span(span)
        return now is None or not any(
            unit.has_hole and place.start <= now.start < place.stop
            for unit, place in zip(self.new_units, self.new_spans, strict=True)
        )

    def is_edited(self, span: Span) -> bool:
        """Whether the statement that holds ``span`` now is one that did not stand there before, and reads well."""
        return any(
            place.start <= span.start < place.stop
            and not self.new_units[new].has_hole
            and new not in self.unedited
            for new, place in enumerate(self.new_spans)
        )

    def span(self, span: Span) -> Span | None:
        """The same text's place now; ``None`` where it was edited."""
        for old, place in enumerate(self.old_spans):
            if place.start <= span.start and span.stop <= place.stop and old in self.matched:
                return span.shift(self.new_spans[self.matched[old]].start - place.start)
        if span.stop <= self.before:
            return span
        return span.shift(self.shift) if span.start >= self.tail else None


def spans_of(parsed: Parsed) -> list[Span]:
    """Where each unit stood in a program's very text."""
    return [
        Span(origin, origin + len(unit.tree.text))
        for origin, unit in zip(parsed.origins, parsed.units, strict=True)
    ]


def _match_units(previous: Parsed, parsed: Parsed) -> dict[int, int]:
    """Statements that stand unchanged: the index of each in the new version by that in the old one.

    Those before the first change and after the last one are matched in order; in between only a text that stands there
    once in both versions, for of two equal statements nobody can say which was edited.
    """
    old, new, change = previous.units, parsed.units, parsed.change
    if change is not None and change.before is old:
        first, last = change.old.start, len(old) - change.old.stop
    else:
        first = last = 0
    while first < min(len(old), len(new)) - last and old[first].tree.digest == new[first].tree.digest:
        first += 1
    most = min(len(old), len(new)) - first
    while last < most and old[-1 - last].tree.digest == new[-1 - last].tree.digest:
        last += 1
    matched = {index: index for index in range(first)}
    matched.update({len(old) - 1 - back: len(new) - 1 - back for back in range(last)})
    before, after = (_once(units, first, len(units) - last) for units in (old, new))
    matched.update({index: after[digest] for digest, index in before.items() if digest in after})
    return matched


def _once(units: Sequence[Unit], start: int, stop: int) -> dict[bytes, int]:
    """The indices of those units from ``start`` to ``stop`` whose text no other of them has."""
    digests = [unit.tree.digest for unit in units[start:stop]]
    counts = Counter(digests)
    return {digest: start + place for place, digest in enumerate(digests) if counts[digest] == 1}
