import type { ChatCompletion, ChatCompletionChunk, ChatCompletionRequest } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { GatewayCall } from '../http/gateway-call.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { ModelCalls } from '../routing/model-calls.js';
import { observeStream } from './observe-stream.js';

/** Everything that happens to a chat request, in order. */
@Injectable()
export class ChatService {
  constructor(
    private readonly calls: ModelCalls,
    private readonly metrics: GatewayMetrics,
  ) {}

  complete(request: ChatCompletionRequest, call: GatewayCall): Promise<ChatCompletion> {
    return this.calls.sendBuffered(request.model, call, ({ provider, model }, context) =>
      provider.complete({ ...request, model }, context),
    );
  }

  /** Resolves once the first content is there: a rejection is an ordinary HTTP error. */
  async openStream(request: ChatCompletionRequest, call: GatewayCall): Promise<Observable<ChatCompletionChunk>> {
    let sentAtMs = 0;
    const { value, candidate, isEmpty } = await this.calls.send(
      { modelName: request.model, isStream: true },
      call,
      (tried, context) => {
        sentAtMs = performance.now();
        return tried.provider.openStream({ ...request, model: tried.model }, context);
      },
    );
    const openedAtMs = performance.now();
    call.record.openedAtMs = openedAtMs;
    const labels = { provider: candidate.provider.name, model: candidate.name };
    this.metrics.timeToFirstToken({ ...labels, seconds: (openedAtMs - sentAtMs) / 1000 });
    return observeStream(value, {
      candidate,
      record: call.record,
      metrics: this.metrics,
      sentAtMs,
      openedAtMs,
      isEmpty,
    });
  }
}
