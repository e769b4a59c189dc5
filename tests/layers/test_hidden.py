"""Parts that layers make for themselves take numbers from the program's own layers, as real Keras shows."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from kerascope.graph.names import snake_case
from kerascope.layers.base import Arguments
from kerascope.layers.catalogue import CATALOGUE
from kerascope.layers.hidden import made_when_built, made_with
from layers import real_keras
from layers.real_keras import KerasUnavailableError

EXAMPLES: list[tuple[str, Mapping[str, Any], list[list[int]]]] = [
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 4}, [[5, 8], [5, 8]]),
    (
        "GroupedQueryAttention",
        {"head_dim": 4, "num_query_heads": 2, "num_key_value_heads": 1},
        [[5, 8], [5, 8]],
    ),
    ("TextVectorization", {"max_tokens": 100}, []),
    ("RandAugment", {}, [[8, 8, 3]]),
    ("AugMix", {}, [[8, 8, 3]]),
    ("AugMix", {"all_ops": False}, [[8, 8, 3]]),
    ("RandomColorJitter", {"hue_factor": 0.1, "contrast_factor": 0.1}, [[8, 8, 3]]),
    ("LSTM", {"units": 3}, [[5, 8]]),
]

SCRIPT = """
import json, os, sys
if sys.argv[1] == "tf_keras":
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
keras = __import__(sys.argv[1])
layer = getattr(keras.layers, sys.argv[2])(**json.loads(sys.argv[3]))
inputs = [keras.Input(tuple(shape)) for shape in json.loads(sys.argv[4])]
if inputs:
    layer(*inputs)
if sys.argv[1] == "keras":
    from keras.src.backend.common.global_state import get_global_attribute
    counts = get_global_attribute("object_name_uids", {})
else:
    from tf_keras.src import backend
    counted = [pair for uids in backend.PER_GRAPH_OBJECT_NAME_UIDS.values() for pair in uids.items()]
    counts = {key[-1] if isinstance(key, tuple) else key: count for key, count in counted}
print(json.dumps(dict(counts)))
"""


@pytest.mark.parametrize("major", [2, 3])
@pytest.mark.parametrize(("name", "arguments", "shapes"), EXAMPLES)
def test_counters(name: str, arguments: Mapping[str, Any], shapes: list[list[int]], major: int) -> None:
    if major not in CATALOGUE[name].majors:
        return
    try:
        real_keras.keras(major)
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    given = [
        real_keras.PACKAGES[major],
        real_keras.EXPORTED.get(name, name),
        json.dumps(arguments),
        json.dumps(shapes),
    ]
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, *given], capture_output=True, text=True, check=True, timeout=300
    )
    stems = {snake_case(other) for other in CATALOGUE} - {snake_case(name), "input", "input_layer"}
    counted = {
        stem: count for stem, count in json.loads(run.stdout.splitlines()[-1]).items() if stem in stems
    }
    made = (*made_with(name, Arguments(arguments)), *made_when_built(name))
    assert counted == {snake_case(part): 1 for part in made}
