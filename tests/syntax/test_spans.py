"""Every node's span holds the node's own code."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest

from kerascope.syntax.spans import node_spans

REPOSITORY = Path(__file__).resolve().parents[2]
FILES = sorted((REPOSITORY / "server").rglob("*.py"), key=lambda path: path.name)
KINDS = (cst.Name, cst.Integer, cst.SimpleString, cst.Call, cst.Tuple, cst.Arg, cst.Attribute, cst.List)
SNIPPETS = {
    "brackets around everything": "((x)) = ( (1, 2) , ((3)), (f)(a), (4,) )\n",
    "tuples with and without brackets": "x = 1, 2\ny = (1, 2)\nz = ()\nfor a, b in (c, d): pass\n",
    "strings": "x = 'a' \"b\"\ny = r'''a\nb'''; z = b'\\''\nw = f'{x}{(y)!r:>{z}}'\n",
    "characters of two to four bytes": "é = '😀'; あ = (é, '\u2028')\n",
    "carriage returns": "if x:\r\n    f(a,\r\n      b)\r\n",
    "form feeds and tabs": "if x:\n\tf(\n\t\f  a ,b)\n\f\ng( )\n",
    "comments after an argument": "f(\n    a=1,\n    b=(2)\n    # c\n    or d  # e\n)\n",
    "decorators and comments": "# a\n@f(1)  # b\n# c\nclass C(D, k=(1)):  # d\n    # e\n    x: int = (2)  # f\n",
    "continued lines": "x = \\\n    f( \\\n  a)\nassert (x \\\n  ), 'y'\n",
    "keywords without a blank": "x = 1if(y)else(2)\nfor i in(1,2):f(i)\n",
    "no end of line": "def f(a=(1), *b, c: int = 2, **d): return(a)",
    "newer syntax": "match (x, y):\n    case (1, 2): f((z))\nwith (open(a) as b, open(c)): pass\nprint(*a, **(b))\n",
}  # fmt: skip


def nodes(root: cst.CSTNode) -> list[cst.CSTNode]:
    """All nodes of the kinds that findings point at."""
    found, pending = [], [root]
    while pending:
        node = pending.pop()
        pending += node.children
        if isinstance(node, KINDS):
            found.append(node)
    return found


def alone(node: cst.CSTNode) -> cst.CSTNode:
    """The node without what an argument has after its value: a comma, blanks, comments."""
    if not isinstance(node, cst.Arg):
        return node
    return node.with_changes(comma=cst.MaybeSentinel.DEFAULT, whitespace_after_arg=cst.SimpleWhitespace(""))


def check(text: str) -> None:
    """Compares each node's text at its span with the node written out by itself."""
    module = cst.parse_module(text)
    spans = node_spans(module)
    checked = nodes(module)
    assert checked
    for node in checked:
        written = module.code_for_node(alone(node))
        there = text[spans[node].start : spans[node].stop]
        if "\n" in written and not (isinstance(node, cst.SimpleString) and not node.lpar):
            # Alone, a node is written without the indentation of the block around it.
            written, there = "".join(written.split()), "".join(there.split())
        assert there == written


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_text_at_a_span_is_the_nodes_own_code_in_our_own_files(path: Path) -> None:
    check(path.read_text(encoding="utf-8") + "\nx = 1\n")


@pytest.mark.parametrize("text", SNIPPETS.values(), ids=SNIPPETS)
def test_the_text_at_a_span_is_the_nodes_own_code(text: str) -> None:
    check(text)


def test_an_expressions_own_brackets_belong_to_it() -> None:
    text = "x = ( (28, 28) )  # (a)\n"
    module = cst.parse_module(text)
    statement = cst.ensure_type(module.body[0], cst.SimpleStatementLine)
    value = cst.ensure_type(statement.body[0], cst.Assign).value
    span = node_spans(module)[value]
    assert text[span.start : span.stop] == "( (28, 28) )"


def test_a_statements_span_leaves_out_what_is_around_it() -> None:
    text = "# a\nif x:  # b\n    # c\n    y = 1  # d\n\n# e\nz = 2\n"
    module = cst.parse_module(text)
    spans = node_spans(module)
    condition = cst.ensure_type(module.body[0], cst.If)
    inner = condition.body.body[0]
    assert text[slice(*spans[condition])].startswith("if x:  # b\n")
    assert text[slice(*spans[inner])].startswith("y = 1")
    assert text[slice(*spans[module.body[1]])].startswith("z = 2")
