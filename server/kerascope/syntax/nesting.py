"""Which nodes lie in which, without the white space between them.

``children`` of libcst runs a visitor over a node, a hundred times as slow as looking at its fields.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping

import libcst as cst

_TRIVIA = (
    "whitespace", "leading_lines", "lines_after", "trailing_whitespace", "header", "footer", "comma", "equal",
    "semicolon", "lpar", "rpar", "dot", "colon", "indent", "newline", "encoding", "default_", "has_trailing",
)  # fmt: skip
"""How fields begin that hold white space, comments, brackets and commas, or no node at all."""


@functools.cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    names = (field.name for field in dataclasses.fields(kind))
    return tuple(name for name in names if not name.startswith(_TRIVIA))


def inner_nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The nodes right inside another that are code: no brackets, commas or white space."""
    for name in _fields(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, (tuple, list)):
            for part in value:
                if isinstance(part, cst.CSTNode):
                    yield part


def parents_in(module: cst.Module) -> Mapping[cst.CSTNode, cst.CSTNode]:
    """The node around each node of a tree."""
    around: dict[cst.CSTNode, cst.CSTNode] = {}
    pending: list[cst.CSTNode] = [module]
    while pending:
        node = pending.pop()
        for inner in inner_nodes(node):
            around[inner] = node
            pending.append(inner)
    return around
