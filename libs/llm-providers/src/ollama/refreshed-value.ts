/**
 * A value that is asked for when it is first needed, then remembered, and renewed in the background once it is older than
 * `maxAgeMs`. A failure is remembered as long: then the last value stays, or there is none.
 */
export class RefreshedValue<T> {
  private value: T | undefined;
  private askedAtMs = -Infinity;
  private asking: Promise<void> | undefined;

  constructor(
    private readonly ask: () => Promise<T>,
    private readonly maxAgeMs: number,
  ) {}

  /** At once where there is a value; undefined where asking failed. */
  async get(): Promise<T | undefined> {
    const isFresh = performance.now() - this.askedAtMs < this.maxAgeMs;
    if (!isFresh) this.asking ??= this.refresh();
    if (this.value === undefined) await this.asking;
    return this.value;
  }

  private async refresh(): Promise<void> {
    try {
      this.value = await this.ask();
    } catch {
      // Whoever asks the server itself meets the reason.
    } finally {
      this.askedAtMs = performance.now();
      this.asking = undefined;
    }
  }
}
