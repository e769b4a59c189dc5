"""Conditions under which a program runs a line only where it knows that the line can run."""

from __future__ import annotations

import re

import libcst as cst

from kerascope.syntax.edits import parents, text_of
from kerascope.syntax.units import Site

_ASKS = re.compile(
    r"version|hasattr|getattr|find_spec|\bis_keras|\bKERAS_?[123]\b|\bTF_?[12]\b", re.IGNORECASE
)
"""What a test asks for that chooses between releases of a library."""


def chosen_by_release(site: Site) -> bool:
    """Whether a place lies under an ``if``, or in a choice, that asks for a version or for an attribute."""
    inner: cst.CSTNode = site.node
    for node in parents(site):
        is_test = isinstance(node, (cst.If, cst.IfExp)) and node.test is inner
        if isinstance(node, (cst.If, cst.IfExp)) and not is_test and _ASKS.search(_text(site, node.test)):
            return True
        inner = node
    return False


def expected_to_raise(site: Site, *names: str) -> bool:
    """Whether a place lies in a ``try``, or in what follows its failure, that reckons with one of these exceptions."""
    for node in parents(site):
        if isinstance(node, (cst.Try, cst.TryStar)) and any(
            handler.type is None or any(name in _text(site, handler.type) for name in (*names, "Exception"))
            for handler in node.handlers
        ):
            return True
    return False


def _text(site: Site, node: cst.CSTNode) -> str:
    return text_of(Site(site.unit, node))
