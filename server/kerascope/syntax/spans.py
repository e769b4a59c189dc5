"""Where each node of a libcst tree stands, as offsets.

libcst nodes hold no positions; writing a tree out again gives them. That costs about as much as parsing, so it
is done per unit and only for units in which something is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import libcst as cst
from libcst._nodes.internal import CodegenState

from kerascope.text.source import Span

if TYPE_CHECKING:
    from types import TracebackType


class _OffsetState(CodegenState):
    """Counts code points while a tree is written out, and notes where each node begins and ends.

    A node's own span leaves out the white space and comments around it, as ``record_syntactic_position``
    says it. An expression's own brackets belong to it: ``(28, 28)`` is the tuple.
    """

    __slots__ = ("_starts", "offset", "spans")

    def __init__(self, default_indent: str, default_newline: str) -> None:
        super().__init__(default_indent=default_indent, default_newline=default_newline)
        self.offset = 0
        self.spans: dict[cst.CSTNode, Span] = {}
        self._starts: list[int] = []

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.offset += len(token)

    def add_token(self, value: str) -> None:
        self.offset += len(value)

    def before_codegen(self, node: cst.CSTNode) -> None:
        self._starts.append(self.offset)

    def after_codegen(self, node: cst.CSTNode) -> None:
        start = self._starts.pop()
        if node not in self.spans or _has_brackets(node):
            self.spans[node] = Span(start, self.offset)

    def record_syntactic_position(  # type: ignore[override]
        self,
        node: cst.CSTNode,
        *,
        start_node: cst.CSTNode | None = None,
        end_node: cst.CSTNode | None = None,
    ) -> _Recorded:
        return _Recorded(self, node, start_node, end_node)


def _has_brackets(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.BaseExpression) and bool(node.lpar)


class _Recorded:
    """Notes a node's span when its block ends. A class, for ``contextmanager`` would take half of the time."""

    __slots__ = ("end_node", "node", "start", "start_node", "state")

    def __init__(
        self,
        state: _OffsetState,
        node: cst.CSTNode,
        start_node: cst.CSTNode | None,
        end_node: cst.CSTNode | None,
    ) -> None:
        self.state = state
        self.node = node
        self.start_node = start_node
        self.end_node = end_node
        self.start = state.offset

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        spans = self.state.spans
        start = spans[self.start_node].start if self.start_node is not None else self.start
        stop = spans[self.end_node].stop if self.end_node is not None else self.state.offset
        spans[self.node] = Span(start, stop)


def node_spans(module: cst.Module) -> Mapping[cst.CSTNode, Span]:
    """The span of every node of ``module``, relative to its beginning."""
    state = _OffsetState(module.default_indent, module.default_newline)
    module._codegen(state)
    return state.spans
