import { ApiError, type Embedding, type EmbeddingList, type EmbeddingRequest } from '@mana-llm/openai-api';
import type { EmbeddedVector } from '../model/embedded-model.js';

export interface EmbeddingInput {
  value: string | number[];
  /** The path of the input in the request. */
  param: string;
}

/** The single inputs: a text, or one list of tokens, is one input. */
export function toEmbeddingInputs(input: EmbeddingRequest['input']): EmbeddingInput[] {
  const isOne = typeof input === 'string' || typeof input[0] === 'number';
  const inputs = isOne
    ? [{ value: input as string | number[], param: 'input' }]
    : (input as (string | number[])[]).map((value, index) => ({ value, param: `input[${index}]` }));
  for (const { value, param } of inputs) {
    if (value.length === 0) throw ApiError.invalidRequest(`${param} must not be empty`, param);
  }
  return inputs;
}

/**
 * The vector scaled to length 1, as OpenAI's are. With `dimensions`, only the first ones, scaled again, as OpenAI and Ollama do
 * it. This works well for models trained for it (EmbeddingGemma); for others the vector is less exact.
 */
export function toUnitVector(vector: readonly number[], dimensions: number | null | undefined): number[] {
  if (dimensions !== undefined && dimensions !== null && dimensions > vector.length) {
    const message = `dimensions is ${dimensions}, and the embedded model's vectors have ${vector.length}`;
    throw ApiError.invalidRequest(message, 'dimensions');
  }
  const part = vector.slice(0, dimensions ?? vector.length);
  const length = Math.hypot(...part);
  return length === 0 ? part : part.map((value) => value / length);
}

/** OpenAI's answer, with the vectors in the order of the inputs. */
export function toEmbeddingList(
  vectors: readonly EmbeddedVector[],
  { model, dimensions }: { model: string; dimensions: number | null | undefined },
): EmbeddingList {
  const tokens = vectors.reduce((sum, vector) => sum + vector.tokens, 0);
  const data = vectors.map(({ vector }, index): Embedding => ({
    object: 'embedding',
    index,
    embedding: toUnitVector(vector, dimensions),
  }));
  return { object: 'list', data, model, usage: { prompt_tokens: tokens, total_tokens: tokens } };
}
