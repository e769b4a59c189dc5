"""Abstract values: what an expression may be.

Numbers, strings, ``None``, ``True`` and tuples stand for themselves. ``UNKNOWN`` is the top element; ``OneOf``
holds a few alternatives; mutable objects live in the heap and are reached by ``Ref``. Library names are
``Symbol``, objects made from them ``Instance``, data ``ArraySpec``, symbolic tensors ``Tensor``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import libcst as cst

from kerascope.domain.shapes import UNKNOWN, Tri, Unknown, join_shapes
from kerascope.domain.specs import (
    NO_FACTS,
    ArraySpec,
    Column,
    Dataset,
    Frame,
    Instance,
    Symbol,
    TensorSpec,
    ValueFacts,
)
from kerascope.graph.nodes import Tensor
from kerascope.libraries.base import SOME_TEXT, TEXT, WEAK_INT, make_facts
from kerascope.syntax.units import Unit

Value: TypeAlias = Any

MOST_ALTERNATIVES: Final = 4


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of these values, at least two and at most ``MOST_ALTERNATIVES``."""

    alternatives: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """A mutable object: its address in the heap."""

    address: int


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function of the program, or a lambda. ``frame`` is the scope that it was defined in."""

    name: str
    parameters: cst.Parameters
    body: cst.BaseSuite | cst.BaseExpression
    unit: Unit
    frame: int
    defaults: Mapping[str, Value] = field(default_factory=dict)
    is_generator: bool = False
    owner: ClassObject | None = None
    kind: str = "function"


@dataclass(frozen=True, slots=True, eq=False)
class ClassObject:
    """A class of the program. ``bases`` are values; ``attributes`` are what its body left behind.

    ``fields`` are those of a data class, inherited ones first; ``None`` for a class that is none. What is assigned to
    attributes of the class later stands in the heap, at ``address``.
    """

    name: str
    bases: tuple[Value, ...]
    attributes: Mapping[str, Value]
    node: cst.ClassDef
    unit: Unit
    fields: tuple[str, ...] | None = None
    address: int = 0

    def order(self) -> tuple[ClassObject, ...]:
        """The classes of the program in which an attribute is looked up, in Python's order (C3)."""
        bases = [base for base in self.bases if isinstance(base, ClassObject)]
        return (self, *_merged([*(list(base.order()) for base in bases), bases]))

    def constructor(self) -> Function | ClassObject | None:
        """The ``__init__`` that making an object runs, or the data class whose fields it fills."""
        for cls in self.order():
            own = cls.attributes.get("__init__")
            if isinstance(own, Function):
                return own
            if cls.fields is not None:
                return cls
        return None

    def library_bases(self) -> tuple[str, ...]:
        """The canonical names of the library classes that it descends from."""
        names: list[str] = []
        for base in self.bases:
            if isinstance(base, Symbol):
                names.append(base.name)
            elif isinstance(base, ClassObject):
                names += base.library_bases()
            else:
                names.append("?")
        return tuple(names)


def _merged(orders: list[list[ClassObject]]) -> Iterator[ClassObject]:
    """Merges the orders of the bases: a class comes once none of the orders has it further back."""
    while orders := [order for order in orders if order]:
        later = {id(cls) for order in orders for cls in order[1:]}
        # Where there is no such class Python refuses the definition.
        head = next((order[0] for order in orders if id(order[0]) not in later), orders[0][0])
        yield head
        orders = [[cls for cls in order if cls is not head] for order in orders]


@dataclass(frozen=True, slots=True)
class BoundMethod:
    """A method taken from an object: ``model.add``, ``x.reshape``, ``"".join``."""

    owner: Value
    name: str
    function: Function | None = None


@dataclass(frozen=True, slots=True)
class Super:
    """``super()`` in a method of ``cls``: the object, seen as one of the bases of ``cls``."""

    instance: Value
    cls: ClassObject


@dataclass(frozen=True, slots=True)
class Module:
    """Another file of the program; ``frame`` holds its globals."""

    name: str
    frame: int


@dataclass(frozen=True, slots=True)
class ListObject:
    """A list. ``items`` is ``None`` where its length is not known; ``element`` then covers every element."""

    items: tuple[Value, ...] | None
    element: Value = UNKNOWN

    @property
    def covered(self) -> tuple[Value, ...]:
        """Values that together cover every element; none for an empty list."""
        return (self.element,) if self.items is None else self.items


def open_list(values: Iterable[Value]) -> ListObject:
    """A list of unknown length whose elements ``values`` cover."""
    given = iter(values)
    element = next(given, UNKNOWN)
    for value in given:
        if element is UNKNOWN:
            break
        element = join(element, value)
    return ListObject(None, element)


@dataclass(frozen=True, slots=True)
class DictObject:
    """A dictionary; not ``exact`` where it may have further keys. ``rest`` covers the values of those."""

    items: Mapping[Value, Value]
    exact: bool = True
    rest: Value = UNKNOWN

    @property
    def covered(self) -> tuple[Value, ...]:
        """Values that together cover all of its values; none for an empty dictionary."""
        return tuple(self.items.values()) if self.exact else (*self.items.values(), self.rest)


@dataclass(frozen=True, slots=True)
class SetObject:
    """A set. ``items`` is ``None`` where they are not all known constants."""

    items: frozenset[Value] | None


@dataclass(frozen=True, slots=True)
class ParserObject:
    """A parser of ``argparse``: what each option is by default. Not ``exact`` where it may have further ones."""

    defaults: Mapping[str, Value]
    exact: bool = True


@dataclass(frozen=True, slots=True)
class InstanceObject:
    """An object of a class of the program. ``node`` is its layer or model, where it is one."""

    cls: ClassObject
    attributes: Mapping[str, Value]
    node: int | None = None
    exact: bool = True


def same(left: Value, right: Value) -> bool:
    """Whether two values are the same for certain; ``1`` and ``True`` and ``1.0`` differ."""
    if left is right:
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, float):
        return left == right or (left != left and right != right)
    try:
        return bool(left == right)
    except TypeError:
        return False


def join(left: Value, right: Value) -> Value:
    """The least value that covers both."""
    if same(left, right):
        return left
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if isinstance(left, ArraySpec) and isinstance(right, ArraySpec):
        return left.join(right)
    if isinstance(left, Dataset) and isinstance(right, Dataset) and left.kind == right.kind:
        return left.join(right)
    if isinstance(left, Tensor) and isinstance(right, Tensor) and left.call is right.call is None:
        return join_tensors(left, right)
    if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        return tuple(join(a, b) for a, b in zip(left, right, strict=True))
    alternatives: list[Value] = []
    for value in (left, right):
        for alternative in value.alternatives if isinstance(value, OneOf) else (value,):
            if not any(same(alternative, seen) for seen in alternatives):
                alternatives.append(alternative)
    if any(isinstance(value, ArraySpec) for value in alternatives):
        alternatives = _folded(alternatives)
    if len(alternatives) == 1:
        return alternatives[0]
    return OneOf(tuple(alternatives)) if len(alternatives) <= MOST_ALTERNATIVES else UNKNOWN


def _folded(values: list[Value]) -> list[Value]:
    """The same with the texts, and the whole numbers, as one where one of them is not known."""
    for belongs, cover in ((is_text, lambda texts: SOME_TEXT), (is_whole, _some_number)):
        folded = [value for value in values if belongs(value)]
        if len(folded) > 1 and any(isinstance(value, ArraySpec) for value in folded):
            values = [*(value for value in values if not belongs(value)), cover(folded)]
    return values


def _some_number(numbers: Iterable[Value]) -> ArraySpec:
    """A whole number within the bounds of all."""
    facts: ValueFacts | None = None
    for number in numbers:
        own = number.facts if isinstance(number, ArraySpec) else make_facts(WEAK_INT, number, number)
        facts = own if facts is None else facts.join(own)
    return ArraySpec(
        (), WEAK_INT, make_facts(WEAK_INT, facts.lo, facts.hi) if facts is not None else NO_FACTS
    )


def is_text(value: Value) -> bool:
    """Whether the value is a text, known or not."""
    return isinstance(value, str) or (
        isinstance(value, ArraySpec) and value.dtype == TEXT and value.shape == ()
    )


def is_whole(value: Value) -> bool:
    """Whether the value is a whole number of Python's own, known or not."""
    if isinstance(value, ArraySpec):
        return value.dtype == WEAK_INT and value.shape == ()
    return isinstance(value, int) and not isinstance(value, bool)


def widen(old: Value, new: Value) -> Value:
    """What covers a value that was ``old`` and then ``new``, and whatever of that kind it may become."""
    if same(old, new):
        return old
    values = (*alternatives(old), *alternatives(new))
    if all(map(is_text, values)):
        return SOME_TEXT
    return ArraySpec((), WEAK_INT) if all(map(is_whole, values)) else UNKNOWN


def join_tensors(left: Tensor, right: Tensor) -> Tensor:
    """A tensor of which is known what both have in common, and not how it was made."""
    dtype = left.spec.dtype if left.spec.dtype == right.spec.dtype else ""
    data = left.data.join(right.data) if left.data is not None and right.data is not None else None
    return Tensor(TensorSpec(join_shapes(left.spec.shape, right.spec.shape), dtype), data=data)


def alternatives(value: Value) -> tuple[Value, ...]:
    """The values that ``value`` may be; one for all but ``OneOf``."""
    return value.alternatives if isinstance(value, OneOf) else (value,)


def truth(value: Value) -> Tri:
    """Whether Python takes the value for true."""
    if isinstance(value, OneOf):
        truths = {truth(alternative) for alternative in value.alternatives}
        return truths.pop() if len(truths) == 1 else Tri.UNKNOWN
    if value is UNKNOWN or isinstance(
        value, (Unknown, ArraySpec, Dataset, Frame, Column, Tensor, Ref, Symbol, Instance)
    ):
        return Tri.UNKNOWN
    if isinstance(value, (Function, ClassObject, BoundMethod, Module, Super)):
        return Tri.YES
    try:
        return Tri.YES if value else Tri.NO
    except TypeError:
        return Tri.UNKNOWN


_MOST_NESTING = 12
"""Tuples that are nested deeper are not taken for constants: a part that stands twice in each doubles every walk."""


def is_constant(value: Value, depth: int = 0) -> bool:
    """Whether the value is a Python constant, or a tuple of such."""
    if isinstance(value, tuple):
        return depth < _MOST_NESTING and all(is_constant(part, depth + 1) for part in value)
    return value is None or isinstance(value, (bool, int, float, complex, str, bytes, type(...)))
