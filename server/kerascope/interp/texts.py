"""Texts, of which it may be known that they are texts and not which: names of files, and what stands in files.

A text that is not known is data without axes of NumPy's type for texts, which is what a text is to NumPy and
TensorFlow; ``UNKNOWN`` to everyone else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kerascope.domain.shapes import UNKNOWN
from kerascope.domain.specs import ArraySpec
from kerascope.interp.builtins import MOST_TEXT, argument_at, spread
from kerascope.interp.items import TEXT_FILE
from kerascope.interp.machine import CallArguments, Machine
from kerascope.interp.values import ListObject, Ref, Value, is_constant, is_text, is_whole
from kerascope.libraries.base import SOME_TEXT, WEAK_INT, make_facts

_PURE: Final = frozenset(
    {"lower", "upper", "strip", "lstrip", "rstrip", "replace", "split", "rsplit", "splitlines", "join", "format",
     "startswith", "endswith", "title", "capitalize", "find", "count", "isdigit", "zfill", "partition",
     "rpartition", "removeprefix", "removesuffix", "index", "casefold", "isalpha", "isnumeric"}
)  # fmt: skip
"""Methods that are computed where the text and the arguments are known."""

_TO_TEXT: Final = frozenset(
    {"capitalize", "casefold", "center", "expandtabs", "format", "format_map", "join", "ljust", "lower", "lstrip",
     "removeprefix", "removesuffix", "replace", "rjust", "rstrip", "strip", "swapcase", "title", "translate", "upper",
     "zfill"}
)  # fmt: skip
_TO_TEXTS: Final = frozenset({"split", "rsplit", "splitlines"})
_TO_NUMBER: Final = {"find": -1, "rfind": -1, "index": 0, "rindex": 0, "count": 0}
"""Methods that give a whole number, and the least that it may be."""


def some_texts(machine: Machine) -> Ref:
    """A list of any number of texts."""
    return machine.allocate(ListObject(None, SOME_TEXT))


def text_method(machine: Machine, text: Value, name: str, arguments: CallArguments) -> Value:
    """``text.name(...)``, for a text that is known or not."""
    if isinstance(text, str) and name in _PURE and len(text) <= MOST_TEXT and arguments.complete:
        values = [spread(machine, given.value) for given in arguments.positional]
        keywords = {key: given.value for key, given in arguments.keywords.items()}
        computable = not (name == "format" and any(sign in text for sign in ":!["))
        short = name != "zfill" or all(isinstance(value, int) and value <= MOST_TEXT for value in values)
        if computable and short and all(is_constant(value) for value in (*values, *keywords.values())):
            try:
                result = getattr(text, name)(*values, **keywords)
            except (TypeError, ValueError, LookupError, AttributeError, OverflowError):
                return UNKNOWN
            return machine.allocate(ListObject(tuple(result))) if isinstance(result, list) else result
    if name in _TO_TEXT:
        return SOME_TEXT
    if name in _TO_TEXTS:
        return some_texts(machine)
    if name in {"partition", "rpartition"}:
        return SOME_TEXT, SOME_TEXT, SOME_TEXT
    if name in _TO_NUMBER:
        return ArraySpec((), WEAK_INT, make_facts(WEAK_INT, _TO_NUMBER[name]))
    return UNKNOWN


def text_operation(sign: str, left: Value, right: Value) -> Value:
    """``left SIGN right`` where at least one is a text, and not both are known."""
    if sign == "%" and is_text(left):
        return SOME_TEXT
    if sign == "+" and is_text(left) and is_text(right):
        return SOME_TEXT
    if sign == "*" and (is_whole(left) or is_whole(right)):
        return SOME_TEXT
    return UNKNOWN


# --- Files --------------------------------------------------------------------------------------------------


def _open(machine: Machine, arguments: CallArguments) -> Value:
    mode = (
        arguments.keywords["mode"].value if "mode" in arguments.keywords else argument_at(arguments, 1, "r")
    )
    return TEXT_FILE if isinstance(mode, str) and "b" not in mode else UNKNOWN


def file_method(machine: Machine, name: str) -> Value:
    """``file.name(...)`` of a file of text: what is read is not known, but that it is text."""
    if name in {"read", "readline"}:
        return SOME_TEXT
    return some_texts(machine) if name == "readlines" else UNKNOWN


def _names(machine: Machine, arguments: CallArguments) -> Value:
    """The names of files: as many as there are; of a folder that is named in bytes they are bytes."""
    return UNKNOWN if isinstance(argument_at(arguments, 0, None), bytes) else some_texts(machine)


def _some_text(machine: Machine, arguments: CallArguments) -> Value:
    return SOME_TEXT


def _joined(machine: Machine, arguments: CallArguments) -> Value:
    """A path made of others; of names in bytes it is one in bytes."""
    given = (argument.value for argument in arguments.positional)
    return UNKNOWN if any(isinstance(value, bytes) for value in given) else SOME_TEXT


def _pair(machine: Machine, arguments: CallArguments) -> Value:
    joined = _joined(machine, arguments)
    return joined if joined is UNKNOWN else (SOME_TEXT, SOME_TEXT)


ON_FILES: Final[dict[str, Callable[[Machine, CallArguments], Value]]] = {
    "builtins.open": _open,
    "io.open": _open,
    "tf.io.gfile.GFile": _open,
    "os.getcwd": _some_text,
    "os.listdir": _names,
    "glob.glob": _names,
    "tf.io.gfile.glob": _names,
    "tf.io.gfile.listdir": _names,
    "tf.io.gfile.join": _joined,
    **{
        f"os.path.{name}": _joined
        for name in (
            "abspath", "basename", "dirname", "expanduser", "expandvars", "join", "normcase", "normpath", "realpath",
            "relpath",
        )
    },
    **{f"os.path.{name}": _pair for name in ("split", "splitext", "splitdrive")},
    "keras.utils.get_file": _some_text,
}  # fmt: skip
"""Handlers by canonical name of what opens files and names them."""
