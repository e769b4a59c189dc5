import * as vscode from "vscode";

import { onActiveEnvironmentChange } from "./pythonExtension";
import { SECTION } from "./settings";
import { Status } from "./status";
import { Supervisor } from "./supervisor";

let supervisor: Supervisor | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const output = vscode.window.createOutputChannel("Kerascope");
  const status = new Status();
  const current = new Supervisor(output, status, context.extensionPath);
  supervisor = current;

  context.subscriptions.push(
    output,
    status,
    vscode.commands.registerCommand("kerascope.restart", () => current.restart()),
    vscode.commands.registerCommand("kerascope.showOutput", () => output.show(true)),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(`${SECTION}.interpreter`)) {
        return current.restart();
      }
      return change.affectsConfiguration(SECTION) ? current.sendSettings() : undefined;
    }),
    // Trust lifts the restriction on the interpreters that the workspace names.
    vscode.workspace.onDidGrantWorkspaceTrust(() => current.restart()),
    onActiveEnvironmentChange(() => current.activeEnvironmentChanged()),
  );

  await current.start();
}

export async function deactivate(): Promise<void> {
  await supervisor?.stop();
  supervisor = undefined;
}
