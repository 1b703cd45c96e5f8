/**
 * Shares the turns of the event loop among those that have much to do. A turn's time is bounded; who finds it used up waits, and
 * each later turn lets in one of those that wait, in their order, quiet ones first. In between everything else is served.
 */
export class FairTurns {
  private readonly quiet: (() => void)[] = [];
  private readonly floods: (() => void)[] = [];
  private isRunning = false;
  private endsAtMs = 0;

  constructor(private readonly turnMs: number) {}

  /** Calls `goOn` at once while this turn has time, else in a later one. */
  take(goOn: () => void, { isQuiet = false } = {}): void {
    if (!this.isRunning) this.start();
    if (performance.now() < this.endsAtMs) goOn();
    else (isQuiet ? this.quiet : this.floods).push(goOn);
  }

  private start(): void {
    this.isRunning = true;
    this.endsAtMs = performance.now() + this.turnMs;
    setImmediate(() => this.end());
  }

  private end(): void {
    this.isRunning = false;
    const next = this.quiet.shift() ?? this.floods.shift();
    if (next === undefined) return;
    this.start();
    next();
  }
}
