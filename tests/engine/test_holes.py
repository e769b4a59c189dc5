"""While a statement is half typed, what is said of the rest of the program stands still."""

from __future__ import annotations

import pytest

from kerascope.engine.analysis import Analysis, analyse
from kerascope.engine.options import Options
from kerascope.findings import Finding
from kerascope.syntax.units import TreeCache
from kerascope.text.lines import LineIndex
from kerascope.text.source import Source
from syntax.typing_simulator import states

# Three models, each with one mistake; what is typed in one of them does not concern the other two.
PROGRAM = '''\
"""Three networks on made-up data."""

import numpy as np
from tensorflow import keras
from tensorflow.keras import layers

images = np.random.rand(64, 28, 28, 1)
digits = keras.utils.to_categorical(np.random.randint(0, 10, 64), 10)


def scaled(data, least=0.0):
    """Data between ``least`` and 1."""
    spread = data.max() - data.min()
    return least + (1 - least) * data / spread


pictures = keras.Sequential([
    keras.Input(shape=(28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"),
    layers.MaxPooling2D(2),
    layers.Flatten(),
    layers.Dropout(0.5),
    layers.Dense(10, activation="sigmoid"),
])
pictures.compile(
    optimizer="adam",
    loss="categorical_crossentropy",
    metrics=["accuracy"],
)
pictures.fit(images, digits, epochs=1)

series = np.random.rand(64, 10, 4)
values = np.random.rand(64, 1)
forecast = keras.Sequential()
forecast.add(keras.Input(shape=(10, 4)))
forecast.add(layers.Dense(16, activation="relu"))
forecast.add(layers.LSTM(8))
forecast.add(layers.LSTM(8))
forecast.add(layers.Dense(1))
forecast.compile(optimizer="adam", loss="mse")
forecast.fit(series, values, epochs=1)

for rate in (0.1, 0.01):
    optimizer = keras.optimizers.SGD(rate)
    if rate > 0.05:
        momentum = 0.9
    else:
        momentum = 0.0

rows = np.random.rand(64, 20)
labels = np.random.randint(0, 5, 64)
inputs = keras.Input(shape=(20,))
hidden = layers.Dense(32, activation="relu")(inputs)
hidden = layers.Dropout(0.2)(hidden)
outputs = layers.Dense(5, activation="softmax")(hidden)
table = keras.Model(inputs, outputs)
table.compile(
    optimizer=keras.optimizers.Adam(1e-3),
    loss="sparse_categorical_entropy",
)
table.fit(rows, labels, epochs=2)
'''
LINES = PROGRAM.splitlines()
OPTIONS = Options(keras="3")


def check(text: str, previous: Analysis | None = None, cache: TreeCache | None = None) -> Analysis:
    """Analyses one state of the program."""
    return analyse(Source("program.py", text), OPTIONS, previous=previous, cache=cache)


def told(finding: Finding, text: str) -> tuple[str, str, str]:
    """What a reader sees of a finding, wherever it stands: its code, its message and the code it is under."""
    return finding.code, finding.message, text[slice(*finding.span)]


FRESH = check(PROGRAM)
TOLD = [told(finding, PROGRAM) for finding in FRESH.findings]


def test_the_program_has_three_findings_in_three_models() -> None:
    assert len(LINES) >= 60
    assert [code for code, _, _ in TOLD] == ["KC201", "KS102", "KC223"]


def typed(line: str) -> int:
    """The number of a line that is typed in these tests."""
    return LINES.index(line)


def away_and_back(number: int, auto_close: bool) -> list[tuple[str, int]]:
    """All texts while a line is deleted from its end and typed again, with the offset of that line."""
    start = sum(len(line) + 1 for line in LINES[:number])
    there = [state.text for state in states(PROGRAM, number, auto_close=False)]
    back = [state.text for state in states(PROGRAM, number, auto_close=auto_close)]
    return [(text, start) for text in [*reversed(there), *back, PROGRAM]]


@pytest.mark.parametrize("auto_close", [False, True], ids=["no brackets closed", "brackets closed"])
@pytest.mark.parametrize(
    ("line", "model"),
    [
        ("    layers.MaxPooling2D(2),", 0),
        ('forecast.add(layers.Dense(16, activation="relu"))', 1),
        ("hidden = layers.Dropout(0.2)(hidden)", 2),
        ("    spread = data.max() - data.min()", None),
        ("    if rate > 0.05:", None),
        ('    """Data between ``least`` and 1."""', None),
    ],
)
def test_findings_elsewhere_stay_and_none_appears_while_a_line_is_typed(
    line: str, model: int | None, auto_close: bool
) -> None:
    cache = TreeCache()
    previous = check(PROGRAM, cache=cache)
    elsewhere = [item for index, item in enumerate(TOLD) if index != model]
    with_holes = 0
    for text, start in away_and_back(typed(line), auto_close):
        analysis = check(text, previous, cache)
        now = [told(finding, text) for finding in analysis.findings]
        # Another model's finding is there in every single state.
        assert [item for item in now if item in elsewhere] == elsewhere, text[start : start + 60]
        if analysis.parsed.holes:
            with_holes += 1
            before = {told(finding, previous.source.text) for finding in previous.findings}
            assert set(now) <= before, text[start : start + 60]
        previous = analysis
    assert with_holes >= 10
    assert previous.findings == FRESH.findings


def test_findings_move_with_the_text_and_so_do_the_places_they_speak_of() -> None:
    line = typed("images = np.random.rand(64, 28, 28, 1)")
    broken = "\n".join([*LINES[:line], "# One", "# two", "three = f(", *LINES[line:]]) + "\n"
    analysis = check(broken, FRESH)
    assert analysis.parsed.holes
    index, original = LineIndex(broken), LineIndex(PROGRAM)
    assert [told(finding, broken) for finding in analysis.findings] == TOLD
    for now, before in zip(analysis.findings, FRESH.findings, strict=True):
        assert index.position(now.span.start)[0] == original.position(before.span.start)[0] + 3
        assert [broken[slice(*place.span)] for place in now.related] == [
            PROGRAM[slice(*place.span)] for place in before.related
        ]
        assert all(
            broken[slice(*edit.span)] == PROGRAM[slice(*old.span)]
            for fix, old_fix in zip(now.fixes, before.fixes, strict=False)
            for edit, old in zip(fix.edits, old_fix.edits, strict=True)
        )


def test_a_finding_of_the_statement_that_is_typed_goes_when_its_own_text_does() -> None:
    text = PROGRAM.replace('loss="sparse_categorical_entropy"', 'loss="sparse')
    analysis = check(text, FRESH)
    assert analysis.parsed.holes
    assert [told(finding, text) for finding in analysis.findings] == TOLD[:2]


def test_a_finding_in_a_statement_with_a_hole_stays_where_its_own_text_does() -> None:
    text = PROGRAM.replace("    layers.MaxPooling2D(2),", "    layers.MaxPooling2D(")
    analysis = check(text, FRESH)
    assert analysis.parsed.holes
    assert [told(finding, text) for finding in analysis.findings] == TOLD


def test_a_comment_that_switches_a_finding_off_does_so_at_once() -> None:
    text = PROGRAM.replace('activation="sigmoid"),', 'activation="sigmoid"),  # kerascope: ignore[KC201]')
    text = text.replace("layers.Dropout(0.5)", "layers.Dropout((0.5)")
    analysis = check(text, FRESH)
    assert analysis.parsed.holes
    assert [told(finding, text) for finding in analysis.findings] == TOLD[1:]


def test_a_file_opened_with_a_hole_is_checked_as_far_as_it_can_be_read() -> None:
    text = PROGRAM.replace("momentum = 0.9", "momentum = (0.9")
    analysis = check(text)
    assert analysis.parsed.holes
    assert [told(finding, text) for finding in analysis.findings] == TOLD


def test_a_small_change_without_holes_gives_what_a_fresh_analysis_gives() -> None:
    previous, cache = FRESH, TreeCache()
    for old, new in [
        ("sigmoid", "softmax"),
        ("LSTM(8))", "LSTM(8, return_sequences=True))"),
        ("_entropy", "_crossentropy"),
    ]:
        text = previous.source.text.replace(old, new, 1)
        analysis = check(text, previous, cache)
        assert analysis.findings == check(text).findings
        assert len(analysis.findings) == len(previous.findings) - 1
        previous = analysis


def codes(text: str, previous: Analysis | None = None) -> tuple[Analysis, list[str]]:
    analysis = analyse(Source("program.py", text), Options(keras="3"), previous=previous)
    return analysis, [finding.code for finding in analysis.findings]


def test_an_edit_elsewhere_is_seen_while_a_hole_stays_open() -> None:
    whole, before = codes(PROGRAM)
    broken, held = codes(PROGRAM + "\nz = f(", whole)
    assert held == before
    mended = (PROGRAM + "\nz = f(").replace("layers.LSTM(8)", "layers.LSTM(8, return_sequences=True)", 1)
    later, left = codes(mended, broken)
    assert left == [code for code in before if code != "KS102"] == codes(mended)[1]
    _, back = codes(PROGRAM + "\nz = f(", later)
    assert back == before


def test_a_name_that_is_being_typed_is_no_layer_of_before() -> None:
    text = (
        "from tensorflow import keras\nfrom tensorflow.keras import layers\n\n\ndef build():\n"
        "    x = layers.Dense(3)\n    x = layers.Flatten(\n    return layers.Dense(2)(x)\n\n\nbuild()\n"
    )
    whole = text.replace("Flatten(\n", "Flatten()(keras.Input((4,)))\n")
    assert not analyse(Source("typed.py", text), Options(keras="3")).findings
    assert not analyse(Source("typed.py", whole), Options(keras="3")).findings
    left_out = text.replace("    x = layers.Flatten(\n", "")
    assert {f.code for f in analyse(Source("typed.py", left_out), Options(keras="3")).findings} == {"KS136"}


COMPILED = """\
import numpy as np
from tensorflow import keras

model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])

model.compile(
    loss="mse",
    optimizer="adam",
)

model.fit(np.zeros((8, 4)), np.zeros((8, 1)))
"""


@pytest.mark.parametrize("auto_close", [False, True], ids=["plain", "closed"])
def test_arguments_that_lost_their_first_line_make_nothing_new_of_the_statement_above(
    auto_close: bool,
) -> None:
    cache = TreeCache()
    previous = check(COMPILED, cache=cache)
    assert not previous.findings
    holes = 0
    for state in states(COMPILED, COMPILED.splitlines().index("model.compile("), auto_close=auto_close):
        analysis = check(state.text, previous, cache)
        if analysis.parsed.holes:
            holes += 1
            assert not analysis.findings, state.typed
        previous = analysis
    assert holes >= 10


def test_a_change_in_the_last_line_of_a_block_is_an_edit_of_it() -> None:
    begin = COMPILED.index("model.compile(")
    end = COMPILED.index("model.fit")
    compiles = (
        COMPILED[:begin] + 'if True:\n    model.compile(loss="mse", optimizer="adam")\n\n' + COMPILED[end:]
    )
    broken = check(compiles + "z = f(\n", check(compiles))
    assert broken.parsed.holes
    assert not broken.findings
    wrong = check(compiles.replace('"mse"', '"mes"') + "z = f(\n", broken)
    assert wrong.parsed.holes
    assert [finding.code for finding in wrong.findings] == ["KC223"]


def test_a_line_that_ends_in_a_dot_takes_no_layer_from_the_line_below() -> None:
    """`tf.keras.layers.` above `tf.keras.layers.Dense(10)` is one long name, and no `Dense`."""
    layer = "    tf.keras.layers.Dense(10),\n"
    program = f"import tensorflow as tf\n\nmodel = tf.keras.Sequential([\n{layer}{layer}])\n"
    typed = program.replace(layer, "    tf.keras.layers.\n", 1)
    interpretation = check(typed).interpretation
    assert interpretation is not None
    assert not [made for made in interpretation.trace.layers if made.class_name == "Dense"]


@pytest.mark.parametrize("begun", ["layers.", "keras.layers.", "keras.", "images."])
def test_a_line_that_ends_in_a_dot_makes_no_finding_vanish(begun: str) -> None:
    """Within brackets it reads on with the line below, and is no whole name for all that."""
    layer = "    layers.Flatten(),\n"
    cache = TreeCache(incremental=True)
    before = check(PROGRAM, cache=cache)
    assert before.findings
    analysis = before
    for end in range(1, len(begun) + 1):
        text = PROGRAM.replace(layer, f"{layer}    {begun[:end]}\n")
        analysis = check(text, analysis, cache)
        assert [finding.code for finding in analysis.findings] == [f.code for f in before.findings], text
    assert len(analysis.parsed.holes) == 1
    assert not analysis.parsed.faults
    # It is half typed still while something else is typed in the same statement.
    text = PROGRAM.replace(layer, f"{layer}    {begun}\n").replace("Dropout(0.5)", "Dropout(0.25)")
    analysis = check(text, analysis, cache)
    assert [finding.code for finding in analysis.findings] == [f.code for f in before.findings]
    text = text.replace(f"    {begun}\n", "")
    assert not check(text, analysis, cache).parsed.holes


def test_a_chain_of_calls_with_dots_at_the_ends_of_its_lines_is_whole() -> None:
    chained = "import numpy as np\n\nx = (\n    np.\n    zeros((3, 4)).\n    sum()\n)\ny = 1\n"
    cache = TreeCache(incremental=True)
    analysis = check(chained, cache=cache)
    analysis = check(chained.replace("(3, 4)", "(3, 5)"), analysis, cache)
    assert not analysis.parsed.holes
    for begun in ("", "n", "np"):
        analysis = check(chained.replace("    np.\n", f"    {begun}\n"), analysis, cache)
    assert analysis.parsed.holes
    assert not check(chained, analysis, cache).parsed.holes
    analysis = check(chained.replace("(3, 4)", "(3,, 4)"), analysis, cache)
    assert analysis.parsed.holes
    assert not check(chained, analysis, cache).parsed.holes


def test_a_sentence_that_ends_in_a_dot_is_no_code() -> None:
    def program(loss: str, line: str) -> str:
        doc = f'"""Compiles\n    {line}\n    and returns.\n    """'
        return (
            f"import keras\n\n\ndef build():\n    {doc}\n    model = keras.Sequential([keras.Input((4,)), "
            f'keras.layers.Dense(1)])\n    model.compile(loss="{loss}")\n    return model\n'
        )

    cache = TreeCache(incremental=True)
    analysis = check(program("mse", "it"), cache=cache)
    analysis = check(program("mse", "it."), analysis, cache)
    assert not analysis.parsed.holes
    analysis = check(program("mes", "it."), analysis, cache)
    assert [finding.code for finding in analysis.findings] == ["KC223"]


def test_white_space_behind_a_statement_is_no_edit_of_it() -> None:
    """Arguments whose first line is typed again belong to the statement above, and then to nothing."""
    program = PROGRAM.replace("])\npictures.compile(", "]) \n\npictures.compile(")
    assert program != PROGRAM
    cache = TreeCache(incremental=True)
    analysis = before = check(program, cache=cache)
    for typed in ("", "p", "pi", "pictures", "pictures."):
        analysis = check(program.replace("pictures.compile(\n", f"{typed}\n"), analysis, cache)
        assert analysis.parsed.holes
        assert [finding.code for finding in analysis.findings] == [f.code for f in before.findings], typed


def test_a_finding_stays_while_what_is_typed_within_it_cannot_be_read() -> None:
    """``in`` is on the way to ``input_dim``, and no name."""

    def program(typed: str) -> str:
        return (
            "import keras\n\ni = inp = input_dim = 3\n"
            f"model = keras.Sequential([keras.layers.LSTM(4, input_shape=(None, {typed}))])\n"
        )

    cache = TreeCache(incremental=True)
    analysis = check(program("i"), cache=cache)
    for typed, readable in (("in", False), ("inp", True), ("in", False), ("input_dim", True)):
        analysis = check(program(typed), analysis, cache)
        assert bool(analysis.parsed.holes) is not readable
        (finding,) = analysis.findings
        assert finding.code == "KL421"
        text = analysis.source.text[finding.span.start : finding.span.stop]
        assert text == f"input_shape=(None, {typed})"
