const WINDOW_SECONDS = 10;
const RETRY_SHARE = 0.1;
/** Without these a gateway with few requests could never retry. */
const FREE_RETRIES = 3;

interface Bucket {
  second: number;
  requests: number;
  retries: number;
}

/** Keeps retries from multiplying the load of a provider that is in trouble: a tenth of the requests of the last 10 s. */
export class RetryBudget {
  /** One for each second of the window in which somebody asked, the oldest first. */
  private buckets: Bucket[] = [];

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** A request's first try. */
  requestSent(): void {
    this.current().requests += 1;
  }

  /** True, and counted, while there is something left of the budget. */
  takeRetry(): boolean {
    const current = this.current();
    const requests = this.buckets.reduce((sum, bucket) => sum + bucket.requests, 0);
    const retries = this.buckets.reduce((sum, bucket) => sum + bucket.retries, 0);
    if (retries >= FREE_RETRIES && retries + 1 > requests * RETRY_SHARE) return false;
    current.retries += 1;
    return true;
  }

  private current(): Bucket {
    const second = Math.floor(this.nowMs() / 1000);
    const newest = this.buckets.at(-1);
    if (newest?.second === second) return newest;
    const current = { second, requests: 0, retries: 0 };
    this.buckets = [...this.buckets.filter((bucket) => bucket.second > second - WINDOW_SECONDS), current];
    return current;
  }
}
