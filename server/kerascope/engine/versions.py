"""Which Keras the analysis assumes for a file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kerascope.interp.imports import LEGACY_ROOTS
from kerascope.text.source import Source

NEWEST = "3.15.1"
"""The newest Keras that the catalogue was held against; assumed where nothing else is known."""


@dataclass(frozen=True, slots=True)
class KerasVersion:
    """A version as it was asked for or found: ``2``, ``3``, or exact like ``3.3.3``."""

    text: str

    @property
    def major(self) -> int:
        """2 or 3."""
        return 2 if self.text.split(".")[0] in {"1", "2"} else 3


_VERSION = re.compile(r"\d+(?:\.\d+)*(?:[abrc.dev+\w]*)?")
_LEGACY_IMPORT = re.compile(
    r"^[ \t]*(?:import|from)[ \t]+(?:" + "|".join(re.escape(root) for root in LEGACY_ROOTS) + r")\b",
    re.MULTILINE,
)
_LEGACY_SWITCH = re.compile(
    r"""["']TF_USE_LEGACY_KERAS["'][ \t]*\]?[ \t]*(?:=(?!=)|,|:)[ \t]*(?:str\()?["']?(?:1|[Tt]rue)"""
)
"""``os.environ[…] = "1"``, ``os.environ.setdefault(…, "1")``, ``os.environ.update({…: "1"})``."""
_NEW_IMPORT = re.compile(r"^[ \t]*(?:import[ \t]+keras\b|from[ \t]+keras\b)", re.MULTILINE)


def parse_version(text: str) -> KerasVersion:
    """Reads an option's value. Raises ``ValueError`` for what is no version of Keras 2 or 3."""
    text = text.strip()
    if not _VERSION.fullmatch(text) or text.split(".")[0] not in {"2", "3"}:
        raise ValueError(f"{text!r} is no Keras version; write 2, 3, or an exact one such as {NEWEST}")
    return KerasVersion(NEWEST if text == "3" else text)


def version_for(source: Source, chosen: KerasVersion | None, found: KerasVersion | None) -> KerasVersion:
    """The Keras of one file: Keras 2 where the file itself asks for the legacy Keras, else what was chosen or found."""
    text = source.text
    if any(root in text for root in LEGACY_ROOTS) or "TF_USE_LEGACY_KERAS" in text:
        legacy = _LEGACY_IMPORT.search(text) is not None or _LEGACY_SWITCH.search(text) is not None
        if legacy and _NEW_IMPORT.search(text) is None:
            return chosen if chosen is not None and chosen.major == 2 else KerasVersion("2")
    return chosen or found or KerasVersion(NEWEST)
