"""What is known of tensors and arrays, and the plain values that catalogues compute with.

The catalogues (``layers/``, ``libraries/``) get and give plain Python values: numbers, strings, ``None``,
tuples and dicts as themselves, ``UNKNOWN`` where nothing is known, and the small records below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kerascope.domain.numbers import Symbolic
from kerascope.domain.shapes import (
    UNKNOWN,
    UNRANKED,
    Dim,
    Shape,
    Tri,
    join_dims,
    join_shapes,
)


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """A symbolic tensor: axes in Keras order, batch first; ``dtype`` is ``""`` when unknown."""

    shape: Shape
    dtype: str = "float32"


@dataclass(frozen=True, slots=True)
class ValueFacts:
    """What is known of the elements of an array.

    ``lo`` and ``hi`` bound every element (inclusive; ``None``: no bound known). ``integral`` says that every
    element is a whole number whatever the dtype; ``one_hot`` that each row along the last axis holds a
    single one and otherwise zeros; ``attained`` that both bounds are known and occur among the elements, and
    ``gapless`` that, where they do, every whole number between them occurs as well.
    """

    lo: float | None = None
    hi: float | None = None
    integral: Tri = Tri.UNKNOWN
    one_hot: Tri = Tri.UNKNOWN
    attained: Tri = Tri.UNKNOWN
    gapless: Tri = Tri.UNKNOWN

    def join(self, other: ValueFacts) -> ValueFacts:
        """Least facts that hold for both."""
        return ValueFacts(
            lo=None if self.lo is None or other.lo is None else min(self.lo, other.lo),
            hi=None if self.hi is None or other.hi is None else max(self.hi, other.hi),
            integral=self.integral if self.integral is other.integral else Tri.UNKNOWN,
            one_hot=self.one_hot if self.one_hot is other.one_hot else Tri.UNKNOWN,
            # It is one array or the other, so that the ends must be those of both.
            attained=self.attained if self.ends == other.ends else Tri.UNKNOWN,
            gapless=self.gapless
            if self.gapless is other.gapless and self.ends == other.ends
            else Tri.UNKNOWN,
        )

    @property
    def ends(self) -> tuple[float | None, float | None, Tri]:
        """Both bounds, and whether they occur."""
        return self.lo, self.hi, self.attained


NO_FACTS = ValueFacts()


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """An array of data: NumPy's ``ndarray``. ``source`` names where it comes from, for people to read.

    A whole number that is not known is one without axes; ``symbolic`` tells what it is made of, where that is known.
    What is computed from an array has none of its own, nor has a copy.
    """

    shape: Shape
    dtype: str = ""
    facts: ValueFacts = NO_FACTS
    source: str = field(default="", compare=False)
    symbolic: Symbolic | None = field(default=None, init=False, compare=False, repr=False)

    def standing_for(self, symbolic: Symbolic) -> ArraySpec:
        """The same number, of which it is known what it is made of."""
        number = replace(self)
        object.__setattr__(number, "symbolic", symbolic)
        return number

    def join(self, other: ArraySpec) -> ArraySpec:
        """Least specification that covers both."""
        return ArraySpec(
            shape=join_shapes(self.shape, other.shape),
            dtype=self.dtype if self.dtype == other.dtype else "",
            facts=self.facts.join(other.facts),
            source=self.source if self.source == other.source else "",
        )

    def with_facts(self, facts: ValueFacts) -> ArraySpec:
        """An array like this one, of whose elements ``facts`` are known."""
        return replace(self, facts=facts)

    def with_shape(self, shape: Shape) -> ArraySpec:
        """The same elements in another arrangement."""
        return replace(self, shape=shape)


UNKNOWN_ARRAY = ArraySpec(UNRANKED)


@dataclass(frozen=True, slots=True)
class Frame:
    """A pandas ``DataFrame``: its columns in order, ``None`` where they are not known. ``one_hot`` is of its rows."""

    columns: Mapping[Any, ArraySpec] | None = field(hash=False)
    rows: Dim = UNKNOWN
    source: str = field(default="", compare=False)
    one_hot: Tri = Tri.UNKNOWN


@dataclass(frozen=True, slots=True)
class Column:
    """A pandas ``Series``: its values as an array of one axis."""

    array: ArraySpec


@dataclass(frozen=True, slots=True)
class Repeated:
    """A sequence of unknown length, every element of which ``element`` covers."""

    element: ArraySpec


@dataclass(frozen=True, slots=True)
class Dataset:
    """Data that comes step by step: ``tf.data``, what reads folders, Python generators, ``PyDataset``.

    ``element`` is what one step yields: a nest (tuples and dicts) of ``ArraySpec``, ``UNKNOWN`` where that is open.
    Axes are those that TensorFlow knows before it runs, ``None`` for one of any size. ``kind`` is the class of the
    object as people write it; ``batched`` tells whether the first axis is that of a batch; ``steps`` counts the steps
    of one pass, ``None`` if it never ends. ``source`` names where the data comes from, for people to read.
    """

    element: Any
    kind: str = "tf.data.Dataset"
    batched: Tri = Tri.UNKNOWN
    steps: Dim = UNKNOWN
    source: str = field(default="", compare=False)

    def join(self, other: Dataset) -> Dataset:
        """Least dataset that covers both; the kinds must be the same."""
        return Dataset(
            join_nests(self.element, other.element),
            self.kind,
            self.batched if self.batched is other.batched else Tri.UNKNOWN,
            join_dims(self.steps, other.steps),
            self.source if self.source == other.source else "",
        )


def join_nests(left: Any, right: Any) -> Any:
    """Least nest of arrays that covers both; ``UNKNOWN`` where they are not built alike."""
    if isinstance(left, ArraySpec) and isinstance(right, ArraySpec):
        return left.join(right)
    if isinstance(left, Dataset) and isinstance(right, Dataset):
        return left.join(right) if left.kind == right.kind else UNKNOWN
    if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        return tuple(join_nests(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict) and left.keys() == right.keys():
        return {key: join_nests(part, right[key]) for key, part in left.items()}
    return left if left is None and right is None else UNKNOWN


def map_arrays(function: Callable[[ArraySpec], Any], nest: Any) -> Any:
    """``nest`` with ``function`` applied to every array in it; what is no array stays."""
    if isinstance(nest, ArraySpec):
        return function(nest)
    if isinstance(nest, tuple):
        return tuple(map_arrays(function, part) for part in nest)
    if isinstance(nest, dict):
        return {key: map_arrays(function, part) for key, part in nest.items()}
    return nest


def arrays_in(nest: Any) -> tuple[Any, ...]:
    """The leaves of a nest of arrays, dictionaries in the order of their keys."""
    if isinstance(nest, tuple):
        return tuple(leaf for part in nest for leaf in arrays_in(part))
    if isinstance(nest, dict):
        return tuple(leaf for part in nest.values() for leaf in arrays_in(part))
    return (nest,)


class NamedParts(tuple[Any, ...]):
    """A tuple whose parts have names as well: what ``tf.audio.decode_wav`` gives has ``.audio``."""

    names: tuple[str, ...]

    def __new__(cls, parts: Iterable[Any], names: tuple[str, ...]) -> NamedParts:
        made = super().__new__(cls, parts)
        made.names = names
        return made

    def part(self, name: str) -> Any:
        """The part of that name; ``UNKNOWN`` for a name that none has."""
        return self[self.names.index(name)] if name in self.names else UNKNOWN

    def mapped(self, function: Callable[[Any], Any]) -> NamedParts:
        """The same with ``function`` applied to every part."""
        return NamedParts(map(function, self), self.names)


@dataclass(frozen=True, slots=True)
class Symbol:
    """Something that a library exports, by its canonical name: ``tf.nn.relu``, ``keras.layers.Dense``."""

    name: str


@dataclass(frozen=True, slots=True)
class Instance:
    """An object made by calling a library's class: ``keras.initializers.HeNormal(seed=1)``.

    ``arguments`` holds what was given, positional ones under the digits of their position.
    """

    symbol: str
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class NestedLayer:
    """A layer given to another layer, as to ``Bidirectional``; ``name`` is its catalogue entry."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)
    given: frozenset[str] = frozenset()
