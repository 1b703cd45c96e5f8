import type {
  ChatCompletion,
  ChatCompletionChunk,
  ChatCompletionRequest,
  EmbeddingList,
  EmbeddingRequest,
  Model,
} from '@mana-llm/openai-api';
import type { Observable } from 'rxjs';
import type { CallContext } from './call-context.js';

/** A chat request for one provider: `model` is that provider's own name for the model. */
export type ProviderChatRequest = ChatCompletionRequest & { model: string };
/** An embedding request for one provider: `model` is that provider's own name for the model. */
export type ProviderEmbeddingRequest = EmbeddingRequest & { model: string };

/** Where a server has a model: in memory, on disk, not at all; unknown: it has not said. */
export type ModelPlacement = 'loaded' | 'on_disk' | 'absent' | 'unknown';

/** Answers chat requests. */
export interface ChatProvider {
  /** A whole answer. Throws `EmptyAnswerError` for one that is whole and says nothing. */
  complete(request: ProviderChatRequest, context: CallContext): Promise<ChatCompletion>;

  /**
   * Resolves when the first chunk with content has come: until then a failure can still become a retry or a status. The Observable
   * keeps the stream contract (docs/architecture.md): the content chunks, one finish chunk per choice, at most one usage chunk with
   * `choices: []`, then it completes. It errors where the answer does not come to its end. It may be subscribed once;
   * unsubscribing stops the provider.
   */
  openStream(request: ProviderChatRequest, context: CallContext): Promise<Observable<ChatCompletionChunk>>;
}

/** Turns texts into vectors. */
export interface EmbeddingProvider {
  /** Vectors of floats, in the order of the inputs, whatever `encoding_format` says. */
  embed(request: ProviderEmbeddingRequest, context: CallContext): Promise<EmbeddingList>;
}

/** Lists its models. */
export interface ModelSource {
  /** The models with ids `provider/model`. */
  listModels(context: CallContext): Promise<Model[]>;
}

/** Says whether it can be reached. */
export interface Pingable {
  /** Resolves when the provider is there and accepts our key. */
  ping(context: CallContext): Promise<void>;
}

/** Says what it remembers of its models: at once, without a request that the caller would wait for. */
export interface ModelMemory {
  /** Where this server has the model. */
  placementOf(model: string): ModelPlacement;

  /** The most tokens that the model takes here, prompt and answer together; undefined: unknown. */
  contextLengthOf(model: string): number | undefined;
}

/**
 * One server of a provider, with the capabilities that it has. Everything that it gives is OpenAI's wire format with `model` set to
 * `provider/model`. Everything that it throws is an `UpstreamError`, an `ApiError` (the request asks for what the provider cannot
 * do), or the abort reason of `context.signal`.
 */
export interface LlmProvider
  extends
    Partial<ChatProvider>,
    Partial<EmbeddingProvider>,
    Partial<ModelSource>,
    Partial<Pingable>,
    Partial<ModelMemory> {
  /** The part before the first `/` of a model name. */
  readonly name: string;

  /** Frees connections and memory. */
  close?(): Promise<void>;
}

/** How many vectors an embedding request asks for: a text or one list of tokens is one. */
export function countInputs(input: EmbeddingRequest['input']): number {
  return Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1;
}
