import type {
  ChatCompletion,
  ChatCompletionChunk,
  CompletionUsage,
  EmbeddingList,
  FinishReason,
  JsonObject,
  Model,
} from '@mana-llm/openai-api';
import { Observable } from 'rxjs';
import { type CallContext, untilAborted } from '../call-context.js';
import { UpstreamError } from '../errors/upstream-error.js';
import type { LlmProvider, ProviderChatRequest, ProviderEmbeddingRequest } from '../llm-provider.js';
import type { EmbeddedSettings } from '../provider-settings.js';
import { ChunkNormalizer } from '../stream/chunk-normalizer.js';
import { completeChoices, streamChoices } from '../stream/multiply-choices.js';
import { normalizeCompletion, refuseEmptyCompletion } from '../stream/normalize-completion.js';
import { openAtFirstContent } from '../stream/open-at-first-content.js';
import { toEmbeddingInputs, toEmbeddingList } from './generation/embeddings.js';
import { toGeneration } from './generation/to-generation.js';
import type { EmbeddedRuntime, GenerationEnd, TextPiece } from './model/embedded-model.js';
import { LlamaRuntime } from './model/llama-runtime.js';
import { ModelHost } from './model/model-host.js';
import { RunningCalls } from './running-calls.js';

/** The chunk for a piece of text. */
function fromTextPiece({ text, isThought }: TextPiece): JsonObject {
  return { choices: [{ index: 0, delta: isThought ? { reasoning: text } : { content: text } }] };
}

function fromGenerationEnd(end: GenerationEnd): { finish_reason: FinishReason; usage: CompletionUsage } {
  return {
    finish_reason: end.finishReason,
    usage: {
      prompt_tokens: end.promptTokens,
      completion_tokens: end.completionTokens,
      total_tokens: end.promptTokens + end.completionTokens,
    },
  };
}

/** A small model in this process, so that the gateway works without a server or an account. */
export class EmbeddedProvider implements LlmProvider {
  readonly name: string;
  private readonly host: ModelHost;
  private readonly running: RunningCalls;

  constructor(settings: EmbeddedSettings, runtime: EmbeddedRuntime = new LlamaRuntime(settings.name)) {
    this.name = settings.name;
    this.host = new ModelHost(settings, runtime);
    this.running = new RunningCalls({ provider: settings.name, timeouts: settings.timeouts });
  }

  complete(request: ProviderChatRequest, context: CallContext): Promise<ChatCompletion> {
    return completeChoices(request.n ?? 1, context, (choice, own) => this.completeOne(request, own, choice));
  }

  openStream(request: ProviderChatRequest, context: CallContext): Promise<Observable<ChatCompletionChunk>> {
    return streamChoices(request.n ?? 1, context, (choice, own) => this.openOne(request, own, choice));
  }

  async embed(request: ProviderEmbeddingRequest, context: CallContext): Promise<EmbeddingList> {
    const inputs = toEmbeddingInputs(request.input);
    return this.buffered(context, async (signal) => {
      await this.host.requireModel(request.model, signal);
      const vectors = await this.host.embed(inputs, signal);
      return toEmbeddingList(vectors, { model: `${this.name}/${request.model}`, dimensions: request.dimensions });
    });
  }

  async listModels(context: CallContext): Promise<Model[]> {
    const { name, created } = await untilAborted(this.host.describe(), context.signal);
    return [{ id: `${this.name}/${name}`, object: 'model', created, owned_by: this.name }];
  }

  async ping(context: CallContext): Promise<void> {
    await untilAborted(this.host.check(), context.signal);
  }

  async close(): Promise<void> {
    const reason = new UpstreamError(`${this.name} is shutting down.`, { provider: this.name, kind: 'stream_broken' });
    this.running.stopAll(reason);
    await this.host.close();
  }

  private completeOne(request: ProviderChatRequest, context: CallContext, choice: number): Promise<ChatCompletion> {
    return this.buffered(context, async (signal) => {
      const generation = toGeneration(request, choice);
      await this.host.requireModel(request.model, signal);
      const message = { content: '', reasoning: '' };
      const end = await this.host.generate(generation, signal, ({ text, isThought }) => {
        message[isThought ? 'reasoning' : 'content'] += text;
      });
      const { finish_reason, usage } = fromGenerationEnd(end);
      const raw = { choices: [{ message, finish_reason }], usage };
      return refuseEmptyCompletion(normalizeCompletion(raw, this.source(request)), this.name);
    });
  }

  /**
   * Does not wait for a slow reader: so the sequence is sooner free for the next caller. The context limits an answer to some ten
   * thousand characters, which fit in memory.
   */
  private async openOne(
    request: ProviderChatRequest,
    context: CallContext,
    choice: number,
  ): Promise<Observable<ChatCompletionChunk>> {
    const generation = toGeneration(request, choice);
    const { call, stop } = this.running.start(context, 'stream');
    const chunks$ = new Observable<ChatCompletionChunk>((subscriber) => {
      const normalizer = new ChunkNormalizer(this.source(request));
      const push = (raw: JsonObject): void => normalizer.push(raw).forEach((chunk) => subscriber.next(chunk));
      const run = async (): Promise<void> => {
        await this.host.requireModel(request.model, call.signal);
        const end = await this.host.generate(generation, call.signal, (piece) => {
          call.byteSeen();
          push(fromTextPiece(piece));
        });
        const { finish_reason, usage } = fromGenerationEnd(end);
        push({ choices: [{ index: 0, delta: {}, finish_reason }], usage });
        normalizer.end().forEach((chunk) => subscriber.next(chunk));
        subscriber.complete();
      };
      run().catch((error: unknown) => subscriber.error(error));
      return stop;
    });
    return openAtFirstContent(chunks$, { provider: this.name, onContent: () => call.contentSeen() });
  }

  private source(request: ProviderChatRequest): { provider: string; model: string } {
    return { provider: this.name, model: request.model };
  }

  private async buffered<T>(context: CallContext, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { call, stop } = this.running.start(context, 'buffered');
    try {
      return await work(call.signal);
    } finally {
      stop();
    }
  }
}
