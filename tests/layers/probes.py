"""Generated arguments and inputs for every layer, legal and illegal, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from kerascope.domain.specs import NestedLayer, TensorSpec
from layers import (
    probes_attention,
    probes_augmentation,
    probes_dense,
    probes_features,
    probes_normalization,
    probes_recurrent,
)
from layers.draw import (
    ACTIVATIONS,
    INITIALIZERS,
    ODD_ACTIVATIONS,
    ODD_INITIALIZERS,
    Arguments,
    Maker,
    around,
    common,
    data_format,
    odd,
    shape,
    size,
    sometimes,
)
from layers.probes_images import (
    amounts,
    conv,
    depthwise,
    global_pooling,
    pooling,
    resizing,
    separable,
    spatial_dropout,
    upsampling,
)
from layers.real_keras import Probe


def dense(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {
        "units": odd(rng, range(1, 9), [0, -1, "4", 4.0, 4.7, None, True, (3,), "x", "4.5"], 0.1)
    }
    common(rng, arguments)
    ndim = odd(rng, [2, 2, 2, 3, 4], [1], 0.05)
    last = None if rng.random() < 0.04 else rng.randint(1, 9)
    return arguments, (*shape(rng, ndim)[:-1], last) if ndim > 1 else shape(rng, 1)


def activation(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    name = odd(rng, ACTIVATIONS, [*ODD_ACTIVATIONS, None], 0.3)
    return {"activation": name}, shape(rng, rng.randint(1, 4))


def dropout(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    rate = odd(rng, [0, 0.1, 0.25, 0.5, 0.9, 1], [-0.1, 1.1, 25, "0.5", None, True, 1.0, (0.5,)], 0.2)
    arguments: Arguments = {"rate": rate}
    sometimes(rng, arguments, 0.1, "seed", lambda: 1)
    if rng.random() < 0.1:
        ndim = rng.randint(2, 4)
        arguments["noise_shape"] = odd(rng, [(None, *(1,) * (ndim - 1))], [3, (0, 1), "a", (2.0, 1)], 0.2)
        return arguments, shape(rng, ndim)
    return arguments, shape(rng, rng.randint(1, 4))


def flatten(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    data_format(rng, arguments)
    return arguments, shape(rng, rng.randint(1, 5))


def reshape(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    given = shape(rng, rng.randint(1, 4), most=6, none=0.08)
    total = 1
    for dim in given[1:]:
        total *= dim or 1
    divisors = [n for n in range(1, total + 1) if total % n == 0]
    target = []
    while total > 1 and len(target) < 3 and rng.random() < 0.8:
        part = rng.choice([n for n in divisors if total % n == 0])
        target.append(part)
        total //= part
    target.append(total)
    rng.shuffle(target)
    if rng.random() < 0.35:
        target[rng.randrange(len(target))] = -1
    if rng.random() < 0.15:
        target[rng.randrange(len(target))] = rng.choice([-1, -2, 0, 5, 7])
    if rng.random() < 0.03:
        return {"target_shape": rng.choice([8, None, "8", (), (2.0, 4), (None, 4)])}, given
    return {"target_shape": tuple(target)}, given


def batch_normalization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    sometimes(
        rng,
        arguments,
        0.5,
        "axis",
        lambda: odd(rng, [-1, 1, 2, -2, 3], [0, 5, -6, (1,), (1, 2), None, 1.0, "1"], 0.2),
    )
    for name in ("scale", "center"):
        sometimes(rng, arguments, 0.25, name, lambda: odd(rng, [True, False], [None, 0]))
    if major == 3:
        sometimes(rng, arguments, 0.1, "renorm", lambda: rng.choice([True, False]))
    sometimes(rng, arguments, 0.1, "gamma_initializer", lambda: odd(rng, INITIALIZERS, ODD_INITIALIZERS, 0.2))
    ndim = odd(rng, [2, 3, 4, 4, 5], [1], 0.05)
    return arguments, shape(rng, ndim, none=0.08)


def embedding(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {
        "input_dim": odd(rng, [1, 10, 50], [0, -1, 10.0, "10", None, True], 0.1),
        "output_dim": odd(rng, [1, 4, 8], [0, -1, 4.0, "4", None, True], 0.1),
    }
    sometimes(rng, arguments, 0.2, "mask_zero", lambda: True)
    sometimes(rng, arguments, 0.15, "input_length", lambda: rng.randint(1, 9))
    sometimes(
        rng, arguments, 0.1, "embeddings_initializer", lambda: odd(rng, INITIALIZERS, ODD_INITIALIZERS, 0.2)
    )
    return arguments, TensorSpec(shape(rng, rng.randint(1, 4)), rng.choice(["int32", "int64", "float32"]))


def recurrent(name: str, *, wrapped: bool = False) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        units = odd(rng, [1, 3, 4], [0, -1, "4", 4.0, None], 0.0 if wrapped else 0.08)
        arguments: Arguments = {"units": units}
        sometimes(rng, arguments, 0.2, "go_backwards", lambda: rng.choice([True, False]))
        for flag in ("return_sequences", "return_state"):
            sometimes(
                rng,
                arguments,
                0.3,
                flag,
                lambda: odd(rng, [True, False], [1, None], 0.0 if wrapped else 0.05),
            )
        for flag in ("stateful", "unroll"):
            sometimes(rng, arguments, 0.12, flag, lambda: True)
        sometimes(rng, arguments, 0.3, "use_bias", lambda: rng.choice([True, False]))
        sometimes(rng, arguments, 0.15, "dropout", lambda: rng.choice([0.0, 0.3]))
        sometimes(rng, arguments, 0.1, "recurrent_dropout", lambda: rng.choice([0.0, 0.3]))
        sometimes(rng, arguments, 0.15, "activation", lambda: odd(rng, ACTIVATIONS, ODD_ACTIVATIONS, 0.1))
        if name == "GRU":
            sometimes(rng, arguments, 0.3, "reset_after", lambda: rng.choice([True, False]))
        ndim = around(rng, 3)
        features = None if rng.random() < 0.04 else rng.randint(1, 5)
        inputs = (*shape(rng, ndim)[:-1], features) if ndim > 1 else shape(rng, 1)
        return arguments, inputs

    return make


def bidirectional(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    name = rng.choice(["LSTM", "GRU", "SimpleRNN", "RNN"])
    if name == "RNN":
        inner, inputs = probes_recurrent.rnn(rng, major, wrapped=True)
    else:
        inner, inputs = recurrent(name, wrapped=True)(rng, major)
    inner.pop("name", None)
    inner.pop("activation", None)
    arguments: Arguments = {"layer": NestedLayer(name, inner, frozenset(inner))}
    sometimes(
        rng,
        arguments,
        0.5,
        "merge_mode",
        lambda: odd(rng, ["sum", "mul", "ave", "concat", None], ["add", "avg", 1], 0.1),
    )
    if rng.random() < 0.15:
        other = dict(inner)
        other["go_backwards"] = odd(
            rng, [not inner.get("go_backwards", False)], [inner.get("go_backwards", False)], 0.2
        )
        if rng.random() < 0.2:
            other["return_sequences"] = not inner.get("return_sequences", False)
        if rng.random() < 0.3 and name != "RNN":
            other["units"] = rng.choice([2, 4])
        arguments["backward_layer"] = NestedLayer(name, other, frozenset(other))
    return arguments, inputs


def similar(rng: random.Random, ndim: int, count: int, *, wrong: float) -> list[tuple[int | None, ...]]:
    """Shapes that agree but for ones, ``None`` and, now and then, another length or number of axes."""
    base = [rng.randint(1, 6) for _ in range(ndim)]
    result = []
    for _ in range(count):
        dims: list[int | None] = [None if rng.random() < 0.15 else dim for dim in base]
        dims = [1 if rng.random() < 0.1 and i else dim for i, dim in enumerate(dims)]
        dims[0] = None if rng.random() < 0.7 else base[0]
        if rng.random() < wrong:
            dims[rng.randrange(ndim)] = rng.randint(1, 7)
        if rng.random() < 0.06:
            dims = dims[: rng.randint(1, ndim)]
        result.append(tuple(dims))
    return result


def merging(count: int | None = None) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        ndim = rng.randint(1, 4)
        if rng.random() < 0.03:
            return {}, shape(rng, ndim)
        number = odd(rng, [2, 2, 3] if count is None else [count], [1, 2, 3], 0.08)
        return {}, similar(rng, ndim, number, wrong=0.1)

    return make


def concatenate(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    ndim = rng.randint(1, 4)
    arguments: Arguments = {}
    if rng.random() < 0.6:
        arguments["axis"] = odd(rng, range(-ndim, ndim), [ndim, -ndim - 1, None, "1", 1.0], 0.06)
    if rng.random() < 0.03:
        return arguments, shape(rng, ndim)
    axis = arguments.get("axis", -1)
    base = [rng.randint(1, 6) for _ in range(ndim)]
    inputs = []
    for _ in range(odd(rng, [2, 2, 3], [1])):
        dims: list[int | None] = [None if rng.random() < 0.12 else dim for dim in base]
        dims[0] = None if rng.random() < 0.7 else base[0]
        if isinstance(axis, int) and -ndim <= axis < ndim and rng.random() < 0.7:
            dims[axis] = size(rng)
        if rng.random() < 0.07:
            dims[rng.randrange(ndim)] = rng.randint(1, 7)
        if rng.random() < 0.05:
            dims = dims[: rng.randint(1, ndim)]
        inputs.append(tuple(dims))
    return arguments, inputs


def leaky_relu(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    name = "alpha" if major == 2 or rng.random() < 0.3 else "negative_slope"
    arguments = {name: odd(rng, [0.1, 0.3, 0, 1], [-0.1, None, "0.1"], 0.15)} if rng.random() < 0.8 else {}
    return arguments, shape(rng, rng.randint(1, 4))


def relu(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    sometimes(rng, arguments, 0.4, "max_value", lambda: odd(rng, [6, 1.0, None, 0], [-1, "6"], 0.15))
    for name in ("negative_slope", "threshold"):
        sometimes(rng, arguments, 0.3, name, lambda: odd(rng, [0, 0.1, 1.0], [-0.1, None, "1"], 0.15))
    return arguments, shape(rng, rng.randint(1, 4))


def softmax(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    ndim = rng.randint(1, 4)
    arguments = (
        {"axis": odd(rng, range(-ndim, ndim), [ndim, -ndim - 1, (1,), (1, 2), (1, 7)], 0.2)}
        if rng.random() < 0.7
        else {}
    )
    return arguments, shape(rng, ndim)


def elu(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    return ({"alpha": odd(rng, [0.1, 1.0, 2], [-1.0, None], 0.1)} if rng.random() < 0.7 else {}), shape(
        rng, rng.randint(1, 4)
    )


def prelu(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    ndim = rng.randint(1, 4)
    arguments: Arguments = {}
    choices = [1, (1,), tuple(range(1, ndim)), (ndim - 1,), ()]
    sometimes(
        rng, arguments, 0.6, "shared_axes", lambda: odd(rng, choices, [0, -1, ndim, (7,), (-1,), None], 0.15)
    )
    return arguments, shape(rng, ndim)


def input_layer(name: str) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments: Arguments = {}
        names = ["input_shape", "batch_input_shape"] if name == "InputLayer" else ["shape", "batch_shape"]
        if major == 3 and name == "InputLayer" and rng.random() < 0.6:
            names = ["shape", "batch_shape"]
        whole = rng.random() < 0.25
        value = shape(rng, rng.randint(1, 4)) if whole else shape(rng, rng.randint(1, 4))[1:]
        arguments[names[whole]] = odd(rng, [value], [10, None, (-1, 3), "10", ("a",), (2.0, 3), (0,)], 0.1)
        if rng.random() < (0.05 if whole else 0.25):
            arguments["batch_size"] = odd(rng, [1, 4], [-1, 0, 2.0], 0.1)
        sometimes(rng, arguments, 0.15, "dtype", lambda: rng.choice(["int32", "float32", "float16"]))
        if rng.random() < 0.03:
            arguments[names[not whole]] = (3, 4)
        return arguments, ()

    return make


def permute(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    count = rng.randint(1, 4)
    dims = list(range(1, count + 1))
    rng.shuffle(dims)
    strange = [tuple(dims[1:]), (0, 1), (2, 2), "21", 2, None, (1, "2")]
    return {"dims": odd(rng, [tuple(dims)], strange)}, shape(rng, around(rng, count + 1))


def repeat_vector(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    strange = [2.0, "2", None, (2,)] + ([0, -1, True] if major == 3 else [])
    return {"n": odd(rng, [1, 2, 5], strange)}, shape(rng, around(rng, 2))


def layer_normalization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    usual = [-1, 1, 2, (1, 2), (-1,), (-1, 1), (2, 1)]
    sometimes(rng, arguments, 0.5, "axis", lambda: odd(rng, usual, [0, 5, -6, None, 1.0, "1"], 0.15))
    for name in ("scale", "center"):
        sometimes(rng, arguments, 0.25, name, lambda: odd(rng, [True, False], [None, 0]))
    if major == 3:
        sometimes(rng, arguments, 0.1, "rms_scaling", lambda: rng.choice([True, False]))
    sometimes(rng, arguments, 0.1, "gamma_initializer", lambda: odd(rng, INITIALIZERS, ODD_INITIALIZERS, 0.2))
    return arguments, shape(rng, odd(rng, [2, 3, 4, 4, 5], [1], 0.05), none=0.08)


def rate(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    value = odd(rng, [0, 0.1, 0.25, 0.5, 0.9], [-0.1, 1.1, 25, True], 0.2)
    return {"rate": value}, shape(rng, rng.randint(1, 4))


def gaussian_noise(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    return {"stddev": odd(rng, [0, 0.1, 0.5, 1], [-0.1, 1.1, 25], 0.2)}, shape(rng, rng.randint(1, 4))


def masking(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    return ({"mask_value": rng.choice([0, -1.0, 99])} if rng.random() < 0.6 else {}), shape(
        rng, rng.randint(2, 4)
    )


def identity(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    return {}, TensorSpec(shape(rng, rng.randint(1, 4)), rng.choice(["float32", "int32"]))


def time_distributed(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    name = rng.choice(
        ["Dense", "Conv2D", "Conv1D", "Flatten", "LSTM", "MaxPooling2D", "Dropout", "BatchNormalization"]
    )
    inner, inputs = MAKERS[name](rng, major)
    inner = {
        key: value for key, value in inner.items() if key not in ("activation", "name", "stateful", "unroll")
    }
    if name == "LSTM":
        inner["return_state"] = False
    layer = NestedLayer(name, inner, frozenset(inner))
    if isinstance(inputs, tuple):
        inputs = (inputs[0], *(size(rng) for _ in range(rng.random() < 0.95)), *inputs[1:])
    return {"layer": odd(rng, [layer], [3, "Dense", None], 0.03)}, inputs


def rescaling(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {"scale": rng.choice([1 / 255, 2, 0.5])}
    sometimes(rng, arguments, 0.4, "offset", lambda: rng.choice([-1, 0.5]))
    return arguments, TensorSpec(shape(rng, rng.randint(1, 4)), rng.choice(["float32", "int32"]))


def normalization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    sometimes(rng, arguments, 0.5, "axis", lambda: odd(rng, [-1, 1, None, (1, 2), (-1,)], [5, -6, 1.0], 0.1))
    if rng.random() < 0.3:
        arguments["mean"] = 0.5
        sometimes(rng, arguments, 0.9, "variance", lambda: 2.0)
    return arguments, shape(rng, rng.randint(2, 4), none=0.02)


MAKERS: Mapping[str, Maker] = {
    **probes_attention.MAKERS,
    **probes_augmentation.MAKERS,
    **probes_dense.MAKERS,
    **probes_features.MAKERS,
    **probes_normalization.MAKERS,
    **probes_recurrent.MAKERS,
    "Activation": activation,
    "BatchNormalization": batch_normalization,
    "Bidirectional": bidirectional,
    "Concatenate": concatenate,
    "Dense": dense,
    "Dropout": dropout,
    "ELU": elu,
    "Embedding": embedding,
    "Flatten": flatten,
    "Input": input_layer("Input"),
    "InputLayer": input_layer("InputLayer"),
    "LeakyReLU": leaky_relu,
    "PReLU": prelu,
    "ReLU": relu,
    "Reshape": reshape,
    "Softmax": softmax,
    "Subtract": merging(2),
    "TimeDistributed": time_distributed,
    "Rescaling": rescaling,
    "Resizing": resizing(1),
    "CenterCrop": resizing(1),
    "RandomCrop": resizing(6),
    "Normalization": normalization,
    "Permute": permute,
    "RepeatVector": repeat_vector,
    "LayerNormalization": layer_normalization,
    "GaussianDropout": rate,
    "AlphaDropout": rate,
    "GaussianNoise": gaussian_noise,
    "Masking": masking,
    "Identity": identity,
    **{f"ZeroPadding{rank}D": amounts("padding", rank) for rank in (1, 2, 3)},
    **{f"Cropping{rank}D": amounts("cropping", rank) for rank in (1, 2, 3)},
    **{f"UpSampling{rank}D": upsampling(rank) for rank in (1, 2, 3)},
    **{f"SpatialDropout{rank}D": spatial_dropout(rank) for rank in (1, 2, 3)},
    **{f"SeparableConv{rank}D": separable(rank) for rank in (1, 2)},
    **{f"DepthwiseConv{rank}D": depthwise(rank) for rank in (1, 2)},
    **{name: merging() for name in ("Add", "Average", "Maximum", "Minimum", "Multiply")},
    **{name: recurrent(name) for name in ("GRU", "LSTM", "SimpleRNN")},
    **{f"Conv{rank}D": conv(rank) for rank in (1, 2, 3)},
    **{f"Conv{rank}DTranspose": conv(rank, transpose=True) for rank in (1, 2, 3)},
    **{f"{kind}Pooling{rank}D": pooling(rank) for kind in ("Max", "Average") for rank in (1, 2, 3)},
    **{
        f"Global{kind}Pooling{rank}D": global_pooling(rank)
        for kind in ("Max", "Average")
        for rank in (1, 2, 3)
    },
}


def probes(layer: str, major: int, count: int, seed: int = 0) -> list[Probe]:
    """``count`` probes of ``layer``; the first ones do not change when more are asked for."""
    rng = random.Random(f"{layer}/{major}/{seed}")
    made = (MAKERS[layer](rng, major) for _ in range(count))
    return [Probe(layer, arguments, inputs) for arguments, inputs in made]
