import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/**
 * Replaces `~`, `${workspaceFolder}` and `${env:NAME}` in a path that a user wrote, and anchors a
 * relative one in the workspace. A bare name such as `python3.12` stays, to be found on the search path.
 */
export function expandPath(text: string, workspaceFolder: string | undefined): string {
  const expanded = text
    .replace(/^~(?=$|[\\/])/, os.homedir())
    .replace(/\$\{workspaceFolder\}/g, workspaceFolder ?? "")
    .replace(/\$\{env:([^}]+)\}/g, (_match, name: string) => process.env[name] ?? "");
  const isBareName = !/[\\/]/.test(expanded) && !expanded.startsWith(".");
  if (isBareName || path.isAbsolute(expanded) || workspaceFolder === undefined) {
    return expanded;
  }
  return path.join(workspaceFolder, expanded);
}

/** The executable that is meant by a path: a virtual environment's folder stands for its Python. */
export function interpreterOf(location: string): string {
  if (!isFolder(location)) {
    return location;
  }
  const inside = [path.join("bin", "python"), path.join("Scripts", "python.exe"), "python.exe"];
  const found = inside.map((name) => path.join(location, name)).find((file) => fs.existsSync(file));
  return found ?? location;
}

function isFolder(location: string): boolean {
  return fs.statSync(location, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
