import { type CallContext, type LlmProvider, SingleFlight } from '@mana-llm/llm-providers';
import type { Model } from '@mana-llm/openai-api';
import { askWithin } from './endpoints/ping-provider.js';

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
