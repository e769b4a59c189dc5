"""Generated arguments and inputs for layers that work on images, signals and volumes."""

from __future__ import annotations

import random
from typing import Any

from kerascope.domain.specs import TensorSpec
from layers.draw import (
    Arguments,
    Maker,
    batch,
    common,
    data_format,
    image,
    odd,
    sizes,
    sometimes,
)


def conv(rank: int, transpose: bool = False) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments: Arguments = {
            "filters": odd(rng, [1, 2, 3, 4, 6, 8], [0, -2, 4.0, "4", None, 4.5], 0.05),
            "kernel_size": sizes(rng, rank, 5 if rank < 3 else 3),
        }
        sometimes(rng, arguments, 0.4, "strides", lambda: sizes(rng, rank, 3))
        paddings = ["valid", "same", "SAME", *(["causal"] if rank == 1 and not transpose else [])]
        sometimes(
            rng, arguments, 0.5, "padding", lambda: odd(rng, paddings, ["full", "causal", None, 1, "Valid"])
        )
        sometimes(rng, arguments, 0.2, "dilation_rate", lambda: sizes(rng, rank, 3))
        if transpose:
            sometimes(
                rng,
                arguments,
                0.25,
                "output_padding",
                lambda: odd(rng, [0, 0, 1, (1,) * rank], [-1, 2, (1,)]),
            )
        else:
            sometimes(rng, arguments, 0.25, "groups", lambda: odd(rng, [1, 2, 3], [0, -1, None, 2.0], 0.1))
        data_format(rng, arguments)
        common(rng, arguments)
        return arguments, image(rng, rank, arguments, most=9 if rank < 3 else 6)

    return make


def separable(rank: int) -> Maker:
    plain = conv(rank)

    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments, inputs = plain(rng, major)
        arguments.pop("groups", None)
        arguments.pop("kernel_initializer", None)
        sometimes(rng, arguments, 0.3, "depth_multiplier", lambda: odd(rng, [1, 2, 3], [0, -1, None, 1.0]))
        if isinstance(arguments.get("strides"), tuple) and arguments["strides"] and rng.random() < 0.7:
            arguments["strides"] = (arguments["strides"][0],) * len(arguments["strides"])
        return arguments, inputs

    return make


def depthwise(rank: int) -> Maker:
    plain = separable(rank)

    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments, inputs = plain(rng, major)
        del arguments["filters"]
        return arguments, inputs

    return make


def pooling(rank: int) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments: Arguments = {"pool_size": sizes(rng, rank, 4)}
        sometimes(rng, arguments, 0.4, "strides", lambda: sizes(rng, rank, 3))
        sometimes(
            rng,
            arguments,
            0.4,
            "padding",
            lambda: odd(rng, ["valid", "same"], ["SAME", "full", "causal", None, 1]),
        )
        data_format(rng, arguments)
        return arguments, image(rng, rank, arguments)

    return make


def global_pooling(rank: int) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments: Arguments = {}
        sometimes(rng, arguments, 0.4, "keepdims", lambda: odd(rng, [True, False], [1, None]))
        data_format(rng, arguments)
        return arguments, image(rng, rank, arguments)

    return make


def amounts(name: str, rank: int) -> Maker:
    def one(rng: random.Random) -> Any:
        return rng.randint(0, 3) if rng.random() < 0.4 else (rng.randint(0, 2), rng.randint(0, 3))

    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments: Arguments = {}
        if rng.random() < 0.9:
            several = tuple(one(rng) for _ in range(rank))
            usual = [rng.randint(0, 3), several if rank > 1 else (rng.randint(0, 2), rng.randint(0, 2))]
            strange = [None, "1", (1,) * (rank + 2), 1.5, (-1, 1), ((1, 2, 3), 1)]
            arguments[name] = odd(
                rng, usual, [*strange, -1] if name == "padding" or major == 3 else strange, 0.1
            )
        if rank > 1 or (name == "padding" and major == 3):
            data_format(rng, arguments)
        return arguments, image(rng, rank, arguments)

    return make


def upsampling(rank: int) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments: Arguments = {}
        strange = ["2", 2.0, None, (2,)] + ([0, -1, True] if major == 3 else [])
        if rank == 1:
            sometimes(rng, arguments, 0.8, "size", lambda: odd(rng, [1, 2, 3], strange))
        else:
            sometimes(rng, arguments, 0.8, "size", lambda: sizes(rng, rank, 3))
            data_format(rng, arguments)
        if rank == 2:
            sometimes(
                rng, arguments, 0.3, "interpolation", lambda: odd(rng, ["nearest", "bilinear"], ["linear", 1])
            )
        return arguments, image(rng, rank, arguments)

    return make


def spatial_dropout(rank: int) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments: Arguments = {"rate": odd(rng, [0, 0.1, 0.5, 0.9], [-0.1, 1.1, 25])}
        if rank > 1:
            sometimes(
                rng,
                arguments,
                0.3,
                "data_format",
                lambda: odd(rng, ["channels_last", "channels_first"], ["x"]),
            )
        return arguments, image(rng, rank, arguments)

    return make


def images(rng: random.Random, least: int = 1) -> tuple[int | None, ...]:
    ndim = odd(rng, [4, 4, 4, 3], [2, 5], 0.05)
    return (*(batch(rng) for _ in range(ndim > 3)), *(rng.randint(least, 9) for _ in range(min(ndim, 4) - 1)))


def resizing(least: int) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments: Arguments = {"height": rng.randint(1, 6), "width": rng.randint(1, 6)}
        if major == 3:
            data_format(rng, arguments)
        return arguments, TensorSpec(images(rng, least), rng.choice(["float32", "float32", "uint8", "int32"]))

    return make
