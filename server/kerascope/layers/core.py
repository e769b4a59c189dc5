"""Inputs, ``Dense``, ``Embedding``: where models start.

Facts: keras/src/layers/core/{input_layer,dense,embedding}.py, tf_keras/src/engine/input_layer.py,
tf_keras/src/layers/core/{dense,embedding}.py.
"""

from __future__ import annotations

from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Unknown
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    Weight,
    bad_argument,
    cast_dtype,
    check_identifiers,
    compute_dtype,
    input_rank,
    plain,
    refuse,
    shape_kept,
    single_input,
    size_argument,
    sole_input,
    truth,
)
from kerascope.layers.masking import PASSES, Masking


def _shape_of(value: Any, name: str, major: int) -> Shape:
    """A shape argument: a tuple of numbers and ``None``; Keras 2 takes a bare number as well."""
    if isinstance(value, int) and major == 2:
        value = (value,)
    if not isinstance(value, tuple):
        if plain(value):
            raise bad_argument(name, value, "must be a tuple of integers and None")
        return UNRANKED
    for item in value:
        if isinstance(item, str | tuple | float) or (isinstance(item, int) and item < 0):
            raise bad_argument(name, value, "must be a tuple of non-negative integers and None")
    return tuple(item if item is None or isinstance(item, int) else UNKNOWN for item in value)


def _batch_shape(arguments: Arguments, context: Context) -> Shape:
    shape = arguments.get("shape")
    if shape is None:
        shape = arguments.get("input_shape")
    whole = arguments.get("batch_shape")
    if whole is None:
        whole = arguments.get("batch_input_shape")
    batch = arguments.get("batch_size")
    given = (
        shape,
        whole,
        batch,
        arguments.get("input_tensor"),
        arguments.get("tensor"),
        arguments.get("type_spec"),
    )
    if given[3] is not None or given[4] is not None or given[5] is not None:
        return UNRANKED
    if whole is None and shape is None:
        raise bad_argument("shape", None, "must be given")
    if plain(whole) and whole is not None:
        # Keras 2's InputLayer asks whether the other shape is empty, not whether it is None.
        if plain(shape) and shape is not None and (context.major == 3 or "shape" in arguments.given or shape):
            raise bad_argument("batch_shape", whole, "must not be given together with `shape`")
        if plain(batch) and batch is not None and context.major == 3:
            raise bad_argument("batch_shape", whole, "must not be given together with `batch_size`")
    if whole is not None:
        return _shape_of(whole, "batch_shape", 3) if shape is None or shape == () else UNRANKED
    rest = _shape_of(shape, "shape", context.major)
    if rest is UNRANKED:
        return UNRANKED
    if isinstance(batch, str | float | tuple) or (isinstance(batch, int) and batch < 0):
        raise bad_argument("batch_size", batch, "must be a non-negative integer")
    first: Dim = UNKNOWN if not (batch is None or isinstance(batch, int)) else batch
    return (first, *rest)


def _check_input(arguments: Arguments, context: Context) -> None:
    _batch_shape(arguments, context)


def _input(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    return Outcome(TensorSpec(_batch_shape(arguments, context), compute_dtype(arguments)))


def _units(arguments: Arguments, context: Context) -> int | Unknown:
    """Keras 2 passes ``units`` through ``int`` and takes 0, Keras 3 wants a positive ``int``."""
    value = arguments["units"]
    if context.major == 3:
        return size_argument(arguments, "units")
    if isinstance(value, bool):
        raise bad_argument("units", value, "must be an integer")
    if isinstance(value, float | str):
        try:
            value = int(value)
        except ValueError:
            raise bad_argument("units", value, "must be an integer") from None
    if value is None or isinstance(value, tuple) or (isinstance(value, int) and value < 0):
        raise bad_argument("units", value, "must be a positive integer")
    return value if isinstance(value, int) else UNKNOWN


def _check_dense(arguments: Arguments, context: Context) -> None:
    _units(arguments, context)
    check_identifiers(arguments, context)


def _dense(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    units = _units(arguments, context)
    spec = sole_input(inputs)
    input_rank(spec, least=2)
    shape = spec.shape
    last: Dim = UNKNOWN if shape is UNRANKED else shape[-1]
    if last is None:
        raise refuse(
            FaultKind.DIM,
            f"the last axis of the input of Dense must have a fixed length, the input has shape {shape}",
            axis=-1,
            expected="a number",
            received=None,
            shape=shape,
        )
    use_bias = truth(arguments["use_bias"])
    weights: tuple[Weight, ...] | None = (Weight((last, units)),)
    if use_bias is None or arguments.get("lora_rank") is not None:
        weights = None
    elif use_bias:
        weights = (Weight((last, units)), Weight((units,)))
    output: Shape = UNRANKED if shape is UNRANKED else (*shape[:-1], units)
    return Outcome(TensorSpec(output, compute_dtype(arguments)), weights)


def _check_embedding(arguments: Arguments, context: Context) -> None:
    for name in ("input_dim", "output_dim"):
        if isinstance(arguments[name], bool):
            raise bad_argument(name, arguments[name], "must be a positive integer")
        size_argument(arguments, name, strict=context.major == 3)
    check_identifiers(arguments, context)


def _embedding(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    input_dim = size_argument(arguments, "input_dim")
    output_dim = size_argument(arguments, "output_dim")
    shape = sole_input(inputs).shape
    output: Shape = UNRANKED if shape is UNRANKED else (*shape, output_dim)
    weights = (Weight((input_dim, output_dim)),) if arguments.get("lora_rank") is None else None
    return Outcome(TensorSpec(output, compute_dtype(arguments)), weights)


def _reversible(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """An embedding that can be asked for the tokens of vectors as well; here it is called the usual way."""
    embedded = _embedding(arguments, inputs, context)
    tied = truth(arguments["tie_weights"])
    if tied is None or embedded.weights is None:
        return Outcome(embedded.outputs, None)
    if tied:
        return embedded
    (table,) = embedded.weights
    sides: Shape = UNRANKED if table.shape is UNRANKED else table.shape[::-1]
    return Outcome(embedded.outputs, (table, Weight(sides)))


def _same_shape(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    return Outcome(shape_kept(single_input(inputs), arguments))


def _identity(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    return Outcome(_cast(inputs, arguments))


def _cast(inputs: Inputs, arguments: Arguments) -> Any:
    if isinstance(inputs, tuple):
        return tuple(_cast(item, arguments) for item in inputs)
    if isinstance(inputs, dict):
        return {key: _cast(item, arguments) for key, item in inputs.items()}
    if not isinstance(inputs, TensorSpec):
        return TensorSpec(UNRANKED, "")
    return TensorSpec(inputs.shape, cast_dtype(inputs, arguments))


LAYERS = (
    LayerSpec(
        name="InputLayer",
        parameters={
            3: (
                "shape=None, batch_size=None, dtype=None, sparse=None, ragged=None, batch_shape=None, "
                "input_tensor=None, optional=False, name=None, *, input_shape=None, batch_input_shape=None"
            ),
            2: (
                "input_shape=None, batch_size=None, dtype=None, input_tensor=None, sparse=None, name=None, "
                "ragged=None, type_spec=None, optional=False, *, batch_input_shape=None, **kwargs"
            ),
        },
        check=_check_input,
        call=_input,
        cases=(
            Case({"shape": (28, 28, 1)}, (), output=(None, 28, 28, 1), params=0, majors=(3,)),
            Case({"input_shape": (28, 28, 1)}, (), output=(None, 28, 28, 1), params=0),
            Case({"batch_shape": (32, None, 8)}, (), output=(32, None, 8), params=0, majors=(3,)),
            Case({"batch_input_shape": (32, 8)}, (), output=(32, 8), params=0),
            Case({"input_shape": (8,), "batch_size": 4}, (), output=(4, 8), params=0),
            Case({"shape": 10}, (), raises=FaultKind.ARGUMENT, majors=(3,)),
            Case({}, (), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
    LayerSpec(
        name="Input",
        parameters={
            3: (
                "shape=None, batch_size=None, dtype=None, sparse=None, ragged=None, batch_shape=None, "
                "name=None, tensor=None, optional=False"
            ),
            2: (
                "shape=None, batch_size=None, name=None, dtype=None, sparse=None, tensor=None, "
                "ragged=None, type_spec=None, optional=False, *, batch_shape=None, "
                "batch_input_shape=None, input_shape=None"
            ),
        },
        check=_check_input,
        call=_input,
        cases=(
            Case({"shape": (28, 28, 1)}, (), output=(None, 28, 28, 1), params=0),
            Case({"shape": ()}, (), output=(None,), params=0),
            Case({"batch_shape": (32, 8)}, (), output=(32, 8), params=0),
            Case({"shape": 10}, (), raises=FaultKind.ARGUMENT, majors=(3,)),
            Case({"shape": 10}, (), output=(None, 10), params=0, majors=(2,)),
        ),
    ),
    LayerSpec(
        name="Dense",
        masking=PASSES,
        parameters={
            3: (
                "units, activation=None, use_bias=True, kernel_initializer='glorot_uniform', "
                "bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, "
                "activity_regularizer=None, kernel_constraint=None, bias_constraint=None, lora_rank=None, "
                "lora_alpha=None, quantization_config=None, **kwargs"
            ),
            2: (
                "units, activation=None, use_bias=True, kernel_initializer='glorot_uniform', "
                "bias_initializer='zeros', kernel_regularizer=None, bias_regularizer=None, "
                "activity_regularizer=None, kernel_constraint=None, bias_constraint=None, **kwargs"
            ),
        },
        check=_check_dense,
        call=_dense,
        cases=(
            Case({"units": 64}, (None, 784), output=(None, 64), params=50240),
            Case({"units": 64, "use_bias": False}, (None, 10, 8), output=(None, 10, 64), params=512),
            Case({"units": 10}, (None,), raises=FaultKind.RANK),
            Case({"units": 10}, [(None, 8), (None, 8)], raises=FaultKind.ARITY),
            Case({"units": 10}, (None, None), raises=FaultKind.DIM),
            Case({"units": -1}, (None, 8), raises=FaultKind.ARGUMENT),
            Case({"units": "64"}, (None, 8), raises=FaultKind.ARGUMENT, majors=(3,)),
            Case({"units": "64"}, (None, 8), output=(None, 64), params=576, majors=(2,)),
            Case({"units": 4, "activation": "ReLU"}, (None, 8), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
    LayerSpec(
        name="Embedding",
        masking=Masking(gives="not zero"),
        parameters={
            3: (
                "input_dim, output_dim, embeddings_initializer='uniform', embeddings_regularizer=None, "
                "embeddings_constraint=None, mask_zero=False, weights=None, lora_rank=None, lora_alpha=None, "
                "quantization_config=None, *, input_length=None, **kwargs"
            ),
            2: (
                "input_dim, output_dim, embeddings_initializer='uniform', embeddings_regularizer=None, "
                "activity_regularizer=None, embeddings_constraint=None, mask_zero=False, input_length=None, "
                "sparse=False, **kwargs"
            ),
        },
        check=_check_embedding,
        call=_embedding,
        cases=(
            Case({"input_dim": 1000, "output_dim": 64}, (None, 10), output=(None, 10, 64), params=64000),
            Case({"input_dim": 1000, "output_dim": 64}, (None, None), output=(None, None, 64), params=64000),
            Case({"input_dim": 0, "output_dim": 64}, (None, 10), raises=FaultKind.ARGUMENT),
            Case({"input_dim": 10.0, "output_dim": 64}, (None, 10), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
    LayerSpec(
        name="ReversibleEmbedding",
        parameters={
            3: (
                "input_dim, output_dim, tie_weights=True, embeddings_initializer='uniform', "
                "embeddings_regularizer=None, embeddings_constraint=None, mask_zero=False, "
                "reverse_dtype=None, logit_soft_cap=None, **kwargs"
            ),
            2: None,
        },
        check=_check_embedding,
        call=_reversible,
        cases=(
            Case(
                {"input_dim": 100, "output_dim": 8}, (None, 10), output=(None, 10, 8), params=800, majors=(3,)
            ),
            Case(
                {"input_dim": 100, "output_dim": 8, "tie_weights": False},
                (None, None),
                output=(None, None, 8),
                params=1600,
                majors=(3,),
            ),
            Case({"input_dim": 0, "output_dim": 8}, (None, 10), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
    LayerSpec(
        name="Masking",
        masking=Masking(gives="not the value"),
        parameters={3: "mask_value=0.0, **kwargs"},
        call=_same_shape,
        cases=(Case({}, (None, 10, 4), output=(None, 10, 4), params=0),),
    ),
    LayerSpec(
        name="Identity",
        masking=PASSES,
        parameters={3: "**kwargs", 2: "trainable=True, name=None, dtype=None, dynamic=False, **kwargs"},
        call=_identity,
        cases=(Case({}, (None, 10, 4), output=(None, 10, 4), params=0),),
    ),
)
