"""Definitions: functions with their defaults, classes with their bodies."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Symbol
from kerascope.interp.data_classes import fields_of, has_fields, is_data_class, is_enumeration, members_of
from kerascope.interp.import_statements import dotted
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.values import BoundMethod, ClassObject, DictObject, Function, Value


def make_function(
    machine: Machine,
    name: str,
    parameters: cst.Parameters,
    body: cst.BaseSuite | cst.BaseExpression,
    *,
    is_generator: bool = False,
    kind: str = "function",
) -> Function:
    """A function value; its defaults are evaluated now, as Python does."""
    defaults = {
        parameter.name.value: machine.evaluate(parameter.default)
        for parameter in (*parameters.posonly_params, *parameters.params, *parameters.kwonly_params)
        if parameter.default is not None
    }
    machine.capture()
    return Function(name, parameters, body, machine.unit, machine.frame, defaults, is_generator, None, kind)


class _YieldFinder(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found = False

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:  # noqa: N802
        return False

    def visit_Lambda(self, node: cst.Lambda) -> bool:  # noqa: N802
        return False

    def visit_Yield(self, node: cst.Yield) -> None:  # noqa: N802
        self.found = True


_TRANSPARENT_DECORATORS = frozenset(
    {"tf.function", "tf.autograph.experimental.do_not_convert", "functools.wraps",
     "keras.saving.register_keras_serializable", "keras.utils.register_keras_serializable",
     "abc.abstractmethod", "functools.total_ordering", "typing.final", "typing.override", "typing.no_type_check",
     "typing.runtime_checkable", "enum.unique", "tf.Module.with_name_scope"}
)  # fmt: skip


def define_function(machine: Machine, node: cst.FunctionDef) -> None:
    """``def``: a decorator that is not known makes the name unknown."""
    finder = _YieldFinder()
    if "yield" in machine.unit.tree.text:
        # Walking every body costs more than running the module; few units have the word at all.
        node.body.visit(finder)
    names = [dotted(decorator.decorator) for decorator in node.decorators]
    kind = next((name for name in names if name in _KINDS), "function")
    function = make_function(
        machine, node.name.value, node.params, node.body, is_generator=finder.found, kind=kind
    )
    machine.define(function)
    outer = [item for item, name in zip(node.decorators, names, strict=True) if name not in _KINDS]
    machine.bind(node.name.value, _decorated(machine, function, outer), machine.site(node.name))


_KINDS = frozenset({"staticmethod", "classmethod", "property"})


def _decorated(machine: Machine, value: Value, decorators: Sequence[cst.Decorator]) -> Value:
    """What is left of a function or class once its decorators ran, the innermost first.

    Decorators of the program are called; of others only those are known that leave things as they are.
    """
    for decorator in reversed(decorators):
        node = decorator.decorator
        applied = machine.evaluate(node.func if isinstance(node, cst.Call) else node)
        if isinstance(applied, Symbol):
            value = _handed(machine, value) if applied.name not in _TRANSPARENT_DECORATORS else value
            continue
        if isinstance(node, cst.Call):
            applied = machine.evaluate(node)
        known = isinstance(applied, (Function, BoundMethod))
        given = CallArguments((Given(value, machine.site(node)),))
        value = machine.call(applied, given, machine.site(node)) if known else _handed(machine, value)
    return value


def _handed(machine: Machine, value: Value) -> Value:
    """What a decorator that is not known makes of a function, which it may call at any time."""
    machine.havoc(value)
    return UNKNOWN


def define_class(machine: Machine, node: cst.ClassDef) -> None:
    """``class``: its body is run in a scope of its own."""
    bases = tuple(machine.evaluate(argument.value) for argument in node.bases if not argument.star)
    data = [item for item in node.decorators if is_data_class(machine, item.decorator)]
    fields = fields_of(node, bases) if data or has_fields(bases) else None
    machine.capture()
    frame = machine.new_frame(machine.frame)
    with machine.scope(frame, machine.unit):
        machine.execute(node.body)
    attributes = {name: binding.value for name, binding in machine.state.names(frame).items()}
    machine.state.close_frame(frame)
    # A class scope is not seen from the functions within it.
    cls = ClassObject(node.name.value, bases, {}, node, machine.unit, fields, machine.fresh())
    machine.state.heap[cls.address] = DictObject({})
    methods: dict[str, Value] = {}
    for name, value in attributes.items():
        if isinstance(value, Function) and value.frame == frame:
            method = Function(
                value.name, value.parameters, value.body, value.unit, machine.frame, value.defaults,
                value.is_generator, cls, value.kind,
            )  # fmt: skip
            machine.define(method)
            methods[name] = method
        else:
            methods[name] = value
    methods = members_of(methods) if is_enumeration(cls.library_bases()) else methods
    cls.attributes.update(methods)  # type: ignore[attr-defined]
    others = [item for item in node.decorators if item not in data]
    machine.bind(node.name.value, _decorated(machine, cls, others), machine.site(node.name))
