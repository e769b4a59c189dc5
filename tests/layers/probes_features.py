"""Generated arguments and inputs for layers that turn words and numbers into categories."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from kerascope.domain.specs import TensorSpec
from layers.draw import Arguments, Maker, batch, odd, size, sometimes


def samples(rng: random.Random) -> tuple[int | None, ...]:
    """One value per sample, or a few."""
    ndim = odd(rng, [1, 2, 2, 2, 2], [3, 4], 0.1)
    return (batch(rng), *(rng.choice([1, 1, size(rng, 5)]) for _ in range(ndim - 1)))


def typed(rng: random.Random, arguments: Arguments, share: float = 0.12) -> None:
    sometimes(rng, arguments, share, "dtype", lambda: rng.choice(["int32", "int64", "float32", "float16"]))


def hashing(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {"num_bins": odd(rng, [1, 3, 10], [0, -1, None, 2.5, "3"], 0.08)}
    modes = ["int", "one_hot", "multi_hot", "count"]
    sometimes(rng, arguments, 0.7, "output_mode", lambda: odd(rng, modes, ["tf_idf", "x", None]))
    sometimes(rng, arguments, 0.1, "salt", lambda: rng.choice([3, (1, 2)]))
    if major == 3:
        sometimes(rng, arguments, 0.1, "sparse", lambda: True)
    typed(rng, arguments)
    return arguments, TensorSpec(samples(rng), odd(rng, ["string", "int64", "int32"], ["float32"], 0.03))


def hashed_crossing(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {"num_bins": odd(rng, [1, 3, 10], [2.5, "3"], 0.03)}
    sometimes(rng, arguments, 0.6, "output_mode", lambda: odd(rng, ["int", "one_hot"], ["count", None]))
    typed(rng, arguments)
    first = rng.choice([(batch(rng), 1), (batch(rng),), samples(rng)])
    shapes = [first, odd(rng, [first], [samples(rng)])]
    if rng.random() < 0.06:
        shapes = odd(rng, [[*shapes, first]], [shapes[:1]], 0.3)
    types = ["string", "int64", "int32", *(["float32"] if rng.random() < 0.1 else [])]
    inputs = [TensorSpec(shape, rng.choice(types)) for shape in shapes]
    return arguments, inputs if rng.random() < 0.96 else inputs[0]


def discretization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    bounds = (0.0, 1.0, 2.5)[: rng.randint(1, 3)]
    arguments: Arguments = {"bin_boundaries": bounds}
    modes = ["int", "one_hot", "multi_hot", "count"]
    sometimes(rng, arguments, 0.7, "output_mode", lambda: odd(rng, modes, ["tf_idf", "x", None]))
    if rng.random() < 0.15:
        arguments["num_bins"] = odd(rng, [2, 4], [-1, None, "3"], 0.2)
        if rng.random() < 0.8:
            del arguments["bin_boundaries"]
            if rng.random() < 0.85:
                arguments.pop("output_mode", None)
    if major == 3:
        sometimes(rng, arguments, 0.1, "sparse", lambda: True)
    typed(rng, arguments)
    return arguments, TensorSpec(samples(rng), rng.choice(["float32", "int64"]))


def category_encoding(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {"num_tokens": odd(rng, [1, 3, 10], [0, -1, None, 2.5, "3"], 0.08)}
    modes = ["one_hot", "multi_hot", "count", "binary"]
    sometimes(rng, arguments, 0.7, "output_mode", lambda: odd(rng, modes, ["int", "tf_idf", None]))
    if major == 2:
        sometimes(rng, arguments, 0.1, "max_tokens", lambda: 7)
    typed(rng, arguments)
    return arguments, TensorSpec(samples(rng), rng.choice(["int32", "int64", "float32"]))


WORDS = ("cat", "dog", "emu", "fox", "gnu")


def vocabulary(rng: random.Random, words: tuple[Any, ...], special: tuple[Any, ...]) -> tuple[Any, ...]:
    chosen = words[: rng.randint(1, len(words))]
    if rng.random() < 0.3:
        chosen = (*special, *chosen)
    return odd(rng, [chosen], [(*chosen, chosen[0]), (), (*chosen, *special)], 0.08)


def vocabulary_mode(
    rng: random.Random, arguments: Arguments, words: tuple[Any, ...], special: tuple[Any, ...]
) -> None:
    """A mode of output, and what tells how wide it is."""
    modes = ["int", "int", "one_hot", "multi_hot", "count", "tf_idf", "binary"]
    sometimes(rng, arguments, 0.7, "output_mode", lambda: odd(rng, modes, ["hot", None]))
    sometimes(rng, arguments, 0.3, "max_tokens", lambda: odd(rng, [9, 20], [1, 0, -1, 3, "9"], 0.12))
    if rng.random() < (0.3 if "max_tokens" in arguments else 0.01):
        arguments["pad_to_max_tokens"] = True
    if rng.random() < 0.75 or (arguments.get("output_mode", "int") != "int" and rng.random() < 0.96):
        arguments["vocabulary"] = vocabulary(rng, words, special)
        if arguments.get("output_mode") == "tf_idf" and rng.random() < 0.9:
            length = len(arguments["vocabulary"]) + odd(rng, [0], [1, -1])
            arguments["idf_weights"] = (1.0,) * max(0, length)
    if rng.random() < 0.02:
        arguments["idf_weights"] = (1.0, 2.0)


def lookup(strings: bool) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments: Arguments = {}
        unknown = "[UNK]" if strings else -1
        count = 1
        if rng.random() < 0.3:
            count = arguments["num_oov_indices"] = odd(rng, [0, 1, 2], [-1, None, "1"], 0.1)
        mask: Any = None
        if rng.random() < 0.25:
            mask = arguments["mask_token"] = rng.choice(["", "mask"]) if strings else 0
        special = (unknown,) * (count if isinstance(count, int) and count > 0 else 1)
        if mask is not None:
            special = (mask, *special)
        vocabulary_mode(rng, arguments, WORDS if strings else (3, 5, 8, 13), special)
        if rng.random() < 0.1:
            arguments["invert"] = True
            if rng.random() < 0.8:
                arguments.pop("output_mode", None)
        if arguments.get("invert"):
            return arguments, TensorSpec(samples(rng), "int64")
        return arguments, TensorSpec(samples(rng), "string" if strings else rng.choice(["int64", "int32"]))

    return make


def text_vectorization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    vocabulary_mode(rng, arguments, WORDS, ("", "[UNK]"))
    if major == 2 and arguments.get("output_mode", "") in ("one_hot", None) and rng.random() < 0.8:
        del arguments["output_mode"]
    if rng.random() < (0.5 if arguments.get("output_mode", "int") == "int" else 0.05):
        arguments["output_sequence_length"] = odd(rng, [1, 5, 50, None], ["5", 5.0, (5,)], 0.1)
    sometimes(rng, arguments, 0.2, "standardize", lambda: odd(rng, ["lower", None], ["upper", 3], 0.15))
    sometimes(
        rng, arguments, 0.2, "split", lambda: odd(rng, ["whitespace", "character", None], ["word", 3], 0.1)
    )
    sometimes(rng, arguments, 0.1, "ngrams", lambda: odd(rng, [1, 2, (1, 3)], ["2", 2.0], 0.1))
    if arguments.get("split", "") is None:
        arguments.pop("ngrams", None)
        if rng.random() < 0.8:
            arguments.pop("output_sequence_length", None)
    shape = odd(rng, [(batch(rng), 1), (batch(rng),)], [samples(rng)], 0.1)
    return arguments, TensorSpec(shape, "string")


MAKERS: Mapping[str, Maker] = {
    "Hashing": hashing,
    "HashedCrossing": hashed_crossing,
    "Discretization": discretization,
    "CategoryEncoding": category_encoding,
    "StringLookup": lookup(strings=True),
    "IntegerLookup": lookup(strings=False),
    "TextVectorization": text_vectorization,
}
