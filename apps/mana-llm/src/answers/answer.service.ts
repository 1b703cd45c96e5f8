import type { ChatCompletion, ChatCompletionChunk, ChatCompletionRequest } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { CompletionCache } from '../cache/chat/completion-cache.js';
import type { GatewayCall } from '../call/gateway-call.js';
import { longestAnswerMs } from '../routing/candidate.js';
import { countedTokens } from '../call/counted-tokens.js';
import { ModelCalls } from '../routing/attempts/model-calls.js';
import { ModelRouter } from '../routing/model-router.js';

export interface OpenedStream {
  chunks$: Observable<ChatCompletionChunk>;
  /** No chunk takes longer than this, for its provider would have been given up. */
  maxSilenceMs: number;
}

/** Everything that happens to a chat request, in order. */
@Injectable()
export class AnswerService {
  constructor(
    private readonly router: ModelRouter,
    private readonly cache: CompletionCache,
    private readonly calls: ModelCalls,
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
  async openStream(request: ChatCompletionRequest, call: GatewayCall): Promise<OpenedStream> {
    const route = this.router.resolve(request);
    const chunks$ = await this.cache.openStream({ request, route, call }, (asking) =>
      this.calls.openStream(route, asking, ({ provider, model }, context) =>
        provider.openStream({ ...request, model }, context),
      ),
    );
    call.record.openedAtMs = performance.now();
    const recordTokens = tap(({ usage }: ChatCompletionChunk) => {
      if (usage) Object.assign(call.record, countedTokens(usage));
    });
    return { chunks$: chunks$.pipe(recordTokens), maxSilenceMs: longestAnswerMs(route) };
  }
}
