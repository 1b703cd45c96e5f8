import type { IncomingHttpHeaders } from 'node:http';
import type { CallerLimits } from '@mana-llm/llm-providers';

/**
 * At its own timeout an official client raises its timeout error. An answer that comes at that very moment makes it raise another
 * one. So our answer comes this much later. https://github.com/openai/openai-python#timeouts
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
 * The caller's own limits. `x-stainless-timeout` of openai-node, in seconds: the time up to our response headers.
 * `x-stainless-read-timeout` of openai-python, in seconds: the longest silence. `x-request-timeout-ms`: the time of the whole call.
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

/**
 * How long an error waits before it is sent, so that the client's own clock ends first. 0 while that clock runs, and long after its
 * end.
 */
export function holdErrorMs(dueAtMs: number, nowMs = Date.now()): number {
  return nowMs < dueAtMs - EARLY_TIMER_MS ? 0 : Math.max(0, dueAtMs + CLIENT_FIRST_MS - nowMs);
}
