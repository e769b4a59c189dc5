"""Findings for people: one block each, with the line and a mark under what is meant."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from kerascope.findings import Finding, Severity
from kerascope.report.checked import Checked
from kerascope.report.places import Place, Places
from kerascope.text.source import Span

_COLOURS = {
    Severity.ERROR: "31",
    Severity.WARNING: "33",
    Severity.INFORMATION: "36",
    Severity.HINT: "32",
}

MOST_SHOWN = 240
"""Of a longer line only this many characters around the place are shown."""


class Painter:
    """Colours, or none."""

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour

    def paint(self, text: str, code: str) -> str:
        """``text`` in an ANSI style."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


def findings_text(checked: Checked, painter: Painter, width: int = 100) -> str:
    """All findings of one file, each a block, with an empty line after it."""
    places = checked.places
    return "".join(_block(checked, places, finding, painter, width) + "\n\n" for finding in checked.findings)


def concise_text(files: Sequence[Checked]) -> str:
    """A line per finding, which programs that read compilers' messages understand."""
    lines = []
    for checked in files:
        places = checked.places
        for finding in checked.findings:
            where = _location(checked.path, places.place(finding.span))
            lines.append(f"{where}: {_severity(finding)} {finding.code} {finding.message}\n")
    return "".join(lines)


def _severity(finding: Finding) -> str:
    return finding.severity.value + (" (possible)" if finding.certainty == "possible" else "")


def _location(path: str, place: Place | None) -> str:
    if place is None:
        return path
    cell = f":cell {place.cell}" if place.cell is not None else ""
    return f"{path}{cell}:{place.start[0]}:{place.start[1]}"


def _block(checked: Checked, places: Places, finding: Finding, painter: Painter, width: int) -> str:
    colour = _COLOURS[finding.severity]
    severity, _, certainty = _severity(finding).partition(" ")
    head = (
        f"{painter.paint(_location(checked.path, places.place(finding.span)), '1')}: "
        f"{painter.paint(severity, colour)}{' ' if certainty else ''}{certainty} "
        f"{painter.paint(finding.code, '1;' + colour)} {finding.name}"
    )
    lines = [head, *_excerpt(places, finding.span, painter, colour)]
    lines += [
        f"  {line}" for line in textwrap.wrap(finding.message, max(40, width - 2), break_long_words=False)
    ]
    for message, path, place in checked.related(finding):
        lines.append(painter.paint(f"  note: {message} ({_location(path, place)})", "2"))
    for number, fix in enumerate(finding.fixes):
        kind = "fix" if number == 0 else "or"
        unsafe = "" if fix.applicability == "safe" else f" ({fix.applicability})"
        lines.append(f"  {painter.paint(kind, '1')}: {fix.title}{unsafe}")
    return "\n".join(lines)


def _excerpt(places: Places, span: Span, painter: Painter, colour: str) -> list[str]:
    """The line that a finding begins on, with a mark under it; one line before it for the context."""
    cell = places.source.cell_at(span.start)
    index = places.index(cell)
    place = places.place(span)
    line, column = place.start[0] - 1, place.start[1] - 1
    text = index.line_text(line)
    stop = place.end[1] - 1 if place.end[0] - 1 == line else len(text)
    if len(text) > MOST_SHOWN:
        left = max(0, column - MOST_SHOWN // 3)
        text = ("…" if left else "") + text[left : left + MOST_SHOWN] + "…"
        column, stop = (min(place - left + (left > 0), len(text)) for place in (column, stop))
    gutter = len(str(line + 1))
    expanded = text.expandtabs(4)
    before = _columns(text[:column].expandtabs(4))
    marked = max(1, _columns(text[:stop].expandtabs(4)) - before)
    bar = painter.paint("|", "2")
    return [
        f"  {' ' * gutter} {bar}",
        f"  {painter.paint(str(line + 1), '2')} {bar} {expanded}",
        f"  {' ' * gutter} {bar} {' ' * before}{painter.paint('^' * marked, colour)}",
    ]


def _columns(text: str) -> int:
    """How many columns of a terminal ``text`` takes."""
    if text.isascii():
        return len(text)
    import unicodedata

    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def totals_text(findings: Sequence[Finding], files: int, fixed: int = 0) -> str:
    """The last line: how many of what."""
    counts = {severity: sum(finding.severity is severity for finding in findings) for severity in Severity}
    parts = [
        f"{count} {severity.value}{'s' if count != 1 and severity is not Severity.INFORMATION else ''}"
        for severity, count in counts.items()
        if count
    ]
    checked = f"{files} file{'s' if files != 1 else ''} checked"
    mended = f", {fixed} fixed" if fixed else ""
    fixable = sum(
        finding.certainty == "definite" and any(fix.applicability == "safe" for fix in finding.fixes)
        for finding in findings
    )
    hint = f"; {fixable} can be fixed with --fix" if fixable else ""
    return f"{', '.join(parts) if parts else 'nothing to report'} ({checked}{mended}{hint})"
