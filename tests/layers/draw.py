"""Random arguments, shapes and sizes, most of them legal, the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

Arguments: TypeAlias = dict[str, Any]
Maker: TypeAlias = Callable[[random.Random, int], tuple[Arguments, Any]]
ACTIVATIONS = ["relu", "sigmoid", "tanh", "softmax", "linear", "elu", "selu", "gelu", "swish", "leaky_relu"]
ODD_ACTIVATIONS = ["ReLU", "LeakyReLU", "rleu", "Softmax", "glu", "hard_tanh", "mish", "", "log_softmax", 3]
INITIALIZERS = ["he_normal", "GlorotUniform", "zeros", "normal", "one"]
ODD_INITIALIZERS = ["xavier", "he", "HeNormalV2", "Zero"]


def odd(rng: random.Random, usual: Sequence[Any], unusual: Sequence[Any], share: float = 0.08) -> Any:
    """One of ``usual``, now and then one of ``unusual``."""
    return rng.choice(unusual if rng.random() < share else usual)


def sometimes(
    rng: random.Random, arguments: Arguments, share: float, name: str, make: Callable[[], Any]
) -> None:
    """Adds an argument in a share of the probes."""
    if rng.random() < share:
        arguments[name] = make()


def size(rng: random.Random, most: int = 9, none: float = 0.15) -> int | None:
    """Length of an axis."""
    return None if rng.random() < none else rng.randint(1, most)


def batch(rng: random.Random) -> int | None:
    return None if rng.random() < 0.7 else rng.randint(1, 4)


def shape(rng: random.Random, ndim: int, most: int = 9, none: float = 0.12) -> tuple[int | None, ...]:
    """A shape of ``ndim`` axes with the batch first."""
    return (batch(rng), *(size(rng, most, none) for _ in range(ndim - 1)))


def around(rng: random.Random, ndim: int, share: float = 0.08, least: int = 1) -> int:
    """``ndim``, now and then another number of axes."""
    return max(least, ndim + rng.choice([-2, -1, 1, 2])) if rng.random() < share else ndim


def image(rng: random.Random, rank: int, arguments: Arguments, most: int = 9) -> tuple[int | None, ...]:
    """An input for a layer that has ``rank`` spatial axes; few channels are ``None``."""
    ndim = around(rng, rank + 2, least=1)
    sides = [size(rng, most) for _ in range(max(0, ndim - 2))]
    channels = [None if rng.random() < 0.02 else rng.randint(1, 6)] if ndim > 1 else []
    first = str(arguments.get("data_format", "")).lower() == "channels_first"
    return (batch(rng), *channels, *sides) if first else (batch(rng), *sides, *channels)


def sizes(rng: random.Random, rank: int, most: int, *, share: float = 0.05) -> Any:
    """An argument such as ``kernel_size``."""
    if rng.random() < share:
        return rng.choice(
            [0, -1, (2,) * (rank + 1), (1, 0)[:rank] or 0, None, 2.0, "2", (2, None), (1,) * (rank - 1)]
        )
    if rng.random() < 0.5:
        return rng.randint(1, most)
    return tuple(rng.randint(1, most) for _ in range(rank))


def common(rng: random.Random, arguments: Arguments, activation: str = "activation") -> None:
    """Arguments that many layers share."""
    sometimes(rng, arguments, 0.3, activation, lambda: odd(rng, ACTIVATIONS, ODD_ACTIVATIONS))
    sometimes(rng, arguments, 0.3, "use_bias", lambda: odd(rng, [True, False], [0, 1, None, "no"]))
    sometimes(
        rng, arguments, 0.1, "kernel_initializer", lambda: odd(rng, INITIALIZERS, ODD_INITIALIZERS, 0.2)
    )
    sometimes(rng, arguments, 0.05, "name", lambda: "layer")


def data_format(rng: random.Random, arguments: Arguments, share: float = 0.3) -> None:
    sometimes(
        rng,
        arguments,
        share,
        "data_format",
        lambda: odd(
            rng, ["channels_last", "channels_first"], ["channels", "CHANNELS_FIRST", "first", 1, None]
        ),
    )
