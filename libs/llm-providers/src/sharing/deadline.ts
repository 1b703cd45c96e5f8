function ring(deadline: Deadline): void {
  deadline.ring();
}

/** A timer that costs nothing to put off: it looks at the time when it rings. Times are those of `performance.now()`. */
export class Deadline {
  private atMs = Infinity;
  private ringsAtMs = Infinity;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly onPassed: () => void) {}

  /** `onPassed` is called once at this time, in place of any time that was set before. */
  set(atMs: number): void {
    this.atMs = atMs;
    if (atMs < this.ringsAtMs) this.start();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.atMs = Infinity;
    this.ringsAtMs = Infinity;
  }

  /** For the timer alone. */
  ring(): void {
    this.ringsAtMs = Infinity;
    if (this.atMs > performance.now()) return this.start();
    this.atMs = Infinity;
    this.onPassed();
  }

  private start(): void {
    clearTimeout(this.timer);
    this.ringsAtMs = this.atMs;
    this.timer = setTimeout(ring, Math.ceil(this.atMs - performance.now()), this);
  }
}
