"""A ``Sequential`` that begins with a layer which has seen data: what Keras makes of it, and what we say."""

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

HEAD = (
    "import numpy as np\nimport pandas as pd\nimport tensorflow as tf\n"
    "words = ['a b', 'c d', 'e']\nslices = tf.data.Dataset.from_tensor_slices\n"
)
TEXTS, NUMBERS = "layers.TextVectorization", "layers.Normalization"
CASES = {
    "texts in a list": (f"{TEXTS}()", "words"),
    "texts in an array": (f"{TEXTS}(output_sequence_length=5)", "np.array(words)"),
    "texts in batches": (f"{TEXTS}()", "slices(words).batch(2)"),
    "texts one by one": (f"{TEXTS}()", "slices(words)"),
    "texts as bags": (f"{TEXTS}(output_mode='multi_hot', max_tokens=9, pad_to_max_tokens=True)", "words"),
    "rows": (f"{NUMBERS}()", "np.ones((5, 9))"),
    "rows of a table": (f"{NUMBERS}(axis=-1)", "pd.DataFrame(np.ones((5, 3)), columns=list('abc'))"),
    "a column": (f"{NUMBERS}(axis=None)", "pd.DataFrame(np.ones((5, 3)), columns=list('abc'))['b']"),
    "numbers": (f"{NUMBERS}(axis=None)", "np.ones(5)"),
    "pictures": (f"{NUMBERS}()", "np.ones((5, 8, 8, 3), 'float32')"),
    "pictures over all": (f"{NUMBERS}(axis=None)", "np.ones((5, 8, 8, 3))"),
    "rows in batches": (f"{NUMBERS}()", "slices(np.ones((5, 9))).batch(2)"),
    "a layer that was called before": (
        f"{NUMBERS}()",
        "first(np.ones((5, 9), 'float32')) and np.ones((5, 9))",
    ),
    "a layer that names its input": (f"{NUMBERS}(input_shape=(9,))", "np.ones((5, 9))"),
}


def shapes(case: str, library: str) -> tuple[str, Any]:
    """The program, and the output shape of the model that Keras makes; ``None`` where it is not built yet."""
    made, data = CASES[case]
    if "first(" in data:
        data = data.replace("first(np.ones((5, 9), 'float32')) and ", "")
        before = "first(np.ones((5, 9), 'float32'))\n"
    else:
        before = ""
    body = f"first = {made}\n{before}first.adapt({data})\nm = keras.Sequential([first])\n"
    keras = importlib.import_module(library)
    names: dict[str, Any] = {"keras": keras, "layers": keras.layers}
    exec(HEAD + body, names)
    model = names["m"]
    program = f"{HEAD}import {library} as keras\nfrom {library} import layers\n{body}"
    return program, tuple(model.outputs[0].shape) if model.built and model.outputs else None


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("library", ["tf_keras", "keras"])
def test_what_a_sequential_gives_that_begins_with_an_adapted_layer(case: str, library: str) -> None:
    pytest.importorskip(library)
    if library == "keras" and ("pd." in CASES[case][1] or "input_shape" in CASES[case][0]):
        pytest.skip("Keras 3 takes no tables here, and no input_shape")
    program, real = shapes(case, library)
    analysis = analyse(Source("adapted.py", program), Options(keras="2" if library == "tf_keras" else "3"))
    assert analysis.interpretation is not None
    machine = analysis.interpretation._machine
    binding = machine.state.names(MAIN_FRAME).get("m")
    assert binding is not None
    model = machine.node(binding.value)
    said = model.outputs[0] if model.outputs else None
    if real is None:
        assert not isinstance(said, Tensor) or said.spec.shape is UNRANKED
        return
    assert isinstance(said, Tensor)
    assert isinstance(said.spec.shape, tuple)
    assert said.spec.shape == real
    assert UNKNOWN not in said.spec.shape
    assert not [finding for finding in analysis.findings if finding.severity.name == "ERROR"]


@pytest.mark.parametrize(
    "other", ["first.adapt(np.ones((5, 8)))", "pass"], ids=["to other data", "by one branch alone"]
)
def test_what_only_one_branch_has_seen_is_not_known(other: str) -> None:
    program = (
        f"{HEAD}import tf_keras as keras\nfrom tf_keras import layers\nfirst = layers.Normalization()\n"
        f"if unknown:\n    first.adapt(np.ones((5, 9)))\nelse:\n    {other}\nm = keras.Sequential([first])\n"
    )
    analysis = analyse(Source("adapted.py", program), Options(keras="2"))
    assert analysis.interpretation is not None
    machine = analysis.interpretation._machine
    model = machine.node(machine.state.names(MAIN_FRAME)["m"].value)
    said = model.outputs[0] if model.outputs else None
    assert not isinstance(said, Tensor) or said.spec.shape is UNRANKED or UNKNOWN in said.spec.shape
