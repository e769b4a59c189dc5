// A stand-in for the `vscode` module: as much of it as the extension uses, and handles for tests to turn.

export class Disposable {
  constructor(private readonly onDispose: () => void) {}
  dispose(): void {
    this.onDispose();
  }
}

export class ThemeColor {
  constructor(readonly id: string) {}
}

export enum StatusBarAlignment {
  Left = 1,
  Right = 2,
}

type Listener = (argument: unknown) => unknown;

/** An event that a test can fire; it waits for what the listeners start. */
class FakeEvent {
  private readonly listeners = new Set<Listener>();

  readonly subscribe = (listener: Listener): Disposable => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };

  async fire(argument: unknown = undefined): Promise<void> {
    await Promise.all([...this.listeners].map((listener) => listener(argument)));
  }

  get count(): number {
    return this.listeners.size;
  }
}

interface Setting {
  globalValue?: unknown;
  workspaceValue?: unknown;
}

interface Message {
  text: string;
  buttons: string[];
}

/** What tests read and turn; `reset` brings back the state of a fresh window. */
export const editor = {
  settings: new Map<string, Setting>(),
  commands: new Map<string, (...args: unknown[]) => unknown>(),
  executed: [] as unknown[][],
  errors: [] as Message[],
  /** The button that the user presses on the next error message. */
  press: undefined as string | undefined,
  output: [] as string[],
  outputShown: 0,
  status: { text: "", tooltip: "", backgroundColor: undefined as ThemeColor | undefined, command: "", shown: false },
  pythonExtension: undefined as unknown,
  trusted: true,
  folder: undefined as string | undefined,
  configurationChanged: new FakeEvent(),
  trustGranted: new FakeEvent(),

  async set(key: string, value: unknown): Promise<void> {
    editor.settings.set(key, { workspaceValue: value });
    await editor.configurationChanged.fire({
      affectsConfiguration: (section: string) => key === section || key.startsWith(`${section}.`),
    });
  },

  reset(): void {
    editor.settings.clear();
    editor.commands.clear();
    editor.executed.length = 0;
    editor.errors.length = 0;
    editor.press = undefined;
    editor.output.length = 0;
    editor.outputShown = 0;
    editor.pythonExtension = undefined;
    editor.trusted = true;
    editor.folder = undefined;
    editor.configurationChanged = new FakeEvent();
    editor.trustGranted = new FakeEvent();
  },
};

export { FakeEvent };

export const window = {
  createOutputChannel: (_name: string) => ({
    appendLine: (line: string) => editor.output.push(line),
    append: (text: string) => editor.output.push(text),
    show: () => {
      editor.outputShown += 1;
    },
    dispose: () => undefined,
  }),
  createStatusBarItem: () =>
    Object.assign(editor.status, {
      show: () => {
        editor.status.shown = true;
      },
      dispose: () => {
        editor.status.shown = false;
      },
    }),
  showErrorMessage: (text: string, ...buttons: string[]) => {
    editor.errors.push({ text, buttons });
    const pressed = editor.press;
    editor.press = undefined;
    return Promise.resolve(pressed);
  },
};

export const workspace = {
  get isTrusted() {
    return editor.trusted;
  },
  get workspaceFolders() {
    return editor.folder === undefined ? undefined : [{ uri: { fsPath: editor.folder } }];
  },
  getConfiguration: (section: string) => ({
    inspect: (key: string) => editor.settings.get(`${section}.${key}`),
  }),
  onDidChangeConfiguration: (listener: Listener) => editor.configurationChanged.subscribe(listener),
  onDidGrantWorkspaceTrust: (listener: Listener) => editor.trustGranted.subscribe(listener),
};

export const commands = {
  registerCommand: (name: string, callback: (...args: unknown[]) => unknown) => {
    editor.commands.set(name, callback);
    return new Disposable(() => editor.commands.delete(name));
  },
  executeCommand: (...call: unknown[]) => {
    editor.executed.push(call);
    return Promise.resolve();
  },
};

export const extensions = {
  getExtension: (id: string) => (id === "ms-python.python" ? editor.pythonExtension : undefined),
};
