import * as vscode from "vscode";

/**
 * The part of the Python extension's interface that is used here. That extension is welcome but not
 * required, so its types are not imported and its absence is no error.
 */
interface PythonExtension {
  environments: {
    getActiveEnvironmentPath(resource?: vscode.Uri): { path: string };
    resolveEnvironment(environment: { path: string }): Promise<{ executable: { uri?: vscode.Uri } } | undefined>;
    onDidChangeActiveEnvironmentPath: vscode.Event<unknown>;
  };
}

const EXTENSION = "ms-python.python";

// Discovering environments can take the Python extension long; the search path serves until it is done.
const PATIENCE_MS = 10_000;

/** The Python of the environment selected in the Python extension, or undefined without that extension. */
export async function activeEnvironment(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonExtension>(EXTENSION);
  if (extension === undefined || !vscode.workspace.isTrusted) {
    return undefined;
  }
  try {
    return await within(PATIENCE_MS, lookUp(extension));
  } catch {
    return undefined;
  }
}

/** Calls back when another environment is selected in the Python extension. */
export function onActiveEnvironmentChange(callback: () => unknown): vscode.Disposable {
  const extension = vscode.extensions.getExtension<PythonExtension>(EXTENSION);
  const subscription: vscode.Disposable[] = [];
  let disposed = false;
  const subscribe = async () => {
    const api = await extension?.activate();
    if (api?.environments !== undefined && !disposed) {
      subscription.push(api.environments.onDidChangeActiveEnvironmentPath(() => callback()));
    }
  };
  subscribe().catch(() => undefined);
  return new vscode.Disposable(() => {
    disposed = true;
    subscription.forEach((each) => each.dispose());
  });
}

async function lookUp(extension: vscode.Extension<PythonExtension>): Promise<string | undefined> {
  const api = await extension.activate();
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const active = api.environments.getActiveEnvironmentPath(folder);
  const environment = await api.environments.resolveEnvironment(active);
  return environment?.executable.uri?.fsPath;
}

async function within<T>(patienceMs: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patienceMs);
  });
  try {
    return await Promise.race([promise, patience]);
  } finally {
    clearTimeout(timer);
  }
}
