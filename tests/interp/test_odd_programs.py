"""Legal programs that are odd: the interpretation of none of them fails or hangs."""

from __future__ import annotations

import pytest

from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.text.source import Source

HEAD = "import keras\nimport elsewhere\nimport tensorflow as tf\nfrom keras import layers\n"
PROGRAMS = {
    "a call that a decorator hides": "class A(layers.Dense):\n    @elsewhere.typed\n    def call(self, x):\n        return x\n"
    "A(3)(keras.Input((4,)))\n",
    "a call that is another's": "class A(layers.Dense):\n    call = layers.Dense.call\nA(3)(keras.Input((4,)))\n",
    "a convolution that a decorator hides": "class K(layers.Conv2D):\n    @elsewhere.typed\n"
    "    def convolution_op(self, inputs, kernel):\n        return inputs\nK(3, 3)(keras.Input((4, 4, 3)))\n",
    "a long range": "for i in range(10**20):\n    break\nlen(range(10**20))\n",
    "sets without an order": "bool({1j, 2j})\nbool({(1, 'a'), (1, 2)})\n",
    "many branches": "import sys\nn = len(sys.argv)\nif n == 0:\n    pass\n"
    + "".join(f"elif n == {index}:\n    pass\n" for index in range(1, 400)),
    "a tuple that doubles": "x = 1\n"
    + "x = (x, x)\n" * 60
    + "y = x == x\nz = [x]\nprint(f'{x}')\nelsewhere.f(x)\n",
    "numbers too large": "'a'.zfill(10**30)\n[].insert(10**30, 1)\nf'{10**400:.2e}'\n() * 10**30\n[1] * -10**30\n",
    "no strides": "c = layers.Conv2D(3, 3, strides=None)\nc.strides\n",
    "the least of nothing": "tf.math.minimum(())\n",
    "the shape of an array in a function that is traced": "import numpy as np\n"
    "tf.data.Dataset.range(3).map(lambda i: tf.shape(np.zeros(3))[0])\n",
    "keywords that may be more": "d = {'units': 3}\nd.update(elsewhere.more)\nlayers.Dense(**d)\n",
    "a model in a model, called on what an operation between them cannot take": "a = keras.Input((1,))\n"
    "inner = keras.Model(a, layers.Lambda(lambda x: x)(a))\nc = keras.Input((2,))\n"
    "s, t = keras.ops.split(c, 2, axis=1)\nouter = keras.Model(c, keras.ops.matmul(inner(s), inner(t)))\n"
    "y = outer(tf.constant(['a', 'b', 'c']))\n",
    "next of nothing": "next()\n",
}


@pytest.mark.parametrize(
    "options", [Options(), Options(keras="3"), Options(keras="2")], ids=["auto", "3", "2"]
)
@pytest.mark.parametrize("name", list(PROGRAMS))
def test_the_interpretation_does_not_fail(
    name: str, options: Options, caplog: pytest.LogCaptureFixture
) -> None:
    analysis = analyse(Source("program.py", HEAD + PROGRAMS[name]), options)
    assert analysis.interpretation is not None
    assert not caplog.records
