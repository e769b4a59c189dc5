"""An analysis that builds on the last one says what a fresh one says, and runs only what an edit can have reached."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kerascope.domain.specs import ArraySpec
from kerascope.engine.analysis import Analysis
from kerascope.engine.options import Options
from kerascope.engine.reading import read_source
from kerascope.engine.workspace import Workspace
from kerascope.findings import Finding
from kerascope.graph.nodes import flatten
from kerascope.graph.rows import table
from kerascope.interp.interpreter import Interpretation, interpret
from kerascope.interp.memory import Memory
from kerascope.interp.values import Function
from kerascope.rules.catalogue import rule_modules
from kerascope.syntax.units import Parsed, Site, TreeCache, parse
from kerascope.text.source import Source
from rules.examples import examples
from syntax.typing_simulator import states

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted([*(ROOT / "tests/syntax/programs").glob("*.py"), *(ROOT / "examples").glob("*.py")])


def place(site: Site | None) -> Any:
    return None if site is None else (site.path, *site.span)


def leaf(value: Any) -> Any:
    if isinstance(value, ArraySpec):
        return (value.shape, value.dtype, value.facts)
    return getattr(value, "spec", None) or type(value).__name__


def seen(found: Interpretation, major: int) -> dict[str, Any]:
    """All that an interpretation says, without the identities of objects."""
    trace = found.trace
    return {
        "layers": [(layer.class_name, layer.name, place(layer.site)) for layer in trace.layers],
        "faults": [(f.fault.kind, f.layer.name, place(f.site), f.certain, f.guarded) for f in trace.faults],
        "events": [
            (event.kind, place(event.site), event.variable, event.certain, event.reached, table_of(event.graph, major))
            for event in trace.events
        ],
        "arguments": [
            [(name, [leaf(part) for part in flatten(value)]) for name, value in sorted(event.arguments.items())]
            for event in trace.events
        ],
        "arrays": sorted((place(site), repr(leaf(array))) for site, array in trace.arrays.values()),
        "calls": [(place(site), layer.name, [leaf(x) for x in flatten(out)]) for site, layer, _, out in trace.calls],
        "made": [(made.symbol, place(made.site)) for made in trace.made],
        "imports": [(name.name, place(name.site)) for name in trace.imports],
        "models": [(model.variable, table_of(model.graph, major)) for model in found.models],
        "spent": trace.budget_spent,
        "steps": found.steps,
    }  # fmt: skip


def table_of(graph: Any, major: int) -> Any:
    shown = table(graph, major)
    rows = [
        (row.name, row.class_name, repr(row.output_shape), row.params, place(row.site)) for row in shown.rows
    ]
    return (shown.name, shown.complete, rows, shown.total, shown.trainable)


class Editor:
    """One file whose versions follow one another."""

    def __init__(self, path: str = "edited.py", major: int = 3) -> None:
        self.path = path
        self.major = major
        self.cache = TreeCache(incremental=True)
        self.memory = Memory()

    def show(self, text: str) -> tuple[Parsed, Interpretation]:
        parsed = parse(Source(self.path, text), self.cache)
        return parsed, interpret(parsed, self.major, memory=self.memory)

    def holds(self, text: str) -> None:
        """Shows a version and compares with a run that knows nothing of those before."""
        _, found = self.show(text)
        fresh = interpret(parse(Source(self.path, text), TreeCache()), self.major)
        assert seen(found, self.major) == seen(fresh, self.major)

    def interpreted(self) -> list[str]:
        """What the last run interpreted: functions by name, other statements by their first line."""
        return [
            thing.name if isinstance(thing, Function) else thing.tree.text.strip().partition("\n")[0]
            for thing in self.memory.interpreted
        ]


PROGRAM = """\
from tensorflow import keras
from tensorflow.keras import layers

UNITS = 32


def build(units):
    model = keras.Sequential([keras.Input(shape=(20,)), layers.Dense(units)])
    return model


def never_called(x):
    return layers.Dense(UNITS)(x)


first = build(UNITS)
second = build(64)
first.compile(loss="mse")
third = keras.Sequential([keras.Input(shape=(3,)), layers.Dropout(0.5)])
third.compile(loss="mae")
"""


@pytest.mark.parametrize(
    "old, new, expected",
    [
        ("# note", "# remark", ["# note"]),
        ('loss="mae"', 'loss="mse"', ['third.compile(loss="mse")']),
        ("build(64)", "build(65)", ["second = build(65)"]),
        (
            "Dropout(0.5)",
            "Dropout(0.4)",
            [
                "third = keras.Sequential([keras.Input(shape=(3,)), layers.Dropout(0.4)])",
                'third.compile(loss="mae")',
            ],
        ),
        (
            "UNITS = 32",
            "UNITS = 33",
            ["UNITS = 33", "first = build(UNITS)", 'first.compile(loss="mse")', "never_called"],
        ),
        (
            "return model\n",
            "return model  # built\n",
            ["def build(units):", "first = build(UNITS)", "second = build(64)", 'first.compile(loss="mse")'],
        ),
        (
            "second = build(64)",
            "second = build(64); second.add(layers.Dropout(0.1))",
            [
                "second = build(64); second.add(layers.Dropout(0.1))",
                "third = keras.Sequential([keras.Input(shape=(3,)), layers.Dropout(0.5)])",
                'third.compile(loss="mae")',
            ],
        ),
    ],
)
def test_only_what_an_edit_reaches_runs_again(old: str, new: str, expected: list[str]) -> None:
    text = PROGRAM + "# note\n"
    editor = Editor()
    editor.show(text)
    assert old in text
    editor.holds(text.replace(old, new))
    if old == "# note":
        expected = ['third.compile(loss="mae")']
    assert editor.interpreted() == expected


def test_nothing_runs_again_where_lines_above_move() -> None:
    editor = Editor()
    editor.show(PROGRAM)
    editor.holds('"""Three models."""\n\n' + PROGRAM)
    assert [name for name in editor.interpreted() if "import" not in name] == ['"""Three models."""']


def edits(text: str, seed: int, count: int) -> Iterator[str]:
    """Versions of a program as edits leave them: lines taken out, doubled, moved, and numbers changed."""
    rng = random.Random(seed)
    for _ in range(count):
        lines = text.splitlines(keepends=True)
        if not lines:
            return
        at = rng.randrange(len(lines))
        match rng.randrange(4):
            case 0:
                del lines[at : at + rng.randrange(1, 4)]
            case 1:
                lines.insert(rng.randrange(len(lines)), lines[at])
            case 2:
                lines.insert(at, lines.pop(rng.randrange(len(lines))))
            case _:
                digits = [i for i, c in enumerate(lines[at]) if c.isdigit()]
                for i in digits[:1]:
                    lines[at] = lines[at][:i] + str(rng.randrange(1, 9)) + lines[at][i + 1 :]
        changed = "".join(lines)
        yield changed
        if rng.random() < 0.5:
            text = changed


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
@pytest.mark.parametrize("major", [2, 3])
def test_after_any_edit_it_says_what_a_fresh_run_says(path: Path, major: int) -> None:
    text = path.read_text(encoding="utf-8")
    editor = Editor(major=major)
    editor.holds(text)
    for changed in edits(text, seed=len(text) + major, count=25):
        editor.holds(changed)
    editor.holds(text)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_while_a_line_is_typed_it_says_what_a_fresh_run_says(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    line = random.Random(len(text)).choice([i for i, row in enumerate(lines) if len(row.strip()) > 20])
    editor = Editor()
    for state in states(text, line, auto_close=True):
        editor.holds(state.text)


def test_a_change_in_an_imported_file_is_seen(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    sizes = tmp_path / "sizes.py"
    sizes.write_text("UNITS = 5\n")
    main = tmp_path / "main.py"
    main.write_text(
        "from keras import Input, Sequential, layers\nfrom sizes import UNITS\n"
        "model = Sequential([Input((2,)), layers.Dense(UNITS)])\n"
    )
    workspace = Workspace(incremental=True)
    shapes = []
    for size in (5, 7):
        sizes.write_text(f"UNITS = {size}\n")
        os.utime(sizes, ns=(size * 10**9, size * 10**9))
        analysis = workspace.analyse(read_source(main), Options())
        assert analysis.interpretation is not None
        shapes.append(table(analysis.interpretation.models[0].graph, 3).rows[0].output_shape)
    assert shapes == [(None, 5), (None, 7)]


def findings_of(analysis: Analysis) -> list[Finding]:
    return [analysis.with_fixes(finding) for finding in analysis.findings]


@pytest.mark.parametrize("seed", range(12))
def test_findings_and_their_fixes_are_those_of_a_fresh_analysis(seed: int) -> None:
    rng = random.Random(seed)
    samples = [example.text for rule in rule_modules() for example in examples(rule) if example.expected]
    text = "\n\n".join(rng.sample(samples, 5))
    workspace = Workspace(incremental=True)
    options = Options(keras="3", possible=True)
    analysis = workspace.analyse(Source("edited.py", text), options)
    compared = 0
    for changed in [text, *edits(text, seed, count=15), text]:
        analysis = workspace.analyse(Source("edited.py", changed), options, analysis)
        if not analysis.parsed.holes:
            fresh = Workspace().analyse(Source("edited.py", changed), options)
            assert findings_of(analysis) == list(fresh.findings)
            compared += len(fresh.findings)
    assert compared


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_only_the_statements_around_an_edit_are_read_again(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    cache = TreeCache(incremental=True)
    before = parse(Source("edited.py", text), cache)
    for unit, origin in zip(before.units, before.origins, strict=True):
        line = text.index("\n", origin) + 1
        after = parse(Source("edited.py", text[:line] + "# A comment.\n" + text[line:]), cache)
        assert after.change is not None
        assert len(after.change.new) <= 3
        assert set(before.units) - set(after.units) <= {unit}
        before = parse(Source("edited.py", text), cache)


@pytest.mark.wide
def test_edits_of_other_peoples_programs(corpus_files: list[Path]) -> None:
    rng = random.Random(7)
    for path in rng.sample(corpus_files, 60):
        source = read_source(path)
        if path.suffix != ".py" or len(source.text) > 40_000:
            continue
        editor = Editor(str(path))
        editor.holds(source.text)
        for changed in edits(source.text, seed=len(source.text), count=8):
            editor.holds(changed)


TRANSFER = """\
from tensorflow import keras
from tensorflow.keras import layers

base = keras.applications.ResNet50(weights=None, include_top=False, input_shape=(64, 64, 3))
for layer in base.layers[:-10]:
    layer.trainable = isinstance(layer, layers.BatchNormalization)
x = layers.GlobalAveragePooling2D()(base.output)
model = keras.Model(base.input, layers.Dense(10)(x))
model.summary()
"""


def test_a_model_of_keras_applications_is_not_made_again_where_its_head_is_edited() -> None:
    editor = Editor()
    editor.show(TRANSFER)
    editor.holds(TRANSFER.replace("Dense(10)", "Dense(11)"))
    assert editor.interpreted() == [
        "model = keras.Model(base.input, layers.Dense(11)(x))",
        "model.summary()",
    ]
    editor.holds(TRANSFER.replace("[:-10]", "[:-20]"))
    assert "base = " not in "".join(editor.interpreted())


@pytest.mark.parametrize("seed", (1, 2))
def test_edits_around_a_model_of_keras_applications_are_followed(seed: int) -> None:
    editor = Editor()
    for text in edits(TRANSFER, seed, 12):
        editor.holds(text)


SAVED = """\
from tensorflow import keras
from tensorflow.keras import layers

model = keras.Sequential([keras.Input((8,)), layers.Dense(5)])
model.save("model.keras")
size = 3
again = keras.models.load_model("model.keras")
again.add(layers.Dense(size))
again.summary()
"""


def test_a_setting_of_keras_reaches_the_layers_that_are_made_behind_it() -> None:
    editor = Editor()
    program = (
        "import keras\nfrom keras import backend as K\n\nK.set_image_data_format('channels_{}')\n"
        "other = keras.Input((4,))\n"
        "model = keras.Sequential([keras.Input((3, 9, 9)), keras.layers.Conv2D(4, 3)])\n"
        "order = keras.Sequential([keras.Input((3,)), keras.layers.Dense(len(K.image_data_format()))])\n"
    )
    for order in ("first", "last", "first"):
        editor.holds(program.format(order))
    text = program.format("first")
    editor.holds(text.replace("(4,)", "(5,)"))
    assert [line.partition(" ")[0] for line in editor.interpreted()] == ["other"]
    editor.holds(text.replace("K.set_", "# K.set_"))


def test_a_model_that_was_written_is_known_however_the_program_is_edited() -> None:
    editor = Editor()
    editor.holds(SAVED)
    for old, new in (
        ("size = 3", "size = 4"),
        ("Dense(5)", "Dense(6)"),
        ('load_model("model.keras")', 'load_model("other.keras")'),
        ('save("model.keras")', 'save("other.keras")'),
        ("again.summary()", "again.summary()\nmodel.save(size)"),
        ("model.save", "# model.save"),
    ):
        changed = SAVED.replace(old, new)
        editor.holds(changed)
        editor.holds(SAVED)
    _, found = editor.show(SAVED)
    (loaded,) = [model for model in found.models if model.variable == "again"]
    assert [row.params for row in table(loaded.graph, 3).rows] == [45, 18]
