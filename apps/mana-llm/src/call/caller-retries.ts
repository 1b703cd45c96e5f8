import type { IncomingHttpHeaders } from 'node:http';

/** How often the caller has sent this request before: official clients count their retries in a header. */
export function callerRetries(headers: IncomingHttpHeaders): number {
  const value = headers['x-stainless-retry-count'];
  const count = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : 0;
  return Number.isSafeInteger(count) ? count : 0;
}
