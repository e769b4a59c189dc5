"""Whatever a program writes, the catalogue answers: it never fails on an odd argument or an odd nest of inputs."""

from __future__ import annotations

from typing import Any

import pytest

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, Instance, NestedLayer, Symbol, TensorSpec
from kerascope.layers.base import Outcome
from kerascope.layers.catalogue import CATALOGUE, bind
from layers.real_keras import context

VALUES: list[Any] = [
    UNKNOWN,
    Symbol("tf.nn.relu"),
    Instance("keras.initializers.HeNormal"),
    ArraySpec(UNRANKED),
    NestedLayer("Dense", {"units": 3}),
    (NestedLayer("Dense", {"units": 3}), NestedLayer("GRUCell", {"units": UNKNOWN})),
    None,
    True,
    "x",
    -1,
    2.5,
    10**12,
    (1, 2),
    (UNKNOWN, 2),
    ((1, 2), (3, 4)),
    {"a": 1},
]
INPUTS: list[Any] = [
    TensorSpec(UNRANKED),
    TensorSpec(()),
    TensorSpec((None,)),
    TensorSpec((None, 4)),
    TensorSpec((None, 8, 4)),
    TensorSpec((UNKNOWN,) * 4),
    (),
    (TensorSpec((None, 4)),),
    (TensorSpec((None, 4)), TensorSpec((None, 4))),
    (TensorSpec(()), TensorSpec(())),
    (TensorSpec(UNRANKED), TensorSpec((None, 5))),
    ((TensorSpec((None, 4)),), TensorSpec((None, 4))),
    {"a": TensorSpec((None, 4))},
    {"images": TensorSpec((None, 8, 8, 3)), "bounding_boxes": {"boxes": TensorSpec((None,)), "labels": None}},
    (TensorSpec((None, 3)), (TensorSpec((None, 3)), (TensorSpec((None, 3)),))),
    UNKNOWN,
    None,
]


@pytest.mark.parametrize("name", CATALOGUE)
@pytest.mark.parametrize("major", [2, 3])
def test_never_fails(name: str, major: int) -> None:
    spec = CATALOGUE[name]
    parameters = spec.signature(major).parameters
    usual: dict[str, Any] = {parameter.name: 3 for parameter in parameters if parameter.required}
    if "layer" in usual:
        usual["layer"] = NestedLayer("LSTM", {"units": 3})
    if "cell" in usual:
        usual["cell"] = NestedLayer("LSTMCell", {"units": 3})
    for name in ("cells", "layers"):
        if name in usual:
            usual[name] = (NestedLayer("LSTMCell", {"units": 3}), NestedLayer("GRUCell", {"units": 4}))
    for parameter in parameters:
        for value in VALUES:
            arguments = bind(spec, {**usual, parameter.name: value}, major)
            spec.construct(arguments, context(major))
            for inputs in INPUTS:
                assert isinstance(spec.apply(arguments, inputs, context(major)), Outcome)
