import {
  type ChatCompletion,
  type ChatCompletionChunk,
  type ChatMessage,
  type EmbeddingList,
  isJsonObject,
  type Model,
} from '@mana-llm/openai-api';
import { Logger } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { CallContext } from '../call-context.js';
import type { AnswerForm } from '../transport/call-limits.js';
import { fetchPublicImage } from './images/fetch-public-image.js';
import type { UpstreamCall } from '../transport/upstream-call.js';
import { UpstreamClient } from '../transport/upstream-client.js';
import type { LlmProvider, ModelPlacement, ProviderChatRequest, ProviderEmbeddingRequest } from '../llm-provider.js';
import type { OllamaSettings } from '../provider-settings.js';
import type { AnswerSource } from '../stream/chunk-normalizer.js';
import { completeChoices, streamChoices } from '../stream/multiply-choices.js';
import { normalizeCompletion, refuseEmptyCompletion } from '../stream/normalize-completion.js';
import { openAtFirstContent } from '../stream/open-at-first-content.js';
import { isTokenCount } from '../stream/answer-fields.js';
import { askWithContext, type KnownContext } from './context/ask-with-context.js';
import { LoadLog, toLogEvent } from './context/load-log.js';
import { OllamaEmbeddings } from './embeddings/ollama-embeddings.js';
import { type FetchImage, inlineImages } from './images/inline-images.js';
import { requiredCapabilities } from './models/capabilities.js';
import { fromOllamaModels } from './models/from-ollama-models.js';
import { ModelKnowledge } from './models/model-knowledge.js';
import { createModelPuller, type ModelPuller } from './pull/model-puller.js';
import { fromOllamaResponse } from './response/from-ollama-response.js';
import type { OllamaChatRequest } from './ollama-api.js';
import { withChoiceSeed } from './request/to-ollama-options.js';
import { toOllamaRequest } from './request/to-ollama-request.js';
import { type AnswerReading, toAnswerReading } from './response/answer-reading.js';
import { readOllamaStream } from './response/from-ollama-stream.js';
import { readOllamaError, throwErrorInside } from './response/read-ollama-error.js';

/** A server with Ollama's own API. Its OpenAI-compatible routes are not used: they lose fields and cut long prompts. */
export class OllamaProvider implements LlmProvider {
  readonly name: string;
  private readonly client: UpstreamClient;
  private readonly models: ModelKnowledge;
  private readonly loads: LoadLog;
  private readonly embeddings: OllamaEmbeddings;
  private readonly puller: ModelPuller | undefined;

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
      ...(settings.answerLimits === undefined ? {} : { answerLimits: settings.answerLimits }),
      readError: readOllamaError,
    });
    this.models = new ModelKnowledge(this.client, settings);
    const log = toLogEvent(new Logger(OllamaProvider.name));
    this.loads = new LoadLog(settings.name, log);
    this.embeddings = new OllamaEmbeddings({ settings, client: this.client, models: this.models, loads: this.loads });
    this.puller = createModelPuller(settings, log);
  }

  complete(request: ProviderChatRequest, context: CallContext): Promise<ChatCompletion> {
    return this.withModel(request.model, 'buffered', context, () => this.completeAll(request, context));
  }

  openStream(request: ProviderChatRequest, context: CallContext): Promise<Observable<ChatCompletionChunk>> {
    return this.withModel(request.model, 'stream', context, () => this.openAll(request, context));
  }

  embed(request: ProviderEmbeddingRequest, context: CallContext): Promise<EmbeddingList> {
    return this.withModel(request.model, 'buffered', context, () => this.embeddings.embed(request, context));
  }

  async listModels(context: CallContext): Promise<Model[]> {
    return fromOllamaModels(await this.client.getJson('/api/tags', context), this.name);
  }

  async ping(context: CallContext): Promise<void> {
    await this.client.getJson('/api/version', context);
  }

  placementOf(model: string): ModelPlacement {
    return this.models.placementOf(model);
  }

  contextLengthOf(model: string): number | undefined {
    return this.models.contextLengthOf(model);
  }

  async close(): Promise<void> {
    await Promise.all([this.client.close(), this.puller?.close()]);
  }

  /** Asks; where the model is missing and may be pulled, waits for the pull and asks again. */
  private withModel<T>(model: string, form: AnswerForm, context: CallContext, ask: () => Promise<T>): Promise<T> {
    return this.puller?.withModel(model, () => this.client.startCall(context, form), ask) ?? ask();
  }

  private async completeAll(request: ProviderChatRequest, context: CallContext): Promise<ChatCompletion> {
    const { body, known } = await this.prepare(request, 'buffered', context);
    const reading = toAnswerReading(request, body, this.name);
    return completeChoices(request.n ?? 1, context, async (index, ownContext) => {
      const raw = await askWithContext(withChoiceSeed(body, index), known, async (sized) => {
        const answer = await this.client.postJson('/api/chat', sized, ownContext);
        throwErrorInside(answer, this.name);
        this.noteEnd(body.model, answer, known);
        return answer;
      });
      const completion = normalizeCompletion(fromOllamaResponse(raw, reading, this.name), this.source(body.model));
      return refuseEmptyCompletion(completion, this.name);
    });
  }

  private async openAll(request: ProviderChatRequest, context: CallContext): Promise<Observable<ChatCompletionChunk>> {
    const { body, known } = await this.prepare(request, 'stream', context);
    const reading = toAnswerReading(request, body, this.name);
    return streamChoices(request.n ?? 1, context, (index, ownContext) =>
      askWithContext(withChoiceSeed(body, index), known, (sized) => this.openOne(sized, reading, known, ownContext)),
    );
  }

  /** Maps the request, refuses what its model is known to be unable to do, and tells how large its context may be. */
  private async prepare(
    request: ProviderChatRequest,
    form: AnswerForm,
    context: CallContext,
  ): Promise<{ body: OllamaChatRequest; known: KnownContext }> {
    const isStream = form === 'stream';
    // Invalid fields are refused before the server is asked, missing capabilities before images are fetched.
    const required = requiredCapabilities(request, toOllamaRequest({ ...request, messages: [] }, isStream));
    const model = await this.models.require(request.model, required, this.client.startCall(context, form));
    const messages = await this.withImages(request.messages, form, context);
    const body = toOllamaRequest({ ...request, messages }, isStream);
    return { body, known: this.models.contextFor(body, model) };
  }

  private async withImages(messages: ChatMessage[], form: AnswerForm, context: CallContext): Promise<ChatMessage[]> {
    if (!this.settings.imageFetch) return messages;
    const startCall = (): UpstreamCall => this.client.startCall(context, form);
    return inlineImages(messages, { fetchImage: this.fetchImage, startCall });
  }

  private async openOne(
    body: OllamaChatRequest,
    reading: AnswerReading,
    known: KnownContext,
    context: CallContext,
  ): Promise<Observable<ChatCompletionChunk>> {
    const call = this.client.startCall(context, 'stream');
    const source = await this.client.openStream('/api/chat', body, call);
    const chunks$ = readOllamaStream(source, {
      answer: this.source(body.model),
      reading,
      onEnd: (line) => this.noteEnd(body.model, line, known),
    });
    return openAtFirstContent(chunks$, { provider: this.name, onContent: () => call.contentSeen() });
  }

  /** The last line of a stream, or the whole answer, has the server's counts and times. */
  private noteEnd(model: string, answer: unknown, { estimate }: KnownContext): void {
    this.loads.note(model, answer);
    const counted = isJsonObject(answer) ? answer['prompt_eval_count'] : undefined;
    if (isTokenCount(counted)) estimate.answered(counted);
  }

  private source(model: string): AnswerSource {
    return { provider: this.name, model };
  }
}
