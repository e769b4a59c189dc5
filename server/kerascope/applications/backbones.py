"""The backbones of ``keras_cv`` that were recorded: the graph of layers that a call of one makes.

Source: ``keras_cv`` 0.9 on Keras 3 and on ``tf_keras``; ``scripts/record_backbones.py`` says how. A backbone's own name
is left open unless it is given: where a preset is downloaded, the name comes with it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

from kerascope.applications.base import RecordedGraph, RecordedLayer
from kerascope.applications.recording import DATA, Recording, layers, recording, structures
from kerascope.applications.replay import settle
from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import Context, truth

PREFIX: Final = "keras_cv.models."
_LIBRARY: Final = "keras_cv"
_FROM_PRESET: Final = ".from_preset"


def backbone(name: str, major: int, preset: Any = None) -> Recording | None:
    """The backbone behind ``keras_cv.models.ResNet50V2Backbone``, or behind ``….ResNetV2Backbone.from_preset``."""
    if not name.startswith(PREFIX):
        return None
    bare = name.removesuffix(_FROM_PRESET).rpartition(".")[2]
    if name.endswith(_FROM_PRESET):
        known = _presets(major).get(preset) if isinstance(preset, str) else None
        if known is None or bare not in (known, _class_name(known, major)):
            return None
        bare = known
    return recording(bare, major, _LIBRARY) if bare.isidentifier() else None


@functools.cache
def _presets(major: int) -> Mapping[str, str]:
    """Presets by name, each with the class whose layers it has."""
    found = {}
    for path in sorted((DATA / f"{_LIBRARY}{major}").glob("*.json.gz")):
        bare = path.name.partition(".")[0]
        known = recording(bare, major, _LIBRARY)
        found.update(dict.fromkeys(known.data["presets"] if known is not None else (), bare))
    return found


def _class_name(bare: str, major: int) -> str:
    known = recording(bare, major, _LIBRARY)
    return "" if known is None else known.data["class"]


def is_from_preset(name: str) -> bool:
    """Whether ``name`` is that of the class method that makes a backbone of a preset."""
    return name.endswith(_FROM_PRESET)


def backbone_graph(found: Recording, arguments: Mapping[str, Any], major: int) -> RecordedGraph | None:
    """The layers that a call makes; ``None`` where that is not known.

    ``arguments`` are plain values by parameter name; an ``input_tensor`` is given as its ``TensorSpec``.
    """
    if not arguments.keys() <= found.parameters:
        return None
    given = {parameter.name: parameter.default for parameter in found.signature.parameters} | dict(arguments)
    rescaling, tensor, shape = truth(given["include_rescaling"]), given["input_tensor"], given["input_shape"]
    if rescaling is None or not (tensor is None or isinstance(tensor, TensorSpec)):
        return None
    if not isinstance(shape, tuple) or len(shape) != 3:
        return None
    if not all(side is None or side is UNKNOWN or type(side) is int for side in shape):
        return None
    features = {"include_rescaling": rescaling}
    (structure,) = structures(found, features)
    image = tensor if tensor is not None else TensorSpec((None, *shape))
    made = settle(layers(found, structure, features, {}), image, (), Context(major=major))
    if made is None:
        return None
    name = given["name"] if isinstance(given["name"], str) else UNKNOWN
    first = RecordedLayer("InputLayer", None, {"batch_shape": (None, *shape)})
    return RecordedGraph(name, shape, (first, *made[1:]), tensor is not None, found.data["class"])
