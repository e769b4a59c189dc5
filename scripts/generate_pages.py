"""Writes the pages of all rules, and their list, from the rules themselves."""

from __future__ import annotations

import inspect
from pathlib import Path

from kerascope.report.rules import rule_page
from kerascope.rules.catalogue import rule_modules

FOLDER = Path(__file__).parents[1] / "docs" / "rules"


def main() -> None:
    """Writes ``docs/rules``; pages of rules that are no more are removed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.md"):
        old.unlink()
    rows = [
        "# Rules",
        "",
        "| code | name | what it finds | Keras 2 | Keras 3 | fix |",
        "|---|---|---|---|---|---|",
    ]
    for module in rule_modules():
        rule = module.RULE
        (FOLDER / f"{rule.code}.md").write_text(rule_page(module), encoding="utf-8")
        title = inspect.cleandoc(module.__doc__ or "").partition("\n")[0]
        severities = [rule.severity[major].value if major in rule.severity else "none" for major in (2, 3)]
        rows.append(
            f"| [{rule.code}]({rule.code}.md) | {rule.name} | {title} | {severities[0]} | {severities[1]} | {rule.fixable} |"
        )
    (FOLDER / "README.md").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
