import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { after, afterEach, beforeEach, test } from "node:test";

import { activate, deactivate } from "../src/extension";
import { LanguageClient } from "./fakes/languageclient";
import { FakeEvent, editor } from "./fakes/vscode";

const windows = process.platform === "win32" && "the programs that stand for Python are shell scripts";
const posix = (name: string, body: () => Promise<void>) => test(name, { skip: windows }, body);

const programs = fs.mkdtempSync(path.join(os.tmpdir(), "kerascope-"));
const python = program("python", { python: [3, 12, 1], kerascope: "0.1.0" });
const other = program("other", { python: [3, 13, 0], kerascope: "0.2.0" });
const bare = program("bare", { python: [3, 12, 1], kerascope: null, missing: true, error: "" });

/** A program that answers as a Python with these properties would. */
function program(name: string, answer: object): string {
  const file = path.join(programs, name);
  fs.writeFileSync(file, `#!/bin/sh\necho '${JSON.stringify(answer)}'\n`, { mode: 0o755 });
  return file;
}

let context: { extensionPath: string; subscriptions: { dispose(): unknown }[] };

async function start(): Promise<void> {
  context = { extensionPath: programs, subscriptions: [] };
  await activate(context as never);
}

/** Does something while commands are looked for in one folder only. */
async function withSearchPath(folder: string, action: () => Promise<void>): Promise<void> {
  const before = process.env["PATH"];
  process.env["PATH"] = folder;
  try {
    await action();
  } finally {
    process.env["PATH"] = before;
  }
}

/** The one client whose server runs; two would report everything twice. */
function client(): LanguageClient {
  assert.equal(LanguageClient.running.length, 1);
  return LanguageClient.running[0]!;
}

/** A Python extension whose user has selected this environment. */
function pythonExtension(executable: string) {
  const changed = new FakeEvent();
  const environments = {
    executable,
    getActiveEnvironmentPath: () => ({ path: "selected" }),
    resolveEnvironment: () => Promise.resolve({ executable: { uri: { fsPath: environments.executable } } }),
    onDidChangeActiveEnvironmentPath: changed.subscribe,
  };
  editor.pythonExtension = { activate: () => Promise.resolve({ environments }) };
  return { environments, changed };
}

beforeEach(() => {
  editor.reset();
  LanguageClient.made.length = 0;
  LanguageClient.nextStartFails = undefined;
});

afterEach(async () => {
  await deactivate();
  context.subscriptions.forEach((each) => each.dispose());
});

after(() => fs.rmSync(programs, { recursive: true }));

posix("the server is run by the interpreter from the settings", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  assert.deepEqual(client().server, { command: python, args: ["-P", "-m", "kerascope", "server"] });
  assert.match(editor.status.text, /layers.*Kerascope/);
  assert.match(editor.status.tooltip, /0\.1\.0 is running on Python 3\.12\.1/);
  assert.equal(editor.status.backgroundColor, undefined);
  assert.deepEqual(editor.errors, []);
});

posix("a list with one interpreter, as other extensions want it, is understood", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: [python] });
  await start();
  assert.equal(client().server.command, python);
});

posix("files, untitled files and notebook cells are looked at", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  const schemes = client().options.documentSelector.map(({ scheme }) => scheme);
  assert.deepEqual(schemes, ["file", "untitled", "vscode-notebook-cell"]);
});

posix("only what the user has set is sent to the server", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  editor.settings.set("kerascope.keras", { globalValue: "2", workspaceValue: "3.3.3" });
  editor.settings.set("kerascope.possible", { globalValue: false });
  editor.settings.set("kerascope.select", { globalValue: [] });
  await start();
  assert.deepEqual(client().initialized, [{ keras: "3.3.3", possible: false, trusted: true }]);
});

posix("a changed setting is sent to the running server", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  await editor.set("kerascope.ignore", ["KC201"]);
  assert.deepEqual(client().sent, [
    { method: "workspace/didChangeConfiguration", params: { settings: { kerascope: { ignore: ["KC201"] } } } },
  ]);
  await editor.set("editor.fontSize", 14);
  assert.equal(client().sent.length, 1);
});

posix("a server that asks for its settings hears the same", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  editor.settings.set("kerascope.backend", { globalValue: "jax" });
  await start();
  const ask = client().options.middleware.workspace.configuration;
  const items = [{ section: "kerascope" }, { section: "files" }];
  const answers = await ask({ items }, undefined, () => ["raw", "others"]);
  assert.deepEqual(answers, [{ backend: "jax" }, "others"]);
});

posix("another interpreter means another server", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  await editor.set("kerascope.interpreter", other);
  assert.equal(client().server.command, other);
  assert.match(editor.status.tooltip, /3\.13\.0/);
});

posix("the restart command starts a new server and leaves the old one stopped", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  const old = client();
  await editor.commands.get("kerascope.restart")?.();
  assert.notEqual(client(), old);
});

posix("restarts asked for at the same time leave one server", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  const restart = editor.commands.get("kerascope.restart");
  await Promise.all([restart?.(), restart?.(), restart?.()]);
  assert.equal(LanguageClient.made.length, 4);
  assert.equal(LanguageClient.running.length, 1);
});

posix("an interpreter without kerascope leads to a message that opens the settings", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: bare });
  editor.press = "Open Settings";
  await start();
  assert.equal(LanguageClient.made.length, 0);
  assert.match(editor.errors[0]?.text ?? "", /kerascope\.interpreter: kerascope is not installed in it\.$/);
  assert.deepEqual(editor.errors[0]?.buttons, ["Open Settings", "Show Output"]);
  assert.deepEqual(editor.executed, [["workbench.action.openSettings", "kerascope.interpreter"]]);
  assert.equal(editor.status.backgroundColor?.id, "statusBarItem.errorBackground");
});

posix("a mended setting is enough to start the server after all", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: bare });
  await start();
  await editor.set("kerascope.interpreter", python);
  assert.equal(client().server.command, python);
  assert.equal(editor.status.backgroundColor, undefined);
});

posix("without a setting the Python extension's environment runs the server and is analysed", async () => {
  pythonExtension(other);
  await start();
  assert.equal(client().server.command, other);
  assert.deepEqual(client().initialized, [{ environment: other, trusted: true }]);
});

posix("another selected environment is noticed", async () => {
  const { environments, changed } = pythonExtension(other);
  await start();
  environments.executable = python;
  await changed.fire();
  assert.equal(client().server.command, python);
  assert.deepEqual(client().initialized, [{ environment: python, trusted: true }]);
});

posix("with an interpreter of its own the server stays and only analyses the other environment", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  const { environments, changed } = pythonExtension(other);
  await start();
  const first = client();
  environments.executable = bare;
  await changed.fire();
  assert.equal(client(), first);
  assert.deepEqual(first.sent.at(-1)?.params, { settings: { kerascope: { environment: bare } } });
});

posix("the environment from the settings wins over the selected one", async () => {
  pythonExtension(other);
  editor.settings.set("kerascope.environment", { workspaceValue: bare });
  await start();
  assert.deepEqual(client().initialized, [{ environment: bare, trusted: true }]);
});

posix("a Python extension that fails is as good as none", async () => {
  editor.pythonExtension = { activate: () => Promise.reject(new Error("broken")) };
  fs.copyFileSync(python, path.join(programs, "python3"));
  await withSearchPath(programs, start);
  assert.equal(client().server.command, "python3");
});

posix("the selected environment is not run before the workspace is trusted", async () => {
  pythonExtension(other);
  editor.trusted = false;
  await withSearchPath(path.join(programs, "empty"), start);
  assert.equal(LanguageClient.made.length, 0);
  editor.trusted = true;
  await editor.trustGranted.fire();
  assert.equal(client().server.command, other);
});

posix("the server is told whether the workspace is trusted", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  editor.trusted = false;
  await start();
  assert.deepEqual(client().initialized, [{ trusted: false }]);
  editor.trusted = true;
  await editor.trustGranted.fire();
  assert.deepEqual(client().initialized, [{ trusted: true }]);
});

posix("what the server says of itself joins the tooltip of the status", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  client().notify("kerascope/status", { message: "errors are not tried on Keras: TensorFlow is not installed" });
  assert.match(String(editor.status.tooltip), /is running on .*\nerrors are not tried on Keras/s);
});

posix("a crashed server comes back with the settings of that moment", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  editor.settings.set("kerascope.keras", { globalValue: "2" });
  await client().crash();
  assert.deepEqual(client().initialized, [{ trusted: true }, { keras: "2", trusted: true }]);
  assert.match(editor.status.text, /layers/);
  assert.deepEqual(editor.errors, []);
});

posix("a server that keeps crashing is given up, and one press brings it back", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  const first = client();
  for (let crash = 1; crash <= 4; crash += 1) {
    await first.crash();
    assert.deepEqual(LanguageClient.running, [first]);
  }
  assert.equal(editor.errors.length, 0);
  editor.press = "Restart Server";
  await first.crash();
  assert.deepEqual(editor.errors[0]?.buttons, ["Restart Server", "Show Output"]);
  while (LanguageClient.running.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.notEqual(client(), first);
});

posix("a server that does not start is reported, and a restart can still succeed", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  LanguageClient.nextStartFails = new Error("it ended at once");
  await start();
  assert.match(editor.errors[0]?.text ?? "", /could not be started: Error: it ended at once/);
  await editor.commands.get("kerascope.restart")?.();
  assert.equal(client().server.command, python);
});

posix("the output command shows the channel", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  editor.commands.get("kerascope.showOutput")?.();
  assert.equal(editor.outputShown, 1);
});

posix("nothing runs after the extension is deactivated", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  await deactivate();
  assert.deepEqual(LanguageClient.running, []);
});

posix("the commands are those that the manifest names", async () => {
  editor.settings.set("kerascope.interpreter", { globalValue: python });
  await start();
  const manifest = JSON.parse(fs.readFileSync(path.resolve(__dirname, "..", "..", "package.json"), "utf8"));
  const named = manifest.contributes.commands.map(({ command }: { command: string }) => command);
  assert.deepEqual([...editor.commands.keys()].sort(), named.sort());
});
