"""What looks like a mistake and is none: real Keras runs each of these programs, and nothing is said of them."""

from __future__ import annotations

import pytest

from judge.programs import judge
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.findings import Severity
from kerascope.text.source import Source

HEAD = """\
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

x = np.random.rand(32, 20).astype("float32")
ids = np.random.randint(0, 10, 32)
images = np.random.rand(16, 28, 28, 1).astype("float32")
image_ids = np.random.randint(0, 10, 16)

def net(units, activation=None):
    return keras.Sequential([keras.Input((20,)), layers.Dense(units, activation=activation)])
"""

# The list "Do NOT flag" of the rule catalogue, one program each; `majors` where only one Keras takes it.
PROGRAMS: dict[str, tuple[str, tuple[int, ...]]] = {
    "labels (n,) with Dense(1)": (
        "m = net(1)\nm.compile('adam', 'mse')\nm.fit(x, np.random.rand(32), verbose=0)",
        (2, 3),
    ),
    "boolean labels with binary_crossentropy": (
        "m = net(1, 'sigmoid')\nm.compile('adam', 'binary_crossentropy')\nm.fit(x, ids > 4, verbose=0)",
        (2, 3),
    ),
    "integer labels with binary_crossentropy": (
        "m = net(1, 'sigmoid')\nm.compile('adam', 'binary_crossentropy')\nm.fit(x, np.random.randint(0, 2, 32), verbose=0)",
        (2, 3),
    ),
    "float labels with the sparse loss": (
        "m = net(10, 'softmax')\nm.compile('adam', 'sparse_categorical_crossentropy')\nm.fit(x, ids.astype('float32'), verbose=0)",
        (2, 3),
    ),
    "labels (n, 1) with the sparse loss": (
        "m = net(10, 'softmax')\nm.compile('adam', 'sparse_categorical_crossentropy')\nm.fit(x, ids.reshape(-1, 1), verbose=0)",
        (2, 3),
    ),
    "segmentation with labels (n, h, w)": (
        "m = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(3, 3, padding='same', activation='softmax')])\n"
        "m.compile('adam', 'sparse_categorical_crossentropy')\n"
        "m.fit(images, np.random.randint(0, 3, (16, 28, 28)), verbose=0)",
        (2, 3),
    ),
    "segmentation with labels (n, h, w, 1)": (
        "m = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(3, 3, padding='same', activation='softmax')])\n"
        "m.compile('adam', 'sparse_categorical_crossentropy')\n"
        "m.fit(images, np.random.randint(0, 3, (16, 28, 28, 1)), verbose=0)",
        (2, 3),
    ),
    "padding='SAME' and optimizer names in any case": (
        "m = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(2, 3, padding='SAME'), layers.Flatten(),\n"
        "    layers.Dense(10, activation='softmax')])\n"
        "m.compile('ADAM', 'sparse_categorical_crossentropy')\nm.fit(images, image_ids, verbose=0)",
        (2, 3),
    ),
    "the loss crossentropy": (
        "m = net(10, 'softmax')\nm.compile('adam', 'crossentropy')\nm.fit(x, keras.utils.to_categorical(ids, 10), verbose=0)",
        (3,),
    ),
    "a loss class, not an object": (
        "m = net(1)\nm.compile('adam', keras.losses.MeanSquaredError)\nm.fit(x, np.random.rand(32, 1), verbose=0)",
        (3,),
    ),
    "metric names": (
        "m = net(1, 'sigmoid')\nm.compile('adam', 'binary_crossentropy', metrics=['auc', 'precision', 'recall'])\n"
        "m.fit(x, np.random.randint(0, 2, (32, 1)), verbose=0)",
        (3,),
    ),
    "validation_data as a list, a single callback": (
        "m = net(1)\nm.compile('adam', 'mse')\ny = np.random.rand(32, 1)\n"
        "m.fit(x, y, validation_data=[x, y], callbacks=keras.callbacks.TerminateOnNaN(), verbose=0)",
        (3,),
    ),
    "Dense on a sequence works on the last axis": (
        "m = keras.Sequential([keras.Input((5, 8)), layers.Dense(3)])\nm.compile('adam', 'mse')\n"
        "m.fit(np.random.rand(8, 5, 8), np.random.rand(8, 5, 3), verbose=0)",
        (2, 3),
    ),
    "Flatten on a flat tensor": (
        "m = keras.Sequential([keras.Input((20,)), layers.Flatten(), layers.Dense(1)])\nm.compile('adam', 'mse')\n"
        "m.fit(x, np.random.rand(32, 1), verbose=0)",
        (2, 3),
    ),
    "one layer used twice": (
        "d = layers.Dense(20)\nm = keras.Sequential([keras.Input((20,)), d, layers.ReLU()])\n"
        "a = keras.Input((20,))\nn = keras.Model(a, d(d(a)))\nn.compile('adam', 'mse')\nn.fit(x, x, verbose=0)",
        (2, 3),
    ),
    "a model from an intermediate tensor": (
        "a = keras.Input((20,))\nh = layers.Dense(5)(a)\no = layers.Dense(1)(h)\nm = keras.Model(h, o)\n"
        "m.compile('adam', 'mse')\nm.fit(np.random.rand(8, 5), np.random.rand(8, 1), verbose=0)",
        (2, 3),
    ),
    "tf.nn.relu as activation": (
        "m = net(4, tf.nn.relu)\nm.compile('adam', 'mse')\nm.fit(x, np.random.rand(32, 4), verbose=0)",
        (2, 3),
    ),
    "steps_per_epoch with arrays": (
        "m = net(1)\nm.compile('adam', 'mse')\nm.fit(x, np.random.rand(32, 1), steps_per_epoch=2, verbose=0)",
        (2, 3),
    ),
    "images without the channel axis into Input((28, 28, 1))": (
        "m = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(2, 3), layers.Flatten(),\n"
        "    layers.Dense(10, activation='softmax')])\nm.compile('adam', 'sparse_categorical_crossentropy')\n"
        "m.fit(np.random.rand(100, 28, 28), np.random.randint(0, 10, 100), verbose=0)",
        (2, 3),
    ),
    "a last axis of one into Input((28, 28))": (
        "m = keras.Sequential([keras.Input((28, 28)), layers.Flatten(), layers.Dense(10, activation='softmax')])\n"
        "m.compile('adam', 'sparse_categorical_crossentropy')\nm.fit(images, image_ids, verbose=0)",
        (2, 3),
    ),
    "one number per sample into Input((1,))": (
        "m = keras.Sequential([keras.Input((1,)), layers.Dense(1)])\nm.compile('adam', 'mse')\n"
        "m.fit(np.random.rand(32), np.random.rand(32), verbose=0)",
        (2, 3),
    ),
    "a loss function of the program's own": (
        "def loss(a, b):\n    return tf.reduce_mean(tf.square(a - b))\nm = net(10, 'sigmoid')\nm.compile('adam', loss)\n"
        "m.fit(x, np.random.rand(32, 10), verbose=0)",
        (2, 3),
    ),
    "sigmoid on one unit with binary_crossentropy": (
        "m = net(1, 'sigmoid')\nm.compile('adam', 'binary_crossentropy')\nm.fit(x, np.random.randint(0, 2, (32, 1)), verbose=0)",
        (2, 3),
    ),
    "logits with from_logits given by position": (
        "m = net(10)\nm.compile('adam', keras.losses.SparseCategoricalCrossentropy(True))\nm.fit(x, ids, verbose=0)",
        (2, 3),
    ),
    "a softmax layer of its own": (
        "m = keras.Sequential([keras.Input((20,)), layers.Dense(10), layers.Softmax()])\n"
        "m.compile('adam', 'sparse_categorical_crossentropy')\nm.fit(x, ids, verbose=0)",
        (2, 3),
    ),
    "a loss name that the program registers": (
        "@keras.utils.register_keras_serializable()\ndef own(a, b):\n    return tf.reduce_mean(tf.square(a - b))\n"
        "with keras.utils.custom_object_scope({'own': own}):\n    m = net(1)\n    m.compile('adam', own)\n"
        "    m.fit(x, np.random.rand(32, 1), verbose=0)",
        (2, 3),
    ),
    "last states into Dense": (
        "m = keras.Sequential([keras.Input((5, 4)), layers.LSTM(8, return_sequences=True), layers.Dropout(0.1),\n"
        "    layers.GRU(4), layers.Dense(1)])\nm.compile('adam', 'mse')\n"
        "m.fit(np.random.rand(8, 5, 4), np.random.rand(8, 1), verbose=0)",
        (2, 3),
    ),
    "Reshape with a free axis": (
        "m = keras.Sequential([keras.Input((None, 4)), layers.Reshape((-1, 2)), layers.GlobalAveragePooling1D(),\n"
        "    layers.Dense(1)])\nm.compile('adam', 'mse')\nm.fit(np.random.rand(8, 6, 4), np.random.rand(8, 1), verbose=0)",
        (2, 3),
    ),
    "one-hot images of labels with binary_crossentropy": (
        "m = net(10, 'sigmoid')\nm.compile('adam', 'binary_crossentropy')\n"
        "m.fit(x, keras.utils.to_categorical(ids, 10), verbose=0)",
        (2, 3),
    ),
    "softmax over one hot labels of shape (n, 1, 10)": (
        "m = keras.Sequential([keras.Input((1, 20)), layers.Dense(10, activation='softmax')])\n"
        "m.compile('adam', 'categorical_crossentropy')\n"
        "m.fit(np.random.rand(8, 1, 20), np.eye(10)[np.random.randint(0, 10, (8, 1))], verbose=0)",
        (2, 3),
    ),
}
CASES = [(name, code, major) for name, (code, majors) in PROGRAMS.items() for major in majors]


@pytest.mark.parametrize(
    ("name", "code", "major"), CASES, ids=[f"{name}-{major}" for name, _, major in CASES]
)
def test_nothing_is_said_of_what_real_keras_runs(name: str, code: str, major: int) -> None:
    program = HEAD + code + "\n"
    ran = judge(major).run(program)
    assert ran.error is None, f"the program is no example of correct code: {ran.error}"
    findings = analyse(Source("program.py", program), Options(keras=str(major))).findings
    assert [item for item in findings if item.severity is not Severity.HINT] == []


# Programs that raise, next to the ones above: the silence is no deafness.
LOUD = {
    "images with the wrong number of channels missing": (
        "m = keras.Sequential([keras.Input((28, 28, 3)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(10)])\n"
        "m.compile('adam', 'mse')\nm.fit(np.random.rand(8, 28, 28), np.random.rand(8, 10), verbose=0)",
        "KS148",
    ),
    "a single sample to predict": (
        "m = net(1)\nm.predict(x[0], verbose=0)",
        "KS151",
    ),
    "no input shape, and images without channels": (
        "m = keras.Sequential([layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(10)])\n"
        "m.compile('adam', 'mse')\nm.fit(np.random.rand(8, 28, 28), np.random.rand(8, 10), verbose=0)",
        "KS148",
    ),
    "bidirectional last states into a recurrent layer": (
        "m = keras.Sequential([keras.Input((5, 4)), layers.Bidirectional(layers.LSTM(8)), layers.Dropout(0.2),\n"
        "    layers.LSTM(4)])",
        "KS102",
    ),
    "the batch size in a reshape": (
        "m = keras.Sequential([keras.Input((784,)), layers.Reshape((32, 28, 28))])",
        "KS110",
    ),
    "a sequence into a classifier with one-hot labels": (
        "m = keras.Sequential([keras.Input((6, 4)), layers.Dense(10, activation='softmax')])\n"
        "m.compile('adam', 'categorical_crossentropy')\n"
        "m.fit(np.random.rand(8, 6, 4), keras.utils.to_categorical(np.random.randint(0, 10, 8), 10), verbose=0)",
        "KS118",
    ),
    "a loss by a name that only Keras 2 had": (
        "m = net(1)\nm.compile('adam', 'cosine_proximity')\nm.fit(x, np.random.rand(32, 1), verbose=0)",
        "KC223",
    ),
}


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize(
    ("name", "code", "expected"), [(n, c, e) for n, (c, e) in LOUD.items()], ids=list(LOUD)
)
def test_what_real_keras_refuses_is_found(name: str, code: str, expected: str, major: int) -> None:
    program = HEAD + code + "\n"
    ran = judge(major).run(program)
    assert ran.error is not None
    findings = analyse(Source("program.py", program), Options(keras=str(major))).findings
    assert [item.code for item in findings if item.severity is Severity.ERROR] == [expected]
