"""What goes to the worker: values, tensors and data as JSON, never source text."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, Final

from kerascope.domain.shapes import UNRANKED, Tri
from kerascope.domain.specs import ArraySpec, Instance, NestedLayer, Symbol, TensorSpec
from kerascope.layers.base import Outcome, Weight

PROTOCOL: Final = 1
"""Changes with the form of questions and answers, so that answers kept on disk are not misread."""

LONGEST_STRING: Final = 1000
LARGEST_NUMBER: Final = 2**63
"""Python writes no number of thousands of digits, and Keras computes with none."""

LARGEST_QUESTION: Final = 2_000_000
"""Characters; a larger one is not asked."""

_CONFIGURATION: Final = frozenset({"class_name", "module", "registered_name"})
_FILES: Final = frozenset({"vocabulary", "weights", "filepath"})
"""Arguments in which a string names a file, which the worker is not to look for."""


class NotLiteral(Exception):  # noqa: N818 - it is no error of ours
    """A value that JSON cannot stand for: unknown, data, an object of the program."""


def encode(value: Any) -> Any:
    """The form of an argument's value on the wire. Raises ``NotLiteral``.

    Lists come as tuples from the analysis, and Keras takes one for the other.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) > LARGEST_NUMBER:
            raise NotLiteral
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise NotLiteral
        return value
    if isinstance(value, str):
        if len(value) > LONGEST_STRING or any("\ud800" <= character <= "\udfff" for character in value):
            raise NotLiteral
        return value
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    if isinstance(value, dict):
        if _CONFIGURATION & {key for key in value if isinstance(key, str)}:
            raise NotLiteral
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, Symbol):
        return {"symbol": value.name}
    if isinstance(value, Instance):
        if "**" in value.arguments:
            raise NotLiteral
        return {"make": value.symbol, "arguments": encode_arguments(value.arguments)}
    if isinstance(value, NestedLayer):
        given = {name: item for name, item in value.arguments.items() if name in value.given}
        return {"make": layer_symbol(value.name), "arguments": encode_arguments(given)}
    raise NotLiteral


_EXPORTED: Final = {"GroupedQueryAttention": "GroupQueryAttention"}
"""Classes that ``keras.layers`` exports only under another name than their own."""


def layer_symbol(name: str) -> str:
    """The canonical name of a layer's class: ``keras.layers.Dense``; one of another library has it already."""
    return name if "." in name else f"keras.layers.{_EXPORTED.get(name, name)}"


def encode_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments by name. Raises ``NotLiteral`` where one cannot be told."""
    if any(isinstance(arguments.get(name), str) for name in _FILES):
        raise NotLiteral
    return {name: encode(value) for name, value in arguments.items()}


def encode_known(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The arguments that can be told, and whether these are all."""
    told: dict[str, Any] = {}
    for name, value in arguments.items():
        try:
            told.update(encode_arguments({name: value}))
        except NotLiteral:
            continue
    return told, len(told) == len(arguments)


def as_lists(wire: Any) -> Any:
    """A value with lists for tuples, as programs write metrics, losses and inputs: early Kerases insist on it."""
    if isinstance(wire, dict):
        if "tuple" in wire:
            return {"list": [as_lists(item) for item in wire["tuple"]]}
        if "dict" in wire:
            return {"dict": [[key, as_lists(item)] for key, item in wire["dict"]]}
    return wire


def encode_spec(spec: TensorSpec) -> dict[str, Any]:
    """A symbolic tensor. Raises ``NotLiteral`` where a side is not known."""
    if not isinstance(spec.shape, tuple) or not all(side is None or type(side) is int for side in spec.shape):
        raise NotLiteral
    return {"shape": list(spec.shape), "dtype": spec.dtype}


def encode_data(value: Any) -> Any:
    """Data that ``fit`` is given: its shape, its type and what is known of its values. Raises ``NotLiteral``."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return {"tuple": [encode_data(item) for item in value]}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise NotLiteral
        return {"dict": [[key, encode_data(item)] for key, item in value.items()]}
    if not isinstance(value, ArraySpec) or value.shape is UNRANKED:
        raise NotLiteral
    if value.dtype == "object" or not all(type(side) is int for side in value.shape):
        raise NotLiteral
    facts = value.facts
    told: dict[str, Any] = {"shape": list(value.shape), "dtype": value.dtype}
    for name in ("lo", "hi"):
        bound = getattr(facts, name)
        if bound is not None and math.isfinite(bound):
            told[name] = bound
    for name in ("integral", "one_hot", "attained"):
        if getattr(facts, name) is Tri.YES:
            told[name] = True
    return told


def decode_outcome(outputs: Any, form: str, weights: Any) -> Outcome | None:
    """What a layer gives, in an answer; ``None`` for outputs in a form that the wire does not keep.

    Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what is no such answer.
    """
    specs = tuple(
        TensorSpec(UNRANKED if item["shape"] is None else tuple(item["shape"]), item["dtype"])
        for item in outputs
    )
    made = tuple(Weight(tuple(shape), bool(trainable)) for shape, trainable in weights)
    if form == "tensor" and len(specs) == 1:
        return Outcome(specs[0], made)
    return Outcome(specs, made) if form == "sequence" else None


def canonical_json(body: Mapping[str, Any]) -> str:
    """JSON that is the same for equal questions."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"))


def digest(body: Mapping[str, Any]) -> str:
    """The name of a question in the store."""
    return hashlib.sha256(canonical_json(body).encode()).hexdigest()[:32]
