"""Asks real Keras what an expression over tensors gives, and holds what the catalogue says against it."""

from __future__ import annotations

import atexit
import functools
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from kerascope.domain.shapes import UNKNOWN, UNRANKED
from kerascope.domain.specs import ArraySpec, TensorSpec
from kerascope.operations.base import Row
from operations.stated import Stated, stated

PACKAGES = {2: "tf_keras", 3: "keras"}
WORKER = Path(__file__).with_name("operations_worker.py")
Mode: TypeAlias = tuple[int, bool]
MODES: tuple[Mode, ...] = ((3, False), (3, True), (2, False), (2, True))
"""Major version, and whether the expression stands in a layer's ``call``."""


class KerasUnavailableError(Exception):
    """Real Keras cannot be asked here; the text says why."""


class RealKeras:
    """A child process with one Keras in it."""

    def __init__(self, major: int, timeout: float = 600.0) -> None:
        for package in (PACKAGES[major], "tensorflow"):
            if importlib.util.find_spec(package) is None:
                raise KerasUnavailableError(f"{package} is not installed")
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
        self.versions: dict[str, str] = self._read()

    def ask(self, request: Any) -> Any:
        """The answer to one request."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._read()

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


@functools.cache
def keras(major: int) -> RealKeras:
    """The one child for ``major``; raises ``KerasUnavailableError`` where there is none."""
    return RealKeras(major)


@dataclass
class Tally:
    """How often the catalogue and Keras agreed.

    ``refused`` counts those that both refuse, ``unknown`` those where the catalogue leaves something open,
    ``missed`` those that Keras refuses though the catalogue states the whole of an output.
    """

    tried: int = 0
    agreed: int = 0
    refused: int = 0
    unknown: int = 0
    missed: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Counts what ``other`` counted as well."""
        self.tried += other.tried
        self.agreed += other.agreed
        self.refused += other.refused
        self.unknown += other.unknown
        self.missed += other.missed
        self.disagreements += other.disagreements


def has_scalar(code: str) -> bool:
    """Whether a tensor in ``code`` has no axes: an ``Input`` of Keras 2 cannot be one."""
    return "t()" in code or "t(dtype" in code


def tally(codes: Sequence[str], mode: Mode, whole: bool = False) -> Tally:
    """Evaluates ``codes`` on both sides, but for those that ``mode`` lacks; ``whole`` makes models of them."""
    major, traced = mode
    if mode == (2, False):
        codes = [code for code in codes if not has_scalar(code)]
    result = Tally()
    answers = keras(major).ask([[code, traced, whole] for code in codes])
    for code, answer in zip(codes, answers, strict=True):
        word = compare(stated(code, major, traced), answer)
        result.tried += 1
        result.agreed += word in ("agree", "refused")
        result.refused += word == "refused"
        result.unknown += word == "unknown"
        where = f"Keras {major}{' in call' if traced else ''}: {code}"
        if word.startswith("missed"):
            result.missed.append(f"{where}: {word}")
        elif word not in ("agree", "refused", "unknown"):
            result.disagreements.append(f"{where}: {word}")
    return result


def compare(mine: Stated, real: dict[str, Any]) -> str:
    """``agree``, ``refused`` (both), ``unknown``, ``missed …``, or a sentence about the disagreement."""
    if mine.refused:
        reason = mine.fault.reason if mine.fault else "not for symbolic tensors"
        return "refused" if "error" in real else f"we refuse ({reason}), Keras gives {real['value']}"
    doubtful = is_vague(mine.value)
    if "error" in real:
        found = f"{real['error']}: {real['message']}"
        return "unknown" if doubtful else f"missed: we give {mine.value}, Keras raises {found}"
    if not covers(mine.value, real["value"]):
        return f"we give {mine.value}, Keras {real['value']}"
    if mine.rows is not None and real["rows"] is not None and not same_rows(mine.rows, real["rows"]):
        return f"we show the rows {mine.rows}, Keras {real['rows']}"
    return "unknown" if doubtful else "agree"


def covers(mine: Any, real: Any) -> bool:
    """Whether what is stated allows for what is real."""
    if mine is UNKNOWN or (isinstance(mine, TensorSpec) and mine == TensorSpec(UNRANKED, "")):
        return True
    if isinstance(mine, TensorSpec | ArraySpec):
        if "dtype" not in real or mine.dtype not in ("", real["dtype"]):
            return False
        if mine.shape is UNRANKED:
            return True
        return real["shape"] is not None and covers_dims(mine.shape, real["shape"])
    if isinstance(mine, tuple):
        if "tuple" in real:
            items = real["tuple"]
            plain = [item if isinstance(item, dict) else {"plain": item} for item in items]
            return len(mine) == len(plain) and all(map(covers, mine, plain))
        if real.get("shape") is None or len(real["shape"]) != 1:
            return False
        if real["shape"] != [len(mine)]:
            return False
        # Keras 2 does not tell what its symbolic tensors hold.
        return "elements" not in real or covers_dims(mine, real["elements"])
    if "plain" in real:
        return bool(mine == real["plain"] and type(mine) is type(real["plain"]))
    return real.get("shape") == [] and real.get("elements", [mine]) == [mine]


def _shown(outputs: Any) -> Any:
    """Outputs as a row shows them: a list of one is its item."""
    return outputs[0] if isinstance(outputs, tuple) and len(outputs) == 1 else outputs


def covers_dims(mine: Sequence[Any], real: Sequence[Any]) -> bool:
    """The same for the dimensions of a shape."""
    return len(mine) == len(real) and all(
        one is UNKNOWN or isinstance(one, TensorSpec) or (one == other and type(one) is type(other))
        for one, other in zip(mine, real, strict=True)
    )


def same_rows(mine: Sequence[Row], real: Sequence[Any]) -> bool:
    """Whether the rows are those of Keras, in any order: it sorts them by their depth in the model."""
    left = list(real)
    for row in mine:
        match = next(
            (
                index
                for index, (class_name, stem, outputs) in enumerate(left)
                if (row.class_name, row.stem) == (class_name, stem) and covers(_shown(row.outputs), outputs)
            ),
            None,
        )
        if match is None:
            return False
        del left[match]
    return not left


def is_vague(value: Any) -> bool:
    """Whether anything in a nest is left open."""
    if isinstance(value, tuple):
        return any(is_vague(item) for item in value)
    if isinstance(value, TensorSpec | ArraySpec):
        return value.shape is UNRANKED or UNKNOWN in value.shape or not value.dtype
    return value is UNKNOWN


def tallies(codes: Sequence[str], modes: Sequence[Mode], whole: bool = False) -> dict[Mode, Tally]:
    """The same in several modes, with both children at work at once."""

    def in_turn(major: int) -> list[tuple[Mode, Tally]]:
        return [(mode, tally(codes, mode, whole)) for mode in modes if mode[0] == major]

    with ThreadPoolExecutor(2) as pool:
        return dict(pair for pairs in pool.map(in_turn, (3, 2)) for pair in pairs)
