"""Stands in for the worker and misbehaves as told; it imports nothing of Kerascope and nothing of Keras.

``FAKE_START`` says how it starts, the question's ``do`` what it does with it. What is to happen ``once`` happens to the
first process alone: ``FAKE_FOLDER`` holds the marks of those before.
"""

import json
import os
import sys
import time
from pathlib import Path


def first_time(what):
    """Whether no process did this before."""
    mark = Path(os.environ["FAKE_FOLDER"]) / what
    if mark.exists():
        return False
    mark.touch()
    return True


def main():
    token = json.loads(sys.argv[1])["token"]
    start = os.environ.get("FAKE_START", "")

    def say(message):
        sys.stdout.write(json.dumps({"kerascope": token, **message}) + "\n")
        sys.stdout.flush()

    if start == "silent":
        time.sleep(600)
    if start == "noisy":
        sys.stdout.write("hello from a start-up file\n" + json.dumps({"keras": "3.0.0"}) + "\n")
    if start == "dies":
        sys.exit("no library libcudart.so.12")
    if start == "missing":
        say({"missing": "ModuleNotFoundError: No module named 'tensorflow'"})
        return
    say({"keras": "2.11.0" if start == "old" else "3.9.9" if start == "other" else "3.15.1"})
    for line in sys.stdin:
        question = json.loads(line)
        answer = {"id": question["id"], "outcome": "refused", "message": f"answered by {os.getpid()}"}
        do = question.get("do") or os.environ["FAKE_DO"]
        if do.startswith("once-"):
            do = do[5:] if first_time(do) else "answer"
        if do == "hang":
            time.sleep(600)
        elif do == "crash":
            sys.stderr.write("Segmentation fault (core dumped)\n")
            sys.stderr.flush()
            os._exit(139)
        elif do == "kill":
            os.kill(os.getpid(), 9)
        elif do == "garbage":
            sys.stdout.write("2026-01-01 00:00:00: W tensorflow/core: something\n")
        elif do == "flood":
            sys.stdout.write("x" * 20_000_000)
        elif do == "other-answer":
            answer["id"] += 1
        elif do == "no-outcome":
            answer["outcome"] = "perhaps"
        elif do == "exhausted":
            answer["outcome"] = "exhausted"
        elif do == "stderr":
            sys.stderr.write("noise\n" * 100_000)
        say(answer)


main()
