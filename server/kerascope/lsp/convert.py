"""Findings, fixes and hints in the protocol's terms."""

from __future__ import annotations

from collections.abc import Iterable

from lsprotocol import types
from pygls import uris

from kerascope.engine.analysis import Analysis
from kerascope.findings import Edit, Finding, Severity
from kerascope.lsp.documents import Snapshot
from kerascope.report.machine import rule_url
from kerascope.text.lines import Encoding, LineIndex
from kerascope.text.source import Cell, Span

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}
_TAGS = {"deprecated": types.DiagnosticTag.Deprecated, "unnecessary": types.DiagnosticTag.Unnecessary}


class Converter:
    """Turns places of a program at one moment into URIs and ranges, and back."""

    def __init__(self, snapshot: Snapshot, encoding: Encoding) -> None:
        self.key = snapshot.key
        self.source = snapshot.source
        self.encoding = encoding
        self._indexes = snapshot.indexes

    def _index(self, cell: Cell | None) -> LineIndex:
        return self._indexes[self.key if cell is None else cell.uri]

    def location(self, span: Span) -> tuple[str, types.Range]:
        """The document that a span begins in, and the range there."""
        cell = self.source.cell_at(span.start)
        index = self._index(cell)
        origin = cell.span.start if cell is not None else 0
        start = index.position(span.start - origin, self.encoding)
        end = index.position(span.stop - origin, self.encoding)
        place = types.Range(types.Position(*start), types.Position(*end))
        return (cell.uri if cell is not None else self.key), place

    def offset(self, uri: str, position: types.Position) -> int | None:
        """The offset of a position in one of the program's documents."""
        if not self.source.cells:
            return self._index(None).offset(position.line, position.character, self.encoding)
        for cell in self.source.cells:
            if cell.uri == uri:
                local = self._index(cell).offset(position.line, position.character, self.encoding)
                return cell.span.start + local
        return None

    def span(self, uri: str, place: types.Range) -> Span | None:
        """The span of a range in one of the program's documents."""
        start, stop = self.offset(uri, place.start), self.offset(uri, place.end)
        return Span(start, stop) if start is not None and stop is not None else None


def diagnostic(finding: Finding, converter: Converter) -> tuple[str, types.Diagnostic]:
    """A finding, and the document that it is published for."""
    uri, place = converter.location(finding.span)
    related = []
    for item in finding.related:
        if item.path is None:
            there, where = converter.location(item.span)
            related.append(types.DiagnosticRelatedInformation(types.Location(there, where), item.message))
        else:
            start = types.Position(0, 0)
            other = uris.from_fs_path(item.path) or item.path
            related.append(
                types.DiagnosticRelatedInformation(
                    types.Location(other, types.Range(start, start)), item.message
                )
            )
    return uri, types.Diagnostic(
        range=place,
        message=finding.message,
        severity=_SEVERITIES[finding.severity],
        code=finding.code,
        code_description=types.CodeDescription(href=rule_url(finding.code)),
        source="kerascope",
        related_information=related or None,
        tags=[_TAGS[tag] for tag in finding.tags] or None,
        data={"name": finding.name},
    )


def diagnostics(
    analysis: Analysis, snapshot: Snapshot, members: Iterable[str], encoding: Encoding
) -> dict[str, list[types.Diagnostic]]:
    """The findings of a program by document; every document has a list, perhaps an empty one."""
    converter = Converter(snapshot, encoding)
    lists: dict[str, list[types.Diagnostic]] = {uri: [] for uri in members}
    for finding in analysis.findings:
        uri, item = diagnostic(finding, converter)
        lists.setdefault(uri, []).append(item)
    return lists


def workspace_edit(
    edits: Iterable[Edit], converter: Converter, snapshot: Snapshot, *, versioned: bool
) -> types.WorkspaceEdit:
    """Edits of a program; tied to the versions that they were made for where the client understands that."""
    by_uri: dict[str, list[types.TextEdit]] = {}
    for edit in edits:
        uri, place = converter.location(edit.span)
        by_uri.setdefault(uri, []).append(types.TextEdit(place, edit.text))
    if not versioned:
        return types.WorkspaceEdit(changes=by_uri)
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=snapshot.versions.get(uri)),
                list(items),
            )
            for uri, items in by_uri.items()
        ]
    )
