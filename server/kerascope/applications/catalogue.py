"""The models of ``keras.applications``: which there are, and the graph of layers that a call of one makes.

Nothing is read when this module is imported; a model's recording is read when it is first asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kerascope.applications.base import ApplicationSignature, RecordedGraph, RecordedLayer
from kerascope.applications.preprocessing import MODES
from kerascope.applications.recording import Recording, layers, recording
from kerascope.applications.replay import settle
from kerascope.applications.settings import Setting, setting
from kerascope.layers.base import Context, Fault, Refusal

PREFIX: Final = "keras.applications."


def application(name: str, major: int) -> ApplicationSignature | None:
    """The function ``keras.applications.ResNet50``, by that name or by the last part of it."""
    found = _recording(name, major)
    return None if found is None else ApplicationSignature(_bare(name), major, found.signature)


@functools.cache
def is_exported(name: str) -> bool:
    """Whether some Keras exports a model, or what goes with one, under ``keras.applications.vgg16.VGG16``."""
    module, _, member = name.removeprefix(PREFIX).rpartition(".")
    if member in MODES:
        return not module
    if member in {"preprocess_input", "decode_predictions"}:
        return module in MODES
    return any(_recording(member, major) is not None for major in (3, 2))


def every_layer(name: str, major: int) -> Iterator[RecordedLayer]:
    """The layers that the model has under any setting, in no order."""
    found = _recording(name, major)
    return iter(()) if found is None else found.every_layer()


def application_graph(name: str, arguments: Mapping[str, Any], major: int) -> RecordedGraph | None:
    """The layers that a call makes; ``None`` where that is not known, or where Keras refuses the call.

    ``arguments`` are plain values by parameter name, what is not given left out; an ``input_tensor`` is given as its
    ``TensorSpec``.
    """
    found = _recording(name, major)
    if found is None or not arguments.keys() <= found.parameters:
        return None
    try:
        return _cached_graph(_bare(name), tuple(sorted(arguments.items())), major)
    except TypeError:  # an argument that has no hash, or no order: never one of a setting that is known
        return None


def application_fault(name: str, arguments: Mapping[str, Any], major: int) -> Fault | None:
    """What Keras refuses of the arguments before it makes any layer, if anything."""
    found = _recording(name, major)
    if found is None or not arguments.keys() <= found.parameters:
        return None
    try:
        setting(found, _complete(found, arguments))
    except Refusal as refusal:
        return refusal.fault
    return None


@functools.lru_cache(maxsize=32)
def _cached_graph(name: str, arguments: tuple[tuple[str, Any], ...], major: int) -> RecordedGraph | None:
    found = _recording(name, major)
    assert found is not None
    try:
        wanted = setting(found, _complete(found, dict(arguments)))
    except Refusal:
        return None
    return None if wanted is None else _graph(found, wanted, major)


def _graph(found: Recording, wanted: Setting, major: int) -> RecordedGraph | None:
    for structure in wanted.structures:
        if not isinstance(wanted.name, str) and "{name}" in str(structure.rows):
            return None
        made = layers(found, structure, wanted.features, wanted.values)
        settled = settle(made, wanted.image, structure.when, Context(major=major))
        if settled is not None:
            first = RecordedLayer("InputLayer", None, {"batch_shape": (None, *wanted.input_shape)})
            return RecordedGraph(wanted.name, wanted.input_shape, (first, *settled[1:]), wanted.from_tensor)
    return None


def _complete(found: Recording, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with Keras's defaults where none is given."""
    defaults = {parameter.name: parameter.default for parameter in found.signature.parameters}
    return {**defaults, **arguments}


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


def _recording(name: str, major: int) -> Recording | None:
    if "." in name and not name.startswith(PREFIX):
        return None
    bare = _bare(name)
    return recording(bare, major) if bare.isidentifier() else None
