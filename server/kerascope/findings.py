"""What the tool has to say: findings, their severity, and the fixes that they carry. Plain data."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal, TypeAlias

from kerascope.text.source import Span


class Severity(enum.Enum):
    """How serious a finding is; the members are ordered from worst to mildest."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"
    HINT = "hint"

    @property
    def rank(self) -> int:
        """0 for an error, 3 for a hint."""
        return _SEVERITY_ORDER[self]


_SEVERITY_ORDER = {severity: index for index, severity in enumerate(Severity)}

Certainty: TypeAlias = Literal["definite", "possible"]
Applicability: TypeAlias = Literal["safe", "unsafe", "display"]


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the text of ``span`` by ``text``."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """One way to mend a finding. The first one that a rule offers is the preferred one."""

    title: str
    edits: tuple[Edit, ...]
    applicability: Applicability


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that the finding speaks of; ``path`` is ``None`` for the same file."""

    message: str
    span: Span
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What real Keras said when it was asked: its version, the stage at which it raised, its own message, one line."""

    keras: str
    stage: Literal["build", "compile", "fit"]
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that real Keras refuses, or that will not work as meant; spans are offsets in the file."""

    code: str
    name: str
    severity: Severity
    certainty: Certainty
    message: str
    span: Span
    related: tuple[Related, ...] = ()
    fixes: tuple[Fix, ...] = ()
    tags: tuple[Literal["unnecessary", "deprecated"], ...] = ()
    verified: Verified | None = None
