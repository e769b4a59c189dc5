"""Layers that are made of other layers: what their parts own and give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from kerascope.domain.shapes import UNRANKED, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    UNKNOWN_OUTCOME,
    Arguments,
    Case,
    Context,
    Inputs,
    LayerSpec,
    Outcome,
    Refusal,
    Weight,
    check_identifiers,
)

HUB: Final = "keras_hub.layers"
TOKENIZERS: Final = "keras_hub.tokenizers"
KERAS_CV: Final = "keras_cv.layers"

Transfer = Callable[[Arguments, Inputs, Context], Outcome]


def parts(context: Context, *described: tuple[str, Mapping[str, Any], Inputs]) -> tuple[Weight, ...] | None:
    """The weights of the layers ``(name, arguments, inputs)``; ``None`` where one refuses or is not known."""
    weights: list[Weight] = []
    for name, arguments, inputs in described:
        outcome = context.apply_layer(name, arguments, inputs) if context.apply_layer is not None else None
        if outcome is None or outcome.faults or outcome.weights is None:
            return None
        weights += outcome.weights
    return tuple(weights)


def silent(call: Transfer) -> Transfer:
    """``call`` with what it refuses left unknown."""

    def quiet(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
        try:
            check_identifiers(arguments, context)
            outcome = call(arguments, inputs, context)
        except Refusal:
            return UNKNOWN_OUTCOME
        return UNKNOWN_OUTCOME if outcome.faults else outcome

    return quiet


def package_layer(
    name: str,
    home: str,
    parameters: str,
    call: Transfer,
    cases: Sequence[Case],
    *,
    tensors: tuple[str, ...] = (),
    steady: Sequence[str] = (),
    on_keras_3: bool = True,
) -> LayerSpec:
    """An entry for a layer of a package; ``steady`` names arguments of its call that change no shape."""
    declared = f"{parameters}, **kwargs"
    return LayerSpec(
        name=name,
        parameters={3: declared} if on_keras_3 else {2: declared, 3: None},
        call=silent(call),
        cases=cases,
        home=home,
        tensors=tensors,
        steady=frozenset(("training", *steady)),
    )


def sequence(inputs: Inputs) -> Shape:
    """The shape of one tensor of three axes, batch, steps and features, the last of known length."""
    shape = inputs.shape if isinstance(inputs, TensorSpec) else UNRANKED
    if shape is UNRANKED or len(shape) != 3 or type(shape[-1]) is not int:
        return UNRANKED
    return shape
