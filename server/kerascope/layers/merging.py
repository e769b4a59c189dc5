"""Layers that merge several inputs.

Facts: keras/src/layers/merging, tf_keras/src/layers/merging. Keras 3 merges shapes by its own rules, Keras 2
by those of TensorFlow's broadcasting, under which a known length wins over ``None``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, Shape, dim_add
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
    bad_argument,
    compute_dtype,
    plain,
    refuse,
)
from kerascope.layers.masking import Masking


def _specs(inputs: Inputs, least: int) -> list[TensorSpec] | None:
    """The tensors to merge; ``None`` where the nest is not one that can be told."""
    if isinstance(inputs, TensorSpec):
        if inputs.shape is UNRANKED:
            return None
        raise refuse(
            FaultKind.ARITY,
            f"a merging layer must be called on a list of inputs, received one of shape {inputs.shape}",
            expected="a list of inputs",
            received=1,
        )
    if not isinstance(inputs, tuple) or not all(isinstance(item, TensorSpec) for item in inputs):
        return None
    if len(inputs) < least:
        raise refuse(
            FaultKind.ARITY,
            f"a merging layer needs at least {least} inputs, received {len(inputs)}",
            expected=least,
            received=len(inputs),
        )
    return list(inputs)


def _mismatch(axis: int, dims: Sequence[Dim], shapes: Sequence[Shape]) -> Refusal:
    return refuse(
        FaultKind.DIM,
        f"inputs of shapes {', '.join(map(str, shapes))} do not match in axis {axis}",
        axis=axis,
        expected=dims[0],
        received=dims[1],
        shapes=tuple(shapes),
    )


def _broadcast(left: Dim, right: Dim, traced: bool) -> Dim:
    """One axis of two inputs: the merged length; ``ValueError`` where the two cannot be merged."""
    if left == 1:
        return right
    if right == 1:
        return left
    if isinstance(left, int) and isinstance(right, int):
        if left != right:
            raise ValueError
        return left
    if not traced:
        if left is None or right is None:
            # An unknown length may be 1, and then the other input's length wins.
            return UNKNOWN if UNKNOWN in (left, right) else None
        return UNKNOWN
    if left is None and right is None:
        return None
    if UNKNOWN in (left, right):
        return UNKNOWN
    return left if isinstance(left, int) else right


def _merged_batch(shapes: Sequence[Ranked], traced: bool) -> Dim:
    known = [shape[0] for shape in shapes if isinstance(shape[0], int)]
    if len(set(known)) > 1:
        other = next(dim for dim in known if dim != known[0])
        raise _mismatch(0, (known[0], other), shapes)
    if not shapes:
        return UNKNOWN
    if traced:
        return functools.reduce(
            lambda left, right: _broadcast(left, right, traced), (shape[0] for shape in shapes)
        )
    if known:
        return known[0]
    return UNKNOWN if any(shape[0] is UNKNOWN for shape in shapes) else None


def _elementwise(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    return _merge_elements(arguments, inputs, context, least=1)


def _merge_elements(
    arguments: Arguments, inputs: Inputs, context: Context, *, least: int, most: int | None = None
) -> Outcome:
    specs = _specs(inputs, least)
    dtype = compute_dtype(arguments)
    if specs is None:
        return Outcome(TensorSpec(UNRANKED, dtype))
    if most is not None and len(specs) > most:
        raise refuse(
            FaultKind.ARITY,
            f"the layer takes exactly {most} inputs, received {len(specs)}",
            expected=most,
            received=len(specs),
        )
    shapes = [spec.shape for spec in specs]
    ranked = [shape for shape in shapes if shape is not UNRANKED]
    batch = _merged_batch([shape for shape in ranked if shape], context.traced)
    if len(ranked) < len(shapes) or (context.on_data and len({len(shape) for shape in ranked}) > 1):
        # What Keras says of inputs with fewer axes holds for symbolic tensors; data are broadcast from their end.
        return Outcome(TensorSpec(UNRANKED, dtype))
    merged: Ranked = ranked[0][1:]
    for shape in ranked[1:]:
        merged = _merge_two(merged, shape[1:], shapes, context.traced)
    return Outcome(TensorSpec((batch, *merged), dtype))


def _merge_two(left: Ranked, right: Ranked, shapes: Sequence[Shape], traced: bool) -> Ranked:
    """Aligned at the end; the longer of the two keeps its leading axes."""
    if len(left) < len(right):
        left, right = right, left
    first = len(left) - len(right)
    result = list(left[:first])
    for index, (one, other) in enumerate(zip(left[first:], right, strict=True)):
        try:
            result.append(_broadcast(one, other, traced))
        except ValueError:
            raise _mismatch(index + first + 1, (one, other), shapes) from None
    return tuple(result)


def _concatenate(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    specs = _specs(inputs, 1)
    dtype = compute_dtype(arguments)
    axis = arguments["axis"]
    if plain(axis) and not isinstance(axis, int):
        raise bad_argument("axis", axis, "must be an integer")
    if specs is None:
        return Outcome(TensorSpec(UNRANKED, dtype))
    shapes = [spec.shape for spec in specs]
    ranked = [shape for shape in shapes if shape is not UNRANKED]
    if not ranked or not isinstance(axis, int):
        return Outcome(TensorSpec(UNRANKED, dtype))
    remaining = [_without(shape, axis, lenient=context.major == 3) for shape in ranked]
    for shape, rest in zip(ranked, remaining, strict=True):
        if len(rest) != len(remaining[0]):
            raise refuse(
                FaultKind.RANK,
                f"inputs of shapes {', '.join(map(str, shapes))} have different numbers of axes",
                expected=len(ranked[0]),
                received=len(shape),
                shape=shape,
                shapes=tuple(shapes),
            )
    for index, dims in enumerate(zip(*remaining, strict=True)):
        numbers = [dim for dim in dims if isinstance(dim, int)]
        if len(set(numbers)) > 1:
            place = index + (len(remaining[0]) < len(ranked[0]) and index >= axis % len(ranked[0]))
            raise _mismatch(place, (numbers[0], next(n for n in numbers if n != numbers[0])), shapes)
    if len(ranked) < len(shapes):
        return Outcome(TensorSpec((UNKNOWN,) * len(ranked[0]), dtype))
    return Outcome(TensorSpec(_concatenated(ranked, axis, context.traced), dtype))


def _without(shape: Ranked, axis: int, *, lenient: bool) -> Ranked:
    """``shape`` without ``axis``. Keras 3 (``lenient``) leaves a shape alone that has too few axes."""
    if -len(shape) <= axis < len(shape):
        axis %= len(shape)
        return shape[:axis] + shape[axis + 1 :]
    if lenient and axis >= 0:
        return shape
    raise _axis_refusal(axis, shape)


def _axis_refusal(axis: int, shape: Ranked) -> Refusal:
    return refuse(
        FaultKind.ARGUMENT,
        f"`axis` {axis} is out of range for an input of shape {shape}",
        argument="axis",
        received=axis,
        reason="out of range",
    )


def _concatenated(shapes: Sequence[Ranked], axis: int, traced: bool) -> Ranked:
    """Keras 3 takes the other axes from the first input, TensorFlow, ``traced``, known lengths from all of them."""
    first = shapes[0]
    if len(shapes) == 1:
        return first
    total: Dim = 0
    for shape in shapes:
        if total is None:
            break
        if not -len(shape) <= axis < len(shape):
            raise _axis_refusal(axis, shape)
        total = dim_add(total, shape[axis])
    output = list(first)
    if traced:
        output = [_agreed(dims) for dims in zip(*shapes, strict=True)]
    output[axis] = total
    return tuple(output)


def _agreed(dims: Sequence[Dim]) -> Dim:
    for dim in dims:
        if isinstance(dim, int):
            return dim
    return UNKNOWN if UNKNOWN in dims else None


def _dot_axes(arguments: Arguments) -> tuple[int, int] | None:
    axes = arguments["axes"]
    if isinstance(axes, int):
        return (axes, axes)
    if not plain(axes):
        return None
    if not isinstance(axes, tuple) or len(axes) != 2 or not all(isinstance(item, int) for item in axes):
        raise bad_argument("axes", axes, "must be an integer or two integers")
    return (axes[0], axes[1])


def _check_dot(arguments: Arguments, context: Context) -> None:
    _dot_axes(arguments)


def _dot(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """The product over one axis of each input; Keras compares their lengths as they stand, ``None`` too."""
    specs = _specs(inputs, 2)
    axes = _dot_axes(arguments)
    dtype = compute_dtype(arguments)
    if specs is None:
        return Outcome(TensorSpec(UNRANKED, dtype))
    if len(specs) != 2:
        raise refuse(
            FaultKind.ARITY,
            f"Dot takes exactly 2 inputs, received {len(specs)}",
            expected=2,
            received=len(specs),
        )
    left, right = specs[0].shape, specs[1].shape
    if axes is None or left is UNRANKED or right is UNRANKED:
        return Outcome(TensorSpec(UNRANKED, dtype))
    places = []
    for axis, shape in zip(axes, (left, right), strict=True):
        if not -len(shape) <= axis < len(shape):
            raise _axis_refusal(axis, shape)
        places.append(axis % len(shape))
    one, other = left[places[0]], right[places[1]]
    if UNKNOWN not in (one, other) and one != other:
        raise refuse(
            FaultKind.DIM,
            f"inputs of shapes {left} and {right} do not match in the axes {axes}: {one} and {other}",
            axis=places[0],
            expected=one,
            received=other,
            shapes=(left, right),
        )
    return Outcome(TensorSpec(_dot_shape(left, right, places, context.traced), dtype))


def _dot_shape(left: Ranked, right: Ranked, places: Sequence[int], traced: bool) -> Shape:
    kept = [dim for index, dim in enumerate(left) if index != places[0]]
    if traced and places[0] > 0:
        kept[0] = _merged_batch((left, right), traced)
    others = [dim for index, dim in enumerate(right) if index != places[1]]
    output = (*kept, *others[1:])
    return output if len(output) > 1 else (*output, 1)


_MERGE_CASES = (
    Case({}, [(None, 8), (None, 8)], output=(None, 8), params=0),
    Case({}, [(None, 8, 3), (None, 1, 3)], output=(None, 8, 3), params=0),
    Case({}, [(None, None, 3), (None, 8, 3)], output=(None, None, 3), params=0, majors=(3,)),
    Case({}, [(None, None, 3), (None, 8, 3)], output=(None, 8, 3), params=0, majors=(2,)),
    Case({}, [(None, 8), (None, 7)], raises=FaultKind.DIM),
    Case({}, [(4, 8), (5, 8)], raises=FaultKind.DIM),
)

_EITHER = Masking(gives="either")

LAYERS = (
    LayerSpec(name="Add", parameters={3: "**kwargs"}, masking=_EITHER, call=_elementwise, cases=_MERGE_CASES),
    LayerSpec(
        name="Multiply", parameters={3: "**kwargs"}, masking=_EITHER, call=_elementwise, cases=_MERGE_CASES
    ),
    LayerSpec(
        name="Average", parameters={3: "**kwargs"}, masking=_EITHER, call=_elementwise, cases=_MERGE_CASES
    ),
    LayerSpec(
        name="Maximum", parameters={3: "**kwargs"}, masking=_EITHER, call=_elementwise, cases=_MERGE_CASES
    ),
    LayerSpec(
        name="Minimum", parameters={3: "**kwargs"}, masking=_EITHER, call=_elementwise, cases=_MERGE_CASES
    ),
    LayerSpec(
        name="Subtract",
        masking=_EITHER,
        parameters={3: "**kwargs"},
        call=lambda arguments, inputs, context: _merge_elements(arguments, inputs, context, least=2, most=2),
        cases=(
            *_MERGE_CASES,
            Case({}, [(None, 8), (None, 8), (None, 8)], raises=FaultKind.ARITY),
        ),
    ),
    LayerSpec(
        name="Concatenate",
        masking=Masking(gives="joined"),
        parameters={3: "axis=-1, **kwargs"},
        call=_concatenate,
        cases=(
            Case({}, [(None, 8), (None, 4)], output=(None, 12), params=0),
            Case({"axis": 1}, [(None, 8, 3), (None, None, 3)], output=(None, None, 3), params=0),
            Case({}, [(None, 8, 3), (None, 7, 3)], raises=FaultKind.DIM),
            Case({}, [(None, 8, 3), (None, 3)], raises=FaultKind.RANK),
            Case({}, (None, 8), raises=FaultKind.ARITY),
        ),
    ),
    LayerSpec(
        name="Dot",
        parameters={3: "axes, normalize=False, **kwargs"},
        check=_check_dot,
        call=_dot,
        cases=(
            Case({"axes": 1}, [(None, 8), (None, 8)], output=(None, 1), params=0),
            Case({"axes": (2, 1)}, [(None, 3, 8), (None, 8, 5)], output=(None, 3, 5), params=0),
            Case({"axes": 1}, [(None, 8), (None, 7)], raises=FaultKind.DIM),
            Case({"axes": "1"}, [(None, 8), (None, 8)], raises=FaultKind.ARGUMENT),
        ),
    ),
)
