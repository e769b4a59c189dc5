"""The child process with Keras in it: started, asked one question at a time, ended."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import secrets
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, Literal

import kerascope

WORKER: Final = Path(kerascope.__file__).with_name("oracle_worker") / "__main__.py"
LONGEST_LINE: Final = 8_000_000
MOST_LINES_BEFORE: Final = 1000
"""What an environment's own start-up files may print before the worker speaks."""


@dataclass(frozen=True, slots=True)
class Environment:
    """Where real Keras is: a Python, the package that holds it, the backend that it runs on."""

    python: str
    package: Literal["keras", "tf_keras"] = "keras"
    backend: str = "tensorflow"

    @property
    def major(self) -> int:
        """The major version that is meant."""
        return 2 if self.package == "tf_keras" else 3


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may take: memory beyond what Keras itself takes, seconds to start, seconds for an answer.

    The first question of each kind may take ``first_seconds``: TensorFlow loads much when it is first used.
    """

    memory_mb: int = 2048
    start_seconds: float = 120.0
    answer_seconds: float = 5.0
    first_seconds: float = 15.0


class ChildFailed(Exception):  # noqa: N818 - it is no error of ours
    """The child died, took too long, or said what is no answer."""


class KerasMissing(Exception):  # noqa: N818 - it is no error of ours
    """The environment has no such Keras, so that starting again is of no use."""


class Child:
    """One process, which begins to load Keras at once. Raises ``KerasMissing`` where the Python cannot be run.

    ``keras`` is the version that it holds, once it has said so.
    """

    def __init__(self, environment: Environment, limits: Limits, worker: Path = WORKER) -> None:
        self.limits = limits
        self.environment = environment
        self.keras = ""
        self._token = secrets.token_hex(8)
        options = {"token": self._token, "package": environment.package, "memory_mb": limits.memory_mb}
        try:
            self._process = subprocess.Popen(
                [environment.python, str(worker), json.dumps(options)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=tempfile.gettempdir(),
                env=_variables(environment),
                start_new_session=True,
            )
        except OSError as error:
            raise KerasMissing(f"{environment.python} cannot be run ({error.strerror or error})") from None
        self._lines: queue.Queue[bytes] = queue.Queue(maxsize=64)
        self._said: deque[str] = deque(maxlen=20)
        assert self._process.stdout is not None and self._process.stderr is not None
        _in_thread(self._read, self._process.stdout)
        _in_thread(self._drain, self._process.stderr)
        self._next = 0
        self._kinds: set[str] = set()
        self.pid = self._process.pid

    def greet(self) -> str:
        """Waits until Keras is loaded, and returns its version.

        Raises ``KerasMissing`` where there is none to be loaded, ``ChildFailed`` for any other failure.
        """
        hello = self._hello(self.limits.start_seconds)
        if "missing" in hello:
            self.kill()
            raise KerasMissing(str(hello["missing"]))
        self.keras = str(hello.get("keras", ""))
        major = self.environment.major
        if self.keras.partition(".")[0] not in ({"1", "2"} if major == 2 else {"3"}):
            self.kill()
            raise KerasMissing(f"it holds Keras {self.keras}, and Keras {major} is asked for")
        return self.keras

    def ask(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The answer to one question. Raises ``ChildFailed``; the child is dead then."""
        self._next += 1
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps({**body, "id": self._next}).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self._failure("it has ended") from None
        is_first = body["kind"] not in self._kinds
        self._kinds.add(body["kind"])
        answer = self._message(self.limits.first_seconds if is_first else self.limits.answer_seconds)
        if answer.get("id") != self._next:
            raise self._failure("it answered another question")
        return answer

    def kill(self) -> None:
        """Ends the process, and whatever it started."""
        with contextlib.suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, 9)
            else:
                self._process.kill()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            with contextlib.suppress(OSError, ValueError):
                if stream is self._process.stdin and stream is not None:
                    stream.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)

    # --- Reading ------------------------------------------------------------------------------------------------

    def _hello(self, seconds: float) -> dict[str, Any]:
        """The first message; what comes before it is not the worker's."""
        deadline = time.monotonic() + seconds
        for _ in range(MOST_LINES_BEFORE):
            message = self._parsed(self._line(deadline, seconds))
            if message is not None:
                return message
        raise self._failure("it printed too much before its first word")

    def _message(self, seconds: float) -> dict[str, Any]:
        message = self._parsed(self._line(time.monotonic() + seconds, seconds))
        if message is None:
            raise self._failure("it said what is no answer")
        return message

    def _line(self, deadline: float, seconds: float) -> bytes:
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise self._failure(f"it did not answer within {seconds:g} s") from None
        if not line:
            raise self._failure("it ended")
        return line

    def _parsed(self, line: bytes) -> dict[str, Any] | None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return message if isinstance(message, dict) and message.get("kerascope") == self._token else None

    def _failure(self, reason: str) -> ChildFailed:
        self.kill()
        status = self._process.poll()
        said = next((line for line in reversed(self._said) if line.strip()), "")
        return ChildFailed(f"{reason} (status {status}){': ' + said[:300] if said else ''}")

    def _read(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := stream.readline(LONGEST_LINE):
                try:
                    self._lines.put(line, timeout=self.limits.start_seconds)
                except queue.Full:
                    break
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(b"")

    def _drain(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := stream.readline(10_000):
                self._said.append(line.decode("utf-8", "replace").strip())


def _in_thread(work: Any, stream: IO[bytes]) -> None:
    threading.Thread(target=work, args=(stream,), daemon=True, name="kerascope-oracle-pipe").start()


_KEPT_OUT: Final = frozenset({"PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PYTHONINSPECT"})
"""Variables by which a user's own modules would come into the child."""


def _variables(environment: Environment) -> dict[str, str]:
    variables = {name: value for name, value in os.environ.items() if name not in _KEPT_OUT}
    variables.update(
        KERAS_BACKEND=environment.backend,
        TF_USE_LEGACY_KERAS="1" if environment.major == 2 else "0",
        TF_CPP_MIN_LOG_LEVEL="3",
        CUDA_VISIBLE_DEVICES="-1",
        OMP_NUM_THREADS="1",
        TF_NUM_INTRAOP_THREADS="1",
        TF_NUM_INTEROP_THREADS="1",
        PYTHONIOENCODING="utf-8",
    )
    return variables
