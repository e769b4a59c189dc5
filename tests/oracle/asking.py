"""An oracle for the tests: with the fake worker, or with the real Keras of the running environment."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from kerascope.oracle.child import Child, Environment, Limits
from kerascope.oracle.client import Oracle
from kerascope.oracle.questions import Question
from kerascope.oracle.store import Store

FAKE_WORKER = Path(__file__).with_name("fake_worker.py")
QUICK = Limits(start_seconds=5, answer_seconds=1)
PACKAGES = {3: "keras", 2: "tf_keras"}


def fake_oracle(store: Store, limits: Limits = QUICK) -> Oracle:
    """An oracle whose worker misbehaves as told."""

    def start(environment: Environment, limits: Limits) -> Child:
        return Child(environment, limits, FAKE_WORKER)

    return Oracle(Environment(sys.executable), "3.15.1", store, limits, start)


def told(do: str, **more: Any) -> Question:
    """A question that tells the fake worker what to do."""
    return Question("build", {"kind": "fake", "do": do, **more}, full=True)


@functools.cache
def real_oracle(major: int) -> Oracle:
    """Real Keras, started once; skips the test where it is not installed."""
    package = PACKAGES[major]
    if importlib.util.find_spec(package) is None or importlib.util.find_spec("tensorflow") is None:
        pytest.skip(f"{package} with TensorFlow is not installed, so real Keras {major} cannot be asked")
    store = Store(Path(tempfile.mkdtemp(prefix="kerascope-tests-")))
    environment = Environment(sys.executable, "keras" if major == 3 else "tf_keras")
    return Oracle(environment, importlib.metadata.version(package), store, Limits(answer_seconds=60))
