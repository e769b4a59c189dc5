"""What hover says of data: shape, type, range and where it comes from, on every name of it."""

from __future__ import annotations

import pytest

from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.ide.hover import hover_at
from kerascope.text.source import Source

PROGRAM = """\
import numpy as np
import pandas as pd
import tensorflow as tf
from tensorflow import keras

(x_train, y_train), _ = keras.datasets.mnist.load_data()
rows = keras.utils.to_categorical(y_train, 10)
data = tf.data.Dataset.from_tensor_slices((x_train, y_train)).map(lambda a, b: (a, tf.one_hot(b, 10))).batch(32)
frame = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]})
column = frame["a"]
folder = keras.utils.image_dataset_from_directory("photos", label_mode="categorical")
endless = data.repeat()
single = tf.data.Dataset.range(5)
print(x_train)
"""
SAID = {
    "(x_train": "`(60000, 28, 28)` uint8, 0 to 255, from `keras.datasets.mnist`",
    "rows =": "`(60000, 10)`, 0 to 1, one-hot rows, from `keras.datasets.mnist`",
    "print(x_train": "`(60000, 28, 28)` uint8, 0 to 255, from `keras.datasets.mnist`",
    "data =": (
        "**tf.data.Dataset** from `keras.datasets.mnist`\n"
        "- inputs: `(None, 28, 28)` uint8, 0 to 255\n"
        "- labels: `(None, 10)` float32, 0 to 1, one-hot rows\n"
        "- 1,875 batches"
    ),
    "frame =": "**DataFrame** `(3, 2)` from `pd.DataFrame`\n- `a`: int64, 1 to 3\n- `b`: float64, 0.5 to 2.5",
    "column =": "**Series**: `(3,)` int64, 1 to 3",
    "folder =": (
        "**tf.data.Dataset** from `image_dataset_from_directory`\n"
        "- inputs: `(None, 256, 256, 3)` float32, 0 to 255\n"
        "- labels: `(None, ?)` float32, 0 to 1, one-hot rows"
    ),
    "endless =": (
        "**tf.data.Dataset** from `keras.datasets.mnist`\n"
        "- inputs: `(None, 28, 28)` uint8, 0 to 255\n"
        "- labels: `(None, 10)` float32, 0 to 1, one-hot rows\n"
        "- never ends"
    ),
    "single =": (
        "**tf.data.Dataset** from `tf.data.Dataset.range`\n- each step: `()` int64, 0 to 4\n- 5 single examples"
    ),
}


@pytest.mark.parametrize("place", SAID)
def test_hover_says_what_is_known_and_where_it_comes_from(place: str) -> None:
    analysis = analyse(Source("program.py", PROGRAM), Options(keras="3"))
    offset = PROGRAM.index(place) + place.index("(") + 1 if "(" in place else PROGRAM.index(place)
    found = hover_at(analysis, offset)
    assert found is not None and found.text == SAID[place]
