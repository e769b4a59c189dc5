"""Whole numbers that are not known, told apart by what they are made of: a length, or what a loop counts with.

The length of data that is read from a file may be any. Yet for every ``i`` in ``range(len(x) - 30)`` there are 30 rows
in ``x[i : i + 30]``, and this is how programs cut time series into windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True, eq=False)
class Length:
    """The length of what a name is bound to, and a constant. ``of`` is the binding; another one may be as long."""

    of: Any
    plus: int = 0

    def shifted(self, by: int) -> Length:
        """This and ``by``."""
        return Length(self.of, self.plus + by)


@dataclass(frozen=True, slots=True, eq=False)
class Counter:
    """A number that goes from ``least`` up, and stays below ``limit``."""

    least: int
    limit: Length


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """A counter and a constant."""

    counter: Counter
    plus: int = 0

    def shifted(self, by: int) -> Counted:
        """This and ``by``."""
        return Counted(self.counter, self.plus + by)

    def lies_within(self, size: int, of: Any) -> bool:
        """Whether ``size`` elements from here on are all there, in what is bound by ``of``, whatever is counted."""
        first = self.counter.least + self.plus
        # The counter is at most the limit less one.
        beyond = self.counter.limit.plus - 1 + self.plus + size
        return self.counter.limit.of is of and first >= 0 and size >= 0 and beyond <= 0


Symbolic: TypeAlias = Length | Counted
