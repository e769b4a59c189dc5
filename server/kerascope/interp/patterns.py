"""Patterns of ``match``: whether one fits a value, and what it captures."""

from __future__ import annotations

import libcst as cst

from kerascope.domain.shapes import UNKNOWN, Tri
from kerascope.interp.machine import Machine
from kerascope.interp.values import DictObject, Value, is_constant


def matches(machine: Machine, pattern: cst.MatchPattern, value: Value) -> Tri:
    """Whether ``pattern`` fits ``value``; only patterns of constants, sequences and keys can be told."""
    if isinstance(pattern, cst.MatchAs):
        return Tri.YES if pattern.pattern is None else matches(machine, pattern.pattern, value)
    if isinstance(pattern, cst.MatchOr):
        return _any([matches(machine, element.pattern, value) for element in pattern.patterns])
    if isinstance(pattern, (cst.MatchValue, cst.MatchSingleton)):
        wanted = machine.evaluate(pattern.value)
        if not (is_constant(wanted) and is_constant(value)):
            return Tri.UNKNOWN
        if isinstance(pattern, cst.MatchSingleton):
            return Tri.YES if wanted is value else Tri.NO
        return Tri.YES if wanted == value else Tri.NO
    if isinstance(pattern, cst.MatchSequence):
        return _sequence(machine, pattern, value)
    if isinstance(pattern, cst.MatchMapping):
        return _mapping(machine, pattern, value)
    return Tri.UNKNOWN


def _any(verdicts: list[Tri]) -> Tri:
    if Tri.YES in verdicts:
        return Tri.YES
    return Tri.UNKNOWN if Tri.UNKNOWN in verdicts else Tri.NO


def _all(verdicts: list[Tri]) -> Tri:
    if Tri.NO in verdicts:
        return Tri.NO
    return Tri.UNKNOWN if Tri.UNKNOWN in verdicts else Tri.YES


def _sequence(machine: Machine, pattern: cst.MatchSequence, value: Value) -> Tri:
    if isinstance(value, (str, bytes, int, float)) or value is None:
        return Tri.NO
    items = machine.sequence(value)
    parts = [element for element in pattern.patterns if isinstance(element, cst.MatchSequenceElement)]
    if items is None or len(parts) != len(pattern.patterns):
        return Tri.UNKNOWN
    if len(items) != len(parts):
        return Tri.NO
    return _all([matches(machine, part.value, item) for part, item in zip(parts, items, strict=True)])


def _mapping(machine: Machine, pattern: cst.MatchMapping, value: Value) -> Tri:
    thing = machine.thing(value)
    if is_constant(value):
        return Tri.NO
    if not isinstance(thing, DictObject):
        return Tri.UNKNOWN
    verdicts = []
    for element in pattern.elements:
        key = machine.evaluate(element.key)
        if not is_constant(key) or (key not in thing.items and not thing.exact):
            verdicts.append(Tri.UNKNOWN)
        else:
            found = key in thing.items
            verdicts.append(matches(machine, element.pattern, thing.items[key]) if found else Tri.NO)
    return _all(verdicts)


def capture(machine: Machine, pattern: cst.MatchPattern, value: Value) -> None:
    """Binds the names in a pattern that fits ``value``."""
    if isinstance(pattern, cst.MatchAs):
        if pattern.pattern is not None:
            capture(machine, pattern.pattern, value)
        if pattern.name is not None:
            machine.bind(pattern.name.value, value)
        return
    items = machine.sequence(value)
    if isinstance(pattern, cst.MatchSequence) and items is not None and len(items) == len(pattern.patterns):
        for element, item in zip(pattern.patterns, items, strict=True):
            if isinstance(element, cst.MatchSequenceElement):
                capture(machine, element.value, item)
            else:
                _forget(machine, element)
        return
    thing = machine.thing(value)
    if isinstance(pattern, cst.MatchMapping) and isinstance(thing, DictObject) and pattern.rest is None:
        for entry in pattern.elements:
            key = machine.evaluate(entry.key)
            capture(machine, entry.pattern, thing.items.get(key, UNKNOWN) if is_constant(key) else UNKNOWN)
        return
    _forget(machine, pattern)


def _forget(machine: Machine, node: cst.CSTNode) -> None:
    """The names that a pattern captures hold something unknown."""
    for child in node.children:
        _forget(machine, child)
    if isinstance(node, (cst.MatchAs, cst.MatchStar)) and node.name is not None:
        machine.bind(node.name.value, UNKNOWN)
    if isinstance(node, cst.MatchMapping) and node.rest is not None:
        machine.bind(node.rest.value, UNKNOWN)
