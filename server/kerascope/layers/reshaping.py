"""Layers that rearrange axes: ``Flatten``, ``Reshape``, ``Permute``, ``RepeatVector``.

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
    cast_dtype,
    compute_dtype,
    data_format_of,
    input_rank,
    plain,
    refuse,
    sole_input,
)


def _check_flatten(arguments: Arguments, context: Context) -> None:
    data_format_of(arguments, context)


def _flatten(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = sole_input(inputs)
    input_rank(spec, least=1)
    if spec.shape is UNRANKED:
        return Outcome(TensorSpec((UNKNOWN, UNKNOWN), cast_dtype(spec, arguments)))
    return Outcome(TensorSpec((spec.shape[0], product(spec.shape[1:])), cast_dtype(spec, arguments)))


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
    spec = sole_input(inputs)
    if target is None:
        return Outcome(TensorSpec(UNRANKED, cast_dtype(spec, arguments)))
    if spec.shape is UNRANKED:
        return Outcome(TensorSpec((UNKNOWN, *_unresolved(target, UNKNOWN)), cast_dtype(spec, arguments)))
    input_rank(spec, least=1)
    if context.major == 2:
        target = _keras_2_target(spec.shape[1:], target)
    return Outcome(
        TensorSpec((spec.shape[0], *_resolved(spec.shape[1:], target)), cast_dtype(spec, arguments))
    )


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


def _dims(arguments: Arguments) -> tuple[int, ...] | int | None:
    """``dims`` of ``Permute``; only their number where some are unknown, ``None`` where that is too."""
    value = arguments["dims"]
    if not isinstance(value, tuple):
        if plain(value):
            raise bad_argument("dims", value, "must be a tuple of axes, counted from 1")
        return None
    if not plain(value):
        return len(value)
    numbers = [item for item in value if isinstance(item, int | float)]
    if len(numbers) < len(value) or sorted(numbers) != [*range(1, len(value) + 1)]:
        raise bad_argument("dims", value, f"must be the axes 1 to {len(value)} in some order")
    return tuple(int(item) for item in value)


def _check_permute(arguments: Arguments, context: Context) -> None:
    _dims(arguments)


def _permute(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = sole_input(inputs)
    dims = _dims(arguments)
    if dims is None:
        return Outcome(TensorSpec(UNRANKED, cast_dtype(spec, arguments)))
    count = dims if isinstance(dims, int) else len(dims)
    input_rank(spec, exact=count + 1)
    if spec.shape is UNRANKED or isinstance(dims, int):
        batch: Dim = UNKNOWN if spec.shape is UNRANKED else spec.shape[0]
        return Outcome(TensorSpec((batch, *(UNKNOWN,) * count), cast_dtype(spec, arguments)))
    return Outcome(
        TensorSpec((spec.shape[0], *(spec.shape[dim] for dim in dims)), cast_dtype(spec, arguments))
    )


def _repeats(arguments: Arguments, context: Context) -> Dim:
    value = arguments["n"]
    if plain(value) and (not isinstance(value, int) or (context.major == 3 and isinstance(value, bool))):
        raise bad_argument("n", value, "must be an integer")
    if isinstance(value, int) and value <= 0 and context.major == 3:
        raise bad_argument("n", value, "must be a positive integer")
    return value if isinstance(value, int) else UNKNOWN


def _check_repeat_vector(arguments: Arguments, context: Context) -> None:
    _repeats(arguments, context)


def _repeat_vector(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec = sole_input(inputs)
    input_rank(spec, exact=2)
    count = _repeats(arguments, context)
    batch, features = (UNKNOWN, UNKNOWN) if spec.shape is UNRANKED else spec.shape
    return Outcome(TensorSpec((batch, count, features), compute_dtype(arguments)))


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
    LayerSpec(
        name="Permute",
        parameters={3: "dims, **kwargs"},
        check=_check_permute,
        call=_permute,
        cases=(
            Case({"dims": (2, 1)}, (None, 10, 64), output=(None, 64, 10), params=0),
            Case({"dims": (2, 1)}, (None, 10, 64, 3), raises=FaultKind.RANK),
            Case({"dims": (0, 1)}, (None, 10, 64), raises=FaultKind.ARGUMENT),
        ),
    ),
    LayerSpec(
        name="RepeatVector",
        parameters={3: "n, **kwargs"},
        check=_check_repeat_vector,
        call=_repeat_vector,
        cases=(
            Case({"n": 3}, (None, 32), output=(None, 3, 32), params=0),
            Case({"n": 3}, (None, 4, 32), raises=FaultKind.RANK),
            Case({"n": 3.0}, (None, 32), raises=FaultKind.ARGUMENT),
            Case({"n": 0}, (None, 32), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
)
