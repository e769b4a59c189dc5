"""Notebooks: what is blanked of a cell, how cells become one program, and that edits touch nothing else."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerascope.text.notebook import (
    NotANotebook,
    WrittenCell,
    blank_ipython,
    flatten,
    lines_in_file,
    read_cells,
    replace_cells,
)
from kerascope.text.scan import logical_lines

SERVER = Path(__file__).resolve().parents[2] / "server"


# --- Blanking ---------------------------------------------------------------------------------------------

# A cell, and the Python statements that are left of it.
CELLS = {
    "a line magic": ("%matplotlib inline\nx = 1", "0\nx = 1"),
    "a magic alone in a block": ("if gpu:\n    %pip install a\nx = 1", "if gpu:\n    0\nx = 1"),
    "a shell line in a function": ("def f():\n    !ls\n    return 1", "def f():\n    0\n    return 1"),
    "two shell signs": ("!!ls -l", "0"),
    "a shell line over lines": ("!pip install a \\\n    b \\\n    c\nx = 1", "0\nx = 1"),
    "a shell line with a comment over lines": ("!ls # a \\\n  b\nx = 1", "0\nx = 1"),
    "a shell line with an open bracket": ("!echo (\nx = 1", "0\nx = 1"),
    "a shell line with an open quote": ("!echo it's '''\nx = 1", "0\nx = 1"),
    "a magic with an open bracket": ("%cd a[b\n%cd c(\nx = 1", "0\n0\nx = 1"),
    "an assigned shell line": ("files = !ls\nx = 1", "files = _\nx = 1"),
    "an assigned shell line with an open bracket": ("files = !ls (\nx = 1", "files = _\nx = 1"),
    "an assigned magic": ("a, b.c =  %env HOME\nx = 1", "a, b.c =  _\nx = 1"),
    "help": ("model.fit?\n?model\nmodel??\nkeras.layers.*Conv*?\nx[0]?", "0\n0\n0\n0\n0"),
    "a timed statement": ("%time y = f(1)", "0; y = f(1)"),
    "a timed statement over lines": ("%timeit f(1,\n  2)", "0; f(1,\n  2)"),
    "a timed statement with options": ("%timeit -n1 -r 1 -q f(1)", "0; f(1)"),
    "an option that takes a word": ("%prun -s cumulative f(1)", "0"),
    "a timed cell": ("%%time\nx = 1\n%cd a", "x = 1\n0"),
    "a captured cell": ("\n%%capture out\nx = 1", "x = 1"),
    "a cell in another language": ("%%bash\nls (\n'", ""),
    "a cell that becomes a file": ("%%writefile a.py\nx = 1", ""),
    "a cell that is run by no magic": ("# %%time\nx = 1", "x = 1"),
    "no end of line": ("%time", "0"),
    "carriage returns": ("!a \\\r\n b\r\nx = 1\r\n", "0\r\nx = 1\r\n"),
}
PYTHON = [
    "x = (a\n     % b)",
    "x = a \\\n  % b",
    'print("%d of %d"\n      % (a, b))',
    "x = a \\\n  != b",
    "s = '''\n%time f()\n!ls\nx?\n'''",
    'x = "rate =%d" % y',
    "x %= 2",
    "x = y != z",
    "f(a=b % c)",
    "x = [\n  a\n  %\n  b\n]",
    "# what is this?\nx = 1",
    "x = 'really?'",
]


@pytest.mark.parametrize(("cell", "left"), CELLS.values(), ids=CELLS)
def test_ipython_syntax_is_blanked_and_python_stays(cell: str, left: str) -> None:
    blanked = blank_ipython(cell)
    assert len(blanked) == len(cell)
    assert ast.dump(ast.parse(blanked)) == ast.dump(ast.parse(left))


@pytest.mark.parametrize("cell", PYTHON)
def test_python_is_not_blanked(cell: str) -> None:
    ast.parse(cell)
    assert blank_ipython(cell) == cell


@pytest.mark.parametrize("path", sorted(SERVER.rglob("*.py"))[::3], ids=lambda path: path.name)
def test_our_own_files_are_not_blanked(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert blank_ipython(text) == text


ESCAPES = ("%cd (a", "!echo it's [", "?x", "x??", "!a \\\n  'b\\\n c")
PROGRAM = (SERVER / "kerascope" / "engine" / "fixing.py").read_text(encoding="utf-8")


def with_statement(text: str, place: int, statement: str) -> str:
    """``text`` with a line more before its logical line ``place``, indented as that one is."""
    line = logical_lines(text)[place]
    return f"{text[: line.start]}{statement}\n{' ' * line.indent}{text[line.start :]}"


def parses(text: str) -> bool:
    """Whether Python reads it."""
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


PLACES = [
    place for place in range(len(logical_lines(PROGRAM))) if parses(with_statement(PROGRAM, place, "0"))
]


@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.sampled_from(ESCAPES)),
        max_size=4,
        unique_by=lambda pair: pair[0],
    )
)
def test_escaped_lines_anywhere_in_a_program_cost_it_nothing(inserted: list[tuple[int, str]]) -> None:
    cell = expected = PROGRAM
    for place, escape in sorted(inserted, reverse=True):
        cell = with_statement(cell, place, escape)
        expected = with_statement(expected, place, "0")
    assert ast.dump(ast.parse(blank_ipython(cell))) == ast.dump(ast.parse(expected))


@given(st.text(st.sampled_from("%!?x= time()['\"\\#\n\r\f\u2028é😀"), max_size=40))
def test_the_length_and_every_line_end_are_kept(cell: str) -> None:
    blanked = blank_ipython(cell)
    assert len(blanked) == len(cell)
    for before, after in zip(cell, blanked, strict=True):
        assert after == before or (after in " 0;_" and before not in "\r\n")


# --- Cells ------------------------------------------------------------------------------------------------


def test_cells_follow_one_another_each_ended_by_a_newline() -> None:
    written = [
        WrittenCell(0, "a", ""),
        WrittenCell(2, "b", "x = 1"),
        WrittenCell(3, "c", "y = 2\n"),
        WrittenCell(7, "d", "\f!ls\n\n"),
    ]
    source = flatten("n.ipynb", written, 5)
    assert source.text == "\nx = 1\ny = 2\n\f0  \n\n"
    assert [cell.index for cell in source.cells] == [0, 2, 3, 7]
    assert [source.text[slice(*cell.span)] for cell in source.cells] == [
        "\n", "x = 1\n", "y = 2\n", "\f0  \n\n",
    ]  # fmt: skip
    assert [cell.written for cell in source.cells] == ["", "x = 1", "y = 2\n", "\f!ls\n\n"]
    assert source.version == 5


def test_every_offset_belongs_to_the_cell_that_holds_it() -> None:
    source = flatten(
        "n.ipynb", [WrittenCell(0, "a", "x"), WrittenCell(1, "b", ""), WrittenCell(2, "c", "yy")]
    )
    cells = [source.cell_at(offset) for offset in range(len(source.text) + 1)]
    assert [cell.index for cell in cells if cell is not None] == [0, 0, 1, 2, 2, 2, 2]
    assert flatten("n.ipynb", []).cell_at(0) is None


def test_only_code_cells_are_read_and_keep_their_index_among_all() -> None:
    document = {
        "cells": [
            {"cell_type": "markdown", "source": ["# Title"]},
            {"cell_type": "code", "source": ["x = 1\n", "y = 2"]},
            {"cell_type": "raw", "source": "z"},
            {"cell_type": "code", "source": "é\f\n"},
            {"cell_type": "code"},
        ]
    }
    cells = read_cells(json.dumps(document))
    assert [(cell.index, cell.text) for cell in cells] == [(1, "x = 1\ny = 2"), (3, "é\f\n"), (4, "")]
    assert len({cell.uri for cell in cells}) == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [("x = 1", "not JSON"), ("", "not JSON"), ("[]", "list of cells"), ('{"cells": 3}', "list of cells"),
     ("[" * 100_000, "not JSON"), ("null", "list of cells"), ('{"worksheets": 1}', "list of cells"),
     ('{"a": ' + "9" * 5000 + "}", "not JSON")],
)  # fmt: skip
def test_what_is_no_notebook_is_refused_with_a_reason(content: str, reason: str) -> None:
    with pytest.raises(NotANotebook, match=reason):
        read_cells(content)


@pytest.mark.parametrize(
    "content",
    [
        '{"cells": [1, null, "x", [], {}, {"cell_type": "code", "source": [1, null, "x"]}]}',
        '{"worksheets": [1, {"cells": 3}, {"cells": [{"cell_type": "code", "input": "x"}]}]}',
        '{"cells": [{"cell_type": "code", "source": "x"}], "metadata": []}',
        '{"cells": [{"cell_type": "code", "source": "x"}], "metadata": {"kernelspec": 3, "language_info": {}}}',
    ],
)
def test_a_notebook_out_of_shape_is_read_as_far_as_it_goes(content: str) -> None:
    assert [cell.text for cell in read_cells(content)] == ["x"]


@pytest.mark.parametrize(
    ("metadata", "count"),
    [
        ({}, 1),
        ({"language_info": {"name": "python"}}, 1),
        ({"language_info": {"name": "ipython"}}, 1),
        ({"kernelspec": {"language": "Python"}}, 1),
        ({"kernelspec": {"language": "R"}}, 0),
        ({"language_info": {"name": "julia"}, "kernelspec": {"language": "python"}}, 0),
    ],
)
def test_a_notebook_in_another_language_has_nothing_for_us(metadata: dict[str, Any], count: int) -> None:
    cells = [{"cell_type": "code", "source": "x <- 1"}]
    assert len(read_cells(json.dumps({"cells": cells, "metadata": metadata}))) == count


# --- Edits ------------------------------------------------------------------------------------------------


def document(sources: list[Any]) -> dict[str, Any]:
    """A notebook of code and Markdown cells by turns, with outputs that look like sources, keys unsorted."""
    cells = []
    for index, source in enumerate(sources):
        decoy = {"source": source, "cells": [{"source": source}], "text": '"source": ["x = 1\\n"]'}
        cell: dict[str, Any] = {"metadata": {"source": "x = 1", "é": "😀"}, "cell_type": "code"}
        cell |= {"source": source, "outputs": [{"data": decoy, "name": "x = 1"}], "execution_count": None}
        cells += [cell, {"source": source, "cell_type": "markdown", "id": f"m{index}"}]
    return {"nbformat_minor": 5, "cells": cells, "metadata": {"cells": [{"source": "x"}]}, "nbformat": 4}


def lines_of(text: str) -> list[str]:
    """A text as Jupyter writes it."""
    return text.splitlines(keepends=True) if "\f" not in text else [text]


STYLES: dict[str, dict[str, Any]] = {
    "indent 1": {"indent": 1},
    "indent 2": {"indent": 2},
    "indent 4": {"indent": 4},
    "tabs": {"indent": "\t"},
    "one line": {"indent": None},
    "compact": {"indent": None, "separators": (",", ":")},
    "sorted": {"indent": 1, "sort_keys": True},
}
OLD = 'import keras\n\nx = "é 😀 \\u00e9 \\\\"\n# C:\\users\ny = 1'
NEW = 'import keras\nx = "é 😀 \\u00e9 \\\\"\n\t# C:\\users\nz = "ü"\n'


@pytest.mark.parametrize("ending", ["", "\n"])
@pytest.mark.parametrize("escaped", [False, True], ids=["raw", "escaped"])
@pytest.mark.parametrize("form", [lines_of, str], ids=["list", "string"])
@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_only_the_source_of_the_changed_cell_changes(
    style: dict[str, Any], form: Any, escaped: bool, ending: str
) -> None:
    def written(second: str) -> str:
        sources = [form(OLD), form(second), form(OLD)]
        # The decoys of the changed cell keep the old text.
        whole = document([form(OLD)] * 3)
        for cell, source in zip(whole["cells"][::2], sources, strict=True):
            cell["source"] = source
        return json.dumps(whole, ensure_ascii=escaped, **style) + ending

    assert replace_cells(written(OLD), {2: NEW}) == written(NEW)
    assert replace_cells(written(OLD), {}) == written(OLD)


def test_several_cells_change_at_once() -> None:
    before = document([["x\n", "y"], ["x\n", "y"], []])
    after = json.loads(json.dumps(before))
    after["cells"][0]["source"] = ["a\n", "b\n", "c"]
    after["cells"][2]["source"] = ["z\n", "z"]
    content = json.dumps(before, indent=1)
    assert replace_cells(content, {0: "a\nb\nc", 2: "z\nz"}) == json.dumps(after, indent=1)


@pytest.mark.parametrize("source", [[], ["x = 1"], "", "x = 1", ["x\n"]], ids=repr)
@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_a_short_cell_grows_and_keeps_its_form(style: dict[str, Any], source: Any) -> None:
    changed = json.loads(replace_cells(json.dumps(document([source]), **style), {0: "a\nb"}))
    assert changed["cells"][0]["source"] == (["a\n", "b"] if isinstance(source, list) else "a\nb")
    changed["cells"][0]["source"] = source
    assert changed == document([source])


def test_a_line_that_stays_keeps_its_own_way_of_escaping() -> None:
    content = r'{"cells": [{"cell_type": "code", "source": ["a = \"\/\u00e9é\"\n", "b = 1"]}]}'
    expected = r'{"cells": [{"cell_type": "code", "source": ["a = \"\/\u00e9é\"\n", "c = \"é\""]}]}'
    assert replace_cells(content, {0: 'a = "/éé"\nc = "é"'}) == expected


@pytest.mark.parametrize("source", [r'["é = \"\ud83d\"\n", "LAST"]', r'"é = \"\ud83d\"\nLAST"'])
def test_a_lone_surrogate_stays_escaped_so_that_the_file_can_be_written(source: str) -> None:
    content = '{"cells": [{"cell_type": "code", "source": ' + source + "}]}"
    assert replace_cells(content, {0: 'é = "\ud83d"\nx'}) == content.replace("LAST", "x")


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("form", [lines_of, str], ids=["list", "string"])
def test_each_line_of_a_cell_is_found_in_the_file(style: dict[str, Any], form: Any) -> None:
    texts = ["one\ntwo\n\nfour", "five\n", "", "\nsix"]
    content = json.dumps(document([form(text) for text in texts]), **style)
    lines = lines_in_file(content)
    for cell, text in zip((0, 2, 4, 6), texts, strict=True):
        written = text.split("\n")
        assert len(lines[cell]) == len(written)
        for line, piece in zip(lines[cell], written, strict=True):
            assert piece in content.split("\n")[line - 1]
    numbers = [line for cell in sorted(lines) for line in lines[cell]]
    assert numbers == sorted(numbers)
    if form is lines_of and style["indent"] is not None and "sort_keys" not in style:
        # Each word stands on a line of its own, before its decoys: the lines are the right ones, not only plausible.
        in_file = [next(n for n, line in enumerate(content.split("\n"), 1) if word in line)
                   for word in ("one", "two", "four", "five", "six")]  # fmt: skip
        assert [lines[0][0], lines[0][1], lines[0][3], lines[2][0], lines[6][1]] == in_file


def test_the_cells_of_all_worksheets_of_format_3_count() -> None:
    code = {"cell_type": "code", "input": ["x\n", "y"], "outputs": []}
    before = {"worksheets": [{"cells": [{"cell_type": "heading", "source": "t"}, code]}, {"cells": [code]}]}
    content = json.dumps(before, indent=1)
    assert [(cell.index, cell.text) for cell in read_cells(content)] == [(1, "x\ny"), (2, "x\ny")]
    before["worksheets"][1]["cells"] = [code | {"input": ["x\n", "z"]}]
    assert replace_cells(content, {2: "x\nz"}) == json.dumps(before, indent=1)


@given(
    st.lists(st.text(st.sampled_from('ab"\\/\n\t\x00\x1b\u2028é😀'), max_size=12), min_size=1, max_size=4),
    st.text(st.sampled_from('ab"\\/\n\t\x00\x1b\u2028é😀'), max_size=12),
    st.data(),
)
def test_any_text_can_be_put_into_any_cell(texts: list[str], new: str, data: st.DataObject) -> None:
    changed = data.draw(st.integers(0, len(texts) - 1))
    style = data.draw(st.sampled_from(list(STYLES.values())))
    sources = [data.draw(st.sampled_from([text, text.splitlines(keepends=True)])) for text in texts]
    content = json.dumps(document(sources), ensure_ascii=data.draw(st.booleans()), **style)
    cells = {cell.index: cell.text for cell in read_cells(replace_cells(content, {2 * changed: new}))}
    assert cells == {2 * index: new if index == changed else text for index, text in enumerate(texts)}
