"""How long real Keras is away after its child process was killed, or hangs and is given up.

The child is stopped or killed from outside, and then asked: the time is that until the very same question is answered
by the next child, loading Keras included.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import os
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

from kerascope.oracle.child import Environment, Limits
from kerascope.oracle.client import Oracle
from kerascope.oracle.questions import Question
from kerascope.oracle.store import Store


def question(units: int) -> Question:
    """A ``Dense`` on eight features; another one for each ``units``, so that no answer is a kept one."""
    body = {
        "kind": "build",
        "layers": [{"make": "keras.layers.Dense", "arguments": {"units": units}}],
        "calls": [
            {"input": {"shape": [None, 8], "dtype": "float32"}},
            {"layer": 0, "inputs": {"tensor": [0, 0]}},
        ],
    }
    return Question("build", body, full=True, at=1, doing="call")


def seconds(oracle: Oracle, units: int) -> float:
    """How long an answer takes. Raises ``RuntimeError`` where Keras did not answer at all."""
    began = time.perf_counter()
    answer = oracle.ask(question(units))
    if answer.outcome != "accepted":
        raise RuntimeError(answer.message)
    return time.perf_counter() - began


def main() -> int:
    """Measures and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    version = importlib.metadata.version("keras")
    found: dict[str, list[float]] = {"first answer": [], "killed": [], "hung": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds):
            environment = Environment(sys.executable, "keras", "tensorflow")
            oracle = Oracle(environment, version, Store(Path(folder) / str(number)), Limits())
            found["first answer"].append(seconds(oracle, 1))
            for units, (name, sent) in enumerate((("killed", signal.SIGKILL), ("hung", signal.SIGSTOP)), 2):
                assert oracle.pid is not None
                os.kill(oracle.pid, sent)
                found[name].append(seconds(oracle, units))
            oracle.close()
    sys.stdout.write("| | median | longest |\n|---|---:|---:|\n")
    for name, times in found.items():
        sys.stdout.write(f"| {name} | {statistics.median(times):.1f} s | {max(times):.1f} s |\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
