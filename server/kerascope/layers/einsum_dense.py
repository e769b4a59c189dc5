"""``EinsumDense``: a dense layer whose axes an equation names.

Facts: keras/src/layers/core/einsum_dense.py, tf_keras/src/layers/core/einsum_dense.py. Keras 3 gives the output
shape that the arguments add up to, Keras 2 the one that TensorFlow finds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    Refusal,
    Weight,
    bad_argument,
    check_identifiers,
    compute_dtype,
    plain,
    refuse,
    sole_input,
)

# An ellipsis stands left on both sides, right on both sides, or nowhere. What follows the last is overlooked.
_FORMS = (
    re.compile(r"(?P<x>[a-zA-Z]+),(?P<w>[a-zA-Z]+)->(?P<y>[a-zA-Z]+)"),
    re.compile(r"(?P<left>\.\.\.)(?P<x>[a-zA-Z]+),(?P<w>[a-zA-Z]+)->\.\.\.(?P<y>[a-zA-Z]+)"),
    re.compile(r"(?P<x>[a-zA-Z]{2,})(?P<right>\.\.\.),(?P<w>[a-zA-Z]+)->(?P<y>[a-zA-Z]+)\.\.\."),
)


@dataclass(frozen=True, slots=True)
class _Equation:
    """``x,w->y``: the letters of the input, of the kernel and of the output."""

    x: str
    w: str
    y: str
    left: bool = False
    right: bool = False


def _equation(text: str) -> _Equation:
    for form in _FORMS:
        found = form.match(text)
        if found is not None:
            parts = found.groupdict()
            return _Equation(parts["x"], parts["w"], parts["y"], "left" in parts, "right" in parts)
    raise bad_argument(
        "equation", text, "must have the form 'ab,bc->ac', '...b,bc->...c' or 'ab...,bc->ac...'"
    )


def _check(arguments: Arguments, context: Context) -> None:
    value = arguments["output_shape"]
    if value is None or isinstance(value, float):
        raise bad_argument("output_shape", value, "must be an integer or a tuple of integers and None")
    check_identifiers(arguments, context)


def _partial(arguments: Arguments) -> tuple[Dim, ...] | None:
    """``output_shape``, the batch left out; ``None`` where its length is not known."""
    value = arguments["output_shape"]
    if isinstance(value, int):
        return (value,)
    if not isinstance(value, tuple):
        return None
    for item in value:
        if isinstance(item, str | float | tuple):
            raise bad_argument("output_shape", value, "must hold integers and None")
        if isinstance(item, int) and item < 0:
            raise bad_argument("output_shape", value, "must not hold negative numbers")
    return tuple(item if item is None or isinstance(item, int) else UNKNOWN for item in value)


def _call(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    shape = sole_input(inputs).shape
    text, bias_axes, partial = arguments["equation"], arguments["bias_axes"], _partial(arguments)
    dtype = compute_dtype(arguments)
    if not isinstance(text, str):
        if plain(text):
            raise bad_argument("equation", text, "must be a string")
        return Outcome(TensorSpec(UNRANKED, dtype), None)
    equation = _equation(text)
    if shape is UNRANKED or partial is None or not shape or arguments.get("lora_rank") is not None:
        return Outcome(TensorSpec(UNRANKED, dtype), None)
    if bias_axes is not None and not isinstance(bias_axes, str):
        return Outcome(TensorSpec(UNRANKED, dtype), None)
    full = _full_output(equation, shape, partial)
    sizes = _sizes(equation, shape, full, text)
    places = _places(equation, len(shape))[1]
    given = {letter: _at(full, places[letter], shape, text) for letter in equation.y if letter in equation.w}
    # Where input and output both name a letter, Keras 3 asks the output for its length, Keras 2 the input.
    known = {**sizes, **given} if context.major == 3 else {**given, **sizes}
    for letter in equation.w:
        if letter not in known:
            raise _no_place(letter, text, "stands only in the kernel")
    kernel = tuple(known[letter] for letter in equation.w)
    weights = [Weight(_made(kernel, shape))]
    bias: Ranked = ()
    if bias_axes is not None:
        bias = _bias(equation, bias_axes, full, len(shape) - len(equation.x))
        weights.append(Weight(_made(bias, shape)))
    output: Ranked = tuple(full)
    if context.traced:
        output = _traced(equation, shape, kernel, bias)
    for side in output:
        if isinstance(side, int) and side < 0:
            raise bad_argument("output_shape", arguments["output_shape"], "must not hold negative numbers")
    return Outcome(TensorSpec(output, dtype), tuple(weights))


def _full_output(equation: _Equation, shape: Ranked, partial: Sequence[Dim]) -> list[Dim]:
    """The output with its batch and the axes that the ellipsis stands for.

    Keras puts those on the left in one by one behind the batch, so that several come out in reverse.
    """
    elided = len(shape) - len(equation.x)
    full = [shape[0], *partial]
    if equation.left:
        return [full[0], *reversed(shape[1:elided]), *full[1:]]
    return full + list(shape[len(equation.x) :] if elided > 0 else ())


def _places(equation: _Equation, ndim: int) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Where each letter of the input and of the output stands."""
    shift = ndim - len(equation.x) if equation.left else 0
    x = {letter: index + shift - (ndim if equation.left else 0) for index, letter in enumerate(equation.x)}
    return x, {letter: index + shift for index, letter in enumerate(equation.y)}


def _at(dims: Sequence[Dim], index: int, shape: Ranked, text: str) -> Dim:
    if not -len(dims) <= index < len(dims):
        raise refuse(
            FaultKind.RANK,
            f"the equation {text!r} does not fit an input of shape {shape} and its `output_shape`",
            received=len(shape),
            shape=shape,
            equation=text,
        )
    return dims[index]


def _sizes(equation: _Equation, shape: Ranked, full: Sequence[Dim], text: str) -> Mapping[str, Dim]:
    """The lengths that the input gives to letters; where the output names one as well, they must agree."""
    x, y = _places(equation, len(shape))
    sizes: dict[str, Dim] = {}
    for letter in equation.x:
        size = sizes[letter] = _at(shape, x[letter], shape, text)
        if letter not in y:
            continue
        given = _at(full, y[letter], shape, text)
        if given is not None and UNKNOWN not in (given, size) and given != size:
            raise refuse(
                FaultKind.DIM,
                f"`output_shape` gives {given} for {letter!r}, the input of shape {shape} has {size}",
                axis=x[letter],
                expected=given,
                received=size,
                shape=shape,
            )
    for letter in equation.y:
        if letter not in equation.x and letter not in equation.w:
            raise _no_place(letter, text, "stands only in the output")
    return sizes


def _no_place(letter: str, text: str, reason: str) -> Refusal:
    return bad_argument("equation", text, f"has a letter {letter!r} that {reason}")


def _bias(equation: _Equation, axes: str, full: Sequence[Dim], elided: int) -> Ranked:
    """One side per output letter from the first biased one on, 1 for those without a bias."""
    shift = elided if equation.left else 0
    for letter in axes:
        if letter not in equation.y:
            raise bad_argument("bias_axes", axes, f"names {letter!r}, which the output has not")
    if not axes:
        raise bad_argument("bias_axes", axes, "must name an axis of the output")
    first = min(equation.y.find(letter) for letter in axes)
    sides: list[Dim] = []
    for index, letter in enumerate(equation.y):
        if not -len(full) <= index + shift < len(full):
            raise bad_argument("output_shape", tuple(full), "is too short for the equation")
        if index >= first:
            sides.append(full[equation.y.rfind(letter) + shift] if letter in axes else 1)
    return (*sides, *(1,) * (0 if equation.left else max(elided, 0)))


def _made(sides: Ranked, shape: Ranked) -> Ranked:
    """The shape of a weight, no side of which may be ``None``."""
    if None in sides:
        raise refuse(
            FaultKind.DIM,
            f"a weight of shape {sides} cannot be made; the input has shape {shape}",
            axis=sides.index(None),
            expected="a number",
            received=None,
            shape=shape,
        )
    return sides


def _traced(equation: _Equation, shape: Ranked, kernel: Ranked, bias: Ranked) -> Ranked:
    """The output as TensorFlow infers it from the input, the kernel and the bias."""
    elided = len(shape) - len(equation.x)
    if elided < 0 or (elided and not (equation.left or equation.right)):
        raise refuse(
            FaultKind.RANK,
            f"expected ndim={len(equation.x)}, found ndim={len(shape)}",
            expected=len(equation.x),
            received=len(shape),
            shape=shape,
        )
    sizes: dict[str, Dim] = {}
    own = shape[elided:] if equation.left else shape[: len(equation.x)]
    for letter, side in (*zip(equation.x, own, strict=True), *zip(equation.w, kernel, strict=True)):
        if sizes.get(letter) is None:
            sizes[letter] = side
    rest = shape[:elided] if equation.left else shape[len(equation.x) :]
    named = tuple(sizes[letter] for letter in equation.y)
    output = [*rest, *named] if equation.left else [*named, *rest]
    for index in range(1, min(len(bias), len(output)) + 1):
        if output[-index] is None and bias[-index] != 1:
            output[-index] = bias[-index]
    return tuple(output)


_HEAD = (
    "equation, output_shape, activation=None, bias_axes=None, kernel_initializer='glorot_uniform', "
    "bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, "
)


def _given(equation: str, output_shape: Any, bias_axes: str | None = None) -> dict[str, Any]:
    return {"equation": equation, "output_shape": output_shape, "bias_axes": bias_axes}


LAYERS = (
    LayerSpec(
        name="EinsumDense",
        parameters={
            3: _HEAD + "kernel_constraint=None, bias_constraint=None, lora_rank=None, lora_alpha=None, "
            "gptq_unpacked_column_size=None, quantization_config=None, **kwargs",
            2: _HEAD + "activity_regularizer=None, kernel_constraint=None, bias_constraint=None, **kwargs",
        },
        check=_check,
        call=_call,
        cases=(
            Case(_given("ab,bc->ac", 64, "c"), (None, 32), output=(None, 64), params=2112),
            Case(
                _given("abc,cd->abd", (None, 64), "d"),
                (None, 32, 128),
                output=(None, None, 64),
                params=8256,
                majors=(3,),
            ),
            Case(
                _given("abc,cd->abd", (None, 64), "d"),
                (None, 32, 128),
                output=(None, 32, 64),
                params=8256,
                majors=(2,),
            ),
            Case(_given("...x,xy->...y", 64, "y"), (None, 32, 128), output=(None, 32, 64), params=8256),
            Case(
                _given("abc,cde->abde", (10, 3, 4), "de"), (None, 10, 5), output=(None, 10, 3, 4), params=72
            ),
            Case(_given("abc,cd->abd", (7, 4)), (None, 10, 5), raises=FaultKind.DIM),
            Case(_given("abc,cd->abd", (None, 4)), (None, 10, None), raises=FaultKind.DIM),
            Case(_given("abc,cd->abd", (None, 4)), (None, 5), raises=FaultKind.RANK),
            Case(_given("abc,cd", (None, 4)), (None, 10, 5), raises=FaultKind.ARGUMENT),
            Case(_given("ab,bc->ac", 4, "z"), (None, 5), raises=FaultKind.ARGUMENT),
        ),
    ),
)
