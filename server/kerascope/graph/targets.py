"""Outputs against targets: what a loss that compares number by number does with two shapes.

The mean squared error and its kin subtract the predictions from the targets and leave the rest to broadcasting, so that
shapes that do not belong together are often taken without a word.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Ranked, Shape
from kerascope.domain.specs import ArraySpec, NestedLayer
from kerascope.graph.inputs import Refused, agrees, fed_arrays, fed_output
from kerascope.graph.losses import Loss, resolve_loss
from kerascope.graph.nodes import Compiled, Event, Layer, ModelGraph, Tensor
from kerascope.graph.queries import KEEPS_SHAPE, RECURRENT, producers, single_output

REGRESSION_LOSSES = frozenset(
    {
        "mean_squared_error",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_logarithmic_error",
        "huber",
        "log_cosh",
    }
)
"""Losses that subtract, by the names of their functions; their options do not touch shapes."""


class Match(enum.Enum):
    """What comes of comparing targets with predictions."""

    EQUAL = "equal"  # each prediction meets its own target
    BROADCAST = "broadcast"  # it runs, and predictions meet targets that are not theirs
    REFUSED = "refused"  # it raises
    EITHER = "either"  # one of the last two, as the size of the batch will have it
    UNKNOWN = "unknown"


class _Batch(enum.Enum):
    """The size of a batch that is not known, the same wherever it stands."""

    BATCH = "batch"


_BATCH = _Batch.BATCH


def match_targets(targets: Shape, output: Shape, major: int, batch: int | None = None) -> Match:
    """What a regression loss does with targets and predictions of these shapes, both with their batch axis.

    ``batch`` is the size of the first batch, where it is known. Source: ``squeeze_or_expand_to_same_rank`` in
    ``keras/src/losses/loss.py``, ``match_dtype_and_rank`` in ``tf_keras/src/engine/compile_utils.py``; the table in
    the tests was run on both.
    """
    if not isinstance(targets, tuple) or not isinstance(output, tuple) or not targets or not output:
        return Match.UNKNOWN
    first: Any = _BATCH if batch is None else batch
    left, right = _same_rank((first, *targets[1:]), (first, *output[1:]), major)
    if left is None or right is None:
        return Match.UNKNOWN
    aligned = len(left) == len(right)
    verdict = Match.EQUAL if aligned else Match.BROADCAST
    for back in range(1, min(len(left), len(right)) + 1):
        both_batch = back == len(left) == len(right)
        found = Match.EQUAL if both_batch else _axis(left[-back], right[-back])
        if found is Match.REFUSED:
            return found
        verdict = _worse(verdict, found)
    return verdict


def _same_rank(left: tuple[Any, ...], right: tuple[Any, ...], major: int) -> tuple[Any, Any]:
    """Both shapes once Keras has added or dropped a last axis of one; ``None`` where that hangs on an unknown size."""
    if len(left) == 1 and len(right) == 2 and (major == 2 or right[-1] == 1):
        return (*left, 1), right
    if len(right) == 1 and len(left) == 2 and left[-1] == 1:
        return left, (*right, 1)
    for longer, shorter in ((left, right), (right, left)):
        if len(longer) == len(shorter) + 1:
            if not isinstance(longer[-1], int):
                return None, None
            if longer[-1] == 1:
                longer = longer[:-1]
            return (longer, shorter) if len(left) > len(right) else (shorter, longer)
    return left, right


def _axis(left: Any, right: Any) -> Match:
    """Two sizes that meet each other by broadcasting; neither is the batch axis of both shapes at once."""
    if left is _BATCH or right is _BATCH:
        other = right if left is _BATCH else left
        return Match.BROADCAST if other == 1 else Match.EITHER if isinstance(other, int) else Match.UNKNOWN
    if not isinstance(left, int) or not isinstance(right, int):
        return Match.UNKNOWN
    if left == right:
        return Match.EQUAL
    return Match.BROADCAST if 1 in (left, right) else Match.REFUSED


_ORDER = (Match.EQUAL, Match.BROADCAST, Match.UNKNOWN, Match.EITHER)


def _worse(one: Match, other: Match) -> Match:
    """Both together: an axis that broadcasts is wrong whatever the unknown ones are, and does not raise for them."""
    if {one, other} == {Match.BROADCAST, Match.UNKNOWN}:
        return Match.EITHER
    return max(one, other, key=_ORDER.index)


# --- What is trained on what ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comparison:
    """One call that computes a regression loss: the known targets against the one output of the model."""

    event: Event
    compiled: Compiled
    loss: str
    targets: Ranked
    array: ArraySpec
    output: Tensor
    shape: Ranked
    match: Match


def comparison(event: Event, compiled: Compiled, major: int) -> Comparison | None:
    """The targets of ``event`` against what the model returns; ``None`` where not all of that is known."""
    array, output = event.arguments.get("y"), single_output(event.graph)
    if not isinstance(array, ArraySpec) or output is None or event.graph.model.compile_unseen:
        return None
    targets = array.shape
    loss = resolve_loss(compiled.get("loss"), major)
    if not isinstance(loss, Loss) or not isinstance(targets, tuple):
        return None
    if loss.name not in REGRESSION_LOSSES and (major == 3 or loss.name != "binary_crossentropy"):
        return None
    shape = _shape_returned(event, output, major)
    if not isinstance(shape, tuple):
        return None
    if loss.name not in REGRESSION_LOSSES and not _binary_in_keras_2(loss, targets, shape, major):
        return None
    match = match_targets(targets, shape, major, first_batch(event, targets[0] if targets else UNKNOWN))
    return Comparison(event, compiled, loss.name, targets, array, output, shape, match)


def _shape_returned(event: Event, output: Tensor, major: int) -> Shape:
    """The shape of an output, for the data of the event where it is known, which closes axes left open."""
    fed = fed_arrays(event)
    shape = fed_output(event, major) if fed else UNRANKED
    if isinstance(shape, Refused):
        return UNRANKED
    return output.spec.shape if shape is UNRANKED and all(map(agrees, fed)) else shape


def _binary_in_keras_2(loss: Loss, targets: Ranked, shape: Ranked, major: int) -> bool:
    """Keras 2 lets ``binary_crossentropy`` broadcast a column of targets over a sequence; Keras 3 raises."""
    return (
        major == 2
        and loss.name == "binary_crossentropy"
        and (len(targets), len(shape)) == (2, 3)
        and targets[1] == 1
        and shape[2] == 1
    )


def first_batch(event: Event, samples: Dim) -> int | None:
    """The size of the first batch of a call that is given ``samples`` samples as arrays; ``None`` if not known."""
    if not isinstance(samples, int) or isinstance(samples, bool) or not event.complete:
        return None
    if event.kind in {"train_on_batch", "test_on_batch"}:
        return samples
    if any(name in event.arguments for name in ("steps_per_epoch", "steps")):
        return None
    split = event.arguments.get("validation_split")
    if split is not None:
        if not isinstance(split, (int, float)) or not 0 <= split < 1:
            return None
        samples = int(samples * (1 - split))
    size = event.arguments.get("batch_size")
    if size is None:
        size = 32
    return min(size, samples) if type(size) is int and size > 0 else None


# --- Outputs that still have axes -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a model: the first of its last ``Dense`` layers, what enters it, and the layer that made that.

    ``behind`` are the layers after ``source``, last first.
    """

    dense: Layer | None
    entering: Shape
    source: Layer | None
    behind: tuple[Layer, ...]


def head_of(graph: ModelGraph, output: Tensor) -> Head:
    """Walks back from an output over ``Dense`` and over what keeps shapes, to the layer that gave it its axes."""
    dense: Layer | None = None
    behind: list[Layer] = []
    for layer, tensor in producers(graph, output):
        if not is_dense(layer) and layer.class_name not in KEEPS_SHAPE:
            return Head(
                dense, tensor.spec.shape if dense is not None else output.spec.shape, layer, tuple(behind)
            )
        dense = layer if is_dense(layer) else dense
        behind.append(layer)
    return Head(dense, output.spec.shape, None, tuple(behind))


def is_dense(layer: Layer) -> bool:
    """Whether a layer is a ``Dense``, or one for each step."""
    nested = layer.arguments.get("layer")
    return layer.class_name == "Dense" or (
        layer.class_name == "TimeDistributed" and isinstance(nested, NestedLayer) and nested.name == "Dense"
    )


def returns_sequences(layer: Layer | None) -> bool:
    """Whether a recurrent layer, also inside ``Bidirectional``, was told to return its whole sequence."""
    if layer is None:
        return False
    nested = layer.arguments.get("layer")
    if layer.class_name == "Bidirectional" and isinstance(nested, NestedLayer):
        return nested.name in RECURRENT and nested.arguments.get("return_sequences") is True
    return layer.class_name in RECURRENT and layer.arguments.get("return_sequences") is True


def one_per_sample(targets: Ranked, output: Ranked) -> bool:
    """Whether targets of an output with more than two axes are one per sample: a number, or a row of the output's
    width that is no sequence of its length."""
    if len(output) < 3 or not 1 <= len(targets) <= 2:
        return False
    if len(targets) == 1 or targets[1] == 1:
        return True
    width = targets[1]
    return (
        isinstance(width, int) and width == output[-1] and isinstance(output[1], int) and width != output[1]
    )


def last_steps(graph: ModelGraph, output: Tensor) -> Iterator[Layer]:
    """The layers that make the last axis of an output, last first, down to the one that sets its size."""
    for layer, _ in producers(graph, output):
        yield layer
        if layer.class_name not in KEEPS_SHAPE:
            return
