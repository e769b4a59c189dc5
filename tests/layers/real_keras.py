"""Holds the catalogue against real Keras: probes, what each side says of them, and how the two agree."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerascope.domain.shapes import UNKNOWN, UNRANKED, Dim, Shape
from kerascope.domain.specs import NestedLayer, Symbol, TensorSpec
from kerascope.layers.base import Arguments, Context, Fault, Inputs, Outcome, Weight
from kerascope.layers.catalogue import ALIASES, bind, layer_spec

PACKAGES = {2: "tf_keras", 3: "keras"}
EXPORTED = {name: alias for alias, name in ALIASES.items() if name == "GroupedQueryAttention"}
"""Classes that ``keras.layers`` exports only under another name than their own."""

WORKER = Path(__file__).with_name("keras_worker.py")


@dataclass(frozen=True)
class Probe:
    """One layer, constructed with ``arguments`` and called on ``inputs`` (shapes or ``TensorSpec``s; a list
    for several)."""

    layer: str
    arguments: Mapping[str, Any]
    inputs: Any
    pipeline: bool = False
    """Whether the layer is called on tensors that have values, in a pipeline of ``tf.data``."""
    on_data: bool = False
    """Whether the layer is called on data, as ``Dataset.map`` traces it, and not on symbolic tensors of Keras."""


@dataclass(frozen=True)
class Verdict:
    """What came of a probe: either ``outputs`` and ``weights``, or an error and the stage that raised it."""

    outputs: Any = None
    weights: tuple[Weight, ...] | None = ()
    error: str = ""
    stage: str = ""


@dataclass
class Tally:
    """How often the catalogue and Keras agreed on the probes of a layer."""

    tried: int = 0
    agreed: int = 0
    refused: int = 0
    unknown: int = 0
    disagreements: list[str] = field(default_factory=list)


def specs(inputs: Any) -> Inputs:
    """Inputs of a probe as the catalogue takes them."""
    if isinstance(inputs, list):
        return tuple(specs(item) for item in inputs)
    if isinstance(inputs, dict):
        return {key: specs(item) for key, item in inputs.items()}
    return inputs if isinstance(inputs, TensorSpec) else TensorSpec(inputs)


def context(major: int, *, on_data: bool = False) -> Context:
    """A context whose ``apply_layer`` looks into the catalogue."""

    def apply_layer(name: str, given: Mapping[str, Any], inputs: Inputs) -> Outcome:
        spec = layer_spec(name)
        assert spec is not None
        return spec.apply(bind(spec, given, major), inputs, context(major, on_data=on_data))

    return Context(major=major, on_data=on_data, apply_layer=apply_layer)


def nested_fault(value: Any, major: int) -> Fault | None:
    """What constructing a nested layer refuses, as the interpreter finds it at that layer's own place."""
    if not isinstance(value, NestedLayer):
        return None
    spec = layer_spec(value.name)
    assert spec is not None
    arguments = bind(spec, value.arguments, major)
    for inner in value.arguments.values():
        fault = nested_fault(inner, major)
        if fault is not None:
            return fault
    return spec.construct(arguments, context(major))


def ours(probe: Probe, major: int) -> Verdict:
    """What the catalogue says."""
    spec = layer_spec(probe.layer)
    assert spec is not None
    arguments: Arguments = bind(spec, probe.arguments, major)
    for value in probe.arguments.values():
        fault = nested_fault(value, major)
        if fault is not None:
            return Verdict(error=f"{fault.kind.value}: {fault.reason}", stage="construct")
    fault = spec.construct(arguments, context(major))
    if fault is not None:
        return Verdict(error=f"{fault.kind.value}: {fault.reason}", stage="construct")
    outcome = spec.apply(
        arguments, specs(probe.inputs), context(major, on_data=probe.on_data or probe.pipeline)
    )
    if outcome.faults:
        fault = outcome.faults[0]
        return Verdict(error=f"{fault.kind.value}: {fault.reason}", stage="call")
    return Verdict(outcome.outputs, outcome.weights)


def covers_dim(mine: Dim, real: Dim) -> bool:
    """Whether ``mine`` allows for ``real``."""
    return mine is UNKNOWN or (mine == real and type(mine) is type(real))


def covers_shape(mine: Shape, real: Shape) -> bool:
    """The same for shapes."""
    if mine is UNRANKED:
        return True
    return real is not UNRANKED and len(mine) == len(real) and all(map(covers_dim, mine, real))


def covers(mine: Any, real: Any) -> bool:
    """The same for nests of ``TensorSpec``; an unranked tensor of unknown type covers any nest."""
    if isinstance(mine, TensorSpec):
        if mine.shape is UNRANKED and not mine.dtype:
            return True
        if not isinstance(real, TensorSpec):
            return False
        return covers_shape(mine.shape, real.shape) and mine.dtype in ("", real.dtype)
    if isinstance(mine, tuple):
        return isinstance(real, tuple) and len(mine) == len(real) and all(map(covers, mine, real))
    if isinstance(mine, dict):
        return (
            isinstance(real, dict)
            and mine.keys() == real.keys()
            and all(covers(mine[k], real[k]) for k in mine)
        )
    return False


def covers_weights(mine: tuple[Weight, ...] | None, real: tuple[Weight, ...] | None) -> bool:
    """The same for weights, whose order does not matter among those of one kind."""
    if mine is None:
        return True
    if real is None or len(mine) != len(real):
        return False
    left = list(real)
    for weight in mine:
        match = next(
            (
                i
                for i, w in enumerate(left)
                if w.trainable is weight.trainable and covers_shape(weight.shape, w.shape)
            ),
            None,
        )
        if match is None:
            return False
        del left[match]
    return True


def vague(value: Any) -> bool:
    """Whether anything in a nest or in weights is unknown."""
    if value is None:
        return True
    if isinstance(value, TensorSpec | Weight):
        return value.shape is UNRANKED or UNKNOWN in value.shape
    if isinstance(value, dict):
        return any(vague(item) for item in value.values())
    return any(vague(item) for item in value)


def compare(mine: Verdict, real: Verdict) -> str:
    """``agree``, ``refused`` (both), ``unknown``, or a sentence about the disagreement."""
    if mine.error and real.error:
        return "refused"
    if mine.error:
        return f"we refuse ({mine.error}), Keras gives {real.outputs}"
    doubtful = vague(mine.outputs) or vague(mine.weights)
    if real.error:
        return "unknown" if doubtful else f"we give {mine.outputs}, Keras raises {real.error} at {real.stage}"
    if not covers(mine.outputs, real.outputs):
        return f"we give {mine.outputs}, Keras {real.outputs}"
    if not covers_weights(mine.weights, real.weights):
        return f"we give the weights {mine.weights}, Keras {real.weights}"
    return "unknown" if doubtful else "agree"


def tally(probes: Sequence[Probe], major: int) -> Tally:
    """Runs ``probes`` on both sides."""
    result = Tally()
    for probe, real in zip(probes, keras(major).ask(probes), strict=True):
        word = compare(ours(probe, major), real)
        result.tried += 1
        result.agreed += word in ("agree", "refused")
        result.refused += word == "refused"
        result.unknown += word == "unknown"
        if word not in ("agree", "refused", "unknown"):
            result.disagreements.append(f"{probe}: {word}")
    return result


def encode(value: Any) -> Any:
    """Wire form of an argument value."""
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    if isinstance(value, NestedLayer):
        return {
            "layer": value.name,
            "arguments": {name: encode(item) for name, item in value.arguments.items()},
        }
    if isinstance(value, Symbol):
        return {"symbol": value.name}
    if isinstance(value, dict):
        return {"dict": {key: encode(item) for key, item in value.items()}}
    return value


def encode_inputs(inputs: Any) -> Any:
    """Wire form of a nest of inputs."""
    if isinstance(inputs, list):
        return [encode_inputs(item) for item in inputs]
    if isinstance(inputs, dict):
        return {"dict": {key: encode_inputs(item) for key, item in inputs.items()}}
    spec = specs(inputs)
    assert isinstance(spec, TensorSpec)
    assert spec.shape is not UNRANKED
    return {"shape": list(spec.shape), "dtype": spec.dtype}


def decode_outputs(value: Any) -> Any:
    """Nest of ``TensorSpec`` of its wire form."""
    if isinstance(value, list):
        return tuple(decode_outputs(item) for item in value)
    if "dict" in value:
        return {key: decode_outputs(item) for key, item in value["dict"].items()}
    return TensorSpec(tuple(value["shape"]), value["dtype"])


class KerasUnavailableError(Exception):
    """Real Keras cannot be asked here; the text says why."""


class RealKeras:
    """A child process with one Keras in it."""

    def __init__(self, major: int, timeout: float = 600.0) -> None:
        if (
            importlib.util.find_spec(PACKAGES[major]) is None
            or importlib.util.find_spec("tensorflow") is None
        ):
            raise KerasUnavailableError(f"{PACKAGES[major]} with TensorFlow is not installed")
        self.timeout = timeout
        self.process = subprocess.Popen(
            [sys.executable, str(WORKER), str(major)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        atexit.register(self.process.kill)
        self.version: str = self._read()["version"]
        self.catalogue: dict[str, dict[str, str]] = self._read()

    def signatures(self) -> dict[str, str]:
        """Parameter lists of all layers, as Python writes them."""
        return self.catalogue["signatures"]

    def aliases(self) -> dict[str, str]:
        """Names of layers that are other names of a class."""
        return self.catalogue["aliases"]

    def ask(self, probes: Sequence[Probe]) -> list[Verdict]:
        """What Keras says of each probe."""
        batch = [
            {
                "layer": EXPORTED.get(probe.layer, probe.layer),
                "arguments": {name: encode(value) for name, value in probe.arguments.items()},
                "inputs": encode_inputs(probe.inputs),
                "pipeline": probe.pipeline,
                "on_data": probe.on_data,
                "several": "." in probe.layer and isinstance(probe.inputs, list),
            }
            for probe in probes
        ]
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(batch) + "\n")
        self.process.stdin.flush()
        return [_verdict(item) for item in self._read()]

    def _read(self) -> Any:
        """One line from the child, which is killed if it takes too long."""
        assert self.process.stdout is not None
        watchdog = threading.Timer(self.timeout, self.process.kill)
        watchdog.start()
        try:
            line = self.process.stdout.readline()
        finally:
            watchdog.cancel()
        if not line:
            raise KerasUnavailableError(f"the Keras process ended or took more than {self.timeout:.0f} s")
        return json.loads(line)


def _verdict(item: Mapping[str, Any]) -> Verdict:
    if "error" in item:
        return Verdict(error=f"{item['error']}: {item['message']}", stage=item["stage"])
    weights = tuple(Weight(tuple(shape), trainable) for shape, trainable in item["weights"])
    return Verdict(decode_outputs(item["outputs"]), weights)


@functools.cache
def keras(major: int) -> RealKeras:
    """The one child for ``major``; raises ``KerasUnavailableError`` where there is none."""
    return RealKeras(major)
