const FAILURES = 3;
const OPEN_MS = 30_000;

/**
 * A circuit breaker for one kind of command. It opens after several failures in a row: then no command is sent to Redis. When its
 * open time is over, one command is let through and shows whether Redis works again.
 */
export class RedisBreaker {
  private failures = 0;
  private openUntilMs = 0;
  private isProbing = false;
  private lastReason: string | undefined;

  /** `onChange` is told the reason when the breaker opens, and undefined when it closes. */
  constructor(
    private readonly onChange: (reason: string | undefined) => void = () => undefined,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** Why the breaker is open; undefined while it is closed. */
  get reason(): string | undefined {
    return this.failures >= FAILURES ? this.lastReason : undefined;
  }

  /** Whether a command may be sent now. When the open time is over this is true once, until that command has ended. */
  mayTry(): boolean {
    if (this.failures < FAILURES) return true;
    if (this.isProbing || this.nowMs() < this.openUntilMs) return false;
    this.isProbing = true;
    return true;
  }

  succeeded(): void {
    const wasOpen = this.failures >= FAILURES;
    this.failures = 0;
    this.isProbing = false;
    if (wasOpen) this.onChange(undefined);
  }

  failed(reason: string): void {
    this.failures += 1;
    this.isProbing = false;
    this.lastReason = reason;
    if (this.failures < FAILURES) return;
    this.openUntilMs = this.nowMs() + OPEN_MS;
    if (this.failures === FAILURES) this.onChange(reason);
  }
}
