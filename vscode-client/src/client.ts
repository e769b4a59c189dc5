import * as vscode from "vscode";
import {
  CloseAction,
  ErrorAction,
  LanguageClient,
  type ErrorHandler,
  type LanguageClientOptions,
  type ServerOptions,
} from "vscode-languageclient/node";

import { RestartPolicy } from "./restartPolicy";
import { SERVER_ARGUMENTS, type Interpreter } from "./server";
import { SECTION, type ServerSettings } from "./settings";

export interface Wishes {
  interpreter: Interpreter;
  output: vscode.OutputChannel;
  settings: () => ServerSettings;
  onCrash: (willRestart: boolean) => void;
}

/** What the server says of itself in one line, such as that it found no Keras to try errors on. */
export const STATUS = "kerascope/status";

/** A client that is not started yet. */
export function createClient(wishes: Wishes): LanguageClient {
  const server: ServerOptions = { command: wishes.interpreter.command, args: [...SERVER_ARGUMENTS] };
  return new LanguageClient(SECTION, "Kerascope", server, clientOptions(wishes));
}

export function clientOptions({ output, settings, onCrash }: Wishes): LanguageClientOptions {
  return {
    // Cells reach the server by notebook synchronisation, but quick fixes, hovers and inlay hints
    // in them are only asked for if the selector names their scheme.
    documentSelector: [
      { language: "python", scheme: "file" },
      { language: "python", scheme: "untitled" },
      { language: "python", scheme: "vscode-notebook-cell" },
    ],
    outputChannel: output,
    // A function, so that a server started again after a crash gets the settings of that moment. The server
    // runs a Python of the environment that is analysed only where the user trusts the workspace.
    initializationOptions: () => ({ ...settings(), trusted: vscode.workspace.isTrusted }),
    errorHandler: errorHandler(new RestartPolicy(), onCrash),
    middleware: {
      workspace: {
        // A server that asks must hear what it was told at the start, and not the raw settings,
        // in which paths are not resolved and defaults look like decisions.
        configuration: async (params, token, next) => {
          const answers = await next(params, token);
          if (!Array.isArray(answers)) {
            return answers;
          }
          return params.items.map((item, index) => (item.section === SECTION ? settings() : answers[index]));
        },
      },
    },
  };
}

function errorHandler(policy: RestartPolicy, onCrash: (willRestart: boolean) => void): ErrorHandler {
  return {
    // A broken pipe is followed by `closed`, where the decision is made once.
    error: () => ({ action: ErrorAction.Continue, handled: true }),
    closed: () => {
      const willRestart = policy.crashed();
      onCrash(willRestart);
      return { action: willRestart ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
    },
  };
}
