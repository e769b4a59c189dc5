"""Generated arguments and inputs for adaptive pooling and for normalization by groups, length and spectrum."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from layers.draw import (
    INITIALIZERS,
    ODD_INITIALIZERS,
    Arguments,
    Maker,
    image,
    odd,
    shape,
    sometimes,
)


def adaptive_pooling(rank: int) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        usual = [rng.randint(1, 6), tuple(rng.randint(1, 6) for _ in range(rank))]
        strange = [
            0,
            -1,
            None,
            "3",
            2.0,
            (1,) * (rank + 1),
            (2.0,) * rank,
            (None,) * rank,
            (-1,) * rank,
            True,
        ]
        arguments: Arguments = {"output_size": odd(rng, usual, strange, 0.15)}
        sometimes(
            rng,
            arguments,
            0.4,
            "data_format",
            lambda: odd(
                rng, ["channels_last", "channels_first"], ["CHANNELS_FIRST", "first", 1, None, ""], 0.2
            ),
        )
        return arguments, image(rng, rank, arguments)

    return make


def affine(rng: random.Random, arguments: Arguments) -> None:
    for name in ("scale", "center"):
        sometimes(rng, arguments, 0.25, name, lambda: odd(rng, [True, False], [None, 0]))
    sometimes(rng, arguments, 0.1, "gamma_initializer", lambda: odd(rng, INITIALIZERS, ODD_INITIALIZERS, 0.2))


def group_normalization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    strange = [0, -2, None, 2.0, "2", 64] if major == 3 else [0, 64]
    arguments: Arguments = {"groups": odd(rng, [1, 2, 3, -1], strange, 0.1)}
    ndim = odd(rng, [2, 3, 4, 5], [1])
    sometimes(
        rng, arguments, 0.4, "axis", lambda: odd(rng, [-1, 1, max(1, ndim - 1)], [7, -6, None, "1"], 0.12)
    )
    affine(rng, arguments)
    dims = [dim if dim is None else dim * rng.choice([1, 2, 6]) for dim in shape(rng, ndim, none=0.05)]
    return arguments, tuple(dims)


def axes(rng: random.Random, ndim: int) -> Any:
    usual = [-1, ndim - 1, (ndim - 1,), (-1,), tuple(range(1, ndim)) or (0,)]
    return odd(rng, usual, [0, 5, -6, (0, 7), None, 1.0, "1", (1.0,), (None,)], 0.2)


def unit_normalization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    ndim = rng.randint(1, 4)
    sometimes(rng, arguments, 0.6, "axis", lambda: axes(rng, ndim))
    return arguments, shape(rng, ndim)


def rms_normalization(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments, inputs = unit_normalization(rng, major)
    sometimes(rng, arguments, 0.2, "epsilon", lambda: 1e-5)
    return arguments, inputs


MAKERS: Mapping[str, Maker] = {
    **{
        f"Adaptive{kind}Pooling{rank}D": adaptive_pooling(rank)
        for kind in ("Average", "Max")
        for rank in (1, 2, 3)
    },
    "GroupNormalization": group_normalization,
    "UnitNormalization": unit_normalization,
    "RMSNormalization": rms_normalization,
}
