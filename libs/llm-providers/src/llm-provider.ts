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

/**
 * A source of answers. Everything it gives is OpenAI's wire format with `model` set to `provider/model`;
 * everything it throws is an `UpstreamError`, an `ApiError` (the request asks for what the provider cannot do),
 * or the abort reason of `context.signal`.
 */
export interface LlmProvider {
  /** The part before the first `/` of a model name. */
  readonly name: string;

  /** A whole answer. Throws `EmptyAnswerError` for one that is whole and says nothing. */
  complete(request: ProviderChatRequest, context: CallContext): Promise<ChatCompletion>;

  /**
   * Resolves when the first chunk with content has come, so that a failure up to there can be mended or answered
   * with a status. The Observable keeps the stream contract (docs/architecture.md): the content chunks, one finish chunk per choice, at
   * most one usage chunk with `choices: []`, then it completes; it errors when the answer does not come to its end.
   * It is to be subscribed once; unsubscribing stops the provider.
   */
  openStream(request: ProviderChatRequest, context: CallContext): Promise<Observable<ChatCompletionChunk>>;

  /** Vectors of floats, in the order of the inputs, whatever `encoding_format` says. */
  embed(request: ProviderEmbeddingRequest, context: CallContext): Promise<EmbeddingList>;

  /** The provider's models with ids `provider/model`. */
  listModels(context: CallContext): Promise<Model[]>;

  /** Resolves when the provider is there and accepts our key. */
  ping(context: CallContext): Promise<void>;

  /**
   * Where this server has the model, from what is remembered: answers at once, renews in the background, never waits. Left
   * out: unknown.
   */
  placementOf?(model: string): ModelPlacement;

  /** The most tokens that the model takes here, prompt and answer together, from what is remembered; undefined: unknown. */
  contextLengthOf?(model: string): number | undefined;

  /** Frees connections and memory. */
  close?(): Promise<void>;
}
