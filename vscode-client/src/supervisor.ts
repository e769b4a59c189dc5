import * as vscode from "vscode";
import { State, type LanguageClient } from "vscode-languageclient/node";

import { STATUS, createClient } from "./client";
import { activeEnvironment } from "./pythonExtension";
import { runIn } from "./run";
import { candidates, chooseInterpreter, explain, type Interpreter, type Rejection } from "./server";
import { SECTION, interpreterSetting, serverSettings } from "./settings";
import type { Status } from "./status";

/** The one server of a window: starts it, watches over it, starts it again. */
export class Supervisor {
  private client: LanguageClient | undefined;
  private environment: string | undefined;
  // Starts and stops queue up behind one another, since two clients at a time would report everything twice.
  private queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly output: vscode.OutputChannel,
    private readonly status: Status,
    private readonly extensionFolder: string,
  ) {}

  start(): Promise<void> {
    return this.enqueue(() => this.startNow());
  }

  stop(): Promise<void> {
    return this.enqueue(() => this.stopNow());
  }

  restart(): Promise<void> {
    return this.enqueue(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  async sendSettings(): Promise<void> {
    if (this.client?.state === State.Running) {
      const settings = { [SECTION]: this.settings() };
      await this.client.sendNotification("workspace/didChangeConfiguration", { settings });
    }
  }

  async activeEnvironmentChanged(): Promise<void> {
    if (interpreterSetting() === undefined) {
      await this.restart();
      return;
    }
    this.environment = await activeEnvironment();
    await this.sendSettings();
  }

  private settings() {
    return serverSettings(this.environment);
  }

  private enqueue(action: () => Promise<void>): Promise<void> {
    this.queue = this.queue.then(action).catch((error: unknown) => this.failed(`Kerascope failed: ${String(error)}`));
    return this.queue;
  }

  private async startNow(): Promise<void> {
    this.status.starting();
    this.environment = await activeEnvironment();
    const from = candidates(interpreterSetting(), this.environment);
    // The question is asked from the extension's own folder, since Python looks for modules in the
    // current one first and a workspace may hold a json.py.
    const { interpreter, rejected } = await chooseInterpreter(from, runIn(this.extensionFolder));
    rejected.forEach((rejection) => this.log(`Not ${rejection.command}: ${rejection.problem}.`));
    if (interpreter === undefined) {
      this.noInterpreter(rejected);
      return;
    }
    this.log(`Starting Kerascope ${interpreter.kerascope} on Python ${interpreter.python}: ${interpreter.command}`);
    this.client = this.newClient(interpreter);
    try {
      await this.client.start();
    } catch (error) {
      this.failed(`Kerascope's server could not be started: ${String(error)}`);
    }
  }

  private newClient(interpreter: Interpreter): LanguageClient {
    const client = createClient({
      interpreter,
      output: this.output,
      settings: () => this.settings(),
      onCrash: (willRestart) => this.crashed(client, willRestart),
    });
    client.onNotification(STATUS, ({ message }: { message: string }) => this.status.note(message));
    client.onDidChangeState(({ newState }) => {
      if (newState !== State.Running) {
        return;
      }
      if (client === this.client) {
        this.status.running(interpreter);
      } else {
        // It was getting up after a crash when another client took its place, and could not be stopped then.
        void client.stop();
      }
    });
    return client;
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.status.stopped();
    if (client === undefined) {
      return;
    }
    try {
      await client.dispose();
    } catch (error) {
      // A server that does not go when asked is killed by the client; a new one can be started all the same.
      this.log(`The server did not stop cleanly: ${String(error)}`);
    }
  }

  private crashed(client: LanguageClient, willRestart: boolean): void {
    if (client !== this.client) {
      return;
    }
    if (willRestart) {
      this.log("The server ended unexpectedly and is started again.");
      this.status.starting();
      return;
    }
    this.failed("Kerascope's server keeps crashing and is not started again by itself.");
  }

  private noInterpreter(rejected: readonly Rejection[]): void {
    const problem = explain(rejected);
    this.status.failed(problem);
    this.log(problem);
    void this.offer(problem, {
      "Open Settings": () => vscode.commands.executeCommand("workbench.action.openSettings", "kerascope.interpreter"),
      "Show Output": () => this.output.show(true),
    });
  }

  private failed(problem: string): void {
    this.status.failed(problem);
    this.log(problem);
    void this.offer(problem, {
      "Restart Server": () => this.restart(),
      "Show Output": () => this.output.show(true),
    });
  }

  private async offer(problem: string, choices: Record<string, () => unknown>): Promise<void> {
    const choice = await vscode.window.showErrorMessage(problem, ...Object.keys(choices));
    if (choice !== undefined) {
      await choices[choice]?.();
    }
  }

  private log(line: string): void {
    this.output.appendLine(`[${new Date().toLocaleTimeString("en-GB")}] ${line}`);
  }
}
