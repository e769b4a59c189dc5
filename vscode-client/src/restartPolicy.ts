/**
 * Decides whether a server that ended by itself is started again. A crash now and then should cost
 * nobody anything; a server that keeps crashing should not spin in the background unnoticed.
 */
export class RestartPolicy {
  private readonly crashes: number[] = [];

  constructor(
    readonly limit = 4,
    readonly windowMs = 3 * 60_000,
    private readonly now: () => number = Date.now,
  ) {}

  /** Records a crash; true if there were few enough of late for another start. */
  crashed(): boolean {
    const time = this.now();
    this.crashes.push(time);
    while ((this.crashes[0] ?? time) <= time - this.windowMs) {
      this.crashes.shift();
    }
    return this.crashes.length <= this.limit;
  }
}
