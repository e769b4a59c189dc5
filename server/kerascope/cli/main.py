"""The program ``kerascope``: its commands and their options."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from kerascope import __version__
from kerascope.cli.console import complain_of, say
from kerascope.cli.garbage import collected_between_files

FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")
"""What ``check`` can print; ``output`` writes them."""

_DESCRIPTION = "Finds the mistakes in Keras models without running them: shapes, losses, labels, arguments."


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, and takes no half-written option for a whole one."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        complain_of(f"{message} (see `{self.prog} --help`)")
        raise SystemExit(2)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    root = _Parser(prog="kerascope", description=_DESCRIPTION)
    root.add_argument("--version", action="version", version=f"kerascope {__version__}")
    commands = root.add_subparsers(dest="command", required=True, metavar="COMMAND")

    check = commands.add_parser("check", help="report mistakes in files and folders")
    check.add_argument(
        "paths", nargs="*", metavar="PATH", help="files or folders (default: .); - for standard input"
    )
    check.add_argument("--stdin-filename", metavar="NAME", help="what standard input is called")
    _analysis_options(check, FORMATS)
    check.add_argument("--fix", action="store_true", help="apply safe fixes")
    check.add_argument(
        "--unsafe-fixes", action="store_true", help="with --fix or --diff: also fixes that change meaning"
    )
    check.add_argument(
        "--diff", action="store_true", help="print what --fix would change, and change nothing"
    )
    _choice_options(check)
    check.add_argument(
        "--no-cache", action="store_true", help="check every file, whatever earlier runs have found"
    )
    check.add_argument("--statistics", action="store_true", help="count findings by code")

    verify = commands.add_parser(
        "verify", help="like check, and every error and every fix is tried on the installed Keras"
    )
    verify.add_argument("paths", nargs="+", metavar="PATH", help="files or folders")
    _analysis_options(verify, ("text", "json"))
    _choice_options(verify)

    summary = commands.add_parser("summary", help="print the tables that model.summary() would print")
    summary.add_argument("paths", nargs="+", metavar="PATH")
    _analysis_options(summary, ("text", "json"))

    rule = commands.add_parser("rule", help="show a rule's page, or list all rules")
    rule.add_argument("code", nargs="?", metavar="CODE")
    rule.add_argument("--output-format", choices=("text", "json"), default="text")

    server = commands.add_parser("server", help="run the language server on standard input and output")
    server.add_argument("--tcp", metavar="HOST:PORT", help="listen there instead; for debugging")
    server.add_argument("--log-level", choices=("debug", "info", "warning", "error"), default="warning")
    return root


def _analysis_options(command: argparse.ArgumentParser, formats: Sequence[str]) -> None:
    command.add_argument("--output-format", choices=formats, default="text")
    command.add_argument("--keras", metavar="VERSION", help="the Keras to assume: 2, 3, or exact like 3.3.3")
    command.add_argument("--python", metavar="PATH", help="the Python whose packages are analysed")
    command.add_argument("--backend", choices=("tensorflow", "jax", "torch"))
    command.add_argument(
        "-j",
        "--jobs",
        type=_jobs,
        default=1,
        metavar="N",
        help="how many processes share the work; in verify, how many Kerases",
    )


def _choice_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--select", metavar="CODES", help="codes or prefixes to report, separated by commas")
    command.add_argument("--ignore", metavar="CODES", help="codes or prefixes not to report")
    command.add_argument(
        "--possible",
        action="store_true",
        default=None,
        help="also what holds on some paths only; never an error",
    )
    command.add_argument(
        "--fail-on",
        choices=("error", "warning", "information", "never"),
        help="exit with 1 from this severity on (default: error)",
    )


def _jobs(text: str) -> int:
    try:
        count = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    if count < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return count


_SETTINGS = ("keras", "python", "backend", "select", "ignore", "possible", "fail_on")


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    """The settings that stand on the command line."""
    values = {name: getattr(arguments, name, None) for name in _SETTINGS}
    return {name: value for name, value in values.items() if value is not None}


def run_command(argv: Sequence[str] | None, serve: Callable[[str | None, str], int]) -> int:
    """Runs one command; returns the exit status: 0, 1 for findings, 2 where the command could not do its job.

    ``serve`` runs the language server, which lies beside this package and not below it.
    """
    try:
        command_line = parser()
        arguments, unknown = command_line.parse_known_args(argv)
        if unknown:
            return _refused(arguments, f"unrecognized arguments: {' '.join(unknown)}")
        return _run(arguments, serve)
    except KeyboardInterrupt:
        return 130


def _refused(arguments: argparse.Namespace, reason: str) -> int:
    """Says in one line why nothing is done. Whoever reads a machine's format gets a document, with nothing in it."""
    complain_of(f"{reason} (see `kerascope {arguments.command} --help`)")
    if arguments.command in ("check", "verify"):
        from kerascope.cli.output import print_nothing

        print_nothing(arguments.output_format)
    elif arguments.command == "summary" and arguments.output_format == "json":
        say('{"files": []}')
    return 2


def _run(arguments: argparse.Namespace, serve: Callable[[str | None, str], int]) -> int:
    # Each command imports what it needs and no more, so that it starts fast.
    if arguments.command == "server":
        gc.set_threshold(100_000, 20, 50)
        return serve(arguments.tcp, arguments.log_level)
    if arguments.command == "rule":
        from kerascope.cli import rule

        return rule.run(arguments)
    from kerascope.cli.settings import Settings, check_python
    from kerascope.engine.options import BadOption, Options, merge_options

    given = _given(arguments)
    try:
        check_python(merge_options(Options(), given, "command line"), "command line")
    except BadOption as error:
        return _refused(arguments, str(error))
    settings = Settings(given)
    if arguments.command == "summary":
        from kerascope.cli import summary

        with collected_between_files():
            return summary.run(arguments, settings)
    if arguments.command == "verify":
        from kerascope.cli import verify

        return verify.run(arguments, settings)
    from kerascope.cli import check

    arguments.paths = arguments.paths or ["." if arguments.stdin_filename is None else "-"]
    wrong = check.usage_error(arguments)
    if wrong is not None:
        return _refused(arguments, wrong)
    with collected_between_files():
        return check.run(arguments, settings)
