"""The worker's life: it loads one Keras, says which, and answers questions until nobody asks any more.

Questions and answers are JSON, one a line. Standard output is moved to standard error before anything is loaded, so
that the pipe on which answers go is nobody else's.
"""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import sys
import time
import warnings
from typing import Any

from .building import Refused, build, is_three, version_of
from .fitting import make_object, train
from .limits import EXHAUSTED, end_with_parent, give_way, limit_memory
from .naming import Impossible
from .presence import look_up

ANSI = re.compile(r"\x1b\[[0-9;]*m")
LONGEST_MESSAGE = 4000
CLEAR_EVERY = 64
"""Questions between two calls of ``clear_session``: Keras 2 keeps all symbolic calls in one growing graph."""


def serve(options_text: str) -> None:
    """Answers questions on the pipes that standard input and output were."""
    options = json.loads(options_text)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    questions = os.fdopen(os.dup(0), encoding="utf-8", newline="\n")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin = io.StringIO()
    warnings.simplefilter("ignore")
    end_with_parent()
    give_way()

    def say(message: dict[str, Any]) -> None:
        message["kerascope"] = options["token"]
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    try:
        keras = load(options)
    except Exception as error:
        say({"missing": f"{type(error).__name__}: {str(error)[:LONGEST_MESSAGE]}"})
        return
    means = limit_memory(options["memory_mb"])
    say({"keras": version_of(keras), "backend": _backend(keras), "memory": means, "pid": os.getpid()})
    for count, line in enumerate(questions, 1):
        question = json.loads(line)
        began = time.time()
        answer = respond(keras, question)
        answer["id"] = question["id"]
        answer["took_ms"] = round((time.time() - began) * 1000, 1)
        say(answer)
        if answer["outcome"] == "exhausted":
            # After an allocation has failed, TensorFlow fails at much else.
            os._exit(EXHAUSTED)
        if count % CLEAR_EVERY == 0:
            keras.backend.clear_session()


def load(options: dict[str, Any]) -> Any:
    """Imports the Keras that is asked for, with its backend. Raises what importing raises."""
    if options["package"] == "tf_keras":
        try:
            return importlib.import_module("tf_keras")
        except ImportError:
            keras = importlib.import_module("tensorflow").keras
            if is_three(keras):
                raise
            return keras
    keras = importlib.import_module("keras")
    if not is_three(keras):
        return keras
    importlib.import_module(_backend(keras))
    return keras


def _backend(keras: Any) -> str:
    return str(keras.backend.backend()) if is_three(keras) else "tensorflow"


def forget_names(keras: Any) -> None:
    """Lets Keras number names from the beginning, so that an answer does not tell how many were given before."""
    if not is_three(keras):
        keras.backend.reset_uids()
        return
    try:
        keras.backend.clear_session(free_memory=False)
    except TypeError:
        keras.backend.clear_session()


def respond(keras: Any, question: dict[str, Any]) -> dict[str, Any]:
    """The answer to one question. Never raises for what Keras does."""
    try:
        forget_names(keras)
        return {"outcome": "accepted", **_ASKED[question["kind"]](keras, question)}
    except Impossible as problem:
        text = str(problem)
        return {"outcome": "exhausted" if text.startswith("MemoryError") else "impossible", "message": text}
    except Refused as refused:
        if type(refused.error).__name__ in ("ResourceExhaustedError", "MemoryError"):
            return {"outcome": "exhausted", "message": str(refused.error)[:LONGEST_MESSAGE]}
        return {
            "outcome": "refused",
            "at": refused.at,
            "doing": refused.doing,
            "type": type(refused.error).__name__,
            "message": ANSI.sub("", str(refused.error))[:LONGEST_MESSAGE],
        }
    except MemoryError as error:
        return {"outcome": "exhausted", "message": str(error)}
    except Exception as error:
        return {"outcome": "impossible", "message": f"{type(error).__name__}: {str(error)[:500]}"}


_ASKED = {"build": build, "fit": train, "make": make_object, "look": look_up}
