import { execFile } from "node:child_process";

export interface RunResult {
  stdout: string;
  stderr: string;
  /** Why the program could not be run to a successful end, or undefined if it could. */
  failure?: string;
}

export type Run = (command: string, args: readonly string[]) => Promise<RunResult>;

/** Runs short programs in a folder, and gives up on one that takes longer than the deadline. */
export function runIn(folder: string, deadlineMs = 20_000): Run {
  return (command, args) =>
    new Promise((resolve) => {
      const options = { cwd: folder, timeout: deadlineMs, windowsHide: true };
      execFile(command, [...args], options, (error, stdout, stderr) => {
        resolve(error === null ? { stdout, stderr } : { stdout, stderr, failure: reason(error, deadlineMs) });
      });
    });
}

function reason(error: Error & { code?: unknown; killed?: boolean }, deadlineMs: number): string {
  if (error.killed === true) {
    return `it did not answer within ${deadlineMs / 1000} seconds`;
  }
  switch (error.code) {
    case "ENOENT":
      return "there is no such program";
    case "EACCES":
      return "it may not be executed";
    default:
      return typeof error.code === "number" ? `it ended with status ${error.code}` : error.message;
  }
}
