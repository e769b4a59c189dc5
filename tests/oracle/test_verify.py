"""``kerascope verify``: text, JSON, exit status, what is withheld, and what happens without Keras."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kerascope.cli import verify as verify_module
from kerascope.cli.main import run_command
from kerascope.domain.shapes import UNKNOWN
from kerascope.engine.analysis import analyse
from kerascope.engine.options import Options
from kerascope.engine.oracles import Oracles
from kerascope.engine.trials import answers_of
from kerascope.engine.verification import asked_of
from kerascope.graph.nodes import LayerFault
from kerascope.layers.base import Fault, FaultKind
from kerascope.oracle.answers import ACCEPTED, Verdict
from kerascope.oracle.child import Environment, Limits
from kerascope.oracle.client import Oracle
from kerascope.oracle.disagreements import DisagreementLog, Entry, read_log
from kerascope.oracle.questions import Question
from kerascope.oracle.store import Store
from kerascope.rules.base import ERROR, Program, Report, Rule, layer_subjects
from kerascope.text.source import Source
from oracle.asking import real_oracle

PROGRAM = """\
import keras
import numpy as np

images = keras.Sequential([keras.Input((28, 28)), keras.layers.Conv2D(8, 3), keras.layers.Flatten()])
model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(10, activation="softmax")])
model.compile(optimizer=keras.optimizers.Adam(lr=0.1), loss="categorical_crossentropy", metrics=["acuracy"])
model.fit(np.random.rand(100, 20), np.random.randint(0, 10, 100))
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with four errors; Keras is started once for all tests."""
    monkeypatch.setenv("KERASCOPE_CACHE", str(tmp_path / "cache"))
    known = real_oracle(3)

    def start(environment: Environment, version: str, store: Store, limits: Limits) -> Oracle:
        return known

    monkeypatch.setattr(verify_module, "Oracles", functools.partial(Oracles, start=start))
    monkeypatch.setattr(Oracles, "close", lambda self: None)
    path = tmp_path / "train.py"
    path.write_text(PROGRAM)
    return path


def verify(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = run_command(["verify", "--python", sys.executable, *arguments], lambda tcp, level: 0)
    said = capsys.readouterr()
    return status, said.out, said.err


def test_every_error_has_keras_s_own_words_and_every_fix_runs(
    program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = verify(str(program), capsys=capsys)
    assert status == 1
    keras = real_oracle(3).version
    assert f"agrees: Keras {keras} (build): Input 0 with name" in out
    assert f"agrees: Keras {keras} (compile): Argument(s) not recognized: {{'lr': 0.1}}" in out
    assert f"agrees: Keras {keras} (fit): Could not interpret metric identifier: acuracy" in out
    assert f"agrees: Keras {keras} runs it with “Add the channel axis”" in out
    assert out.endswith("of 4 errors it agrees with 4 and disagrees with 0; of 5 fixes with 5 and 0\n")


def test_the_json_is_that_of_check_with_what_keras_says(
    program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = verify(str(program), "--output-format", "json", capsys=capsys)
    assert status == 1
    (entry,) = json.loads(out)["files"]
    assert entry["withheld"] == []
    by_code = {finding["code"]: finding for finding in entry["findings"]}
    assert by_code["KS101"]["verified"] == {
        "keras": real_oracle(3).version,
        "stage": "build",
        "message": by_code["KS101"]["verified"]["message"],
    }
    assert "expected min_ndim=4, found ndim=3" in by_code["KS101"]["verified"]["message"]
    assert {finding["verified"]["stage"] for finding in entry["findings"]} == {"build", "compile", "fit"}
    fixes = [fix["verified"] for finding in entry["findings"] for fix in finding["fixes"]]
    assert fixes == [{"outcome": "agrees", "message": None}] * 5


def test_options_choose_what_is_tried(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = verify(str(program), "--select", "KC225", "--fail-on", "never", capsys=capsys)
    assert status == 0
    assert "of 1 error it agrees with 1" in out


def test_layers_of_a_package_on_the_way_are_made_and_called_as_the_package_does(
    program: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if importlib.util.find_spec("keras_hub") is None:
        pytest.skip("keras_hub is not installed: it is in the dev extra on Linux alone")
    program.write_text(
        "import keras\nimport keras_hub\n\na = keras.Input((10,), dtype='int32')\n"
        "x = keras_hub.layers.TokenAndPositionEmbedding(50, 10, 16)(a)\n"
        "x = keras_hub.layers.TransformerEncoder(32, 2)(x)\n"
        "y = keras_hub.layers.TransformerDecoder(32, 2)(x, encoder_sequence=x)\n"
        "model = keras.Model(a, keras.layers.Conv2D(4, 3)(y))\n"
    )
    status, out, _ = verify(str(program), "--output-format", "json", capsys=capsys)
    assert status == 1
    (finding,) = json.loads(out)["files"][0]["findings"]
    assert finding["code"] == "KS101"
    assert "Full shape received: (None, 10, 16)" in finding["verified"]["message"]


def test_several_kerases_share_the_files_and_say_what_one_says(
    program: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    files = [str(program)]
    for number in range(3):
        other = tmp_path / f"other{number}.py"
        other.write_text(
            PROGRAM.replace("Dense(10", f"Dense({11 + number}").replace("Conv2D(8", f"Conv2D({number + 1}")
        )
        files.append(str(other))
    alone = verify(*files, "--output-format", "json", capsys=capsys)
    started: list[Oracle] = []
    asked: set[int] = set()

    def start(environment: Environment, version: str, store: Store, limits: Limits) -> Oracle:
        started.append(Oracle(environment, version, Store(tmp_path / f"store{len(started)}"), limits))
        return started[-1]

    ask = Oracle.ask

    def noted(oracle: Oracle, question: Question) -> object:
        asked.add(id(oracle))
        return ask(oracle, question)

    monkeypatch.setattr(verify_module, "Oracles", functools.partial(Oracles, start=start))
    monkeypatch.setattr(Oracle, "ask", noted)
    try:
        together = verify(*files, "-j", "2", "--output-format", "json", capsys=capsys)
    finally:
        for oracle in started:
            oracle.close()
    assert len(started) == len(asked) == 2
    assert together == alone
    assert alone[0] == 1


def test_without_keras_the_findings_stand_and_one_line_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KERASCOPE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "train.py"
    path.write_text(PROGRAM)
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.touch()
    status = run_command(
        ["verify", str(path), "--python", str(python), "--output-format", "json"], lambda a, b: 0
    )
    said = capsys.readouterr()
    assert status == 2
    assert said.err == f"kerascope: nothing could be tried: TensorFlow is not installed in {python}\n"
    (entry,) = json.loads(said.out)["files"]
    assert len(entry["findings"]) == 4
    assert entry["tried"] is None


# --- What Keras does not bear out -------------------------------------------------------------------------------


@dataclass(frozen=True)
class WrongRule:
    """A rule that takes every ``Dense`` for a mistake."""

    RULE = Rule(code="KS999", name="wrong", severity={2: ERROR, 3: ERROR}, evidence=("none",))
    __doc__ = "A wrong rule."
    __name__ = "ks999"
    unknown: bool = False

    def check(self, program: Program) -> Iterator[Report]:
        """Claims that Keras refuses a layer that it takes."""
        for site, layer, inputs, _ in program.interpretation.trace.calls:
            if layer.class_name == "Dense":
                fault = LayerFault(Fault(FaultKind.RANK, "wrong"), layer, inputs, site)
                yield Report(
                    layer.site,
                    "wrong",
                    subjects=layer_subjects(layer),
                    data={"fault": fault, "unknown": UNKNOWN},
                )


@pytest.fixture
def wrong_rule(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from kerascope.engine import judging

    # Which rules look at what is worked out once a process.
    judging._rules_that_look_at.cache_clear()
    monkeypatch.setattr(judging, "rule_modules", lambda: (WrongRule(),))
    yield
    judging._rules_that_look_at.cache_clear()


RIGHT = "import keras\n\nmodel = keras.Sequential([keras.Input((20,)), keras.layers.Dense(10)])\n"
PARTIAL = RIGHT.replace("Dense(10)", "Dense(10, kernel_regularizer=something_else())")
AFTER_UNKNOWN = RIGHT.replace(
    "keras.layers.Dense(10)", "keras.layers.Lambda(lambda x: x), keras.layers.Dense(10)"
)


def test_a_finding_that_keras_does_not_bear_out_is_withheld_and_written_down(
    program: Path, wrong_rule: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program.write_text(RIGHT)
    status, out, _ = verify(str(program), "--output-format", "json", capsys=capsys)
    assert status == 0
    (entry,) = json.loads(out)["files"]
    assert entry["findings"] == []
    assert [finding["code"] for finding in entry["withheld"]] == ["KS999"]
    (written,) = read_log(tmp_path / "cache" / "disagreements.jsonl")
    assert (written.code, written.keras) == ("KS999", real_oracle(3).version)
    assert still_disagrees(written)
    status, out, _ = verify(str(program), capsys=capsys)
    assert "does not raise; the finding is withheld" in out.replace("\n  ", " ")
    # Once is enough.
    assert len(list(read_log(tmp_path / "cache" / "disagreements.jsonl"))) == 1


@pytest.mark.parametrize("text", [PARTIAL, AFTER_UNKNOWN], ids=["argument", "input"])
def test_what_is_reproduced_in_part_refutes_nothing(wrong_rule: None, text: str) -> None:
    oracle = real_oracle(3)
    asked = asked_of(analyse(Source("program.py", text), Options(keras=oracle.version)))
    (item,) = asked
    assert item.whole is not None and not item.whole.full
    answers = answers_of(asked, oracle)
    assert answers[item.whole.key].outcome == ACCEPTED
    judged = item.judged(answers)
    assert judged is not None and judged[0] is Verdict.UNDECIDED


def test_another_keras_than_the_assumed_one_refutes_nothing(
    program: Path, wrong_rule: None, capsys: pytest.CaptureFixture[str]
) -> None:
    program.write_text(RIGHT)
    status, out, _ = verify(str(program), "--keras", "3.3.3", "--output-format", "json", capsys=capsys)
    assert status == 1
    (entry,) = json.loads(out)["files"]
    assert [finding["code"] for finding in entry["findings"]] == ["KS999"]
    assert entry["findings"][0]["verified"] is None


def still_disagrees(entry: Entry) -> bool:
    """Whether real Keras takes what a finding of the log says it refuses."""
    return real_oracle(2 if entry.keras.startswith("2") else 3).ask(entry.question).outcome == ACCEPTED


def refused_question(oracle: Oracle) -> Question:
    """What a right finding comes down to."""
    (item,) = asked_of(analyse(Source("program.py", PROGRAM), Options(keras=oracle.version, select=("KS",))))
    assert item.whole is not None
    return item.whole


def test_the_disagreements_of_a_log_can_be_asked_again(tmp_path: Path) -> None:
    # `KERASCOPE_DISAGREEMENTS` names a log from wherever it comes: the test fails until what was claimed there is what
    # Keras does. Without one, a log of a finding that is right stands for it.
    named = os.environ.get("KERASCOPE_DISAGREEMENTS")
    path = Path(named) if named is not None else tmp_path / "log.jsonl"
    if named is None:
        oracle = real_oracle(3)
        DisagreementLog(path).write(Entry(oracle.version, "KS101", "message", refused_question(oracle)))
    entries = list(read_log(path))
    assert entries
    wrong = [(entry.code, entry.message, entry.question.body) for entry in entries if still_disagrees(entry)]
    assert wrong == []


def test_a_damaged_log_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    question = refused_question(real_oracle(3))
    DisagreementLog(path).write(Entry("3.15.1", "KS101", "message", question))
    path.write_bytes(b"\xff{\n" + path.read_bytes() + b'{"code": 1}\n[]\nnull\n')
    (entry,) = read_log(path)
    assert entry.question == question
