"""The language server: handlers that take notes and answer from the last analysis."""

from __future__ import annotations

import gc
import logging
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

from kerascope import __version__
from kerascope.engine.analysis import Analysis, shown_values
from kerascope.engine.options import BadOption, Options, configuration_file, merge_options, read_configuration
from kerascope.engine.workspace import Workspace
from kerascope.ide.actions import fix_all, quick_fixes
from kerascope.ide.hints import shape_hints
from kerascope.ide.hover import hover_at
from kerascope.lsp.convert import Converter, diagnostic, diagnostics, workspace_edit
from kerascope.lsp.documents import Documents, Snapshot, path_of
from kerascope.lsp.scheduler import Scheduler
from kerascope.lsp.verifier import Verifier
from kerascope.text.lines import Encoding
from kerascope.text.source import Span

log = logging.getLogger("kerascope")

FIX_ALL = "source.fixAll.kerascope"
NOTEBOOK_FIX_ALL = "notebook.source.fixAll.kerascope"
_CLIENT_ONLY = frozenset({"interpreter", "environment", "trace", "trusted"})
STATUS = "kerascope/status"
"""A notification of our own, for clients that show a line about the server."""

_ENCODINGS: dict[str, Encoding] = {"utf-8": "utf-8", "utf-16": "utf-16", "utf-32": "utf-32"}


class _Protocol(LanguageServerProtocol):
    """pygls's protocol without its own copies of the texts, each of which it would go through at every keystroke."""

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Iterator[Any]:
        """Hands a change of a text to our handler."""
        yield self.fm.features[types.TEXT_DOCUMENT_DID_CHANGE], (params,), None

    @lsp_method(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def lsp_notebook_document__did_change(
        self, params: types.DidChangeNotebookDocumentParams
    ) -> Iterator[Any]:
        """Hands a change of a notebook to our handler."""
        yield self.fm.features[types.NOTEBOOK_DOCUMENT_DID_CHANGE], (params,), None


class Server(LanguageServer):
    """The server of one client."""

    def __init__(self) -> None:
        super().__init__(
            "kerascope",
            __version__,
            protocol_cls=_Protocol,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            notebook_document_sync=types.NotebookDocumentSyncOptions(
                notebook_selector=[
                    types.NotebookDocumentFilterWithNotebook(
                        notebook="jupyter-notebook", cells=[types.NotebookCellLanguage(language="python")]
                    )
                ],
                save=False,
            ),
        )
        self.documents = Documents()
        self.analyses: dict[str, tuple[Snapshot, Analysis]] = {}
        self.used_options: dict[str, Options] = {}
        self.editor_settings: dict[str, Any] = {}
        self.told: set[str] = set()
        self.memory = Workspace(open_source=self.documents.source_of, incremental=True)
        self.scheduler = Scheduler(self.documents.snapshot, self._analyse, self._publish)
        self.verifier = Verifier(self._verified, self._filled, self._tell_status)

    # --- Analysis -----------------------------------------------------------------------------------------

    def _analyse(self, snapshot: Snapshot) -> Analysis:
        """Runs in the analysis thread."""
        known = self.analyses.get(snapshot.key)
        previous = known[1] if known is not None else None
        options = self.used_options[snapshot.key] = self._options(snapshot.source.path)
        analysis = self.memory.analyse(snapshot.source, options, previous)
        return self.verifier.without_refuted(snapshot.key, analysis)

    def _options(self, path: str) -> Options:
        """The options of a file: ``pyproject.toml`` over the editor's settings."""
        options = Options()
        try:
            options = merge_options(options, self.editor_settings, "editor settings")
        except BadOption as error:
            self.tell_once(str(error))
        try:
            file = configuration_file(Path(path)) if Path(path).is_absolute() else None
            if file is not None:
                options = merge_options(options, read_configuration(file), str(file))
        except BadOption as error:
            self.tell_once(str(error))
        if options.python is not None and not Path(options.python).exists():
            self.tell_once(f"there is no Python at {options.python}; the newest Keras is assumed")
        return options

    def tell_once(self, message: str) -> None:
        """Shows a message to the user, once."""
        if message not in self.told:
            self.told.add(message)
            self.window_show_message(
                types.ShowMessageParams(types.MessageType.Warning, f"Kerascope: {message}")
            )

    def _publish(self, snapshot: Snapshot, analysis: Analysis) -> None:
        """Runs on the event loop, with an analysis of the version that is current."""
        self.analyses[snapshot.key] = (snapshot, analysis)
        log.debug("%s: %s", analysis.source.path, shown_values(analysis))
        self._publish_findings(snapshot, analysis)
        options = self.used_options.get(snapshot.key, Options())
        named = options.python is not None and options.python == self.editor_settings.get("python")
        self.verifier.published(snapshot.key, analysis, options, named=named)

    def _publish_findings(self, snapshot: Snapshot, analysis: Analysis) -> None:
        members = self.documents.members(snapshot.key)
        for uri, items in diagnostics(analysis, snapshot, members, self.documents.encoding).items():
            self.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri, items, version=snapshot.versions.get(uri))
            )
        if getattr(self.client_capabilities.workspace, "inlay_hint", None) is not None:
            refresh = self.client_capabilities.workspace
            if refresh is not None and refresh.inlay_hint is not None and refresh.inlay_hint.refresh_support:
                self.workspace_inlay_hint_refresh(None)

    def _verified(self, key: str, analysis: Analysis) -> None:
        """Runs on the event loop once Keras has said what it says of the errors of an analysis."""
        snapshot, current = self.analyses.get(key, (None, None))
        if snapshot is None or current is not analysis:
            return
        refined = self.verifier.refined(key, analysis)
        self.analyses[key] = (snapshot, refined)
        if len(refined.findings) != len(analysis.findings):
            self._publish_findings(snapshot, refined)

    def _filled(self) -> None:
        """Runs on the event loop once Keras has told of layers that the catalogue does not describe."""
        self.scheduler.between_analyses(self.memory.forget_runs)
        for key in list(self.documents.keys()):
            self.scheduler.changed(key)

    def _tell_status(self, line: str) -> None:
        """Says a line about the server once, where nobody is disturbed by it."""
        if line not in self.told:
            self.told.add(line)
            self.window_log_message(types.LogMessageParams(types.MessageType.Info, f"Kerascope: {line}"))
            self.protocol.notify(STATUS, {"message": line})

    def changed(self, key: str) -> None:
        """A program changed: it is analysed, and so are the open programs that import it."""
        self.scheduler.changed(key)
        path = uris.to_fs_path(key)
        if path is None:
            return
        users = set(self.memory.users_of(Path(path)))
        for other in list(self.documents.keys()):
            if other != key and (uris.to_fs_path(other) or other) in users:
                self.scheduler.changed(other)

    def clear(self, uri: str) -> None:
        """Takes back what was published for a document."""
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    # --- Answers ------------------------------------------------------------------------------------------

    async def current(self, uri: str) -> tuple[Snapshot, Analysis, Converter] | None:
        """The analysis of the text that the client has now."""
        key = self.documents.key_of(uri)
        await self.scheduler.settled()
        known = self.analyses.get(key)
        if known is None:
            return None
        snapshot, analysis = known
        return snapshot, analysis, Converter(snapshot, self.documents.encoding)

    @property
    def versioned_edits(self) -> bool:
        """Whether the client takes edits that name a document's version."""
        workspace = self.client_capabilities.workspace
        edit = workspace.workspace_edit if workspace is not None else None
        return edit is not None and bool(edit.document_changes)


def _settings_from(value: Any) -> dict[str, Any]:
    """The settings of the analysis in what an editor sends; the client's own are left out."""
    if not isinstance(value, dict):
        return {}
    section = value.get("kerascope", value)
    if not isinstance(section, dict):
        return {}
    settings = {
        key: item for key, item in section.items() if key not in _CLIENT_ONLY and item not in (None, "")
    }
    environment = section.get("environment")
    if isinstance(environment, list):
        environment = environment[0] if environment else None
    if isinstance(environment, str) and environment:
        settings["python"] = environment
    return settings


def create_server() -> Server:
    """A server with all its handlers."""
    server = Server()

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        options = params.initialization_options or {}
        server.editor_settings = _settings_from(options)
        trusted = options.get("trusted") if isinstance(options, dict) else None
        server.verifier.trusted = trusted if isinstance(trusted, bool) else None
        server.memory.facts = server.verifier.facts if trusted is not False else None

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        chosen = server.server_capabilities.position_encoding
        server.documents.encoding = _ENCODINGS.get(str(getattr(chosen, "value", chosen)), "utf-16")
        await _pull_settings(server)
        await _watch_files(server)

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(params: types.DidChangeWatchedFilesParams) -> None:
        server.memory.finder.forget()
        server.verifier.environments_changed()
        server.told.clear()
        for key in list(server.documents.keys()):
            server.scheduler.changed(key)

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def settings_changed(params: types.DidChangeConfigurationParams) -> None:
        if isinstance(params.settings, dict) and "kerascope" in params.settings:
            server.editor_settings = _settings_from(params.settings)
        else:
            await _pull_settings(server)
        server.verifier.environments_changed()
        server.told.clear()
        for key in list(server.documents.keys()):
            server.scheduler.changed(key)

    _add_synchronisation(server)
    _add_answers(server)
    return server


async def _pull_settings(server: Server) -> None:
    workspace = server.client_capabilities.workspace
    if workspace is None or not workspace.configuration:
        return
    try:
        answer = await server.workspace_configuration_async(
            types.ConfigurationParams([types.ConfigurationItem(section="kerascope")])
        )
    except Exception as error:
        log.warning("the editor gave no settings: %s", error)
        return
    if answer and isinstance(answer[0], dict):
        server.editor_settings = _settings_from(answer[0])
        for key in list(server.documents.keys()):
            server.scheduler.changed(key)


async def _watch_files(server: Server) -> None:
    """Asks to be told of configuration and modules that change on disk, where the client can."""
    workspace = server.client_capabilities.workspace
    watched = workspace.did_change_watched_files if workspace is not None else None
    if watched is None or not watched.dynamic_registration:
        return
    watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in ("**/pyproject.toml", "**/*.py")]
    registration = types.Registration(
        id="kerascope-files",
        method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
        register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers),
    )
    try:
        await server.client_register_capability_async(types.RegistrationParams([registration]))
    except Exception as error:
        log.warning("the editor does not watch files: %s", error)


def _add_synchronisation(server: Server) -> None:
    documents = server.documents

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        documents.open_text(params.text_document)
        server.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        identifier = params.text_document
        documents.change_text(identifier.uri, identifier.version, params.content_changes)
        server.changed(documents.key_of(identifier.uri))

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        documents.close_text(uri)
        server.analyses.pop(uri, None)
        server.scheduler.forget(uri)
        server.verifier.forget(uri)
        server.used_options.pop(uri, None)
        server.memory.closed(path_of(uri))
        server.clear(uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        server.memory.finder.forget()

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def notebook_opened(params: types.DidOpenNotebookDocumentParams) -> None:
        documents.open_notebook(params)
        server.changed(params.notebook_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def notebook_changed(params: types.DidChangeNotebookDocumentParams) -> None:
        for uri in documents.change_notebook(params):
            server.clear(uri)
        server.changed(params.notebook_document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def notebook_closed(params: types.DidCloseNotebookDocumentParams) -> None:
        for uri in documents.close_notebook(params):
            server.clear(uri)
        server.analyses.pop(params.notebook_document.uri, None)
        server.scheduler.forget(params.notebook_document.uri)
        server.verifier.forget(params.notebook_document.uri)
        server.used_options.pop(params.notebook_document.uri, None)
        server.memory.closed(path_of(params.notebook_document.uri))


def _add_answers(server: Server) -> None:
    kinds: list[types.CodeActionKind | str] = [types.CodeActionKind.QuickFix, FIX_ALL, NOTEBOOK_FIX_ALL]

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=kinds))
    async def code_actions(params: types.CodeActionParams) -> list[types.CodeAction] | None:
        uri = params.text_document.uri
        known = await server.current(uri)
        if known is None:
            return None
        snapshot, analysis, converter = known
        around = converter.span(uri, params.range)
        wanted = [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]
        actions: list[types.CodeAction] = []
        if around is not None and _asked(wanted, types.CodeActionKind.QuickFix.value):
            actions += _quick_fix_actions(server, snapshot, analysis, converter, around)
        for kind, whole in ((FIX_ALL, False), (NOTEBOOK_FIX_ALL, True)):
            # Fix-all is given only to those who ask for it: it belongs to saving, not to the light bulb.
            if (
                wanted
                and _asked(wanted, kind)
                and any(only.startswith(("source", "notebook")) for only in wanted)
            ):
                actions += _fix_all_actions(server, snapshot, analysis, converter, uri, kind, whole=whole)
        return actions

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri
        known = await server.current(uri)
        if known is None:
            return None
        snapshot, analysis, converter = known
        offset = converter.offset(uri, params.position)
        analysis = server.verifier.refined(snapshot.key, analysis)
        found = hover_at(analysis, offset) if offset is not None else None
        if found is None:
            return None
        content = types.MarkupContent(types.MarkupKind.Markdown, found.text)
        return types.Hover(content, converter.location(found.span)[1])

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    async def inlay_hints(params: types.InlayHintParams) -> list[types.InlayHint] | None:
        uri = params.text_document.uri
        known = await server.current(uri)
        if known is None:
            return None
        _, analysis, converter = known
        within = converter.span(uri, params.range)
        hints = []
        for hint in shape_hints(analysis, within):
            place = converter.location(Span(hint.offset, hint.offset))
            if analysis.source.cells:
                # A hint at a cell's very end belongs to that cell, not to the one that begins there.
                place = converter.location(Span(hint.offset - 1, hint.offset))
                place = (place[0], types.Range(place[1].end, place[1].end))
            if place[0] == uri:
                hints.append(
                    types.InlayHint(place[1].start, hint.label, tooltip=hint.tooltip, padding_left=True)
                )
        return hints


def _asked(wanted: list[str], kind: str) -> bool:
    """Whether a client that asks for kinds of actions wants this one: the kind itself, or one above it."""
    return not wanted or any(only in ("", kind) or kind.startswith(only + ".") for only in wanted)


def _quick_fix_actions(
    server: Server, snapshot: Snapshot, analysis: Analysis, converter: Converter, around: Span
) -> list[types.CodeAction]:
    return [
        types.CodeAction(
            title=item.fix.title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[diagnostic(item.finding, converter)[1]],
            is_preferred=item.preferred or None,
            edit=workspace_edit(item.fix.edits, converter, snapshot, versioned=server.versioned_edits),
        )
        for item in quick_fixes(analysis, around)
    ]


def _fix_all_actions(
    server: Server,
    snapshot: Snapshot,
    analysis: Analysis,
    converter: Converter,
    uri: str,
    kind: str,
    *,
    whole: bool,
) -> list[types.CodeAction]:
    """One action with every safe fix; for a cell those in the cell, for a notebook all."""
    if whole and not analysis.source.cells:
        return []
    edits = [edit for edit in fix_all(analysis) if whole or converter.location(edit.span)[0] == uri]
    if not edits:
        return []
    return [
        types.CodeAction(
            title="Fix all safe Kerascope findings",
            kind=kind,
            edit=workspace_edit(edits, converter, snapshot, versioned=server.versioned_edits),
        )
    ]


def serve(tcp: str | None, log_level: str) -> int:
    """Runs a server until its client leaves. Logs go to standard error; standard output belongs to the protocol."""
    logging.basicConfig(
        stream=sys.stderr,
        level=getattr(logging, log_level.upper()),
        format="%(asctime)s %(levelname)s %(message)s",
    )
    logging.getLogger("pygls").setLevel(logging.ERROR)
    # Python's parser, asked what is wrong with a half-typed statement, warns of it as well.
    warnings.simplefilter("ignore", SyntaxWarning)
    server = create_server()
    # What is loaded by now stays; collecting less often keeps a keystroke from paying for everybody's garbage.
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    try:
        return _run(server, tcp)
    finally:
        server.verifier.close()


def _run(server: Server, tcp: str | None) -> int:
    if tcp is None:
        server.start_io()
        return 0
    host, _, port = tcp.rpartition(":")
    if not port.isdigit():
        sys.stderr.write(f"kerascope: --tcp takes HOST:PORT, not {tcp!r}\n")
        return 2
    server.start_tcp(host or "127.0.0.1", int(port))
    return 0
