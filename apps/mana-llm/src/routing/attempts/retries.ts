import { UpstreamError } from '@mana-llm/llm-providers';
import { failureOf } from './failures.js';

const WINDOW_SECONDS = 10;
const RETRY_SHARE = 0.1;
/** Without these a gateway with few requests could never retry. */
const FREE_RETRIES = 3;

interface Bucket {
  second: number;
  requests: number;
  retries: number;
}

/** Keeps retries from multiplying the load of a provider that is in trouble. */
export interface RetryBudget {
  /** A request's first try. */
  requestSent(): void;
  /** True, and counted, while there is something left of the budget. */
  takeRetry(): boolean;
}

/** Retries are a tenth of the requests of the last 10 s, at most. */
export class MemoryRetryBudget implements RetryBudget {
  /** One for each second of the window with a request, the oldest first. */
  private buckets: Bucket[] = [];

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  requestSent(): void {
    this.current().requests += 1;
  }

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

const SHORTEST_BACKOFF_MS = 25;
/** The backoff of the first retry is at most this times the shortest. */
const SPREAD = 4;
const LONGEST_BACKOFF_MS = 2000;
const LONGEST_RETRY_AFTER_MS = 5000;
/** So that requests that were refused at the same time are not sent again at the same time. */
const RETRY_AFTER_JITTER = 0.1;

export interface RetryDelayOptions {
  /** There is no other candidate that could answer meanwhile. */
  mayWait: boolean;
  random?: () => number;
}

function backoffMs(retry: number, random: () => number): number {
  const longestMs = Math.min(SHORTEST_BACKOFF_MS * SPREAD * 2 ** (retry - 1), LONGEST_BACKOFF_MS);
  const shortestMs = longestMs / SPREAD;
  return Math.round(shortestMs + random() * (longestMs - shortestMs));
}

function askedDelayMs({ retryAfterMs }: UpstreamError, random: () => number): number | undefined {
  if (retryAfterMs === undefined || retryAfterMs > LONGEST_RETRY_AFTER_MS) return undefined;
  return Math.ceil(retryAfterMs * (1 + random() * RETRY_AFTER_JITTER));
}

/** How long to wait before the same candidate is asked again, `retry` 1 being the first; undefined: it is not worth it. */
export function retryDelayMs(error: unknown, retry: number, options: RetryDelayOptions): number | undefined {
  if (!(error instanceof UpstreamError)) return undefined;
  const { mayWait, random = Math.random } = options;
  const kind = failureOf(error).retry;
  if (kind === 'soon') return backoffMs(retry, random);
  return kind === 'as_asked' && mayWait ? askedDelayMs(error, random) : undefined;
}

/** Resolves after `ms`, or rejects with the reason of the signal where that comes first. */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const end = (): void => {
      signal.removeEventListener('abort', giveUp);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (signal.aborted) giveUp();
    else signal.addEventListener('abort', giveUp, { once: true });
  });
}
