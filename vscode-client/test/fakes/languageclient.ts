// A stand-in for vscode-languageclient: it starts no process, and tests make its server crash.

export enum State {
  Stopped = 1,
  Running = 2,
  Starting = 3,
}

export enum CloseAction {
  DoNotRestart = 1,
  Restart = 2,
}

export enum ErrorAction {
  Continue = 1,
  Shutdown = 2,
}

interface Options {
  documentSelector: { language: string; scheme: string }[];
  initializationOptions: () => unknown;
  errorHandler: { closed(): { action: CloseAction } };
  middleware: {
    workspace: {
      configuration(
        params: { items: { section?: string }[] },
        token: undefined,
        next: () => unknown,
      ): Promise<unknown[]>;
    };
  };
}

export class LanguageClient {
  /** Every client made since a test emptied the list, oldest first. */
  static readonly made: LanguageClient[] = [];
  /** Makes the next start fail, as a server does that ends before it answers. */
  static nextStartFails: Error | undefined;

  state = State.Stopped;
  readonly initialized: unknown[] = [];
  readonly sent: { method: string; params: unknown }[] = [];
  private readonly notified = new Map<string, (params: unknown) => void>();
  private readonly listeners: ((change: { oldState: State; newState: State }) => void)[] = [];

  constructor(
    readonly id: string,
    readonly name: string,
    readonly server: { command: string; args: string[] },
    readonly options: Options,
  ) {
    LanguageClient.made.push(this);
  }

  static get running(): LanguageClient[] {
    return LanguageClient.made.filter((client) => client.state === State.Running);
  }

  onNotification(method: string, handler: (params: never) => void): void {
    this.notified.set(method, handler as (params: unknown) => void);
  }

  /** The server says something of its own accord. */
  notify(method: string, params: unknown): void {
    this.notified.get(method)?.(params);
  }

  async start(): Promise<void> {
    const failure = LanguageClient.nextStartFails;
    LanguageClient.nextStartFails = undefined;
    this.become(State.Starting);
    await Promise.resolve();
    if (failure !== undefined) {
      this.become(State.Stopped);
      throw failure;
    }
    this.initialized.push(this.options.initializationOptions());
    this.become(State.Running);
  }

  async stop(): Promise<void> {
    if (this.state === State.Starting) {
      throw new Error("Client is not running and can't be stopped.");
    }
    this.become(State.Stopped);
    await Promise.resolve();
  }

  dispose(): Promise<void> {
    return this.stop();
  }

  onDidChangeState(listener: (change: { oldState: State; newState: State }) => void): void {
    this.listeners.push(listener);
  }

  sendNotification(method: string, params: unknown): Promise<void> {
    this.sent.push({ method, params });
    return Promise.resolve();
  }

  /** What the real client does when the server's process ends by itself. */
  async crash(): Promise<void> {
    const { action } = this.options.errorHandler.closed();
    this.become(State.Stopped);
    if (action === CloseAction.Restart) {
      await this.start();
    }
  }

  private become(newState: State): void {
    const oldState = this.state;
    this.state = newState;
    this.listeners.forEach((listener) => listener({ oldState, newState }));
  }
}
