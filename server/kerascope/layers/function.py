"""``Lambda``: a function of the program as a layer.

Facts: keras/src/layers/core/lambda_layer.py, tf_keras/src/layers/core/lambda_layer.py. What the function makes of its
input is not known. Keras 3 believes a declared ``output_shape`` without calling the function, but for data; Keras 2
calls it and does not look at the declared one. Variables that the function uses are no weights of the layer in either.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim
from kerascope.domain.specs import Symbol, TensorSpec
from kerascope.layers.base import (
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    bad_argument,
    compute_dtype,
    plain,
)
from kerascope.layers.masking import TAKES


def _check(arguments: Arguments, context: Context) -> None:
    if plain(arguments["function"]):
        raise bad_argument("function", arguments["function"], "must be a function")


def _first_side(inputs: Inputs) -> Dim:
    """The batch of the first tensor of a nest."""
    while isinstance(inputs, tuple) and inputs:
        inputs = inputs[0]
    if not isinstance(inputs, TensorSpec) or inputs.shape is UNRANKED or not inputs.shape:
        return UNKNOWN
    return inputs.shape[0]


def _call(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    declared = arguments["output_shape"]
    if context.traced or declared is None:
        return Outcome(TensorSpec(UNRANKED, ""))
    if not isinstance(declared, tuple):
        if plain(declared):
            raise bad_argument("output_shape", declared, "must be a tuple of integers and None")
        return Outcome(TensorSpec(UNRANKED, ""))
    return Outcome(_declared(declared, _first_side(inputs), compute_dtype(arguments)))


def _declared(shape: tuple[Any, ...], batch: Dim, dtype: str) -> Any:
    """The outputs that ``output_shape`` promises: one, or a nest of them."""
    sides: list[Dim] = []
    for item in shape:
        if isinstance(item, tuple) or not (plain(item) or item is UNKNOWN):
            return TensorSpec(UNRANKED, "")
        if isinstance(item, str | float) or (isinstance(item, int) and item < 0):
            raise bad_argument("output_shape", shape, "must be a tuple of integers and None")
        sides.append(item)
    if UNKNOWN in sides:
        # What is not known may be a shape of its own.
        return TensorSpec(UNRANKED, "")
    return TensorSpec((batch, *sides), dtype)


_RELU = Symbol("keras.activations.relu")

LAYERS = (
    LayerSpec(
        name="Lambda",
        masking=TAKES,
        parameters={3: "function, output_shape=None, mask=None, arguments=None, **kwargs"},
        check=_check,
        call=_call,
        cases=(
            Case({"function": _RELU}, (None, 8), params=0),
            Case(
                {"function": _RELU, "output_shape": (4,)}, (None, 8), output=(None, 4), params=0, majors=(3,)
            ),
            Case({"function": _RELU, "output_shape": 4}, (None, 8), raises=FaultKind.ARGUMENT, majors=(3,)),
            Case({"function": "relu"}, (None, 8), raises=FaultKind.ARGUMENT),
        ),
    ),
)
