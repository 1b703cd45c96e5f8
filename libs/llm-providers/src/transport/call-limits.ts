import type { CallerLimits } from '../call-context.js';
import type { ProviderTimeouts } from '../provider-settings.js';

export type AnswerForm = 'stream' | 'buffered';

export interface CallLimits {
  totalMs: number;
  firstTokenMs: number;
  idleMs: number;
}

/** A limit that has passed already still gets a moment, so that its error is made in one place. */
const MIN_MS = 1;

/** The limits of one call: the provider's, or the caller's own where they are shorter. */
export function callLimits(
  timeouts: ProviderTimeouts,
  { deadlineAtMs, openByMs, maxSilenceMs = Infinity }: CallerLimits,
  form: AnswerForm,
  nowMs = Date.now(),
): CallLimits {
  const until = (atMs: number | undefined): number => (atMs === undefined ? Infinity : Math.max(MIN_MS, atMs - nowMs));
  const isBuffered = form === 'buffered';
  const ownTotalMs = isBuffered ? (timeouts.bufferedMs ?? timeouts.totalMs) : timeouts.totalMs;
  const openMs = Math.min(until(openByMs), maxSilenceMs);
  return {
    // Nothing is heard of a buffered answer before its end: its whole time is one silence.
    totalMs: Math.min(ownTotalMs, until(deadlineAtMs), isBuffered ? openMs : Infinity),
    firstTokenMs: Math.min(timeouts.firstTokenMs, openMs),
    idleMs: Math.min(timeouts.idleMs, maxSilenceMs),
  };
}
