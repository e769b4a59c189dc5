"""The oracle under faults: whatever its child does, there is an answer in time, and the next question is answered."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kerascope.oracle.child import Child, ChildFailed, Environment, Limits
from kerascope.oracle.client import FIRST_PAUSE, LONGEST_PAUSE, Oracle
from kerascope.oracle.store import Store
from oracle.asking import QUICK, fake_oracle, told

BACK_WITHIN = 10.0
QUICK_START = Limits(start_seconds=0.5, answer_seconds=1, first_seconds=1)
PATIENT = Limits(start_seconds=60, answer_seconds=60, first_seconds=60)


@pytest.fixture
def oracle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Oracle]:
    monkeypatch.setenv("FAKE_FOLDER", str(tmp_path))
    made = fake_oracle(Store(tmp_path / "store"))
    yield made
    made.close()


def pid_in(message: str) -> int:
    return int(message.rpartition(" ")[2])


@pytest.mark.parametrize("fault", ["hang", "crash", "kill", "garbage", "flood", "other-answer", "no-outcome"])
def test_after_a_fault_the_same_question_is_answered_by_another_child(
    oracle: Oracle, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = pid_in(oracle.ask(told("answer")).message)
    began = time.monotonic()
    with caplog.at_level(logging.WARNING, "kerascope"):
        answer = oracle.ask(told(f"once-{fault}"))
    assert answer.outcome == "refused"
    assert pid_in(answer.message) != first
    assert time.monotonic() - began < BACK_WITHIN
    assert "started again" in caplog.text


@pytest.mark.parametrize("fault", ["hang", "crash", "garbage"])
def test_a_question_that_kills_every_child_is_given_up_and_the_next_is_answered(
    oracle: Oracle, fault: str
) -> None:
    began = time.monotonic()
    assert oracle.ask(told(fault)).outcome == "failed"
    assert oracle.ask(told("answer")).outcome == "refused"
    assert time.monotonic() - began < BACK_WITHIN
    # It is remembered, so that no further child dies of it.
    began = time.monotonic()
    assert oracle.ask(told(fault)).outcome == "failed"
    assert time.monotonic() - began < 0.1


def test_a_child_that_ran_out_of_memory_is_not_asked_again(oracle: Oracle) -> None:
    first = pid_in(oracle.ask(told("answer")).message)
    assert oracle.ask(told("exhausted")).outcome == "exhausted"
    assert pid_in(oracle.ask(told("answer", again=True)).message) != first


def test_what_a_child_prints_on_standard_error_does_no_harm(oracle: Oracle) -> None:
    assert oracle.ask(told("stderr")).outcome == "refused"


def test_a_child_killed_from_outside_in_the_middle_of_a_question(oracle: Oracle) -> None:
    oracle.ask(told("answer"))
    victim = oracle.pid
    assert victim is not None
    threading.Timer(0.3, os.kill, (victim, 9)).start()
    began = time.monotonic()
    assert oracle.ask(told("once-hang")).outcome == "refused"
    assert time.monotonic() - began < BACK_WITHIN


def test_start_up_files_may_print(oracle: Oracle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_START", "noisy")
    answer = oracle.ask(told("answer"))
    assert (answer.outcome, answer.keras) == ("refused", "3.15.1")


@pytest.mark.parametrize(
    ("start", "reason"),
    [("missing", "No module named 'tensorflow'"), ("old", "it holds Keras 2.11.0, and Keras 3 is asked for")],
)
def test_without_the_keras_that_is_asked_for_nothing_is_started_again(
    oracle: Oracle, monkeypatch: pytest.MonkeyPatch, start: str, reason: str
) -> None:
    monkeypatch.setenv("FAKE_START", start)
    assert oracle.ask(told("answer")).outcome == "failed"
    assert oracle.missing is not None and reason in oracle.missing
    began = time.monotonic()
    assert oracle.ask(told("answer", again=True)).outcome == "failed"
    assert time.monotonic() - began < 0.1
    assert oracle.pid is None


@pytest.mark.parametrize("start", ["dies", "silent"])
def test_a_child_that_does_not_start_is_tried_again_and_given_up(
    oracle: Oracle, monkeypatch: pytest.MonkeyPatch, start: str
) -> None:
    monkeypatch.setenv("FAKE_START", start)
    oracle.limits = QUICK_START
    assert oracle.ask(told("answer")).outcome == "failed"
    assert oracle.missing is None
    monkeypatch.delenv("FAKE_START")
    oracle.limits = QUICK
    assert oracle.ask(told("answer", again=True)).outcome == "refused"


def test_a_python_that_is_none_is_a_missing_keras(tmp_path: Path) -> None:
    oracle = fake_oracle(Store(tmp_path))
    oracle.environment = type(oracle.environment)(str(tmp_path / "python"))
    assert oracle.ask(told("answer")).outcome == "failed"
    assert oracle.missing is not None and "cannot be run" in oracle.missing


def test_another_version_than_the_packages_say_is_noticed(
    oracle: Oracle, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FAKE_START", "other")
    with caplog.at_level(logging.WARNING, "kerascope"):
        assert oracle.ask(told("answer")).keras == "3.9.9"
    assert "the environment says Keras 3.15.1, and loads 3.9.9" in caplog.text


def test_answers_outlive_the_oracle_and_need_no_child(oracle: Oracle, tmp_path: Path) -> None:
    first = oracle.ask(told("answer"))
    later = fake_oracle(Store(tmp_path / "store"))
    assert later.ask(told("answer")) == first
    assert later.pid is None
    other = fake_oracle(Store(tmp_path / "store"))
    other.version = "3.14.0"
    assert other.recall(told("answer")) is None


def test_a_damaged_store_costs_what_is_damaged(oracle: Oracle, tmp_path: Path) -> None:
    oracle.ask(told("answer"))
    (file,) = (tmp_path / "store").iterdir()
    file.write_bytes(b'\xff\xfe not json\n{"key": 1}\n[]\n' + file.read_bytes() + b'{"key": "half')
    later = fake_oracle(Store(tmp_path / "store"))
    assert later.recall(told("answer")) is not None
    later.store.put(later.identity, told("answer", more=1), later.ask(told("answer")))


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    oracle = fake_oracle(Store(blocked / "store"))
    assert oracle.ask(told("answer")).outcome == "refused"
    oracle.close()


def test_closing_does_not_wait_for_keras_to_be_loaded(
    oracle: Oracle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_START", "silent")
    oracle.limits = PATIENT
    threading.Timer(0.3, oracle.close).start()
    began = time.monotonic()
    assert oracle.ask(told("answer")).outcome == "failed"
    assert time.monotonic() - began < 5


def test_closing_ends_a_question_that_is_being_asked(oracle: Oracle) -> None:
    oracle.limits = PATIENT
    oracle.ask(told("answer"))
    threading.Timer(0.3, oracle.close).start()
    began = time.monotonic()
    assert oracle.ask(told("hang")).outcome == "failed"
    assert time.monotonic() - began < 5
    assert oracle.pid is None


class Waits(threading.Event):
    """Notes how long it is waited for, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(timeout or 0.0)
        return False


def test_pauses_between_starts_grow_and_are_bounded(tmp_path: Path) -> None:
    def start(environment: Environment, limits: Limits) -> Child:
        raise ChildFailed("it ended")

    waits = Waits()
    oracle = Oracle(Environment("python"), "3.15.1", Store(tmp_path), start=start, _closed=waits)
    for number in range(6):
        assert oracle.ask(told("answer", number=number)).outcome == "failed"
    assert waits.seconds == sorted(waits.seconds)
    assert waits.seconds[0] == FIRST_PAUSE
    assert waits.seconds[-1] == LONGEST_PAUSE < BACK_WITHIN
