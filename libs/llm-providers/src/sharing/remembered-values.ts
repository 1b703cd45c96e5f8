import { SingleFlight } from './single-flight.js';

/** A source that failed is asked again soon: nobody waits for it. */
const RETRY_AFTER_MS = 5_000;

export interface Freshness {
  /** Older than this, the value is renewed in the background. */
  maxAgeMs: number;
  /** Older than this, it is not used without waiting for a new one first. */
  maxStaleMs: number;
  /** The longest wait for a value. One that comes later is there for the next caller. */
  maxWaitMs: number;
}

/**
 * A value that its source is asked for when it is first needed; then it is remembered and renewed. Callers at the same time
 * share one question. After a failure the last good value stays, if there is one, and nobody waits until the source answers again.
 */
export class RefreshedValue<T> {
  private value: T | undefined;
  private valueAtMs = -Infinity;
  private nextAskAtMs = -Infinity;
  private readonly renewal = new SingleFlight(() => this.refresh());
  /** What `get` waits for where the value is stale. */
  private wait: Promise<void> = Promise.resolve();
  private isLate = false;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly freshness: Freshness,
  ) {}

  /** When the value was asked for, by `performance.now()`. */
  get askedAtMs(): number {
    return this.valueAtMs;
  }

  /** Waits only where the value is stale. Undefined where the source does not answer. */
  async get(): Promise<T | undefined> {
    if (this.renew()) await this.wait;
    return this.value;
  }

  /** The remembered value, undefined where it is stale. Never waits; a renewal that is due starts in the background. */
  peek(): T | undefined {
    return this.renew() ? undefined : this.value;
  }

  /** Starts a renewal where one is due. True: the remembered value is stale. */
  private renew(): boolean {
    const nowMs = performance.now();
    if (!this.renewal.isRunning && nowMs >= this.nextAskAtMs) this.start();
    return nowMs - this.valueAtMs > this.freshness.maxStaleMs;
  }

  private start(): void {
    const renewed = this.renewal.join();
    this.wait = this.isLate ? Promise.resolve() : this.waitFor(renewed);
  }

  /** Never rejects. */
  private async refresh(): Promise<void> {
    const startedAtMs = performance.now();
    const { maxAgeMs } = this.freshness;
    try {
      this.value = await this.ask();
      this.valueAtMs = startedAtMs;
      this.isLate = false;
      this.nextAskAtMs = startedAtMs + maxAgeMs;
    } catch {
      // A caller that asks the source itself gets the reason.
      this.isLate = true;
      this.nextAskAtMs = performance.now() + Math.min(maxAgeMs, RETRY_AFTER_MS);
    }
  }

  private waitFor(renewed: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.isLate = true;
        resolve();
      }, this.freshness.maxWaitMs);
      const end = (): void => {
        clearTimeout(timer);
        resolve();
      };
      renewed.then(end, end);
    });
  }
}

/** A map of at most `maxSize` entries: the one that was set or read longest ago is dropped. */
export class BoundedMap<K, V> {
  private readonly entries = new Map<K, V>();

  constructor(private readonly maxSize: number) {}

  get size(): number {
    return this.entries.size;
  }

  get(key: K): V | undefined {
    const value = this.entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: K, value: V): void {
    // A Map keeps the order of insertion.
    this.entries.delete(key);
    this.entries.set(key, value);
    const [oldest] = this.entries.keys();
    if (this.entries.size > this.maxSize && oldest !== undefined) this.entries.delete(oldest);
  }
}
