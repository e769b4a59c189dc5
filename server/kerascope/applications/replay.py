"""A recorded graph run through the catalogue of layers: shapes and weights, layer by layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from kerascope.applications.base import RecordedGraph, RecordedLayer
from kerascope.applications.own_layers import OWN_LAYERS
from kerascope.applications.recording import CorrectPad
from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
from kerascope.domain.specs import TensorSpec
from kerascope.layers.base import Arguments, Context, Inputs, LayerSpec, Outcome, Weight
from kerascope.layers.catalogue import bind, layer_spec

UNKNOWN_SPEC = TensorSpec(UNRANKED, "")

UNLISTED: Final = "$unlisted"
"""Stands among the arguments of a layer that the catalogue lacks, for what is known of it."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A recorded layer after its call: its output, its weights, those of its ``parts`` among them."""

    layer: RecordedLayer
    outcome: Outcome

    @property
    def output(self) -> TensorSpec:
        """The one tensor that came out."""
        outputs = self.outcome.outputs
        return outputs if isinstance(outputs, TensorSpec) else UNKNOWN_SPEC

    @property
    def weights(self) -> tuple[Weight, ...] | None:
        """The layer's variables, ``None`` where not even their number is known."""
        return self.outcome.weights


def spec_of(class_name: str) -> LayerSpec | None:
    """The catalogue's entry of a class, or that of a layer which these models bring along."""
    return OWN_LAYERS.get(class_name) or layer_spec(class_name)


def layer_arguments(layer: RecordedLayer, major: int) -> Arguments:
    """The layer's arguments with Keras's defaults filled in."""
    spec = spec_of(layer.class_name)
    return bind(spec, layer.arguments, major) if spec is not None else Arguments(layer.arguments)


def call(layer: RecordedLayer, inputs: Inputs, context: Context) -> Outcome:
    """One call of a recorded layer, operation or nested Sequential."""
    if layer.is_operation:
        return Outcome(_elementwise(inputs))
    if layer.parts:
        return _sequence(layer.parts[1:], inputs, context)
    if UNLISTED in layer.arguments:
        return _unlisted(layer.arguments[UNLISTED], inputs)
    spec = spec_of(layer.class_name)
    if spec is None:
        return Outcome(UNKNOWN_SPEC, None)
    return spec.apply(bind(spec, layer.arguments, context.major), inputs, context)


def replay(graph: RecordedGraph, context: Context, image: TensorSpec | None = None) -> tuple[Replayed, ...]:
    """Every layer of ``graph`` called in order; ``image`` takes the place of the input layer's output."""
    if image is None:
        image = TensorSpec((None, *graph.input_shape))
    return tuple(_run(graph.layers, image, context, lambda layer, inputs: layer))


def settle(
    layers: Sequence[RecordedLayer],
    image: TensorSpec,
    when: Sequence[tuple[int, int, bool]],
    context: Context,
) -> tuple[RecordedLayer, ...] | None:
    """``layers`` with paddings computed; ``None`` unless the widths in ``when`` are known to differ as it says."""
    if when or any(isinstance(layer.arguments.get("padding"), CorrectPad) for layer in layers):
        done = _run(layers, image, context, _padded)
        for left, right, differ in when:
            widths = _width(done[left].output), _width(done[right].output)
            if UNKNOWN in widths or (widths[0] != widths[1]) is not differ:
                return None
        return tuple(replayed.layer for replayed in done)
    return tuple(layers)


def _width(spec: TensorSpec) -> Dim:
    return UNKNOWN if spec.shape is UNRANKED or len(spec.shape) < 3 else spec.shape[-2]


def _run(
    layers: Sequence[RecordedLayer],
    image: TensorSpec,
    context: Context,
    prepared: Callable[[RecordedLayer, Inputs], RecordedLayer],
) -> list[Replayed]:
    done: list[Replayed] = []
    for layer in layers:
        if not done:
            done.append(Replayed(layer, Outcome(image)))
            continue
        back = layer.inbound
        inputs = done[back].output if isinstance(back, int) else tuple(done[i].output for i in back)
        layer = prepared(layer, inputs)
        done.append(Replayed(layer, call(layer, inputs, context)))
    return done


def _sequence(parts: Sequence[RecordedLayer], inputs: Inputs, context: Context) -> Outcome:
    weights: tuple[Weight, ...] | None = ()
    outcome = Outcome(inputs)
    for part in parts:
        outcome = call(part, outcome.outputs, context)
        if outcome.faults:
            return outcome
        weights = None if weights is None or outcome.weights is None else weights + outcome.weights
    return Outcome(outcome.outputs, weights)


def _unlisted(known: Mapping[str, Any], inputs: Inputs) -> Outcome:
    """A layer on images with strides and ``padding="same"``, of which the catalogue knows nothing."""
    weights = tuple(Weight(tuple(shape), trainable) for shape, trainable in known["weights"])
    if not isinstance(inputs, TensorSpec) or inputs.shape is UNRANKED or len(inputs.shape) != 4:
        return Outcome(UNKNOWN_SPEC, weights)
    strides = known["strides"]
    sides = tuple(
        -(-side // strides) if isinstance(side, int) else side if side is None or strides == 1 else UNKNOWN
        for side in inputs.shape[1:3]
    )
    return Outcome(TensorSpec((inputs.shape[0], *sides, known["channels"]), inputs.dtype), weights)


def _elementwise(inputs: Inputs) -> TensorSpec:
    """What an addition or a multiplication gives: of tensors, or of one and a number."""
    specs = inputs if isinstance(inputs, tuple) else (inputs,)
    shape: Shape = specs[0].shape
    for spec in specs[1:]:
        if shape is UNRANKED or spec.shape is UNRANKED or len(shape) != len(spec.shape):
            return UNKNOWN_SPEC
        shape = tuple(_broadcast(a, b) for a, b in zip(shape, spec.shape, strict=True))
    return TensorSpec(shape, specs[0].dtype)


def _broadcast(left: Dim, right: Dim) -> Dim:
    if left == 1:
        return right
    if right == 1 or left == right:
        return left
    if isinstance(left, int) and right is None:
        return left
    if isinstance(right, int) and left is None:
        return right
    return UNKNOWN


def _padded(layer: RecordedLayer, inputs: Inputs) -> RecordedLayer:
    padding = layer.arguments.get("padding")
    if not isinstance(padding, CorrectPad):
        return layer
    return replace(layer, arguments={**layer.arguments, "padding": _correct_pad(padding, inputs)})


def _correct_pad(padding: CorrectPad, inputs: Inputs) -> Any:
    """The padding before and after each side, as ``imagenet_utils.correct_pad`` of both versions has it."""
    shape = inputs.shape if isinstance(inputs, TensorSpec) else UNRANKED
    if shape is UNRANKED or len(shape) != 4 or shape[1] is UNKNOWN:
        return UNKNOWN
    if shape[1] is not None and not isinstance(shape[2], int):
        return UNKNOWN
    halves = tuple(side // 2 for side in padding.kernel)
    adjust = (
        (1, 1) if shape[1] is None else tuple(1 - side % 2 for side in shape[1:3] if isinstance(side, int))
    )
    return tuple((half - less, half) for half, less in zip(halves, adjust, strict=True))
