"""A real client on a real server: the one of pygls, over standard input and output."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from lsprotocol import types
from pygls.lsp.client import LanguageClient

TIMEOUT = 30


class Client(LanguageClient):
    """Collects what the server publishes."""

    def __init__(self) -> None:
        super().__init__("kerascope-tests", "1")
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.messages: list[str] = []
        self.logged: list[str] = []
        self.statuses: list[str] = []

    async def publication(self, uri: str, version: int | None) -> list[types.Diagnostic]:
        """The diagnostics published for one version of one document."""
        while True:
            params = await asyncio.wait_for(self.published.get(), TIMEOUT)
            if params.uri == uri and params.version == version:
                return list(params.diagnostics)

    def open(self, uri: str, text: str) -> None:
        """Opens a Python file."""
        self.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "python", 1, text))
        )

    def change(self, uri: str, version: int, start: tuple[int, int], end: tuple[int, int], text: str) -> None:
        """Replaces a range."""
        place = types.Range(types.Position(*start), types.Position(*end))
        self.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=version, uri=uri),
                [types.TextDocumentContentChangePartial(place, text)],
            )
        )

    async def actions(self, uri: str, line: int, column: int, *only: str) -> list[types.CodeAction]:
        """The code actions at a position."""
        place = types.Range(types.Position(line, column), types.Position(line, column))
        context = types.CodeActionContext([], only=list(only) or None)  # type: ignore[arg-type]
        answer = await self.text_document_code_action_async(
            types.CodeActionParams(types.TextDocumentIdentifier(uri), place, context)
        )
        return [action for action in answer or [] if isinstance(action, types.CodeAction)]


@asynccontextmanager
async def connected(
    capabilities: types.ClientCapabilities | None = None, options: Any = None
) -> AsyncIterator[tuple[Client, types.InitializeResult]]:
    """A client with a server of its own, which asks no real Keras unless ``options`` say so."""
    client = Client()

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def published(params: types.PublishDiagnosticsParams) -> None:
        client.published.put_nowait(params)

    @client.feature(types.WINDOW_SHOW_MESSAGE)
    def shown(params: types.ShowMessageParams) -> None:
        client.messages.append(params.message)

    @client.feature(types.WINDOW_LOG_MESSAGE)
    def logged(params: types.LogMessageParams) -> None:
        client.logged.append(params.message)

    @client.feature("kerascope/status")
    def status(params: Any) -> None:
        client.statuses.append(params.message)

    await client.start_io(sys.executable, "-m", "kerascope", "server")
    result = await asyncio.wait_for(
        client.initialize_async(
            types.InitializeParams(
                capabilities=capabilities or types.ClientCapabilities(),
                initialization_options={"oracle": False, **(options or {"keras": "3"})},
            )
        ),
        TIMEOUT,
    )
    client.initialized(types.InitializedParams())
    try:
        yield client, result
    finally:
        await asyncio.wait_for(client.shutdown_async(None), TIMEOUT)
        client.exit(None)
        await client.stop()
