"""Adaptive pooling, which Keras 3 has: the output's size is given, the windows follow from it.

Facts: keras/src/layers/pooling/base_adaptive_pooling.py. The number of axes is looked at only when data comes.
"""

from __future__ import annotations

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
    bad_argument,
    compute_dtype,
    plain,
    sole_input,
)


def _data_format(arguments: Arguments, context: Context) -> str | None:
    """As it is written: unlike other layers these do not lower the case."""
    value = arguments["data_format"]
    if not plain(value):
        return None
    if not value:
        return context.data_format
    if value not in ("channels_last", "channels_first"):
        raise bad_argument("data_format", value, 'must be "channels_last" or "channels_first"')
    return str(value)


def _sizes(arguments: Arguments, rank: int) -> tuple[object, ...] | None:
    value = arguments["output_size"]
    if isinstance(value, int):
        return (value,) * rank
    if isinstance(value, tuple) and len(value) == rank:
        return value
    if plain(value) or isinstance(value, tuple):
        raise bad_argument("output_size", value, f"must be an integer or a tuple of {rank} integers")
    return None


def _check(arguments: Arguments, context: Context, rank: int) -> None:
    _sizes(arguments, rank)
    _data_format(arguments, context)


def _call(arguments: Arguments, inputs: Inputs, context: Context, rank: int) -> Outcome:
    shape = sole_input(inputs).shape
    dtype = compute_dtype(arguments)
    lengths: list[Dim] = []
    for size in _sizes(arguments, rank) or (UNKNOWN,) * rank:
        if isinstance(size, str | float | tuple) or (isinstance(size, int) and size < 0):
            raise bad_argument("output_size", size, "must be a positive integer")
        lengths.append(int(size) if isinstance(size, int) else None if size is None else UNKNOWN)
    data_format = _data_format(arguments, context)
    if context.on_data and shape is not UNRANKED and len(shape) != rank + 2:
        return Outcome(TensorSpec(UNRANKED, dtype))
    if shape is UNRANKED or not shape or data_format is None:
        batch = UNKNOWN if shape is UNRANKED or not shape else shape[0]
        return Outcome(TensorSpec((batch, *(UNKNOWN,) * (rank + 1)), dtype))
    if data_format == "channels_last":
        return Outcome(TensorSpec((shape[0], *lengths, shape[-1]), dtype))
    if len(shape) < 2:
        raise bad_argument(
            "data_format", data_format, f"needs an input with channels, received shape {shape}"
        )
    output: Ranked = (shape[0], shape[1], *lengths)
    return Outcome(TensorSpec(output, dtype))


def _layer(kind: str, rank: int) -> LayerSpec:
    shape = (None, *(8, 9, 10)[:rank], 4)
    return LayerSpec(
        name=f"Adaptive{kind}Pooling{rank}D",
        parameters={3: "output_size, data_format=None, **kwargs", 2: None},
        check=lambda arguments, context: _check(arguments, context, rank),
        call=lambda arguments, inputs, context: _call(arguments, inputs, context, rank),
        cases=(
            Case({"output_size": 3}, shape, output=(None, *(3,) * rank, 4), params=0, majors=(3,)),
            Case(
                {"output_size": (2, 3, 4)[:rank], "data_format": "channels_first"},
                (None, 4, *(8, 9, 10)[:rank]),
                output=(None, 4, *(2, 3, 4)[:rank]),
                params=0,
                majors=(3,),
            ),
            Case({"output_size": "3"}, shape, raises=FaultKind.ARGUMENT, majors=(3,)),
            Case({"output_size": (3,) * (rank + 1)}, shape, raises=FaultKind.ARGUMENT, majors=(3,)),
            Case({"output_size": 3, "data_format": "last"}, shape, raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    )


LAYERS = tuple(_layer(kind, rank) for kind in ("Average", "Max") for rank in (1, 2, 3))
