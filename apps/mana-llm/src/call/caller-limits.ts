import type { IncomingHttpHeaders } from 'node:http';
import type { CallerLimits } from '@mana-llm/llm-providers';

/**
 * An official client that meets its own timeout raises its timeout error, and an answer at that very moment another one. So our
 * answer comes this much after the client's clock. https://github.com/openai/openai-python#timeouts
 */
export const CLIENT_FIRST_MS = 250;
/** A timer may fire a little before `Date.now()` says so. */
const EARLY_TIMER_MS = 5;

const NO_LIMITS: CallerLimits = {};

function positive(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const value = typeof header === 'string' && header.trim() !== '' ? Number(header) : NaN;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/**
 * The caller's own limits. openai-node sends `x-stainless-timeout` in seconds, a clock that it stops at our response headers, and
 * openai-python `x-stainless-read-timeout`, its longest silence; `x-request-timeout-ms` is for the whole call.
 */
export function callerLimits(headers: IncomingHttpHeaders, nowMs = Date.now()): CallerLimits {
  const openSeconds = positive(headers['x-stainless-timeout']);
  const silenceSeconds = positive(headers['x-stainless-read-timeout']);
  const totalMs = positive(headers['x-request-timeout-ms']);
  if (openSeconds === undefined && silenceSeconds === undefined && totalMs === undefined) return NO_LIMITS;
  return {
    ...(openSeconds === undefined ? {} : { openByMs: nowMs + openSeconds * 1000 }),
    ...(silenceSeconds === undefined ? {} : { maxSilenceMs: silenceSeconds * 1000 }),
    ...(totalMs === undefined ? {} : { deadlineAtMs: nowMs + totalMs }),
  };
}

/** When an official client gives up waiting for our response headers; Infinity where it sent no such limit. */
export function headersDueAtMs(
  { openByMs = Infinity, maxSilenceMs = Infinity }: CallerLimits,
  nowMs = Date.now(),
): number {
  return Math.min(openByMs, nowMs + maxSilenceMs);
}

/** How long an error that is ready now waits, so that the client's own clock ends first: 0 before that clock has ended. */
export function holdErrorMs(dueAtMs: number, nowMs = Date.now()): number {
  return nowMs < dueAtMs - EARLY_TIMER_MS ? 0 : Math.max(0, dueAtMs + CLIENT_FIRST_MS - nowMs);
}
