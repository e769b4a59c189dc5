"""Of a long program what stays is applied by the stretch, and says what a fresh run says."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from engine.test_incremental import Editor, edits
from kerascope.interp.interpreter import Interpretation
from kerascope.interp.stretches import LONGEST

PARTS = (
    "UNITS_{n} = {size}\n",
    "def build_{n}(units=UNITS_{n}):\n    return keras.Sequential([keras.Input((4,)), layers.Dense(units)])\n",
    "def nobody_{n}(x):\n    def inner(y):\n        return layers.Dense(UNITS_{n})(y)\n    return inner(x)\n",
    "model_{n} = build_{n}()\n",
    'model_{n}.compile(loss="mse")\n',
    "sizes = [UNITS_{n}, {n}]\n",
    "shared = layers.Dropout(0.{n})\n",
    "class Block_{n}(layers.Layer):\n    def call(self, x):\n        return shared(x)\n",
    "del sizes\n",
)


def grown(parts: int) -> str:
    """A program of as many parts of nine statements, in which names are bound again and again."""
    head = "from tensorflow import keras\nfrom tensorflow.keras import layers\n\nsizes = []\n"
    return head + "".join(part.format(n=n, size=8 + n) for n in range(1, parts) for part in PARTS)


def members(found: Interpretation) -> Counter[bool]:
    """How many records stand for one run, and how many runs are put together."""
    counts: Counter[bool] = Counter()
    for record in found.records:
        counts[bool(record.members)] += len(record.single)
    return counts


def test_nearly_all_of_a_long_program_is_applied_by_the_stretch() -> None:
    text = grown(60).replace("del sizes\n", "") + "last = 1\n"
    editor = Editor()
    for version in (text, text + "\n# 1\n", text + "\n# 2\n"):
        _, found = editor.show(version)
    alone = members(found)[False]
    together = members(found)[True]
    assert together > 500
    assert alone < 20
    assert len(found.records) < 2 * together / LONGEST + 20


def test_what_is_deleted_on_the_way_is_not_put_together() -> None:
    editor = Editor()
    for version in (grown(12), grown(12) + "\n# 1\n", grown(12) + "\n# 2\n"):
        _, found = editor.show(version)
    deleting = [record for record in found.records if None in record.names.get(1, {}).values()]
    assert len(deleting) == 11
    assert not any(record.members for record in deleting)


@pytest.mark.parametrize("seed", range(6))
def test_after_any_edit_of_a_long_program_it_says_what_a_fresh_run_says(seed: int) -> None:
    text = grown(14)
    editor = Editor()
    for changed in (text, *edits(text, seed, count=12), text):
        editor.holds(changed)


def test_a_name_that_a_stretch_reads_reaches_what_reads_it_and_no_more() -> None:
    text = grown(40)
    editor = Editor()
    for version in (text, text + "# 1\n", text + "# 2\n"):
        editor.show(version)
    editor.holds(text.replace("UNITS_20 = 28", "UNITS_20 = 29"))
    assert editor.interpreted() == [
        "UNITS_20 = 29",
        "def build_20(units=UNITS_20):",
        "model_20 = build_20()",
        'model_20.compile(loss="mse")',
        "sizes = [UNITS_20, 20]",
        "del sizes",
        "nobody_20",
    ]


def test_a_program_edited_in_many_places_is_put_together_anew() -> None:
    text = grown(80).replace("del sizes\n", "")
    editor = Editor()
    editor.show(text)
    counts = []
    for n in random.Random(1).sample(range(1, 80), 79):
        text = text.replace(f"sizes = [UNITS_{n}, {n}]\n", f"sizes = [UNITS_{n}, {n}, 1]\n", 1)
        _, found = editor.show(text)
        counts.append(sum(bool(record.members and record.left) for record in found.records))
    editor.holds(text)
    units = sum(len(record.single) for record in found.records if record.left)
    assert max(counts) <= 2 * units // LONGEST + 10
