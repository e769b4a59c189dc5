import assert from "node:assert/strict";
import { test } from "node:test";

import { runIn, type Run } from "../src/run";
import { candidates, chooseInterpreter, explain, type Candidate } from "../src/server";

const GOOD = { python: [3, 12, 1], kerascope: "0.1.0", missing: false, error: null };

/** A computer on which each command prints this, or cannot be run at all. */
function computer(programs: Record<string, unknown>): Run & { asked: string[] } {
  const asked: string[] = [];
  const run = (command: string) => {
    asked.push(command);
    const answer = programs[command];
    if (answer === undefined) {
      return Promise.resolve({ stdout: "", stderr: "", failure: "there is no such program" });
    }
    return Promise.resolve({ stdout: typeof answer === "string" ? answer : JSON.stringify(answer), stderr: "" });
  };
  return Object.assign(run, { asked });
}

const onPath = (...commands: string[]): Candidate[] =>
  commands.map((command) => ({ command, origin: "search-path" }));

test("the setting alone counts when there is one", () => {
  assert.deepEqual(candidates("/mine/python", "/env/python", "linux"), [
    { command: "/mine/python", origin: "setting" },
  ]);
});

test("without a setting the active environment comes before the search path", () => {
  assert.deepEqual(
    candidates(undefined, "/env/python", "linux").map(({ command }) => command),
    ["/env/python", "python3", "python"],
  );
});

test("on Windows python3, often a stub that opens the Store, is tried last", () => {
  assert.deepEqual(
    candidates(undefined, undefined, "win32").map(({ command }) => command),
    ["python", "python3"],
  );
});

test("the first suitable Python is taken and no further one is run", async () => {
  const run = computer({ a: GOOD, b: GOOD });
  const { interpreter, rejected } = await chooseInterpreter(onPath("a", "b"), run);
  assert.deepEqual(interpreter, { command: "a", origin: "search-path", python: "3.12.1", kerascope: "0.1.0" });
  assert.deepEqual(rejected, []);
  assert.deepEqual(run.asked, ["a"]);
});

test("a Python that is too old is passed over, with the version said", async () => {
  const run = computer({ old: { ...GOOD, python: [3, 10, 14] }, "3.11": { ...GOOD, python: [3, 11, 0] } });
  const { interpreter, rejected } = await chooseInterpreter(onPath("old", "3.11"), run);
  assert.equal(interpreter?.command, "3.11");
  assert.match(rejected[0]?.problem ?? "", /Python 3\.10\.14, and 3\.11 or newer/);
});

test("Python 4 is newer than 3.11", async () => {
  const { interpreter } = await chooseInterpreter(onPath("four"), computer({ four: { ...GOOD, python: [4, 0, 0] } }));
  assert.equal(interpreter?.python, "4.0.0");
});

test("a Python without kerascope is told from one whose kerascope is broken", async () => {
  const run = computer({
    bare: { python: [3, 12, 1], kerascope: null, missing: true, error: "ModuleNotFoundError: kerascope" },
    broken: { python: [3, 12, 1], kerascope: null, missing: false, error: "ImportError: libcst" },
  });
  const { interpreter, rejected } = await chooseInterpreter(onPath("bare", "broken"), run);
  assert.equal(interpreter, undefined);
  assert.equal(rejected[0]?.problem, "kerascope is not installed in it");
  assert.equal(rejected[1]?.problem, "kerascope cannot be imported in it (ImportError: libcst)");
});

test("lines printed by a sitecustomize before the answer do no harm", async () => {
  const run = computer({ chatty: `welcome\n${JSON.stringify(GOOD)}\n` });
  assert.equal((await chooseInterpreter(onPath("chatty"), run)).interpreter?.command, "chatty");
});

test("a program that is no Python is rejected", async () => {
  for (const answer of ["hello", "null", "[1]", "{}"]) {
    const { interpreter, rejected } = await chooseInterpreter(onPath("odd"), computer({ odd: answer }));
    assert.equal(interpreter, undefined, answer);
    assert.equal(rejected[0]?.problem, "it does not answer like a Python interpreter");
  }
});

test("the explanation names a setting that does not work", async () => {
  const { rejected } = await chooseInterpreter(candidates("/gone/python", undefined), computer({}));
  assert.equal(
    explain(rejected),
    "Kerascope cannot run its server with /gone/python from the setting kerascope.interpreter: there is no such program.",
  );
});

test("the explanation points out the Python in which only the package is missing", async () => {
  const bare = { python: [3, 12, 1], kerascope: null, missing: true, error: "ModuleNotFoundError" };
  const { rejected } = await chooseInterpreter(onPath("python3", "python"), computer({ python: bare }));
  assert.match(explain(rejected), /pip install kerascope/);
  assert.match(explain(rejected), / python would do, but kerascope is not installed in it\.$/);
});

test("a real program is run in the folder given, and its end is described", async () => {
  const run = runIn(__dirname, 5000);
  const here = await run(process.execPath, ["-e", "console.log(process.cwd())"]);
  assert.equal(here.stdout.trim(), __dirname);
  assert.equal(here.failure, undefined);
  assert.equal((await run(process.execPath, ["-e", "process.exit(3)"])).failure, "it ended with status 3");
  assert.equal((await run("kerascope-no-such-program", [])).failure, "there is no such program");
});

test("a real program that hangs is given up", async () => {
  const { failure } = await runIn(__dirname, 300)(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
  assert.equal(failure, "it did not answer within 0.3 seconds");
});
