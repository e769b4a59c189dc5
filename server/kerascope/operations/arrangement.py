"""Other arrangements of the elements of one tensor: ``reshape``, ``transpose``, ``squeeze``, ``tile``, ``pad``."""

from __future__ import annotations

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Shape, product
from kerascope.domain.specs import TensorSpec
from kerascope.operations.base import (
    Bound,
    Nest,
    Operation,
    Row,
    backend_operation,
    keras_operation,
    rows_alike,
    tensor,
    tf_operation,
)
from kerascope.operations.shapes import (
    axes_of,
    axis_of,
    broadcast,
    expanded,
    permuted,
    replaced,
    reshaped,
    scaled,
    size,
    sizes,
    squeezed,
    tiled,
)


def _moved(spec: TensorSpec, shape: Shape) -> TensorSpec:
    return TensorSpec(shape, spec.dtype)


def reshape(args: Bound) -> Nest:
    """``reshape`` to a shape in which -1 stands for what is left."""
    spec = tensor(args["x"])
    return _moved(spec, reshaped(spec.shape, sizes(args["shape"]), args.keras_infers))


def reshape_method(args: Bound) -> Nest:
    """``x.reshape(shape)``, which Keras 3 gives its symbolic tensors and TensorFlow does not."""
    if not args.keras_infers:
        return TensorSpec(UNRANKED, "")
    return reshape(args)


def transpose(args: Bound) -> Nest:
    """``keras.ops.transpose``: another order of axes; without one they are turned round."""
    spec = tensor(args["x"])
    return _moved(spec, permuted(spec.shape, args["axes"], twice_is_refused=True))


def tf_transpose(args: Bound) -> Nest:
    """``tf.transpose``, which sees only when it computes that an axis is named twice."""
    spec = tensor(args["x"])
    return _moved(spec, permuted(spec.shape, args.get("axes"), twice_is_refused=False))


def expand_dims(args: Bound) -> Nest:
    """A new axis of size one."""
    spec = tensor(args["x"])
    axis = args["axis"]
    if isinstance(axis, tuple) and not args.keras_infers and args.call.major == 2:
        return _moved(spec, UNRANKED)
    return _moved(spec, expanded(spec.shape, axis))


def squeeze(args: Bound) -> Nest:
    """``keras.ops.squeeze``: fewer axes of size one."""
    spec = tensor(args["x"])
    return _moved(spec, squeezed(spec.shape, args["axis"], args.keras_infers, open_is_refused=True))


def tf_squeeze(args: Bound) -> Nest:
    """``tf.squeeze``, which takes an open size for one."""
    spec = tensor(args["x"])
    return _moved(spec, squeezed(spec.shape, args["axis"], open_stays=False, open_is_refused=False))


def tile(args: Bound) -> Nest:
    """``keras.ops.tile``, which puts axes in front of ``x`` or ones in front of ``repeats`` as needed."""
    spec = tensor(args["x"])
    return _moved(spec, tiled(spec.shape, sizes(args["repeats"]), aligned=False))


def tf_tile(args: Bound) -> Nest:
    """``tf.tile``, which asks for a number for each axis."""
    spec = tensor(args["x"])
    return _moved(spec, tiled(spec.shape, sizes(args["repeats"]), aligned=True))


def repeat(args: Bound) -> Nest:
    """Each element ``repeats`` times along ``axis``, or of all in a row."""
    spec, repeats, axis = tensor(args["x"]), args["repeats"], args["axis"]
    if axis is None:
        total = UNKNOWN if spec.shape is UNRANKED else product(spec.shape)
        return _moved(spec, (scaled(total, size(repeats)),))
    if spec.shape is UNRANKED or axis is UNKNOWN:
        return _moved(spec, UNRANKED)
    along = axis_of(axis, len(spec.shape))
    if along is None:
        return _moved(spec, (UNKNOWN,) * len(spec.shape))
    if isinstance(repeats, int):
        dim = scaled(spec.shape[along], repeats)
    else:
        # TensorFlow adds the numbers up only when it computes.
        listed = args.keras_infers and isinstance(repeats, tuple) and len(repeats) > 1
        certain = listed and all(type(item) is int for item in repeats)
        open_count = isinstance(repeats, TensorSpec) and repeats.shape == () and not args.keras_infers
        dim = sum(repeats) if certain else None if open_count else UNKNOWN
    return _moved(spec, replaced(spec.shape, along, dim))


def repeat_rows(args: Bound) -> Nest:
    """``keras.backend.repeat``: a row of each sample, ``n`` times."""
    spec = tensor(args["x"])
    if spec.shape is UNRANKED or len(spec.shape) != 2:
        return _moved(spec, UNRANKED)
    return _moved(spec, (spec.shape[0], size(args["n"]), spec.shape[1]))


def _repeat_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    """A new axis, and the copies along it."""
    spec = tensor(args["x"])
    if spec.shape is UNRANKED or len(spec.shape) != 2:
        return None
    made = TensorSpec((spec.shape[0], 1, spec.shape[1]), spec.dtype)
    return Row("TFOpLambda", "tf.expand_dims", made), Row("TFOpLambda", "tf.tile", outputs)


def _repeat_elements_rows(args: Bound, outputs: Nest) -> tuple[Row, ...] | None:
    """One tensor for each index of the axis, and all of them joined."""
    spec, axis = tensor(args["x"]), args["axis"]
    if spec.shape is UNRANKED or not isinstance(axis, int):
        return None
    dim = spec.shape[axis]
    if not isinstance(dim, int) or not 1 <= dim <= 256:
        return None
    part = TensorSpec(replaced(spec.shape, axis % len(spec.shape), 1), spec.dtype)
    return Row("TFOpLambda", "tf.split", (part,) * dim), Row("TFOpLambda", "tf.concat", outputs)


def same_shape(args: Bound) -> Nest:
    """The same elements in another order."""
    return tensor(args["x"])


def same_axes(args: Bound) -> Nest:
    """The same, along axes that must be there."""
    spec = tensor(args["x"])
    if args["axis"] is not None and spec.shape is not UNRANKED:
        axes_of(args["axis"], len(spec.shape))
    return spec


def broadcast_to(args: Bound) -> Nest:
    """``x`` in a larger shape."""
    spec, target = tensor(args["x"]), sizes(args["shape"])
    broadcast(spec.shape, target)
    return _moved(spec, target)


def swapaxes(args: Bound) -> Nest:
    """Two axes exchanged."""
    spec = tensor(args["x"])
    if spec.shape is UNRANKED:
        return spec
    rank = len(spec.shape)
    one, other = axis_of(args["axis1"], rank), axis_of(args["axis2"], rank)
    if one is None or other is None:
        return _moved(spec, (UNKNOWN,) * rank)
    dims = list(spec.shape)
    dims[one], dims[other] = dims[other], dims[one]
    return _moved(spec, tuple(dims))


def moveaxis(args: Bound) -> Nest:
    """Axes put in other places, the others kept in order."""
    spec = tensor(args["x"])
    if spec.shape is UNRANKED:
        return spec
    rank = len(spec.shape)
    sources, targets = axes_of(args["source"], rank), axes_of(args["destination"], rank)
    if sources is None or targets is None or len(sources) != len(targets) or len(set(targets)) < len(targets):
        return _moved(spec, (UNKNOWN,) * rank)
    rest = [axis for axis in range(rank) if axis not in sources]
    for target, source in sorted(zip(targets, sources, strict=True)):
        rest.insert(target, source)
    return _moved(spec, tuple(spec.shape[axis] for axis in rest))


def ravel(args: Bound) -> Nest:
    """All elements in a row."""
    spec = tensor(args["x"])
    return _moved(spec, (UNKNOWN if spec.shape is UNRANKED else product(spec.shape),))


def batch_flatten(args: Bound) -> Nest:
    """All elements of each sample in a row."""
    spec = tensor(args["x"])
    if spec.shape is UNRANKED or not spec.shape:
        return _moved(spec, (UNKNOWN, UNKNOWN))
    if all(isinstance(dim, int) for dim in spec.shape):
        return _moved(spec, (spec.shape[0], product(spec.shape[1:])))
    # TensorFlow does not add up the sizes of a shape of which one is open.
    return _moved(spec, (None, None) if spec.shape[0] is None else (UNKNOWN, UNKNOWN))


def triangle(args: Bound) -> Nest:
    """A triangle of the last two axes."""
    return tensor(args["x"])


def transposed_last(args: Bound) -> Nest:
    """The last two axes exchanged."""
    spec = tensor(args["x"])
    if spec.shape is UNRANKED or len(spec.shape) < 2:
        return _moved(spec, UNRANKED)
    return _moved(spec, (*spec.shape[:-2], spec.shape[-1], spec.shape[-2]))


def _reshape_cases(function: str) -> tuple[str, ...]:
    return (
        f"{function}(t(None, 3, 4), (-1, 12))",
        f"{function}(t(None, 3, 4), (-1, 2, 6))",
        f"{function}(t(2, 3, 4), (-1, 6))",
        f"{function}(t(2, 3, 4), [4, 6])",
        f"{function}(t(2, 3, 4), (5, 5))",
        f"{function}(t(2, 3, 4), (7, -1))",
        f"{function}(t(None, None, 4), (-1, 4))",
        f"{function}(t(2, 3, 4), (-1,))",
        f"{function}(t(None, 12), (-1, 3, 2, 2))",
        f"{function}(t(2, 3), (-1, -1))",
    )


def _squeeze_cases(function: str) -> tuple[str, ...]:
    return (
        f"{function}(t(None, 1, 4), 1)",
        f"{function}(t(None, 3, 1), -1)",
        f"{function}(t(None, 3, 1), 1)",
        f"{function}(t(2, 1, 1), axis=2)",
    )


def _expand_cases(function: str) -> tuple[str, ...]:
    return (
        f"{function}(t(None, 3, 4), 1)",
        f"{function}(t(None, 3, 4), axis=-1)",
        f"{function}(t(None, 3), 0)",
        f"{function}(t(None, 3), 4)",
    )


OPERATIONS: tuple[Operation, ...] = (
    keras_operation(
        "reshape", "x, newshape: shape", reshape, *_reshape_cases("ops.reshape"), "ops.reshape(t(2, 3), 6)"
    ),
    tf_operation(
        "reshape",
        "tensor: x, shape",
        reshape,
        *_reshape_cases("tf.reshape"),
        "tf.reshape(t(None, 3, 4), (tf.shape(t(None, 3))[0], 12))",
        "tf.reshape(t(None, 3, 4), (tf.shape(t(None, 3))[1], -1))",
        "tf.reshape(t(None, 12), [tf.shape(t(None, 12))[0], 3, tf.shape(t(5, 4))[1]])",
    ),
    backend_operation(
        "reshape", "x, shape", reshape, *_reshape_cases("K.reshape"), rows=rows_alike("reshape")
    ),
    keras_operation(
        "transpose",
        "x, axes=None",
        transpose,
        "ops.transpose(t(None, 3, 4))",
        "ops.transpose(t(None, 3, 4), (0, 2, 1))",
        "ops.transpose(t(None, 3, 4), [0, 1])",
        "ops.transpose(t(None, 3, 4), (0, 1, 1))",
    ),
    tf_operation(
        "transpose",
        "a: x, perm: axes=None, conjugate=False",
        tf_transpose,
        "tf.transpose(t(None, 3, 4))",
        "tf.transpose(t(None, 3, 4), [0, 2, 1])",
        "tf.transpose(t(None, 3, 4), perm=[0, 1])",
        rows=rows_alike("compat.v1.transpose"),
    ),
    backend_operation(
        "transpose", "x", tf_transpose, "K.transpose(t(None, 3))", rows=rows_alike("compat.v1.transpose")
    ),
    backend_operation(
        "permute_dimensions",
        "x, pattern: axes",
        tf_transpose,
        "K.permute_dimensions(t(None, 3, 4), (0, 2, 1))",
        "K.permute_dimensions(t(None, 3, 4), (0, 2))",
        rows=rows_alike("compat.v1.transpose"),
    ),
    keras_operation(
        "expand_dims",
        "x, axis",
        expand_dims,
        *_expand_cases("ops.expand_dims"),
        "ops.expand_dims(t(None, 3), (1, -1))",
    ),
    tf_operation("expand_dims", "input: x, axis", expand_dims, *_expand_cases("tf.expand_dims")),
    backend_operation(
        "expand_dims",
        "x, axis=-1",
        expand_dims,
        *_expand_cases("K.expand_dims"),
        "K.expand_dims(t(None, 3))",
        rows=rows_alike("expand_dims"),
    ),
    keras_operation(
        "squeeze", "x, axis=None", squeeze, *_squeeze_cases("ops.squeeze"), "ops.squeeze(t(None, 1, 4))"
    ),
    tf_operation(
        "squeeze",
        "input: x, axis=None",
        tf_squeeze,
        *_squeeze_cases("tf.squeeze"),
        "tf.squeeze(t(None, 1, 4))",
        "tf.squeeze(t(2, 1, 4, 1), [1, 3])",
        rows=rows_alike("compat.v1.squeeze"),
    ),
    backend_operation(
        "squeeze", "x, axis", tf_squeeze, *_squeeze_cases("K.squeeze"), rows=rows_alike("compat.v1.squeeze")
    ),
    keras_operation(
        "tile",
        "x, repeats",
        tile,
        "ops.tile(t(None, 3), (1, 2))",
        "ops.tile(t(3), (2, 2))",
        "ops.tile(t(2, 3), 2)",
    ),
    tf_operation(
        "tile",
        "input: x, multiples: repeats",
        tf_tile,
        "tf.tile(t(None, 3), [1, 2])",
        "tf.tile(t(None, 1, 3), [1, 5, 1])",
        "tf.tile(t(2, 3), [2])",
    ),
    backend_operation(
        "tile",
        "x, n: repeats",
        tf_tile,
        "K.tile(t(None, 3), (1, 2))",
        "K.tile(t(2, 3), [2, 2])",
        rows=rows_alike("tile"),
    ),
    keras_operation(
        "repeat",
        "x, repeats, axis=None",
        repeat,
        "ops.repeat(t(None, 3), 2, axis=1)",
        "ops.repeat(t(2, 3), 2)",
        "ops.repeat(t(2, 3), [1, 2], axis=0)",
    ),
    tf_operation(
        "repeat",
        "input: x, repeats, axis=None",
        repeat,
        "tf.repeat(t(None, 3), 2, axis=1)",
        "tf.repeat(t(2, 3), 2)",
        "tf.repeat(t(2, 3), [1, 2], axis=0)",
    ),
    backend_operation("repeat", "x, n", repeat_rows, "K.repeat(t(None, 3), 4)", rows=_repeat_rows),
    backend_operation(
        "repeat_elements",
        "x, rep: repeats, axis",
        repeat,
        "K.repeat_elements(t(None, 3), 2, axis=1)",
        rows=_repeat_elements_rows,
    ),
    keras_operation(
        "flip", "x, axis=None", same_axes, "ops.flip(t(None, 3), axis=1)", "ops.flip(t(None, 3))"
    ),
    keras_operation("fliplr", "x", same_shape, "ops.fliplr(t(None, 3))"),
    keras_operation("flipud", "x", same_shape, "ops.flipud(t(None, 3))"),
    tf_operation(
        "reverse", "tensor: x, axis", same_axes, "tf.reverse(t(None, 3), [1])", "tf.reverse(t(None, 3), [2])"
    ),
    backend_operation(
        "reverse", "x, axes: axis", same_axes, "K.reverse(t(None, 3), 1)", rows=rows_alike("reverse")
    ),
    keras_operation("roll", "x, shift, axis=None", same_axes, "ops.roll(t(None, 3), 1, axis=1)"),
    tf_operation("roll", "input: x, shift, axis", same_shape, "tf.roll(t(None, 3), 1, axis=1)"),
    keras_operation("sort", "x, axis=-1", same_axes, "ops.sort(t(None, 3))"),
    tf_operation("sort", "values: x, axis=-1, direction='ASCENDING'", same_shape, "tf.sort(t(None, 3))"),
    keras_operation("tril", "x, k=0", triangle, "ops.tril(t(None, 3, 3))"),
    keras_operation("triu", "x, k=0", triangle, "ops.triu(t(None, 3, 3))"),
    tf_operation(
        "linalg.band_part",
        "input: x, num_lower, num_upper",
        triangle,
        "tf.linalg.band_part(t(None, 3, 3), -1, 0)",
    ),
    tf_operation(
        "linalg.matrix_transpose",
        "a: x, conjugate=False",
        transposed_last,
        "tf.linalg.matrix_transpose(t(None, 3, 4))",
    ),
    tf_operation("linalg.adjoint", "matrix: x", transposed_last, "tf.linalg.adjoint(t(None, 3, 4))"),
    keras_operation(
        "broadcast_to",
        "x, shape",
        broadcast_to,
        "ops.broadcast_to(t(1, 3), (4, 3))",
        "ops.broadcast_to(t(2, 3), (4, 3))",
    ),
    tf_operation(
        "broadcast_to",
        "input: x, shape",
        broadcast_to,
        "tf.broadcast_to(t(1, 3), (4, 3))",
        "tf.broadcast_to(t(2, 3), [4, 3])",
    ),
    keras_operation(
        "swapaxes",
        "x, axis1, axis2",
        swapaxes,
        "ops.swapaxes(t(None, 3, 4), 1, -1)",
        "ops.swapaxes(t(None, 3), 1, 2)",
    ),
    keras_operation(
        "moveaxis",
        "x, source, destination",
        moveaxis,
        "ops.moveaxis(t(None, 3, 4), 1, -1)",
        "ops.moveaxis(t(None, 3, 4, 5), (1, 2), (3, 1))",
    ),
    keras_operation("ravel", "x", ravel, "ops.ravel(t(2, 3))", "ops.ravel(t(None, 3))"),
    backend_operation(
        "flatten", "x", ravel, "K.flatten(t(2, 3))", "K.flatten(t(None, 3))", rows=rows_alike("reshape")
    ),
    backend_operation(
        "batch_flatten",
        "x",
        batch_flatten,
        "K.batch_flatten(t(None, 3, 4))",
        "K.batch_flatten(t(2, 3, 4))",
        rows=rows_alike("keras.backend.batch_flatten"),
    ),
    Operation(
        "tensor.reshape",
        "x, shape",
        reshape_method,
        {3: keras_operation("reshape", "x, s", reshape).row_makers[3]},
    ),
    Operation(
        "tensor.squeeze",
        "x, axis=None",
        lambda args: squeeze(args) if args.keras_infers else TensorSpec(UNRANKED, ""),
        {3: keras_operation("squeeze", "x", squeeze).row_makers[3]},
        ("t(None, 1, 4).squeeze(1)",),
    ),
)
