"""Edits keep all that they are not about, and the program afterwards means what it should."""

from __future__ import annotations

import ast
from collections.abc import Callable

import libcst as cst
import pytest

from kerascope.engine.reading import apply_edits
from kerascope.findings import Edit
from kerascope.syntax import edits
from kerascope.syntax.units import Site, TreeCache, parse
from kerascope.text.source import Source

# A statement above, so that a unit's own offsets are not the program's.
ABOVE = "import keras\n\n"


def sites(text: str, kind: type[cst.CSTNode]) -> list[Site]:
    """All nodes of a kind, outermost first."""
    parsed = parse(Source("program.py", text), TreeCache())
    assert not parsed.faults
    found: list[Site] = []

    def visit(unit, node: cst.CSTNode) -> None:
        if isinstance(node, kind):
            found.append(Site(unit, node))
        for child in node.children:
            visit(unit, child)

    for unit in parsed.units:
        visit(unit, unit.tree.module)
    return found


def edited(text: str, kind: type[cst.CSTNode], make: Callable[[Site], Edit | None]) -> str:
    """``text`` after the edit of its first node of a kind."""
    edit = make(sites(ABOVE + text, kind)[0])
    assert edit is not None
    whole = apply_edits(ABOVE + text, [edit])
    assert whole.startswith(ABOVE)
    return whole.removeprefix(ABOVE)


def same_meaning(left: str, right: str) -> bool:
    """Whether two programs parse to the same."""
    return ast.dump(ast.parse(left)) == ast.dump(ast.parse(right))


def comments_of(text: str) -> int:
    """How many comments a program has, where no string holds the sign."""
    return text.count("#")


# --- Arguments --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()", "f(k=1)"),
        ("f( )", "f(k=1 )"),
        ("f(a)", "f(a, k=1)"),
        ("f(a,)", "f(a, k=1,)"),
        ("f(a, b=2)", "f(a, b=2, k=1)"),
        ("f(\n    a,\n    b=2,\n)", "f(\n    a,\n    b=2, k=1,\n)"),
        ("f(\n    a,\n    b=2\n)", "f(\n    a,\n    b=2, k=1\n)"),
        ("f(a,  # why a\n)", "f(a, k=1,  # why a\n)"),
        ("f(a  # why a\n)", "f(a, k=1  # why a\n)"),
        ("f(\n    # nothing yet\n)", "f(k=1\n    # nothing yet\n)"),
        ("f(**rest)", "f(k=1, **rest)"),
        ("f(a, **rest)", "f(a, k=1, **rest)"),
        ("f(a, **rest,)", "f(a, k=1, **rest,)"),
        ("f(*rest)", "f(*rest, k=1)"),
        ("f(b=(2))", "f(b=(2), k=1)"),
        ("(f)()", "(f)(k=1)"),
        ("f()()", "f()(k=1)"),
        ("((f)(a))", "((f)(a, k=1))"),
        ("é.f('😀')", "é.f('😀', k=1)"),
        ("f((x for x in y))", "f((x for x in y), k=1)"),
    ],
)
def test_an_argument_is_added(before: str, after: str) -> None:
    text = edited(before, cst.Call, lambda call: edits.add_argument(call, "k=1"))
    assert text == after
    ast.parse(text)


def test_beside_a_bare_generator_no_argument_can_be_added() -> None:
    (call,) = sites("f(x for x in y)", cst.Call)
    assert edits.add_argument(call, "k=1") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(k=1)", "f()"),
        ("f(k=1,)", "f()"),
        ("f(k=1  # why\n  ,)", "f()"),
        ("f(\n    k=1,  # why\n)", "f()"),
        ("f(k=1, b=2)", "f(b=2)"),
        ("f(k=1,  # why\n  b=2)", "f(b=2)"),
        ("f(k=1, **rest)", "f(**rest)"),
        ("f(k=1, *rest)", "f(*rest)"),
        ("f(a, k=1, b=2)", "f(a, b=2)"),
        ("f(\n    a,\n    k=1,\n    b=2,\n)", "f(a, b=2)"),
        ("f(a, k=1)", "f(a)"),
        ("f(a, k=1,)", "f(a)"),
        ("f(\n    a,\n    k=1,\n)", "f(a)"),
        ("f(*rest, k=1)", "f(*rest)"),
        ("f(a=(1), k=(1, 2))", "f(a=1)"),
        ("f(a, k = f(k=2), b=g(k=1))", "f(a, b=g(k=1))"),
    ],
)
def test_an_argument_is_taken_out(before: str, after: str) -> None:
    text = edited(before, cst.Call, lambda call: edits.remove_argument(call, "k"))
    assert same_meaning(text, after)


def test_the_comment_of_another_argument_stays_when_one_is_taken_out() -> None:
    text = edited("f(\n    a,  # why a\n    k=1,\n)", cst.Call, lambda call: edits.remove_argument(call, "k"))
    assert same_meaning(text, "f(a)")
    assert "# why a\n" in text
    assert comments_of(text) == 1


def test_what_is_not_there_is_neither_found_nor_taken_out() -> None:
    (call,) = sites("f(a, b=2)", cst.Call)
    assert edits.remove_argument(call, "a") is None
    assert edits.argument(call, "a") is None
    found = edits.argument(call, "b")
    assert found is not None
    assert edits.text_of(found) == "b=2"


# --- Elements ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = (28,)", "x = (28, 1)"),
        ("x = (28 ,)", "x = (28, 1)"),
        ("x = (28,  # height\n)", "x = (28, 1)"),
        ("x = (28  # height, in rows\n  ,)", "x = (28, 1)"),
        ("x = (28, 28)", "x = (28, 28, 1)"),
        ("x = (28, 28,)", "x = (28, 28, 1)"),
        ("x = ((28, 28))", "x = (28, 28, 1)"),
        ("x = ((28), (29))", "x = (28, 29, 1)"),
        ("x = 28, 28", "x = 28, 28, 1"),
        ("x = 28,", "x = 28, 1"),
        ("x = (\n    28,  # height\n    29,  # width\n)", "x = (28, 29, 1)"),
        ("x = (28,\n  29  # width\n)", "x = (28, 29, 1)"),
        ("x = (*size,)", "x = (*size, 1)"),
        ("x = (h, *size)", "x = (h, *size, 1)"),
    ],
)
def test_an_element_is_added_to_a_tuple(before: str, after: str) -> None:
    text = edited(before, cst.Tuple, lambda site: edits.append_to_tuple(site, "1"))
    assert same_meaning(text, after)
    assert comments_of(text) == comments_of(before)


@pytest.mark.parametrize(
    ("before", "after"),
    [("x = [28, 28]", "x = [28, 28, 1]"), ("x = [28]", "x = [28, 1]"), ("x = [28,]", "x = [28, 1]"),
     ("x = [\n  28,\n  29,\n]", "x = [28, 29, 1]")],
)  # fmt: skip
def test_an_element_is_added_to_a_list(before: str, after: str) -> None:
    assert same_meaning(edited(before, cst.List, lambda site: edits.append_to_tuple(site, "1")), after)


def test_nothing_is_added_to_what_holds_no_elements() -> None:
    for text, kind in (("()", cst.Tuple), ("[]", cst.List), ("28", cst.Integer)):
        assert edits.append_to_tuple(sites(text, kind)[0], "1") is None


@pytest.mark.parametrize(
    ("before", "place", "after"),
    [
        ("x = [a, b]", 0, "x = [new, a, b]"),
        ("x = [a, b]", 1, "x = [a, new, b]"),
        ("x = [\n    a,\n    b,\n]", 0, "x = [\n    new,\n    a,\n    b,\n]"),
        ("x = [\n    a,\n    b,\n]", 1, "x = [\n    a,\n    new,\n    b,\n]"),
        ("x = [a,\n     b]", 1, "x = [a,\n     new,\n     b]"),
        ("x = [a,\n     b]", 0, "x = [new, a,\n     b]"),
        ("x = [\n    a, b,\n]", 1, "x = [\n    a, new, b,\n]"),
        ("if x:\n\tx = [\n\t\ta,  # why\n\t\tb]", 1, "if x:\n\tx = [\n\t\ta,  # why\n\t\tnew,\n\t\tb]"),
    ],
)
def test_an_element_is_put_before_another(before: str, place: int, after: str) -> None:
    element = sites(ABOVE + before, cst.Element)[place]
    text = apply_edits(ABOVE + before, [edits.insert_element_before(element, "new")])
    assert text == ABOVE + after
    ast.parse(text)


# --- Statements -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "margin"),
    [
        ("model.add(a)\n", "model.add(a)\n", ""),
        ("x = model.add(a)\n", "x = model.add(a)\n", ""),
        ("if x:\n    model.add(a)\n", "    model.add(a)\n", "    "),
        ("class C:\n\tdef f():\n\t\tmodel.add(a)\n", "\t\tmodel.add(a)\n", "\t\t"),
        ("x = [\n    b,\n    model.add(a)]\n", "x = [\n", ""),
        ("x['a;b'] = model.add(a)\n", "x['a;b'] =", ""),
        ("# c\nif x:\n    # d\n    model.add(a)", "    model.add(a)", "    "),
    ],
)
def test_a_statement_begins_on_its_own_line(text: str, line: str, margin: str) -> None:
    (call,) = sites(ABOVE + text, cst.Call)
    start = edits.statement_start(call)
    assert start is not None
    assert start[1] == margin
    assert (ABOVE + text)[start[0] :].startswith(line)


@pytest.mark.parametrize(
    "text",
    ["x = 1; model.add(a)\n", "model.add(a); x = 1\n", "if x: model.add(a)\n", "for i in x: model.add(a)\n",
     "with model.add(a): pass\n"],
)  # fmt: skip
def test_a_statement_that_shares_its_line_has_no_line_to_begin(text: str) -> None:
    (call,) = sites(ABOVE + text, cst.Call)
    assert edits.statement_start(call) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("m = S([\n    D(1),\n])", "m = S([\n    new,\n    D(1),\n])"),
        ("m = S([D(1)])", "m = S([new, D(1)])"),
        ("m.add(D(1))", "m.add(new)\nm.add(D(1))"),
        (
            "if x:\n    a.m.add(\n        D(1)\n    )",
            "if x:\n    a.m.add(new)\n    a.m.add(\n        D(1)\n    )",
        ),
        ("if x: m.add(D(1))", None),
        ("m.append(D(1))", None),
        ("y = D(1)(x)", None),
    ],
)
def test_a_layer_is_put_before_another_of_its_stack(before: str, after: str | None) -> None:
    layer = next(site for site in sites(before, cst.Call) if edits.text_of(site) == "D(1)")
    edit = edits.insert_in_stack(layer, "new")
    assert (apply_edits(before, [edit]) if edit is not None else None) == after


# --- Texts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("x = 'a'", "'new'"), ('x = "a"', '"new"'), ("x = '''a'''", "'''new'''")],
)
def test_a_string_is_quoted_like_the_one_in_its_place(text: str, quoted: str) -> None:
    site = sites(text, cst.SimpleString)[0]
    assert edits.quoted_like(site, "new") == quoted
    assert apply_edits(text, [edits.replace(site, quoted)]) == f"x = {quoted}"


@pytest.mark.parametrize(
    ("text", "quoted"), [("f(x, 'a', \"b\", 'c')", "'new'"), ('f(x, "a")', '"new"'), ("f(x)", '"new"')]
)
def test_a_string_where_none_stood_is_quoted_like_its_neighbours(text: str, quoted: str) -> None:
    site = sites(text, cst.Name)[1]
    assert edits.text_of(site) == "x"
    assert edits.quoted_like(site, "new") == quoted


def test_the_nodes_around_a_place_come_innermost_first() -> None:
    site = next(site for site in sites("x = f([a])", cst.Name) if edits.text_of(site) == "a")
    kinds = [type(node).__name__ for node in edits.parents(site)]
    assert kinds == ["Element", "List", "Arg", "Call", "Assign", "SimpleStatementLine", "Module"]
