"""A rule's page, and the list of all rules."""

from __future__ import annotations

import inspect
import re
from types import ModuleType
from typing import Any

from kerascope.report.machine import rule_url
from kerascope.rules.base import Rule
from kerascope.rules.catalogue import rule_modules

_CARETS = re.compile(r"^(\s*)(\^+) (K[A-Z]\d+)$", re.MULTILINE)


def find_rule(code: str) -> ModuleType | None:
    """The rule of a code or a name."""
    wanted = code.lower()
    return next((m for m in rule_modules() if wanted in (m.RULE.code.lower(), m.RULE.name)), None)


def rule_page(module: ModuleType) -> str:
    """A rule's page in Markdown: its docstring, with what it declares above."""
    rule: Rule = module.RULE
    text = inspect.cleandoc(module.__doc__ or "")
    title, _, body = text.partition("\n")
    severities = ", ".join(
        f"{severity.value} in Keras {major}" for major, severity in sorted(rule.severity.items())
    )
    facts = [f"**{rule.code}** `{rule.name}`", severities, f"Fix: {rule.fixable}"]
    if rule.supersedes:
        facts.append(f"Supersedes: {', '.join(rule.supersedes)}")
    body = _CARETS.sub(lambda match: f"{match[1]}{match[2]} {match[3]}", body)
    evidence = (
        f"\n## Evidence\n\nExperiments on real Keras: {', '.join(rule.evidence)}.\n" if rule.evidence else ""
    )
    return f"# {title}\n\n{' · '.join(facts)}\n{body.rstrip()}\n{evidence}"


def rule_document(module: ModuleType) -> dict[str, Any]:
    """A rule for programs."""
    rule: Rule = module.RULE
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": inspect.cleandoc(module.__doc__ or "").partition("\n")[0],
        "severity": {str(major): severity.value for major, severity in sorted(rule.severity.items())},
        "fixable": rule.fixable,
        "supersedes": list(rule.supersedes),
        "evidence": list(rule.evidence),
        "url": rule_url(rule.code),
        "page": rule_page(module),
    }
