"""Import statements: of libraries by their canonical names, of the program's own files by running them."""

from __future__ import annotations

import libcst as cst

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Symbol
from kerascope.graph.nodes import Imported
from kerascope.interp.imports import canonical
from kerascope.interp.machine import STARS, Machine
from kerascope.interp.modules import load_module
from kerascope.interp.values import Value


def dotted(node: cst.BaseExpression | None) -> str:
    """A dotted name as it is written; empty for any other expression."""
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        return f"{dotted(node.value)}.{node.attr.value}"
    return ""


def import_modules(machine: Machine, node: cst.Import) -> None:
    """``import a.b as c``."""
    for alias in node.names:
        name = dotted(alias.name)
        machine.trace.symbols.add(name)
        module = load_module(machine, name, 0)
        if module is None:
            _note(machine, name, False, alias)
        if alias.asname is not None:
            bound: Value = module if module is not None else Symbol(canonical(name))
            machine.bind(dotted(alias.asname.name), bound)
        else:
            root = name.partition(".")[0]
            top = load_module(machine, root, 0) if module is not None else None
            machine.bind(root, top if top is not None else Symbol(canonical(root)))


def _note(machine: Machine, name: str, member: bool, node: cst.CSTNode) -> None:
    if not machine.imported:
        machine.trace.imports.append(Imported(name, member, machine.site(node), machine.tries > 0))


def import_from(machine: Machine, node: cst.ImportFrom) -> None:
    """``from a.b import c as d``."""
    level = len(node.relative)
    name = dotted(node.module)
    if level == 0:
        machine.trace.symbols.add(name)
    module = load_module(machine, name, level)
    if isinstance(node.names, cst.ImportStar):
        if module is not None:
            exported = machine.state.names(module.frame)
            for key, binding in list(exported.items()):
                if key == STARS:
                    for brought in machine.brought(module.frame):
                        machine.bring_all(brought)
                elif not key.startswith("_"):
                    machine.bind(key, binding.value, binding.origin)
        elif level == 0:
            _note(machine, name, False, node.module or node)
            machine.bring_all(canonical(name))
        return
    for alias in node.names:
        imported = dotted(alias.name)
        bound_name = dotted(alias.asname.name) if alias.asname is not None else imported
        if module is not None:
            found = machine.state.read(module.frame, imported)
            if found is not None:
                machine.bind(bound_name, found.value, found.origin)
                continue
        inner = load_module(machine, f"{name}.{imported}" if name else imported, level)
        if inner is not None:
            machine.bind(bound_name, inner)
        elif level or module is not None:
            machine.bind(bound_name, UNKNOWN)
        else:
            _note(machine, f"{name}.{imported}", True, alias)
            machine.bind(bound_name, Symbol(canonical(f"{name}.{imported}")))
