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
QUICK = Limits(start_seconds=5, answer_seconds=1, first_seconds=1)
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
    return Oracle(
        environment, importlib.metadata.version(package), store, Limits(answer_seconds=60, first_seconds=60)
    )


def environment_with_keras_hub(environment: Path) -> str:
    """The Python of an environment with a ``keras_hub`` of one layer, beside the packages of the running one."""
    packages = environment / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    packages.mkdir(parents=True)
    others = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "others.pth").write_text("\n".join(others))
    for name in ("keras", "tensorflow"):
        (packages / f"{name}-{importlib.metadata.version(name)}.dist-info").mkdir()
    library = packages / "keras_hub"
    library.mkdir()
    (library / "__init__.py").write_text("from keras_hub import layers\n")
    (library / "layers.py").write_text(
        "import keras\n\n"
        "class Doubling(keras.layers.Layer):\n"
        "    def __init__(self, times=2, **kwargs):\n"
        "        super().__init__(**kwargs)\n"
        "        self.times = times\n"
        "    def build(self, shape):\n"
        "        self.scale = self.add_weight(shape=(shape[-1],), name='scale')\n"
        "    def call(self, x):\n"
        "        return keras.ops.concatenate([x * self.scale] * self.times, axis=-1)\n"
    )
    (environment / "bin").mkdir()
    (environment / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    home = Path(sys.executable).resolve().parent
    (environment / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n")
    return str(environment / "bin" / "python")
