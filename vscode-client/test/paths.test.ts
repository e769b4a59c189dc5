import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { test } from "node:test";

import { expandPath, interpreterOf } from "../src/paths";

const WORKSPACE = path.resolve("/home/somebody/project");

test("a bare name is left to the search path", () => {
  assert.equal(expandPath("python3.12", WORKSPACE), "python3.12");
});

test("an absolute path stays as it is", () => {
  const absolute = path.resolve("/opt/python/bin/python");
  assert.equal(expandPath(absolute, WORKSPACE), absolute);
});

test("a relative path starts at the workspace folder", () => {
  assert.equal(expandPath(".venv/bin/python", WORKSPACE), path.join(WORKSPACE, ".venv/bin/python"));
  assert.equal(expandPath(".venv", WORKSPACE), path.join(WORKSPACE, ".venv"));
});

test("without a workspace a relative path stays relative", () => {
  assert.equal(expandPath("env/bin/python", undefined), "env/bin/python");
});

test("the home folder is meant by a leading tilde only", () => {
  assert.equal(expandPath("~/env", WORKSPACE), `${os.homedir()}/env`);
  assert.equal(expandPath("/a/~b", WORKSPACE), "/a/~b");
});

test("variables are replaced", () => {
  process.env["KERASCOPE_TEST_FOLDER"] = "/opt/envs";
  assert.equal(expandPath("${env:KERASCOPE_TEST_FOLDER}/one", WORKSPACE), "/opt/envs/one");
  assert.equal(expandPath("${workspaceFolder}/env", WORKSPACE), `${WORKSPACE}/env`);
});

test("the folder of a virtual environment stands for its Python", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "kerascope-"));
  try {
    fs.mkdirSync(path.join(folder, "bin"));
    fs.writeFileSync(path.join(folder, "bin", "python"), "");
    assert.equal(interpreterOf(folder), path.join(folder, "bin", "python"));
    assert.equal(interpreterOf(path.join(folder, "bin", "python")), path.join(folder, "bin", "python"));
    // A folder without a Python is reported under the name that the user gave.
    assert.equal(interpreterOf(path.join(folder, "bin")), path.join(folder, "bin"));
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
