"""What is known of a model of ``keras.applications``: its parameters, and the layers that it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kerascope.domain.shapes import Ranked, Unknown
from kerascope.layers.base import Signature

Inbound: TypeAlias = int | tuple[int, ...]
"""Which layers of the graph a layer is called on, by their index: one, or several given as a list.

An ``InputLayer`` is called on none: ``()``. Every layer of these models has one output and is called once.
"""


@dataclass(frozen=True, slots=True)
class RecordedLayer:
    """One layer of a model, or an operation on tensors that Keras makes a row of.

    ``name`` is ``None`` where Keras chooses the name itself. In Keras 2 a name may hold ``{head}``, say: a number that
    is drawn once a model from the counter ``head``, the first being 1 (``backend.get_uid``).

    For an operation (``is_operation``) ``class_name`` is the class that Keras gives to the row, and ``stem`` what its
    automatic name begins with. ``parts`` are the layers of a nested ``Sequential``, the ``InputLayer`` included that
    the Sequential gives itself when it is called.
    """

    class_name: str
    name: str | None
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    inbound: Inbound = ()
    is_operation: bool = False
    stem: str = ""
    parts: tuple[RecordedLayer, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordedGraph:
    """The layers of a model, in the order in which Keras makes and calls them; the last gives the output.

    The first is the ``InputLayer``, whose place an ``input_tensor`` takes where one is given (``from_tensor``).
    ``input_shape`` is without the batch axis; ``class_name`` is the class of the model.
    """

    name: str | Unknown | None
    input_shape: Ranked
    layers: tuple[RecordedLayer, ...]
    from_tensor: bool = False
    class_name: str = "Functional"


@dataclass(frozen=True, slots=True)
class ApplicationSignature:
    """A function of ``keras.applications`` as one Keras declares it; ``name`` is its name there, ``ResNet50``."""

    name: str
    major: int
    signature: Signature
