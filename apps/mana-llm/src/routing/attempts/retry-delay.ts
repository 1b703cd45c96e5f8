import { UpstreamError } from '@mana-llm/llm-providers';
import { isQuotaSpent } from '../../errors/is-quota-spent.js';

const SHORTEST_BACKOFF_MS = 25;
/** The backoff of the first retry is at most this times the shortest. */
const SPREAD = 4;
const LONGEST_BACKOFF_MS = 2000;
const LONGEST_RETRY_AFTER_MS = 5000;
/** So that all who were refused at the same time do not come back at the same time. */
const RETRY_AFTER_JITTER = 0.1;

const PASSING_STATUSES = new Set([429, 503]);

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

function askedDelayMs(error: UpstreamError, random: () => number): number | undefined {
  const { status, retryAfterMs } = error;
  if (status === undefined || !PASSING_STATUSES.has(status)) return undefined;
  if (isQuotaSpent(error)) return undefined;
  if (retryAfterMs === undefined || retryAfterMs > LONGEST_RETRY_AFTER_MS) return undefined;
  return Math.ceil(retryAfterMs * (1 + random() * RETRY_AFTER_JITTER));
}

/** How long to wait before the same candidate is asked again, `retry` 1 being the first; undefined: it is not worth it. */
export function retryDelayMs(error: unknown, retry: number, options: RetryDelayOptions): number | undefined {
  if (!(error instanceof UpstreamError)) return undefined;
  const { mayWait, random = Math.random } = options;
  if (error.kind === 'connection_failed') return backoffMs(retry, random);
  return error.kind === 'refused' && mayWait ? askedDelayMs(error, random) : undefined;
}
