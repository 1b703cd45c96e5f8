import type { ChatCompletion, ChatCompletionChunk, ChatCompletionRequest } from '@mana-llm/openai-api';
import { Injectable } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { CompletionCache } from '../cache/chat/completion-cache.js';
import type { Call } from '../call/call.js';
import { longestAnswerMs } from '../routing/candidates.js';
import { CHAT, ModelCalls } from '../routing/attempts/model-calls.js';
import { ModelRouter } from '../routing/model-router.js';

/** A stream whose first content is there. */
export interface OpenedStream<T> {
  items$: Observable<T>;
  /** The next item or the end comes within this time: otherwise a timeout of the provider ends the stream. */
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

  async complete(request: ChatCompletionRequest, call: Call): Promise<ChatCompletion> {
    const route = this.router.resolve(request);
    return this.cache.complete({ request, route, call }, (asking) =>
      this.calls.complete(route, asking, CHAT, ({ provider, model }, context) =>
        provider.complete({ ...request, model }, context),
      ),
    );
  }

  /** Resolves once the first content is there: a rejection is an ordinary HTTP error. */
  async openStream(request: ChatCompletionRequest, call: Call): Promise<OpenedStream<ChatCompletionChunk>> {
    const route = this.router.resolve(request);
    const chunks$ = await this.cache.openStream({ request, route, call }, (asking) =>
      this.calls.openStream(route, asking, CHAT, ({ provider, model }, context) =>
        provider.openStream({ ...request, model }, context),
      ),
    );
    call.record.openedAtMs = performance.now();
    return { items$: chunks$, maxSilenceMs: longestAnswerMs(route) };
  }
}
