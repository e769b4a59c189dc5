"""How deep an expression is nested, told without parsing it.

libcst's parser takes time in the square of the depth, and some thousand nested brackets end the process; text as deep
as that is written by no person and is not parsed at all.
"""

from __future__ import annotations

import re

from kerascope.text.scan import REST_OF_STRING, logical_lines

DEEPEST = 250
_SHORTEST_SUSPECT = 400
_TOKEN = re.compile(
    r"""(?P<triple>\"\"\"|''')|(?P<quote>["'])|(?P<comment>\#[^\r\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])"""
    r"""|(?P<reset>[,;:])|(?P<link>\*\*|//|<<|>>|[.+\-*/%@&|^~<>=]|\b(?:not|and|or|if|else|lambda|await|in|is)\b)"""
)


def too_deep(text: str) -> bool:
    """Whether some expression of ``text`` is nested deeper than ``DEEPEST``, by an estimate from above.

    A link of a chain (an operator, a dot, a call) makes a level, and so does a bracket; a comma ends a chain.
    """
    return any(
        line.stop - line.start > _SHORTEST_SUSPECT and _line_too_deep(text, line.start, line.stop)
        for line in logical_lines(text)
    )


def _line_too_deep(text: str, position: int, stop: int) -> bool:
    chains = [0]
    depth = 0
    while position < stop:
        match = _TOKEN.search(text, position, stop)
        if match is None:
            return False
        kind = match.lastgroup
        position = match.end()
        if kind in ("triple", "quote"):
            rest = REST_OF_STRING[match.group()].match(text, position)
            position = rest.end() if rest is not None else stop
        elif kind == "open":
            chains[-1] += 1
            chains.append(0)
            depth += 1
        elif kind == "close" and len(chains) > 1:
            depth -= chains.pop()
        elif kind == "reset":
            depth -= chains[-1]
            chains[-1] = 0
        elif kind == "link":
            chains[-1] += 1
            depth += 1
        if depth > DEEPEST:
            return True
    return False
