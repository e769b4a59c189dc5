"""What a function may change when code that cannot be seen calls it: names it rebinds, objects it writes to.

A callback is handed to a thread, to ``DataFrame.apply`` or to a decorator, and runs there at some time or never. What
it reads stays known; what it writes may be anything from there on.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import libcst as cst

_WRITING_METHODS = frozenset(
    {
        "append", "extend", "insert", "pop", "remove", "clear", "update", "add", "discard", "setdefault", "popitem",
        "sort", "reverse", "put", "appendleft", "extendleft", "fill", "resize", "compile", "build", "set_weights",
    }
)  # fmt: skip


_SETTERS = frozenset(
    {
        "set_image_data_format", "set_image_dim_ordering", "set_floatx", "set_epsilon", "set_global_policy",
        "set_dtype_policy", "set_policy",
    }
)  # fmt: skip
"""Functions that change a setting of Keras (``interp/settings.py``)."""


@dataclass(slots=True)
class Effects:
    """Names that a function declares ``global`` or ``nonlocal``, those whose objects it writes, those that it calls."""

    rebound: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)
    settings: bool = False


class _Finder(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found = Effects()

    def _target(self, target: cst.CSTNode) -> None:
        if isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._target(element.value)
        elif isinstance(target, (cst.Attribute, cst.Subscript)):
            self._write(target.value)

    def _write(self, node: cst.BaseExpression) -> None:
        while isinstance(node, (cst.Attribute, cst.Subscript)):
            node = node.value
        if isinstance(node, cst.Name):
            self.found.written.add(node.value)

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:  # noqa: N802
        self._target(node.target)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:  # noqa: N802
        self._target(node.target)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:  # noqa: N802
        self._target(node.target)
        if isinstance(node.target, cst.Name):
            self.found.written.add(node.target.value)

    def visit_Global(self, node: cst.Global) -> None:  # noqa: N802
        self.found.rebound.update(item.name.value for item in node.names)

    def visit_Nonlocal(self, node: cst.Nonlocal) -> None:  # noqa: N802
        self.found.rebound.update(item.name.value for item in node.names)

    def visit_Call(self, node: cst.Call) -> None:  # noqa: N802
        called = node.func
        if isinstance(called, cst.Name):
            self.found.called.add(called.value)
            if called.value in {"setattr", "delattr"} and node.args:
                self._write(node.args[0].value)
            self.found.settings = self.found.settings or called.value in _SETTERS
        elif isinstance(called, cst.Attribute):
            if called.attr.value in _WRITING_METHODS:
                self._write(called.value)
            self.found.settings = self.found.settings or called.attr.value in _SETTERS


@functools.lru_cache(maxsize=256)
def effects_of(body: cst.BaseSuite | cst.BaseExpression) -> Effects:
    """What the body of a function may change; its own local names are among them, and mean nothing outside."""
    finder = _Finder()
    body.visit(finder)
    return finder.found
