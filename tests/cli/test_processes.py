"""Work shared among processes, and what is left when a command is interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.commands import CONV, MENDED, run, write
from kerascope.cli import checking
from kerascope.cli.interrupts import interrupts_deferred
from kerascope.cli.processes import in_processes


def twice(number: int) -> int:
    """The work of a process; some numbers are its end."""
    if number == 5:
        os._exit(1)
    if number == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    if number % 3 == 0:
        time.sleep(0.05)
    return 2 * number


def lost(number: int) -> int:
    """Stands for what did not survive."""
    return -number


@pytest.mark.parametrize("processes", [1, 3])
def test_results_come_in_order_and_a_process_that_dies_costs_one_of_them(processes: int) -> None:
    numbers = list(range(12))
    expected = [lost(n) if n in (5, 7) else 2 * n for n in numbers]
    assert list(in_processes(twice, numbers, processes, lost)) == expected


def test_a_job_that_kills_every_process_ends() -> None:
    assert list(in_processes(twice, [5, 7, 5, 7, 5, 4], 2, lost)) == [-5, -7, -5, -7, -5, 8]


def test_processes_end_with_whoever_waits_for_them() -> None:
    import multiprocessing

    before = set(multiprocessing.active_children())
    results = in_processes(twice, list(range(100)), 2, lost)
    assert next(results) == 0
    started = set(multiprocessing.active_children()) - before
    assert started
    results.close()  # type: ignore[attr-defined]
    for process in started:
        process.join(10)
        assert not process.is_alive()


def test_a_file_that_ends_its_process_is_named_and_the_rest_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, a=CONV, b=CONV, c=CONV)
    workspace, options = checking.Workspace(), checking.Options(keras="3")
    outcomes = [checking.check(checking.Job(f"{name}.py", options), workspace) for name in "abc"]
    outcomes[1] = checking.died(checking.Job("b.py", options))
    monkeypatch.setattr("kerascope.cli.processes.in_processes", lambda *arguments: iter(outcomes))
    status, out, err = run(capsys, "check", "--keras", "3", "--output-format", "concise", "-j", "2", ".")
    assert status == 2
    assert err == "kerascope: b.py: the process that checked it was ended by the system\n"
    assert [line.partition(":")[0] for line in out.splitlines()[:2]] == ["a.py", "c.py"]


# --- Interruption -----------------------------------------------------------------------------------------


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Python's own answer to Ctrl-C, which a process that was started in the background does not have."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interruption_waits_for_the_end_of_a_block() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt):
        with interrupts_deferred():
            os.kill(os.getpid(), signal.SIGINT)
            done.append("the rest of the block")
        done.append("what follows it")
    assert done == ["the rest of the block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with interrupts_deferred():
        done.append("another block")
    assert done[-1] == "another block"


@pytest.mark.skipif(sys.platform == "win32", reason="other systems interrupt otherwise")
@pytest.mark.parametrize("processes", ["1", "2"])
@pytest.mark.parametrize("moment", [0.0, 0.3, 0.7])
def test_ctrl_c_leaves_every_file_old_or_new_and_nothing_beside_them(
    tmp_path: Path, processes: str, moment: float
) -> None:
    """``moment`` is how long after the first file was written the interruption comes; before it for 0."""
    count = 300
    for number in range(count):
        (tmp_path / f"x{number:03}.py").write_text(f"n = {number}\n{CONV}", encoding="utf-8")
    command = [sys.executable, "-m", "kerascope", "check", "--keras", "3", "--fix", "-j", processes, "."]
    started = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    deadline = time.monotonic() + 60
    first = tmp_path / "x000.py"
    while moment > 0 and MENDED not in first.read_text(encoding="utf-8") and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(moment if moment > 0 else 0.7)
    os.killpg(started.pid, signal.SIGINT)  # as a terminal does: everybody in the foreground is told
    out, err = started.communicate(timeout=60)
    texts = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert sorted(texts) == [f"x{number:03}.py" for number in range(count)]
    for number in range(count):
        assert texts[f"x{number:03}.py"] in (f"n = {number}\n{CONV}", f"n = {number}\n{MENDED}")
    fixed = sum(MENDED in text for text in texts.values())
    if fixed == 0 and started.returncode == -signal.SIGINT:
        return  # on a slow machine Python itself was interrupted, before it had loaded us
    if fixed < count:
        assert (started.returncode, out) == (130, b"")
    assert b"Traceback" not in err
    # No process is left behind.
    with pytest.raises(ProcessLookupError):
        for _ in range(100):
            os.killpg(started.pid, 0)
            time.sleep(0.05)
