"""Evaluates an expression with the catalogue, and holds what it says against the real value."""

from __future__ import annotations

import ast
import math
import operator
from typing import Any

import numpy as np

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Tri
from kerascope.domain.specs import ArraySpec, Instance, Symbol
from kerascope.libraries import arithmetic
from kerascope.libraries.base import WEAK_INT, CallArguments
from kerascope.libraries.catalogue import library_function

ROOTS = {"np": "numpy", "keras": "keras", "sklearn": "sklearn"}
OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.MatMult: "@",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
ON_NUMBERS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}


def evaluate(code: str) -> Any:
    """The value of an expression, call by call through the catalogue."""
    return _value(ast.parse(code, mode="eval").body)


def _value(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return tuple(_value(item) for item in items)
        case ast.Name(id=name):
            return Symbol(ROOTS.get(name, name))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            value = _value(operand)
            return arithmetic.negative(value) if isinstance(value, ArraySpec) else -value
        case ast.UnaryOp(op=ast.Invert(), operand=operand):
            return arithmetic.inverted(_value(operand))
        case ast.BinOp(left=left, op=op, right=right):
            return _operated(OPERATORS[type(op)], _value(left), _value(right))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _operated(OPERATORS[type(op)], _value(left), _value(right))
        case ast.Attribute(value=base, attr=name):
            return _attribute(_value(base), name)
        case ast.Subscript(value=base, slice=key):
            value = _value(base)
            return arithmetic.index(value, _key(key)) if isinstance(value, ArraySpec) else value[_key(key)]
        case ast.Call(func=function, args=args, keywords=keywords):
            named = {str(keyword.arg): _value(keyword.value) for keyword in keywords}
            return _called(function, tuple(_value(arg) for arg in args), named)
    raise NotImplementedError(ast.dump(node))


def _operated(sign: str, left: Any, right: Any) -> Any:
    if isinstance(left, ArraySpec) or isinstance(right, ArraySpec):
        return arithmetic.binary(sign, left, right)
    return ON_NUMBERS[sign](left, right)


def _key(node: ast.expr) -> Any:
    match node:
        case ast.Tuple(elts=items):
            return tuple(_key(item) for item in items)
        case ast.List(elts=items):
            return [_value(item) for item in items]
        case ast.Slice(lower=lower, upper=upper, step=step):
            return slice(*(None if part is None else _value(part) for part in (lower, upper, step)))
        case ast.Attribute(attr="newaxis"):
            return None
    return _value(node)


def _attribute(base: Any, name: str) -> Any:
    if isinstance(base, Symbol):
        return Symbol(f"{base.name}.{name}")
    assert isinstance(base, ArraySpec)
    function = library_function(f"ndarray.{name}")
    assert function is not None and function.is_attribute, name
    return function.returns(CallArguments((base,)))


def _called(function: ast.expr, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
    if isinstance(function, ast.Attribute):
        base = _value(function.value)
        if isinstance(base, Symbol):
            return call(f"{base.name}.{function.attr}", *args, **keywords)
        owner = base.symbol if isinstance(base, Instance) else "ndarray"
        return call(f"{owner}.{function.attr}", base, *args, **keywords)
    raise NotImplementedError(ast.dump(function))


def call(name: str, *args: Any, **keywords: Any) -> Any:
    """What the catalogue says of a call; lists as arguments come as tuples."""
    function = library_function(name)
    assert function is not None, f"no entry for {name}"
    return function.returns(
        CallArguments(
            tuple(_plain(item) for item in args), {key: _plain(item) for key, item in keywords.items()}
        )
    )


def _plain(value: Any) -> Any:
    return tuple(_plain(item) for item in value) if isinstance(value, list | tuple) else value


def dtype_text(dtype: np.dtype[Any]) -> str:
    """NumPy's name of an element type; every length of text is ``str``."""
    return "str" if dtype.kind == "U" else dtype.name


def disagreement(stated: Any, real: Any) -> str | None:
    """How ``stated`` is wrong about ``real``; nothing where it is right, or says that it does not know."""
    if stated is UNKNOWN:
        return None
    if isinstance(stated, ArraySpec):
        return _array_disagreement(stated, real)
    if isinstance(stated, tuple):
        if not isinstance(real, tuple | list) or len(real) != len(stated):
            return f"{stated} for {real!r}"
        found = (disagreement(one, other) for one, other in zip(stated, real, strict=True))
        return next((text for text in found if text), None)
    if isinstance(stated, Instance):
        name = type(real).__name__
        return None if stated.symbol.endswith(f".{name}") else f"{stated.symbol} for a {name}"
    if isinstance(real, np.dtype):
        return None if stated == dtype_text(real) else f"{stated} for {real}"
    if isinstance(real, np.ndarray) or type(stated) is not type(real if stated is None else _number(real)):
        return f"{stated!r} for {real!r}"
    return None if stated == real else f"{stated!r} for {real!r}"


def _number(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _array_disagreement(stated: ArraySpec, real: Any) -> str | None:
    if stated.dtype == WEAK_INT:
        return _number_disagreement(stated, real)
    if not isinstance(real, np.ndarray | np.generic):
        return f"an array for {real!r}"
    if stated.shape is not UNRANKED:
        if len(stated.shape) != real.ndim:
            return f"shape {stated.shape} for {real.shape}"
        for dim, size in zip(stated.shape, real.shape, strict=True):
            if dim is not UNKNOWN and dim != size:
                return f"shape {stated.shape} for {real.shape}"
    if stated.dtype and stated.dtype != dtype_text(real.dtype):
        return f"dtype {stated.dtype} for {real.dtype}"
    return _fact_disagreement(stated, np.asarray(real))


def _number_disagreement(stated: ArraySpec, real: Any) -> str | None:
    if stated.shape != () or type(real) is not int:
        return f"a number for {real!r}"
    lo, hi = stated.facts.lo, stated.facts.hi
    inside = (lo is None or real >= lo) and (hi is None or real <= hi)
    return None if inside else f"{stated.facts} for {real}"


def _fact_disagreement(stated: ArraySpec, real: np.ndarray[Any, Any]) -> str | None:
    facts = stated.facts
    elements = [complex(item) if real.dtype.kind == "c" else item for item in real.ravel().tolist()]
    if real.dtype.kind == "O":
        # The bounds of an array of lists are those of the numbers within them.
        elements = [part for item in elements for part in (item if isinstance(item, list) else [item])]
    for element in elements:
        if facts.lo is not None and not element >= facts.lo:
            return f"{facts} for {element}"
        if facts.hi is not None and not element <= facts.hi:
            return f"{facts} for {element}"
        if facts.integral is Tri.YES and not (math.isfinite(element) and float(element).is_integer()):
            return f"{facts} for {element}"
    if facts.attained is not Tri.UNKNOWN:
        ends = (min(elements), max(elements)) if elements else ()
        if (ends == (facts.lo, facts.hi)) != (facts.attained is Tri.YES):
            return f"{facts} for {ends}"
    if (
        facts.gapless is Tri.YES
        and facts.attained is Tri.YES
        and len(set(elements)) != facts.hi - facts.lo + 1
    ):
        return f"{facts} for {sorted(set(elements))}"
    if facts.integral is Tri.NO and all(float(element).is_integer() for element in elements):
        return f"{facts} for {elements}"
    if facts.one_hot is not Tri.UNKNOWN and real.ndim:
        rows = real.reshape(-1, real.shape[-1]) if real.size else np.zeros((0, 1))
        one_hot = bool(((rows == 0) | (rows == 1)).all() and (rows.sum(axis=1) == 1).all())
        if one_hot != (facts.one_hot is Tri.YES):
            return f"{facts} for {real}"
    return None


def is_known(stated: Any) -> bool:
    """Whether the whole shape and the element type are stated."""
    if isinstance(stated, tuple):
        return all(is_known(item) for item in stated)
    if isinstance(stated, ArraySpec):
        return stated.shape is not UNRANKED and UNKNOWN not in stated.shape and bool(stated.dtype)
    return stated is not UNKNOWN
