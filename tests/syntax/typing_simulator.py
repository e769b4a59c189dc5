"""Types a line of a program as a person does: character by character, with or without an editor's brackets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_CLOSERS = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'"}


@dataclass(frozen=True)
class Typed:
    """One state of the text, how many characters of it stand in the line that is typed, and those before the cursor."""

    text: str
    length: int
    typed: str


def states(text: str, line: int, *, auto_close: bool) -> Iterator[Typed]:
    """The text without what line ``line`` says, and then after every key that is pressed."""
    lines = text.splitlines(keepends=True)
    whole = lines[line].rstrip("\n")
    before, after = "".join(lines[:line]), lines[line][len(whole) :] + "".join(lines[line + 1 :])
    margin = whole[: len(whole) - len(whole.lstrip())]
    for left, right in _keys(margin, whole[len(margin) :], auto_close):
        yield Typed(before + left + right + after, len(left) + len(right), left)


def _keys(margin: str, typed: str, auto_close: bool) -> Iterator[tuple[str, str]]:
    """The line before and after the cursor. An editor indents by itself, so the margin is there at once."""
    left, right = margin, ""
    yield left, right
    for key in typed:
        if auto_close and right.startswith(key) and key in _CLOSERS.values():
            right = right[1:]  # the editor's own closing bracket is typed over
        elif (
            auto_close
            and key in _CLOSERS
            and (key not in "\"'" or not (left[-1:].isalnum() or left[-1:] in "\"'"))
        ):
            right = _CLOSERS[key] + right
        left += key
        yield left, right
