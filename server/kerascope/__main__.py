"""The program ``kerascope``, also as ``python -m kerascope``: puts the command line and the server together."""

from __future__ import annotations

from collections.abc import Sequence

from kerascope.cli.main import run_command


def _serve(tcp: str | None, log_level: str) -> int:
    # pygls is imported for the server alone, so that the other commands start fast.
    from kerascope.lsp.server import serve

    return serve(tcp, log_level)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    return run_command(argv, _serve)


if __name__ == "__main__":
    raise SystemExit(main())
