"""Which statement a place belongs to."""

from __future__ import annotations

import libcst as cst

from kerascope.syntax.units import Unit

_HOLD_STATEMENTS = (
    cst.Module,
    cst.BaseCompoundStatement,
    cst.IndentedBlock,
    cst.Else,
    cst.Finally,
    cst.ExceptHandler,
    cst.ExceptStarHandler,
    cst.MatchCase,
)


def statement_start_offset(unit: Unit, offset: int) -> int:
    """Where the innermost simple statement around ``offset`` begins, or the compound statement's header."""
    best = unit.origin
    for node in _statements(unit.tree.module):
        span = unit.span(node)
        if span.start <= offset < span.stop:
            best = max(best, span.start)
    return best


def _statements(node: cst.CSTNode) -> list[cst.CSTNode]:
    found: list[cst.CSTNode] = []
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            found.append(current)
        if isinstance(current, _HOLD_STATEMENTS):
            pending += current.children
    return found
