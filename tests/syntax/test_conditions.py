"""Places that a program reaches only where it knows that they can be run."""

from __future__ import annotations

import libcst as cst
import pytest

from kerascope.syntax.conditions import chosen_by_release, expected_to_raise
from kerascope.syntax.units import Site, TreeCache, parse
from kerascope.text.source import Source


def place(text: str) -> Site:
    """The name ``HERE`` in a program."""
    for unit in parse(Source("program.py", text), TreeCache()).units:
        pending: list[cst.CSTNode] = [unit.tree.module]
        while pending:
            node = pending.pop()
            if isinstance(node, cst.Name) and node.value == "HERE":
                return Site(unit, node)
            pending += node.children
    raise AssertionError("no HERE")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if keras.__version__ < '3':\n    HERE\n", True),
        ("if int(tf.__version__[0]) > 1:\n    pass\nelse:\n    HERE\n", True),
        ("if hasattr(model, 'predict_classes'):\n    x = HERE(1)\n", True),
        ("y = HERE if version.parse(v) < two else 0\n", True),
        ("if KERAS_3:\n    for i in range(3):\n        HERE\n", True),
        ("def f():\n    if TF2:\n        return HERE\n", True),
        ("if HERE.version:\n    pass\n", False),
        ("if training:\n    HERE\n", False),
        ("if version:\n    pass\nHERE\n", False),
        ("HERE\n", False),
    ],
)
def test_a_choice_between_releases(text: str, expected: bool) -> None:
    assert chosen_by_release(place(text)) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("try:\n    HERE\nexcept AttributeError:\n    pass\n", True),
        ("try:\n    new()\nexcept AttributeError:\n    HERE\n", True),
        ("try:\n    HERE\nexcept (KeyError, AttributeError):\n    pass\n", True),
        ("try:\n    HERE\nexcept:\n    pass\n", True),
        ("try:\n    HERE\nexcept Exception as problem:\n    pass\n", True),
        ("try:\n    HERE\nexcept OSError:\n    pass\n", False),
        ("try:\n    HERE\nfinally:\n    pass\n", False),
        ("HERE\n", False),
    ],
)
def test_a_failure_that_is_reckoned_with(text: str, expected: bool) -> None:
    assert expected_to_raise(place(text), "AttributeError") is expected
