"""Numbers, words and pairs of them as categories: ``Hashing``, ``HashedCrossing``, ``Discretization``,
``CategoryEncoding``.

Facts: keras/src/layers/preprocessing/{hashing,hashed_crossing,discretization,category_encoding}.py, the modules of
the same name in tf_keras/src/layers/preprocessing, and ``encode_categorical_inputs`` there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import (
    FLOATS,
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    Weight,
    bad_argument,
    int_of,
    plain,
    refuse,
    single_input,
    truth,
)

_INTEGERS = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"})


def encoding_type(arguments: Arguments, context: Context, *, whole: str = "int64") -> str:
    """Type of the output: whole numbers for ``output_mode="int"``, floats for encodings, or what ``dtype`` says.

    Keras 2 overlooks floats where whole numbers come out.
    """
    mode, dtype = arguments["output_mode"], arguments.get("dtype")
    if not isinstance(mode, str):
        return ""
    if dtype is None:
        return whole if mode == "int" else "float32"
    if not isinstance(dtype, str) or dtype not in _INTEGERS | FLOATS:
        return ""
    return "int64" if mode == "int" and dtype in FLOATS and context.major == 2 else dtype


def mode_of(arguments: Arguments, allowed: Sequence[str]) -> str | None:
    """``output_mode``, an old name of one replaced; ``None`` where it is not known."""
    mode = arguments["output_mode"]
    mode = {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(mode, mode) if isinstance(mode, str) else mode
    if not plain(mode):
        return None
    if mode not in allowed:
        raise bad_argument("output_mode", arguments["output_mode"], f"must be one of {', '.join(allowed)}")
    return str(mode)


def encoded(shape: Shape, mode: str, depth: Dim, context: Context) -> Shape:
    """The output of an encoding with ``depth`` categories.

    One-hot codes stand in a new axis, or in place of a last axis of length 1; the others count over the last axis,
    on data with Keras 3 over the one behind the batch. Keras 2 gives at most two axes.
    """
    runs = context.on_data and context.major == 3
    if shape is UNRANKED or not (shape or runs):
        return UNRANKED
    if mode == "int":
        return shape
    if runs and not shape:
        return (1, depth) if mode == "one_hot" else (depth,)
    if runs and mode != "one_hot":
        return (*shape[:1], *shape[2:], depth) if len(shape) > 1 else (depth,)
    last = shape[-1]
    if mode == "one_hot" and last is UNKNOWN:
        return UNRANKED
    widened = mode == "one_hot" and (last != 1 or (len(shape) == 1 and context.major == 3))
    if context.major == 2 and len(shape) + widened > 2:
        raise refuse(
            FaultKind.RANK,
            f'output_mode="{mode}" gives at most 2 axes, the input has shape {shape}',
            expected=1 if mode == "one_hot" else 2,
            received=len(shape),
            shape=shape,
        )
    return (*shape, depth) if widened else (*shape[:-1], depth)


def check_sparse(arguments: Arguments) -> None:
    """There is no sparse tensor of whole numbers."""
    if truth(arguments["sparse"]) and arguments["output_mode"] == "int":
        raise bad_argument("sparse", arguments["sparse"], 'does not go together with output_mode="int"')


def _codes(arguments: Arguments, mode: str | None, shape: Shape, depth: Dim, context: Context) -> Outcome:
    dtype = encoding_type(arguments, context)
    if mode is None or (context.major == 2 and truth(arguments["sparse"]) is not False):
        return Outcome(TensorSpec(UNRANKED, dtype))
    check_countable(mode, dtype, context)
    return Outcome(TensorSpec(encoded(shape, mode, depth, context), dtype))


def check_countable(mode: str, dtype: str, context: Context) -> None:
    """The operation that counts for Keras 2 knows few types."""
    if context.major == 2 and mode != "int" and dtype not in ("", "int32", "int64", "float32", "float64"):
        raise refuse(
            FaultKind.DTYPE,
            f'output_mode="{mode}" cannot count in {dtype}',
            expected="float32",
            received=dtype,
        )


def _sides(value: Any, name: str, mode: str | None) -> Dim:
    """A number of categories as the length of an axis."""
    if plain(value) and mode not in (None, "int") and (not isinstance(value, int) or value < 0):
        raise bad_argument(name, value, "must be a positive integer")
    return UNKNOWN if int_of(value) is None else int(value)


_MODES = ("int", "one_hot", "multi_hot", "count")


def _check_whole(arguments: Arguments, context: Context) -> None:
    """Keras 3's ``Hashing`` gives whole numbers no other type."""
    dtype = arguments.get("dtype")
    if (
        context.major == 3
        and arguments["output_mode"] == "int"
        and isinstance(dtype, str)
        and dtype in FLOATS
    ):
        raise bad_argument("dtype", dtype, 'must be "int32" or "int64" where `output_mode` is "int"')


def _check_hashing(arguments: Arguments, context: Context) -> None:
    bins = arguments["num_bins"]
    if bins is None or isinstance(bins, str | tuple) or (isinstance(bins, int | float) and bins <= 0):
        raise bad_argument("num_bins", bins, "must be a positive integer")
    mode_of(arguments, _MODES)
    check_sparse(arguments)
    _check_whole(arguments, context)


def _hashing(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec, mode = single_input(inputs), mode_of(arguments, _MODES)
    shape = spec.shape
    if context.major == 2 and spec.dtype in FLOATS:
        raise refuse(
            FaultKind.DTYPE,
            f"Hashing takes integers and strings, received {spec.dtype}",
            expected="int64",
            received=spec.dtype,
        )
    depth = _sides(arguments["num_bins"], "num_bins", mode)
    if context.major == 3 and mode not in (None, "int") and not context.on_data:
        # Keras 3 takes the last axis for the categories of one sample whatever the mode.
        output: Shape = UNRANKED if shape is UNRANKED else (*shape[:-1], depth)
        return Outcome(TensorSpec(output, encoding_type(arguments, context)))
    if context.major == 3 and context.on_data and mode == "one_hot" and shape is not UNRANKED:
        # An axis of size one is dropped before the numbers become codes.
        shape = UNRANKED if not shape or shape[-1] is UNKNOWN else shape[:-1] if shape[-1] == 1 else shape
    return _codes(arguments, mode, shape, depth, context)


def _check_crossing(arguments: Arguments, context: Context) -> None:
    mode_of(arguments, ("int", "one_hot"))
    dtype = arguments.get("dtype")
    if context.major == 2:
        check_dtype = isinstance(dtype, str) and dtype in FLOATS
        if check_dtype and arguments["output_mode"] == "int":
            raise bad_argument("dtype", dtype, 'must be an integer type where `output_mode` is "int"')


def _crossing(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    mode = mode_of(arguments, ("int", "one_hot"))
    dtype = "" if mode is None else encoding_type(arguments, context)
    if isinstance(inputs, TensorSpec) and inputs.shape is not UNRANKED:
        inputs = (inputs,)
    if not isinstance(inputs, tuple) or not all(isinstance(item, TensorSpec) for item in inputs):
        return Outcome(TensorSpec(UNRANKED, dtype))
    if len(inputs) > 2 and context.on_data and context.major == 3:
        return Outcome(TensorSpec(UNRANKED, dtype))
    if len(inputs) < 2 or (context.major == 3 and len(inputs) > 2):
        raise refuse(
            FaultKind.ARITY,
            f"HashedCrossing takes a list of 2 inputs, received {len(inputs)}",
            expected=2,
            received=len(inputs),
        )
    shapes = [item.shape for item in inputs]
    _check_crossed(shapes, [item.dtype for item in inputs], context)
    bins = arguments["num_bins"]
    if context.major == 2 and isinstance(bins, str | tuple):
        raise bad_argument("num_bins", bins, "must be a positive integer")
    depth = _sides(bins, "num_bins", mode)
    if mode is None or (context.major == 2 and truth(arguments["sparse"]) is not False):
        return Outcome(TensorSpec(UNRANKED, dtype))
    first = shapes[0]
    if first is not UNRANKED and mode == "one_hot" and context.major == 3 and first and first[-1] == 1:
        return Outcome(TensorSpec((*first[:-1], depth), dtype))
    if context.major == 2 and first is not UNRANKED and first:
        check_countable(mode, dtype, context)
        # The hashes come as a ragged tensor, which forgets the size of the batch.
        first = (None, *first[1:])
    return Outcome(TensorSpec(encoded(first, mode, depth, context), dtype))


def _check_crossed(shapes: Sequence[Shape], types: Sequence[str], context: Context) -> None:
    """Keras 2 wants equal shapes of at most one value per sample, Keras 3 compares the last axes."""
    first = shapes[0]
    if context.major == 2:
        _check_one_value(first)
        for dtype in types:
            if dtype and dtype != "string" and dtype not in _INTEGERS:
                raise refuse(
                    FaultKind.DTYPE,
                    f"HashedCrossing takes integers and strings, received {dtype}",
                    expected="int64",
                    received=dtype,
                )
    for shape in shapes[1:]:
        if first is UNRANKED or shape is UNRANKED or not first or not shape:
            continue
        unequal = first[-1] != shape[-1] and UNKNOWN not in (first[-1], shape[-1])
        if context.major == 2:
            unequal = len(first) != len(shape) or any(
                a != b and UNKNOWN not in (a, b) for a, b in zip(first, shape, strict=False)
            )
        if unequal:
            raise refuse(
                FaultKind.DIM,
                f"the inputs of HashedCrossing must have one shape, received {first} and {shape}",
                axis=-1,
                expected=first[-1],
                received=shape[-1],
                shapes=(first, shape),
            )


def _check_one_value(shape: Shape) -> None:
    if shape is UNRANKED:
        return
    if len(shape) > 2 or (len(shape) == 2 and shape[-1] not in (1, UNKNOWN)):
        raise refuse(
            FaultKind.RANK,
            f"HashedCrossing takes one value per sample, received shape {shape}",
            expected=1,
            received=len(shape),
            shape=shape,
        )


def _check_discretization(arguments: Arguments, context: Context) -> None:
    bins, boundaries = arguments["num_bins"], arguments["bin_boundaries"]
    mode_of(arguments, _MODES)
    check_sparse(arguments)
    if isinstance(bins, str | tuple) or (isinstance(bins, int | float) and bins < 0):
        raise bad_argument("num_bins", bins, "must be a non-negative integer")
    if bins is not None and plain(bins) and boundaries is not None and plain(boundaries):
        raise bad_argument("num_bins", bins, "must not be given together with `bin_boundaries`")
    if bins is None and boundaries is None and context.major == 3:
        raise bad_argument("num_bins", None, "or `bin_boundaries` must be given")


def _discretization(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """Without boundaries ``adapt`` finds them, and how many is not known before."""
    shape, mode = single_input(inputs).shape, mode_of(arguments, _MODES)
    boundaries = arguments["bin_boundaries"]
    depth: Dim = len(boundaries) + 1 if isinstance(boundaries, tuple) and boundaries else UNKNOWN
    weights: tuple[Weight, ...] | None = ()
    if context.major == 2:
        # The quantiles that ``adapt`` collects, a variable of two rows and any number of columns.
        weights = (Weight((2, 0), trainable=False),) if boundaries is None else ()
        if boundaries is not None and not isinstance(boundaries, tuple):
            weights = None
    if context.major == 3:
        dtype = "int32" if mode == "int" else encoding_type(arguments, context) if mode is not None else ""
        return Outcome(TensorSpec(_binned(shape, mode, depth, context), dtype))
    coded = _codes(arguments, mode, shape, depth, context)
    return Outcome(coded.outputs, weights)


def _binned(shape: Shape, mode: str | None, depth: Dim, context: Context) -> Shape:
    """Keras 3 counts over the first axis behind the batch."""
    if shape is UNRANKED or mode is None:
        return UNRANKED
    if mode in ("int", "one_hot"):
        return encoded(shape, mode, depth, context)
    return (shape[0], *shape[2:], depth) if len(shape) > 1 else (depth,)


def _tokens(arguments: Arguments) -> Any:
    old = arguments.get("max_tokens")
    return arguments["num_tokens"] if old is None else old


def _check_category(arguments: Arguments, context: Context) -> None:
    tokens = _tokens(arguments)
    mode_of(arguments, ("count", "one_hot", "multi_hot"))
    if tokens is None or isinstance(tokens, str | tuple) or (isinstance(tokens, int | float) and tokens < 1):
        raise bad_argument("num_tokens", tokens, "must be a positive integer")


def _category(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    mode = mode_of(arguments, ("count", "one_hot", "multi_hot"))
    return _codes(
        arguments, mode, single_input(inputs).shape, _sides(_tokens(arguments), "num_tokens", mode), context
    )


_WORDS = TensorSpec((None, 4), "string")

LAYERS = (
    LayerSpec(
        name="Hashing",
        parameters={3: "num_bins, mask_value=None, salt=None, output_mode='int', sparse=False, **kwargs"},
        check=_check_hashing,
        call=_hashing,
        cases=(
            Case({"num_bins": 3}, _WORDS, output=(None, 4), params=0),
            Case({"num_bins": 3, "output_mode": "multi_hot"}, _WORDS, output=(None, 3), params=0),
            Case(
                {"num_bins": 3, "output_mode": "one_hot"},
                TensorSpec((None, 1), "string"),
                output=(None, 3),
                params=0,
            ),
            Case({"num_bins": 3}, (None, 4), raises=FaultKind.DTYPE, majors=(2,)),
            Case({"num_bins": 0}, _WORDS, raises=FaultKind.ARGUMENT),
            Case({"num_bins": 3, "output_mode": "tf_idf"}, _WORDS, raises=FaultKind.ARGUMENT),
            Case({"num_bins": 3, "output_mode": "one_hot"}, _WORDS, raises=FaultKind.RANK, majors=(2,)),
        ),
    ),
    LayerSpec(
        name="HashedCrossing",
        parameters={
            3: "num_bins, output_mode='int', sparse=False, name=None, dtype=None, **kwargs",
            2: "num_bins, output_mode='int', sparse=False, **kwargs",
        },
        check=_check_crossing,
        call=_crossing,
        cases=(
            Case(
                {"num_bins": 5},
                [TensorSpec((None, 1), "int64"), TensorSpec((None, 1), "string")],
                output=(None, 1),
                params=0,
            ),
            Case(
                {"num_bins": 5, "output_mode": "one_hot"},
                [TensorSpec((None,), "int64"), TensorSpec((None,), "string")],
                output=(None, 5),
                params=0,
            ),
            Case({"num_bins": 5}, [TensorSpec((None, 1), "int64")], raises=FaultKind.ARITY),
            Case(
                {"num_bins": 5, "output_mode": "count"},
                [TensorSpec((None, 1), "int64"), TensorSpec((None, 1), "int64")],
                raises=FaultKind.ARGUMENT,
            ),
            Case({"num_bins": 5}, [(None, 1), (None, 1)], raises=FaultKind.DTYPE, majors=(2,)),
        ),
    ),
    LayerSpec(
        name="Discretization",
        parameters={
            3: "bin_boundaries=None, num_bins=None, epsilon=0.01, output_mode='int', sparse=False, dtype=None, "
            "name=None",
            2: "bin_boundaries=None, num_bins=None, epsilon=0.01, output_mode='int', sparse=False, **kwargs",
        },
        check=_check_discretization,
        call=_discretization,
        cases=(
            Case({"bin_boundaries": (0.0, 1.0, 2.0)}, (None, 4), output=(None, 4), params=0),
            Case(
                {"bin_boundaries": (0.0, 1.0), "output_mode": "one_hot"},
                (None, 1),
                output=(None, 3),
                params=0,
            ),
            Case({"num_bins": 4}, (None, 4), output=(None, 4), params=0),
            Case({"num_bins": 4, "bin_boundaries": (1.0,)}, (None, 4), raises=FaultKind.ARGUMENT),
            Case({}, (None, 4), raises=FaultKind.ARGUMENT, majors=(3,)),
        ),
    ),
    LayerSpec(
        name="CategoryEncoding",
        parameters={
            3: "num_tokens=None, output_mode='multi_hot', sparse=False, **kwargs",
            2: "num_tokens=None, output_mode='multi_hot', sparse=False, *, max_tokens=None, **kwargs",
        },
        check=_check_category,
        call=_category,
        cases=(
            Case({"num_tokens": 4}, (None, 3), output=(None, 4), params=0),
            Case({"num_tokens": 4, "output_mode": "one_hot"}, (None, 1), output=(None, 4), params=0),
            Case(
                {"num_tokens": 4, "output_mode": "one_hot"},
                (None, 3),
                output=(None, 3, 4),
                params=0,
                majors=(3,),
            ),
            Case({"num_tokens": 4, "output_mode": "one_hot"}, (None, 3), raises=FaultKind.RANK, majors=(2,)),
            Case({"num_tokens": 4, "output_mode": "int"}, (None, 3), raises=FaultKind.ARGUMENT),
            Case({}, (None, 3), raises=FaultKind.ARGUMENT),
        ),
    ),
)
