"""Real Keras as the judge of whole programs: the tests' own programs, never a user's, run in a child process."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

WORKER = Path(__file__).with_name("program_worker.py")


@dataclass(frozen=True)
class Ran:
    """What a program did: ``error`` as ``ValueError: …`` and the line that raised, warnings, tables of its models."""

    error: str | None
    line: int | None
    warnings: tuple[str, ...]
    tables: dict[str, Any]


class Judge:
    """One Keras in a process of its own."""

    def __init__(self, major: int) -> None:
        read, write = os.pipe()
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER), str(write), str(major)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(write,),
            text=True,
        )
        os.close(write)
        self._answers = os.fdopen(read, encoding="utf-8")
        self.version: str = self._answer()["keras"]

    def _answer(self) -> dict[str, Any]:
        line = self._answers.readline()
        assert line, "the child process with Keras ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def run(self, code: str, *tables: str) -> Ran:
        """Runs a program; ``tables`` names the models whose summaries are wanted."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"code": code, "tables": tables}) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        return Ran(answer["error"], answer["line"], tuple(answer["warnings"]), answer["tables"])


@functools.cache
def judge(major: int) -> Judge:
    """The judge of a Keras version, started once; skips the test where that Keras is not installed."""
    needed = "tensorflow" if major == 3 else "tf_keras"
    for package in ("tensorflow", needed):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed, so real Keras {major} cannot be asked")
    return Judge(major)
