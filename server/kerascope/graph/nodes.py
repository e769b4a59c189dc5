"""Layers, their calls, and models, as a program makes them.

A layer and its calls are two things: a shared layer is one row of a summary and its weights count once. Tensors
hold the call that made them, so a functional model is found by walking back from its outputs, as Keras does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Unknown
from kerascope.domain.specs import ArraySpec, Dataset, TensorSpec
from kerascope.layers.base import Arguments, Fault, LayerSpec, Weight
from kerascope.syntax.units import Site

Nest: TypeAlias = Any
"""A value, or a tuple or dict of nests: how Keras passes several tensors."""


def flatten(nest: Nest) -> Iterator[Any]:
    """The leaves of a nest, in Keras's order: dictionaries by sorted key."""
    if isinstance(nest, tuple):
        for part in nest:
            yield from flatten(part)
    elif isinstance(nest, dict):
        for key in sorted(nest, key=str):
            yield from flatten(nest[key])
    else:
        yield nest


def map_nest(function: Any, nest: Nest) -> Nest:
    """``nest`` with ``function`` applied to every leaf."""
    if isinstance(nest, tuple):
        return tuple(map_nest(function, part) for part in nest)
    if isinstance(nest, dict):
        return {key: map_nest(function, part) for key, part in nest.items()}
    return function(nest)


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer object. ``spec`` is its catalogue entry, ``None`` for a class that the catalogue does not know.

    ``arguments`` are bound to parameters, ``sites`` tells where each given one is written. ``weights`` is
    ``None`` while the layer is not built or where they are not known; ``built`` tells the two apart, and ``()`` is
    known of some layers before. An operation on tensors is a node as well (``is_operation``); ``again`` maps other
    input specifications to what it gives for them.

    A layer of one of the program's own classes has its object in ``instance``; ``own_weights`` are those that it adds
    itself, before it is built too, and ``parts`` the layers that it holds. ``function`` is what a ``Lambda`` runs.
    """

    id: int
    class_name: str
    spec: LayerSpec | None
    arguments: Arguments
    sites: Mapping[str, Site]
    site: Site
    name: str | Unknown
    trainable: bool | Unknown = True
    weights: tuple[Weight, ...] | None = None
    built: bool = False
    is_operation: bool = False
    again: Callable[[Nest], Nest] | None = None
    instance: int | None = None
    function: Any = None
    own_weights: tuple[Weight, ...] | None = ()
    parts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One call of a layer or model: its input tensors and what came out.

    ``masks`` are inputs as well, which Keras 3 adds by itself where earlier layers made them.
    """

    layer_id: int
    inputs: Nest
    outputs: Nest
    site: Site
    masks: tuple[Tensor, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Tensor:
    """A symbolic tensor: output ``index`` of ``call``. Without a call its origin is not known.

    ``data`` is what is known of its elements where it stands for a piece of data; ``mask`` tells which steps count.
    """

    spec: TensorSpec
    call: Call | None = None
    index: int = 0
    data: ArraySpec | None = None
    mask: Tensor | None = None


def sources(call: Call) -> Iterator[Tensor]:
    """The tensors that a call needs, masks included."""
    for leaf in flatten(call.inputs):
        if isinstance(leaf, Tensor):
            yield leaf
    yield from call.masks


UNKNOWN_TENSOR = Tensor(TensorSpec(UNRANKED, ""))


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """What ``compile`` was given: values by parameter name, and where they are written."""

    arguments: Mapping[str, Any]
    sites: Mapping[str, Site]
    site: Site
    complete: bool = True

    def get(self, name: str) -> Any:
        """The argument's value; ``None`` where it was not given, ``UNKNOWN`` where it may have been."""
        if name in self.arguments:
            return self.arguments[name]
        return None if self.complete else UNKNOWN


ModelKind: TypeAlias = Literal["Sequential", "Functional", "Model"]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A model object; it is also a layer.

    ``stack`` is what a Sequential holds, its InputLayer included. ``inputs`` and ``outputs`` are nests of
    ``Tensor`` once they are known. A model is not ``complete`` when something may have changed it that the
    analysis did not see. ``compile_unseen`` says that ``compiled`` may not tell of the last ``compile``: another
    branch made one, or code that cannot be seen had the model.
    """

    id: int
    kind: ModelKind
    class_name: str
    name: str | Unknown
    site: Site
    stack: tuple[int, ...] = ()
    inputs: Nest = None
    outputs: Nest = None
    complete: bool = True
    trainable: bool | Unknown = True
    compiled: Compiled | None = None
    built: bool = False
    trained: bool = False
    compile_unseen: bool = False
    instance: int | None = None


Node: TypeAlias = Layer | Model


@dataclass(frozen=True, slots=True, eq=False)
class ModelGraph:
    """A model as it stood at one moment, with every layer that can be reached from it."""

    model: Model
    nodes: Mapping[int, Node]

    def layer(self, tensor: Tensor) -> Node | None:
        """The layer or model that made ``tensor``."""
        return self.nodes.get(tensor.call.layer_id) if tensor.call is not None else None

    @property
    def output_tensors(self) -> tuple[Tensor, ...]:
        """The outputs in order; empty where they are not known."""
        return () if self.model.outputs is None else tuple(flatten(self.model.outputs))

    @property
    def input_tensors(self) -> tuple[Tensor, ...]:
        """The inputs in order; empty where they are not known."""
        return () if self.model.inputs is None else tuple(flatten(self.model.inputs))


EventKind: TypeAlias = Literal[
    "compile", "fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "summary"
]


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """A call of one of a model's methods, with the model as it was at that moment.

    ``certain`` is false where the model is only one of several that it may be; ``guarded`` is true inside a
    ``try`` or a context manager that catches what Keras would raise. ``top`` is the outermost call at module
    level and ``variable`` the name there. ``reached`` is false in a function that the file itself never calls.
    ``dataset`` is what was given as ``x`` where that comes step by step, ``validation`` the same of
    ``validation_data``; ``arguments`` then hold what one step brings as ``x``, ``y`` and ``sample_weight``, and
    ``sites`` the place of the whole under ``x``. ``own_step`` are the inputs and targets that are given to a model
    which says itself what a step does with them; ``arguments`` then tell nothing of them.
    """

    kind: EventKind
    graph: ModelGraph
    arguments: Mapping[str, Any]
    sites: Mapping[str, Site]
    site: Site
    top: Site
    variable: str | None = None
    certain: bool = True
    guarded: bool = False
    complete: bool = True
    reached: bool = True
    dataset: Dataset | None = None
    validation: Dataset | None = None
    own_step: tuple[Any, Any] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """An object that a library's class made: an optimizer, a loss, a metric, a callback.

    ``arguments`` are plain values by keyword, positional ones under the digits of their position, ``**`` where more
    may hide in a star; ``sites`` tells where each is written. ``chain`` are the calls that led here, outermost first.
    """

    symbol: str
    arguments: Mapping[str, Any]
    sites: Mapping[str, Site]
    site: Site
    certain: bool = True
    guarded: bool = False
    chain: tuple[Site, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """A read of an attribute of a layer or model, such as ``model.predict_classes``; ``site`` is the whole of it.

    An object of one of the program's own classes is not among them.
    """

    node: Node
    name: str
    site: Site
    certain: bool = True
    guarded: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Imported:
    """A name that an import statement brings from a library, as it is written: ``keras.layers.core.Dense``.

    ``member`` is false for ``import a.b``. ``tried`` says that it stands inside a ``try`` or under a condition that
    is not known, so that a failure may be meant.
    """

    name: str
    member: bool
    site: Site
    tried: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class LayerFault:
    """A refusal of a layer, at construction or at a call.

    ``inputs`` are the tensors that the layer was called on. ``site`` is the place that made it happen; ``data``
    is the event that brought the data, where the model had no input shape before.
    """

    fault: Fault
    layer: Layer
    inputs: Nest
    site: Site
    nodes: Mapping[int, Node] = field(default_factory=dict)
    certain: bool = True
    guarded: bool = False
    from_data: bool = False
    chain: tuple[Site, ...] = ()
