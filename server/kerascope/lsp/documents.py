"""The open documents, as the client has them.

The text is kept here rather than in pygls, which cuts lines at form feeds and U+2028, so that its offsets drift from
the client's. Only the event loop changes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lsprotocol import types
from pygls import uris

from kerascope.text.lines import Encoding, LineIndex
from kerascope.text.notebook import WrittenCell, flatten
from kerascope.text.source import Source


@dataclass(slots=True)
class OpenText:
    """A text document: a file, or one cell of a notebook."""

    uri: str
    language: str
    version: int
    index: LineIndex
    notebook: str | None = None

    @property
    def text(self) -> str:
        """The whole text."""
        return self.index.text


@dataclass(slots=True)
class OpenNotebook:
    """A notebook: its cells' names in order, with what kind each is."""

    uri: str
    version: int
    cells: list[tuple[str, bool]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One program at one moment: what is analysed. ``versions`` and ``indexes`` are those of its documents, by URI."""

    key: str
    source: Source
    versions: dict[str, int]
    indexes: dict[str, LineIndex]


def path_of(uri: str) -> str:
    """The file behind a URI; for a document that has none, the URI itself."""
    path = uris.to_fs_path(uri)
    return path if path and uri.startswith("file:") else uri


class Documents:
    """All open documents. ``encoding`` is the one that was agreed on with the client."""

    def __init__(self) -> None:
        self.encoding: Encoding = "utf-16"
        self._texts: dict[str, OpenText] = {}
        self._notebooks: dict[str, OpenNotebook] = {}

    # --- Changes ------------------------------------------------------------------------------------------

    def open_text(self, item: types.TextDocumentItem, notebook: str | None = None) -> None:
        """A document was opened."""
        self._texts[item.uri] = OpenText(
            item.uri, item.language_id, item.version, LineIndex(item.text), notebook
        )

    def change_text(
        self, uri: str, version: int, changes: Iterable[types.TextDocumentContentChangeEvent]
    ) -> None:
        """Edits of a document, each on the text that the one before left."""
        document = self._texts.get(uri)
        if document is None:
            return
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                index = document.index
                start = index.offset(change.range.start.line, change.range.start.character, self.encoding)
                stop = index.offset(change.range.end.line, change.range.end.character, self.encoding)
                document.index = index.edited(start, max(start, stop), change.text)
            else:
                document.index = LineIndex(change.text)
        document.version = version

    def close_text(self, uri: str) -> None:
        """A document was closed."""
        self._texts.pop(uri, None)

    def open_notebook(self, params: types.DidOpenNotebookDocumentParams) -> None:
        """A notebook was opened, with the texts of its cells."""
        notebook = params.notebook_document
        cells = [(cell.document, cell.kind == types.NotebookCellKind.Code) for cell in notebook.cells]
        self._notebooks[notebook.uri] = OpenNotebook(notebook.uri, notebook.version, cells)
        for item in params.cell_text_documents:
            self.open_text(item, notebook.uri)

    def change_notebook(self, params: types.DidChangeNotebookDocumentParams) -> tuple[str, ...]:
        """Cells came, went or were edited. Returns the URIs of the cells that went."""
        uri = params.notebook_document.uri
        notebook = self._notebooks.get(uri)
        change = params.change.cells
        if notebook is None:
            return ()
        notebook.version = params.notebook_document.version
        if change is None:
            return ()
        closed: list[str] = []
        if change.structure is not None:
            array = change.structure.array
            new = [(cell.document, cell.kind == types.NotebookCellKind.Code) for cell in array.cells or ()]
            notebook.cells[array.start : array.start + array.delete_count] = new
            for item in change.structure.did_open or ():
                self.open_text(item, uri)
            for identifier in change.structure.did_close or ():
                self.close_text(identifier.uri)
                closed.append(identifier.uri)
        kinds = {cell.document: cell.kind == types.NotebookCellKind.Code for cell in change.data or ()}
        notebook.cells = [(cell, kinds.get(cell, code)) for cell, code in notebook.cells]
        for edit in change.text_content or ():
            self.change_text(edit.document.uri, edit.document.version, edit.changes)
        return tuple(closed)

    def close_notebook(self, params: types.DidCloseNotebookDocumentParams) -> tuple[str, ...]:
        """A notebook was closed. Returns the URIs of its cells."""
        notebook = self._notebooks.pop(params.notebook_document.uri, None)
        cells = tuple(cell for cell, _ in notebook.cells) if notebook is not None else ()
        for uri in (*cells, *(item.uri for item in params.cell_text_documents)):
            self.close_text(uri)
        return cells

    # --- Looking ------------------------------------------------------------------------------------------

    def key_of(self, uri: str) -> str:
        """The program that a document belongs to: itself, or the notebook of a cell."""
        document = self._texts.get(uri)
        return document.notebook if document is not None and document.notebook is not None else uri

    def keys(self) -> Iterator[str]:
        """All open programs."""
        yield from self._notebooks
        yield from (uri for uri, document in self._texts.items() if document.notebook is None)

    def members(self, key: str) -> Sequence[str]:
        """The documents of a program that findings are published for."""
        notebook = self._notebooks.get(key)
        if notebook is None:
            return (key,) if key in self._texts else ()
        return [cell for cell, is_code in notebook.cells if is_code and cell in self._texts]

    def snapshot(self, key: str) -> Snapshot | None:
        """A program as it is now; ``None`` where it is no longer open."""
        notebook = self._notebooks.get(key)
        if notebook is None:
            document = self._texts.get(key)
            if document is None:
                return None
            source = Source(path_of(key), document.text, version=document.version)
            return Snapshot(key, source, {key: document.version}, {key: document.index})
        written = [
            WrittenCell(index, cell, self._texts[cell].text)
            for index, (cell, is_code) in enumerate(notebook.cells)
            if is_code and cell in self._texts and self._texts[cell].language == "python"
        ]
        versions = {cell: self._texts[cell].version for cell, _ in notebook.cells if cell in self._texts}
        indexes = {cell: self._texts[cell].index for cell in versions}
        return Snapshot(key, flatten(path_of(key), written, notebook.version), versions, indexes)

    def source_of(self, path: Path) -> Source | None:
        """The text of an open file, for the programs that import it."""
        document = self._texts.get(uris.from_fs_path(str(path)) or "")
        return Source(str(path), document.text, version=document.version) if document is not None else None
