"""``einsum``: products that letters describe."""

from __future__ import annotations

import re
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import FaultKind, refuse
from kerascope.operations.base import (
    UNKNOWN_SPEC,
    Bound,
    Nest,
    Operation,
    keras_operation,
    operand,
    rows_alike,
)
from kerascope.operations.dtypes import keras_common, tf_common
from kerascope.operations.shapes import broadcast


def einsum(promotes: bool) -> Any:
    """``einsum``: each letter is a size, and what ``...`` stands for broadcasts."""

    def transfer(args: Bound) -> Nest:
        values, text = args["operands"], args["equation"]
        if not isinstance(values, tuple) or not isinstance(text, str):
            return UNKNOWN_SPEC
        if args.keras_infers and " " in text:
            # Keras 3 takes a space for a letter.
            return UNKNOWN_SPEC
        items = tuple(operand(value) for value in values)
        dtype = keras_common(items) if promotes else tf_common(items)
        if dtype == "int8":
            dtype = ""
        shape = _einsum_shape(text, [item.spec.shape for item in items], args.keras_infers)
        return TensorSpec(shape, dtype)

    return transfer


def _einsum_shape(text: str, shapes: list[Shape], keras_infers: bool) -> Shape:
    equation = text.replace(" ", "")
    if not re.fullmatch(r"[A-Za-z.,]*(->[A-Za-z.]*)?", equation):
        return UNRANKED
    inputs, arrow, output = equation.partition("->")
    terms = inputs.split(",")
    if len(terms) != len(shapes) or any(
        not re.fullmatch(r"[A-Za-z]*(\.\.\.)?[A-Za-z]*", term) for term in terms
    ):
        return UNRANKED
    letters = inputs.replace(",", "").replace(".", "")
    if not arrow:
        output = "..." * ("..." in inputs) + "".join(sorted(x for x in set(letters) if letters.count(x) == 1))
    found: dict[str, list[Dim]] = {}
    rest: list[Shape] = []
    for term, shape in zip(terms, shapes, strict=True):
        named = _named_dims(term, shape)
        for letter, dim in named[0]:
            found.setdefault(letter, []).append(dim)
        rest.append(named[1])
    if any(letter not in found for letter in output.replace(".", "")):
        return UNRANKED
    dims = {
        letter: _letter_dim(letter, sizes, keras_infers, letter in output) for letter, sizes in found.items()
    }
    middle = broadcast(*rest)
    before, ellipsis, after = output.partition("...")
    if ellipsis and middle is UNRANKED:
        return UNRANKED
    inside = middle if ellipsis and middle is not UNRANKED else ()
    return (*(dims[letter] for letter in before), *inside, *(dims[letter] for letter in after))


def _named_dims(term: str, shape: Shape) -> tuple[list[tuple[str, Dim]], Shape]:
    """The size of each letter, and what the ellipsis stands for."""
    before, ellipsis, after = term.partition("...")
    count = len(before) + len(after)
    if shape is UNRANKED:
        return [(letter, UNKNOWN) for letter in before + after], (UNRANKED if ellipsis else ())
    if len(shape) < count or (not ellipsis and len(shape) != count):
        raise refuse(
            FaultKind.RANK,
            f"`{term}` names {count} axes, but the shape is {shape}",
            expected=count,
            received=len(shape),
            shape=shape,
        )
    last = len(shape) - len(after)
    pairs = [*zip(before, shape, strict=False), *zip(after, shape[last:], strict=True)]
    return pairs, shape[len(before) : last]


def _letter_dim(letter: str, found: list[Dim], keras_infers: bool, shown: bool) -> Dim:
    """The size that a letter stands for.

    Keras 3 looks at the letters of the output alone, and lets a size of one stretch.
    """
    large = [dim for dim in found if isinstance(dim, int) and dim != 1]
    if any(dim != large[0] for dim in large) and (shown or not keras_infers):
        raise refuse(
            FaultKind.DIM,
            f"`{letter}` stands for sizes {large[0]} and {next(dim for dim in large if dim != large[0])}",
            axis=letter,
            expected=large[0],
            received=next(dim for dim in large if dim != large[0]),
        )
    if large:
        return large[0]
    if all(dim == 1 for dim in found):
        return 1
    return None if all(dim is None for dim in found) or (keras_infers and UNKNOWN not in found) else UNKNOWN


def _einsum_cases(function: str) -> tuple[str, ...]:
    return (
        f"{function}('bij,bjk->bik', t(None, 3, 4), t(None, 4, 5))",
        f"{function}('bqhd,bkhd->bhqk', t(None, 7, 2, 4), t(None, 9, 2, 4))",
        f"{function}('...ij,...jk->...ik', t(None, 2, 3, 4), t(None, 2, 4, 5))",
        f"{function}('ij,jk', t(3, 4), t(4, 5))",
        f"{function}('bi,bi->b', t(None, 3), t(None, 3))",
        f"{function}('bi, ij -> bj', t(None, 3), t(3, 4))",
        f"{function}('bij,bjk->bik', t(None, 3, 4), t(None, 4))",
        f"{function}('bij,bij->bi', t(None, 3, 4), t(None, 2, 4))",
    )


OPERATIONS: tuple[Operation, ...] = (
    keras_operation(
        "einsum", "subscripts: equation, *operands, **kwargs", einsum(True), *_einsum_cases("ops.einsum")
    ),
    Operation(
        "tf.einsum",
        "equation, *inputs: operands, **kwargs",
        einsum(False),
        {2: rows_alike("einsum")},
        _einsum_cases("tf.einsum"),
    ),
)
