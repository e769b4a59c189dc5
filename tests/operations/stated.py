"""Evaluates an expression over symbolic tensors with the catalogue, call by call."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import ArraySpec, Symbol, TensorSpec
from kerascope.layers.base import Fault
from kerascope.libraries.base import CallArguments
from kerascope.libraries.catalogue import library_function
from kerascope.operations.base import OperationCall, Row
from kerascope.operations.catalogue import operation

ROOTS = {
    "np": "numpy",
    "keras": "keras",
    "tf": "tf",
    "K": "keras.backend",
    "ops": "keras.ops",
    "tfio": "tensorflow_io",
}
BINARY = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "truediv",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.BitAnd: "and",
    ast.BitOr: "or",
    ast.BitXor: "xor",
}
MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}
COMPARISONS = {ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "lt", ast.LtE: "le", ast.Gt: "gt", ast.GtE: "ge"}


@dataclass
class Stated:
    """What the catalogue says of an expression; ``rows`` are ``None`` where it does not know them."""

    value: Any = None
    rows: list[Row] | None = None
    fault: Fault | None = None
    refused: bool = False


class Stop(Exception):  # noqa: N818 - it is no error
    """Raised where the catalogue refuses something."""


class Evaluator:
    def __init__(self, major: int, traced: bool, vague: Any = None) -> None:
        self.major = major
        self.traced = traced
        self.vague = vague
        self.result = Stated(rows=[])

    def call(self, name: str, *positional: Any, **keywords: Any) -> Any:
        """What the catalogue says of one call; data comes from the library catalogue."""
        function = library_function(name)
        if function is not None:
            return function.returns(CallArguments(positional, keywords))
        entry = operation(name)
        assert entry is not None, f"no entry for {name}"
        call = OperationCall(positional, keywords, True, self.major, self.traced)
        if call.has_tensors and not self.traced and not entry.accepts(self.major):
            raise Stop
        outcome = entry.apply(call)
        if outcome.faults:
            self.result.fault = outcome.faults[0]
            raise Stop
        rows = entry.rows(call)
        if rows is None:
            self.result.rows = None
        elif self.result.rows is not None:
            self.result.rows += rows
        return _sizes(outcome.outputs) if entry.name.endswith(".shape") else outcome.outputs

    def value(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Tuple(elts=items) | ast.List(elts=items):
                return tuple(self.value(item) for item in items)
            case ast.Slice(lower=lower, upper=upper, step=step):
                return slice(*(None if part is None else self.value(part) for part in (lower, upper, step)))
            case ast.Name(id="some_int" | "some_float" as name):
                return ArraySpec((), name.removeprefix("some_"))
            case ast.Name(id="StaticHashTable" | "StaticVocabularyTable" as name):
                return Symbol(f"tf.lookup.{name}")
            case ast.Name(id=name):
                return Symbol(ROOTS.get(name, name))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=number)):
                return -number  # type: ignore[operator]
            case ast.UnaryOp(op=op, operand=inner):
                return self.call(
                    f"tensor.__{'neg' if isinstance(op, ast.USub) else 'invert'}__", self.value(inner)
                )
            case ast.BinOp(left=left, op=op, right=right):
                return self.binary(BINARY[type(op)], self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self.compared(COMPARISONS[type(op)], self.value(left), self.value(right))
            case ast.Attribute(value=base, attr=name):
                return self.attribute(self.value(base), name)
            case ast.Subscript(value=base, slice=key):
                return self.item(self.value(base), self.value(key))
            case ast.Call():
                return self.called(node)
        raise NotImplementedError(ast.dump(node))

    def binary(self, name: str, left: Any, right: Any) -> Any:
        if isinstance(left, TensorSpec):
            return self.call(f"tensor.__{name}__", left, right)
        if isinstance(right, TensorSpec):
            return self.call(f"tensor.__r{name}__", right, left)
        return UNKNOWN

    def compared(self, name: str, left: Any, right: Any) -> Any:
        if isinstance(left, TensorSpec):
            return self.call(f"tensor.__{name}__", left, right)
        return self.call(f"tensor.__{MIRRORED[name]}__", right, left)

    def attribute(self, base: Any, name: str) -> Any:
        if isinstance(base, Symbol):
            return Symbol(f"{base.name}.{name}")
        assert isinstance(base, TensorSpec)
        return base.shape if name == "shape" else UNKNOWN

    def item(self, base: Any, key: Any) -> Any:
        if isinstance(base, TensorSpec):
            return self.call("tensor.__getitem__", base, key)
        if (self.major, self.traced) == (2, False):
            # A size of what ``tf.shape`` gives is another row, of which a plain value tells nothing.
            self.result.rows = None
        return base[key] if isinstance(base, tuple) else UNKNOWN

    def called(self, node: ast.Call) -> Any:
        positional = tuple(self.value(item) for item in node.args)
        keywords = {str(keyword.arg): self.value(keyword.value) for keyword in node.keywords}
        if isinstance(node.func, ast.Name):
            return self.plain_call(node.func.id, positional, keywords)
        assert isinstance(node.func, ast.Attribute)
        base = self.value(node.func.value)
        if isinstance(base, Symbol):
            return self.call(f"{base.name}.{node.func.attr}", *positional, **keywords)
        owner = "tensor" if isinstance(base, TensorSpec) else "ndarray"
        assert isinstance(base, TensorSpec | ArraySpec)
        return self.call(f"{owner}.{node.func.attr}", base, *positional, **keywords)

    def plain_call(self, name: str, positional: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        if name == "t":
            spec = TensorSpec(positional, keywords.get("dtype", "float32"))
            return spec if self.vague is None else self.vague(spec)
        if name == "slice":
            return slice(*positional)
        return self.call(f"tensor.__{name}__", *positional)


def _sizes(outputs: Any) -> Any:
    """Sizes that are known when they are computed are tensors, as to the interpreter."""
    if not isinstance(outputs, tuple):
        return outputs
    return tuple(TensorSpec((), "int32") if size is UNKNOWN else size for size in outputs)


def stated(code: str, major: int, traced: bool, vague: Any = None) -> Stated:
    """What the catalogue says of ``code``; ``vague`` takes knowledge away from each tensor that it names."""
    evaluator = Evaluator(major, traced, vague)
    try:
        evaluator.result.value = evaluator.value(ast.parse(code, mode="eval").body)
    except Stop:
        evaluator.result.refused = True
    return evaluator.result
