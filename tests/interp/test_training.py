"""Whether a layer of the program's own trains while it is put into a model: what Keras does, and what we say."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.graph.nodes import Tensor
from kerascope.interp.interpreter import MAIN_FRAME
from kerascope.text.source import Source

CLASSES = """
class Twice(keras.layers.Layer):
    def call(self, x, training={default}):
        if training:
            return tf.concat([x, x], -1)
        return x


class Outer(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.inner = Twice()

    def call(self, x{outer}):
        return self.inner(x)


x = keras.Input((3,))
y = {made}(x{given})
"""
MADE = {
    "alone": ("Twice()", "", ""),
    "told to train": ("Twice()", "", ", training=True"),
    "told not to": ("Twice()", "", ", training=False"),
    "within another": ("Outer()", "", ""),
    "within another that does not train": ("Outer()", ", training=False", ""),
    "within another that may train": ("Outer()", ", training=None", ""),
    "within a stack": ("keras.Sequential([Twice()])", "", ""),
}


@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize("default", ["True", "False", "None"])
@pytest.mark.parametrize("library", ["keras", "tf_keras"])
def test_training_is_what_the_signature_says(library: str, default: str, made: str) -> None:
    keras = pytest.importorskip(library)
    expression, outer, given = MADE[made]
    body = CLASSES.format(default=default, made=expression, outer=outer, given=given)
    names: dict[str, Any] = {"keras": keras, "tf": importlib.import_module("tensorflow"), "__name__": "m"}
    exec(body, names)
    real = tuple(names["y"].shape)

    program = f"import tensorflow as tf\nimport {library} as keras\n{body}"
    analysis = analyse(Source("training.py", program), Options(keras="2" if library == "tf_keras" else "3"))
    assert analysis.interpretation is not None
    binding = analysis.interpretation._machine.state.names(MAIN_FRAME).get("y")
    assert binding is not None
    said = binding.value
    assert isinstance(said, Tensor)
    if made.startswith("within"):  # What calls it there is not followed so far.
        shape = real if said.spec.shape is UNRANKED else said.spec.shape
        assert all(mine is UNKNOWN or mine == side for mine, side in zip(shape, real, strict=True))
    else:
        assert said.spec.shape == real
