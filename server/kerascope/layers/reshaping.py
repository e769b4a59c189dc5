"""Layers that rearrange axes: ``Flatten``, ``Reshape``.

Facts: keras/src/layers/reshaping, tf_keras/src/layers/reshaping.
"""

from __future__ import annotations

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, product
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    bad_argument,
    data_format_of,
    input_rank,
    plain,
    refuse,
    single_input,
)


def _check_flatten(arguments: Arguments, context: Context) -> None:
    data_format_of(arguments, context)


def _flatten(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = single_input(inputs)
    input_rank(spec, least=1)
    if spec.shape is UNRANKED:
        return Outcome(TensorSpec((UNKNOWN, UNKNOWN), spec.dtype))
    return Outcome(TensorSpec((spec.shape[0], product(spec.shape[1:])), spec.dtype))


def _target(arguments: Arguments, context: Context) -> Ranked | None:
    """``target_shape`` with -1 kept; ``None`` where its length is not known."""
    value = arguments["target_shape"]
    if not isinstance(value, tuple):
        if value is None or isinstance(value, bool | int | float):
            raise bad_argument("target_shape", value, "must be a tuple of integers")
        if not isinstance(value, str):
            return None
        value = tuple(value)
    if context.major == 3:
        numbers = [item for item in value if isinstance(item, int)]
        if any(item < -1 for item in numbers):
            raise bad_argument("target_shape", value, "must hold non-negative integers and at most one -1")
        if numbers.count(-1) > 1:
            raise bad_argument("target_shape", value, "must hold at most one -1")
        # Keras 3 takes whatever is no integer for a length that is found at run time.
        value = tuple(None if plain(item) and not isinstance(item, int) else item for item in value)
    if context.major == 2 and any(isinstance(item, str | float) for item in value):
        return (None,) * len(value)
    return tuple(item if item is None or isinstance(item, int) else UNKNOWN for item in value)


def _check_reshape(arguments: Arguments, context: Context) -> None:
    _target(arguments, context)


def _reshape(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    target = _target(arguments, context)
    spec = single_input(inputs)
    if target is None:
        return Outcome(TensorSpec(UNRANKED, spec.dtype))
    if spec.shape is UNRANKED:
        return Outcome(TensorSpec((UNKNOWN, *_unresolved(target, UNKNOWN)), spec.dtype))
    input_rank(spec, least=1)
    if context.major == 2:
        target = _keras_2_target(spec.shape[1:], target)
    return Outcome(TensorSpec((spec.shape[0], *_resolved(spec.shape[1:], target)), spec.dtype))


def _keras_2_target(shape: Ranked, target: Ranked) -> Ranked:
    """Keras 2 wants integers, reads a negative one as -1 if it can count the elements, else refuses it."""
    if any(item is None for item in target):
        raise bad_argument("target_shape", target, "must hold integers only")
    if None in shape and any(isinstance(dim, int) and dim < -1 for dim in target):
        raise bad_argument("target_shape", target, "must hold non-negative integers and at most one -1")
    if not all(isinstance(dim, int) for dim in shape):
        return target
    target = tuple(-1 if isinstance(dim, int) and dim < 0 else dim for dim in target)
    if target.count(-1) > 1:
        raise bad_argument("target_shape", target, "must hold at most one -1")
    return target


def _unresolved(target: Ranked, filler: Dim) -> Ranked:
    return tuple(filler if isinstance(dim, int) and dim < 0 else dim for dim in target)


def _resolved(shape: Ranked, target: Ranked) -> Ranked:
    """``compute_reshape_output_shape``: a ``None`` anywhere keeps Keras from counting elements."""
    if None in shape or None in target:
        return _unresolved(target, None)
    if UNKNOWN in shape or UNKNOWN in target:
        return _unresolved(target, UNKNOWN)
    total = product(shape)
    assert isinstance(total, int)
    fixed = product(dim for dim in target if dim != -1)
    assert isinstance(fixed, int)
    if -1 not in target:
        if fixed != total:
            raise _total_size(shape, target, f"{total} elements do not fit into {target}, which has {fixed}")
        return target
    if fixed == 0 or total % fixed:
        raise _total_size(shape, target, f"{total} elements cannot be divided by the {fixed} of {target}")
    return _unresolved(target, total // fixed)


def _total_size(shape: Ranked, target: Ranked, reason: str) -> Exception:
    return refuse(FaultKind.TOTAL_SIZE, reason, input_shape=shape, target_shape=target)


LAYERS = (
    LayerSpec(
        name="Flatten",
        parameters={3: "data_format=None, **kwargs"},
        check=_check_flatten,
        call=_flatten,
        cases=(
            Case({}, (None, 28, 28, 1), output=(None, 784), params=0),
            Case({}, (None, 28, None, 1), output=(None, None), params=0),
            Case({}, (None,), output=(None, 1), params=0),
            Case({"data_format": "channels_first"}, (8, 3, 4), output=(8, 12), params=0),
            Case({"data_format": "first"}, (8, 3, 4), raises=FaultKind.ARGUMENT),
        ),
    ),
    LayerSpec(
        name="Reshape",
        parameters={3: "target_shape, **kwargs"},
        check=_check_reshape,
        call=_reshape,
        cases=(
            Case({"target_shape": (28, 28, 1)}, (None, 784), output=(None, 28, 28, 1), params=0),
            Case({"target_shape": (-1, 7)}, (None, 784), output=(None, 112, 7), params=0),
            Case({"target_shape": (-1, 7)}, (None, None, 4), output=(None, None, 7), params=0),
            Case({"target_shape": (28, 28)}, (None, 785), raises=FaultKind.TOTAL_SIZE),
            Case({"target_shape": (-1, 9)}, (None, 784), raises=FaultKind.TOTAL_SIZE),
            Case({"target_shape": 784}, (None, 28, 28), raises=FaultKind.ARGUMENT),
        ),
    ),
)
