"""What the interpreter asks of the world around one file: other files of the program, and libraries' layers."""

from __future__ import annotations

from typing import Any, Protocol

from kerascope.layers.base import Arguments, Outcome
from kerascope.syntax.units import Parsed


class Modules(Protocol):
    """How the interpreter reaches other files of the program."""

    def find(self, name: str, level: int, importer: str) -> Parsed | None:
        """The file that ``import name`` in ``importer`` means, ``level`` dots up, if it is one of the program's."""


class NoModules:
    """A program of one file."""

    def find(self, name: str, level: int, importer: str) -> Parsed | None:
        """Always ``None``."""
        return None


class Facts(Protocol):
    """What is known of layers that the catalogue does not describe."""

    def outcome(self, symbol: str, arguments: Arguments, inputs: Any, major: int) -> Outcome | None:
        """What a library's layer gives for specifications, if it is known."""
