"""Layers that ``keras.applications`` defines for its own models and that ``keras.layers`` does not have.

Sources: ``applications/convnext.py`` and ``applications/inception_resnet_v2.py`` of Keras 3 and of ``tf_keras``, which
agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kerascope.domain.shapes import UNKNOWN
from kerascope.layers.base import (
    Arguments,
    Context,
    Inputs,
    LayerSpec,
    Outcome,
    Weight,
    shape_kept,
    single_input,
)


def _layer_scale(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Multiplies by one trainable number a channel; the shape is kept."""
    size = arguments["projection_dim"]
    weight = Weight((size if isinstance(size, int) else UNKNOWN,))
    return Outcome(shape_kept(single_input(inputs), arguments), (weight,))


def _stochastic_depth(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Drops whole samples while training; the shape is kept."""
    return Outcome(shape_kept(single_input(inputs), arguments))


def _custom_scale(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """The first tensor plus the second times ``scale``; both have the shape that comes out."""
    first = inputs[0] if isinstance(inputs, tuple) and inputs else inputs
    return Outcome(shape_kept(single_input(first), arguments))


OWN_LAYERS: Final[Mapping[str, LayerSpec]] = {
    spec.name: spec
    for spec in (
        LayerSpec("LayerScale", {3: "init_values, projection_dim, **kwargs"}, _layer_scale),
        LayerSpec("StochasticDepth", {3: "drop_path_rate, **kwargs"}, _stochastic_depth),
        LayerSpec("CustomScaleLayer", {3: "scale, **kwargs", 2: "scale, **kwargs"}, _custom_scale),
    )
}
"""Specifications by the name of the class."""
