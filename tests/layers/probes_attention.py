"""Generated arguments and inputs for layers that take a query, a value and a key, and for ``Dot``."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from layers.draw import Arguments, Maker, batch, odd, shape, size, sometimes


def dot(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    left = list(shape(rng, rng.randint(2, 4), none=0.05))
    right = list(shape(rng, rng.randint(2, 4), none=0.05))
    if rng.random() < 0.9:
        right[0] = left[0]
    axes = (rng.randint(1, len(left) - 1), rng.randint(1, len(right) - 1))
    if rng.random() < 0.85:
        right[axes[1]] = left[axes[0]]
    given: Any = axes if axes[0] != axes[1] or rng.random() < 0.3 else axes[0]
    if rng.random() < 0.25:
        given = (axes[0] - len(left), axes[1] - len(right))
    arguments: Arguments = {"axes": odd(rng, [given], [1.0, "1", (1,), None, 5, (1, 2, 1)], 0.06)}
    sometimes(rng, arguments, 0.2, "normalize", lambda: True)
    return arguments, odd(rng, [[tuple(left), tuple(right)]], [[tuple(left)], tuple(left)], 0.03)


def attention_inputs(rng: random.Random, wrong: float) -> list[tuple[int | None, ...]]:
    first, features = batch(rng), rng.randint(1, 6)
    lengths = (size(rng), size(rng))
    inputs: list[tuple[int | None, ...]] = [(first, lengths[0], features), (first, lengths[1], features)]
    if rng.random() < 0.3:
        inputs.append((first, lengths[1], features))
    if rng.random() < wrong:
        index = rng.randrange(len(inputs))
        changed = list(inputs[index])
        changed[rng.randint(1, 2)] = rng.randint(1, 9)
        inputs[index] = tuple(changed)
    if rng.random() < 0.03:
        inputs = inputs[:1]
    return inputs


def multi_head_attention(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    strange = [0, -1, 2.0, "2", None] if major == 3 else [1]
    arguments: Arguments = {
        "num_heads": odd(rng, [1, 2, 3], strange, 0.06),
        "key_dim": odd(rng, [1, 2, 4], strange, 0.06),
    }
    sometimes(rng, arguments, 0.3, "value_dim", lambda: rng.choice([1, 3, None]))
    sometimes(rng, arguments, 0.3, "use_bias", lambda: rng.choice([True, False]))
    sometimes(rng, arguments, 0.2, "output_shape", lambda: rng.choice([3, (3,), (2, 3), None]))
    sometimes(rng, arguments, 0.1, "dropout", lambda: 0.1)
    if major == 3:
        sometimes(rng, arguments, 0.1, "use_gate", lambda: True)
    inputs = attention_inputs(rng, 0.3)
    if rng.random() < 0.03:
        inputs[-1] = (*inputs[-1][:-1], None)
    return arguments, inputs


def attention(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    sometimes(rng, arguments, 0.4, "use_scale", lambda: rng.choice([True, False]))
    sometimes(rng, arguments, 0.3, "score_mode", lambda: odd(rng, ["dot", "concat"], ["add", None]))
    sometimes(rng, arguments, 0.2, "dropout", lambda: rng.choice([0.0, 0.2]))
    return arguments, attention_inputs(rng, 0.2)


def additive_attention(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    arguments: Arguments = {}
    sometimes(rng, arguments, 0.4, "use_scale", lambda: rng.choice([True, False]))
    sometimes(rng, arguments, 0.2, "dropout", lambda: rng.choice([0.0, 0.2]))
    return arguments, attention_inputs(rng, 0.2)


MAKERS: Mapping[str, Maker] = {
    "Dot": dot,
    "MultiHeadAttention": multi_head_attention,
    "Attention": attention,
    "AdditiveAttention": additive_attention,
}
