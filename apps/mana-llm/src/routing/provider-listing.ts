import { type CallContext, type LlmProvider, SingleFlight, untilAborted, UpstreamError } from '@mana-llm/llm-providers';
import type { Model } from '@mana-llm/openai-api';

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

  private async ask(left: AbortSignal): Promise<Model[]> {
    const { name } = this.provider;
    if (this.provider.listModels === undefined) return [];
    const late = new AbortController();
    const signal = AbortSignal.any([left, late.signal]);
    const timer = setTimeout(() => {
      const message = `${name} did not list its models within ${LISTING_TIMEOUT_MS / 1000} s.`;
      late.abort(new UpstreamError(message, { provider: name, kind: 'timeout', phase: 'total' }));
    }, LISTING_TIMEOUT_MS);
    try {
      // Raced as well: a provider that is slow to notice the signal must not hold up the others.
      return await untilAborted(this.provider.listModels({ signal, requestId: this.requestId }), signal);
    } finally {
      clearTimeout(timer);
    }
  }
}
