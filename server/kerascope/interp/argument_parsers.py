"""``argparse``: what a program is given on its command line when it is given nothing.

Which options a run gets cannot be known, so that ``parse_args()`` gives unknown values. They are what ``add_argument``
says only where the defaults are assumed, or where the program itself passes an empty command line, as notebooks do.
Source: docs.python.org/3/library/argparse.html.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import Symbol
from kerascope.interp.binding import bind_names
from kerascope.interp.items import items_of
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import DictObject, ParserObject, Ref, Value, is_constant

_TYPES: Final[dict[str, Any]] = {"int": int, "float": float, "str": str}
_FLAGS: Final = {"store_true": False, "store_false": True, "count": None, "append": None}


def make_parser(machine: Machine, arguments: CallArguments) -> Value:
    """``argparse.ArgumentParser(...)``; one with ``parents`` has options that are not seen."""
    unseen = not arguments.complete or not {"parents", "argument_default"}.isdisjoint(arguments.keywords)
    return machine.allocate(ParserObject({}, exact=not unseen))


def call_parser_method(
    machine: Machine, owner: Ref, parser: ParserObject, name: str, arguments: CallArguments
) -> Value:
    """``parser.name(...)``, with its effect on the parser. A group of options is the parser itself."""
    if name == "add_argument":
        _add(machine, owner, parser, arguments)
    elif name in {"add_argument_group", "add_mutually_exclusive_group"}:
        return owner
    elif name == "set_defaults":
        given = {key: item.value for key, item in arguments.keywords.items()}
        changed = replace(
            parser, defaults={**parser.defaults, **given}, exact=parser.exact and arguments.complete
        )
        machine.state.heap[owner.address] = changed
    elif name in {"parse_args", "parse_known_args"}:
        known = _parsed(machine, parser, arguments)
        return known if name == "parse_args" else (known, UNKNOWN)
    elif name not in {"print_help", "print_usage", "error", "exit", "format_help", "format_usage"}:
        machine.state.heap[owner.address] = replace(parser, exact=False)
        return UNKNOWN
    return None


def _add(machine: Machine, owner: Ref, parser: ParserObject, arguments: CallArguments) -> None:
    keywords = {key: item.value for key, item in arguments.keywords.items()}
    flags = [item.value for item in arguments.positional]
    destination = keywords.get("dest")
    if destination is None and all(isinstance(flag, str) for flag in flags) and flags:
        destination = _destination(flags)
    if not isinstance(destination, str) or not arguments.complete:
        machine.state.heap[owner.address] = replace(parser, exact=False)
        return
    optional = bool(flags) and isinstance(flags[0], str) and flags[0].startswith("-")
    defaults = {**parser.defaults, destination: _default(keywords, optional)}
    machine.state.heap[owner.address] = replace(parser, defaults=defaults)


def _destination(flags: list[str]) -> str:
    """The attribute that an option sets: its first long name, or else its first name."""
    chosen = next((flag for flag in flags if flag.startswith("--")), flags[0])
    return chosen.lstrip("-").replace("-", "_")


def _default(keywords: dict[str, Value], optional: bool) -> Value:
    """What an option is where the command line says nothing of it."""
    required = keywords.get("required", False) is not False
    spared = optional or keywords.get("nargs") in ("?", "*")
    if required or not spared:
        return UNKNOWN
    action = keywords.get("action", "store")
    if "default" not in keywords:
        if action == "store_const":
            return None
        return _FLAGS.get(action, UNKNOWN) if action != "store" else None
    default, kind = keywords["default"], keywords.get("type")
    if not isinstance(default, str) or kind is None:
        return default
    # A default that is a text is converted as what is typed would be.
    function = _TYPES.get(kind.name.removeprefix("builtins.")) if isinstance(kind, Symbol) else None
    try:
        return UNKNOWN if function is None else function(default)
    except ValueError:
        return UNKNOWN


def _parsed(machine: Machine, parser: ParserObject, arguments: CallArguments) -> Value:
    bound = bind_names(("args",), arguments)
    if len(bound) > 1 or not arguments.complete or ("args" not in bound and not machine.assumes_defaults):
        return UNKNOWN
    if "args" in bound:
        # A notebook, which has no command line of its own, says here that there is nothing on it.
        words = bound["args"].value
        if words != "" and items_of(machine, words) != ():
            return UNKNOWN
    items = {
        name: value if is_constant(value) or isinstance(value, (Ref, tuple)) else UNKNOWN
        for name, value in parser.defaults.items()
    }
    return machine.allocate(DictObject(items, exact=parser.exact))
