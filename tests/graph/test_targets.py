"""What regression losses do with targets and predictions of every shape, against real Keras."""

from __future__ import annotations

import json
from typing import Any

import pytest

from judge.programs import judge
from kerascope.domain.shapes import UNKNOWN
from kerascope.engine.analysis import Analysis, analyse
from kerascope.engine.options import Options
from kerascope.findings import Severity
from kerascope.graph.targets import REGRESSION_LOSSES, Match, first_batch, match_targets, one_per_sample
from kerascope.text.source import Source

N = 64
SHAPES: list[tuple[tuple[int, ...], tuple[int, ...]]] = [
    ((N,), (N, 1)), ((N, 1), (N, 1)), ((N, 1), (N, 3)), ((N, 3), (N, 1)), ((N, 2), (N, 3)), ((N,), (N, 3)),
    ((N,), (N, 5, 1)), ((N, 1), (N, 5, 1)), ((N, 5), (N, 5, 1)), ((N, 4), (N, 5, 1)), ((N, 3), (N, 5, 3)),
    ((N, 5), (N, 5, 3)), ((N, 1), (N, 5, 3)), ((N,), (N, 5, 3)), ((N,), (N, 1, 3)), ((N, 3), (N, 1, 3)),
    ((N,), (N, 1, 1)), ((N, 1), (N, 1, 1)), ((N,), (N, 6, 6, 1)), ((N, 1), (N, 6, 6, 1)), ((N, 3), (N, 6, 6, 3)),
    ((N, 6, 6), (N, 6, 6, 1)), ((N, 6, 6), (N, 6, 6, 3)), ((N, 6, 6, 1), (N, 6, 6, 3)), ((N, 6, 6, 3), (N, 6, 6, 1)),
    ((N, 6, 6, 2), (N, 6, 6, 3)), ((N, 5, 1), (N, 5, 3)), ((N, 5, 3), (N, 1, 3)), ((N, 3), (N,)), ((N, 1, 1), (N, 1)),
    ((N, 5, 1), (N, 5)), ((N, 1, 5), (N, 5)), ((N,), (N, 32, 1)), ((N, 1), (N, 6, 32, 1)), ((N, 1), (N, 6, 1, 1)),
]  # fmt: skip

TRIED = """
import json
import numpy as np
from tensorflow import keras

models = {{}}

def runs(targets, output, loss):
    targets, output = ({batch}, *targets[1:]), ({batch}, *output[1:])
    if output not in models:
        models[output] = keras.Sequential([keras.Input(output[1:]), keras.layers.Activation("linear")])
        models[output].compile("sgd", loss, run_eagerly=True)
    try:
        models[output].test_on_batch(np.random.rand(*output), np.random.rand(*targets))
    except Exception:
        return 0
    return 1

raise RuntimeError(json.dumps([runs(targets, output, {loss!r}) for targets, output in {shapes}]))
"""


def tried(major: int, loss: str, batch: int, shapes: list[Any] = SHAPES) -> list[int]:
    """Which shapes real Keras trains on, in one batch of this size."""
    ran = judge(major).run(TRIED.format(loss=loss, batch=batch, shapes=shapes))
    assert ran.error is not None
    verdicts: list[int] = json.loads(ran.error.removeprefix("RuntimeError: "))
    assert len(verdicts) == len(shapes)
    return verdicts


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize(
    ("loss", "batch"),
    [(loss, 32) for loss in sorted(REGRESSION_LOSSES)] + [("huber", 3), ("huber", 6)],
)
def test_shapes_that_are_said_to_be_refused_are_refused_and_no_others(
    loss: str, batch: int, major: int
) -> None:
    verdicts = tried(major, loss, batch)
    said = [match_targets(targets, output, major, batch) for targets, output in SHAPES]
    assert [found is not Match.REFUSED for found in said] == [bool(runs) for runs in verdicts]
    assert Match.UNKNOWN not in said
    assert Match.EITHER not in said


@pytest.mark.parametrize("major", (3, 2))
def test_without_a_known_batch_what_hangs_on_it_is_left_open(major: int) -> None:
    for (targets, output), runs in zip(SHAPES, tried(major, "mean_squared_error", 32), strict=True):
        found = match_targets(targets, output, major)
        if found is not Match.EITHER:
            assert (found is not Match.REFUSED) == bool(runs), (targets, output)
        known = {match_targets(targets, output, major, batch) for batch in (1, 3, 5, 6, 32, 64)}
        assert (found is Match.EITHER) == (Match.REFUSED in known and len(known) > 1), (targets, output)


LEARNT = """
import json
import numpy as np
from tensorflow import keras

keras.utils.set_random_seed(0)
targets, output = {targets}, {output}
number = np.linspace(-1, 1, 64, dtype="float32")
x = np.broadcast_to(number.reshape((64,) + (1,) * (len(output) - 1)), output[:-1] + (1,))
y = np.broadcast_to(number.reshape((64,) + (1,) * (len(targets) - 1)), targets)
model = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(output[-1])])
model.compile(keras.optimizers.Adam(0.1), "mse")
loss = model.fit(x, y, epochs=60, verbose=0).history["loss"][-1]
raise RuntimeError(json.dumps(float(loss)))
"""


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize(
    ("targets", "output"),
    [((64,), (64, 1)), ((64,), (64, 1, 1)), ((64, 1), (64, 1, 1)), ((64,), (64, 5, 1)), ((64, 5), (64, 5, 1)),
     ((64,), (64, 4, 4, 1)), ((64, 4, 4), (64, 4, 4, 1)), ((64, 3), (64, 1, 3))],
)  # fmt: skip
def test_a_number_that_is_there_for_the_taking_is_learnt_only_where_the_shapes_are_equal(
    targets: tuple[int, ...], output: tuple[int, ...], major: int
) -> None:
    ran = judge(major).run(LEARNT.format(targets=targets, output=output))
    equal = match_targets(targets, output, major, 32) is Match.EQUAL
    if ran.error is None or not ran.error.startswith("RuntimeError"):
        assert match_targets(targets, output, major, 32) is Match.REFUSED
        return
    # The target is the input itself. Compared with the targets of the whole batch it cannot be learnt: what is left is
    # their variance, one third.
    loss = json.loads(ran.error.removeprefix("RuntimeError: "))
    assert (loss < 0.01) == equal, loss


@pytest.mark.parametrize(
    ("targets", "output", "expected"),
    [
        ((8, 1), (None, None, 1), Match.UNKNOWN),
        ((8,), (None, None, 1), Match.BROADCAST),
        ((8,), (None, UNKNOWN), Match.UNKNOWN),
        ((UNKNOWN, 3), (None, 3), Match.EQUAL),
        ((UNKNOWN, 3), (None, 4), Match.REFUSED),
        ((8, UNKNOWN), (None, 4), Match.UNKNOWN),
        ((8, 5, UNKNOWN), (None, 1), Match.UNKNOWN),
    ],
)
def test_an_unknown_size_is_never_refused(targets: Any, output: Any, expected: Match) -> None:
    assert match_targets(targets, output, 3) is expected


def test_one_target_per_sample_is_told_from_a_target_per_step() -> None:
    assert one_per_sample((8,), (None, 5, 1))
    assert one_per_sample((8, 1), (None, 5, 1))
    assert one_per_sample((8, 3), (None, 5, 3))
    assert not one_per_sample((8, 5), (None, 5, 1))
    assert not one_per_sample((8, 5), (None, 5, 5))
    assert not one_per_sample((8,), (None, 1))
    assert not one_per_sample((8, 5, 1), (None, 5, 1))
    assert not one_per_sample((8, UNKNOWN), (None, 5, 3))


HEAD = """\
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
x = np.random.rand(50, 7, 4)
def net(*stack):
    return keras.Sequential([keras.Input((None, 4)), *stack])
"""


def found(program: str, major: int = 3) -> Analysis:
    """A program's analysis, after the lines that all of these begin with."""
    return analyse(Source("program.py", HEAD + program), Options(keras=str(major)))


@pytest.mark.parametrize(
    ("call", "size"),
    [
        ("m.fit(x, y)", 32),
        ("m.fit(x, y, batch_size=8)", 8),
        ("m.fit(x, y, batch_size=64)", 50),
        ("m.fit(x, y, validation_split=0.5)", 25),
        ("m.fit(x, y, steps_per_epoch=5)", None),
        ("m.fit(x, y, **options)", None),
        ("m.train_on_batch(x, y)", 50),
        ("m.evaluate(x, y, steps=3)", None),
    ],
)
def test_the_first_batch_is_as_large_as_keras_makes_it(call: str, size: int | None) -> None:
    program = f"m = net(layers.LSTM(4), layers.Dense(1))\nm.compile('adam', 'mse')\ny = np.random.rand(50)\n{call}\n"
    interpretation = found(program).interpretation
    assert interpretation is not None
    event = interpretation.trace.events[-1]
    assert first_batch(event, 50) == size
    assert first_batch(event, UNKNOWN) is None


# Programs, the finding of these rules, and whether `fit` raises; all of them run on real Keras.
PROGRAMS = {
    "a head of two layers": (
        "m = net(layers.GRU(8, return_sequences=True), layers.Dropout(0.1), layers.Dense(8), layers.Dense(1))\n"
        "m.compile('adam', keras.losses.Huber(delta=2.0))\nm.fit(x, np.random.rand(50), verbose=0)",
        ("KS120", Severity.WARNING),
    ),
    "both directions": (
        "m = net(layers.Bidirectional(layers.LSTM(8, return_sequences=True)), layers.Dense(1))\n"
        "m.compile('adam', 'mae')\nm.fit(x, np.random.rand(50, 1), verbose=0)",
        ("KS120", Severity.WARNING),
    ),
    "a Dense for each step": (
        "m = net(layers.LSTM(8, return_sequences=True), layers.TimeDistributed(layers.Dense(1)))\n"
        "m.compile('adam', 'mse')\nm.fit(x, np.random.rand(50, 1), verbose=0)",
        ("KS120", Severity.WARNING),
    ),
    "a row of targets for a sequence of rows": (
        "m = net(layers.LSTM(8, return_sequences=True), layers.Dense(3))\n"
        "m.compile('adam', 'mse')\nm.fit(x, np.random.rand(50, 3), verbose=0)",
        ("KS120", Severity.ERROR),
    ),
    "no recurrent layer": (
        "m = net(layers.Conv1D(8, 3), layers.Dense(1))\n"
        "m.compile('adam', keras.losses.MeanSquaredError())\nm.fit(x, np.random.rand(50, 1), verbose=0)",
        ("KS119", Severity.WARNING),
    ),
    "units that are neither one nor right": (
        "m = net(layers.LSTM(8), layers.Dense(2))\nm.compile('adam', 'mse')\n"
        "m.fit(x, np.random.rand(50, 3), verbose=0)",
        ("KS121", Severity.ERROR),
    ),
    "a target for every step": (
        "m = net(layers.LSTM(8, return_sequences=True), layers.Dense(1))\n"
        "m.compile('adam', 'mse')\nm.fit(x, np.random.rand(50, 7), verbose=0)",
        None,
    ),
    "one step": (
        "m = net(layers.LSTM(8, return_sequences=True), layers.Dense(1))\n"
        "m.compile('adam', 'mse')\nm.fit(x[:, :1], np.random.rand(50, 1), verbose=0)",
        None,
    ),
    "a loss of the program's own": (
        "import tensorflow as tf\ndef last(y, p):\n    return tf.reduce_mean(tf.square(y - p[:, -1]))\n"
        "m = net(layers.LSTM(8, return_sequences=True), layers.Dense(1))\n"
        "m.compile('adam', last)\nm.fit(x, np.random.rand(50, 1), verbose=0)",
        None,
    ),
}


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_are_told_apart_as_real_keras_runs_them(name: str, major: int) -> None:
    program, expected = PROGRAMS[name]
    findings = [(item.code, item.severity) for item in found(program + "\n", major).findings]
    assert findings == ([expected] if expected is not None else [])
    ran = judge(major).run(HEAD + program + "\n")
    assert (ran.error is not None) == (expected is not None and expected[1] is Severity.ERROR), ran.error
