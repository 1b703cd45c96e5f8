import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type EmbeddingList,
  isJsonObject,
  type Model,
} from '@mana-llm/openai-api';
import type { Observable } from 'rxjs';
import { createSseOrJsonDecoder } from '@mana-llm/event-streams';
import type { CallContext } from '../call-context.js';
import {
  type ChatProvider,
  countInputs,
  type EmbeddingProvider,
  type LlmProvider,
  type ModelSource,
  type Pingable,
  type ProviderChatRequest,
  type ProviderEmbeddingRequest,
} from '../llm-provider.js';
import { inBandError } from '../errors/refusal-meaning.js';
import { UpstreamClient } from '../transport/upstream-client.js';
import type { OpenAiCompatibleSettings } from '../provider-settings.js';
import { type AnswerSource, ChunkNormalizer } from '../stream/chunk-normalizer.js';
import { normalizeCompletion, refuseEmptyCompletion } from '../stream/normalize-completion.js';
import { openAtFirstContent } from '../stream/open-at-first-content.js';
import { readChunks } from '../stream/read-chunks.js';
import { fromOpenAiEmbeddings, fromOpenAiModels, fromWholeAnswer, readOpenAiError } from './from-openai-answer.js';
import { toOpenAiRequest } from './to-openai-request.js';

/** The functions that a request declares; nothing for one that declares none. */
function toolNamesOf({ tools }: ProviderChatRequest): Pick<AnswerSource, 'toolNames'> {
  if (!Array.isArray(tools) || tools.length === 0) return {};
  return { toolNames: new Set(tools.flatMap((tool) => tool.function?.name ?? [])) };
}

/** Any server that speaks OpenAI's API. */
export class OpenAiCompatibleProvider implements LlmProvider, ChatProvider, EmbeddingProvider, ModelSource, Pingable {
  readonly name: string;
  private readonly client: UpstreamClient;

  constructor(private readonly settings: OpenAiCompatibleSettings) {
    this.name = settings.name;
    const authorization: Record<string, string> =
      settings.apiKey === undefined ? {} : { authorization: `Bearer ${settings.apiKey}` };
    this.client = new UpstreamClient({
      provider: settings.name,
      baseUrl: settings.baseUrl,
      headers: { ...authorization, ...settings.headers },
      query: settings.query,
      timeouts: settings.timeouts,
      ...(settings.answerLimits === undefined ? {} : { answerLimits: settings.answerLimits }),
      readError: readOpenAiError,
    });
  }

  async complete(request: ProviderChatRequest, context: CallContext): Promise<ChatCompletion> {
    const body = toOpenAiRequest({ ...request, stream: false, stream_options: undefined }, this.settings);
    const raw = await this.client.postJson('/chat/completions', body, context);
    this.throwErrorInside(raw);
    return refuseEmptyCompletion(normalizeCompletion(raw, this.source(request)), this.name);
  }

  async openStream(request: ProviderChatRequest, context: CallContext): Promise<Observable<ChatCompletionChunk>> {
    const streamOptions = { ...request.stream_options, include_usage: true };
    const body = toOpenAiRequest({ ...request, stream: true, stream_options: streamOptions }, this.settings);
    const call = this.client.startCall(context, 'stream');
    const source = await this.client.openStream('/chat/completions', body, call);
    const answer = { ...this.source(request), ...toolNamesOf(request) };
    const chunks$ = readChunks(source, {
      createDecoder: createSseOrJsonDecoder,
      normalizer: new ChunkNormalizer(answer),
      read: (raw, isWhole) => (isWhole ? { raw: fromWholeAnswer(raw, answer), isEnd: true } : { raw }),
      endsWithoutMarker: !this.settings.endMarker,
    });
    return openAtFirstContent(chunks$, { provider: this.name, onContent: () => call.contentSeen() });
  }

  async embed(request: ProviderEmbeddingRequest, context: CallContext): Promise<EmbeddingList> {
    // Floats are asked for whatever the caller wants: not every provider can pack them, and packing costs us little.
    const body = toOpenAiRequest({ ...request, encoding_format: 'float' }, this.settings);
    const raw = await this.client.postJson('/embeddings', body, context, { exactIntegers: false });
    this.throwErrorInside(raw);
    return fromOpenAiEmbeddings(raw, { ...this.source(request), inputCount: countInputs(request.input) });
  }

  async listModels(context: CallContext): Promise<Model[]> {
    const raw = await this.client.getJson('/models', context);
    this.throwErrorInside(raw);
    return fromOpenAiModels(raw, this.name);
  }

  async ping(context: CallContext): Promise<void> {
    this.throwErrorInside(await this.client.getJson('/models', context));
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private source({ model }: { model: string }): AnswerSource {
    return { provider: this.name, model };
  }

  private throwErrorInside(raw: unknown): void {
    const error = isJsonObject(raw) ? inBandError(raw, this.name) : undefined;
    if (error !== undefined) throw error;
  }
}
