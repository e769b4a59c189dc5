"""Classes whose constructors Python's library writes: data classes, named tuples, enumerations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import libcst as cst

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Instance, Symbol
from kerascope.interp.import_statements import dotted
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import ClassObject, DictObject, Function, InstanceObject, Ref, Value
from kerascope.syntax.units import Site

FIELD: Final = "dataclasses.field"
MEMBER: Final = "enum.member"
_DATA_CLASS: Final = "dataclasses.dataclass"
_WITH_FIELDS: Final = frozenset({"typing.NamedTuple"})

PLAIN_ROOTS: Final = ("keras.", "tf.", "builtins.", "abc.", "typing.", "enum.", "threading.")
"""Where classes come from whose constructors leave the attributes alone that a subclass declares."""


def is_data_class(machine: Machine, decorator: cst.BaseExpression) -> bool:
    """Whether a decorator is ``dataclass``, with arguments or without, that writes a constructor."""
    if not isinstance(decorator, cst.Call):
        return _names(machine, decorator)
    written = any(
        argument.keyword is not None and argument.keyword.value == "init" for argument in decorator.args
    )
    return _names(machine, decorator.func) and not written


def _names(machine: Machine, node: cst.BaseExpression) -> bool:
    value = machine.evaluate(node)
    return isinstance(value, Symbol) and value.name == _DATA_CLASS


def has_fields(bases: tuple[Value, ...]) -> bool:
    """Whether a class declares its fields by what it derives from."""
    return any(isinstance(base, Symbol) and base.name in _WITH_FIELDS for base in bases)


def fields_of(node: cst.ClassDef, bases: tuple[Value, ...]) -> tuple[str, ...]:
    """The fields that a class declares, in the order of the constructor's parameters."""
    inherited = (
        name for base in reversed(bases) if isinstance(base, ClassObject) for name in base.fields or ()
    )
    return tuple(dict.fromkeys((*inherited, *_declared(node))))


def _declared(node: cst.ClassDef) -> Iterator[str]:
    for statement in node.body.body:
        if not isinstance(statement, cst.SimpleStatementLine):
            continue
        for small in statement.body:
            if isinstance(small, cst.AnnAssign) and isinstance(small.target, cst.Name):
                kind = small.annotation.annotation
                name = dotted(kind.value if isinstance(kind, cst.Subscript) else kind)
                if name.rpartition(".")[2] not in {"ClassVar", "KW_ONLY"} and not _is_left_out(small.value):
                    yield small.target.value


def _is_left_out(value: cst.BaseExpression | None) -> bool:
    """Whether it is ``field(init=False)``, which the constructor has no parameter for."""
    return isinstance(value, cst.Call) and any(
        argument.keyword is not None
        and argument.keyword.value == "init"
        and not (isinstance(argument.value, cst.Name) and argument.value.value == "True")
        for argument in value.args
    )


def fill(machine: Machine, instance: Ref, cls: ClassObject, arguments: CallArguments, site: Site) -> None:
    """Gives the fields of a new object what the call gives, or else their defaults."""
    names = cls.fields or ()
    given = dict(zip(names, (item.value for item in arguments.positional), strict=False))
    given.update({name: item.value for name, item in arguments.keywords.items()})
    attributes: dict[str, Value] = {}
    for name in names:
        if name in given:
            attributes[name] = given[name]
        else:
            attributes[name] = _default(machine, cls, name, site) if arguments.complete else UNKNOWN
    thing = machine.state.heap[instance.address]
    machine.state.heap[instance.address] = replace(thing, attributes={**thing.attributes, **attributes})


def _default(machine: Machine, cls: ClassObject, name: str, site: Site) -> Value:
    if not any(name in each.attributes for each in cls.order()):
        return UNKNOWN  # Python refuses the call.
    declared = machine.class_attribute(cls, name)
    if not isinstance(declared, Instance) or declared.symbol != FIELD:
        return declared
    if "default" in declared.arguments:
        return declared.arguments["default"]
    factory = declared.arguments.get("default_factory", UNKNOWN)
    return UNKNOWN if factory is UNKNOWN else machine.call(factory, CallArguments(), site)


def is_enumeration(cls_bases: tuple[str, ...]) -> bool:
    """Whether a class of these library bases is an enumeration."""
    return any(base.startswith("enum.") for base in cls_bases)


def members_of(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """The attributes of an enumeration: each is a member with a name and a value."""
    return {
        name: value
        if isinstance(value, Function) or name.startswith("_")
        else Instance(MEMBER, {"name": name, "value": value})
        for name, value in attributes.items()
    }


def namespace(machine: Machine, arguments: CallArguments) -> Value:
    """``SimpleNamespace(units=3)``: an object with these attributes."""
    known = arguments.complete and not arguments.positional
    items = {name: given.value for name, given in arguments.keywords.items()}
    return machine.allocate(DictObject(items if known else {}, exact=known))


def opaque(bases: tuple[str, ...]) -> bool:
    """Whether a library's constructor may have changed what the class declares, as pydantic's does."""
    return any(not base.startswith(PLAIN_ROOTS) for base in bases)


def class_attribute(thing: InstanceObject, found: Value) -> Value:
    """What an object has of its class, unless something that cannot be seen may have set it on the object."""
    return found if thing.exact else UNKNOWN
