"""Generated arguments and inputs for ``EinsumDense`` and other layers with a kernel of their own kind."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from kerascope.domain.specs import NestedLayer, Symbol, TensorSpec
from layers.draw import (
    ACTIVATIONS,
    ODD_ACTIVATIONS,
    Arguments,
    Maker,
    batch,
    odd,
    shape,
    size,
    sometimes,
)
from layers.probes_images import conv

EQUATIONS = [
    "ab,bc->ac",
    "abc,cd->abd",
    "abc,cde->abde",
    "abc,bcd->abd",
    "...x,xy->...y",
    "ab...,bc->ac...",
    "abcd,cde->abe",
]
ODD_EQUATIONS = [
    "ab,bc",
    "ab,cd->acd",
    "ab,bc->az",
    "abc",
    "ab,bcz->ac",
    "...ab,bc->ac",
    "",
    "aa,ab->ab",
    "ab,ba->ab",
]


def einsum_dense(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    equation = odd(rng, EQUATIONS, ODD_EQUATIONS, 0.1)
    x, y = equation.partition(",")[0], equation.partition("->")[2]
    letters = [letter for letter in x if letter.isalpha()]
    lengths: dict[str, int | None] = {letter: size(rng, 6, 0.06) for letter in "abcdexyz"}
    lengths["a"] = batch(rng)
    extra = rng.randint(0, 2) if "..." in x else odd(rng, [0], [1, -1], 0.08)
    dims = [lengths[letter] for letter in letters]
    if x.startswith("..."):
        dims = [batch(rng), *(size(rng, 6) for _ in range(extra)), *dims]
    elif extra > 0:
        dims += [size(rng, 6) for _ in range(extra)]
    elif extra < 0:
        dims = dims[:-1]
    target: list[Any] = [
        None if rng.random() < 0.3 and letter in letters else lengths[letter] or 3
        for letter in y.replace(".", "")[0 if y.startswith("...") else 1 :]
    ]
    if rng.random() < 0.06 and target:
        target[rng.randrange(len(target))] = rng.choice([7, None, -1, "3", 2.0])
    given: Any = tuple(target)
    if len(given) == 1 and isinstance(given[0], int):
        given = rng.choice([given, given[0]])
    arguments: Arguments = {
        "equation": equation,
        "output_shape": odd(rng, [given], [None, 2.0, (), (3, 4)], 0.04),
    }
    named = [letter for letter in y if letter.isalpha()]
    if named:
        strange = ["z", "", named[0], None]
        usual = [named[-1], "".join(named[1:]) or named[0]]
        sometimes(rng, arguments, 0.5, "bias_axes", lambda: odd(rng, usual, strange, 0.08))
    sometimes(rng, arguments, 0.2, "activation", lambda: odd(rng, ACTIVATIONS, ODD_ACTIVATIONS))
    return arguments, tuple(dims)


def spectral_normalization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    name = rng.choice(
        ["Dense", "Dense", "Conv2D", "Conv1D", "Conv2DTranspose", "Embedding", "Flatten", "Dropout"]
    )
    inputs: Any = shape(rng, 2, none=0.03)
    inner: Arguments = {}
    if name == "Dense":
        inner = {"units": rng.randint(1, 5)}
        inputs = shape(rng, rng.randint(2, 4), none=0.05)
    elif name.startswith("Conv"):
        inner, inputs = conv(int(name[4]), transpose=name.endswith("Transpose"))(rng, major)
        inner.pop("name", None)
    elif name == "Embedding":
        inner = {"input_dim": 7, "output_dim": rng.randint(1, 4)}
        inputs = TensorSpec(shape(rng, 2), rng.choice(["int32", "float32"]))
    elif name == "Dropout":
        inner = {"rate": 0.5}
    layer = NestedLayer(name, inner, frozenset(inner))
    arguments: Arguments = {"layer": odd(rng, [layer], [3, "Dense", None], 0.03)}
    sometimes(rng, arguments, 0.2, "power_iterations", lambda: odd(rng, [1, 2, 3], [0, -1, None, "1"], 0.2))
    return arguments, inputs


def locally_connected(rank: int) -> Maker:
    plain = conv(rank)

    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments, inputs = plain(rng, major)
        for name in ("dilation_rate", "groups"):
            arguments.pop(name, None)
        arguments["filters"] = odd(rng, [1, 2, 3], [0, -1, "4", None], 0.04)
        sometimes(rng, arguments, 0.5, "implementation", lambda: odd(rng, [1, 2, 3], [0, 4, None], 0.05))
        if arguments.get("implementation", 1) == 1 and rng.random() < 0.8:
            arguments.pop("padding", None)
        return arguments, tuple(
            3 if dim is None and i and rng.random() < 0.7 else dim for i, dim in enumerate(inputs)
        )

    return make


def function_layer(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    relu = Symbol("keras.activations.relu")
    arguments: Arguments = {"function": odd(rng, [relu], ["relu", None, 3, (1,)], 0.08)}
    target = tuple(size(rng) for _ in range(rng.randint(0, 3)))
    strange = [4, "a", (2.0,), (-1,), ((4,), (5,))]
    sometimes(rng, arguments, 0.7, "output_shape", lambda: odd(rng, [target], strange, 0.15))
    inputs = shape(rng, rng.randint(1, 4))
    return arguments, TensorSpec(inputs, rng.choice(["float32", "float32", "int32"]))


def reversible_embedding(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {
        "input_dim": odd(rng, [1, 10, 50], [0, -1, 10.0, "10", None, True], 0.06),
        "output_dim": odd(rng, [1, 4, 8], [0, -1, 4.0, "4", None, True], 0.06),
    }
    sometimes(rng, arguments, 0.5, "tie_weights", lambda: odd(rng, [True, False], [0, None]))
    sometimes(rng, arguments, 0.2, "mask_zero", lambda: True)
    return arguments, TensorSpec(shape(rng, rng.randint(1, 4)), rng.choice(["int32", "int64", "float32"]))


def activity_regularization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    for name in ("l1", "l2"):
        sometimes(
            rng, arguments, 0.6, name, lambda: odd(rng, [0.0, 0.1, 1], [-0.1, "0.1", None, -1, (1,)], 0.15)
        )
    return arguments, shape(rng, rng.randint(1, 4))


def thresholded_relu(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    sometimes(rng, arguments, 0.7, "theta", lambda: odd(rng, [0, 0.5, 1.0], [-1, None, "1"], 0.15))
    return arguments, shape(rng, rng.randint(1, 4))


def grouped_query_attention(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    keys = rng.randint(1, 3)
    arguments: Arguments = {
        "head_dim": odd(rng, [1, 2, 4], [0, -1, "2", None], 0.03),
        "num_query_heads": odd(rng, [keys, 2 * keys], [1, 5, "2"], 0.08),
        "num_key_value_heads": odd(rng, [keys], [0, None], 0.03),
    }
    for name in ("use_bias", "use_gate"):
        sometimes(rng, arguments, 0.4, name, lambda: rng.choice([True, False]))
    first, features = batch(rng), rng.randint(1, 6)
    lengths = (size(rng), size(rng))
    inputs: list[tuple[int | None, ...]] = [(first, lengths[0], features), (first, lengths[1], features)]
    if rng.random() < 0.3:
        inputs.append((first, lengths[1], rng.choice([features, 3])))
    if rng.random() < 0.2:
        index = rng.randrange(len(inputs))
        changed = list(inputs[index])
        changed[rng.randint(1, 2)] = odd(rng, range(1, 9), [None])
        inputs[index] = tuple(changed)
    return arguments, inputs[:1] if rng.random() < 0.03 else inputs


MAKERS: Mapping[str, Maker] = {
    "EinsumDense": einsum_dense,
    "SpectralNormalization": spectral_normalization,
    "Lambda": function_layer,
    "ReversibleEmbedding": reversible_embedding,
    "ActivityRegularization": activity_regularization,
    "ThresholdedReLU": thresholded_relu,
    "GroupedQueryAttention": grouped_query_attention,
    **{f"LocallyConnected{rank}D": locally_connected(rank) for rank in (1, 2)},
}
