import type { Observable } from 'rxjs';
import type { ChatCompletionChunk } from '@mana-llm/openai-api';
import type { LlmCallOptions, LlmClientOptions } from '../call-options.js';
import { HttpLlmClient, type LlmChatRequest, type LlmTextOptions } from '../llm-client.js';
import type { LlmPrompt } from '../text.js';
import { readIncomingRequest } from './forward-request.module.js';
import { toObservable } from './llm-observables.js';

/** What only the Nest module knows of a client. */
export interface LlmServiceOptions {
  /** Whether calls take the ids and the deadline of the HTTP request that is being handled. */
  forwardRequest?: boolean | undefined;
}

/** The client as a provider of Nest, and its streams as Observables. */
export class LlmService extends HttpLlmClient {
  constructor(options: LlmClientOptions, { forwardRequest = false }: LlmServiceOptions = {}) {
    super(options, forwardRequest ? readIncomingRequest : undefined);
  }

  /** `textStream` for `@Sse`. Each subscription is a call of its own; unsubscribing stops it. Errors are those of `textStream`. */
  textStream$(prompt: LlmPrompt, options?: LlmTextOptions): Observable<string> {
    return toObservable(() => this.textStream(prompt, options));
  }

  /** `chatStream` for `@Sse`. Each subscription is a call of its own; unsubscribing stops it. Errors are those of `chatStream`. */
  chatStream$(request: LlmChatRequest, options?: LlmCallOptions): Observable<ChatCompletionChunk> {
    return toObservable(() => this.chatStream(request, options));
  }
}
