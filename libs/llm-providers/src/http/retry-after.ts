type Headers = Readonly<Record<string, unknown>>;

/** Milliseconds that `retry-after-ms` or `retry-after` (seconds or an HTTP date) ask to wait; undefined without either. */
export function retryAfterMs(headers: Headers, nowMs = Date.now()): number | undefined {
  const ms = Number(headers['retry-after-ms'] || NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const value = headers['retry-after'];
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1000 : undefined;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}
