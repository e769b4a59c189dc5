"""Operators on abstract values."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from kerascope.domain.shapes import UNKNOWN, Tri
from kerascope.domain.specs import ArraySpec, Column, Frame
from kerascope.graph.nodes import Tensor
from kerascope.interp.machine import Machine
from kerascope.interp.sets import combined
from kerascope.interp.tensor_operations import operate
from kerascope.interp.texts import text_operation
from kerascope.interp.values import (
    ListObject,
    OneOf,
    SetObject,
    Value,
    is_constant,
    is_text,
    is_whole,
    join,
    open_list,
    same,
)
from kerascope.libraries.arithmetic import binary as binary_arrays
from kerascope.libraries.frames import operated
from kerascope.syntax.units import Site

_BINARY: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "Add": ("+", operator.add),
    "Subtract": ("-", operator.sub),
    "Multiply": ("*", operator.mul),
    "Divide": ("/", operator.truediv),
    "FloorDivide": ("//", operator.floordiv),
    "Modulo": ("%", operator.mod),
    "Power": ("**", operator.pow),
    "LeftShift": ("<<", operator.lshift),
    "RightShift": (">>", operator.rshift),
    "BitAnd": ("&", operator.and_),
    "BitOr": ("|", operator.or_),
    "BitXor": ("^", operator.xor),
    "MatrixMultiply": ("@", operator.matmul),
}
_COMPARISONS: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "Equal": ("==", operator.eq),
    "NotEqual": ("!=", operator.ne),
    "LessThan": ("<", operator.lt),
    "LessThanEqual": ("<=", operator.le),
    "GreaterThan": (">", operator.gt),
    "GreaterThanEqual": (">=", operator.ge),
}
_METHODS = {
    "+": "add", "-": "sub", "*": "mul", "/": "truediv", "//": "floordiv", "%": "mod", "**": "pow", "@": "matmul",
    "&": "and", "|": "or", "^": "xor", "<<": "lshift", ">>": "rshift",
    "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
}  # fmt: skip
_UNARY_METHODS = {"Minus": "__neg__", "BitInvert": "__invert__"}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_MOST_BITS = 4096
_MOST_LENGTH = 4096


def _spread(function: Callable[[Value, Value], Value], left: Value, right: Value) -> Value:
    """``function`` over every pair of alternatives."""
    lefts = left.alternatives if isinstance(left, OneOf) else (left,)
    rights = right.alternatives if isinstance(right, OneOf) else (right,)
    results = [function(a, b) for a in lefts for b in rights]
    joined = results[0]
    for result in results[1:]:
        joined = join(joined, result)
    return joined


def binary(machine: Machine, name: str, left: Value, right: Value, site: Site) -> Value:
    """``left OPERATOR right``; ``name`` is libcst's word for the operator."""
    if isinstance(left, OneOf) or isinstance(right, OneOf):
        return _spread(lambda a, b: binary(machine, name, a, b, site), left, right)
    sign, function = _BINARY.get(name, ("", None))
    if function is None:
        return UNKNOWN
    if (is_text(left) or is_text(right)) and not (is_constant(left) and is_constant(right)):
        made = text_operation(sign, left, right)
        if made is not UNKNOWN or all(is_text(value) or is_constant(value) for value in (left, right)):
            return made
    if isinstance(left, Tensor):
        return operate(machine, f"__{_METHODS[sign]}__", (left, right), site)
    if isinstance(right, Tensor):
        return operate(machine, f"__r{_METHODS[sign]}__", (right, left), site)
    if isinstance(left, (Frame, Column)) or isinstance(right, (Frame, Column)):
        return operated(sign, machine.plain(left), machine.plain(right))
    if sign == "*" and (is_whole(left) or is_whole(right)):
        repeated = machine.thing(left) or machine.thing(right)
        if isinstance(repeated, ListObject):
            return _lists(machine, sign, repeated, right if is_whole(right) else left)
        if (
            isinstance(left, tuple | ArraySpec)
            and isinstance(right, tuple | ArraySpec)
            and tuple in (type(left), type(right))
        ):
            return UNKNOWN  # a tuple of any length
    if isinstance(left, ArraySpec) or isinstance(right, ArraySpec):
        return _symbolic(sign, left, right, binary_arrays(sign, machine.data(left), machine.data(right)))
    one, other = machine.thing(left), machine.thing(right)
    if isinstance(one, ListObject) or isinstance(other, ListObject):
        return _lists(machine, sign, one or left, other or right)
    if isinstance(one, SetObject) and isinstance(other, SetObject) and sign in "-&|^":
        return combined(machine, sign, one, other)
    if isinstance(left, tuple) and isinstance(right, tuple) and sign == "+":
        return left + right
    if (
        isinstance(left, tuple)
        and isinstance(right, int)
        and sign == "*"
        and abs(right) <= _MOST_LENGTH
        and len(left) * right <= _MOST_LENGTH
    ):
        return left * right
    if not is_constant(left) or not is_constant(right) or _too_large(sign, left, right):
        return UNKNOWN
    try:
        return function(left, right)
    except (TypeError, ValueError, ArithmeticError, MemoryError):
        return UNKNOWN


def _symbolic(sign: str, left: Value, right: Value, made: ArraySpec) -> ArraySpec:
    """What a number is made of that a constant was added to, or taken from."""
    if sign == "+" and type(left) is int:
        left, right = right, left
    if sign not in "+-" or type(right) is not int or not isinstance(left, ArraySpec) or left.symbolic is None:
        return made
    return made.standing_for(left.symbolic.shifted(right if sign == "+" else -right))


def _too_large(sign: str, left: Any, right: Any) -> bool:
    """Whether computing it could take long or fill the memory; the server must not."""
    if sign == "**":
        return not (
            isinstance(left, (int, float)) and isinstance(right, (int, float)) and abs(right) <= 1024
        ) or (
            isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > _MOST_BITS
        )
    if sign == "<<":
        return not isinstance(right, int) or right > _MOST_BITS
    if sign == "*":
        for text, count in ((left, right), (right, left)):
            if isinstance(text, (str, bytes, tuple)):
                return not isinstance(count, int) or len(text) * count > _MOST_LENGTH
        if isinstance(left, int) and isinstance(right, int):
            return left.bit_length() + right.bit_length() > _MOST_BITS
    return sign == "%" and isinstance(left, (str, bytes)) and not isinstance(right, (str, int, float, tuple))


def _lists(machine: Machine, sign: str, left: Any, right: Any) -> Value:
    if sign == "+" and isinstance(left, ListObject) and isinstance(right, ListObject):
        if left.items is None or right.items is None:
            return machine.allocate(open_list((*left.covered, *right.covered)))
        return machine.allocate(ListObject((*left.items, *right.items)))
    if isinstance(right, ListObject):
        left, right = right, left
    items = left.items if isinstance(left, ListObject) else None
    short = isinstance(right, int) and abs(right) <= _MOST_LENGTH and len(items or ()) * right <= _MOST_LENGTH
    if sign == "*" and items is not None and short:
        return machine.allocate(ListObject(items * right))
    if sign == "*" and isinstance(left, ListObject) and is_whole(right):
        return machine.allocate(open_list(left.covered))
    return machine.allocate(ListObject(None))


def unary(machine: Machine, name: str, value: Value, site: Site) -> Value:
    """``OPERATOR value``."""
    if name == "Not":
        verdict = machine.truth(value)
        return UNKNOWN if verdict is Tri.UNKNOWN else verdict is Tri.NO
    if isinstance(value, OneOf):
        return _spread(lambda a, _: unary(machine, name, a, site), value, None)
    if isinstance(value, ArraySpec) and name == "Minus":
        return binary_arrays("*", value, -1)
    if isinstance(value, Tensor):
        return operate(machine, _UNARY_METHODS[name], (value,), site) if name in _UNARY_METHODS else value
    if isinstance(value, (bool, int, float, complex)):
        if name == "Minus":
            return -value
        if name == "Plus":
            return +value
        if name == "BitInvert" and isinstance(value, int):
            return ~value
    return UNKNOWN


def compare(machine: Machine, name: str, left: Value, right: Value, site: Site) -> Value:
    """``left COMPARISON right``."""
    if isinstance(left, OneOf) or isinstance(right, OneOf):
        return _spread(lambda a, b: compare(machine, name, a, b, site), left, right)
    if name in {"Is", "IsNot"}:
        outcome = _identical(machine, left, right)
        return UNKNOWN if outcome is Tri.UNKNOWN else (outcome is Tri.YES) == (name == "Is")
    if name in {"In", "NotIn"}:
        return _contains(machine, name, left, right)
    sign, function = _COMPARISONS.get(name, ("", None))
    if function is None:
        return UNKNOWN
    if isinstance(left, Tensor):
        return operate(machine, f"__{_METHODS[sign]}__", (left, right), site)
    if isinstance(right, Tensor):
        return operate(machine, f"__{_METHODS[_MIRRORED[sign]]}__", (right, left), site)
    if isinstance(left, Column) or isinstance(right, Column):
        column = left if isinstance(left, Column) else right
        return Column(ArraySpec(column.array.shape, "bool"))
    if isinstance(left, ArraySpec) or isinstance(right, ArraySpec):
        return binary_arrays(sign, machine.data(left), machine.data(right))
    if not is_constant(left) or not is_constant(right):
        return UNKNOWN
    try:
        return function(left, right)
    except TypeError:
        return UNKNOWN


def _identical(machine: Machine, left: Value, right: Value) -> Tri:
    if left is UNKNOWN or right is UNKNOWN:
        return Tri.UNKNOWN
    if left is None or right is None:
        return Tri.YES if left is right else Tri.NO
    if isinstance(left, bool) and isinstance(right, bool):
        return Tri.YES if left is right else Tri.NO
    return Tri.UNKNOWN


def _contains(machine: Machine, name: str, item: Value, container: Value) -> Value:
    thing = machine.thing(container)
    exact = getattr(thing, "exact", True)
    keys = getattr(thing, "items", None) if thing is not None else container
    if isinstance(container, str) and isinstance(item, str):
        return (item in container) == (name == "In")
    if keys is None or not is_constant(item) or not isinstance(keys, (tuple, dict)):
        return UNKNOWN
    members = tuple(keys)
    found = any(same(item, member) or (is_constant(member) and item == member) for member in members)
    if not found and (not exact or not all(is_constant(member) for member in members)):
        return UNKNOWN
    return found == (name == "In")
