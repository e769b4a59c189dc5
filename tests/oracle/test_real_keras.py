"""The worker with real Keras in it: nothing is allocated, nothing but layers can be named, memory is limited."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import kerascope
from kerascope.oracle.child import Child, Environment, Limits
from kerascope.oracle.client import Oracle
from kerascope.oracle.questions import Question
from kerascope.oracle.store import Store
from oracle.asking import PACKAGES, real_oracle

WORKER = Path(kerascope.__file__).parent / "oracle_worker"
MAJORS = (3, 2)


def on_input(shape: tuple[int | None, ...], make: str, **arguments: Any) -> Question:
    """A layer on one symbolic tensor."""
    body = {
        "kind": "build",
        "layers": [{"make": f"keras.layers.{make}", "arguments": arguments}],
        "calls": [
            {"input": {"shape": list(shape), "dtype": "float32"}},
            {"layer": 0, "inputs": {"tensor": [0, 0]}},
        ],
    }
    return Question("build", body, full=True, at=1, doing="call")


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")
@pytest.mark.parametrize("major", MAJORS)
def test_a_layer_with_a_million_million_weights_costs_nothing(major: int) -> None:
    oracle = real_oracle(major)
    assert oracle.ask(on_input((None, 8), "Dense", units=4)).outcome == "accepted"
    assert oracle.pid is not None
    before = resident(oracle.pid)
    began = time.monotonic()
    answer = oracle.ask(on_input((None, 10**6), "Dense", units=10**6))
    assert answer.outputs == [{"shape": [None, 10**6], "dtype": "float32"}]
    assert answer.weights == [[[10**6, 10**6], True], [[10**6], True]]
    assert time.monotonic() - began < 5
    assert resident(oracle.pid) - before < 50e6


@pytest.mark.parametrize("major", MAJORS)
def test_a_refusal_tells_where_it_was_raised_and_in_whose_words(major: int) -> None:
    answer = real_oracle(major).ask(on_input((None, 28, 28), "Conv2D", filters=8, kernel_size=3))
    assert (answer.outcome, answer.at, answer.doing, answer.type) == ("refused", 1, "call", "ValueError")
    assert "expected min_ndim=4, found ndim=3" in answer.message
    made = real_oracle(major).ask(on_input((None, 8), "Dense", units=-1))
    assert (made.outcome, made.at, made.doing) == ("refused", 0, "construct")


@pytest.mark.parametrize("major", MAJORS)
def test_what_keras_says_does_not_tell_what_it_was_asked_before(major: int) -> None:
    said = {
        real_oracle(major).ask(on_input((None, 28, 28), "Conv2D", filters=filters, kernel_size=3)).message
        for filters in (3, 5, 7)
    }
    (message,) = said
    assert re.search(r"layer ['\"]conv2d['\"]", message)


def test_layers_that_keep_states_between_batches_are_left_undecided_in_keras_3() -> None:
    answer = real_oracle(3).ask(on_input((2, 10, 4), "LSTM", units=4, stateful=True))
    assert answer.outcome == "impossible"
    again = real_oracle(2).ask(on_input((2, 10, 4), "LSTM", units=4, stateful=True))
    assert again.outcome == "accepted"


@pytest.mark.parametrize(
    "name",
    [
        "os.system", "builtins.eval", "keras.models.load_model", "keras.utils.get_file", "keras.layers.Lambda",
        "keras.layers.TFSMLayer", "keras.layers._Layer", "keras.layers.__class__", "keras.losses.deserialize",
        "keras.applications.VGG16", "keras.saving.load_model", "tf.io.read_file", "keras_hub.models.Backbone",
        "keras.layers.Dense.__init__.__globals__", "layers", "", "keras.optimizers.schedules",
    ],
)  # fmt: skip
def test_what_is_no_layer_cannot_be_named(name: str) -> None:
    body = {"kind": "build", "layers": [{"make": name, "arguments": {}}], "calls": []}
    answer = real_oracle(3).ask(Question("build", body, full=True))
    assert answer.outcome == "impossible"
    handed = on_input((None, 8), "Dense", units=4, activation={"symbol": name})
    assert real_oracle(3).ask(handed).outcome == "impossible"


@pytest.mark.parametrize(
    "value",
    [
        {"dict": [["module", "antigravity"], ["class_name", "x"]]},
        {"dict": [["class_name", "HeNormal"]]},
        {"eval": "1"},
        [1],
    ],
)
def test_no_argument_is_deserialized(value: Any) -> None:
    question = on_input((None, 8), "Dense", units=4, kernel_initializer=value)
    assert real_oracle(3).ask(question).outcome == "impossible"


@pytest.mark.skipif(sys.platform != "linux", reason="RLIMIT_AS is what Linux has")
def test_a_question_that_takes_too_much_memory_costs_a_child_and_no_more(tmp_path: Path) -> None:
    real_oracle(3)
    oracle = Oracle(
        Environment(sys.executable),
        "3",
        Store(tmp_path),
        Limits(memory_mb=150, answer_seconds=60, first_seconds=60),
    )
    with contextlib.closing(oracle):
        assert oracle.ask(on_input((None, 8), "Dense", units=4)).outcome == "accepted"
        first = oracle.pid
        end = {"shape": [None, 4], "dtype": "float32", "name": None}
        body = {
            "kind": "fit",
            "model": {"kind": "Functional", "inputs": [end], "outputs": [{**end, "activation": "linear"}]},
            "compile": {"optimizer": "sgd", "loss": "mse"},
            "method": "fit",
            "data": {
                "x": {"shape": [8, 4], "dtype": "float32"},
                "y": {"shape": [8, 4, 3_000_000], "dtype": "float32"},
            },
            "arguments": {},
        }
        assert oracle.ask(Question("fit", body, full=True)).outcome in {"exhausted", "failed"}
        assert oracle.ask(on_input((None, 8), "Dense", units=5)).outcome == "accepted"
        assert oracle.pid != first


@pytest.mark.parametrize("major", MAJORS)
def test_what_keras_prints_stays_out_of_the_answers(major: int) -> None:
    real_oracle(major)
    environment = Environment(sys.executable, PACKAGES[major])  # type: ignore[arg-type]
    child = Child(environment, Limits())
    child.greet()
    try:
        end = {"shape": [None, 4], "dtype": "float32", "name": None}
        body = {
            "kind": "fit",
            "model": {"kind": "Sequential", "inputs": [end], "outputs": [{**end, "activation": "linear"}]},
            "compile": {"optimizer": "sgd", "loss": "mse"},
            "method": "fit",
            "data": {"x": {"shape": [8, 4], "dtype": "float32"}, "y": {"shape": [8, 4], "dtype": "float32"}},
            "arguments": {"verbose": 2},
        }
        assert child.ask(body)["outcome"] == "accepted"
    finally:
        child.kill()


def test_the_users_own_modules_do_not_come_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_oracle(3)
    (tmp_path / "keras.py").write_text("raise SystemExit('a module of the user was run')")
    (tmp_path / "sitecustomize.py").write_text("raise SystemExit('a module of the user was run')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    child = Child(Environment(sys.executable), Limits())
    assert child.greet().startswith("3.")
    child.kill()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells no parent")
def test_the_worker_ends_with_its_parent(tmp_path: Path) -> None:
    real_oracle(3)
    program = tmp_path / "parent.py"
    program.write_text(
        "import os, sys\n"
        "from kerascope.oracle.child import Child, Environment, Limits\n"
        "child = Child(Environment(sys.executable), Limits())\n"
        "child.greet()\n"
        "print(child.pid, flush=True)\n"
        "os._exit(0)\n"
    )
    path = str(Path(kerascope.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, str(program)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    pid = int(done.stdout)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.parametrize("path", sorted(WORKER.glob("*.py")), ids=lambda path: path.name)
def test_the_worker_is_written_for_older_pythons(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text, feature_version=(3, 8))
    if path.name not in {"__init__.py", "__main__.py"}:
        assert "from __future__ import annotations" in text
    imported = {
        alias.name if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not getattr(node, "level", 0)
        for alias in node.names
    }
    assert {name.partition(".")[0] for name in imported} <= set(sys.stdlib_module_names)


def old_pythons() -> list[str]:
    """Older Pythons on the search path that can be run; the running one where there are none."""
    found = [shutil.which(f"python3.{minor}") for minor in (8, 9, 10)]
    run = [
        python
        for python in found
        if python is not None
        and subprocess.run([python, "-S", "-c", ""], capture_output=True, check=False).returncode == 0
    ]
    return run or [sys.executable]


@pytest.mark.parametrize("python", old_pythons())
def test_the_worker_runs_on_older_pythons_and_says_what_is_missing(python: str) -> None:
    options = json.dumps({"token": "t", "package": "keras", "memory_mb": 100})
    done = subprocess.run(
        [python, "-S", str(WORKER / "__main__.py"), options],
        capture_output=True,
        text=True,
        input="",
        check=True,
    )
    said = json.loads(done.stdout)
    assert said == {"kerascope": "t", "missing": "ModuleNotFoundError: No module named 'keras'"}


def test_questions_are_json() -> None:
    question = on_input((None, 8), "Dense", units=4)
    assert json.loads(json.dumps(question.body)) == question.body
    assert question.key == on_input((None, 8), "Dense", units=4).key
    assert question.key != on_input((None, 8), "Dense", units=5).key


def test_a_library_is_found_by_its_former_name_where_it_has_no_other() -> None:
    script = (
        f"import sys, types\nsys.path.insert(0, {str(WORKER)!r})\nimport naming\n"
        "sys.modules['keras_hub'] = None\nformer = types.ModuleType('keras_nlp')\n"
        "former.layers = types.SimpleNamespace(Doubling=int)\nsys.modules['keras_nlp'] = former\n"
        "assert naming.resolve(None, 'keras_hub.layers.Doubling') is int\n"
        "sys.modules['keras_nlp'] = None\n"
        "try:\n    naming.resolve(None, 'keras_hub.layers.Doubling')\n"
        "except naming.Impossible as error:\n    assert 'keras_hub' in str(error)\n"
        "else:\n    raise AssertionError('found nowhere')\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
