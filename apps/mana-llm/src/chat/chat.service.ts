import type { ChatCompletion, ChatCompletionChunk, ChatCompletionRequest } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { CompletionCache } from '../cache/completion-cache.js';
import type { GatewayCall } from '../http/gateway-call.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { ModelCalls } from '../routing/model-calls.js';
import { ModelRouter } from '../routing/model-router.js';
import { observeStream } from './observe-stream.js';

/** Everything that happens to a chat request, in order. */
@Injectable()
export class ChatService {
  constructor(
    private readonly router: ModelRouter,
    private readonly cache: CompletionCache,
    private readonly calls: ModelCalls,
    private readonly metrics: GatewayMetrics,
  ) {}

  async complete(request: ChatCompletionRequest, call: GatewayCall): Promise<ChatCompletion> {
    const route = this.router.resolve(request);
    return this.cache.complete({ request, route, call }, (asking) =>
      this.calls.complete(route, asking, ({ provider, model }, context) =>
        provider.complete({ ...request, model }, context),
      ),
    );
  }

  /** Resolves once the first content is there: a rejection is an ordinary HTTP error. */
  async openStream(request: ChatCompletionRequest, call: GatewayCall): Promise<Observable<ChatCompletionChunk>> {
    const route = this.router.resolve(request);
    const chunks$ = await this.cache.openStream({ request, route, call }, (asking) =>
      this.calls.openStream(route, asking, ({ provider, model }, context) =>
        provider.openStream({ ...request, model }, context),
      ),
    );
    call.record.openedAtMs = performance.now();
    return observeStream(chunks$, call.record, this.metrics);
  }
}
