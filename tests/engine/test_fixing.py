"""Fixes applied to whole files: what may change, when it ends, and what is never written."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from kerascope.engine.analysis import Analysis, analyse
from kerascope.engine.fixing import MOST_ROUNDS, choose_edits, compiles, fix_text
from kerascope.engine.options import Options
from kerascope.findings import Applicability, Edit, Finding, Fix, Severity
from kerascope.text.source import Source, Span

PROGRAM = """\
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(64, 20)
y = np.random.randint(0, 10, size=(64, 1))

model = keras.Sequential([
    layers.Dense(32, activation="relu", input_shape=(20,)),
    layers.Dense(10),
])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x, y, epochs=1)
"""


def check(source: Source) -> Analysis:
    """The real analysis."""
    return analyse(source, Options(keras="3"))


def finding(*edits: tuple[int, int, str], applicability: Applicability = "safe", start: int = 0) -> Finding:
    """A finding with one fix."""
    fix = Fix("Mend it", tuple(Edit(Span(first, last), text) for first, last, text in edits), applicability)
    return Finding("KX999", "made-up", Severity.ERROR, "definite", "m", Span(start, start), (), (fix,))


def pretend(findings_of: Callable[[str], Iterable[Finding]]) -> Callable[[Source], Analysis]:
    """An analysis whose findings are made up."""
    return lambda source: replace(check(source), findings=tuple(findings_of(source.text)))


def always(old: str, new: str) -> Callable[[str], Iterable[Finding]]:
    """Finds ``old`` wherever it stands, and wants ``new`` there."""

    def findings_of(text: str) -> Iterable[Finding]:
        start = text.find(old)
        if start >= 0:
            yield finding((start, start + len(old), new))

    return findings_of


# --- The choice -------------------------------------------------------------------------------------------


def test_edits_that_touch_those_of_an_earlier_finding_are_left_for_later() -> None:
    findings = [
        finding((4, 8, "a"), (20, 21, "b")),
        finding((6, 10, "overlaps")),
        finding((8, 9, "adjoins")),
        finding((20, 20, "adjoins the second edit")),
        finding((1, 2, "c"), (7, 7, "one edit of the two overlaps")),
        finding((10, 12, "d")),
    ]
    edits, number = choose_edits(findings)
    assert [edit.text for edit in edits] == ["a", "b", "d"]
    assert number == 2


@pytest.mark.parametrize(
    ("applicability", "safe", "unsafe"), [("safe", 1, 1), ("unsafe", 0, 1), ("display", 0, 0)]
)
def test_only_fixes_that_are_allowed_are_made(applicability: Applicability, safe: int, unsafe: int) -> None:
    findings = [finding((0, 1, "a"), applicability=applicability)]
    assert choose_edits(findings)[1] == safe
    assert choose_edits(findings, unsafe=True)[1] == unsafe


def test_no_fix_of_what_holds_on_some_path_only_is_safe() -> None:
    findings = [replace(finding((0, 1, "a")), certainty="possible")]
    assert choose_edits(findings)[1] == 0
    assert choose_edits(findings, unsafe=True)[1] == 1


def test_the_first_fix_that_is_allowed_is_made_alone() -> None:
    fixes = [finding((0, 1, name), applicability=name).fixes[0] for name in ("display", "unsafe", "safe")]
    both = replace(finding(), fixes=tuple(fixes))
    assert [edit.text for edit in choose_edits([both])[0]] == ["safe"]
    assert [edit.text for edit in choose_edits([both], unsafe=True)[0]] == ["unsafe"]
    assert choose_edits([replace(finding(), fixes=())]) == ([], 0)


# --- Rounds -----------------------------------------------------------------------------------------------


def test_edits_that_touch_are_made_in_one_round_after_the_other() -> None:
    def findings_of(text: str) -> Iterable[Finding]:
        if text.startswith("a"):
            yield finding((0, 1, "c"))
        if "b" in text:
            yield finding((text.index("b"), text.index("b") + 1, "d"))

    fixed = fix_text("program.py", "ab = 1\n", pretend(findings_of))
    assert (fixed.text, fixed.made) == ("cd = 1\n", 2)
    assert fixed.analysis.source.text == fixed.text
    assert fixed.analysis.findings == ()


def test_rounds_end_where_two_fixes_undo_one_another() -> None:
    def findings_of(text: str) -> Iterable[Finding]:
        yield from always("one", "two")(text) if "one" in text else always("two", "one")(text)

    fixed = fix_text("program.py", "one = 1\n", pretend(findings_of))
    assert fixed.made == MOST_ROUNDS
    assert fixed.text in ("one = 1\n", "two = 1\n")
    assert fixed.analysis.source.text == fixed.text


def test_rounds_end_where_a_fix_makes_the_text_longer_and_longer() -> None:
    calls = count()

    def findings_of(text: str) -> Iterable[Finding]:
        next(calls)
        yield finding((0, 0, "x"))

    fixed = fix_text("program.py", "y = 1\n", pretend(findings_of))
    assert fixed.text == "x" * MOST_ROUNDS + "y = 1\n"
    assert next(calls) == MOST_ROUNDS + 1


@pytest.mark.parametrize("new", ["two(", "two two", "'", '"""', "two\n  three"])
def test_text_that_does_not_parse_is_never_the_result(new: str) -> None:
    fixed = fix_text("program.py", "x = one\ny = 2\n", pretend(always("one", new)))
    assert (fixed.text, fixed.made) == ("x = one\ny = 2\n", 0)
    assert fixed.analysis.source.text == fixed.text


REFUSED_BY_THE_COMPILER = [
    ("f(a=1)", "a=1", "a=1, a=2"),  # the parser itself lets this pass
    ("f(a=1)", "f(a=1)", "return 1"),
    ("f(a=1)", "f(a=1)", "from __future__ import division"),
    ("f(a=1)", "f(a=1)", "def g(a, a): pass"),
    ("f(a=1)", "f(a=1)", "await f(a=1)"),
    ("f(a=1)", "f(a=1)", "x: int = 1; global x"),
]


@pytest.mark.parametrize(("text", "old", "new"), REFUSED_BY_THE_COMPILER)
def test_what_only_the_compiler_refuses_is_not_written_either(text: str, old: str, new: str) -> None:
    text = f"import keras\n{text}\n"
    fixed = fix_text("program.py", text, pretend(always(old, new)))
    assert (fixed.text, fixed.made) == (text, 0)


def test_a_notebook_may_await_at_its_top_level() -> None:
    before = notebook(["x = await f(1)\n", "y = one"])
    fixed = fix_text("n.ipynb", before, pretend(always("one", "two")))
    assert fixed.text == notebook(["x = await f(1)\n", "y = two"])
    spoilt = fix_text("n.ipynb", before, pretend(always("one", "f(a=1, a=2)")))
    assert (spoilt.text, spoilt.made) == (before, 0)


def test_a_fix_that_spoils_the_program_costs_the_others_nothing() -> None:
    def findings_of(text: str) -> Iterable[Finding]:
        for number in range(10):
            start = text.find(f"old{number}")
            if start >= 0:
                new = "x(" if number in (3, 4, 9) else f"new{number}"
                yield finding((start, start + 4, new))

    text = "".join(f"a = old{number}\n" for number in range(10))
    fixed = fix_text("program.py", text, pretend(findings_of))
    expected = "".join(f"a = {'old' if number in (3, 4, 9) else 'new'}{number}\n" for number in range(10))
    assert (fixed.text, fixed.made) == (expected, 7)


def test_of_two_fixes_that_go_only_one_at_a_time_one_is_made() -> None:
    def findings_of(text: str) -> Iterable[Finding]:
        if "a=" not in text:
            yield finding((2, 2, "a=1, "))
            yield finding((text.index(")"), text.index(")"), ", a=2"))

    fixed = fix_text("program.py", "f(b=1)\n", pretend(findings_of))
    assert (fixed.text, fixed.made) == ("f(a=1, b=1)\n", 1)


def test_a_fix_whose_edits_overlap_is_not_made() -> None:
    def findings_of(text: str) -> Iterable[Finding]:
        yield finding((0, 4, "a"), (2, 6, "b"))

    fixed = fix_text("program.py", "abcdef = 1\n", pretend(findings_of))
    assert (fixed.text, fixed.made) == ("abcdef = 1\n", 0)


@pytest.mark.parametrize("new", ["two(", "f(a=1, a=2)", '"""', "return\n  3"])
def test_a_file_that_does_not_parse_gets_no_worse(new: str) -> None:
    text = "x = one\ny = f(\nz = 3\n"
    fixed = fix_text("program.py", text, pretend(always("one", new)))
    assert (fixed.text, fixed.made) == (text, 0)


def test_to_ask_whether_a_program_compiles_runs_nothing_and_says_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "mark"
    assert compiles(f"open({str(mark)!r}, 'w')\nx = 1 is 1\ny = '\\d'\nassert (x, y)\n", cells=False)
    assert not mark.exists()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "text",
    ["(" * 100_000, "x = " + "-" * 100_000 + "1", "x = " + "1+" * 100_000 + "1", "\x00", "x = '\ud83d'"],
)
def test_a_program_that_no_compiler_takes_does_not_compile_and_does_no_harm(text: str) -> None:
    assert compiles(text, cells=False) is False


def test_a_file_that_does_not_parse_is_mended_where_it_can_be_read() -> None:
    fixed = fix_text("program.py", "x = one\ny = f(\nz = 3\n", pretend(always("one", "two")))
    assert (fixed.text, fixed.made) == ("x = two\ny = f(\nz = 3\n", 1)


# --- Files ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mended() -> str:
    """The program after its fixes; the tests below say that its form does not matter to them."""
    fixed = fix_text("program.py", PROGRAM, check, unsafe=True)
    assert fixed.made >= 2
    assert fixed.text != PROGRAM
    assert not [item for item in fixed.analysis.findings if item.fixes]
    ast.parse(fixed.text)
    return fixed.text


def test_line_ends_are_kept_and_inserted_lines_get_the_same(mended: str) -> None:
    fixed = fix_text("program.py", PROGRAM.replace("\n", "\r\n"), check, unsafe=True)
    assert fixed.text == mended.replace("\n", "\r\n")
    assert mended.count("\n") > PROGRAM.count("\n")


def test_lines_that_end_in_carriage_returns_alone_are_kept_too(mended: str) -> None:
    fixed = fix_text("program.py", PROGRAM.replace("\n", "\r"), check, unsafe=True)
    assert fixed.text == mended.replace("\n", "\r")


def test_a_line_keeps_its_own_end_where_they_are_mixed() -> None:
    text = "from tensorflow import keras\r\nm = keras.Sequential()\n"
    text += "if 1:\r    m.add(keras.layers.Dense(1, input_shape=(4,)))\r\nm.compile(loss='mse')"
    fixed = fix_text("program.py", text, check)
    assert fixed.made == 1
    assert fixed.text == text.replace(
        "m.add(keras.layers.Dense(1, input_shape=(4,)))\r\n",
        "m.add(keras.Input(shape=(4,)))\r\n    m.add(keras.layers.Dense(1))\r\n",
    )


def test_comments_quotes_and_indentation_around_a_fix_are_kept() -> None:
    text = (
        "#!/usr/bin/env python\nfrom tensorflow import keras\n\nif True:\n"
        "\tm = keras.Sequential([  # first\n"
        "\t\t# the input\n"
        "\t\tkeras.layers.Dense( 4 , input_shape = (20,) ),  # 'quoted'  \n"
        "\t\tkeras.layers.Dense(10,activation='sigmoid'), # \"last\"\n"
        "\t])\n"
        "\tm.compile(loss='categorical_crossentropy')   # end\n\t# no newline"
    )
    fixed = fix_text("program.py", text, check, unsafe=True)
    assert fixed.made == 2
    assert fixed.text == text.replace("activation='sigmoid'", "activation='softmax'").replace(
        "\t\tkeras.layers.Dense( 4 , input_shape = (20,) ),",
        "\t\tkeras.Input(shape=(20,)),\n\t\tkeras.layers.Dense( 4 ),",
    )


def test_a_fix_that_copies_lines_of_the_program_keeps_their_ends() -> None:
    text = "x = f(1,\r\n  2)\r\n"
    fixed = fix_text("program.py", text, pretend(always("x = f", "y = g(1,\r\n  2)\nz = f")))
    assert fixed.text == "y = g(1,\r\n  2)\r\nz = f(1,\r\n  2)\r\n"


def notebook(cells: list[str]) -> str:
    """A notebook as Jupyter writes it, with a Markdown cell before each code cell."""
    written = []
    for index, text in enumerate(cells):
        written.append({"cell_type": "markdown", "id": f"m{index}", "metadata": {}, "source": ["é *a*"]})
        written.append(
            {"cell_type": "code", "execution_count": index, "id": f"c{index}", "metadata": {"z": 1, "a": 2},
             "outputs": [{"text": ["x = 1\n", "😀"]}], "source": text.splitlines(keepends=True)}
        )  # fmt: skip
    document = {"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def test_in_a_notebook_only_the_lines_that_are_mended_change(mended: str) -> None:
    first, _, rest = PROGRAM.partition("\n\n")
    middle, _, last = rest.partition("\n\n")
    written = [f"%matplotlib inline\n{first}", f"!ls (\n{middle}", last.removesuffix("\n")]
    before = notebook(written)
    fixed = fix_text("n.ipynb", before, check, unsafe=True)
    new_first, _, new_rest = mended.partition("\n\n")
    new_middle, _, new_last = new_rest.partition("\n\n")
    after = [f"%matplotlib inline\n{new_first}", f"!ls (\n{new_middle}", new_last.removesuffix("\n")]
    assert fixed.text == notebook(after)
    assert fixed.text != before


def test_a_line_put_before_the_first_of_a_cell_is_put_there_once() -> None:
    cells = [
        "from tensorflow import keras\nmodel = keras.Sequential()",
        "model.add(keras.layers.Dense(1, input_shape=(4,)))",
        "model.compile(loss='mse')",
    ]
    fixed = fix_text("n.ipynb", notebook(cells), check, unsafe=True)
    assert fixed.made == 1
    cells[1] = "model.add(keras.Input(shape=(4,)))\nmodel.add(keras.layers.Dense(1))"
    assert fixed.text == notebook(cells)


def test_a_file_without_findings_stays_as_it_is() -> None:
    text = "x = 1\r\ny = 2\n\ufeff\f\rz"
    fixed = fix_text("program.py", text, check, unsafe=True)
    assert (fixed.text, fixed.made) == (text, 0)
