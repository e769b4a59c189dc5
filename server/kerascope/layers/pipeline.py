"""``Pipeline``: layers one after another as a layer, which Keras 3 has.

Facts: keras/src/layers/preprocessing/pipeline.py.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import rank
from kerascope.domain.specs import NestedLayer, TensorSpec
from kerascope.layers.base import (
    UNKNOWN_OUTCOME,
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    Refusal,
    Weight,
    bad_argument,
    plain,
)
from kerascope.layers.masking import TAKES


def _call(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Keras looks at the list of layers when the pipeline is called, not before."""
    layers = arguments["layers"]
    if not isinstance(layers, tuple) or context.apply_layer is None:
        if plain(layers) or isinstance(layers, NestedLayer):
            raise bad_argument("layers", layers, "must be a list of layers")
        return UNKNOWN_OUTCOME
    if not layers:
        raise bad_argument("layers", layers, "must not be empty")
    seen = [id(layer.arguments) for layer in layers if isinstance(layer, NestedLayer)]
    if len(set(seen)) < len(layers):
        # A layer that stands in it twice has its weights once; and something else may be no layer at all.
        for layer in layers:
            if plain(layer):
                raise bad_argument("layers", layer, "must hold layers only")
        return UNKNOWN_OUTCOME
    ndim = rank(inputs.shape) if isinstance(inputs, TensorSpec) else None
    if ndim not in (3, 4):
        # The layers are run, not asked for shapes, and layers for images then take nothing else.
        return UNKNOWN_OUTCOME
    outputs: Any = inputs
    weights: tuple[Weight, ...] | None = ()
    for layer in layers:
        outcome = context.apply_layer(layer.name, layer.arguments, outputs)
        if outcome.faults:
            raise Refusal(outcome.faults[0])
        outputs = outcome.outputs
        weights = None if weights is None or outcome.weights is None else weights + outcome.weights
    return Outcome(outputs, weights)


def _nested(name: str, **arguments: Any) -> NestedLayer:
    return NestedLayer(name, arguments, frozenset(arguments))


LAYERS = (
    LayerSpec(
        name="Pipeline",
        masking=TAKES,
        parameters={3: "layers, name=None", 2: None},
        call=_call,
        cases=(
            Case(
                {"layers": (_nested("Resizing", height=24, width=32), _nested("Rescaling", scale=0.5))},
                (None, 40, 40, 3),
                output=(None, 24, 32, 3),
                params=0,
                majors=(3,),
            ),
            Case({"layers": ("flip",)}, (None, 40, 40, 3), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
)
