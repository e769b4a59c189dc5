"""A real VS Code in a profile of its own, served to a browser beside it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

from installed import CLIENT, HERE, VsCode, copy_workspace

# Nothing may be fetched, asked or announced while a test runs.
_QUIET = {
    "chat.commandCenter.enabled": False,
    "chat.disableAIFeatures": True,
    "extensions.autoCheckUpdates": False,
    "extensions.autoUpdate": False,
    "files.autoSave": "off",
    "git.enabled": False,
    "security.workspace.trust.enabled": False,
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
}


@dataclass(frozen=True)
class Window:
    """A served VS Code that a browser can open."""

    vscode: VsCode
    root: str
    workspace: Path
    log: Path

    def address(self, *, file: str | None = None) -> str:
        query = {"folder": str(self.workspace)}
        if file is not None:
            host = self.root.removeprefix("http://")
            uri = f"vscode-remote://{host}{quote(str(self.workspace / file))}"
            query["payload"] = json.dumps([["openFile", uri]])
        return f"{self.root}/?{urlencode(query)}"

    def drive(self, script: str, *arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
        """Run one of the browser scripts in this folder."""
        environment = {
            **os.environ,
            "KERASCOPE_EDITORS": str(self.vscode.folder),
            "KERASCOPE_CHROMIUM": str(self.vscode.chromium),
        }
        command = [self.vscode.node, HERE / script, *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=seconds, check=False
        )


def pack_extension(target: Path) -> Path:
    """The .vsix that users get, built from the sources as they are."""
    _npm("run", "package", "--", "--out", str(target))
    return target


def pack_probe(target: Path) -> Path:
    vsce = CLIENT / "node_modules" / ".bin" / "vsce"
    flags = ["--no-dependencies", "--allow-missing-repository", "--skip-license"]
    _run([vsce, "package", *flags, "--out", target], HERE / "probe")
    return target


@contextmanager
def serve(
    vscode: VsCode,
    folder: Path,
    extensions: list[Path],
    *,
    settings: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Window]:
    """Install the extensions into a fresh profile under ``folder`` and serve it while the context lasts."""
    workspace = folder / "digits"
    copy_workspace(workspace)
    user = folder / "data" / "User"
    user.mkdir(parents=True)
    interpreter = os.environ.get("KERASCOPE_INTERPRETER", sys.executable)
    chosen = {**_QUIET, "kerascope.interpreter": interpreter, **(settings or {})}
    (user / "settings.json").write_text(json.dumps(chosen), encoding="utf-8")
    (folder / "config.yaml").write_text("auth: none\n", encoding="utf-8")

    base = [
        str(vscode.node),
        str(vscode.entry),
        *("--config", str(folder / "config.yaml")),
        *("--user-data-dir", str(folder / "data")),
        *("--extensions-dir", str(folder / "extensions")),
    ]
    home = folder / "home"
    home.mkdir()
    variables = {**os.environ, "HOME": str(home), **(environment or {})}
    # The user's own folders must neither be read nor written.
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        variables.pop(name, None)
    for extension in extensions:
        _run([*base, "--install-extension", str(extension)], folder, variables)

    port = _free_port()
    flags = ["--auth", "none", "--bind-addr", f"127.0.0.1:{port}"]
    flags += ["--disable-telemetry", "--disable-update-check"]
    flags += ["--disable-workspace-trust", "--disable-getting-started-override"]
    log = folder / "code-server.log"
    with log.open("wb") as output:
        # A group of its own, so that all of code-server's processes can be ended together.
        process = subprocess.Popen(
            [*base, *flags], env=variables, stdout=output, stderr=output, start_new_session=True
        )
    root = f"http://127.0.0.1:{port}"
    try:
        _wait_until_served(root, process, log)
        yield Window(vscode, root, workspace, log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_served(root: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(f"{root}/healthz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"code-server did not come up:\n{log.read_text(encoding='utf-8')}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _npm(*arguments: str) -> None:
    _run(["npm", *arguments], CLIENT)


def _run(command: list[object], folder: Path, variables: Mapping[str, str] | None = None) -> None:
    words = [str(word) for word in command]
    result = subprocess.run(words, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(words)} failed:\n{result.stdout}\n{result.stderr}")
