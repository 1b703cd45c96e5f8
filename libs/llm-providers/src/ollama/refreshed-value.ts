/** A source that failed is asked again soon: nobody waits for it. */
const RETRY_AFTER_MS = 5_000;

export interface Freshness {
  /** Older than this, the value is renewed in the background. */
  maxAgeMs: number;
  /** Older than this, it is not used without waiting for a new one first. */
  maxStaleMs: number;
  /** The longest wait for a value; what comes later is there for the next. */
  maxWaitMs: number;
}

/**
 * A value that is asked for when it is first needed, then remembered and renewed. Needs at the same time share one question.
 * A failure is remembered too: until the source answers again, the last value stays or there is none, and nobody waits.
 */
export class RefreshedValue<T> {
  private value: T | undefined;
  private valueAtMs = -Infinity;
  private nextAskAtMs = -Infinity;
  private asking: Promise<void> | undefined;
  private patience: Promise<void> = Promise.resolve();
  private isLate = false;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly freshness: Freshness,
  ) {}

  /** When the value was asked for, by `performance.now()`. */
  get askedAtMs(): number {
    return this.valueAtMs;
  }

  /** At once where there is a value that is young enough; undefined where the source does not answer. */
  async get(): Promise<T | undefined> {
    if (this.renew()) await this.patience;
    return this.value;
  }

  /** The value as it is remembered, where it is not stale: renewed in the background as ever, and never waited for. */
  peek(): T | undefined {
    return this.renew() ? undefined : this.value;
  }

  /** Starts a renewal where one is due; true: what is remembered is stale. */
  private renew(): boolean {
    const nowMs = performance.now();
    if (this.asking === undefined && nowMs >= this.nextAskAtMs) this.start(nowMs);
    return nowMs - this.valueAtMs > this.freshness.maxStaleMs;
  }

  private start(startedAtMs: number): void {
    this.asking = this.refresh(startedAtMs);
    this.patience = this.isLate ? Promise.resolve() : this.waitFor(this.asking);
  }

  private async refresh(startedAtMs: number): Promise<void> {
    const { maxAgeMs } = this.freshness;
    try {
      this.value = await this.ask();
      this.valueAtMs = startedAtMs;
      this.isLate = false;
      this.nextAskAtMs = startedAtMs + maxAgeMs;
    } catch {
      // Whoever asks the source itself meets the reason.
      this.isLate = true;
      this.nextAskAtMs = performance.now() + Math.min(maxAgeMs, RETRY_AFTER_MS);
    } finally {
      this.asking = undefined;
    }
  }

  private waitFor(asking: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.isLate = true;
        resolve();
      }, this.freshness.maxWaitMs);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      asking.then(end, end);
    });
  }
}
