import * as vscode from "vscode";

import { expandPath, interpreterOf } from "./paths";

export const SECTION = "kerascope";

/** What the server is told: the keys of `[tool.kerascope]`, and the environment that is analysed. */
export interface ServerSettings {
  environment?: string;
  keras?: string;
  backend?: string;
  select?: string[];
  ignore?: string[];
  possible?: boolean;
  oracle?: boolean;
}

/** The interpreter that the user names for the server, as a path to an executable. */
export function interpreterSetting(): string | undefined {
  return pathSetting("interpreter");
}

/**
 * Only what somebody has set is sent. A default of this extension must not look like a wish of the
 * user to a server that has `pyproject.toml` and its own defaults to consult.
 */
export function serverSettings(activeEnvironment: string | undefined): ServerSettings {
  const settings: ServerSettings = {};
  const environment = pathSetting("environment") ?? activeEnvironment;
  if (environment !== undefined) {
    settings.environment = environment;
  }
  const keras = chosen<string>("keras")?.trim();
  if (keras) {
    settings.keras = keras;
  }
  const backend = chosen<string>("backend");
  if (backend) {
    settings.backend = backend;
  }
  const select = chosen<string[]>("select");
  if (select?.length) {
    settings.select = select;
  }
  const ignore = chosen<string[]>("ignore");
  if (ignore?.length) {
    settings.ignore = ignore;
  }
  const possible = chosen<boolean>("possible");
  if (possible !== undefined) {
    settings.possible = possible;
  }
  const oracle = chosen<boolean>("oracle");
  if (oracle !== undefined) {
    settings.oracle = oracle;
  }
  return settings;
}

function pathSetting(key: string): string | undefined {
  const value = chosen<string | string[]>(key);
  // Some Python extensions take a list with one path here, and their users bring the habit along.
  const text = (Array.isArray(value) ? value[0] : value)?.trim();
  if (!text) {
    return undefined;
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  return interpreterOf(expandPath(text, folder));
}

function chosen<T>(key: string): T | undefined {
  const values = vscode.workspace.getConfiguration(SECTION).inspect<T>(key);
  return values?.workspaceValue ?? values?.globalValue;
}
