"""Real Keras beside the server: what it confirms, what it withholds, and when it is not started at all."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from kerascope.engine.analysis import Analysis, analyse
from kerascope.engine.options import Options
from kerascope.engine.oracles import Oracles
from kerascope.engine.verification import asked_of
from kerascope.lsp import verifier as verifier_module
from kerascope.lsp.verifier import IDLE_SECONDS, Verifier
from kerascope.oracle.answers import ACCEPTED, Answer
from kerascope.oracle.child import Environment, Limits
from kerascope.oracle.client import Oracle
from kerascope.oracle.disagreements import read_log
from kerascope.oracle.store import Store
from kerascope.resolve.environment import Loadable, loadable_keras
from kerascope.text.source import Source
from lsp.client import Client, connected
from oracle.asking import QUICK, environment_with_keras_hub, fake_oracle

CONV = """\
import keras

model = keras.Sequential([keras.Input((28, 28)), keras.layers.Conv2D(8, 3)])
"""
AT_SHAPE = types.Position(2, 40)
BACK_WITHIN = 10.0
ASKING = {"environment": sys.executable, "oracle": True}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KERASCOPE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def keras() -> str:
    """The Keras of the running environment."""
    found = loadable_keras(None, 3, "tensorflow")
    if not isinstance(found, Loadable):
        pytest.skip(f"real Keras cannot be asked: {found}")
    return found.version


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(scenario())


async def hover(client: Client, uri: str, position: types.Position = AT_SHAPE) -> str:
    answer = await client.text_document_hover_async(
        types.HoverParams(types.TextDocumentIdentifier(uri), position)
    )
    if answer is None:
        return ""
    assert isinstance(answer.contents, types.MarkupContent)
    return answer.contents.value


def child_pids(pid: int) -> list[int]:
    """The children of a process."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid:
                found.append(int(folder.name))
        except (OSError, ValueError):
            continue
    return found


def pid_of(client: Client) -> int:
    server: Any = client._server  # the process is nobody's business but a test's
    return int(server.pid)


def refute(keras: str) -> None:
    """Puts an answer on disk by which Keras takes what it refuses in truth, so that no Keras need be started."""
    (item,) = asked_of(analyse(Source("train.py", CONV), Options(keras=keras)))
    assert item.whole is not None
    Store().put(f"keras-{keras}-tensorflow", item.whole, Answer(keras, ACCEPTED))


def test_a_confirmed_error_says_so_in_its_hover_and_nothing_waits_for_it(tmp_path: Path, keras: str) -> None:
    async def scenario() -> None:
        uri = (tmp_path / "train.py").as_uri()
        async with connected(options={**ASKING, "trusted": True}) as (client, _):
            client.open(uri, CONV)
            (found,) = await client.publication(uri, 1)
            assert found.code == "KS101"
            if sys.platform == "linux":
                assert child_pids(pid_of(client)) == []
            assert "confirmed" not in await hover(client, uri)
            deadline = time.monotonic() + 60
            slowest = 0.0
            while "confirmed" not in (text := await hover(client, uri)) and time.monotonic() < deadline:
                began = time.monotonic()
                await hover(client, uri)
                slowest = max(slowest, time.monotonic() - began)
                await asyncio.sleep(0.1)
            assert f"**KS101** confirmed by Keras {keras}: ` Input 0 with name" in text
            # While Keras is loaded the server answers as ever.
            assert slowest < 1.0
            # A confirmed finding is published as it was, so that it is not published again.
            assert client.published.empty()
            client.change(uri, 2, (2, 76), (2, 76), " ")
            (found,) = await client.publication(uri, 2)
            assert "confirmed by" in await hover(client, uri)

    run(scenario)


def test_an_error_that_keras_does_not_bear_out_vanishes_and_does_not_come_back(
    tmp_path: Path, cache: Path, keras: str
) -> None:
    refute(keras)

    async def scenario() -> None:
        uri = (tmp_path / "train.py").as_uri()
        async with connected(options={**ASKING, "trusted": True}) as (client, _):
            client.open(uri, CONV)
            assert len(await client.publication(uri, 1)) == 1
            assert await client.publication(uri, 1) == []
            client.change(uri, 2, (1, 0), (1, 0), "x = 1")
            assert await client.publication(uri, 2) == []
            if sys.platform == "linux":
                assert child_pids(pid_of(client)) == []

    run(scenario)
    assert [entry.code for entry in read_log(cache / "disagreements.jsonl")] == ["KS101"]


@pytest.mark.parametrize("options", [{"trusted": False}, {"trusted": True, "oracle": False}])
def test_in_an_untrusted_workspace_or_switched_off_nothing_is_asked(
    tmp_path: Path, cache: Path, keras: str, options: dict[str, bool]
) -> None:
    refute(keras)

    async def scenario() -> None:
        uri = (tmp_path / "train.py").as_uri()
        async with connected(options={**ASKING, **options}) as (client, _):
            client.open(uri, CONV)
            assert len(await client.publication(uri, 1)) == 1
            await asyncio.sleep(2)
            assert client.published.empty()
            assert client.logged == []
            if sys.platform == "linux":
                assert child_pids(pid_of(client)) == []

    run(scenario)
    assert not (cache / "disagreements.jsonl").exists()


@pytest.mark.skipif(os.name != "posix", reason="the environment in the workspace is a script")
@pytest.mark.parametrize(("trusted", "runs"), [(True, True), (None, False), (False, False)])
def test_a_python_in_the_workspace_is_run_only_where_it_is_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keras: str, trusted: bool | None, runs: bool
) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    monkeypatch.delenv("CONDA_PREFIX", raising=False)
    mark = tmp_path / "it-was-run"
    python = tmp_path / ".venv" / "bin" / "python"
    packages = tmp_path / ".venv" / "lib" / "python3.11" / "site-packages"
    for name in (f"keras-{keras}.dist-info", "tensorflow-2.20.0.dist-info"):
        (packages / name).mkdir(parents=True)
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\ntouch {mark}\n")
    python.chmod(0o755)

    async def scenario() -> None:
        uri = (tmp_path / "train.py").as_uri()
        trust = {} if trusted is None else {"trusted": trusted}
        async with connected(options={"oracle": True, **trust}) as (client, _):
            client.open(uri, CONV)
            await client.publication(uri, 1)
            deadline = time.monotonic() + (20 if runs else 3)
            while not mark.exists() and time.monotonic() < deadline:
                await asyncio.sleep(0.1)

    run(scenario)
    assert mark.exists() is runs


def test_without_tensorflow_everything_works_and_one_line_says_what_is_missing(tmp_path: Path) -> None:
    python = tmp_path / "env" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()

    async def scenario() -> None:
        uri = (tmp_path / "train.py").as_uri()
        options = {"environment": str(python), "oracle": True, "trusted": True}
        async with connected(options=options) as (client, _):
            client.open(uri, CONV)
            assert len(await client.publication(uri, 1)) == 1
            client.change(uri, 2, (1, 0), (1, 0), "x = 1")
            assert len(await client.publication(uri, 2)) == 1
            deadline = time.monotonic() + 20
            while not client.statuses and time.monotonic() < deadline:
                await asyncio.sleep(0.1)
            await asyncio.sleep(1)
            line = f"errors are not tried on Keras: TensorFlow is not installed in {python}"
            assert client.logged == [f"Kerascope: {line}"]
            assert client.statuses == [line]
            assert client.messages == []

    run(scenario)


@pytest.mark.skipif(os.name != "posix", reason="the environment is made of links")
def test_a_layer_of_another_library_gets_its_shape_from_it(tmp_path: Path, keras: str) -> None:
    python = environment_with_keras_hub(tmp_path / "env")
    program = (
        "import keras, keras_hub\n"
        "inputs = keras.Input((5,))\n"
        "x = keras_hub.layers.Doubling(3)(inputs)\n"
        "x = keras.layers.Conv2D(8, 3)(x)\n"
    )

    async def scenario() -> None:
        uri = (tmp_path / "train.py").as_uri()
        options = {"environment": python, "oracle": True, "trusted": True}
        async with connected(options=options) as (client, _):
            client.open(uri, program)
            assert await client.publication(uri, 1) == []
            # The same version is analysed again once its shapes are known, and then there is something to find.
            (found,) = await asyncio.wait_for(client.publication(uri, 1), 60)
            assert found.code == "KS101"
            assert "(None, 5) → (None, 15)" in await hover(client, uri, types.Position(2, 30))

    run(scenario)


# --- Faults -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["hang", "crash", "kill", "garbage", "exhausted", "no-outcome"])
def test_after_a_fault_of_the_child_the_answer_comes_and_the_loop_was_never_held_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, keras: str, fault: str
) -> None:
    monkeypatch.setenv("FAKE_FOLDER", str(tmp_path))
    monkeypatch.setenv("FAKE_DO", f"once-{fault}")

    async def scenario() -> float:
        answered = asyncio.Event()
        verifier = Verifier(lambda key, analysis: answered.set(), lambda: None, lambda line: None)
        verifier.trusted = True
        verifier._oracles = Oracles(
            limits=QUICK,
            start=lambda environment, version, store, limits: fake_oracle(store, limits),
        )
        options = Options(keras=keras, python=sys.executable)
        held_up = 0.0
        try:
            # The second program is asked about after the first one's question has cost a child its life.
            for number in (1, 2):
                text = CONV.replace("28, 28", f"{number}, 28")
                analysis = analyse(Source("train.py", text), options)
                answered.clear()
                verifier.published("train.py", analysis, options, named=True)
                deadline = time.monotonic() + BACK_WITHIN
                while not answered.is_set() and time.monotonic() < deadline:
                    began = time.monotonic()
                    await asyncio.sleep(0.01)
                    held_up = max(held_up, time.monotonic() - began - 0.01)
                assert answered.is_set() or (fault == "exhausted" and number == 1)
        finally:
            verifier.close()
        return held_up

    with caplog.at_level("WARNING", "kerascope"):
        assert asyncio.run(scenario()) < 0.5
    assert "started again" in caplog.text


def test_only_the_last_version_is_asked_about_and_the_child_rests_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keras: str
) -> None:
    monkeypatch.setenv("FAKE_FOLDER", str(tmp_path))
    monkeypatch.setenv("FAKE_DO", "answer")
    monkeypatch.setattr(verifier_module, "REST_SECONDS", 3.0)
    oracles: list[Oracle] = []

    def start(environment: Environment, version: str, store: Store, limits: Limits) -> Oracle:
        oracles.append(fake_oracle(store, limits))
        return oracles[-1]

    async def scenario() -> None:
        answered: list[Analysis] = []
        verifier = Verifier(lambda key, analysis: answered.append(analysis), lambda: None, lambda line: None)
        verifier.trusted = True
        verifier._oracles = Oracles(limits=QUICK, start=start)
        options = Options(keras=keras, python=sys.executable)
        versions = [
            analyse(Source("train.py", CONV.replace("28, 28", f"{n}, 28")), options) for n in range(5)
        ]
        try:
            for analysis in versions:
                verifier.published("train.py", analysis, options, named=True)
                await asyncio.sleep(0.05)
            assert oracles == []
            await asyncio.sleep(IDLE_SECONDS + 1.0)
            assert answered == [versions[-1]]
            (oracle,) = oracles
            assert len(oracle.known) == 1
            assert oracle.pid is not None
            await asyncio.sleep(3.0)
            assert oracle.pid is None
            verifier.published("train.py", versions[0], options, named=True)
            await asyncio.sleep(IDLE_SECONDS + 1.0)
            assert answered == [versions[-1], versions[0]]
        finally:
            verifier.close()

    asyncio.run(scenario())


def test_a_child_killed_from_outside_is_replaced_and_says_the_next_word(tmp_path: Path, keras: str) -> None:
    if sys.platform != "linux":
        pytest.skip("it finds the child in /proc")

    async def confirmed(client: Client, uri: str, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if "confirmed" in await hover(client, uri):
                return True
            await asyncio.sleep(0.1)
        return False

    async def scenario() -> None:
        uri = (tmp_path / "train.py").as_uri()
        async with connected(options={**ASKING, "trusted": True}) as (client, _):
            client.open(uri, CONV)
            await client.publication(uri, 1)
            assert await confirmed(client, uri, 60)
            (child,) = child_pids(pid_of(client))
            os.kill(child, 9)
            client.change(uri, 2, (2, 39), (2, 41), "32")
            assert len(await client.publication(uri, 2)) == 1
            # Loading Keras is most of it, which takes what the machine takes.
            assert await confirmed(client, uri, 30)

    run(scenario)
