"""``isinstance`` on layers: which classes of ``keras.layers`` derive from which, against real Keras."""

from __future__ import annotations

import pytest

from judge.programs import judge
from kerascope.domain.shapes import UNKNOWN
from kerascope.interp.class_tests import is_layer_of
from kerascope.layers.catalogue import CATALOGUE


@pytest.mark.parametrize("major", (3, 2))
def test_layers_are_of_the_classes_that_keras_says(major: int) -> None:
    said: dict[str, list[str]] = {}
    for name in CATALOGUE:
        for other in (*CATALOGUE, "RNN", "Wrapper"):
            verdict = is_layer_of(name, f"keras.layers.{other}", major)
            if verdict is True:
                said.setdefault(name, []).append(other)
            assert verdict is not UNKNOWN or (major == 2 and name.startswith("DepthwiseConv"))
        assert is_layer_of(name, "keras.layers.Layer", major) is True
        assert is_layer_of(name, "keras.Model", major) is False
    code = f"""
from tensorflow import keras
said = {said!r}
classes = {{name: getattr(keras.layers, name) for name in said if isinstance(getattr(keras.layers, name, None), type)}}
open_ones = {{("DepthwiseConv1D", "Conv1D"), ("DepthwiseConv2D", "Conv2D")}}
wrong = []
for name, cls in classes.items():
    for other, base in {{**classes, "RNN": keras.layers.RNN, "Wrapper": keras.layers.Wrapper}}.items():
        if (name, other) not in open_ones and issubclass(cls, base) is not (other in said[name]):
            wrong.append((name, other))
    if issubclass(cls, keras.Model):
        wrong.append((name, "Model"))
assert len(classes) > 90, len(classes)
assert not wrong, wrong
"""
    ran = judge(major).run(code)
    assert ran.error is None, ran.error
