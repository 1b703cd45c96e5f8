import { ApiError } from '@mana-llm/openai-api';
import type { ChatHistoryItem, GbnfJsonSchema } from 'node-llama-cpp';
import { UpstreamError, type UpstreamErrorKind } from '../../errors/upstream-error.js';

export interface Sampling {
  temperature: number;
  topP: number;
  topK: number;
  minP: number;
  seed: number;
  frequencyPenalty: number;
  presencePenalty: number;
  repetitionPenalty: number;
}

/** One answer that is to be generated. */
export interface Generation {
  history: ChatHistoryItem[];
  sampling: Sampling;
  stop: string[];
  maxTokens: number;
  /** The answer must follow it. */
  schema?: GbnfJsonSchema;
  /** The most tokens that a model may think. */
  thoughtTokens?: number;
}

export interface TextPiece {
  text: string;
  isThought: boolean;
}

export interface GenerationEnd {
  finishReason: 'stop' | 'length';
  promptTokens: number;
  completionTokens: number;
}

export interface EmbeddedVector {
  vector: number[];
  tokens: number;
}

/** A loaded model. `generate` and `embed` reject with the reason of `signal` as soon as it is aborted. */
export interface EmbeddedModel {
  generate(
    generation: Generation,
    options: { signal: AbortSignal; onText: (piece: TextPiece) => void },
  ): Promise<GenerationEnd>;
  /** The vector of a text, or of tokens of this model. `param` names the input in errors. */
  embed(input: string | number[], options: { signal: AbortSignal; param: string }): Promise<EmbeddedVector>;
  dispose(): Promise<void>;
}

/** Runs models: node-llama-cpp, or a fake in tests. */
export interface EmbeddedRuntime {
  /** The path of a URI's file, which is fetched where it is missing. */
  fetchFile(uri: string, onProgress: (fraction: number) => void): Promise<string>;
  load(file: string, options: { sequences: number }): Promise<EmbeddedModel>;
}

/** 400 for a prompt or an input that does not fit. It is never cut. */
export function contextLengthError(tokens: number, contextTokens: number, param: string): ApiError {
  const message = `This needs ${tokens} tokens, and the embedded model's context holds ${contextTokens}. Shorten ${param}.`;
  return ApiError.invalidRequest(message, param, 'context_length_exceeded');
}

/** An error as `LlmProvider` promises it. Other errors become its cause, and their text is not shown. */
export function toEmbeddedFailure(
  error: unknown,
  failure: { provider: string; kind: UpstreamErrorKind; message: string },
): Error {
  if (error instanceof UpstreamError || error instanceof ApiError) return error;
  const { provider, kind, message } = failure;
  return new UpstreamError(message, { provider, kind, cause: error });
}
