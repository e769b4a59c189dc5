"""Answers kept on disk, by the version of Keras and the question: one line each, in one file per version."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import sys
from pathlib import Path
from typing import Any, Final

from kerascope import __version__
from kerascope.oracle.answers import LASTING, Answer, read_answer
from kerascope.oracle.questions import Question
from kerascope.oracle.wire import PROTOCOL

log = logging.getLogger("kerascope")

LARGEST_FILE: Final = 8_000_000
"""Bytes; a file that has grown beyond is begun anew."""


def cache_folder() -> Path:
    """Where a user's caches lie; ``KERASCOPE_CACHE`` names another folder."""
    chosen = os.environ.get("KERASCOPE_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "kerascope"


class Store:
    """The answers of all versions of Keras. What cannot be read or written is done without."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder if folder is not None else cache_folder() / "oracle"
        self._files: dict[str, dict[str, Answer]] = {}

    def get(self, identity: str, keras: str, question: Question) -> Answer | None:
        """What ``keras`` said to a question before, ``identity`` being its name with its backend."""
        return self._answers(identity, keras).get(question.key)

    def put(self, identity: str, question: Question, answer: Answer) -> None:
        """Keeps an answer that the same Keras will give again."""
        if answer.outcome not in LASTING:
            return
        self._answers(identity, answer.keras)[question.key] = answer
        told: dict[str, Any] = {
            "key": question.key, "outcome": answer.outcome, "message": answer.message, "type": answer.type,
            "at": answer.at, "doing": answer.doing, "outputs": answer.outputs, "weights": answer.weights,
            "form": answer.form,
        }  # fmt: skip
        path = self._path(identity)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size > LARGEST_FILE:
                path.unlink()
            # One write of one line, so that two servers that share the file do not mix theirs.
            with path.open("ab") as stream:
                stream.write(json.dumps(told).encode() + b"\n")
        except OSError as error:
            log.warning("answers of Keras are not kept: %s", error)

    def _path(self, identity: str) -> Path:
        name = re.sub(r"[^\w.+-]", "_", f"{identity}-{__version__}-{PROTOCOL}")
        return self.folder / f"{name}.jsonl"

    def _answers(self, identity: str, keras: str) -> dict[str, Answer]:
        if identity not in self._files:
            answers: dict[str, Answer] = {}
            with contextlib.suppress(OSError):
                for line in self._path(identity).read_bytes().splitlines():
                    # A line that somebody cut short costs itself and nothing else.
                    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                        told = json.loads(line)
                        answers[told["key"]] = read_answer(keras, told)
            self._files[identity] = answers
        return self._files[identity]
