"""The names of losses, and what crossentropies accept, against real Keras."""

from __future__ import annotations

import json

import pytest

from judge.programs import judge
from kerascope.domain.shapes import Tri
from kerascope.graph.losses import LOSS_NAMES, MISLEADING, loss_accepts

LISTED = """
import json
from tensorflow import keras
accepted, refused = [], []
for name in {names}:
    try:
        keras.losses.get(name)
        accepted.append(name)
    except Exception:
        refused.append(name)
raise RuntimeError(json.dumps([accepted, refused]))
"""


@pytest.mark.parametrize("major", (3, 2))
def test_every_listed_loss_name_exists_and_every_misleading_one_does_not(major: int) -> None:
    asked = sorted(LOSS_NAMES[major]) + sorted(MISLEADING[major]) + ["categorical_entropy", "crossentropyy"]
    ran = judge(major).run(LISTED.format(names=asked))
    assert ran.error is not None
    accepted, refused = json.loads(ran.error.removeprefix("RuntimeError: ")[:100_000])
    # LossFunctionWrapper is found and then cannot be made without a function.
    assert set(refused) - {"LossFunctionWrapper"} == set(MISLEADING[major]) | {
        "categorical_entropy",
        "crossentropyy",
    }
    assert set(accepted) <= LOSS_NAMES[major]


SHAPES = [
    ((8,), (8, 3)), ((8, 1), (8, 3)), ((8, 3), (8, 3)), ((8,), (8, 1)), ((8, 1), (8, 1)), ((8, 4), (8, 3)),
    ((8,), (8, 5, 3)), ((8, 1), (8, 5, 3)), ((8, 3), (8, 5, 3)), ((8, 5), (8, 5, 3)), ((8, 5, 1), (8, 5, 3)),
    ((8, 5, 3), (8, 5, 3)), ((8,), (8, 4, 4, 3)), ((8, 4, 4), (8, 4, 4, 3)), ((8, 4, 4, 1), (8, 4, 4, 3)),
    ((8, 5), (8, 5, 1)), ((8, 5, 1), (8, 5, 1)), ((8,), (8, 5, 1)), ((8, 6), (8, 5, 3)), ((8, 1), (8, 5, 1)),
]  # fmt: skip

TRIED = """
import json
import numpy as np
import tensorflow as tf
from tensorflow import keras
verdicts = []
for labels, output in {shapes}:
    model = keras.Sequential([keras.Input(output[1:]), keras.layers.Activation("linear")])
    model.compile("sgd", {loss!r})
    try:
        model.fit(np.random.rand(*output), np.zeros(labels), verbose=0)
        verdicts.append(1)
    except Exception:
        verdicts.append(0)
raise RuntimeError(json.dumps(verdicts))
"""


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize(
    "loss", ("categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy")
)
def test_a_loss_that_is_said_to_refuse_labels_refuses_them(loss: str, major: int) -> None:
    ran = judge(major).run(TRIED.format(shapes=SHAPES, loss=loss))
    assert ran.error is not None
    verdicts = json.loads(ran.error.removeprefix("RuntimeError: "))
    assert len(verdicts) == len(SHAPES)
    wrong = []
    agreed = 0
    for (labels, output), runs in zip(SHAPES, verdicts, strict=True):
        batched = (None, *output[1:])
        said = loss_accepts(loss, labels, batched, major)
        if said is Tri.NO and runs:
            wrong.append((labels, output, "said to be refused, and runs"))
        agreed += (said is Tri.NO) == (not runs)
    assert not wrong
    # What is not claimed is no error, but most refusals are known.
    assert agreed >= len(SHAPES) - 3, [
        (pair, loss_accepts(loss, pair[0], (None, *pair[1][1:]), major), v)
        for pair, v in zip(SHAPES, verdicts, strict=True)
    ]
