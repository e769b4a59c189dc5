"""What is known of tensors and arrays, and the plain values that catalogues compute with.

The catalogues (``layers/``, ``libraries/``) get and give plain Python values: numbers, strings, ``None``,
tuples and dicts as themselves, ``UNKNOWN`` where nothing is known, and the small records below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kerascope.domain.shapes import (
    UNRANKED,
    Shape,
    Tri,
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
    single one and otherwise zeros; ``attained`` that both bounds are known and occur among the elements.
    """

    lo: float | None = None
    hi: float | None = None
    integral: Tri = Tri.UNKNOWN
    one_hot: Tri = Tri.UNKNOWN
    attained: Tri = Tri.UNKNOWN

    def join(self, other: ValueFacts) -> ValueFacts:
        """Least facts that hold for both."""
        return ValueFacts(
            lo=None if self.lo is None or other.lo is None else min(self.lo, other.lo),
            hi=None if self.hi is None or other.hi is None else max(self.hi, other.hi),
            integral=self.integral if self.integral is other.integral else Tri.UNKNOWN,
            one_hot=self.one_hot if self.one_hot is other.one_hot else Tri.UNKNOWN,
            # It is one array or the other, so that the ends must be those of both.
            attained=self.attained if self.ends == other.ends else Tri.UNKNOWN,
        )

    @property
    def ends(self) -> tuple[float | None, float | None, Tri]:
        """Both bounds, and whether they occur."""
        return self.lo, self.hi, self.attained


NO_FACTS = ValueFacts()


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """An array of data: NumPy's ``ndarray``. ``source`` names where it comes from, for people to read."""

    shape: Shape
    dtype: str = ""
    facts: ValueFacts = NO_FACTS
    source: str = field(default="", compare=False)

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
