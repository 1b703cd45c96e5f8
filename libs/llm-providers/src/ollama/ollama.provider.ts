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
import { fetchPublicImage } from '../transport/fetch-public-image.js';
import type { UpstreamCall } from '../transport/upstream-call.js';
import { UpstreamClient } from '../transport/upstream-client.js';
import type { LlmProvider, ModelPlacement, ProviderChatRequest, ProviderEmbeddingRequest } from '../llm-provider.js';
import type { OllamaSettings } from '../provider-settings.js';
import type { AnswerSource } from '../stream/chunk-normalizer.js';
import { completeChoices, streamChoices } from '../stream/multiply-choices.js';
import { normalizeCompletion } from '../stream/normalize-completion.js';
import { openAtFirstContent } from '../stream/open-at-first-content.js';
import { isTokenCount } from '../stream/read-usage.js';
import { refuseEmptyCompletion } from '../stream/refuse-empty-completion.js';
import { askWithContext, type KnownContext } from './ask-with-context.js';
import { createModelPuller } from './create-model-puller.js';
import type { AnswerReading } from './from-ollama-envelope.js';
import { fromOllamaModels } from './from-ollama-models.js';
import { fromOllamaResponse } from './from-ollama-response.js';
import { type FetchImage, inlineImages } from './inline-images.js';
import { LoadLog } from './load-log.js';
import { toLogEvent } from './log-event.js';
import { ModelKnowledge } from './model-knowledge.js';
import type { ModelPuller } from './model-puller.js';
import type { OllamaChatRequest } from './ollama-api.js';
import { OllamaEmbeddings } from './ollama-embeddings.js';
import { readOllamaError } from './read-ollama-error.js';
import { readOllamaStream } from './read-ollama-stream.js';
import { throwErrorInside } from './throw-error-inside.js';
import { toAnswerReading } from './to-answer-reading.js';
import { toOllamaRequest } from './to-ollama-request.js';
import { wantedCapabilities } from './wanted-capabilities.js';
import { withChoiceSeed } from './with-choice-seed.js';

/** Any server that speaks Ollama's own API. Its OpenAI-like routes are not used: they lose fields and cut long prompts. */
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

  /** Asks; where the model is not there and is to be pulled, waits for that and asks again. */
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

  /** The request in Ollama's words, refused where its model is known to be unable, and how large its context may be. */
  private async prepare(
    request: ProviderChatRequest,
    form: AnswerForm,
    context: CallContext,
  ): Promise<{ body: OllamaChatRequest; known: KnownContext }> {
    const isStream = form === 'stream';
    // What is wrong with the fields is told before the server is asked, what the model cannot do before images are fetched.
    const wanted = wantedCapabilities(request, toOllamaRequest({ ...request, messages: [] }, isStream));
    const model = await this.models.require(request.model, wanted, this.client.startCall(context, form));
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

  /** The last line of an answer, or the whole of it, tells what the server counted and measured. */
  private noteEnd(model: string, answer: unknown, { estimate }: KnownContext): void {
    this.loads.note(model, answer);
    const counted = isJsonObject(answer) ? answer['prompt_eval_count'] : undefined;
    if (isTokenCount(counted)) estimate.answered(counted);
  }

  private source(model: string): AnswerSource {
    return { provider: this.name, model };
  }
}
