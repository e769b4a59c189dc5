"""Rules that are given a program in parts say what they say of the whole."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from kerascope.engine.analysis import analyse
from kerascope.engine.judging import Judgements
from kerascope.engine.options import Options
from kerascope.engine.workspace import Workspace
from kerascope.findings import Verified
from kerascope.interp.interpreter import interpret
from kerascope.rules.base import Program, Words
from kerascope.rules.catalogue import rule_modules
from kerascope.syntax.units import TreeCache, parse
from kerascope.text.source import Source, Span
from rules.examples import examples

ROOT = Path(__file__).parents[2]
EXAMPLES = [example.text for rule in rule_modules() for example in examples(rule)]
OWN = [
    path.read_text(encoding="utf-8")
    for folder in ("tests/syntax/programs", "examples")
    for path in sorted((ROOT / folder).glob("*.py"))
]


def together(seed: int) -> str:
    """Several examples in one program, whose names clash as they may."""
    return "\n\n".join(random.Random(seed).sample(EXAMPLES, 6))


def program_of(text: str, major: int) -> Program:
    parsed = parse(Source("program.py", text), TreeCache())
    return Program(parsed, interpret(parsed, major), major, "tensorflow", Words(text))


@pytest.mark.parametrize("major", [2, 3])
def test_every_rule_says_of_the_parts_what_it_says_of_the_whole(major: int) -> None:
    said = 0
    for text in [*EXAMPLES, *OWN, *map(together, range(60))]:
        program = program_of(text, major)
        parts = [
            (module.RULE.code, report.site.key, report.message)
            for module, report in Judgements().reports(program)
        ]
        whole = [
            (module.RULE.code, report.site.key, report.message)
            for module in rule_modules()
            if major in module.RULE.severity
            for report in module.check(program)
            if report.site.path == program.path
        ]
        assert sorted(parts) == sorted(whole), text
        said += len(parts)
    assert said > 100


def test_what_an_edit_leaves_alone_is_not_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[int] = []
    ks102 = next(module for module in rule_modules() if module.RULE.code == "KS102")
    check = ks102.check

    def counted(program: Program) -> object:
        looked_at.append(len(program.faults))
        return check(program)

    monkeypatch.setattr(ks102, "check", counted)
    model = "m{0} = keras.Sequential([keras.Input((5, 4)), layers.LSTM(8), layers.LSTM({0})])\n"
    text = "from tensorflow import keras\nfrom tensorflow.keras import layers\n" + "".join(
        map(model.format, range(1, 6))
    )
    workspace = Workspace(incremental=True)
    first = workspace.analyse(Source("program.py", text), Options(keras="3"))
    assert looked_at == [1] * 5
    looked_at.clear()
    text = text.replace("LSTM(8), layers.LSTM(3)", "LSTM(7), layers.LSTM(3)")
    second = workspace.analyse(Source("program.py", text), Options(keras="3"), first)
    assert looked_at == [1]
    assert [finding.code for finding in second.findings] == ["KS102"] * 5


def test_a_word_that_comes_or_goes_anywhere_is_noticed() -> None:
    workspace = Workspace(incremental=True)
    options = Options(keras="3")
    lines = [
        "from tensorflow import keras",
        "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])",
        "model.compile(optimizer='adam', loss='mse', metrics=['acuracy'])",
        "print('done')",
    ]
    registered = "keras.utils.get_custom_objects()['acuracy'] = print"
    previous = None
    for place in (None, 4, None, 1, None):
        now = lines if place is None else [*lines[:place], registered, *lines[place:]]
        text = "\n".join(now) + "\n"
        previous = workspace.analyse(Source("program.py", text), options, previous)
        fresh = analyse(Source("program.py", text), options)
        assert [finding.code for finding in previous.findings] == [finding.code for finding in fresh.findings]
        assert bool(previous.findings) == (place is None)


def test_words_of_an_edited_text_are_those_of_the_text() -> None:
    words = Words("one two\nthree\n")
    assert words.have("two")
    assert not words.have("four")
    later = words.after_edit("one\nfour\nthree\n", Span(0, 9))
    assert later.known == {"two": False, "four": True}


def test_a_finding_that_keras_has_confirmed_still_has_its_fixes() -> None:
    text = "import keras\nmodel = keras.Sequential([keras.Input((8,))])\nmodel.compile(metrics=['acuracy'])\n"
    analysis = Workspace(incremental=True).analyse(Source("program.py", text), Options(keras="3"))
    (finding,) = analysis.findings
    confirmed = replace(finding, verified=Verified("3.15.1", "fit", "Could not interpret metric identifier"))
    assert not finding.fixes
    assert analysis.with_fixes(confirmed).fixes == analysis.with_fixes(finding).fixes != ()
    assert analysis.with_fixes(confirmed).verified is confirmed.verified
