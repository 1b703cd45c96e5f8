const FAILURES = 3;
const PAUSE_MS = 30_000;

/** Leaves a server alone that has failed several times in a row; after a pause one try shows whether it is back. */
export class Patience {
  private failures = 0;
  private pausedUntilMs = 0;
  private isProbing = false;
  private lastReason: string | undefined;

  constructor(
    private readonly onChange: (reason: string | undefined) => void = () => undefined,
    private readonly now: () => number = Date.now,
  ) {}

  /** Why the server is left alone; undefined while it is not. */
  get reason(): string | undefined {
    return this.failures >= FAILURES ? this.lastReason : undefined;
  }

  /** Whether to try now; after a pause this is true once, until that try has ended. */
  mayTry(): boolean {
    if (this.failures < FAILURES) return true;
    if (this.isProbing || this.now() < this.pausedUntilMs) return false;
    this.isProbing = true;
    return true;
  }

  succeed(): void {
    const wasPaused = this.failures >= FAILURES;
    this.failures = 0;
    this.isProbing = false;
    if (wasPaused) this.onChange(undefined);
  }

  fail(reason: string): void {
    this.failures += 1;
    this.isProbing = false;
    this.lastReason = reason;
    if (this.failures < FAILURES) return;
    this.pausedUntilMs = this.now() + PAUSE_MS;
    if (this.failures === FAILURES) this.onChange(reason);
  }
}
