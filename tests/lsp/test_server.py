"""The server end to end, over standard input and output."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from lsprotocol import types

from lsp.client import connected

PROGRAM = """\
from tensorflow import keras
from tensorflow.keras import layers

model = keras.Sequential([
    keras.Input(shape=(20,)),
    layers.Dense(32, activation="relu"),
    layers.Dense(10, activation="sigmoid"),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
"""
CONV = """\
from tensorflow import keras
name = "😀"; model = keras.Sequential([keras.layers.Conv2D(8, 3, input_shape=(28, 28))])
"""


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scenario())


def uri_of(path: Path) -> str:
    return path.as_uri()


def test_a_file_is_answered_with_codes_pages_and_related_places(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "train.py")
        async with connected() as (client, result):
            assert result.server_info is not None
            assert result.server_info.name == "kerascope"
            client.open(uri, PROGRAM)
            (found,) = await client.publication(uri, 1)
            assert found.code == "KC201"
            assert found.source == "kerascope"
            assert found.severity is types.DiagnosticSeverity.Warning
            assert found.code_description is not None
            assert found.code_description.href.endswith("KC201.md")
            assert found.range == types.Range(types.Position(6, 32), types.Position(6, 41))
            assert found.related_information is not None
            assert found.related_information[0].location.range.start == types.Position(8, 37)

    run(scenario)


def test_every_version_is_answered_and_the_fix_mends_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "train.py")
        async with connected() as (client, _):
            client.open(uri, PROGRAM)
            await client.publication(uri, 1)
            fixes = await client.actions(uri, 6, 35)
            assert [(fix.title.split(":")[0], bool(fix.is_preferred)) for fix in fixes] == [
                ("Use softmax", True),
                ("Use binary_crossentropy", False),
            ]
            assert fixes[0].diagnostics is not None
            assert fixes[0].diagnostics[0].code == "KC201"
            assert fixes[0].edit is not None
            (edit,) = fixes[0].edit.changes[uri]
            start, end = edit.range.start, edit.range.end
            client.change(uri, 2, (start.line, start.character), (end.line, end.character), edit.new_text)
            assert await client.publication(uri, 2) == []
            client.change(uri, 3, (0, 0), (0, 0), "# a comment\n")
            assert await client.publication(uri, 3) == []

    run(scenario)


@pytest.mark.parametrize(
    ("encoding", "column"),
    [
        (types.PositionEncodingKind.Utf8, 79),
        (types.PositionEncodingKind.Utf16, 77),
        (types.PositionEncodingKind.Utf32, 76),
    ],
)
def test_columns_are_counted_as_the_client_counts(
    tmp_path: Path, encoding: types.PositionEncodingKind, column: int
) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "train.py")
        general = types.GeneralClientCapabilities(position_encodings=[encoding])
        async with connected(types.ClientCapabilities(general=general)) as (client, result):
            assert result.capabilities.position_encoding == encoding
            client.open(uri, CONV)
            (found,) = await client.publication(uri, 1)
            assert found.code == "KS101"
            assert found.range.start == types.Position(1, column)
            # An edit behind the emoji lands where the client means it.
            client.change(uri, 2, (1, column + 7), (1, column + 7), ", 1")
            left = await client.publication(uri, 2)
            assert [item.code for item in left] == ["KL421"]

    run(scenario)


def test_fix_all_takes_the_safe_fixes_alone(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "train.py")
        async with connected() as (client, _):
            client.open(uri, PROGRAM + CONV)
            await client.publication(uri, 1)
            (action,) = await client.actions(uri, 0, 0, "source.fixAll.kerascope")
            assert action.kind == "source.fixAll.kerascope"
            assert action.edit is not None
            assert [edit.new_text for edit in action.edit.changes[uri]] == [", 1"]
            assert await client.actions(uri, 0, 0, "refactor") == []

    run(scenario)


def test_edits_name_the_version_where_the_client_understands_that(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "train.py")
        edits = types.WorkspaceEditClientCapabilities(document_changes=True)
        capabilities = types.ClientCapabilities(
            workspace=types.WorkspaceClientCapabilities(workspace_edit=edits)
        )
        async with connected(capabilities) as (client, _):
            client.open(uri, PROGRAM)
            await client.publication(uri, 1)
            fix = (await client.actions(uri, 6, 35))[0]
            assert fix.edit is not None
            assert fix.edit.document_changes is not None
            (change,) = fix.edit.document_changes
            assert isinstance(change, types.TextDocumentEdit)
            assert change.text_document.version == 1

    run(scenario)


def test_hover_and_hints_show_shapes(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "train.py")
        async with connected() as (client, _):
            client.open(
                uri, "from tensorflow import keras\n(x, y), _ = keras.datasets.mnist.load_data()\n" + PROGRAM
            )
            await client.publication(uri, 1)
            identifier = types.TextDocumentIdentifier(uri)
            layer = await client.text_document_hover_async(
                types.HoverParams(identifier, types.Position(7, 14))
            )
            assert layer is not None
            assert isinstance(layer.contents, types.MarkupContent)
            assert "`(None, 20) → (None, 32)`" in layer.contents.value
            assert "672 parameters" in layer.contents.value
            data = await client.text_document_hover_async(types.HoverParams(identifier, types.Position(1, 1)))
            assert data is not None
            assert isinstance(data.contents, types.MarkupContent)
            assert data.contents.value == "`(60000, 28, 28)` uint8, 0 to 255, from `keras.datasets.mnist`"
            whole = types.Range(types.Position(0, 0), types.Position(99, 0))
            hints = await client.text_document_inlay_hint_async(types.InlayHintParams(identifier, whole))
            assert [(hint.label, hint.position.line) for hint in hints or []] == [
                ("(None, 20)", 6), ("(None, 32)", 7), ("(None, 10)", 8),
            ]  # fmt: skip

    run(scenario)


def test_half_typed_code_makes_no_finding_flicker(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "train.py")
        text = PROGRAM + "\n"
        async with connected() as (client, _):
            client.open(uri, text)
            before = await client.publication(uri, 1)
            version = 1
            for column, character in enumerate('model.add(layers.Dense(3, activation="relu"))'):
                version += 1
                client.change(uri, version, (9, column), (9, column), character)
                found = await client.publication(uri, version)
                if column < 44:
                    assert [item.code for item in found] == [item.code for item in before]

    run(scenario)


def test_a_notebook_is_one_program(tmp_path: Path) -> None:
    async def scenario() -> None:
        book = uri_of(tmp_path / "book.ipynb")
        cells = [f"vscode-notebook-cell:{book}#{index}" for index in range(3)]
        sync = types.NotebookDocumentClientCapabilities(types.NotebookDocumentSyncClientCapabilities())
        async with connected(types.ClientCapabilities(notebook_document=sync)) as (client, _):
            texts = [
                "%matplotlib inline\nfrom tensorflow import keras",
                "# text",
                "m = keras.Sequential([keras.layers.Conv2D(8, 3, input_shape=(28, 28))])",
            ]
            kinds = [types.NotebookCellKind.Code, types.NotebookCellKind.Markup, types.NotebookCellKind.Code]
            client.notebook_document_did_open(
                types.DidOpenNotebookDocumentParams(
                    types.NotebookDocument(
                        book,
                        "jupyter-notebook",
                        1,
                        [types.NotebookCell(kind, cell) for kind, cell in zip(kinds, cells, strict=True)],
                    ),
                    [
                        types.TextDocumentItem(cell, "python", 1, text)
                        for cell, text, kind in zip(cells, texts, kinds, strict=True)
                        if kind is types.NotebookCellKind.Code
                    ],
                )
            )
            assert await client.publication(cells[0], 1) == []
            (found,) = await client.publication(cells[2], 1)
            assert (found.code, found.range.start) == ("KS101", types.Position(0, 60))
            (fix,) = await client.actions(cells[2], 0, 62, "quickfix")
            assert fix.edit is not None
            assert list(fix.edit.changes) == [cells[2]]
            (whole,) = await client.actions(cells[0], 0, 0, "notebook.source.fixAll.kerascope")
            assert whole.edit is not None
            assert list(whole.edit.changes) == [cells[2]]
            assert await client.actions(cells[0], 0, 0, "source.fixAll.kerascope") == []
            client.notebook_document_did_change(
                types.DidChangeNotebookDocumentParams(
                    types.VersionedNotebookDocumentIdentifier(version=2, uri=book),
                    types.NotebookDocumentChangeEvent(
                        cells=types.NotebookDocumentCellChanges(
                            text_content=[
                                types.NotebookDocumentCellContentChanges(
                                    types.VersionedTextDocumentIdentifier(version=2, uri=cells[2]),
                                    [types.TextDocumentContentChangeWholeDocument("m = 1")],
                                )
                            ]
                        )
                    ),
                )
            )
            assert await client.publication(cells[2], 2) == []

    run(scenario)


def test_settings_hold_and_a_bad_one_is_said_once(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "train.py")
        (tmp_path / "pyproject.toml").write_text('[tool.kerascope]\nselect = ["KS"]\n', encoding="utf-8")
        async with connected(options={"keras": "3", "nonsense": 1}) as (client, _):
            client.open(uri, PROGRAM)
            # The project's own file holds, whatever is wrong with the editor's settings.
            assert await client.publication(uri, 1) == []
            client.change(uri, 2, (0, 0), (0, 0), "\n")
            await client.publication(uri, 2)
            assert len([message for message in client.messages if "nonsense" in message]) == 1

    run(scenario)


def test_a_changed_module_refreshes_the_file_that_imports_it(tmp_path: Path) -> None:
    async def scenario() -> None:
        module, train = tmp_path / "sizes.py", tmp_path / "train.py"
        module.write_text("SHAPE = (28, 28, 1)\n", encoding="utf-8")
        text = (
            "from tensorflow import keras\nfrom sizes import SHAPE\n"
            "m = keras.Sequential([keras.Input(SHAPE), keras.layers.Conv2D(8, 3)])\n"
        )
        train.write_text(text, encoding="utf-8")
        async with connected() as (client, _):
            client.open(uri_of(train), text)
            assert await client.publication(uri_of(train), 1) == []
            client.open(uri_of(module), module.read_text(encoding="utf-8"))
            await client.publication(uri_of(train), 1)
            client.change(uri_of(module), 2, (0, 15), (0, 18), "")
            found = await client.publication(uri_of(train), 1)
            while not found:
                found = await client.publication(uri_of(train), 1)
            assert [item.code for item in found] == ["KS101"]

    run(scenario)


def test_text_that_no_parser_takes_is_answered(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "train.py")
        deep = "x = " + "(" * 5000 + ")" * 5000 + "\n"
        async with connected() as (client, _):
            client.open(uri, deep + PROGRAM)
            assert [item.code for item in await client.publication(uri, 1)] == ["KC201"]
            client.change(uri, 2, (0, 0), (0, 0), "\x00\x0c\u2028")
            await client.publication(uri, 2)
            client.change(uri, 3, (0, 0), (1, 0), "")
            assert [item.code for item in await client.publication(uri, 3)] == ["KC201"]

    run(scenario)


def test_a_closed_file_takes_its_findings_along(tmp_path: Path) -> None:
    async def scenario() -> None:
        uri = uri_of(tmp_path / "train.py")
        async with connected() as (client, _):
            client.open(uri, PROGRAM)
            assert await client.publication(uri, 1)
            client.text_document_did_close(
                types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri))
            )
            assert await client.publication(uri, None) == []

    run(scenario)
