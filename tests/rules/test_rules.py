"""Every rule's own examples: what is found, what is not, and what real Keras says of the same programs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from judge.programs import judge
from kerascope.engine.analysis import Analysis, analyse
from kerascope.engine.fixing import fix_text
from kerascope.engine.options import Options
from kerascope.engine.reading import apply_edits
from kerascope.findings import Severity
from kerascope.rules.catalogue import rule_modules
from kerascope.text.lines import LineIndex
from kerascope.text.source import Source
from rules.examples import Example, Expected, examples

RULES = rule_modules()
EXAMPLES = [example for rule in RULES for example in examples(rule)]
FAILING = [example for example in EXAMPLES if example.expected]
PASSING = [example for example in EXAMPLES if not example.expected]
MAJORS = (3, 2)


def check(text: str, major: int) -> Analysis:
    """Analyses a program under an assumed Keras."""
    return analyse(Source("program.py", text), Options(keras=str(major)))


def found(analysis: Analysis) -> list[Expected]:
    """Findings as examples write them."""
    index = LineIndex(analysis.source.text)
    return [
        Expected(
            finding.code,
            index.position(finding.span.start)[0] + 1,
            index.position(finding.span.start)[1],
            index.position(finding.span.stop)[1],
        )
        for finding in analysis.findings
    ]


def name_of(example: Example) -> str:
    return example.name


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_an_example_has_the_findings_that_it_marks_and_no_others(example: Example, major: int) -> None:
    expected = [item for item in example.expected if major in example.rule.RULE.severity]
    assert found(check(example.text, major)) == expected


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize("example", FAILING, ids=name_of)
def test_a_finding_has_the_severity_that_its_rule_declares(example: Example, major: int) -> None:
    rule = example.rule.RULE
    severities = {finding.severity for finding in check(example.text, major).findings}
    assert severities == ({rule.severity[major]} if major in rule.severity else set())


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize("example", FAILING, ids=name_of)
def test_real_keras_raises_just_where_the_rule_says_error(example: Example, major: int) -> None:
    ran = judge(major).run(example.text)
    is_error = example.rule.RULE.severity.get(major) is Severity.ERROR
    assert (ran.error is not None) == is_error, ran.error


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize("example", PASSING, ids=name_of)
def test_real_keras_runs_what_the_rule_says_is_right(example: Example, major: int) -> None:
    assert judge(major).run(example.text).error is None


@pytest.mark.parametrize("example", FAILING, ids=name_of)
def test_every_fix_removes_its_finding_and_brings_no_new_one(example: Example) -> None:
    before = check(example.text, 3)
    for finding in before.findings:
        assert finding.fixes, f"{finding.code} offers no fix for its own example"
        for fix in finding.fixes:
            text = apply_edits(example.text, fix.edits)
            ast.parse(text)
            after = check(text, 3)
            codes = [item.code for item in after.findings]
            assert finding.code not in codes
            # What a finding superseded comes to light once it is mended, and nothing else does.
            known = {item.code for item in before.findings} | set(example.rule.RULE.supersedes)
            assert set(codes) <= known


@pytest.mark.parametrize("major", MAJORS)
@pytest.mark.parametrize("example", FAILING, ids=name_of)
def test_after_the_preferred_fix_real_keras_builds_compiles_and_fits(example: Example, major: int) -> None:
    analysis = check(example.text, major)
    for finding in analysis.findings:
        ran = judge(major).run(apply_edits(example.text, finding.fixes[0].edits))
        assert ran.error is None


@pytest.mark.parametrize("example", FAILING, ids=name_of)
def test_safe_fixes_come_to_an_end(example: Example) -> None:
    once = fix_text(
        "program.py", example.text, lambda source: analyse(source, Options(keras="3")), unsafe=True
    )
    twice = fix_text("program.py", once.text, lambda source: analyse(source, Options(keras="3")), unsafe=True)
    assert twice.text == once.text
    assert twice.made == 0


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.RULE.code)
def test_a_rule_has_a_page_with_a_failing_a_passing_and_a_near_miss_example(rule) -> None:
    titles = {example.title: bool(example.expected) for example in examples(rule)}
    assert titles.get("Example") is True
    assert titles.get("Use instead") is False
    assert titles.get("Near miss") is False
    assert rule.__name__.rpartition(".")[2] == rule.RULE.code.lower()
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.RULE.name)
    assert rule.RULE.evidence
    if any(
        fix.applicability == "unsafe"
        for e in examples(rule)
        for f in check(e.text, 3).findings
        for fix in f.fixes
    ):
        assert "## Fix safety" in (rule.__doc__ or "")


def test_messages_read_in_one_breath() -> None:
    for example in FAILING:
        for finding in check(example.text, 3).findings:
            assert len(finding.message) < 330, finding.code
            assert not finding.message.endswith(" ")


def test_pages_are_committed_as_the_rules_say_them() -> None:
    from kerascope.report.rules import rule_page

    folder = Path(__file__).parents[2] / "docs" / "rules"
    for rule in RULES:
        page = folder / f"{rule.RULE.code}.md"
        assert page.read_text(encoding="utf-8") == rule_page(rule), "run scripts/generate_pages.py"
    assert {path.stem for path in folder.glob("K*.md")} == {rule.RULE.code for rule in RULES}
