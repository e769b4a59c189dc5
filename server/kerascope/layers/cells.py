"""Cells of recurrent layers, and ``RNN``, which runs them over time steps.

Facts: keras/src/layers/rnn/{rnn,stacked_rnn_cells,lstm,gru,simple_rnn}.py and the modules
{base_rnn,stacked_rnn_cells,lstm,gru,simple_rnn}.py of tf_keras/src/layers/rnn. What ``RNN`` does with a cell that
the program defines itself is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape, Tri, Unknown, equal_dims, rank
from kerascope.domain.specs import NestedLayer, Symbol, TensorSpec
from kerascope.layers.base import (
    UNKNOWN_OUTCOME,
    Arguments,
    Case,
    Context,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    Refusal,
    Weight,
    bad_argument,
    compute_dtype,
    plain,
    refuse,
    single_input,
    sole_input,
    truth,
)
from kerascope.layers.masking import RECURRENT
from kerascope.layers.recurrent import check_units, recurrent_weights

Sizes: TypeAlias = Any
"""A nest of ``int | Unknown``: how wide the states of a cell are."""

_STATES = {"LSTMCell": 2, "GRUCell": 1, "SimpleRNNCell": 1}
_DEFAULTS = {"use_bias": True, "reset_after": True}
_HAVE_STATES = frozenset({"StackedRNNCells", "RNN", "LSTM", "GRU", "SimpleRNN", *_STATES}) | {
    f"ConvLSTM{rank}D" for rank in (1, 2, 3)
}
"""Layers that pass for a cell in the constructor of ``RNN``: those with a ``state_size``."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell built for an input of known width; ``states`` nests as Keras's ``state_size`` does."""

    output: int | Unknown
    states: Sizes
    weights: tuple[Weight, ...] | None


def _family(name: str) -> str:
    return name.removesuffix("Cell")


def _parts(cell: Any) -> tuple[Any, ...] | None:
    """The cells of a stack: a list given to ``RNN``, or ``StackedRNNCells``; ``None`` for anything else."""
    if isinstance(cell, NestedLayer) and cell.name == "StackedRNNCells":
        cell = cell.arguments.get("cells")
    return cell if isinstance(cell, tuple) else None


def _built(cell: Any, features: Dim) -> _Cell | None:
    """The cell on ``features``; ``None`` where it cannot be seen."""
    parts = _parts(cell)
    if parts is not None:
        return _stacked(parts, features)
    if not isinstance(cell, NestedLayer) or cell.name not in _STATES:
        return None
    arguments = Arguments({**_DEFAULTS, **cell.arguments}, cell.given)
    units = arguments["units"] if isinstance(arguments["units"], int) else UNKNOWN
    count = _STATES[cell.name]
    weights = recurrent_weights(_family(cell.name), arguments, features)
    return _Cell(units, units if count == 1 else (units,) * count, weights)


def _stacked(cells: Sequence[Any], features: Dim) -> _Cell | None:
    """Each cell takes the output of the one before it."""
    seen = [id(cell.arguments) for cell in cells if isinstance(cell, NestedLayer)]
    if not cells or len(set(seen)) < len(cells):
        # One object twice has its weights once, and they fit only if all widths are the same.
        return None
    states: list[Sizes] = []
    weights: tuple[Weight, ...] | None = ()
    output: int | Unknown = UNKNOWN
    for cell in cells:
        built = _built(cell, features)
        if built is None:
            return None
        output = features = built.output
        states.append(built.states)
        weights = None if weights is None or built.weights is None else weights + built.weights
    return _Cell(output, tuple(states), weights)


def _state_specs(sizes: Sizes, batch: Dim, dtype: str) -> Any:
    if isinstance(sizes, tuple):
        return tuple(_state_specs(size, batch, dtype) for size in sizes)
    return TensorSpec((batch, sizes), dtype)


# --- A cell called by itself --------------------------------------------------------------------------------


def _call_cell(name: str, arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    """``cell(inputs, states)``: the output and the new states; the inputs may come without the states."""
    spec, states = _input_and_states(inputs)
    if spec.shape is UNRANKED or rank(spec.shape) != 2:
        return UNKNOWN_OUTCOME
    batch, features = spec.shape
    if features is None:
        raise _no_length(spec.shape, 1)
    if _halves(NestedLayer(name, arguments.values, arguments.given)):
        return UNKNOWN_OUTCOME
    cell = _built(NestedLayer(name, arguments.values, arguments.given), features)
    if cell is None:
        return UNKNOWN_OUTCOME
    if states is None or not _agree(states, cell.states, batch):
        return Outcome(TensorSpec(UNRANKED, ""), cell.weights)
    dtype = compute_dtype(arguments)
    after = _state_specs(cell.states, batch, dtype)
    if name == "StackedRNNCells" and context.major == 3:
        # Keras 3 nests the new states as it was given the old ones, those of a single cell unwrapped.
        after = tuple(_of_dtype(part, dtype) for part in states)
        after = after[0] if len(after) == 1 else after
    after = after if isinstance(after, tuple) else (after,)
    return Outcome((TensorSpec((batch, cell.output), dtype), after), cell.weights)


def _halves(cell: Any) -> bool:
    """Whether a cell's activation is ``glu``, which halves what it is given: states and output no longer fit."""
    parts = _parts(cell)
    if parts is not None:
        return any(map(_halves, parts))
    if not isinstance(cell, NestedLayer):
        return False
    names = ("glu", Symbol("keras.activations.glu"))
    return any(cell.arguments.get(name) in names for name in ("activation", "recurrent_activation"))


def _of_dtype(states: Any, dtype: str) -> Any:
    if isinstance(states, tuple):
        return tuple(_of_dtype(part, dtype) for part in states)
    return TensorSpec(states.shape, dtype)


def _input_and_states(inputs: Inputs) -> tuple[TensorSpec, Any]:
    if isinstance(inputs, tuple) and len(inputs) == 2 and isinstance(inputs[0], TensorSpec):
        return inputs
    return single_input(inputs), None


def _agree(states: Any, sizes: Sizes, batch: Dim) -> bool:
    """Whether the states are a nest of ``(batch, size)`` that surely fits the cell."""
    if isinstance(sizes, tuple):
        return (
            isinstance(states, tuple)
            and len(states) == len(sizes)
            and all(_agree(one, size, batch) for one, size in zip(states, sizes, strict=True))
        )
    if isinstance(states, tuple) and len(states) == 1:
        states = states[0]
    if not isinstance(states, TensorSpec) or states.shape is UNRANKED or len(states.shape) != 2:
        return False
    return states.shape[0] == batch and batch is not UNKNOWN and equal_dims(states.shape[1], sizes) is Tri.YES


# --- RNN ----------------------------------------------------------------------------------------------------


def _refuse_no_cell(name: str, cell: Any) -> None:
    if plain(cell) or (isinstance(cell, NestedLayer) and cell.name not in _HAVE_STATES):
        received = cell.name if isinstance(cell, NestedLayer) else cell
        raise bad_argument(name, received, "must be a cell, or a list of cells, with a `state_size`")


def _check_rnn(arguments: Arguments, context: Context) -> None:
    cell = arguments["cell"]
    if isinstance(cell, tuple):
        for part in cell:
            _refuse_no_cell("cell", part)
    else:
        _refuse_no_cell("cell", cell)


def _check_stack(arguments: Arguments, context: Context) -> None:
    cells = arguments["cells"]
    if isinstance(cells, tuple):
        for part in cells:
            _refuse_no_cell("cells", part)
    elif isinstance(cells, NestedLayer) or cells is None or isinstance(cells, bool | int | float):
        received = cells.name if isinstance(cells, NestedLayer) else cells
        raise bad_argument("cells", received, "must be a list of cells")


def _no_length(shape: Shape, axis: int) -> Refusal:
    return refuse(
        FaultKind.DIM,
        f"axis {axis} of the input must have a fixed length, the input has shape {shape}",
        axis=axis,
        expected="a number",
        received=None,
        shape=shape,
    )


def _rnn(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    # Keras 2 takes a list of the input and the initial states.
    spec = sole_input(inputs) if context.major == 3 else single_input(inputs)
    ndim = rank(spec.shape)
    if ndim is not None and ndim != 3 and _built(arguments["cell"], UNKNOWN) is not None:
        _refuse_rank(spec.shape, ndim)
        return UNKNOWN_OUTCOME
    batch, length, features = (UNKNOWN,) * 3 if spec.shape is UNRANKED or ndim != 3 else spec.shape
    cell = _built(arguments["cell"], features)
    if cell is None:
        return UNKNOWN_OUTCOME
    if features is None:
        raise _no_length(spec.shape, 2)
    time_major = truth(arguments.get("time_major", False))
    if time_major is None:
        batch = length = UNKNOWN
    elif time_major:
        batch, length = length, batch
    if truth(arguments["stateful"]) and batch is None:
        raise _no_length(spec.shape, 1 if time_major else 0)
    if context.major == 2 and truth(arguments["unroll"]) and length is None:
        raise _no_length(spec.shape, 0 if time_major else 1)
    sequences, return_state = truth(arguments["return_sequences"]), truth(arguments["return_state"])
    if return_state is None:
        return Outcome(TensorSpec(UNRANKED, ""), cell.weights)
    dtype = compute_dtype(arguments)
    shape: Shape = UNRANKED
    if sequences is not None:
        axes = (length, batch) if time_major else (batch, length)
        shape = (*axes, cell.output) if sequences else (batch, cell.output)
    output = TensorSpec(shape, dtype)
    if not return_state:
        return Outcome(output, cell.weights)
    if context.on_data and isinstance(cell.states, tuple):
        # The states of stacked cells keep another nesting than symbolic tensors have.
        return Outcome(TensorSpec(UNRANKED, ""), cell.weights)
    states = _state_specs(cell.states, batch, dtype)
    return Outcome((output, *(states if isinstance(states, tuple) else (states,))), cell.weights)


def _refuse_rank(shape: Shape, ndim: int) -> None:
    """``RNN`` has no ``input_spec``: a missing axis shows where the cell makes a kernel for the batch."""
    if shape is not UNRANKED and (ndim < 2 or (ndim == 2 and shape[0] is None)):
        raise refuse(
            FaultKind.RANK,
            f"expected ndim=3, found ndim={ndim}",
            expected=3,
            received=ndim,
            shape=shape,
        )


# --- Entries ------------------------------------------------------------------------------------------------

_GATED = "units, activation='tanh', recurrent_activation='sigmoid', "
_BODY = (
    "use_bias=True, kernel_initializer='glorot_uniform', recurrent_initializer='orthogonal', "
    "bias_initializer='zeros', {0}kernel_regularizer=None, recurrent_regularizer=None, "
    "bias_regularizer=None, kernel_constraint=None, recurrent_constraint=None, "
    "bias_constraint=None, dropout=0.0, recurrent_dropout=0.0, "
)
_PARAMETERS = {
    "LSTMCell": _GATED + _BODY.format("unit_forget_bias=True, "),
    "GRUCell": _GATED + _BODY.format("") + "reset_after=True, ",
    "SimpleRNNCell": "units, activation='tanh', " + _BODY.format(""),
}
_RNN = "cell, return_sequences=False, return_state=False, go_backwards=False, stateful=False, unroll=False, "


def _cell_layer(name: str, cases: tuple[Case, ...]) -> LayerSpec:
    implementation = "" if name == "SimpleRNNCell" else ", *, implementation=2"
    return LayerSpec(
        name=name,
        parameters={
            3: f"{_PARAMETERS[name]}seed=None{implementation}, **kwargs",
            2: f"{_PARAMETERS[name]}**kwargs",
        },
        check=lambda arguments, context: check_units(_family(name), arguments, context),
        call=lambda arguments, inputs, context: _call_cell(name, arguments, inputs, context),
        cases=(*cases, Case({"units": 0}, [(None, 3), [(None, 4)]], raises=FaultKind.ARGUMENT)),
    )


def _cell(name: str, units: int) -> NestedLayer:
    return NestedLayer(name, {"units": units}, frozenset({"units"}))


LAYERS = (
    _cell_layer(
        "LSTMCell",
        (
            Case(
                {"units": 4},
                [(None, 3), [(None, 4), (None, 4)]],
                output=[(None, 4), [(None, 4), (None, 4)]],
                params=128,
            ),
        ),
    ),
    _cell_layer(
        "GRUCell",
        (Case({"units": 4}, [(None, 3), [(None, 4)]], output=[(None, 4), [(None, 4)]], params=108),),
    ),
    _cell_layer(
        "SimpleRNNCell",
        (Case({"units": 4}, [(None, 3), [(None, 4)]], output=[(None, 4), [(None, 4)]], params=32),),
    ),
    LayerSpec(
        name="StackedRNNCells",
        parameters={3: "cells, **kwargs", 2: "cells, *, reverse_state_order=False, **kwargs"},
        check=_check_stack,
        call=lambda arguments, inputs, context: _call_cell("StackedRNNCells", arguments, inputs, context),
        cases=(
            Case(
                {"cells": (_cell("LSTMCell", 4), _cell("GRUCell", 5))},
                [(None, 3), [[(None, 4), (None, 4)], [(None, 5)]]],
                params=293,
            ),
            Case(
                {"cells": (NestedLayer("Dense", {"units": 4}),)},
                [(None, 3), [(None, 4)]],
                raises=FaultKind.ARGUMENT,
            ),
        ),
    ),
    LayerSpec(
        name="RNN",
        masking=RECURRENT,
        parameters={
            3: f"{_RNN}zero_output_for_mask=False, **kwargs",
            2: f"{_RNN}time_major=False, *, zero_output_for_mask=False, input_length=None, **kwargs",
        },
        check=_check_rnn,
        call=_rnn,
        cases=(
            Case({"cell": _cell("LSTMCell", 32)}, (None, 10, 5), output=(None, 32), params=4864),
            Case(
                {"cell": (_cell("LSTMCell", 4), _cell("GRUCell", 6)), "return_state": True},
                (None, 5, 3),
                output=[(None, 6), [(None, 4), (None, 4)], (None, 6)],
                params=344,
            ),
            Case(
                {"cell": _cell("SimpleRNNCell", 4), "return_sequences": True},
                (None, None, 3),
                output=(None, None, 4),
                params=32,
            ),
            Case({"cell": _cell("GRUCell", 4)}, (None, 5), raises=FaultKind.RANK),
            Case({"cell": _cell("GRUCell", 4)}, (None, 5, None), raises=FaultKind.DIM),
            Case({"cell": _cell("GRUCell", 4), "stateful": True}, (None, 5, 3), raises=FaultKind.DIM),
            Case({"cell": NestedLayer("Dense", {"units": 4})}, (None, 5, 3), raises=FaultKind.ARGUMENT),
            Case({"cell": 4}, (None, 5, 3), raises=FaultKind.ARGUMENT),
        ),
    ),
)
