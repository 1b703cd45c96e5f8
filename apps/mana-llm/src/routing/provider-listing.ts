import { type CallContext, type LlmProvider, untilAborted, UpstreamError } from '@mana-llm/llm-providers';
import type { Model } from '@mana-llm/openai-api';

export const LISTING_TIMEOUT_MS = 3_000;
export const MEMORY_MS = 10_000;
export const FAILURE_MEMORY_MS = 2_000;

interface Flight {
  answer: Promise<Model[]>;
  controller: AbortController;
  readers: number;
}

/** One provider's models, remembered for a short while. Callers at the same time share one call of the provider. */
export class ProviderListing {
  private remembered: Promise<Model[]> | undefined;
  private freshUntilMs = 0;
  private flight: Flight | undefined;

  constructor(readonly provider: LlmProvider) {}

  /** Rejects as the provider did, or with the reason of `context.signal`. */
  async models(context: CallContext): Promise<Model[]> {
    context.signal.throwIfAborted();
    if (this.remembered !== undefined && Date.now() < this.freshUntilMs) {
      return this.remembered;
    }
    const flight = (this.flight ??= this.takeOff(context.requestId));
    flight.readers += 1;
    try {
      return await untilAborted(flight.answer, context.signal);
    } finally {
      flight.readers -= 1;
      this.abandonUnread(flight);
    }
  }

  private takeOff(requestId: string): Flight {
    const controller = new AbortController();
    const flight: Flight = { answer: this.ask(controller, requestId), controller, readers: 0 };
    flight.answer.then(
      () => this.land(flight, MEMORY_MS),
      () => this.land(flight, FAILURE_MEMORY_MS),
    );
    return flight;
  }

  private async ask(controller: AbortController, requestId: string): Promise<Model[]> {
    const { name } = this.provider;
    if (this.provider.listModels === undefined) return [];
    const timer = setTimeout(() => {
      const message = `${name} did not list its models within ${LISTING_TIMEOUT_MS / 1000} s.`;
      controller.abort(new UpstreamError(message, { provider: name, kind: 'timeout', phase: 'total' }));
    }, LISTING_TIMEOUT_MS);
    try {
      // Raced as well: a provider that is slow to notice the signal must not hold up the others.
      return await untilAborted(this.provider.listModels({ signal: controller.signal, requestId }), controller.signal);
    } finally {
      clearTimeout(timer);
    }
  }

  private land(flight: Flight, memoryMs: number): void {
    if (this.flight === flight) {
      this.flight = undefined;
      this.remembered = flight.answer;
      this.freshUntilMs = Date.now() + memoryMs;
    }
  }

  /** When the last reader has left before the answer, the provider is stopped and nothing is remembered. */
  private abandonUnread(flight: Flight): void {
    if (flight.readers === 0 && this.flight === flight) {
      this.flight = undefined;
      flight.controller.abort();
    }
  }
}
