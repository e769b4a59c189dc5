"""What the arguments of image augmentation may be: factors, ranges, names of modes.

Each check takes a layer's arguments and refuses one of them, or does nothing. Facts: as in ``augmentation``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from kerascope.domain.shapes import UNKNOWN, Dim
from kerascope.layers.base import Arguments, bad_argument, plain

Check: TypeAlias = Callable[[Arguments], None]


def _pair_of(value: Any, name: str) -> tuple[Any, Any] | None:
    """Two bounds; refuses what is neither a number nor two of them."""
    if isinstance(value, tuple):
        if len(value) != 2:
            raise bad_argument(name, value, "must be a number or a tuple of two")
        return value[0], value[1]
    if value is None or isinstance(value, str):
        raise bad_argument(name, value, "must be a number or a tuple of two")
    return None


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) else None


def overlapping(name: str, low: float, high: float, *, optional: bool = False) -> Check:
    """A number from ``low`` to ``high``, or two that span some of that."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        if optional and value is None:
            return
        pair = _pair_of(value, name)
        bounds = (value, value) if pair is None else pair
        first, second = _number(bounds[0]), _number(bounds[1])
        if (first is not None and first > high) or (second is not None and second < low):
            raise bad_argument(name, value, f"must lie between {low} and {high}")

    return check


def within(name: str, low: float, high: float, *, optional: bool = False, open_low: bool = False) -> Check:
    """A number from ``low`` to ``high``, or two of them."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        if optional and value is None:
            return
        for bound in _pair_of(value, name) or (value,):
            number = _number(bound)
            if number is not None and (number > high or number < low or (open_low and number == low)):
                raise bad_argument(name, value, f"must lie between {low} and {high}")

    return check


def plain_number(name: str, low: float, high: float) -> Check:
    """A single number from ``low`` to ``high``."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        number = _number(value)
        if (plain(value) and number is None) or (number is not None and not low <= number <= high):
            raise bad_argument(name, value, f"must be a number between {low} and {high}")

    return check


def symmetric(name: str, most: float | None, *, sorted_pair: bool = True, optional: bool = False) -> Check:
    """Keras 2: a number, or two of which the first is no greater; none beyond ``most`` either way."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        if optional and value is None:
            return
        if value is None or isinstance(value, str) or (isinstance(value, tuple) and len(value) < 2):
            raise bad_argument(name, value, "must be a number or a tuple of two")
        bounds = value[:2] if isinstance(value, tuple) else (value, value)
        low, high = _number(bounds[0]), _number(bounds[1])
        if not isinstance(value, tuple) and low is not None:
            low = -low
        if sorted_pair and low is not None and high is not None and high < low:
            raise bad_argument(name, value, "must not be negative, and of two the first is the lesser")
        if most is not None and any(number is not None and abs(number) > most for number in (low, high)):
            raise bad_argument(name, value, f"must lie between {-most} and {most}")

    return check


def above_minus_one(name: str, *, sorted_pair: bool) -> Check:
    """Keras 2: a number up to 1 or two numbers, none below -1."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        if name == "width_factor" and value is None:
            return
        symmetric(name, None, sorted_pair=sorted_pair)(arguments)
        bounds = value[:2] if isinstance(value, tuple) else (value, value)
        numbers = [_number(bound) for bound in bounds]
        if not isinstance(value, tuple) and numbers[0] is not None:
            numbers[0] = -numbers[0]
        if any(number is not None and number < -1 for number in numbers):
            raise bad_argument(name, value, "must not be below -1")

    return check


def false_or_overlapping(arguments: Arguments) -> None:
    """Keras 3's brightness and rotation take whatever is false for 0."""
    if not plain(arguments["factor"]) or arguments["factor"]:
        overlapping("factor", -1, 1)(arguments)


def contrast(arguments: Arguments) -> None:
    """Keras 2's contrast: nothing negative, and the first no greater than 1."""
    value = arguments["factor"]
    if value is None or isinstance(value, str) or (isinstance(value, tuple) and len(value) < 2):
        raise bad_argument("factor", value, "must be a number or a tuple of two")
    bounds = value[:2] if isinstance(value, tuple) else (value, value)
    low, high = _number(bounds[0]), _number(bounds[1])
    if (low is not None and not 0 <= low <= 1) or (high is not None and high < 0):
        raise bad_argument("factor", value, "must lie between 0 and 1")


def two_numbers(name: str) -> Check:
    """A tuple of two numbers."""

    def check(arguments: Arguments) -> None:
        value = arguments[name]
        if (plain(value) and not isinstance(value, tuple)) or (isinstance(value, tuple) and len(value) != 2):
            raise bad_argument(name, value, "must be a tuple of two numbers")

    return check


def choice(name: str, *allowed: str) -> Check:
    """One of a few names."""

    def check(arguments: Arguments) -> None:
        if plain(arguments[name]) and arguments[name] not in allowed:
            raise bad_argument(name, arguments[name], f"must be one of {', '.join(allowed)}")

    return check


def odd_size(arguments: Arguments) -> None:
    """A window that has a middle."""
    value = arguments["kernel_size"]
    for size in _pair_of(value, "kernel_size") or (value,):
        number = _number(size)
        if number is not None and number % 2 == 0:
            raise bad_argument("kernel_size", value, "must be odd")


def read_whole(value: Any, name: str) -> Dim:
    """What Python's ``int`` makes of a value."""
    if not plain(value):
        return UNKNOWN
    try:
        if isinstance(value, tuple) or value is None:
            raise ValueError
        return int(value)
    except (ValueError, OverflowError):
        raise bad_argument(name, value, "must be an integer") from None


def whole(name: str) -> Check:
    """A number, or a text that is one."""

    def check(arguments: Arguments) -> None:
        read_whole(arguments[name], name)

    return check
