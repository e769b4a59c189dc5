"""``SpectralNormalization``, which divides the kernel of another layer by its largest singular value.

Facts: keras/src/layers/normalization/spectral_normalization.py, keras/src/layers/core/wrapper.py and the modules of
the same name in tf_keras/src/layers.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim
from kerascope.domain.specs import NestedLayer
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
    single_input,
)

_KERNEL_FIRST = frozenset(
    {"Dense", "Embedding", *(f"Conv{n}D{kind}" for n in (1, 2, 3) for kind in ("", "Transpose"))}
)
"""Layers whose first weight is their ``kernel`` or ``embeddings``."""


def _check(arguments: Arguments, context: Context) -> None:
    if plain(arguments["layer"]):
        raise bad_argument("layer", arguments["layer"], "must be a layer")
    iterations = arguments["power_iterations"]
    if iterations is None or isinstance(iterations, str | tuple):
        raise bad_argument("power_iterations", iterations, "must be a positive integer")
    if isinstance(iterations, int | float) and iterations <= 0:
        raise bad_argument("power_iterations", iterations, "must be a positive integer")


def _call(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    layer, spec = arguments["layer"], single_input(inputs)
    if not isinstance(layer, NestedLayer) or context.apply_layer is None or spec.shape is UNRANKED:
        return UNKNOWN_OUTCOME
    outcome = context.apply_layer(layer.name, layer.arguments, spec)
    if outcome.faults:
        if context.major == 3 and outcome.faults[0].kind is FaultKind.RANK:
            # Keras 3 builds the layer and computes its output shape, without holding the input against its
            # ``input_spec``: a wrong number of axes is found only by layers whose arithmetic needs it.
            return UNKNOWN_OUTCOME
        raise Refusal(outcome.faults[0])
    if outcome.weights == ():
        raise bad_argument("layer", layer.name, "must have a `kernel` or `embeddings`")
    if layer.name not in _KERNEL_FIRST or not outcome.weights:
        return Outcome(outcome.outputs, None) if layer.name in _KERNEL_FIRST else UNKNOWN_OUTCOME
    kernel = outcome.weights[0].shape
    last: Dim = UNKNOWN if kernel is UNRANKED else kernel[-1]
    return Outcome(outcome.outputs, (*outcome.weights, Weight((1, last), trainable=False)))


def _wrapping(name: str, **arguments: Any) -> dict[str, Any]:
    return {"layer": NestedLayer(name, arguments, frozenset(arguments))}


LAYERS = (
    LayerSpec(
        name="SpectralNormalization",
        parameters={3: "layer, power_iterations=1, **kwargs"},
        check=_check,
        call=_call,
        cases=(
            Case(_wrapping("Dense", units=3), (None, 8), output=(None, 3), params=30),
            Case(
                _wrapping("Conv2D", filters=4, kernel_size=3),
                (None, 8, 8, 2),
                output=(None, 6, 6, 4),
                params=80,
            ),
            Case(
                _wrapping("Embedding", input_dim=3, output_dim=4), (None, 5), output=(None, 5, 4), params=16
            ),
            Case(_wrapping("Dense", units=3), (None, None), raises=FaultKind.DIM),
            Case(_wrapping("Flatten"), (None, 8), raises=FaultKind.ARGUMENT),
            Case({"layer": 3}, (None, 8), raises=FaultKind.ARGUMENT),
            Case(
                {**_wrapping("Dense", units=3), "power_iterations": 0}, (None, 8), raises=FaultKind.ARGUMENT
            ),
        ),
    ),
)
