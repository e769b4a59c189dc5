"""What ``keras_cv`` leaves out at random while it trains.

Source: ``keras_cv/src/layers/regularization`` 0.9, on Keras 3 and on ``tf_keras``.
"""

from __future__ import annotations

from kerascope.domain.shapes import UNRANKED
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import UNKNOWN_OUTCOME, Arguments, Case, Context, Inputs, Outcome, compute_dtype
from kerascope.layers.packages.composition import KERAS_CV, package_layer


def _dropped_path(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    if not isinstance(inputs, TensorSpec) or inputs.shape is UNRANKED:
        return UNKNOWN_OUTCOME
    return Outcome(TensorSpec(inputs.shape, compute_dtype(arguments)))


LAYERS = (
    package_layer(
        "DropPath",
        KERAS_CV,
        "rate=0.5, seed=None",
        _dropped_path,
        (Case({"rate": 0.2}, (None, 8, 8, 3), output=(None, 8, 8, 3), params=0),),
    ),
)
