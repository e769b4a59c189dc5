"""Layers around other layers.

Facts: keras/src/layers/rnn/{bidirectional,time_distributed}.py and the modules of the same name in
tf_keras/src/layers/rnn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, dim_add, dim_mul
from kerascope.domain.specs import NestedLayer, TensorSpec
from kerascope.layers.base import (
    UNKNOWN_OUTCOME,
    Arguments,
    Case,
    Context,
    Fault,
    FaultKind,
    Inputs,
    LayerSpec,
    Outcome,
    Refusal,
    bad_argument,
    compute_dtype,
    input_rank,
    plain,
    refuse,
    single_input,
    truth,
)
from kerascope.layers.masking import RECURRENT, TAKES_AND_PASSES

_RECURRENT = frozenset({"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
_MERGE_MODES = ("sum", "mul", "ave", "concat", None)


def _check_bidirectional(arguments: Arguments, context: Context) -> None:
    if plain(arguments["layer"]):
        raise bad_argument("layer", arguments["layer"], "must be a layer")
    merge_mode = arguments["merge_mode"]
    if plain(merge_mode) and merge_mode not in _MERGE_MODES:
        raise bad_argument("merge_mode", merge_mode, "must be one of 'sum', 'mul', 'ave', 'concat', None")
    layer = arguments["layer"]
    backward = arguments["backward_layer"]
    if plain(backward) and backward is not None:
        raise bad_argument("backward_layer", backward, "must be a layer")
    if not isinstance(layer, NestedLayer):
        return
    if isinstance(backward, NestedLayer):
        _check_pair(layer.arguments, backward.arguments)
    if backward is None and context.major == 3 and truth(layer.arguments.get("go_backwards", False)):
        # Keras 3 makes the backward layer with go_backwards=True, Keras 2 with the opposite of the given one.
        raise bad_argument("layer", layer.name, "must not have go_backwards=True")


def _check_pair(forward: Mapping[str, Any], backward: Mapping[str, Any]) -> None:
    """Both directions agree in what they return and differ in ``go_backwards``."""
    one, other = truth(forward.get("go_backwards", False)), truth(backward.get("go_backwards", False))
    if one is not None and one is other:
        raise bad_argument("backward_layer", other, "must have another `go_backwards` than `layer`")
    for name in ("stateful", "return_sequences", "return_state"):
        one, other = truth(forward.get(name, False)), truth(backward.get(name, False))
        if one is not None and other is not None and one is not other:
            raise bad_argument("backward_layer", other, f"must have the same `{name}` as `layer`")


def _applied(layer: NestedLayer, inputs: Inputs, context: Context) -> Outcome:
    if context.apply_layer is None:
        return UNKNOWN_OUTCOME
    outcome = context.apply_layer(layer.name, layer.arguments, inputs)
    if outcome.faults:
        raise Refusal(outcome.faults[0])
    return outcome


def _bidirectional(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    layer, backward = arguments["layer"], arguments["backward_layer"]
    if not isinstance(layer, NestedLayer) or layer.name not in _RECURRENT:
        return UNKNOWN_OUTCOME
    forward_outcome = _applied(layer, inputs, context)
    backward_outcome = forward_outcome
    if isinstance(backward, NestedLayer):
        backward_outcome = _applied(backward, inputs, context)
    elif backward is not None:
        return UNKNOWN_OUTCOME
    weights = None
    if forward_outcome.weights is not None and backward_outcome.weights is not None:
        weights = forward_outcome.weights + backward_outcome.weights
    return_state = truth(layer.arguments.get("return_state", False))
    merge_mode = arguments["merge_mode"]
    if return_state is None or not plain(merge_mode):
        return Outcome(TensorSpec(UNRANKED, ""), weights)
    if context.major == 3:
        # Bidirectional.compute_output_shape looks at the forward layer alone.
        backward_outcome = forward_outcome
        if return_state and truth(layer.arguments.get("stateful", False)):
            # Its compute_mask multiplies a generator, which Python refuses.
            raise bad_argument("layer", layer.name, "must not have both return_state=True and stateful=True")
    one, states = _parts(forward_outcome, return_state)
    other, other_states = _parts(backward_outcome, return_state)
    if one is None or other is None:
        return Outcome(TensorSpec(UNRANKED, ""), weights)
    merged = (one, other) if merge_mode is None else (_merged(one, other, merge_mode),)
    if return_state:
        return Outcome((*merged, *states, *other_states), weights)
    return Outcome(merged if merge_mode is None else merged[0], weights)


def _parts(outcome: Outcome, return_state: bool) -> tuple[TensorSpec | None, tuple[TensorSpec, ...]]:
    outputs = outcome.outputs
    if not return_state:
        return (outputs if isinstance(outputs, TensorSpec) else None), ()
    if isinstance(outputs, tuple) and all(isinstance(item, TensorSpec) for item in outputs):
        return outputs[0], outputs[1:]
    return None, ()


def _merged(one: TensorSpec, other: TensorSpec, merge_mode: str) -> TensorSpec:
    if one.shape is UNRANKED or other.shape is UNRANKED:
        return TensorSpec(UNRANKED, one.dtype)
    left, right = one.shape[-1], other.shape[-1]
    last: Dim = UNKNOWN
    if merge_mode == "concat":
        last = dim_add(left, right)
    elif isinstance(left, int) and isinstance(right, int):
        if left != right and 1 not in (left, right):
            raise refuse(
                FaultKind.DIM,
                f"merge_mode={merge_mode!r} needs directions of one size, they give {left} and {right}",
                axis=-1,
                expected=left,
                received=right,
                shapes=(one.shape, other.shape),
            )
        last = max(left, right)
    return TensorSpec((*one.shape[:-1], last), one.dtype)


def _check_time_distributed(arguments: Arguments, context: Context) -> None:
    if plain(arguments["layer"]):
        raise bad_argument("layer", arguments["layer"], "must be a layer")


def _time_distributed(arguments: Arguments, inputs: Inputs, context: Context) -> Outcome:
    spec, layer = single_input(inputs), arguments["layer"]
    input_rank(spec, least=3)
    if not isinstance(layer, NestedLayer) or context.apply_layer is None or spec.shape is UNRANKED:
        return UNKNOWN_OUTCOME
    child = TensorSpec((spec.shape[0], *spec.shape[2:]), spec.dtype)
    outcome = context.apply_layer(layer.name, layer.arguments, child)
    if outcome.faults:
        if context.major == 3 and not _sure_to_fail(layer, outcome.faults[0]):
            return UNKNOWN_OUTCOME
        raise Refusal(outcome.faults[0])
    if not isinstance(outcome.outputs, TensorSpec) or outcome.outputs.shape is UNRANKED:
        return Outcome(TensorSpec(UNRANKED, ""), outcome.weights)
    if context.major == 2 and _depends_on_batch(layer, child, spec.shape[1], outcome, context):
        return UNKNOWN_OUTCOME
    inner: Ranked = outcome.outputs.shape
    output = (inner[0], spec.shape[1], *inner[1:])
    # Keras 3 asks the layer for its shape and says the type itself.
    dtype = compute_dtype(arguments) if context.major == 3 else outcome.outputs.dtype
    return Outcome(TensorSpec(output, dtype), outcome.weights)


def _depends_on_batch(
    layer: NestedLayer, child: TensorSpec, steps: Dim, outcome: Outcome, context: Context
) -> bool:
    """Keras 2 builds the layer for one step and calls it on all steps as one batch: a layer that looks at the
    size of the batch, such as a normalization over axis 0, then meets another one than it was built for."""
    assert context.apply_layer is not None
    assert child.shape is not UNRANKED
    together = TensorSpec((dim_mul(child.shape[0], steps), *child.shape[1:]), child.dtype)
    other = context.apply_layer(layer.name, layer.arguments, together)
    return bool(other.faults) or other.weights != outcome.weights


def _sure_to_fail(layer: NestedLayer, fault: Fault) -> bool:
    """Keras 3 builds the layer and computes its output shape, but does not hold the input against its
    ``input_spec``: a wrong number of axes is found only by layers whose arithmetic needs it."""
    return fault.kind is not FaultKind.RANK or layer.name.startswith(("Conv", "Separable", "Depthwise"))


def _recurrent(name: str, units: int, **arguments: Any) -> NestedLayer:
    given = {"units": units, **arguments}
    return NestedLayer(name, given, frozenset(given))


def _dense(units: int) -> NestedLayer:
    return NestedLayer("Dense", {"units": units}, frozenset({"units"}))


LAYERS = (
    LayerSpec(
        name="Bidirectional",
        masking=RECURRENT,
        parameters={3: "layer, merge_mode='concat', weights=None, backward_layer=None, **kwargs"},
        check=_check_bidirectional,
        call=_bidirectional,
        cases=(
            Case({"layer": _recurrent("LSTM", 64)}, (None, 10, 8), output=(None, 128), params=37376),
            Case(
                {"layer": _recurrent("GRU", 8, return_sequences=True), "merge_mode": "sum"},
                (None, None, 3),
                output=(None, None, 8),
                params=624,
            ),
            Case(
                {"layer": _recurrent("SimpleRNN", 8), "merge_mode": None},
                (None, 4, 3),
                output=[(None, 8), (None, 8)],
                params=192,
            ),
            Case(
                {"layer": _recurrent("LSTM", 8, return_state=True)},
                (None, 4, 3),
                output=[(None, 16), (None, 8), (None, 8), (None, 8), (None, 8)],
                params=768,
            ),
            Case({"layer": _recurrent("LSTM", 8)}, (None, 4), raises=FaultKind.RANK),
            Case(
                {"layer": _recurrent("LSTM", 8), "merge_mode": "add"}, (None, 4, 3), raises=FaultKind.ARGUMENT
            ),
            Case({"layer": 8}, (None, 4, 3), raises=FaultKind.ARGUMENT),
        ),
    ),
    LayerSpec(
        name="TimeDistributed",
        masking=TAKES_AND_PASSES,
        parameters={3: "layer, **kwargs"},
        check=_check_time_distributed,
        call=_time_distributed,
        cases=(
            Case({"layer": _dense(8)}, (None, 10, 4), output=(None, 10, 8), params=40),
            Case({"layer": _dense(8)}, (None, 4), raises=FaultKind.RANK),
            Case({"layer": 8}, (None, 10, 4), raises=FaultKind.ARGUMENT),
        ),
    ),
)
