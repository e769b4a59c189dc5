"""What ``keras.layers`` exports and the catalogue does not describe, each with the reason.

Objects of these classes have unknown outputs and weights, and nothing is reported about them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_BASE: Final = "a base class: what an object does is in the program's own subclass"
_FOREIGN: Final = "runs code of another framework, which gives the shapes"

UNSUPPORTED: Final[Mapping[str, str]] = {
    "AbstractRNNCell": _BASE,
    "DenseFeatures": "its inputs are the feature columns of TensorFlow, which also decide on its weights",
    "FlaxLayer": _FOREIGN,
    "InputSpec": "no layer: a record of what a layer accepts",
    "JaxLayer": _FOREIGN,
    "Layer": _BASE,
    "TFSMLayer": "runs a model from a file, which gives the shapes",
    "TorchModuleWrapper": _FOREIGN,
    "Wrapper": _BASE,
}
"""Classes without an entry, by the name under which Keras exports them."""
