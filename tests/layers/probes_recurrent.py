"""Generated arguments and inputs for recurrent convolutions, cells, and ``RNN``."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from kerascope.domain.specs import NestedLayer
from layers.draw import (
    ACTIVATIONS,
    ODD_ACTIVATIONS,
    Arguments,
    Maker,
    around,
    batch,
    data_format,
    odd,
    size,
    sizes,
    sometimes,
)


def conv_lstm(rank: int) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments: Arguments = {
            "filters": odd(rng, [1, 2, 3], [4.0, "4", None], 0.05),
            "kernel_size": sizes(rng, rank, 3),
        }
        sometimes(rng, arguments, 0.3, "strides", lambda: sizes(rng, rank, 2))
        sometimes(
            rng,
            arguments,
            0.5,
            "padding",
            lambda: odd(rng, ["valid", "same", "SAME"], ["full", "causal", None, 1, "Valid"]),
        )
        sometimes(rng, arguments, 0.2, "dilation_rate", lambda: sizes(rng, rank, 2))
        data_format(rng, arguments, 0.2)
        for flag in ("return_sequences", "return_state"):
            sometimes(rng, arguments, 0.4, flag, lambda: odd(rng, [True, False], [1, None], 0.05))
        sometimes(rng, arguments, 0.1, "stateful", lambda: True)
        sometimes(rng, arguments, 0.3, "use_bias", lambda: odd(rng, [True, False], [0, None]))
        sometimes(rng, arguments, 0.15, "activation", lambda: odd(rng, ACTIVATIONS, ODD_ACTIVATIONS, 0.1))
        sometimes(rng, arguments, 0.1, "dropout", lambda: 0.3)
        ndim = around(rng, rank + 3, 0.06)
        sides = [size(rng, 7, 0.05) for _ in range(max(0, ndim - 3))]
        channels = [None if rng.random() < 0.03 else rng.randint(1, 3)] if ndim > 2 else []
        first = str(arguments.get("data_format", "")).lower() == "channels_first"
        image = (*channels, *sides) if first else (*sides, *channels)
        steps = [size(rng, 5)] if ndim > 1 else []
        return arguments, (batch(rng), *steps, *image)

    return make


def cell_arguments(rng: random.Random, name: str, share: float = 0.0) -> Arguments:
    arguments: Arguments = {"units": odd(rng, [1, 3, 4], [0, -1, "4", 4.0, None], share)}
    sometimes(rng, arguments, 0.3, "use_bias", lambda: rng.choice([True, False]))
    sometimes(rng, arguments, 0.1, "dropout", lambda: 0.3)
    sometimes(rng, arguments, 0.1, "recurrent_dropout", lambda: 0.3)
    sometimes(rng, arguments, 0.1, "activation", lambda: odd(rng, ACTIVATIONS, ODD_ACTIVATIONS, share))
    if name == "GRUCell":
        sometimes(rng, arguments, 0.3, "reset_after", lambda: rng.choice([True, False]))
    return arguments


def a_cell(rng: random.Random) -> NestedLayer:
    name = rng.choice(CELLS)
    arguments = cell_arguments(rng, name)
    return NestedLayer(name, arguments, frozenset(arguments))


def a_stack(rng: random.Random) -> tuple[NestedLayer, ...]:
    return tuple(a_cell(rng) for _ in range(rng.randint(1, 3)))


def states_of(cell: NestedLayer, first: int | None) -> list[tuple[int | None, int]]:
    units = cell.arguments["units"]
    return [(first, units)] * (2 if cell.name == "LSTMCell" else 1)


def cell(name: str) -> Maker:
    def make(rng: random.Random, major: int) -> tuple[Arguments, Any]:
        arguments = cell_arguments(rng, name, 0.06)
        first = batch(rng)
        features = None if rng.random() < 0.05 else rng.randint(1, 5)
        units = arguments["units"] if isinstance(arguments["units"], int) else 4
        states = [(first, max(units, 1))] * (2 if name == "LSTMCell" else 1)
        return arguments, [(first, features), states]

    return make


def stacked_cells(rng: random.Random, major: int) -> tuple[Arguments, Any]:
    first, cells = batch(rng), a_stack(rng)
    strange = [4, None, (NestedLayer("Dense", {"units": 3}),), NestedLayer("LSTMCell", {"units": 3})]
    given = odd(rng, [cells], strange, 0.06)
    return {"cells": given}, [(first, rng.randint(1, 5)), [states_of(one, first) for one in cells]]


def rnn(rng: random.Random, major: int, *, wrapped: bool = False) -> tuple[Arguments, Any]:
    shape = rng.random()
    given: Any = a_cell(rng)
    if shape < 0.25:
        given = a_stack(rng)
    elif shape < 0.5:
        given = NestedLayer("StackedRNNCells", {"cells": a_stack(rng)}, frozenset({"cells"}))
    strange = [4, None, "LSTMCell", NestedLayer("Dense", {"units": 3}), (NestedLayer("Flatten", {}),)]
    arguments: Arguments = {"cell": odd(rng, [given], strange, 0.0 if wrapped else 0.05)}
    for flag in ("return_sequences", "return_state"):
        usual = 0.0 if wrapped else 0.05
        sometimes(rng, arguments, 0.35, flag, lambda share=usual: odd(rng, [True, False], [1, None], share))
    for flag in ("go_backwards", "stateful", "unroll"):
        sometimes(rng, arguments, 0.12, flag, lambda: True)
    if major == 2 and not wrapped:
        sometimes(rng, arguments, 0.1, "time_major", lambda: True)
    features = None if rng.random() < 0.05 else rng.randint(1, 5)
    if rng.random() < 0.04:
        return arguments, (None, features) if rng.random() < 0.8 else (None,)
    return arguments, (batch(rng), size(rng, 5), features)


CELLS = ("LSTMCell", "GRUCell", "SimpleRNNCell")

MAKERS: Mapping[str, Maker] = {f"ConvLSTM{rank}D": conv_lstm(rank) for rank in (1, 2, 3)} | {
    **{name: cell(name) for name in CELLS},
    "StackedRNNCells": stacked_cells,
    "RNN": rnn,
}
