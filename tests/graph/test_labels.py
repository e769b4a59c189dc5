"""The labels of a call: which they are, where they stand, and what is certain of them."""

from __future__ import annotations

import pytest

from kerascope.domain.shapes import Tri
from kerascope.domain.specs import ArraySpec, ValueFacts
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.graph.labels import computes_on_all, labels_of, outside, validation_labels, validation_parts
from kerascope.graph.nodes import Event
from kerascope.syntax.edits import text_of
from kerascope.text.source import Source

PROGRAM = """\
import numpy as np
from tensorflow import keras
x, x_val = np.zeros((6, 4)), np.zeros((3, 4))
y, y_val = np.array([0, 1, 2, 0, 1, 2]), np.array([2, 1, 0])
held = (x_val, y_val)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
model.{call}
"""


def event(call: str) -> Event:
    analysis = analyse(Source("program.py", PROGRAM.format(call=call)), Options(keras="3"))
    assert analysis.interpretation is not None
    return analysis.interpretation.trace.events[-1]


@pytest.mark.parametrize(
    ("call", "written"),
    [
        ("fit(x, y)", ["y"]),
        ("fit(x, y, validation_data=(x_val, y_val))", ["y", "y_val"]),
        ("fit(x, y, validation_data=[x_val, y_val - 1])", ["y", "y_val - 1"]),
        ("fit(x, y, validation_data=(x_val, y_val, np.ones(3)))", ["y", "y_val"]),
        ("fit(x, y, validation_data=held)", ["y", "held"]),
        ("fit(x, validation_data=(x_val, y_val))", ["y_val"]),
        ("fit(x, [y], validation_data=(x_val,))", []),
        ("fit(x, unknown(), validation_data=unknown())", []),
        ("evaluate(x_val, y_val)", ["y_val"]),
        ("train_on_batch(x, y=y)", ["y"]),
        ("predict(x)", []),
    ],
)
def test_labels_are_found_where_they_are_written(call: str, written: list[str]) -> None:
    assert [text_of(labels.site) for labels in labels_of(event(call))] == written


def test_validation_labels_are_told_from_those_trained_on() -> None:
    fitted = event("fit(x, y, validation_data=(x_val, y_val))")
    assert [labels.validation for labels in labels_of(fitted)] == [False, True]
    held = validation_labels(fitted)
    assert held is not None and held.array.shape == (3,)
    assert len(validation_parts(fitted)) == 2
    assert validation_parts(event("fit(x, y)")) == ()


@pytest.mark.parametrize(
    ("options", "trained", "validated"),
    [
        ("", True, True),
        (", epochs=5, batch_size=2", True, True),
        (", steps_per_epoch=2", False, True),
        (", steps_per_epoch=None", True, True),
        (", validation_freq=2", True, False),
        (", validation_steps=1", True, False),
        (", epochs=0", False, False),
        (", initial_epoch=1", False, False),
        (", **unknown()", False, False),
    ],
)
def test_some_calls_leave_labels_out(options: str, trained: bool, validated: bool) -> None:
    fitted = event(f"fit(x, y, validation_data=(x_val, y_val){options})")
    assert computes_on_all(fitted) is trained
    assert computes_on_all(fitted, validation=True) is validated


@pytest.mark.parametrize(
    ("lo", "hi", "attained", "expected"),
    [
        (0, 9, Tri.YES, None),
        (0, 10, Tri.YES, 10),
        (0, 10, Tri.UNKNOWN, None),
        (1, 10, Tri.YES, 10),
        (-1, 5, Tri.YES, -1),
        (-1, 5, Tri.UNKNOWN, None),
        (10, 12, Tri.UNKNOWN, 12),
        (-3, -1, Tri.UNKNOWN, -3),
        (None, 20, Tri.UNKNOWN, None),
        (20, None, Tri.UNKNOWN, None),
    ],
)
def test_a_label_is_outside_only_where_it_is_certain(
    lo: float | None, hi: float | None, attained: Tri, expected: int | None
) -> None:
    array = ArraySpec((5,), "int64", ValueFacts(lo, hi, Tri.YES, attained=attained))
    assert outside(array, 0, 9) == expected


def test_fractions_are_no_labels_to_count() -> None:
    assert outside(ArraySpec((5,), "float32", ValueFacts(0, 10.5, attained=Tri.YES)), 0, 9) is None
