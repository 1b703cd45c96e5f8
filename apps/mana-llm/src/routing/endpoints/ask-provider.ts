import { randomUUID } from 'node:crypto';
import { type CallContext, type LlmProvider, SingleFlight, untilAborted, UpstreamError } from '@mana-llm/llm-providers';
import type { Model } from '@mana-llm/openai-api';

export const PING_TIMEOUT_MS = 3_000;

interface TimeLimit {
  provider: string;
  limitMs: number;
  /** What the error says that the provider did not do: `did not answer`. */
  missed: string;
  /** Ends the wait earlier. */
  stop?: AbortSignal;
}

/** Asks a provider, and waits no longer than the limit, even where the provider does not notice the signal at once. */
async function askWithin<T>(
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

export const LISTING_TIMEOUT_MS = 3_000;
export const MEMORY_MS = 10_000;
export const FAILURE_MEMORY_MS = 2_000;

/** One endpoint's models, remembered for a short while. Callers at the same time share one call of the endpoint. */
export class ProviderListing {
  private remembered: Promise<Model[]> | undefined;
  private freshUntilMs = 0;
  /** Of the caller who starts the call. */
  private requestId = '';
  private readonly listing = new SingleFlight<Model[]>((signal) => this.askAndRemember(signal));

  constructor(readonly provider: LlmProvider) {}

  /** Rejects as the provider did, or with the reason of `context.signal`. When the last caller leaves, the call is stopped. */
  async models(context: CallContext): Promise<Model[]> {
    context.signal.throwIfAborted();
    if (this.remembered !== undefined && Date.now() < this.freshUntilMs) {
      return this.remembered;
    }
    if (!this.listing.isRunning) this.requestId = context.requestId;
    return this.listing.join(context.signal);
  }

  private askAndRemember(signal: AbortSignal): Promise<Model[]> {
    const answer = this.ask(signal);
    const rememberFor = (memoryMs: number): void => {
      if (signal.aborted) return;
      this.remembered = answer;
      this.freshUntilMs = Date.now() + memoryMs;
    };
    answer.then(
      () => rememberFor(MEMORY_MS),
      () => rememberFor(FAILURE_MEMORY_MS),
    );
    return answer;
  }

  private ask(stop: AbortSignal): Promise<Model[]> {
    const { provider, requestId } = this;
    return askWithin(async (signal) => (await provider.listModels?.({ signal, requestId })) ?? [], {
      provider: provider.name,
      limitMs: LISTING_TIMEOUT_MS,
      missed: 'did not list its models',
      stop,
    });
  }
}
