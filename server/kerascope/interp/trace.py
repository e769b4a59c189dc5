"""What an interpretation saw."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from kerascope.domain.specs import ArraySpec, Column, Dataset, Frame
from kerascope.graph.nodes import Access, Event, Imported, Layer, LayerFault, Made
from kerascope.syntax.units import Site

Data: TypeAlias = ArraySpec | Dataset | Frame | Column
"""What a program may feed to a model."""


@dataclass(slots=True)
class Trace:
    """What an interpretation saw: layers made, refusals, and calls of models' methods, in order."""

    layers: list[Layer] = field(default_factory=list)
    faults: list[LayerFault] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    arrays: dict[tuple[str, int, int], tuple[Site, Data]] = field(default_factory=dict)
    calls: list[tuple[Site, Layer, Any, Any]] = field(default_factory=list)
    symbols: set[str] = field(default_factory=set)
    made: list[Made] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    imports: list[Imported] = field(default_factory=list)
    budget_spent: bool = False

    def extend(self, other: Trace) -> None:
        """Adds what was seen after this."""
        self.layers += other.layers
        self.faults += other.faults
        self.events += other.events
        self.arrays.update(other.arrays)
        self.calls += other.calls
        self.symbols |= other.symbols
        self.made += other.made
        self.accesses += other.accesses
        self.imports += other.imports
