import { ApiError } from '@mana-llm/openai-api';
import type { LlamaContext, LlamaEmbeddingContext, LlamaModel as LoadedModel, Token } from 'node-llama-cpp';
import { LazyValue } from '../../sharing/single-flight.js';
import {
  contextLengthError,
  type EmbeddedModel,
  type EmbeddedVector,
  type Generation,
  type GenerationEnd,
  type TextPiece,
} from './embedded-model.js';
import { LlamaGenerator } from './llama-generator.js';
import type { LlamaLibrary } from './llama-library.js';

/** Memory grows with it. It is enough for chats, and far below the context of large models. */
const LARGEST_CONTEXT = 8192;
const LARGEST_EMBEDDING_CONTEXT = 2048;
/** llama.cpp's working memory grows with it. A larger batch is no faster on a processor. */
const BATCH_TOKENS = 128;

export interface LlamaModelOptions {
  threads: number;
  sequences: number;
}

/** A model in node-llama-cpp. Its contexts are created when they are first needed. */
export class LlamaModel implements EmbeddedModel {
  private readonly context = new LazyValue(() => this.createContext());
  private readonly embeddingContext = new LazyValue(() => this.createEmbeddingContext());
  private readonly idle: LlamaGenerator[] = [];
  private readonly vocabularySize: number;

  constructor(
    private readonly library: LlamaLibrary,
    private readonly model: LoadedModel,
    private readonly options: LlamaModelOptions,
  ) {
    this.vocabularySize = model.fileInfo.metadata.tokenizer.ggml.tokens.length;
  }

  /** The caller must not run more generations at once than there are sequences. */
  async generate(
    generation: Generation,
    options: { signal: AbortSignal; onText: (piece: TextPiece) => void },
  ): Promise<GenerationEnd> {
    const context = await this.context.get();
    options.signal.throwIfAborted();
    const generator = this.idle.pop() ?? new LlamaGenerator(this.library, context.getSequence());
    try {
      return await generator.generate(generation, options);
    } finally {
      this.idle.push(generator);
    }
  }

  async embed(input: string | number[], options: { signal: AbortSignal; param: string }): Promise<EmbeddedVector> {
    const context = await this.embeddingContext.get();
    options.signal.throwIfAborted();
    const tokens = typeof input === 'string' ? this.model.tokenize(input) : this.toTokens(input, options.param);
    const length = context.calculateInputLength([...tokens]);
    const limit = Math.min(this.model.trainContextSize, LARGEST_EMBEDDING_CONTEXT);
    if (length >= limit) throw contextLengthError(length, limit, options.param);
    const { vector } = await context.getEmbeddingFor([...tokens]);
    return { vector: [...vector], tokens: length };
  }

  async dispose(): Promise<void> {
    await this.model.dispose();
    await this.model.llama.dispose();
  }

  /** llama.cpp ends the whole process on an unknown token. */
  private toTokens(input: number[], param: string): Token[] {
    const stranger = input.find((token) => token < 0 || token >= this.vocabularySize);
    if (stranger === undefined) return input as Token[];
    const message = `${stranger} is not a token of the embedded model: its tokens are 0 to ${this.vocabularySize - 1}`;
    throw ApiError.invalidRequest(message, param);
  }

  private createContext(): Promise<LlamaContext> {
    return this.model.createContext({
      contextSize: { max: Math.min(this.model.trainContextSize, LARGEST_CONTEXT) },
      sequences: this.options.sequences,
      batchSize: BATCH_TOKENS,
      threads: this.options.threads,
    });
  }

  private createEmbeddingContext(): Promise<LlamaEmbeddingContext> {
    const tokens = Math.min(this.model.trainContextSize, LARGEST_EMBEDDING_CONTEXT);
    // Embedding models read in both directions: they need the whole text in one batch.
    return this.model.createEmbeddingContext({
      contextSize: { max: tokens },
      batchSize: tokens,
      threads: this.options.threads,
    });
  }
}
