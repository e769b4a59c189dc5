"""``isinstance``: whether a layer or model is of one of Keras's classes, and what is no text or number."""

from __future__ import annotations

from typing import Final

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Symbol
from kerascope.graph.nodes import Layer, Model
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import ClassObject, InstanceObject, ListObject, SetObject, Value
from kerascope.layers.base import KERAS
from kerascope.layers.catalogue import ALIASES, layer_spec

_LAYERS: Final = "keras.layers."
_EVERY_LAYER: Final = frozenset({"keras.layers.Layer", "keras.Layer"})
_KINDS: Final = {
    "keras.Model": frozenset({"Sequential", "Functional", "Model"}),
    "keras.Functional": frozenset({"Functional"}),
    "keras.Sequential": frozenset({"Sequential"}),
}

_BASES: Final = {
    3: {
        "AdditiveAttention": {"Attention"},
        "ReversibleEmbedding": {"Embedding"},
    },
    2: {
        "Bidirectional": {"Wrapper"},
        "Conv1DTranspose": {"Conv1D"},
        "Conv2DTranspose": {"Conv2D"},
        "Conv3DTranspose": {"Conv3D"},
    },
}
_BASES_IN_BOTH: Final = {
    **{name: {"RNN"} for name in ("GRU", "LSTM", "SimpleRNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")},
    **{f"SpatialDropout{n}D": {"Dropout"} for n in (1, 2, 3)},
    "SpectralNormalization": {"Wrapper"},
    "TimeDistributed": {"Wrapper"},
}
"""Classes of ``keras.layers`` that derive from another class of it."""

_IN_SOME_KERAS_2: Final = {"DepthwiseConv1D": {"Conv1D"}, "DepthwiseConv2D": {"Conv2D"}}
"""Classes that derive from another in some releases of Keras 2 and not in others."""


def is_instance(machine: Machine, arguments: CallArguments) -> Value:
    """``isinstance(value, classes)``; ``UNKNOWN`` where that cannot be told."""
    if len(arguments.positional) != 2:
        return UNKNOWN
    value, classes = (given.value for given in arguments.positional)
    answers = {
        _is_one(machine, value, cls) for cls in (classes if isinstance(classes, tuple) else (classes,))
    }
    if True in answers:
        return True
    return UNKNOWN if UNKNOWN in answers else False


def _descends(cls: ClassObject, wanted: ClassObject) -> bool:
    return cls is wanted or any(
        isinstance(base, ClassObject) and _descends(base, wanted) for base in cls.bases
    )


def _is_one(machine: Machine, value: Value, cls: Value) -> Value:
    thing = machine.thing(value)
    if isinstance(cls, ClassObject) and isinstance(thing, InstanceObject):
        if _descends(thing.cls, cls):
            return True
        return UNKNOWN if "?" in thing.cls.library_bases() else False
    if not isinstance(cls, Symbol):
        return UNKNOWN
    node = machine.thing(value)
    if isinstance(node, Layer) and node.spec is not None and node.spec.home != KERAS:
        return True if cls.name in _EVERY_LAYER else UNKNOWN
    if isinstance(node, Layer) and node.instance is None:
        return (
            UNKNOWN
            if node.is_operation and node.spec is None
            else is_layer_of(node.class_name, cls.name, machine.major)
        )
    if isinstance(node, Model) and node.instance is None:
        return _is_model(node, cls.name, machine.major)
    kind = _kind(thing, value)
    if kind is None or cls.name not in _BUILT_IN:
        return UNKNOWN
    return cls.name == f"builtins.{kind}" or (kind == "bool" and cls.name == "builtins.int")


_BUILT_IN: Final = frozenset(
    f"builtins.{name}" for name in ("bool", "int", "float", "str", "bytes", "tuple", "list", "dict", "set")
)


def _kind(thing: object, value: Value) -> str | None:
    """Python's name for the type of a value that is one of its own. A dictionary may stand for other mappings."""
    if isinstance(thing, (ListObject, SetObject)):
        return "list" if isinstance(thing, ListObject) else "set"
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return type(value).__name__
    return "tuple" if isinstance(value, tuple) else None


def is_layer_of(own: str, cls: str, major: int) -> Value:
    """Whether a layer of the class ``own`` is one of ``cls``, a canonical name: ``keras.layers.Conv2D``."""
    if cls in _EVERY_LAYER:
        return True
    if cls in _KINDS:
        return False
    if not cls.startswith(_LAYERS):
        return UNKNOWN
    wanted = cls.removeprefix(_LAYERS)
    wanted = ALIASES.get(wanted, wanted)
    if own == wanted:
        return True
    if layer_spec(own) is None or (layer_spec(wanted) is None and wanted not in {"RNN", "Wrapper"}):
        return UNKNOWN
    if major == 2 and wanted in _IN_SOME_KERAS_2.get(own, ()):
        return UNKNOWN
    return wanted in _BASES[major].get(own, ()) or wanted in _BASES_IN_BOTH.get(own, ())


def _is_model(model: Model, cls: str, major: int) -> Value:
    if cls in _EVERY_LAYER:
        return True
    if cls not in _KINDS:
        return False if cls.startswith(_LAYERS) else UNKNOWN
    if model.kind == "Model" or (cls == "keras.Functional" and model.kind == "Sequential" and major == 2):
        return True if cls == "keras.Model" else UNKNOWN
    return model.kind in _KINDS[cls]
