// A browser without a screen, in a profile that is thrown away.
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

// playwright-core lies in the folder of the editors, outside this one.
const require = createRequire(path.join(process.env.KERASCOPE_EDITORS, "package.json"));
const { chromium } = require("playwright-core");

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function openWindow(address, { width = 1280, height = 800, scale = 1 } = {}) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), "kerascope-browser-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.KERASCOPE_CHROMIUM,
    headless: true,
    viewport: { width, height },
    deviceScaleFactor: scale,
    args: ARGUMENTS,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(address);
  const close = async () => {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true });
  };
  return { page, close };
}
