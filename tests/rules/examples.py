"""Reads the examples out of a rule's docstring: programs, with marks under what is to be found."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from types import ModuleType

_SECTION = re.compile(r"^## (?P<title>[^\n]+)\n(?P<body>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
_MARK = re.compile(r"^\s*(\^+) (K[A-Z]\d+)$")


@dataclass(frozen=True)
class Expected:
    """A finding that an example must have: code, line from 1, columns from 0."""

    code: str
    line: int
    start: int
    stop: int


@dataclass(frozen=True)
class Example:
    """One program of a rule's page."""

    rule: ModuleType
    title: str
    text: str
    expected: tuple[Expected, ...]

    @property
    def name(self) -> str:
        """How pytest shows it."""
        return f"{self.rule.RULE.code}-{self.title.lower().replace(' ', '-')}"


def examples(rule: ModuleType) -> list[Example]:
    """All programs of a rule's page, in order."""
    page = inspect.cleandoc(rule.__doc__ or "")
    found = []
    for section in _SECTION.finditer(page):
        for block in _BLOCK.findall(section["body"]):
            lines: list[str] = []
            expected = []
            for line in block.split("\n"):
                mark = _MARK.match(line)
                if mark is None:
                    lines.append(line)
                else:
                    expected.append(Expected(mark[2], len(lines), mark.start(1), mark.end(1)))
            found.append(Example(rule, section["title"], "\n".join(lines), tuple(expected)))
    return found
