"""Comments that switch findings off, and the statement that one belongs to."""

from __future__ import annotations

import pytest

from kerascope.syntax.statements import statement_start_offset
from kerascope.syntax.suppressions import ALL, find_suppressions
from kerascope.syntax.units import TreeCache, parse
from kerascope.text.source import Source


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("# kerascope: ignore", ALL),
        ("#kerascope:ignore", ALL),
        ("# kerascope: ignore[KC201]", {"KC201"}),
        ("# kerascope: ignore[KC201, KS]", {"KC201", "KS"}),
        ("# kerascope:  ignore[ KC201 ,]", {"KC201"}),
        ("# kerascope: ignore[]", set()),
        ("# noqa  # kerascope: ignore[KS1] for now", {"KS1"}),
    ],
)
def test_a_comment_names_what_it_switches_off(comment: str, codes: set[str]) -> None:
    text = f"x = 1  {comment}\ny = 2\n"
    found = find_suppressions(text)
    assert found.whole_file == frozenset()
    assert found.at == {text.index("#"): frozenset(codes)}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("# kerascope: ignore-file\nx = 1\n", ALL),
        ('"""Docstring."""\n# kerascope: ignore-file[KS101, KC]\n', {"KS101", "KC"}),
        ("# kerascope: ignore-file[KS101]\n# kerascope: ignore-file[KC]\n", {"KS101", "KC"}),
    ],
)
def test_a_comment_can_speak_for_the_whole_file(text: str, codes: set[str]) -> None:
    found = find_suppressions(text)
    assert found.whole_file == frozenset(codes)
    assert found.at == {}


@pytest.mark.parametrize(
    "text",
    [
        "x = 1  # ignore[KC201]\n",
        "x = 1  # kerascope ignore\n",
        "x = 1  # kerascope: ignored\n",
        "x = 1  # kerascope: off\n",
        "kerascope: ignore\n",
        "x = '# kerascope: ignore'\n",
        '"""Say\n# kerascope: ignore-file\nto switch it off."""\n',
    ],
)
def test_nothing_else_is_such_a_comment(text: str) -> None:
    found = find_suppressions(text)
    assert (found.whole_file, dict(found.at)) == (frozenset(), {})


def test_each_comment_of_a_program_counts() -> None:
    text = "a  # kerascope: ignore[A]\r\n'''\n'''  # kerascope: ignore[B]\rc # kerascope: ignore[C]"
    assert set(find_suppressions(text).at.values()) == {frozenset("A"), frozenset("B"), frozenset("C")}


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("x = 1\nf(\n  a,\n  HERE)\n", "f("),
        ("if x:\n    y = 1\n    f(\n      HERE)\n", "f("),
        ("if f(x,\n     HERE):\n    pass\n", "if f"),
        ("if x:\n    pass\nelif y:\n    g(\n  HERE)\n", "g("),
        ("for i in x:\n    pass\nelse:\n    g(\n  HERE)\n", "g("),
        ("try:\n    pass\nexcept E:\n    g(\n  HERE)\nfinally:\n    pass\n", "g("),
        ("try:\n    pass\nfinally:\n    g(\n  HERE)\n", "g("),
        ("try:\n    pass\nexcept* E:\n    g(\n  HERE)\n", "g("),
        ("match x:\n    case 1:\n        y = 1\n        g(\n  HERE)\n", "g("),
        ("with a:\n    while b:\n        def f():\n            return [\n                HERE]\n", "return"),
        ("class C:\n    x = 1; y = [\n        HERE]\n", "x = 1"),
    ],
)
def test_a_place_belongs_to_the_innermost_statement_around_it(text: str, start: str) -> None:
    parsed = parse(Source("program.py", text), TreeCache())
    assert not parsed.faults
    place = text.index("HERE")
    (unit,) = (unit for unit in parsed.units if unit.origin <= place < unit.stop)
    assert statement_start_offset(unit, place) == text.index(start)
