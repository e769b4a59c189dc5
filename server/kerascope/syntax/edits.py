"""Edits of a program's text that leave everything else as it is."""

from __future__ import annotations

import libcst as cst

from kerascope.findings import Edit
from kerascope.syntax.units import Site
from kerascope.text.source import Span


def text_of(site: Site) -> str:
    """The program's text at a place."""
    span = site.unit.tree.spans[site.node]
    return site.unit.tree.text[span.start : span.stop]


def replace(site: Site, text: str) -> Edit:
    """Puts ``text`` in the place of a node."""
    return Edit(site.span, text)


def is_string(site: Site | None) -> bool:
    """Whether a plain string literal stands there."""
    return site is not None and isinstance(site.node, cst.SimpleString)


def is_call(site: Site) -> bool:
    """Whether a call stands there."""
    return isinstance(site.node, cst.Call)


def quoted_like(site: Site, value: str) -> str:
    """``value`` as a string literal in the quotes that the program uses there."""
    if isinstance(site.node, cst.SimpleString):
        return f"{site.node.quote}{value}{site.node.quote}"
    double = site.unit.tree.text.count('"') >= site.unit.tree.text.count("'")
    return f'"{value}"' if double else f"'{value}'"


def argument(call: Site, keyword: str) -> Site | None:
    """The whole ``keyword=value`` of a call."""
    if isinstance(call.node, cst.Call):
        for item in call.node.args:
            if item.keyword is not None and item.keyword.value == keyword:
                return Site(call.unit, item)
    return None


def add_argument(call: Site, text: str) -> Edit | None:
    """Adds ``text`` as the last argument of a call."""
    node = call.node
    if not isinstance(node, cst.Call):
        return None
    unit = call.unit
    if not node.args:
        start = unit.span(node.func).stop
        opening = unit.tree.text.index("(", start - unit.origin) + unit.origin
        return Edit(Span(opening + 1, opening + 1), text)
    last = node.args[-1]
    if isinstance(last.value, cst.GeneratorExp) and not last.value.lpar:
        return None  # a generator needs brackets of its own beside another argument
    if last.star == "**":
        start = unit.span(last).start
        return Edit(Span(start, start), f"{text}, ")
    stop = unit.span(last.value).stop
    return Edit(Span(stop, stop), f", {text}")


def remove_argument(call: Site, keyword: str) -> Edit | None:
    """Takes ``keyword=…`` out of a call, with the comma that goes with it."""
    node = call.node
    if not isinstance(node, cst.Call):
        return None
    unit, text = call.unit, call.unit.tree.text
    for index, item in enumerate(node.args):
        if item.keyword is None or item.keyword.value != keyword:
            continue
        start, stop = unit.span(item).start, unit.span(item.value).stop
        if index + 1 < len(node.args):
            return Edit(Span(start, unit.span(node.args[index + 1]).start), "")
        if index > 0:
            before = unit.span(node.args[index - 1].value).stop
            if "#" not in text[before - unit.origin : start - unit.origin]:
                return Edit(Span(before, stop), "")
        return Edit(
            Span(start, unit.span(item.comma).stop if isinstance(item.comma, cst.Comma) else stop), ""
        )
    return None


def append_to_tuple(site: Site, text: str) -> Edit | None:
    """Adds an element to a tuple or list literal."""
    node = site.node
    if not isinstance(node, (cst.Tuple, cst.List)) or not node.elements:
        return None
    last = node.elements[-1]
    stop = site.unit.span(last.value).stop
    if isinstance(last.comma, cst.Comma) and len(node.elements) == 1:
        # The comma that makes a tuple of one element would be a trailing one: it moves between the two.
        comma = site.unit.span(last.comma)
        if comma.start == stop:
            return Edit(Span(stop, comma.stop), f", {text}")
    return Edit(Span(stop, stop), f", {text}")


def insert_element_before(element: Site, text: str) -> Edit:
    """Puts a new element before one of a list, on a line of its own where the list has a line for each."""
    start = element.span.start
    local = start - element.unit.origin
    line = element.unit.tree.text.rfind("\n", 0, local) + 1
    margin = element.unit.tree.text[line:local]
    separator = "\n" + margin if margin.strip() == "" and line > 0 else " "
    return Edit(Span(start, start), f"{text},{separator}")


def statement_start(site: Site) -> tuple[int, str] | None:
    """Where the line of the statement at ``site`` begins, and its indentation; ``None`` if it shares its line."""
    statement = next((node for node in parents(site) if isinstance(node, cst.BaseStatement)), None)
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) > 1:
        return None
    text = site.unit.tree.text
    local = site.unit.span(statement).start - site.unit.origin
    line = text.rfind("\n", 0, local) + 1
    return line + site.unit.origin, text[line:local]


def parents(site: Site) -> list[cst.CSTNode]:
    """The nodes around a place, innermost first. A place is code: nothing is around a bracket or a comma."""
    around = site.unit.tree.parents
    path: list[cst.CSTNode] = []
    node = around.get(site.node)
    while node is not None:
        path.append(node)
        node = around.get(node)
    return path


def insert_in_stack(layer: Site, text: str) -> Edit | None:
    """Puts a layer before another in a Sequential: before it in the list, or with an ``add`` of its own."""
    around = parents(layer)
    if around and isinstance(around[0], cst.Element):
        return insert_element_before(layer, text)
    added = around[1] if len(around) > 1 and isinstance(around[0], cst.Arg) else None
    if not isinstance(added, cst.Call) or not isinstance(added.func, cst.Attribute):
        return None
    start = statement_start(Site(layer.unit, added))
    if added.func.attr.value != "add" or start is None:
        return None
    owner = text_of(Site(layer.unit, added.func.value))
    return Edit(Span(start[0], start[0]), f"{start[1]}{owner}.add({text})\n")
