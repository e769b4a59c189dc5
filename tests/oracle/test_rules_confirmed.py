"""Every error of every rule's failing example, put to real Keras: confirmed, or at least not refuted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kerascope.engine.analysis import Analysis, analyse
from kerascope.engine.options import Options
from kerascope.engine.trials import answers_of
from kerascope.engine.verification import asked_of, refine
from kerascope.findings import Severity
from kerascope.oracle.answers import Verdict, first_line
from kerascope.rules.catalogue import rule_modules
from kerascope.text.source import Source
from oracle.asking import real_oracle
from rules.examples import Example, examples

FAILING = [example for rule in rule_modules() for example in examples(rule) if example.expected]
CANNOT_BE_ASKED = {
    "KS136": "a layer where a tensor belongs is a slip in the program's text",
    "KD304": "a list is put to Keras as the array that it would make",
    "KD309": "the stand-in has no embedding that looks ids up",
    "KD313": "what comes step by step is put as one array",
    "KD315": "what comes step by step is put as one array",
    "KD320": "what comes step by step is put as one array",
    "KD321": "what comes step by step is put as one array",
    "KD322": "class weights that are no dictionary are not encoded",
    "KD331": "no folder is there to be read",
    "KD339": "`predict` knows no labels",
    "KD341": "only the arguments that `fit` has are encoded",
}
"""Rules whose mistake lies in what a question leaves out, so that it is neither confirmed nor refuted."""


def check(text: str, major: int) -> Analysis:
    """Analyses a program under an assumed Keras."""
    return analyse(Source("program.py", text), Options(keras=real_oracle(major).version))


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize("example", FAILING, ids=lambda example: example.name)
def test_real_keras_raises_where_the_example_says_so(example: Example, major: int) -> None:
    analysis = check(example.text, major)
    asked = asked_of(analysis)
    assert len(asked) == sum(finding.severity is Severity.ERROR for finding in analysis.findings)
    answers = answers_of(asked, real_oracle(major))
    for item in asked:
        judged = item.judged(answers)
        if judged is None:
            assert item.finding.code in CANNOT_BE_ASKED, "the example cannot be reproduced at all"
            continue
        verdict, question, answer = judged
        assert verdict is not Verdict.REFUTED, question.body
        if item.finding.code not in CANNOT_BE_ASKED:
            assert verdict is Verdict.CONFIRMED, (answer, question.body)
            assert first_line(answer)
            assert not first_line(answer).startswith(
                ("Exception encountered", "Graph execution", "Detected at")
            )


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize("example", FAILING, ids=lambda example: example.name)
def test_a_mistake_in_compile_or_fit_is_confirmed_by_itself(example: Example, major: int) -> None:
    for item in asked_of(check(example.text, major)):
        if not item.isolating or item.finding.code in CANNOT_BE_ASKED:
            continue
        among_others = replace(item, alone=False)
        judged = among_others.judged(answers_of([among_others], real_oracle(major)))
        assert judged is not None
        assert judged[0] is Verdict.CONFIRMED, judged
        assert not judged[1].full


def test_each_mistake_of_one_call_has_its_own_words() -> None:
    text = (
        "import keras\nimport numpy as np\n"
        "model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(10, activation='softmax')])\n"
        "model.compile(optimizer=keras.optimizers.Adam(lr=0.1), loss='categorical_crossentropy', metrics=['acuracy'])\n"
        "model.fit(np.random.rand(100, 20), np.random.randint(0, 10, 100))\n"
    )
    analysis = check(text, 3)
    asked = asked_of(analysis)
    refined, _ = refine(analysis, asked, answers_of(asked, real_oracle(3)))
    said = {finding.code: finding.verified.message for finding in refined.findings if finding.verified}
    assert "lr" in said["KL432"]
    assert "same rank" in said["KC207"]
    assert "acuracy" in said["KC225"]


def test_confirmed_findings_say_so_and_keep_all_else() -> None:
    example = next(e for e in FAILING if e.rule.RULE.code == "KS101")
    analysis = check(example.text, 3)
    asked = asked_of(analysis)
    oracle = real_oracle(3)
    refined, disagreements = refine(analysis, asked, answers_of(asked, oracle))
    assert disagreements == ()
    (before,), (after,) = analysis.findings, refined.findings
    assert after.verified is not None
    assert (after.verified.keras, after.verified.stage) == (oracle.version, "build")
    assert "expected min_ndim=4, found ndim=3" in after.verified.message
    assert "\n" not in after.verified.message
    assert (after.code, after.span, after.message, after.fixes) == (
        before.code, before.span, before.message, before.fixes,
    )  # fmt: skip
