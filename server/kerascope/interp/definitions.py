"""Definitions: functions with their defaults, classes with their bodies."""

from __future__ import annotations

import libcst as cst

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Symbol
from kerascope.interp.import_statements import dotted
from kerascope.interp.machine import Machine
from kerascope.interp.values import ClassObject, Function, Value


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
    {"tf.function", "tf.autograph.experimental.do_not_convert", "functools.wraps", "functools.lru_cache",
     "functools.cache", "keras.saving.register_keras_serializable", "keras.utils.register_keras_serializable",
     "abc.abstractmethod"}
)  # fmt: skip


def define_function(machine: Machine, node: cst.FunctionDef) -> None:
    """``def``: a decorator that is not known makes the name unknown."""
    finder = _YieldFinder()
    if "yield" in machine.unit.tree.text:
        # Walking every body costs more than running the module; few units have the word at all.
        node.body.visit(finder)
    kind = "function"
    transparent = True
    for decorator in node.decorators:
        name = dotted(
            decorator.decorator.func if isinstance(decorator.decorator, cst.Call) else decorator.decorator
        )
        if name in {"staticmethod", "classmethod", "property"}:
            kind = name
            continue
        value = machine.evaluate(
            decorator.decorator.func if isinstance(decorator.decorator, cst.Call) else decorator.decorator
        )
        transparent = transparent and isinstance(value, Symbol) and value.name in _TRANSPARENT_DECORATORS
    function = make_function(
        machine, node.name.value, node.params, node.body, is_generator=finder.found, kind=kind
    )
    machine.define(function)
    machine.bind(node.name.value, function if transparent else UNKNOWN, machine.site(node.name))


def define_class(machine: Machine, node: cst.ClassDef) -> None:
    """``class``: its body is run in a scope of its own."""
    bases = tuple(machine.evaluate(argument.value) for argument in node.bases if not argument.star)
    machine.capture()
    frame = machine.new_frame(machine.frame)
    with machine.scope(frame, machine.unit):
        machine.execute(node.body)
    attributes = {name: binding.value for name, binding in machine.state.names(frame).items()}
    machine.state.close_frame(frame)
    # A class scope is not seen from the functions within it.
    cls = ClassObject(node.name.value, bases, {}, node, machine.unit)
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
    cls.attributes.update(methods)  # type: ignore[attr-defined]
    machine.bind(node.name.value, cls, machine.site(node.name))
