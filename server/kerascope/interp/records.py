"""What running a unit did, as it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from kerascope.interp.state import Binding, Log
from kerascope.interp.trace import Trace
from kerascope.interp.values import Function

Found = TypeVar("Found")

Key: TypeAlias = Any
"""What may be read: ``(frame, name)`` of a name, the address of an object, ``("calls", address)``, the stem of a
counter, ``("loaded", path)`` of a module that was run."""


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One run of a unit, or of a function that nobody calls: what it read, what it left, what it saw.

    ``left`` is what the unit wrote into what was there before it; ``names``, ``heap``, ``calls`` and ``counters`` are
    all that it wrote, ``frames`` the scopes that it opened and that live on. ``notes`` are what others found in
    ``trace`` and want to keep. Of several runs that are put together, ``members`` are the single ones, and have the
    traces.
    """

    log: Log
    reads: frozenset[Key]
    left: Mapping[Key, Any]
    names: Mapping[int, Mapping[str, Binding | None]]
    heap: Mapping[int, Any]
    calls: Mapping[int, Any]
    counters: Mapping[str, Any]
    frames: Mapping[int, dict[str, Binding]]
    alive: bool
    trace: Trace
    definitions: tuple[Function, ...]
    called: frozenset[Function]
    steps: int
    members: tuple[Record, ...] = ()
    notes: dict[Any, Any] = field(default_factory=dict)

    @property
    def single(self) -> tuple[Record, ...]:
        """The runs that it is put together of, or itself."""
        return self.members or (self,)

    def found(self, extract: Callable[[Trace], list[Found]]) -> list[Found]:
        """What ``extract`` finds in the trace, looked for once; it must look at nothing else."""
        known: list[Found] | None = self.notes.get(extract)
        if known is None:
            if self.members:
                known = [thing for member in self.members for thing in member.found(extract)]
            else:
                known = extract(self.trace)
            self.notes[extract] = known
        return known
