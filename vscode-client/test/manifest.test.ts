import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { beforeEach, test } from "node:test";

import { serverSettings } from "../src/settings";
import { editor } from "./fakes/vscode";

interface Property {
  type: string;
  default: unknown;
  markdownDescription?: string;
}

// The tests run from out/test, and the manifest lies beside out.
const folder = path.resolve(__dirname, "..", "..");
const manifest = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
const properties: Record<string, Property> = manifest.contributes.configuration.properties;

beforeEach(() => editor.reset());

test("every setting has a default of its type and says what it does in whole sentences", () => {
  for (const [name, property] of Object.entries(properties)) {
    const type = Array.isArray(property.default) ? "array" : typeof property.default;
    assert.equal(type, property.type, name);
    assert.match(property.markdownDescription ?? "", /^[A-Z`].{20,}\.$/, name);
  }
});

test("every setting but those for the client itself reaches the server, and no other", () => {
  for (const name of Object.keys(properties)) {
    const example = { string: "2", boolean: true, array: ["KC201"] }[properties[name]!.type];
    editor.settings.set(name, { globalValue: example });
  }
  const forClient = new Set(["kerascope.interpreter", "kerascope.trace.server"]);
  const expected = Object.keys(properties).filter((name) => !forClient.has(name));
  const sent = Object.keys(serverSettings(undefined)).map((key) => `kerascope.${key}`);
  assert.deepEqual(sent.sort(), expected.sort());
});

test("the settings that name programs are restricted in untrusted workspaces", () => {
  assert.deepEqual(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations, [
    "kerascope.interpreter",
    "kerascope.environment",
  ]);
});

test("the bundle is what the manifest starts, and it is shipped", () => {
  const shipped = fs.readFileSync(path.join(folder, ".vscodeignore"), "utf8");
  assert.equal(manifest.main, "./out/extension.js");
  assert.match(shipped, /^!out\/extension\.js$/m);
});

test("the lock file names no address to download from", () => {
  assert.doesNotMatch(fs.readFileSync(path.join(folder, "package-lock.json"), "utf8"), /"resolved"/);
});
