// Bundles the extension, or with --tests every test file, each with a stand-in for the editor.
import { context } from "esbuild";
import { readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const flags = new Set(process.argv.slice(2));

const common = {
  bundle: true,
  platform: "node",
  format: "cjs",
  logLevel: "warning",
  // The packages' ES modules are preferred; their UMD builds hide requires that a bundler cannot follow.
  mainFields: ["module", "main"],
};

const extension = {
  ...common,
  entryPoints: [here("src/extension.ts")],
  outfile: here("out/extension.js"),
  // VS Code 1.91 runs extensions on Node 20.
  target: "node20",
  external: ["vscode"],
  minify: flags.has("--minify"),
  sourcemap: !flags.has("--minify"),
};

const tests = {
  ...common,
  entryPoints: readdirSync(here("test"))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => here(`test/${name}`)),
  outdir: here("out/test"),
  target: "node20",
  sourcemap: "inline",
  alias: {
    vscode: here("test/fakes/vscode.ts"),
    "vscode-languageclient/node": here("test/fakes/languageclient.ts"),
  },
};

if (flags.has("--tests")) {
  // A test whose source is gone must not go on running.
  rmSync(here("out/test"), { recursive: true, force: true });
}
const build = await context(flags.has("--tests") ? tests : extension);
if (flags.has("--watch")) {
  await build.watch();
} else {
  await build.rebuild();
  await build.dispose();
}
