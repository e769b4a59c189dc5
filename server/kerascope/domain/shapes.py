"""Dimensions and shapes: what is known of the size of a tensor, axis by axis.

A dimension counts elements. It is an ``int``, or ``None`` where Keras itself prints ``None`` (a batch
axis, a sequence of any length), or ``UNKNOWN`` where the analysis cannot tell. ``None`` is knowledge,
``UNKNOWN`` is the lack of it: arithmetic keeps the two apart, and comparisons never guess.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final, TypeAlias


class Unknown(enum.Enum):
    """The top of every flat lattice here: a value of which nothing is known."""

    UNKNOWN = "?"

    def __repr__(self) -> str:
        return "?"

    def __bool__(self) -> bool:
        raise TypeError("the truth of an unknown value is unknown; compare with `is UNKNOWN`")


class Unranked(enum.Enum):
    """The shape of a tensor whose number of axes is not known."""

    UNRANKED = "(?...)"

    def __repr__(self) -> str:
        return "(?...)"


class Tri(enum.Enum):
    """Three-valued logic."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        raise TypeError("compare a Tri with `is`")


UNKNOWN: Final = Unknown.UNKNOWN
UNRANKED: Final = Unranked.UNRANKED

Dim: TypeAlias = int | Unknown | None
Ranked: TypeAlias = tuple[Dim, ...]
Shape: TypeAlias = Ranked | Unranked


def known(dim: Dim) -> bool:
    """Whether ``dim`` is a number."""
    return isinstance(dim, int)


def dim_add(left: Dim, right: Dim) -> Dim:
    """Sum of two dimensions; ``None`` absorbs, since Keras prints ``None`` for any arithmetic on it."""
    if left is None or right is None:
        return None
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    return left + right


def dim_mul(left: Dim, right: Dim) -> Dim:
    """Product of two dimensions; ``None`` absorbs."""
    if left is None or right is None:
        return None
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    return left * right


def product(dims: Iterable[Dim]) -> Dim:
    """Number of elements of a block with these sides; 1 for no sides."""
    total: Dim = 1
    for dim in dims:
        total = dim_mul(total, dim)
    return total


def equal_dims(left: Dim, right: Dim) -> Tri:
    """Whether two dimensions are equal at run time: ``None`` may be any number."""
    if isinstance(left, int) and isinstance(right, int):
        return Tri.YES if left == right else Tri.NO
    return Tri.UNKNOWN


def join_dims(left: Dim, right: Dim) -> Dim:
    """Least dimension that covers both."""
    return left if left == right and type(left) is type(right) else UNKNOWN


def join_shapes(left: Shape, right: Shape) -> Shape:
    """Least shape that covers both."""
    if left is UNRANKED or right is UNRANKED or len(left) != len(right):
        return UNRANKED
    return tuple(join_dims(a, b) for a, b in zip(left, right, strict=True))


def rank(shape: Shape) -> int | None:
    """Number of axes (Keras's ``ndim``), or ``None`` if not known."""
    return None if shape is UNRANKED else len(shape)


def format_dim(dim: Dim) -> str:
    """``28``, ``None`` or ``?``."""
    return "?" if dim is UNKNOWN else str(dim)


def format_shape(shape: Shape) -> str:
    """A shape as a Python tuple: ``(None, 28, 28, 1)``, ``(None,)``, ``(?...)``."""
    if shape is UNRANKED:
        return "(?...)"
    if len(shape) == 1:
        return f"({format_dim(shape[0])},)"
    return "(" + ", ".join(format_dim(dim) for dim in shape) + ")"
