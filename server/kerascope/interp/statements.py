"""Statements: what they do to the state."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from kerascope.domain.shapes import UNKNOWN, Tri
from kerascope.interp.assignment import assign
from kerascope.interp.definitions import define_class, define_function
from kerascope.interp.import_statements import dotted, import_from, import_modules
from kerascope.interp.items import TEXT_FILE, delete_item
from kerascope.interp.loops import run_for, run_while
from kerascope.interp.machine import CallArguments, Given, Machine
from kerascope.interp.methods import extend
from kerascope.interp.operators import binary
from kerascope.interp.patterns import capture, matches
from kerascope.interp.state import State, merge
from kerascope.interp.values import (
    BoundMethod,
    DictObject,
    Function,
    InstanceObject,
    ListObject,
    Ref,
    SetObject,
    Value,
)
from kerascope.syntax.edits import text_of
from kerascope.syntax.units import Site


def run_block(machine: Machine, body: Sequence[cst.BaseStatement | cst.BaseSmallStatement]) -> None:
    """Runs statements in order until the state is no longer alive."""
    for statement in body:
        if not machine.state.alive:
            return
        run(machine, statement)


def run_suite(machine: Machine, suite: cst.BaseSuite) -> None:
    """Runs the body of a compound statement."""
    run_block(machine, suite.body)


def run(machine: Machine, statement: cst.CSTNode) -> None:
    """Runs one statement."""
    machine.tick()
    handler = _HANDLERS.get(type(statement))
    if handler is not None:
        handler(machine, statement)


def _simple_line(machine: Machine, node: cst.SimpleStatementLine) -> None:
    run_block(machine, node.body)


def _expression(machine: Machine, node: cst.Expr) -> None:
    machine.evaluate(node.value)


# --- Binding ----------------------------------------------------------------------------------------------


def _origin(machine: Machine, node: cst.BaseExpression) -> Site | None:
    if isinstance(node, cst.Name):
        binding = machine.binding(node.value)
        return binding.origin if binding is not None else None
    return machine.site(node)


def _assign(machine: Machine, node: cst.Assign) -> None:
    value = machine.evaluate(node.value)
    origin = _origin(machine, node.value)
    for target in node.targets:
        assign(machine, target.target, value, origin)


def _annotated(machine: Machine, node: cst.AnnAssign) -> None:
    if node.value is not None:
        assign(machine, node.target, machine.evaluate(node.value), _origin(machine, node.value))


def _augmented(machine: Machine, node: cst.AugAssign) -> None:
    operator = type(node.operator).__name__.removesuffix("Assign")
    left = machine.evaluate(node.target)
    right = machine.evaluate(node.value)
    thing = machine.thing(left)
    if operator == "Add" and isinstance(thing, ListObject):
        extend(machine, left, thing, right)
        return
    if isinstance(left, Ref) and isinstance(thing, (ListObject, SetObject, DictObject)):
        computed = binary(machine, operator, left, right, machine.site(node))
        result = machine.thing(computed)
        if type(result) is type(thing):
            # The object itself changes, whatever names it has.
            machine.state.heap[left.address] = result
            return
        machine.havoc(left)
        assign(machine, node.target, computed)
        return
    assign(machine, node.target, binary(machine, operator, left, right, machine.site(node)))


def _delete(machine: Machine, node: cst.Del) -> None:
    targets = (
        [element.value for element in node.target.elements]
        if isinstance(node.target, cst.Tuple)
        else [node.target]
    )
    for target in targets:
        if isinstance(target, cst.Name):
            machine.state.write(machine.frame, target.value, None)
        elif isinstance(target, cst.Subscript):
            delete_item(machine, target)
        elif isinstance(target, cst.Attribute):
            machine.havoc(machine.evaluate(target.value))


def _global(machine: Machine, node: cst.Global) -> None:
    machine.declare_global(machine.frame, [item.name.value for item in node.names])


def _nonlocal(machine: Machine, node: cst.Nonlocal) -> None:
    machine.nonlocal_names.setdefault(machine.frame, set()).update(item.name.value for item in node.names)


# --- Branches ---------------------------------------------------------------------------------------------


def _branch(machine: Machine, *runs: Callable[[], None]) -> None:
    """Runs alternatives from the same state and joins what they leave."""
    before = machine.state
    result: State | None = None
    for index, alternative in enumerate(runs):
        machine.state = before.fork() if index + 1 < len(runs) else before
        alternative()
        result = machine.state if result is None else merge(result, machine.state)
    assert result is not None
    machine.state = result


def _if(machine: Machine, node: cst.If) -> None:
    verdict = machine.truth(machine.evaluate(node.test))

    def otherwise() -> None:
        if isinstance(node.orelse, cst.If):
            run(machine, node.orelse)
        elif node.orelse is not None:
            run_suite(machine, node.orelse.body)

    if verdict is Tri.YES:
        run_suite(machine, node.body)
    elif verdict is Tri.NO:
        otherwise()
    else:
        asks = machine.asks_for_a_version.get(node.test)
        if asks is None:
            asks = machine.asks_for_a_version[node.test] = _asks_for_a_version(machine, node.test)
        machine.tries += 1
        machine.guards += asks
        _branch(machine, lambda: run_suite(machine, node.body), otherwise)
        machine.guards -= asks
        machine.tries -= 1


_VERSIONS = re.compile(
    r"version|signature|TYPE_CHECKING|executing_eagerly|\bbackend\(\)|hasattr", re.IGNORECASE
)


def _asks_for_a_version(machine: Machine, test: cst.BaseExpression) -> bool:
    """Whether a condition asks what Keras, Python or the surroundings are: one of its branches is for others.

    It may do so by a name: ``KERAS_3 = keras.__version__ >= "3"``.
    """
    text = _EMPTY.code_for_node(test)
    if _VERSIONS.search(text):
        return True
    for name in set(_NAME.findall(text)):
        binding = machine.binding(name)
        if binding is not None and binding.origin is not None and _VERSIONS.search(text_of(binding.origin)):
            return True
    return False


_NAME = re.compile(r"[A-Za-z_]\w*")


_EMPTY = cst.Module(())


def _match(machine: Machine, node: cst.Match) -> None:
    """The cases that may match, up to the first that does for certain."""
    subject = machine.evaluate(node.subject)
    possible: list[Callable[[], None]] = []
    certain = False
    for case in node.cases:
        verdict = matches(machine, case.pattern, subject)
        if verdict is Tri.NO:
            continue
        certain = verdict is Tri.YES and case.guard is None
        possible.append(_chosen(machine, case, subject if certain and not possible else UNKNOWN))
        if certain:
            break
    if certain and len(possible) == 1:
        possible[0]()
        return
    if not certain:
        possible.append(lambda: None)
    machine.tries += 1
    _branch(machine, *possible)
    machine.tries -= 1


def _chosen(machine: Machine, case: cst.MatchCase, subject: Value) -> Callable[[], None]:
    def run_case() -> None:
        capture(machine, case.pattern, subject)
        if case.guard is not None:
            machine.evaluate(case.guard)
        run_suite(machine, case.body)

    return run_case


# --- Leaving ----------------------------------------------------------------------------------------------


def _return(machine: Machine, node: cst.Return) -> None:
    value = machine.evaluate(node.value) if node.value is not None else None
    machine.flow.returns.append((value, machine.state.fork()))
    machine.state.alive = False


def _raise(machine: Machine, node: cst.Raise) -> None:
    if node.exc is not None:
        machine.evaluate(node.exc)
    machine.state.alive = False


def _break(machine: Machine, node: cst.Break) -> None:
    machine.flow.breaks.append(machine.state.fork())
    machine.state.alive = False


def _continue(machine: Machine, node: cst.Continue) -> None:
    machine.flow.continues.append(machine.state.fork())
    machine.state.alive = False


# --- Guards -----------------------------------------------------------------------------------------------

_LETS_KERAS_ERRORS_PASS = frozenset(
    {"ImportError", "ModuleNotFoundError", "KeyError", "IndexError", "OSError", "IOError", "FileNotFoundError",
     "KeyboardInterrupt", "AttributeError", "NameError", "StopIteration", "EOFError", "UnicodeDecodeError",
     "PermissionError", "ConnectionError", "TimeoutError", "AssertionError", "ZeroDivisionError"}
)  # fmt: skip
"""Exceptions that Keras does not raise for a wrong shape, argument or loss."""


def _catches(handlers: Sequence[cst.ExceptHandler | cst.ExceptStarHandler]) -> bool:
    for handler in handlers:
        if handler.type is None:
            return True
        kinds = (
            [element.value for element in handler.type.elements]
            if isinstance(handler.type, cst.Tuple)
            else [handler.type]
        )
        if any(dotted(kind) not in _LETS_KERAS_ERRORS_PASS for kind in kinds):
            return True
    return False


def _run_interruptibly(machine: Machine, suite: cst.BaseSuite) -> State:
    """Runs a body that may end after any of its statements; gives the states in which that may be, joined."""
    interrupted = machine.state.fork()
    for statement in suite.body:
        if not machine.state.alive:
            break
        run(machine, statement)
        after = machine.state.fork()
        after.alive = interrupted.alive = True
        interrupted = merge(interrupted, after).fork()
    return interrupted


def _try(machine: Machine, node: cst.Try | cst.TryStar) -> None:
    places = _places(machine)
    guarded = _catches(node.handlers)
    machine.guards += guarded
    machine.tries += 1
    try:
        raised = _run_interruptibly(machine, node.body)
    finally:
        machine.guards -= guarded
        machine.tries -= 1
    if node.orelse is not None and machine.state.alive:
        run_suite(machine, node.orelse.body)
    if node.handlers:
        raised.alive = True
        result = machine.state
        for handler in node.handlers:
            machine.state = raised.fork()
            machine.tries += 1
            if handler.name is not None:
                assign(machine, handler.name.name, UNKNOWN)
            run_suite(machine, handler.body)
            machine.tries -= 1
            result = merge(result, machine.state)
        machine.state = result
    if node.finalbody is not None:
        alive, machine.state.alive = machine.state.alive, True
        run_suite(machine, node.finalbody.body)
        machine.state.alive = machine.state.alive and alive
        finalbody = node.finalbody.body
        _where_left(machine, lambda: run_suite(machine, finalbody), places)


def _places(machine: Machine) -> tuple[int, int, int]:
    """How many states were left by ``return``, ``break`` and ``continue`` by now."""
    return len(machine.flow.returns), len(machine.flow.breaks), len(machine.flow.continues)


def _where_left(machine: Machine, last: Callable[[], object], places: tuple[int, int, int]) -> None:
    """What ``finally`` and ``__exit__`` do, where the statement was left by a jump since ``places`` were counted."""
    flow, here = machine.flow, machine.state

    def after(state: State) -> State:
        machine.state = state
        last()
        return machine.state

    for index in range(places[0], len(flow.returns)):
        value, state = flow.returns[index]
        flow.returns[index] = value, after(state)
    for index in range(places[1], len(flow.breaks)):
        flow.breaks[index] = after(flow.breaks[index])
    for index in range(places[2], len(flow.continues)):
        flow.continues[index] = after(flow.continues[index])
    machine.state = here


_GUARDS = frozenset({"pytest.raises", "contextlib.suppress", "self.assertRaises", "self.assertRaisesRegex",
                     "raises", "suppress", "assertRaises"})  # fmt: skip


def _with(machine: Machine, node: cst.With) -> None:
    guarded = 0
    places = _places(machine)
    entered: list[Value] = []
    for item in node.items:
        value = machine.evaluate(item.item)
        if isinstance(machine.thing(value), InstanceObject):
            entered.append(value)
            value = _managed(machine, value, "__enter__", machine.site(item.item))
        if isinstance(item.item, cst.Call) and dotted(item.item.func) in _GUARDS:
            guarded = 1
        if item.asname is not None:
            entered_as = value if isinstance(value, Ref) or value == TEXT_FILE else UNKNOWN
            assign(machine, item.asname.name, entered_as)
    machine.guards += guarded
    try:
        if guarded:
            interrupted = _run_interruptibly(machine, node.body)
            machine.state = merge(machine.state, interrupted)
        else:
            run_suite(machine, node.body)
    finally:
        machine.guards -= guarded
    if entered:

        def leave() -> None:
            for manager in reversed(entered):
                _managed(machine, manager, "__exit__", machine.site(node))

        leave()
        _where_left(machine, leave, places)


def _managed(machine: Machine, manager: Value, name: str, site: Site) -> Value:
    """``__enter__`` or ``__exit__`` of an object of the program; what it is not seen to do may be anything."""
    thing = machine.thing(manager)
    method = machine.class_attribute(thing.cls, name) if isinstance(thing, InstanceObject) else None
    if not isinstance(method, Function):
        machine.havoc(manager)
        return UNKNOWN
    raised = () if name == "__enter__" else (Given(UNKNOWN, site),) * 3
    return machine.call(BoundMethod(manager, name, method), CallArguments(raised), site)


def _assert(machine: Machine, node: cst.Assert) -> None:
    """The condition is computed, with what that does; what it tells is not used."""
    machine.evaluate(node.test)


_HANDLERS: dict[type, Callable[[Machine, Any], None]] = {
    cst.Assert: _assert,
    cst.SimpleStatementLine: _simple_line,
    cst.Expr: _expression,
    cst.Assign: _assign,
    cst.AnnAssign: _annotated,
    cst.AugAssign: _augmented,
    cst.Del: _delete,
    cst.Global: _global,
    cst.Nonlocal: _nonlocal,
    cst.Import: import_modules,
    cst.ImportFrom: import_from,
    cst.FunctionDef: define_function,
    cst.ClassDef: define_class,
    cst.If: _if,
    cst.Match: _match,
    cst.For: run_for,
    cst.While: run_while,
    cst.Return: _return,
    cst.Raise: _raise,
    cst.Break: _break,
    cst.Continue: _continue,
    cst.Try: _try,
    cst.TryStar: _try,
    cst.With: _with,
}
