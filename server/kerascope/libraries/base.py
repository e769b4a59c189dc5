"""What a library's file is made of: what a call returns, with cases that the real library confirms.

A library file describes functions and methods that data comes from or goes through. An entry maps argument
values to what the call returns: shape, dtype and what is known of the elements. What is not certain is
``UNKNOWN``; an entry never raises for the user's data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import ArraySpec


@dataclass(frozen=True, slots=True)
class CallArguments:
    """The arguments of one call as plain values: numbers, strings, tuples (lists come as tuples too),
    dicts, ``Symbol``, ``ArraySpec``, ``UNKNOWN``. For a method, ``positional[0]`` is the object.

    ``complete`` is false where a ``*args`` or ``**kwargs`` of unknown content was passed as well.
    """

    positional: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] | None = None
    complete: bool = True

    def get(self, position: int | None, name: str, default: Any = None) -> Any:
        """The argument at ``position`` or named ``name``; ``UNKNOWN`` where it may hide in a star."""
        if self.keywords and name in self.keywords:
            return self.keywords[name]
        if position is not None and position < len(self.positional):
            return self.positional[position]
        return default if self.complete else UNKNOWN


@dataclass(frozen=True, slots=True)
class Example:
    """A call written as Python over ``np`` and ``keras``, held against the real library by the tests."""

    code: str


@dataclass(frozen=True, slots=True)
class LibraryFunction:
    """One entry: ``name`` is canonical (``numpy.zeros``, ``keras.utils.to_categorical``), and
    ``ndarray.NAME`` for a method or an attribute of an array.
    """

    name: str
    returns: Callable[[CallArguments], Any]
    cases: Sequence[Example] = ()
    is_attribute: bool = False


def as_array(value: Any) -> ArraySpec | None:
    """``value`` if it is known to be an array."""
    return value if isinstance(value, ArraySpec) else None
