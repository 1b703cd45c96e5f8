import { ApiError } from '@mana-llm/openai-api';

/**
 * The vector at length 1, as OpenAI's are; with `dimensions` its first ones, brought back to length 1. That is what
 * OpenAI and Ollama do with `dimensions`: good for models trained for it (EmbeddingGemma), a coarser vector for others.
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
