import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatMessage,
  type EmbeddingList,
  isJsonObject,
  type Model,
} from '@mana-llm/openai-api';
import { catchError, type Observable, throwError } from 'rxjs';
import type { CallContext } from '../call-context.js';
import { inBandError } from '../errors/in-band-error.js';
import type { AnswerForm } from '../http/call-limits.js';
import { fetchPublicImage } from '../http/fetch-public-image.js';
import { createNdjsonDecoder } from '../http/ndjson-decoder.js';
import type { UpstreamCall } from '../http/upstream-call.js';
import { UpstreamClient } from '../http/upstream-client.js';
import type { LlmProvider, ProviderChatRequest, ProviderEmbeddingRequest } from '../llm-provider.js';
import type { OllamaSettings } from '../provider-settings.js';
import { type AnswerSource, ChunkNormalizer } from '../stream/chunk-normalizer.js';
import { completeChoices, streamChoices } from '../stream/multiply-choices.js';
import { normalizeCompletion } from '../stream/normalize-completion.js';
import { openAtFirstContent } from '../stream/open-at-first-content.js';
import { readChunks } from '../stream/read-chunks.js';
import { refuseEmptyCompletion } from '../stream/refuse-empty-completion.js';
import { askWithContext, type KnownContext } from './ask-with-context.js';
import { embedInBatches } from './embed-in-batches.js';
import { createOllamaChunkMapper } from './from-ollama-chunk.js';
import type { AnswerReading } from './from-ollama-envelope.js';
import { fromOllamaModels } from './from-ollama-models.js';
import { fromOllamaResponse } from './from-ollama-response.js';
import { type FetchImage, inlineImages } from './inline-images.js';
import { ModelCatalog } from './model-catalog.js';
import type { OllamaChatRequest, OllamaEmbedRequest } from './ollama-api.js';
import { clarifyOllamaError, readOllamaError } from './read-ollama-error.js';
import { refuseMissingCapability } from './refuse-missing-capability.js';
import { toOllamaRequest } from './to-ollama-request.js';
import { wantedCapabilities } from './wanted-capabilities.js';
import { withChoiceSeed } from './with-choice-seed.js';

/** Any server that speaks Ollama's own API. Its OpenAI-like routes are not used: they lose fields and cut long prompts. */
export class OllamaProvider implements LlmProvider {
  readonly name: string;
  private readonly client: UpstreamClient;
  private readonly catalog: ModelCatalog;
  private readonly maxContext: number | undefined;

  constructor(
    private readonly settings: OllamaSettings,
    private readonly fetchImage: FetchImage = (url, signal) => fetchPublicImage(url, { signal }),
  ) {
    this.name = settings.name;
    this.client = new UpstreamClient({
      provider: settings.name,
      baseUrl: settings.baseUrl,
      headers: settings.headers,
      query: {},
      timeouts: settings.timeouts,
      readError: (status, body) => readOllamaError(settings.name, status, body),
    });
    this.catalog = new ModelCatalog(this.client);
    this.maxContext = settings.maxContext;
  }

  async complete(request: ProviderChatRequest, context: CallContext): Promise<ChatCompletion> {
    const { body, known } = await this.prepare(request, 'buffered', context);
    const reading = this.readingOf(request, body);
    return completeChoices(request.n ?? 1, context, async (index, ownContext) => {
      const raw = await askWithContext(withChoiceSeed(body, index), known, async (sized) => {
        const answer = await this.client.postJson('/api/chat', sized, ownContext);
        this.throwErrorInside(answer);
        return answer;
      });
      const completion = normalizeCompletion(fromOllamaResponse(raw, reading, this.name), this.source(body.model));
      return refuseEmptyCompletion(completion, this.name);
    });
  }

  async openStream(request: ProviderChatRequest, context: CallContext): Promise<Observable<ChatCompletionChunk>> {
    const { body, known } = await this.prepare(request, 'stream', context);
    const reading = this.readingOf(request, body);
    return streamChoices(request.n ?? 1, context, (index, ownContext) =>
      askWithContext(withChoiceSeed(body, index), known, (sized) => this.openOne(sized, reading, ownContext)),
    );
  }

  async embed(request: ProviderEmbeddingRequest, context: CallContext): Promise<EmbeddingList> {
    const { embedBatch: batchSize, timeouts } = this.settings;
    // Each batch has a buffered answer's time, all of them together have the total.
    const deadlineAtMs = Math.min(Date.now() + timeouts.totalMs, context.limits?.deadlineAtMs ?? Infinity);
    const bounded = { ...context, limits: { ...context.limits, deadlineAtMs } };
    const ask = async (body: OllamaEmbedRequest): Promise<unknown> => {
      const raw = await this.client.postJson('/api/embed', body, bounded);
      this.throwErrorInside(raw);
      return raw;
    };
    return embedInBatches(request, { provider: this.name, batchSize, ask });
  }

  async listModels(context: CallContext): Promise<Model[]> {
    return fromOllamaModels(await this.client.getJson('/api/tags', context), this.name);
  }

  async ping(context: CallContext): Promise<void> {
    await this.client.getJson('/api/version', context);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  /** The request in Ollama's words, refused where its model is known to be unable, and how large its context may be. */
  private async prepare(
    request: ProviderChatRequest,
    form: AnswerForm,
    context: CallContext,
  ): Promise<{ body: OllamaChatRequest; known: KnownContext }> {
    const messages = await this.withImages(request.messages, form, context);
    const body = toOllamaRequest({ ...request, messages }, form === 'stream');
    const info = await this.catalog.find(body.model);
    await refuseMissingCapability(this.name, info, wantedCapabilities(request, body), (name) =>
      this.catalog.having(name),
    );
    const limits = [info.contextLength, this.maxContext].filter((limit) => limit !== undefined);
    const limitTokens = limits.length === 0 ? undefined : Math.min(...limits);
    return { body, known: { limitTokens, loadedTokens: await this.catalog.loadedContext(body.model) } };
  }

  private async withImages(messages: ChatMessage[], form: AnswerForm, context: CallContext): Promise<ChatMessage[]> {
    if (!this.settings.imageFetch) return messages;
    const startCall = (): UpstreamCall => this.client.startCall(context, form);
    return inlineImages(messages, { fetchImage: this.fetchImage, startCall });
  }

  private async openOne(
    body: OllamaChatRequest,
    reading: AnswerReading,
    context: CallContext,
  ): Promise<Observable<ChatCompletionChunk>> {
    const call = this.client.startCall(context, 'stream');
    const source = await this.client.openStream('/api/chat', body, call, 'json');
    const toChunk = createOllamaChunkMapper(reading);
    const chunks$ = readChunks(source, {
      decoder: createNdjsonDecoder(),
      normalizer: new ChunkNormalizer(this.source(body.model)),
      read: (line) => ({ raw: toChunk(line), isEnd: line['done'] === true }),
    }).pipe(catchError((error: unknown) => throwError(() => clarifyOllamaError(error))));
    return openAtFirstContent(chunks$, { provider: this.name, onContent: () => call.contentSeen() });
  }

  private readingOf(request: ProviderChatRequest, body: OllamaChatRequest): AnswerReading {
    return { isJson: body.format !== undefined, hasOneCallAtMost: request['parallel_tool_calls'] === false };
  }

  private source(model: string): AnswerSource {
    return { provider: this.name, model };
  }

  private throwErrorInside(raw: unknown): void {
    const error = isJsonObject(raw) ? inBandError(raw, this.name) : undefined;
    if (error !== undefined) throw clarifyOllamaError(error);
  }
}
