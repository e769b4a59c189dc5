"""``kerascope rule``."""

from __future__ import annotations

import argparse
import inspect
import json
import sys

from kerascope.cli.console import complain, say, use_colour
from kerascope.report.rules import find_rule, rule_document, rule_page
from kerascope.rules.catalogue import rule_modules


def run(arguments: argparse.Namespace) -> int:
    """Prints a rule's page, or the list of all; returns the exit status."""
    if arguments.code is None:
        if arguments.output_format == "json":
            say(
                json.dumps([rule_document(module) for module in rule_modules()], ensure_ascii=False, indent=1)
            )
        else:
            for listed in rule_modules():
                title = inspect.cleandoc(listed.__doc__ or "").partition("\n")[0]
                say(f"{listed.RULE.code}  {listed.RULE.name:48}  {title}")
        return 0
    module = find_rule(arguments.code)
    if module is None:
        complain(arguments.code, "there is no such rule; `kerascope rule` lists all")
        return 2
    if arguments.output_format == "json":
        say(json.dumps(rule_document(module), ensure_ascii=False, indent=1))
    elif use_colour(sys.stdout):
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(rule_page(module)))
    else:
        say(rule_page(module))
    return 0
