import { type LlmProvider, untilAborted, UpstreamError } from '@mana-llm/llm-providers';
import { randomUUID } from 'node:crypto';

export const PING_TIMEOUT_MS = 3_000;

export interface TimeLimit {
  provider: string;
  limitMs: number;
  /** What the error says that the provider did not do: `did not answer`. */
  missed: string;
  /** Ends the wait earlier. */
  stop?: AbortSignal;
}

/** Asks a provider, and waits no longer than the limit, even where the provider does not notice the signal at once. */
export async function askWithin<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  { provider, limitMs, missed, stop }: TimeLimit,
): Promise<T> {
  const late = new AbortController();
  const signal = stop === undefined ? late.signal : AbortSignal.any([stop, late.signal]);
  const timer = setTimeout(() => {
    const message = `${provider} ${missed} within ${limitMs / 1000} s.`;
    late.abort(new UpstreamError(message, { provider, kind: 'timeout', phase: 'total' }));
  }, limitMs);
  try {
    return await untilAborted(ask(signal), signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Resolves to the milliseconds that the ping took; rejects as it did, or at the timeout. A provider without a ping counts as there. */
export async function pingProvider(provider: LlmProvider): Promise<number> {
  if (provider.ping === undefined) return 0;
  const startedAtMs = performance.now();
  await askWithin(async (signal) => provider.ping?.({ signal, requestId: randomUUID() }), {
    provider: provider.name,
    limitMs: PING_TIMEOUT_MS,
    missed: 'did not answer',
  });
  return Math.round((performance.now() - startedAtMs) * 10) / 10;
}
