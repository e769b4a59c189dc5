"""Correct programs that change what the interpreter believes in ways that are easy to miss.

Real Keras 3 runs each, so that no error may be found in it; ``r`` is what the program has changed on the way, and a
``Reshape`` to it would be refused with the value that it had before.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from judge.programs import judge
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.findings import Severity
from kerascope.text.source import Source

HEAD = "import numpy as np\nimport tensorflow as tf\nimport keras\nfrom keras import layers\n"
DATA = "x, y = np.zeros((4, 8)), np.array([0, 1, 2, 1])\n"
NARROW = "i = keras.Input((3, 32, 32))\nlayers.MaxPooling2D(4)(layers.Conv2D(4, 5)(i))\n"

PROGRAMS = {
    "texts and numbers of which only the type is known": Path(__file__)
    .with_name("texts_everywhere.txt")
    .read_text(encoding="utf-8"),
    "channels first in a context manager": "class Format:\n    def __enter__(self):\n"
    "        keras.config.set_image_data_format('channels_first')\n    def __exit__(self, *error):\n"
    f"        keras.config.set_image_data_format('channels_last')\nwith Format():\n    {NARROW.replace(chr(10), chr(10) + '    ')}\n",
    "a function that returns out of a context manager": "class Format:\n    def __enter__(self):\n"
    "        keras.config.set_image_data_format('channels_first')\n    def __exit__(self, *error):\n"
    "        keras.config.set_image_data_format('channels_last')\ndef first():\n    with Format():\n"
    "        return layers.Conv2D(4, 5)(keras.Input((3, 32, 32)))\nfirst()\nlayers.Conv2D(4, 5)(keras.Input((32, 32, 3)))\n",
    "a setting that finally puts back": "def first(build):\n    keras.config.set_image_data_format('channels_first')\n"
    "    try:\n        return build()\n    finally:\n        keras.config.set_image_data_format('channels_last')\n"
    "first(lambda: layers.Conv2D(4, 5)(keras.Input((3, 32, 32))))\nlayers.Conv2D(4, 5)(keras.Input((32, 32, 3)))\n",
    "settings by another path": f"from keras.src.backend import config\nconfig.set_image_data_format('channels_first')\n{NARROW}",
    "rows that a function collects": "import pandas as pd\nxs, ys = [], []\ndef note(row):\n    xs.append([row['a'], row['b']])\n"
    "    ys.append(row['y'])\npd.DataFrame({'a': [1.0, 2.0], 'b': [3.0, 4.0], 'y': [0.0, 1.0]}).apply(note, axis=1)\n"
    "m = keras.Sequential([keras.Input((2,)), layers.Dense(1)])\nm.compile('sgd', 'mse')\n"
    "m.fit(np.array(xs), np.array(ys), verbose=0)\n",
    "what a thread does": "import threading\nn = [3]\ndef work():\n    n[0] = 6\nt = threading.Thread(target=work)\nt.start()\n"
    "t.join()\nlayers.Reshape((6, 1))(layers.Dense(n[0])(keras.Input((2,))))\n",
    "what a callback notes": "class Note(keras.callbacks.Callback):\n    def __init__(self):\n        super().__init__()\n"
    "        self.seen = []\n    def on_epoch_end(self, epoch, logs=None):\n        self.seen.append([1.0, 2.0])\n"
    f"{DATA}m = keras.Sequential([keras.Input((8,)), layers.Dense(1)])\nm.compile('sgd', 'mse')\nnote = Note()\n"
    "m.fit(x, y, verbose=0, callbacks=[note])\nk = keras.Sequential([keras.Input((2,)), layers.Dense(1)])\n"
    "k.predict(np.array(note.seen), verbose=0)\n",
    "labels that compute_loss encodes": "class M(keras.Model):\n"
    "    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):\n"
    "        y = tf.one_hot(tf.cast(y, 'int32'), 3)\n        return super().compute_loss(x, y, y_pred, sample_weight)\n"
    f"{DATA}i = keras.Input((8,))\nm = M(i, layers.Dense(3, activation='softmax')(i))\n"
    "m.compile('sgd', 'categorical_crossentropy')\nm.fit(x, y, verbose=0)\n",
    "a functional model with a call of its own": "class M(keras.Model):\n    def __init__(self, n):\n        i = keras.Input((n,))\n"
    "        super().__init__(i, layers.Dense(3)(i))\n        self.head = layers.Dense(9)\n"
    "    def call(self, x, training=None):\n        return self.head(super().call(x))\n"
    "m = M(5)\nm.compile('sgd', 'mse')\nm.fit(np.zeros((2, 5)), np.zeros((2, 9)), verbose=0)\n",
    "validation by a step of its own": "class M(keras.Model):\n    def test_step(self, data):\n        x, y = data\n"
    "        return {'l': tf.reduce_mean(self(x[:, 0]))}\ni = keras.Input((5,))\nm = M(i, layers.Dense(3)(i))\n"
    "m.compile('sgd', 'mse')\nheld = np.zeros((2, 7, 5)), np.zeros(2)\n"
    "m.fit(np.zeros((2, 5)), np.zeros((2, 3)), validation_data=held, verbose=0)\n",
    "a step that is put on later": "i = keras.Input((5,))\nm = keras.Model(i, layers.Dense(3)(i))\n"
    "m.predict_step = lambda d: m(d[:, :5])\nm.predict(np.zeros((2, 9)), verbose=0)\n",
    "an array that gets another shape": "d = np.arange(24.0)\nd.shape = -1, 3\nm = keras.Sequential([keras.Input((3,)), layers.Dense(1)])\n"
    "m.predict(d, verbose=0)\n",
    "an array that is resized": "d = np.zeros((2, 3))\nd.resize((3, 2), refcheck=False)\n"
    "m = keras.Sequential([keras.Input((2,)), layers.Dense(1)])\nm.predict(d, verbose=0)\n",
    "code for another version": "if keras.__version__.startswith('3.'):\n    layers.LSTM(3, stateful=True)\nelse:\n"
    "    layers.LSTM(3, batch_input_shape=(2, 3, 4))\n",
    "code for another version, by a name": "NEW = not keras.__version__.startswith('2.')\nif NEW:\n    layers.LSTM(3, stateful=True)\n"
    "else:\n    layers.LSTM(3, batch_input_shape=(2, 3, 4))\n",
    "code for another backend": "if keras.config.backend() == 'torch':\n    layers.LSTM(3)(keras.Input((8,)))\n",
    "an assertion that does something": "n = [3]\ndef load():\n    n[0] = 6\n    return True\nassert load()\n"
    "layers.Reshape((6, 1))(layers.Dense(n[0])(keras.Input((2,))))\n",
    "a result that is kept": "import functools\n@functools.lru_cache(maxsize=None)\ndef net():\n"
    "    return keras.Sequential([keras.Input((3,)), layers.Dense(2)])\nnet().compile('sgd', 'mse')\n"
    "net().fit(np.zeros((2, 3)), np.zeros((2, 2)), verbose=0)\n",
    "a shape that is declared": "class R(layers.Layer):\n    def call(self, x):\n        return tf.image.resize(x, (16, 16))\n"
    "    def compute_output_shape(self, s):\n        return (None, None, None, s[-1])\ni = keras.Input((8, 8, 3))\n"
    "layers.Conv2D(3, 20)(R()(i))\n",
    "a shape that the base declares": "class Twice(layers.Dense):\n    def call(self, x, training=None):\n        y = super().call(x)\n"
    "        return tf.concat([y, y], -1)\ni = keras.Input((2,))\nlayers.Reshape((3, 1))(Twice(3)(i))\n",
    "a layer that flattens before it is called": "class L(layers.Dense):\n    def __call__(self, x):\n"
    "        return super().__call__(layers.Flatten()(x))\nlayers.Reshape((3, 1))(L(3)(keras.Input((5, 2))))\n",
    "compiled as another model": f"{DATA}s = keras.Sequential([keras.Input((8,)), layers.Dense(1)])\ns.compile('sgd', 'mse')\n"
    "m = keras.Sequential([keras.Input((8,)), layers.Dense(1)])\nm.compile_from_config(s.get_compile_config())\n"
    "m.fit(x, y, verbose=0)\n",
}


@pytest.mark.parametrize("name", list(PROGRAMS))
def test_nothing_is_said_of_a_program_that_runs(name: str) -> None:
    program = HEAD + PROGRAMS[name]
    assert judge(3).run(program).error is None
    findings = analyse(Source("program.py", program), Options(keras="3")).findings
    assert not [found for found in findings if found.severity is Severity.ERROR]


@pytest.mark.parametrize("change", ["layer.enable_lora(2)", "layer.quantize('int8')"])
def test_weights_that_are_added_later_are_not_counted_wrongly(change: str) -> None:
    program = (
        f"{HEAD}layer = layers.Dense(6)\nmodel = keras.Sequential([keras.Input((8,)), layer])\n{change}\n"
        "assert model.count_params() != 54\n"
    )
    assert judge(3).run(program).error is None
    interpretation = analyse(Source("program.py", program), Options(keras="3")).interpretation
    assert interpretation is not None
    (final,) = interpretation.models
    node = final.graph.nodes[final.graph.model.stack[-1]]
    assert node.weights is None  # type: ignore[union-attr]
