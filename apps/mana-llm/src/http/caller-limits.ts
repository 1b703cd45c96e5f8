import type { IncomingHttpHeaders } from 'node:http';
import type { CallerLimits } from '@mana-llm/llm-providers';

function positive(header: string | string[] | undefined): number | undefined {
  const value = typeof header === 'string' && header.trim() !== '' ? Number(header) : NaN;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/**
 * The caller's own limits. Official clients send `x-stainless-timeout` in seconds, which they stop at our response headers, and
 * openai-python `x-stainless-read-timeout`, its longest silence; `x-request-timeout-ms` is for the whole call.
 */
export function callerLimits(headers: IncomingHttpHeaders, nowMs = Date.now()): CallerLimits {
  const openSeconds = positive(headers['x-stainless-timeout']);
  const silenceSeconds = positive(headers['x-stainless-read-timeout']);
  const totalMs = positive(headers['x-request-timeout-ms']);
  return {
    ...(openSeconds === undefined ? {} : { openByMs: nowMs + openSeconds * 1000 }),
    ...(silenceSeconds === undefined ? {} : { maxSilenceMs: silenceSeconds * 1000 }),
    ...(totalMs === undefined ? {} : { deadlineAtMs: nowMs + totalMs }),
  };
}
