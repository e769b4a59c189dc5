"""Comments that switch findings off: ``# kerascope: ignore[KC201]`` and ``# kerascope: ignore-file``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kerascope.text.scan import comments

_COMMENT = re.compile(
    r"[^\r\n]*?\bkerascope:[ \t]*(?P<verb>ignore-file|ignore)\b(?:\[(?P<codes>[^\]\r\n]*)\])?"
)

ALL = frozenset({""})
"""Every code: a code is suppressed by each of its prefixes, and the empty one is a prefix of all."""


@dataclass(frozen=True, slots=True)
class Suppressions:
    """``at`` maps the offset of each comment to the codes, or prefixes of codes, that it names."""

    whole_file: frozenset[str] = frozenset()
    at: Mapping[int, frozenset[str]] = field(default_factory=dict)


def find_suppressions(text: str) -> Suppressions:
    """All suppression comments of a program; a string that looks like one is none."""
    if "kerascope:" not in text:
        return Suppressions()
    whole_file: frozenset[str] = frozenset()
    at: dict[int, frozenset[str]] = {}
    for comment in comments(text):
        match = _COMMENT.match(text, *comment)
        if match is None:
            continue
        named = match.group("codes")
        codes = ALL if named is None else frozenset(code.strip() for code in named.split(",") if code.strip())
        if match.group("verb") == "ignore-file":
            whole_file |= codes
        else:
            at[match.start()] = codes
    return Suppressions(whole_file, at)
