"""Generated arguments and inputs for layers of packages beside Keras."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from kerascope.domain.specs import NestedLayer, TensorSpec
from layers.draw import Arguments, Maker, batch, odd, size, sometimes
from layers.real_keras import Probe

HUB: Final = "keras_hub.layers."
ADDONS: Final = "tensorflow_addons.layers."
TOKENIZERS: Final = "keras_hub.tokenizers."


def steps(rng: random.Random) -> tuple[Any, ...]:
    """A shape of batch, steps and features, now and then of another rank."""
    shape = (batch(rng), size(rng), rng.randint(1, 9))
    return odd(rng, [shape], [shape[:2], (*shape, 3), (*shape[:2], None)], 0.06)


def block(rng: random.Random, *, heads: bool = True) -> Arguments:
    arguments: Arguments = {"intermediate_dim": rng.randint(1, 12)}
    if heads:
        arguments["num_heads"] = odd(rng, [1, 2, 3], [12], 0.05)
        sometimes(rng, arguments, 0.3, "normalize_first", lambda: rng.choice([True, False]))
    sometimes(rng, arguments, 0.3, "dropout", lambda: 0.1)
    sometimes(rng, arguments, 0.3, "activation", lambda: odd(rng, ["relu", "gelu"], ["rleu"], 0.1))
    return arguments


def encoder(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    return block(rng), steps(rng)


def decoder(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    first = steps(rng)
    return block(rng), [first] if rng.random() < 0.5 else [first, (first[0], *steps(rng)[1:])]


def f_net(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    return block(rng, heads=False), steps(rng)


def tokens(rng: random.Random, most: int) -> TensorSpec:
    shape: tuple[Any, ...] = (batch(rng), size(rng, most))
    return TensorSpec(odd(rng, [shape], [shape[:1], (*shape, 2)], 0.05), rng.choice(["int32", "int64"]))


def tokens_and_places(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {
        "vocabulary_size": rng.randint(1, 30),
        "sequence_length": odd(rng, [rng.randint(3, 9)], [1, 2], 0.1),
        "embedding_dim": rng.randint(1, 8),
    }
    sometimes(rng, arguments, 0.3, "tie_weights", lambda: rng.choice([True, False]))
    sometimes(rng, arguments, 0.4, "mask_zero", lambda: rng.choice([True, False]))
    return arguments, tokens(rng, 6)


def places(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    return {"sequence_length": rng.randint(3, 12)}, steps(rng)


def waves(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    sometimes(rng, arguments, 0.4, "max_wavelength", lambda: 500)
    return arguments, steps(rng)


def masked_words(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {"vocabulary_size": odd(rng, [rng.randint(1, 30)], [None], 0.05)}
    sometimes(rng, arguments, 0.3, "activation", lambda: "softmax")
    first = steps(rng)
    return arguments, [first, TensorSpec((first[0], size(rng, 4)), "int32")]


def tokenizer(rng: random.Random, name: str) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    if name == "WordPieceTokenizer":
        arguments["vocabulary"] = ("[PAD]", "[UNK]", "the", "cat", "sat")
    sometimes(rng, arguments, 0.85, "sequence_length", lambda: rng.randint(1, 9))
    sometimes(rng, arguments, 0.3, "lowercase", lambda: rng.choice([True, False]))
    sometimes(rng, arguments, 0.2, "dtype", lambda: rng.choice(["int32", "int64"]))
    return arguments, TensorSpec(rng.choice([(), (1,), (3,), (5,)]), "string")


def packer(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {"sequence_length": rng.randint(3, 9)}
    sometimes(rng, arguments, 0.5, "start_value", lambda: rng.choice([1, (1, 2)]))
    sometimes(rng, arguments, 0.5, "end_value", lambda: 2)
    sometimes(rng, arguments, 0.3, "pad_value", lambda: 0)
    sometimes(rng, arguments, 0.3, "return_padding_mask", lambda: rng.choice([True, False]))
    shape = (rng.randint(1, 9),) if rng.random() < 0.4 else (rng.randint(1, 4), rng.randint(1, 9))
    return arguments, TensorSpec(shape, rng.choice(["int32", "int64"]))


def mask_generator(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {"vocabulary_size": 10, "mask_selection_rate": 0.5, "mask_token_id": 1}
    sometimes(rng, arguments, 0.8, "mask_selection_length", lambda: rng.randint(1, 5))
    shape = (rng.randint(1, 9),) if rng.random() < 0.4 else (rng.randint(1, 4), rng.randint(1, 9))
    return arguments, TensorSpec(shape, rng.choice(["int32", "int64"]))


def dropped_path(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    sometimes(rng, arguments, 0.6, "rate", lambda: rng.choice([0.0, 0.1, 0.9]))
    return arguments, tuple([batch(rng)] + [size(rng) for _ in range(rng.randint(1, 4))])


def weight_normalization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    """Layers with a kernel, now and then one without."""
    rank = rng.choice([1, 2])
    name = odd(
        rng, ["Dense", f"Conv{rank}D", f"Conv{rank}DTranspose"], ["Embedding", "Flatten", "LSTM"], 0.06
    )
    given: Arguments = {"units": rng.randint(1, 9)} if name in ("Dense", "LSTM") else {}
    if name == "Embedding":
        given = {"input_dim": 9, "output_dim": 3}
    if name.startswith("Conv"):
        given = {"filters": rng.randint(1, 9), "kernel_size": rng.randint(1, 3)}
        sometimes(rng, given, 0.4, "padding", lambda: "same")
        sometimes(rng, given, 0.4, "strides", lambda: rng.randint(1, 2))
    if name in ("Dense",) or name.startswith("Conv"):
        sometimes(rng, given, 0.4, "use_bias", lambda: rng.choice([True, False]))
    arguments: Arguments = {"layer": NestedLayer(name, given, frozenset(given))}
    sometimes(rng, arguments, 0.7, "data_init", lambda: rng.choice([True, False, False]))
    return arguments, (batch(rng), *(size(rng) for _ in range(rank)), rng.randint(1, 5))


def channels(rng: random.Random) -> tuple[Any, ...]:
    sides = [size(rng) for _ in range(rng.randint(1, 3))]
    return (batch(rng), *sides, odd(rng, [2, 4, 6], [None, 5], 0.06))


def affine(rng: random.Random) -> Arguments:
    arguments: Arguments = {}
    for name in ("center", "scale"):
        sometimes(rng, arguments, 0.3, name, lambda: rng.choice([True, False]))
    sometimes(rng, arguments, 0.3, "axis", lambda: odd(rng, [-1], [0, 1, 7], 0.3))
    return arguments


def instance_normalization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    return affine(rng), channels(rng)


def gelu(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    sometimes(rng, arguments, 0.4, "approximate", lambda: rng.choice([True, False]))
    return arguments, channels(rng)


MAKERS: Final[Mapping[str, Maker]] = {
    HUB + "TransformerEncoder": encoder,
    HUB + "TransformerDecoder": decoder,
    HUB + "FNetEncoder": f_net,
    HUB + "TokenAndPositionEmbedding": tokens_and_places,
    HUB + "PositionEmbedding": places,
    HUB + "SinePositionEncoding": waves,
    HUB + "MaskedLMHead": masked_words,
    HUB + "StartEndPacker": packer,
    HUB + "MaskedLMMaskGenerator": mask_generator,
    **{
        TOKENIZERS + name: lambda rng, _, name=name: tokenizer(rng, name)
        for name in ("WordPieceTokenizer", "ByteTokenizer", "UnicodeCodepointTokenizer")
    },
    "keras_cv.layers.DropPath": dropped_path,
    ADDONS + "WeightNormalization": weight_normalization,
    ADDONS + "InstanceNormalization": instance_normalization,
    ADDONS + "GELU": gelu,
}

IN_PIPELINES: Final = ("Tokenizer", "StartEndPacker", "MaskedLMMaskGenerator")
"""Ends of the names of layers that make no sense on tensors without values."""


def package_probes(layer: str, major: int, count: int, seed: int = 0) -> list[Probe]:
    """``count`` probes of ``layer``; the first ones do not change when more are asked for."""
    rng = random.Random(f"{layer}/{major}/{seed}")
    made = (MAKERS[layer](rng, major) for _ in range(count))
    return [Probe(layer, given, inputs, layer.endswith(IN_PIPELINES)) for given, inputs in made]
