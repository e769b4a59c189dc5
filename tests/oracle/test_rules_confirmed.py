"""Every error of every rule's failing example, put to real Keras: confirmed, or at least not refuted."""

from __future__ import annotations

import pytest

from kerascope.engine.analysis import Analysis, analyse
from kerascope.engine.options import Options
from kerascope.engine.verification import asked_of, refine
from kerascope.findings import Severity
from kerascope.oracle.answers import Verdict, first_line, judge
from kerascope.rules.catalogue import rule_modules
from kerascope.text.source import Source
from oracle.asking import real_oracle
from rules.examples import Example, examples

FAILING = [example for rule in rule_modules() for example in examples(rule) if example.expected]
CANNOT_BE_ASKED = {"KS136"}
"""A layer where a tensor belongs is a slip in the program's text, of which the worker knows nothing."""


def check(text: str, major: int) -> Analysis:
    """Analyses a program under an assumed Keras."""
    return analyse(Source("program.py", text), Options(keras=real_oracle(major).version))


@pytest.mark.parametrize("major", (3, 2))
@pytest.mark.parametrize("example", FAILING, ids=lambda example: example.name)
def test_real_keras_raises_where_the_example_says_so(example: Example, major: int) -> None:
    analysis = check(example.text, major)
    asked = asked_of(analysis)
    assert len(asked) == sum(finding.severity is Severity.ERROR for finding in analysis.findings)
    for item in asked:
        assert item.question is not None, "the example cannot be reproduced at all"
        answer = real_oracle(major).ask(item.question)
        verdict = judge(item.question, answer)
        assert verdict is not Verdict.REFUTED, item.question.body
        if item.finding.code not in CANNOT_BE_ASKED:
            assert verdict is Verdict.CONFIRMED, (answer, item.question.body)
            assert first_line(answer)
            assert not first_line(answer).startswith(
                ("Exception encountered", "Graph execution", "Detected at")
            )


def test_confirmed_findings_say_so_and_keep_all_else() -> None:
    example = next(e for e in FAILING if e.rule.RULE.code == "KS101")
    analysis = check(example.text, 3)
    asked = asked_of(analysis)
    oracle = real_oracle(3)
    answers = {item.question.key: oracle.ask(item.question) for item in asked if item.question is not None}
    refined, disagreements = refine(analysis, asked, answers)
    assert disagreements == ()
    (before,), (after,) = analysis.findings, refined.findings
    assert after.verified is not None
    assert (after.verified.keras, after.verified.stage) == (oracle.version, "build")
    assert "expected min_ndim=4, found ndim=3" in after.verified.message
    assert "\n" not in after.verified.message
    assert (after.code, after.span, after.message, after.fixes) == (
        before.code, before.span, before.message, before.fixes,
    )  # fmt: skip
