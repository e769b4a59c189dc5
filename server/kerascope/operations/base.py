"""What an operation's entry is made of: parameters, a transfer function, rows, and cases that real Keras confirms.

A transfer function maps what a call was given to what it returns, shapes and element types, as Keras and
TensorFlow infer them. It refuses, by raising ``Refusal``, only what they refuse for every value that the
analysis allows; what hangs on an ``UNKNOWN`` is ``UNKNOWN`` itself, and an element type that is not certain is
``""``.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, TensorSpec
from kerascope.layers.base import Outcome, Refusal

Nest: TypeAlias = Any
"""A ``TensorSpec``, a plain value such as the dimensions of a shape, or a tuple of nests."""

UNKNOWN_SPEC: Final = TensorSpec(UNRANKED, "")


@dataclass(frozen=True, slots=True)
class OperationCall:
    """One call: plain values in which a symbolic tensor is a ``TensorSpec`` and data an ``ArraySpec``.

    Lists come as tuples; for an operator or method ``positional[0]`` is the tensor that Python asks.
    ``complete`` is false where a star of unknown content was passed as well. ``major`` is the Keras whose
    behaviour is assumed. ``traced`` says that the call stands in the ``call`` of a layer, where tensors are
    TensorFlow's own: Keras 3 treats its ``KerasTensor`` otherwise, Keras 2 does not.
    """

    positional: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict, hash=False)
    complete: bool = True
    major: int = 3
    traced: bool = False

    @property
    def has_tensors(self) -> bool:
        """Whether any argument is, or holds, a symbolic tensor."""
        return any(isinstance(leaf, TensorSpec) for leaf in _leaves((*self.positional, self.keywords)))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of ``model.summary()``. ``stem`` is the name without the number that makes it unique.

    ``outputs`` is the nest of ``TensorSpec`` that this row shows.
    """

    class_name: str
    stem: str
    outputs: Nest


@dataclass(frozen=True, slots=True)
class Bound:
    """The arguments of a call by the role of their parameter, defaults filled in.

    A role is the parameter's name, or its annotation where libraries call the same thing differently.
    """

    values: Mapping[str, Any]
    call: OperationCall

    def __getitem__(self, role: str) -> Any:
        return self.values[role]

    def get(self, role: str, default: Any = None) -> Any:
        """The value of ``role``, or ``default`` where the operation has no such parameter."""
        return self.values.get(role, default)

    @property
    def keras_infers(self) -> bool:
        """Whether Keras 3 infers the shape itself, rather than have TensorFlow trace the call."""
        return self.call.major == 3 and not self.call.traced


Transfer: TypeAlias = Callable[[Bound], Nest]
RowMaker: TypeAlias = Callable[[Bound, Nest], "tuple[Row, ...] | None"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. ``kind`` is ``""``, ``"*"`` or ``"**"``."""

    name: str
    role: str
    default: Any = None
    required: bool = False
    keyword_only: bool = False
    kind: str = ""


@functools.cache
def parameters(text: str) -> tuple[Parameter, ...]:
    """Reads ``"input_tensor: x, axis=None, *, name=None"``: an annotation names the parameter's role."""
    function = ast.parse(f"def f({text}): pass").body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args

    def role(argument: ast.arg) -> str:
        return argument.annotation.id if isinstance(argument.annotation, ast.Name) else argument.arg

    def value(node: ast.expr | None) -> Any:
        return None if node is None else ast.literal_eval(node)

    first_default = len(arguments.args) - len(arguments.defaults)
    found = [
        Parameter(
            argument.arg,
            role(argument),
            value(arguments.defaults[index - first_default]) if index >= first_default else None,
            required=index < first_default,
        )
        for index, argument in enumerate(arguments.args)
    ]
    if arguments.vararg is not None:
        found.append(Parameter(arguments.vararg.arg, role(arguments.vararg), (), kind="*"))
    found += [
        Parameter(argument.arg, role(argument), value(default), default is None, keyword_only=True)
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    ]
    if arguments.kwarg is not None:
        found.append(Parameter(arguments.kwarg.arg, role(arguments.kwarg), None, kind="**"))
    return tuple(found)


def bind(text: str, call: OperationCall) -> Bound | None:
    """The arguments of ``call`` by role; ``None`` where Python refuses them.

    Where a star of unknown content was passed, what is not given is ``UNKNOWN``.
    """
    declared = parameters(text)
    values: dict[str, Any] = {}
    rest = list(call.positional)
    keywords = dict(call.keywords)
    for parameter in declared:
        if parameter.kind == "*":
            values[parameter.role] = tuple(rest) if call.complete else UNKNOWN
            rest = []
        elif parameter.kind == "**":
            keywords.clear()
        elif rest and not parameter.keyword_only:
            values[parameter.role] = rest.pop(0)
            if parameter.name in keywords:
                return None
        elif parameter.name in keywords:
            values[parameter.role] = keywords.pop(parameter.name)
        elif not call.complete:
            values[parameter.role] = UNKNOWN
        elif parameter.required:
            return None
        else:
            values[parameter.role] = parameter.default
    return None if rest or keywords else Bound(values, call)


@dataclass(frozen=True, slots=True)
class Operation:
    """One entry. ``name`` is canonical: ``keras.ops.reshape``, ``tf.math.reduce_mean``, ``tensor.__add__``.

    ``parameters`` is a parameter list as ``parameters()`` reads it. ``row_makers`` maps a major version to what
    a functional model shows of the operation, and lacks a version whose symbolic tensors it refuses.
    ``cases`` are expressions in which ``t(None, 3, dtype="int32")`` stands for a symbolic tensor. ``lacking`` are
    the versions of Keras that do not have it, beside those that its name tells.
    """

    name: str
    parameters: str
    transfer: Transfer
    row_makers: Mapping[int, RowMaker]
    cases: tuple[str, ...] = ()
    lacking: frozenset[int] = frozenset()

    def apply(self, call: OperationCall) -> Outcome:
        """What the call gives, and what Keras refuses of it."""
        bound = bind(self.parameters, call)
        if bound is None:
            return Outcome(UNKNOWN_SPEC)
        try:
            return Outcome(_possible(self.transfer(bound)))
        except Refusal as refusal:
            return Outcome(UNKNOWN_SPEC, faults=(refusal.fault,))

    def returns(self, call: OperationCall) -> Nest:
        """What the call gives: a nest of ``TensorSpec`` or of plain values."""
        return self.apply(call).outputs

    def rows(self, call: OperationCall) -> tuple[Row, ...] | None:
        """The rows of a functional model's summary that the call adds, in their order.

        None are added where no argument is symbolic. ``None`` says that the rows are not known.
        """
        if not call.has_tensors:
            return () if call.complete else None
        maker = self.row_makers.get(call.major)
        bound = bind(self.parameters, call)
        if maker is None or bound is None:
            return None
        try:
            outputs = self.transfer(bound)
            return maker(bound, outputs) if _possible(outputs) is outputs else None
        except Refusal:
            return None

    @property
    def majors(self) -> frozenset[int]:
        """Which Keras has it; what is TensorFlow's is there with either."""
        named = {3} if self.name.startswith(("keras.ops.", "keras.random.")) else {2, 3}
        return frozenset(named) - self.lacking

    def accepts(self, major: int) -> bool:
        """Whether Keras ``major`` lets the operation be applied to a symbolic tensor of a functional model."""
        return major in self.row_makers


def _possible(outputs: Nest) -> Nest:
    """``outputs``, or nothing known where a size is below zero: Keras refuses such a call somewhere."""
    for leaf in _leaves(outputs):
        shape = leaf.shape if isinstance(leaf, TensorSpec) else UNRANKED
        if shape is not UNRANKED and any(isinstance(dim, int) and dim < 0 for dim in shape):
            return UNKNOWN_SPEC
    return outputs


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        for item in value:
            yield from _leaves(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, slice):
        yield from _leaves((value.start, value.stop, value.step))
    else:
        yield value


def row(class_name: str, stem: str) -> RowMaker:
    """One row that shows what the operation returns."""

    def rows(_: Bound, outputs: Nest) -> tuple[Row, ...]:
        return (Row(class_name, stem, outputs),)

    return rows


def rows_alike(*stems: str) -> RowMaker:
    """Rows of Keras 2 that all have the shape and type of what is returned."""

    def rows(_: Bound, outputs: Nest) -> tuple[Row, ...]:
        return tuple(Row("TFOpLambda", f"tf.{stem}", outputs) for stem in stems)

    return rows


def unknown_rows(_: Bound, outputs: Nest) -> None:
    """Rows of which nothing is certain."""
    return


def no_rows(_: Bound, outputs: Nest) -> tuple[Row, ...]:
    """No row: what comes back is no tensor."""
    return ()


def keras_operation(
    name: str,
    parameters: str,
    transfer: Transfer,
    *cases: str,
    class_name: str = "",
    rows: RowMaker | None = None,
) -> Operation:
    """An entry of ``keras.ops``: Keras 3 shows a row named after its class, and Keras 2 lacks it."""
    shown = class_name or "".join(part[:1].upper() + part[1:] for part in name.rpartition(".")[2].split("_"))
    maker = rows or row(shown, snake_case(shown))
    return Operation(f"keras.ops.{name}", parameters, transfer, {3: maker}, tuple(cases))


def tf_operation(
    name: str, parameters: str, transfer: Transfer, *cases: str, rows: RowMaker | None = None
) -> Operation:
    """An entry of TensorFlow: Keras 2 shows a row of its name, Keras 3 refuses it on its symbolic tensors."""
    maker = rows or rows_alike(name)
    return Operation(f"tf.{name}", f"{parameters}, name=None", transfer, {2: maker}, tuple(cases))


def backend_operation(
    name: str, parameters: str, transfer: Transfer, *cases: str, rows: RowMaker | None = None
) -> Operation:
    """An entry of ``keras.backend``, which calls TensorFlow: Keras 3 has it in ``tf.keras.backend`` alone."""
    return Operation(f"keras.backend.{name}", parameters, transfer, {2: rows or unknown_rows}, tuple(cases))


@functools.cache
def snake_case(class_name: str) -> str:
    """The automatic name of a class: keras/src/utils/naming.py."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", class_name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


# --- operands -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Operand:
    """What takes part in an operation. ``kind`` tells where it comes from, since libraries treat them otherwise.

    ``tensor`` is symbolic, ``array`` is data, ``number`` a Python number, whose ``dtype`` is the name of its
    Python type, ``list`` a nest of Python numbers, and ``unknown`` may be any of them.
    """

    spec: TensorSpec
    kind: str


_OF_NUMBERS: Final = {"int": "int32", "float": "float32", "bool": "bool"}
UNKNOWN_OPERAND: Final = Operand(UNKNOWN_SPEC, "unknown")


def operand(value: Any) -> Operand:
    """``value`` as it takes part in an operation."""
    if isinstance(value, TensorSpec):
        return Operand(value, "tensor")
    if isinstance(value, ArraySpec):
        # A number of Python's own that nobody knows, such as the length of a list, is a number all the same.
        kind = "number" if value.shape == () and value.dtype in ("int", "float") else "array"
        return Operand(TensorSpec(value.shape, value.dtype), kind)
    if isinstance(value, bool | int | float | complex):
        return Operand(TensorSpec((), type(value).__name__), "number")
    if isinstance(value, tuple):
        return _list_operand(value)
    return UNKNOWN_OPERAND


def _list_operand(items: tuple[Any, ...]) -> Operand:
    """A nest of Python numbers; of a list of anything else nothing is known."""
    found = [operand(item) for item in items]
    if not found or any(item.kind not in ("number", "list") for item in found):
        return UNKNOWN_OPERAND
    if any(item.spec.shape != found[0].spec.shape for item in found):
        return UNKNOWN_OPERAND
    dtypes = {item.spec.dtype for item in found}
    shape = found[0].spec.shape
    assert shape is not UNRANKED
    return Operand(TensorSpec((len(items), *shape), dtypes.pop() if len(dtypes) == 1 else ""), "list")


def tensor(value: Any) -> TensorSpec:
    """What is known of the shape and type of ``value`` as a tensor; Python numbers have no certain type."""
    found = operand(value)
    if found.kind in ("number", "list"):
        return TensorSpec(found.spec.shape, _OF_NUMBERS.get(found.spec.dtype, ""))
    return found.spec
