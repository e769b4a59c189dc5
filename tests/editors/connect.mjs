// Opens the window and keeps it open until a file exists: node connect.mjs ADDRESS FILE SECONDS
// VS Code starts its extensions only when a browser is connected.
import fs from "node:fs";

import { openWindow } from "./browser.mjs";

const [address, file, seconds] = process.argv.slice(2);
const end = Date.now() + Number(seconds) * 1000;
const { close } = await openWindow(address);
while (!fs.existsSync(file) && Date.now() < end) {
  await new Promise((resolve) => setTimeout(resolve, 200));
}
await close();
