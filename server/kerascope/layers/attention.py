"""Attention. The inputs are ``(query, value)`` or ``(query, value, key)``.

Facts: keras/src/layers/attention, tf_keras/src/layers/attention. Keras 3 leaves most disagreements between
the three to run time, Keras 2 meets them while it traces the call.
"""

from __future__ import annotations

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, Shape, Tri, equal_dims
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
    size_argument,
    truth,
)
from kerascope.layers.masking import PASSES, Masking


def _shapes(inputs: Inputs, *, called_on_list: bool) -> list[Shape] | None:
    """Shapes of query, value and, where given, key; ``None`` where the nest cannot be told."""
    if isinstance(inputs, TensorSpec):
        if inputs.shape is UNRANKED and called_on_list:
            return None
        raise refuse(
            FaultKind.ARITY,
            "attention needs a query and a value, received one tensor",
            expected=2,
            received=1,
        )
    if not isinstance(inputs, tuple) or not all(isinstance(item, TensorSpec) for item in inputs):
        return None
    if not 2 <= len(inputs) <= 3:
        raise refuse(
            FaultKind.ARITY,
            f"attention needs a query, a value and perhaps a key, received {len(inputs)} tensors",
            expected=2,
            received=len(inputs),
        )
    return [item.shape for item in inputs]


def _mismatch(what: str, axis: int, left: Dim, right: Dim, shapes: list[Shape]) -> Refusal:
    return refuse(
        FaultKind.DIM,
        f"{what} do not match: {left} and {right}",
        axis=axis,
        expected=left,
        received=right,
        shapes=tuple(shapes),
    )


def _last(shape: Shape) -> Dim:
    return UNKNOWN if shape is UNRANKED or not shape else shape[-1]


def _no_length(shape: Shape) -> Refusal:
    return refuse(
        FaultKind.DIM,
        f"attention needs inputs whose last axis has a fixed length, received shape {shape}",
        axis=-1,
        expected="a number",
        received=None,
        shape=shape,
    )


def _check_multi_head(arguments: Arguments, context: Context) -> None:
    if context.major == 3:
        for name in ("num_heads", "key_dim"):
            size_argument(arguments, name)
        if arguments["value_dim"] is not None:
            size_argument(arguments, "value_dim")
    check_identifiers(arguments, context)


def _multi_head(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    dtype = compute_dtype(arguments)
    shapes = _shapes(inputs, called_on_list=False)
    if shapes is None:
        return Outcome(TensorSpec(UNRANKED, dtype), None)
    query, value = shapes[0], shapes[1]
    key = shapes[2] if len(shapes) == 3 else value
    if context.major == 3 and value is not UNRANKED and key is not UNRANKED:
        _check_value_and_key(value, key, shapes)
    for shape in (query, key, value):
        if _last(shape) is None:
            raise _no_length(shape)
    if context.major == 2:
        _check_traced(query, value, key, shapes)
    target = arguments["output_shape"]
    if isinstance(target, int):
        target = (target,) if target else None
    if target is not None and not (isinstance(target, tuple) and plain(target)):
        return Outcome(TensorSpec(UNRANKED, dtype), None)
    output: Shape = query
    if target and query is not UNRANKED:
        output = (*query[:-1], *target)
    last: Ranked = tuple(target) if target else (_last(query),)
    return Outcome(TensorSpec(output, dtype), _multi_head_weights(arguments, query, key, value, last))


def _check_value_and_key(value: Ranked, key: Ranked, shapes: list[Shape]) -> None:
    """All axes but the first and the last are equal, ``None`` only to ``None`` (``build`` of Keras 3)."""
    if len(value) != len(key):
        raise refuse(
            FaultKind.RANK,
            f"value and key have different numbers of axes: {value} and {key}",
            expected=len(value),
            received=len(key),
            shape=key,
            shapes=tuple(shapes),
        )
    for axis, (left, right) in enumerate(zip(value[1:-1], key[1:-1], strict=True), start=1):
        if UNKNOWN not in (left, right) and left != right:
            raise _mismatch("value and key", axis, left, right, shapes)


def _check_traced(query: Shape, value: Shape, key: Shape, shapes: list[Shape]) -> None:
    """What TensorFlow's ``einsum`` refuses in the usual case of three axes each."""
    if query is UNRANKED or value is UNRANKED or key is UNRANKED:
        return
    if not len(query) == len(value) == len(key) == 3:
        return
    if equal_dims(value[1], key[1]) is Tri.NO:
        raise _mismatch("value and key", 1, value[1], key[1], shapes)
    for other in (key, value):
        if equal_dims(query[0], other[0]) is Tri.NO and 1 not in (query[0], other[0]):
            raise _mismatch("batches of query and value", 0, query[0], other[0], shapes)


def _multi_head_weights(
    arguments: Arguments, query: Shape, key: Shape, value: Shape, last: Ranked
) -> tuple[Weight, ...] | None:
    use_bias, use_gate = truth(arguments["use_bias"]), truth(arguments.get("use_gate", False))
    if use_bias is None or use_gate is None:
        return None
    heads, key_dim = (
        arguments[name] if isinstance(arguments[name], int) else UNKNOWN for name in ("num_heads", "key_dim")
    )
    value_dim = arguments["value_dim"]
    if value_dim is None or value_dim == 0:
        value_dim = key_dim
    elif not isinstance(value_dim, int):
        value_dim = UNKNOWN
    projections = [(query, key_dim), (key, key_dim), (value, value_dim)]
    if use_gate:
        projections.append((query, value_dim))
    weights = []
    for shape, size in projections:
        weights.append(Weight((_last(shape), heads, size)))
        if use_bias:
            weights.append(Weight((heads, size)))
    weights.append(Weight((heads, value_dim, *last)))
    if use_bias:
        weights.append(Weight(last))
    return tuple(weights)


def _check_grouped(arguments: Arguments, context: Context) -> None:
    sizes: dict[str, int | None] = {}
    for name in ("head_dim", "num_query_heads", "num_key_value_heads"):
        value = arguments[name]
        if value is None or isinstance(value, str | tuple) or (isinstance(value, int | float) and value <= 0):
            raise bad_argument(name, value, "must be a positive integer")
        sizes[name] = value if isinstance(value, int) else None
    queries, keys = sizes["num_query_heads"], sizes["num_key_value_heads"]
    if queries is not None and keys is not None and queries % keys:
        raise bad_argument("num_key_value_heads", keys, f"must divide the number of query heads, {queries}")
    check_identifiers(arguments, context)


def _grouped(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """``GroupedQueryAttention``: several query heads share one head of keys and values."""
    dtype = compute_dtype(arguments)
    # The value may stand in an argument that was not seen.
    shapes = None if isinstance(inputs, TensorSpec) else _shapes(inputs, called_on_list=False)
    if shapes is None:
        return Outcome(TensorSpec(UNRANKED, dtype), None)
    query, value = shapes[0], shapes[1]
    key = shapes[2] if len(shapes) == 3 else value
    for shape in (query, key, value):
        if _last(shape) is None:
            raise _no_length(shape)
        if shape is not UNRANKED and len(shape) != 3:
            return Outcome(TensorSpec(UNRANKED, dtype), None)
    if equal_dims(_last(query), _last(value)) is Tri.NO and not context.on_data:
        raise _mismatch("query and value", -1, _last(query), _last(value), shapes)
    if value is not UNRANKED and key is not UNRANKED:
        _check_value_and_key(value, key, shapes)
    use_bias, use_gate = truth(arguments["use_bias"]), truth(arguments["use_gate"])
    if use_bias is None or use_gate is None:
        return Outcome(TensorSpec(query, dtype), None)
    head, queries, keys = (
        arguments[name] if isinstance(arguments[name], int) else UNKNOWN
        for name in ("head_dim", "num_query_heads", "num_key_value_heads")
    )
    weights: list[Weight] = []
    for shape, heads in ((query, queries), (key, keys), (value, keys), *((query, queries),) * use_gate):
        weights += [Weight((_last(shape), heads, head)), *(Weight((heads, head)),) * use_bias]
    weights += [Weight((queries, head, _last(query))), *(Weight((_last(query),)),) * use_bias]
    return Outcome(TensorSpec(query, dtype), tuple(weights))


def _check_attention(arguments: Arguments, context: Context) -> None:
    mode = arguments.get("score_mode", "dot")
    if plain(mode) and mode not in ("dot", "concat"):
        raise bad_argument("score_mode", mode, "must be 'dot' or 'concat'")


def _attention(arguments: Arguments, inputs: Inputs, context: Context, *, additive: bool) -> Outcome:
    dtype = compute_dtype(arguments)
    shapes = _shapes(inputs, called_on_list=True)
    if shapes is None:
        return Outcome(TensorSpec(UNRANKED, dtype), None)
    query, value = shapes[0], shapes[1]
    key = shapes[2] if len(shapes) == 3 else value
    use_scale = truth(arguments["use_scale"])
    # Keras 2 makes the scale of additive attention for the value's features, Keras 3 for the query's.
    scaled = value if context.major == 2 else query
    if additive and use_scale and _last(scaled) is None:
        raise _no_length(scaled)
    mode = arguments.get("score_mode", "dot")
    weights: tuple[Weight, ...] | None = None
    if use_scale is not None and mode in ("dot", "concat"):
        scale = Weight((_last(scaled),) if additive else ())
        weights = (scale,) * use_scale + (Weight(()),) * (mode == "concat")
    output: Shape = UNRANKED if query is UNRANKED else (*query[:-1], _last(value))
    if context.major == 2:
        output = _traced(query, value, key, shapes, dot=not additive and mode == "dot")
        if additive and use_scale:
            _check_scale(query, key, _last(value), shapes)
    return Outcome(TensorSpec(output, dtype), weights)


def _traced(query: Shape, value: Shape, key: Shape, shapes: list[Shape], *, dot: bool) -> Shape:
    """The output as TensorFlow infers it for three axes each."""
    if query is UNRANKED or value is UNRANKED or key is UNRANKED:
        return UNRANKED
    if not len(query) == len(value) == len(key) == 3:
        return UNRANKED
    _check_traced(query, value, key, shapes)
    left, right = query[2], key[2]
    if equal_dims(left, right) is Tri.NO and (dot or 1 not in (left, right)):
        raise _mismatch("query and key", 2, left, right, shapes)
    return (_merged_batch(query[0], key[0], value[0]), query[1], value[2])


def _check_scale(query: Shape, key: Shape, scale: Dim, shapes: list[Shape]) -> None:
    """The scale multiplies the sum of query and key."""
    for other in (query, key):
        if equal_dims(_last(other), scale) is Tri.NO and 1 not in (_last(other), scale):
            raise _mismatch("value and key", 2, scale, _last(other), shapes)


def _merged_batch(*dims: Dim) -> Dim:
    """TensorFlow's broadcasting of batches."""
    numbers = [dim for dim in dims if isinstance(dim, int) and dim != 1]
    if numbers:
        return numbers[0]
    if all(dim == 1 for dim in dims):
        return 1
    return UNKNOWN if UNKNOWN in dims else None


_MULTI_HEAD = (
    "num_heads, key_dim, value_dim=None, dropout=0.0, use_bias=True, output_shape=None, attention_axes=None, "
)
_MULTI_HEAD_TAIL = (
    "kernel_initializer='glorot_uniform', bias_initializer='zeros', kernel_regularizer=None, "
    "bias_regularizer=None, activity_regularizer=None, kernel_constraint=None, bias_constraint=None, "
)

LAYERS = (
    LayerSpec(
        name="MultiHeadAttention",
        masking=PASSES,
        tensors=("query", "value", "key"),
        parameters={
            3: f"{_MULTI_HEAD}sliding_window=None, flash_attention=None, {_MULTI_HEAD_TAIL}use_gate=False, "
            "seed=None, **kwargs",
            2: f"{_MULTI_HEAD}{_MULTI_HEAD_TAIL}softmax_robust_masking=False, **kwargs",
        },
        check=_check_multi_head,
        call=_multi_head,
        cases=(
            Case(
                {"num_heads": 4, "key_dim": 16},
                [(None, 10, 64), (None, 10, 64)],
                output=(None, 10, 64),
                params=16640,
            ),
            Case(
                {"num_heads": 2, "key_dim": 8, "value_dim": 4, "output_shape": 5, "use_bias": False},
                [(None, 10, 6), (None, 12, 7), (None, 12, 3)],
                output=(None, 10, 5),
                params=240,
            ),
            Case({"num_heads": 0, "key_dim": 8}, [(None, 10, 6)] * 2, raises=FaultKind.ARGUMENT, majors=(3,)),
            Case(
                {"num_heads": 2, "key_dim": 8},
                [(None, 10, 6), (None, 12, 7), (None, 11, 3)],
                raises=FaultKind.DIM,
            ),
        ),
    ),
    LayerSpec(
        name="GroupedQueryAttention",
        masking=PASSES,
        tensors=("query", "value", "key"),
        parameters={
            3: "head_dim, num_query_heads, num_key_value_heads, dropout=0.0, use_bias=True, "
            f"sliding_window=None, flash_attention=None, {_MULTI_HEAD_TAIL}use_gate=False, seed=None, **kwargs",
            2: None,
        },
        check=_check_grouped,
        call=_grouped,
        cases=(
            Case(
                {"head_dim": 16, "num_query_heads": 4, "num_key_value_heads": 2},
                [(None, 10, 64), (None, 12, 64)],
                output=(None, 10, 64),
                params=12480,
                majors=(3,),
            ),
            Case(
                {"head_dim": 16, "num_query_heads": 4, "num_key_value_heads": 3},
                [(None, 10, 64), (None, 12, 64)],
                raises=FaultKind.ARGUMENT,
                majors=(3,),
            ),
            Case(
                {"head_dim": 16, "num_query_heads": 4, "num_key_value_heads": 2},
                [(None, 10, 64), (None, 12, 32)],
                raises=FaultKind.DIM,
                majors=(3,),
            ),
        ),
    ),
    LayerSpec(
        name="Attention",
        masking=Masking(takes=True, gives="the first"),
        parameters={
            3: "use_scale=False, score_mode='dot', dropout=0.0, seed=None, **kwargs",
            2: "use_scale=False, score_mode='dot', *, dropout=0.0, **kwargs",
        },
        check=_check_attention,
        call=lambda arguments, inputs, context: _attention(arguments, inputs, context, additive=False),
        cases=(
            Case({}, [(None, 10, 64), (None, 12, 64)], output=(None, 10, 64), params=0),
            Case({"use_scale": True, "score_mode": "concat"}, [(None, 4, 8), (None, 5, 8)], params=2),
            Case({"score_mode": "add"}, [(None, 4, 8), (None, 5, 8)], raises=FaultKind.ARGUMENT),
            Case({}, [(None, 4, 8), (None, 5, 7)], raises=FaultKind.DIM, majors=(2,)),
            Case({}, [(None, 4, 8)], raises=FaultKind.ARITY),
        ),
    ),
    LayerSpec(
        name="AdditiveAttention",
        masking=Masking(takes=True, gives="the first"),
        parameters={
            3: "use_scale=True, dropout=0.0, **kwargs",
            2: "use_scale=True, *, dropout=0.0, **kwargs",
        },
        call=lambda arguments, inputs, context: _attention(arguments, inputs, context, additive=True),
        cases=(Case({}, [(None, 10, 64), (None, 12, 64)], output=(None, 10, 64), params=64),),
    ),
)
