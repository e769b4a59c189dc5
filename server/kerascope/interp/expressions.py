"""Expressions: what they may be worth."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from kerascope.domain.shapes import UNKNOWN, Tri
from kerascope.domain.specs import Symbol
from kerascope.graph.nodes import Access, Layer, Model
from kerascope.interp.builtins import BUILTINS, transposed
from kerascope.interp.comprehensions import (
    dict_comprehension,
    generator,
    list_comprehension,
    set_comprehension,
)
from kerascope.interp.imports import star_member
from kerascope.interp.items import fitted, item_of, items_of, subscript_key
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.objects import get_attribute
from kerascope.interp.operators import binary, compare, unary
from kerascope.interp.sets import make_set
from kerascope.interp.state import Binding, State, merge
from kerascope.interp.values import (
    DictObject,
    Function,
    InstanceObject,
    ListObject,
    Ref,
    Value,
    is_constant,
    is_text,
    join,
)
from kerascope.libraries.base import SOME_TEXT
from kerascope.syntax.units import Site

MOST_YIELDS = 64
"""How many values of one generator are looked at."""


def evaluate(machine: Machine, node: cst.BaseExpression) -> Value:
    """The value of an expression."""
    machine.tick()
    handler = _HANDLERS.get(type(node))
    return UNKNOWN if handler is None else handler(machine, node)


# --- Names and constants ------------------------------------------------------------------------------------


def _name(machine: Machine, node: cst.Name) -> Value:
    name = node.value
    if name in machine.unit.hole_names:
        binding = machine.binding(name)
        return binding.value if binding is not None and isinstance(binding.value, Symbol) else UNKNOWN
    binding = machine.binding(name)
    if binding is not None:
        machine.note_data(node, binding.value)
        return binding.value
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    if name == "__name__":
        # What a module does only when it is run itself, it does not do when it is imported.
        return "imported" if machine.imported else "__main__"
    frame: int | None = machine.frame
    while frame is not None:
        for module in reversed(machine.brought(frame)):
            member = star_member(module, name)
            if member is not None:
                return Symbol(member)
        frame = machine.parents.get(frame)
    if name in BUILTINS:
        return Symbol(f"builtins.{name}")
    return UNKNOWN


_CONSTANTS: dict[str, Any] = {"True": True, "False": False, "None": None}


@functools.lru_cache(maxsize=4096)
def _literal(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError):
        return UNKNOWN


def _number(machine: Machine, node: cst.Integer | cst.Float | cst.Imaginary) -> Value:
    return _literal(node.value)


def _string(machine: Machine, node: cst.SimpleString) -> Value:
    return _literal(node.value)


def _joined_string(machine: Machine, node: cst.ConcatenatedString) -> Value:
    left, right = machine.evaluate(node.left), machine.evaluate(node.right)
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    return SOME_TEXT if is_text(left) and is_text(right) else UNKNOWN


def _formatted(machine: Machine, node: cst.FormattedString) -> Value:
    pieces: list[str] = []
    for part in node.parts:
        if isinstance(part, cst.FormattedStringText) and "\\" in part.value and "r" not in node.start.lower():
            return SOME_TEXT
        if isinstance(part, cst.FormattedStringText):
            pieces.append(part.value.replace("{{", "{").replace("}}", "}"))
            continue
        if not isinstance(part, cst.FormattedStringExpression) or part.equal is not None:
            return SOME_TEXT
        value = machine.evaluate(part.expression)
        layout = _layout(part.format_spec)
        if layout is None or part.conversion or not is_constant(value) or len(layout) > _MOST_LAYOUT:
            return SOME_TEXT
        try:
            pieces.append(format(value, layout))
        except (ValueError, TypeError, OverflowError):
            return SOME_TEXT
    return "".join(pieces)


_MOST_LAYOUT = 8
"""A layout longer than this may ask for a text that is longer than anybody wants to hold."""


def _layout(parts: Sequence[cst.BaseFormattedStringContent] | None) -> str | None:
    """What stands behind the colon of ``{width:02d}``; ``None`` where it is computed."""
    if not parts:
        return ""
    written = [part.value for part in parts if isinstance(part, cst.FormattedStringText)]
    return "".join(written) if len(written) == len(parts) else None


def _ellipsis(machine: Machine, node: cst.Ellipsis) -> Value:
    return ...


# --- Displays -----------------------------------------------------------------------------------------------


def _elements(machine: Machine, elements: Sequence[cst.BaseElement]) -> tuple[Value, ...] | None:
    values: list[Value] = []
    for element in elements:
        value = machine.evaluate(element.value)
        if isinstance(element, cst.StarredElement):
            items = items_of(machine, value)
            if items is None:
                return None
            values += items
        else:
            values.append(value)
    return tuple(values)


def _tuple(machine: Machine, node: cst.Tuple) -> Value:
    values = _elements(machine, node.elements)
    return UNKNOWN if values is None else values


def _list(machine: Machine, node: cst.List) -> Value:
    return machine.allocate(ListObject(_elements(machine, node.elements)))


def _set(machine: Machine, node: cst.Set) -> Value:
    return make_set(machine, _elements(machine, node.elements))


def _dict(machine: Machine, node: cst.Dict) -> Value:
    items: dict[Value, Value] = {}
    exact = True
    for element in node.elements:
        if isinstance(element, cst.DictElement):
            key, value = machine.evaluate(element.key), machine.evaluate(element.value)
            if is_constant(key):
                items[key] = value
            else:
                exact = False
        else:
            other = machine.thing(machine.evaluate(element.value))
            if isinstance(other, DictObject):
                items.update(other.items)
                exact = exact and other.exact
            else:
                items, exact = {}, False
    return machine.allocate(DictObject(items, exact))


def _subscript(machine: Machine, node: cst.Subscript) -> Value:
    value = machine.evaluate(node.value)
    key = fitted(machine, node.value, subscript_key(machine, node.slice))
    return item_of(machine, value, key, machine.site(node))


# --- Operators ----------------------------------------------------------------------------------------------


def _binary(machine: Machine, node: cst.BinaryOperation) -> Value:
    left = machine.evaluate(node.left)
    right = machine.evaluate(node.right)
    return binary(machine, type(node.operator).__name__, left, right, machine.site(node))


def _unary(machine: Machine, node: cst.UnaryOperation) -> Value:
    return unary(machine, type(node.operator).__name__, machine.evaluate(node.expression), machine.site(node))


def _boolean(machine: Machine, node: cst.BooleanOperation) -> Value:
    left = machine.evaluate(node.left)
    verdict = machine.truth(left)
    decisive = Tri.NO if isinstance(node.operator, cst.And) else Tri.YES
    if verdict is decisive:
        return left
    if verdict is not Tri.UNKNOWN:
        return machine.evaluate(node.right)
    return _either(machine, lambda: machine.evaluate(node.right), lambda: left)


def _comparison(machine: Machine, node: cst.Comparison) -> Value:
    left = machine.evaluate(node.left)
    result: Value = True
    for target in node.comparisons:
        right = machine.evaluate(target.comparator)
        outcome = compare(machine, type(target.operator).__name__, left, right, machine.site(node))
        verdict = machine.truth(outcome)
        if len(node.comparisons) == 1:
            return outcome
        if verdict is Tri.NO:
            return False
        if verdict is Tri.UNKNOWN:
            result = UNKNOWN
        left = right
    return result


def _either(machine: Machine, first: Callable[[], Value], second: Callable[[], Value]) -> Value:
    before = machine.state
    machine.state = before.fork()
    one = first()
    left: State = machine.state
    machine.state = before
    other = second()
    machine.state = merge(left, machine.state)
    return join(one, other)


def _conditional(machine: Machine, node: cst.IfExp) -> Value:
    verdict = machine.truth(machine.evaluate(node.test))
    if verdict is Tri.YES:
        return machine.evaluate(node.body)
    if verdict is Tri.NO:
        return machine.evaluate(node.orelse)
    return _either(machine, lambda: machine.evaluate(node.body), lambda: machine.evaluate(node.orelse))


def _named(machine: Machine, node: cst.NamedExpr) -> Value:
    value = machine.evaluate(node.value)
    if isinstance(node.target, cst.Name):
        machine.bind_around(node.target.value, value, machine.site(node.value))
    return value


# --- Attributes and calls -----------------------------------------------------------------------------------


def _attribute(machine: Machine, node: cst.Attribute) -> Value:
    owner = machine.evaluate(node.value)
    if isinstance(owner, Ref) and not machine.imported:
        thing = machine.state.heap.get(owner.address)
        if isinstance(thing, (Layer, Model)):
            machine.trace.accesses.append(
                Access(
                    thing,
                    node.attr.value,
                    machine.site(node),
                    certain=machine.uncertain == 0,
                    guarded=machine.guards > 0,
                )
            )
    return get_attribute(machine, owner, node.attr.value)


def origin_of(machine: Machine, node: cst.BaseExpression) -> Site | None:
    """Where the value of an argument was written, if that is elsewhere: the constant behind a name."""
    if isinstance(node, cst.Name):
        binding: Binding | None = machine.binding(node.value)
        return binding.origin if binding is not None else None
    return None


def _call(machine: Machine, node: cst.Call) -> Value:
    callee = machine.evaluate(node.func)
    positional: list[Given] = []
    keywords: dict[str, Given] = {}
    complete = True
    for argument in node.args:
        value = machine.evaluate(argument.value)
        given = Given(value, machine.site(argument.value), origin_of(machine, argument.value))
        if argument.star == "*":
            items = items_of(machine, value)
            if items is None and callee == _ZIP and len(node.args) == 1:
                return transposed(machine, value)
            if items is None:
                complete = False
            elif complete:
                positional += [Given(item, given.site) for item in items]
        elif argument.star == "**":
            thing = machine.thing(value)
            known = thing.items if isinstance(thing, DictObject) else {}
            keywords.update(
                {key: Given(item, given.site) for key, item in known.items() if isinstance(key, str)}
            )
            if (
                not isinstance(thing, DictObject)
                or not thing.exact
                or not all(isinstance(key, str) for key in known)
            ):
                complete = False
        elif argument.keyword is not None:
            keywords[argument.keyword.value] = given
        elif complete:
            positional.append(given)
    if (
        callee == _NEXT
        and positional
        and isinstance(node.args[0].value, cst.Name)
        and isinstance(positional[0].value, tuple)
    ):
        # An iterator, which stands for all that it gives: from here on it gives less.
        machine.bind(node.args[0].value.value, UNKNOWN)
    if callee is UNKNOWN and isinstance(node.func, cst.Attribute) and isinstance(node.func.value, cst.Name):
        _called_from_outside(machine, node.func.value.value)
    site = machine.site(node)
    if not machine.call_sites:
        _remember_names(machine, node, positional, keywords)
    return machine.call(callee, CallArguments(tuple(positional), keywords, complete), site)


_NEXT = Symbol("builtins.next")
_ZIP = Symbol("builtins.zip")


def _called_from_outside(machine: Machine, name: str) -> None:
    """A method that an object of the program has from a class that cannot be seen, and that may call its others."""
    binding = machine.binding(name)
    thing = machine.thing(binding.value) if binding is not None else None
    if binding is not None and isinstance(thing, InstanceObject) and thing.node is None:
        machine.havoc(binding.value)


def _remember_names(
    machine: Machine, node: cst.Call, positional: Sequence[Given], keywords: dict[str, Given]
) -> None:
    """Notes how the module names the objects that it hands to a call, for the summaries printed within."""
    machine.argument_sites.clear()
    for given in (*positional, *keywords.values()):
        if isinstance(given.value, Ref):
            machine.argument_sites[given.value.address] = given.site
    if isinstance(node.func, cst.Attribute):
        machine.argument_sites[-1] = machine.site(node.func.value)


# --- Functions and comprehensions ---------------------------------------------------------------------------


def _lambda(machine: Machine, node: cst.Lambda) -> Value:
    defaults = {
        parameter.name.value: machine.evaluate(parameter.default)
        for parameter in (*node.params.params, *node.params.kwonly_params)
        if parameter.default is not None
    }
    machine.capture()
    return Function("<lambda>", node.params, node.body, machine.unit, machine.frame, defaults)


def _await(machine: Machine, node: cst.Await) -> Value:
    machine.evaluate(node.expression)
    return UNKNOWN


def _yield(machine: Machine, node: cst.Yield) -> Value:
    if isinstance(node.value, cst.From):
        machine.evaluate(node.value.item)
    else:
        value = machine.evaluate(node.value) if node.value is not None else None
        if machine.yields is not None and len(machine.yields) < MOST_YIELDS:
            machine.yields.append(value)
    return UNKNOWN


def _starred(machine: Machine, node: cst.StarredElement) -> Value:
    return machine.evaluate(node.value)


_HANDLERS: dict[type, Callable[[Machine, Any], Value]] = {
    cst.Name: _name,
    cst.Integer: _number,
    cst.Float: _number,
    cst.Imaginary: _number,
    cst.SimpleString: _string,
    cst.ConcatenatedString: _joined_string,
    cst.FormattedString: _formatted,
    cst.Ellipsis: _ellipsis,
    cst.Tuple: _tuple,
    cst.List: _list,
    cst.Set: _set,
    cst.Dict: _dict,
    cst.Subscript: _subscript,
    cst.BinaryOperation: _binary,
    cst.UnaryOperation: _unary,
    cst.BooleanOperation: _boolean,
    cst.Comparison: _comparison,
    cst.IfExp: _conditional,
    cst.NamedExpr: _named,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.Lambda: _lambda,
    cst.ListComp: list_comprehension,
    cst.GeneratorExp: generator,
    cst.SetComp: set_comprehension,
    cst.DictComp: dict_comprehension,
    cst.Await: _await,
    cst.Yield: _yield,
    cst.StarredElement: _starred,
}
