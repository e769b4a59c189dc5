import * as vscode from "vscode";

import type { Interpreter } from "./server";

/** The entry in the status bar. A click on it opens the output channel, where the reasons are. */
export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("kerascope.status", vscode.StatusBarAlignment.Right, 90);

  constructor() {
    this.item.name = "Kerascope";
    this.item.command = "kerascope.showOutput";
    this.starting();
    this.item.show();
  }

  starting(): void {
    this.display("$(loading~spin) Kerascope", "Kerascope is starting.");
  }

  running({ command, python, kerascope }: Interpreter): void {
    this.display("$(layers) Kerascope", `Kerascope ${kerascope} is running on Python ${python}: ${command}`);
  }

  /** A line that joins what the tooltip says, until the server is started again. */
  note(line: string): void {
    this.item.tooltip = `${String(this.item.tooltip)}\n${line}`;
  }

  stopped(): void {
    this.display("$(debug-stop) Kerascope", "Kerascope is stopped.");
  }

  failed(problem: string): void {
    this.display("$(error) Kerascope", problem, new vscode.ThemeColor("statusBarItem.errorBackground"));
  }

  dispose(): void {
    this.item.dispose();
  }

  private display(text: string, tooltip: string, background?: vscode.ThemeColor): void {
    this.item.text = text;
    this.item.tooltip = tooltip;
    this.item.backgroundColor = background;
  }
}
