"""Every entry's cases against real Keras: as in a functional model, and as inside of a layer's ``call``."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from kerascope.operations.catalogue import families, operation, operations
from kerascope.operations.names import ALIASES, FAMILIES
from operations import real
from operations.real import KerasUnavailableError, Mode
from operations.stated import stated

WITHOUT_CASES = {
    "tf.map_fn",
    "tf.vectorized_map",
    "tf.scan",
    "tf.foldl",
    "tf.foldr",
    "keras.backend.variable",
    "keras.backend.eye",
    "tensor.reshape",
    "tf.lookup.StaticHashTable.lookup",
}
"""What functions of the program decide, what has no certain type, and what Keras lets stand in some settings only."""

ENTRIES = [
    pytest.param(family, mode, id=f"{family}-keras{mode[0]}{'-call' if mode[1] else ''}")
    for family in families()
    for mode in real.MODES
]


def askable(code: str) -> bool:
    """Whether the package that a case is about is there; Keras and TensorFlow have to be."""
    return not code.startswith("tfio.") or importlib.util.find_spec("tensorflow_io") is not None


@pytest.mark.parametrize(("family", "mode"), ENTRIES)
def test_agrees_with_keras(family: str, mode: Mode) -> None:
    """Stated shapes, types and rows are the real ones, and what is refused Keras refuses."""
    entries = [entry for entry in families()[family].values() if mode[0] in entry.majors]
    codes = [code for entry in entries for code in entry.cases if askable(code)]
    try:
        tally = real.tally(codes, mode, whole=True)
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    assert not tally.disagreements, "\n".join(tally.disagreements[:5])
    assert len(tally.missed) <= 0.05 * len(codes) + 3, "\n".join(tally.missed[:5])
    assert tally.unknown <= 0.1 * len(codes) + 2


@pytest.mark.parametrize("mode", real.MODES)
def test_a_table_gives_a_value_for_each_key(mode: Mode) -> None:
    codes = [f"StaticHashTable.lookup(t({shape}, dtype='string'))" for shape in ("None", "None, 4, 3", "5")]
    try:
        tally = real.tally(codes, mode, whole=True)
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    assert not tally.disagreements, "\n".join(tally.disagreements)
    assert not tally.missed
    if mode != (3, False):  # Its symbolic tensors are none of TensorFlow's.
        assert [stated(code, *mode).value.shape for code in codes] == [(None,), (None, 4, 3), (5,)]


def test_every_entry_has_cases() -> None:
    without = {name for name, entry in operations().items() if not entry.cases and "__r" not in name}
    assert without == WITHOUT_CASES


def test_the_names_are_those_of_the_modules() -> None:
    found = {name: family for family, entries in families().items() for name in entries}
    assert found == FAMILIES, "run scripts/generate_operations_table.py --names"


def test_other_names_are_names_of_the_same_functions() -> None:
    try:
        answers = real.keras(3).ask({"aliases": sorted(ALIASES.items())})
    except KerasUnavailableError as reason:
        pytest.skip(str(reason))
    assert ALIASES
    wrong = [pair for pair, same in zip(sorted(ALIASES.items()), answers, strict=True) if not same]
    assert not wrong


def test_other_names_lead_to_the_entry() -> None:
    for other, name in ALIASES.items():
        assert operation(other) is operation(name) is not None
    assert operation("keras.ops.numpy.mean") is operation("keras.ops.mean") is not None
    assert operation("keras.ops.nn.relu") is operation("keras.ops.relu") is not None
    assert operation("tf.data.Dataset") is None
    assert operation("numpy.mean") is None


LOADED = """
import sys
from kerascope.operations.catalogue import operation

def loaded():
    return {name.rpartition(".")[2] for name in sys.modules if name.startswith("kerascope.operations.")}

before = loaded()
operation("tensor.__getitem__")
print(sorted(before), sorted(loaded() - before))
"""


def test_a_family_is_loaded_when_it_is_needed() -> None:
    """Starting the program does not wait for the catalogue."""
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "['base', 'catalogue'] ['dtypes', 'indexing', 'names', 'shapes']"


def test_what_keras_3_refuses_on_its_symbolic_tensors() -> None:
    for name, majors in (
        ("keras.ops.mean", {3}),
        ("tf.math.reduce_mean", {2}),
        ("keras.backend.mean", {2}),
        ("tensor.__add__", {2, 3}),
        ("keras.activations.mish", {2}),
    ):
        entry = operation(name)
        assert entry is not None
        assert {major for major in (2, 3) if entry.accepts(major)} == majors


DIFFERENT = (
    ("t(None, 3) + 1", "t(None, 4) + 1"),
    ("t(None, 3) + 1", "t(None, 3, dtype='float16') + 1"),
    ("t(None, 3) + 1", "t(None, 3) - 1"),
    ("t(None, 3) + 1", "t(2, 3) + 1"),
    ("tf.split(t(None, 6), 2, axis=1)", "tf.split(t(None, 6), 3, axis=1)"),
    ("K.mean(t(None, 3), axis=1)", "K.mean(t(None, 3), axis=0)"),
    ("K.int_shape(t(None, 3))", "K.int_shape(t(None, 4))"),
    ("tf.shape(t(5, 3))", "tf.shape(t(None, 3))"),
    ("K.sqrt(t(None, 3))", "K.exp(t(None, 3))"),
    ("t(None, 3) + t(None, 4)", "t(None, 3) + t(None, 3)"),
)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_a_wrong_statement_is_found(one: str, other: str) -> None:
    """What is stated of one expression does not agree with what another one really gives, in some setting."""
    words = []
    for mode in real.MODES:
        try:
            answer = real.keras(mode[0]).ask([[other, mode[1], True]])[0]
        except KerasUnavailableError as reason:
            pytest.skip(str(reason))
        words.append(real.compare(real.stated(one, *mode), answer))
    assert any(word.startswith("we ") for word in words), words
