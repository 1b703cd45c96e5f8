import type { ChatHistoryItem, GbnfJsonSchema } from 'node-llama-cpp';

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

/** One answer to be generated. */
export interface Generation {
  history: ChatHistoryItem[];
  sampling: Sampling;
  stop: string[];
  maxTokens: number;
  /** The form that the answer is forced into. */
  schema?: GbnfJsonSchema;
  /** How long a model that thinks may do so. */
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

/** A loaded model. Both methods end with the reason of `signal` as soon as it is aborted. */
export interface EmbeddedModel {
  generate(
    generation: Generation,
    options: { signal: AbortSignal; onText: (piece: TextPiece) => void },
  ): Promise<GenerationEnd>;
  /** The vector of a text or of tokens of this model. `param` names the input in errors. */
  embed(input: string | number[], options: { signal: AbortSignal; param: string }): Promise<EmbeddedVector>;
  dispose(): Promise<void>;
}

/** What runs models: node-llama-cpp, or a fake in tests. */
export interface EmbeddedRuntime {
  /** The file that a URI stands for, fetched where it is not there yet. */
  fetchFile(uri: string, onProgress: (fraction: number) => void): Promise<string>;
  load(file: string, options: { sequences: number }): Promise<EmbeddedModel>;
}
